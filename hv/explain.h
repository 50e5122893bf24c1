/*
 * VM entries that explain themselves. When the processor refuses one, ring -1 makes the manual's
 * checks itself (vmx/check.h), says which one is violated and under which section's title, and
 * leaves the VMCS in the trace for `ringscope explain`. And the other way round: break= corrupts
 * the VMCS before the first entry, on purpose, for lessons and tests.
 */
#ifndef HV_EXPLAIN_H
#define HV_EXPLAIN_H

#include "hv/vm.h"
#include "lib/items.h"

/* At boot: records what the processor says of its VMX, less what is hidden. */
void explain_capabilities(const struct vcpu *vcpu);

/* FIELD=VALUE or FIELD^BIT, by commas: what cannot be done ends the run in a sentence. */
void explain_break(const struct vm *vm, struct piece list);

/*
 * The processor refused an entry: by VM-instruction error (reason 0), or by an exit (error 0), in
 * which case guest state is in the VMCS as it was, since a failed entry saves none.
 */
_Noreturn void explain_failed_entry(struct vcpu *vcpu, u32 reason, u32 error, bool resumed);

#endif
