/*
 * What the word lab opens (abi/hypercall.h: control, peek): controls that the machine's keeper would
 * never give away are the guest's to turn off, to be seen at work by what goes wrong without them.
 */
#ifndef HV_LAB_H
#define HV_LAB_H

#include "hv/options.h"

struct vm;
struct vcpu;

#define LAB_WORDS 3u /* of controls: PIN, PRIMARY, SECONDARY, as enum feature_place has them */

struct lab {
	bool on, novalidate, told;
	u32 asked[LAB_WORDS];     /* controls that are on for the lab alone */
	u64 shown_cr0, shown_cr4; /* bits that VMX demands, and the guest sees so */
};

/* Before the first entry: what the options ask for, the secret's page among it. */
void lab_init(struct vm *vm, const struct options *options);

/* The hypercalls: 0, or the u64 that was read, or a negated errno. */
s64 lab_control(struct vcpu *vcpu, u64 which, u64 on, u64 off);
s64 lab_peek(const struct vm *vm, u64 guest);

/* An exit, recorded already: true if only the lab had asked for it, and the instruction may run now. */
bool lab_exit(struct vcpu *vcpu);

#endif
