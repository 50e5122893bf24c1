/*
 * The steps from a processor to a guest that can be entered, in the order in which hv_main takes
 * them. Each ends the run in one sentence if it cannot be done.
 */
#ifndef HV_START_H
#define HV_START_H

#include "hv/options.h"
#include "hv/vm.h"

struct loader_entry;

/* Refuses a processor without VMX, or with VMX locked off; unlocks it if that was left to us. */
void start_require_vmx(const struct options *options);

/*
 * Reads what VMX can do here and decides every control bit; what was refused is logged and traced.
 */
void start_negotiate(struct vcpu *vcpu, const struct options *options);

/* Records the guest's memory as its EPT maps it, and all that is ring -1's own. */
void start_record_memory(const struct vcpu *vcpu);

/* VMXON, a VMCS made current, and its fields found. */
void start_vmx_operation(struct vm *vm);

/* Fills in the whole VMCS. */
void start_vmcs(struct vcpu *vcpu, const struct loader_entry *entry);

#endif
