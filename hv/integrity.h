/*
 * The guest kernel's text, stated once (hypercall integrity): from then on nothing writes it, and ring 0
 * executes nothing else, whatever the guest's page tables, IDT or MSRs say. As SecVisor did, without
 * mode-based execute control: the two views of the guest's memory become two settings of its rights to
 * execute. In view 0, where ring 0 runs, that is the text alone; in view 1, where ring 3 does, all but
 * the text. Ring 3's first fetch after an IRET or SYSRET violates view 0, and so brings view 1. The way
 * back cannot be left to a violation, as in view 1 all that ring 3 may execute, ring 0 could too: so no
 * way into ring 0 works there (hv/integrity.c). Rings 1 and 2 are supervisor mode and count as ring 0.
 *
 * Ring 3 that ring 0 itself sends into the text runs there till its next exit, with no more rights than
 * ring 3's. An IRET of ring 3's leaves TF as it was. In view 1 LAR, LSL, VERR and VERW find no descriptor, and SGDT, SIDT and SLDT empty tables.
 */
#ifndef HV_INTEGRITY_H
#define HV_INTEGRITY_H

#include "abi/types.h"
#include "vmx/fields.h"

struct vcpu;
struct vm;

enum { HELD_RFLAGS = 6, INTEGRITY_HELD = 8 };

struct integrity {
	/* What is held; what was at the exit; which instruction is to be done again. */
	enum { RING_0, RING_3, STEP_UD, STEP_GP = 4 } on, was, step;
	bool told;                             /* of the first access that was refused */
	u64 saved[INTEGRITY_HELD], fmask, rip; /* where the step began */
};

/* The hypercall: 0 or a negated errno. */
s64 integrity_start(struct vcpu *vcpu, u64 guest, u64 bytes);

/* With a text stated: at every exit, before anything is done about it; and before every entry. */
void integrity_exit(struct vcpu *vcpu);
void integrity_enter(struct vcpu *vcpu);

/*
 * An exit by an exception, true if that is all about it. An INT n is delivered after all. What may have
 * failed for what is held is done again, as a step. Others are the guest's, by its gates.
 */
bool integrity_exception(struct vcpu *vcpu, u32 info);

/* An EPT violation: true if ring 3 goes on in view 1. */
bool integrity_crosses(const struct vm *vm, u64 qualification, u64 physical);

/* Proves that the views grant what they should; else the run ends. */
void integrity_check(const struct vm *vm);

static inline bool integrity_overlaps(u64 text, u64 text_bytes, u64 guest, u64 bytes)
{
	return guest < text + text_bytes && text < guest + bytes;
}

#endif
