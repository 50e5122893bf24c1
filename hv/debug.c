/*
 * Debug builds (make DEBUG=1): before every VM entry ring -1 makes the manual's checks itself, also those
 * that an emulator, or a particular processor, leaves out.
 */
#include "hv/console.h"
#include "hv/exit.h"
#include "hv/explain.h"
#include "vmx/check.h"
#include "vmx/vmcs.h"

#ifdef RINGSCOPE_DEBUG
void vmx_before_entry(struct vmx_context *context)
{
	struct vcpu *vcpu = (struct vcpu *)context;
	static struct vmcs_snapshot snapshot;
	struct check_finding finding;

	vmcs_take_snapshot(vcpu->vm->fields, &snapshot);
	const struct check_input input = {.vmcs = &snapshot, .caps = &vcpu->vm->capabilities};
	if (!vmx_check_entry(&input, &finding, 1))
		return;
	hv_log("the debug build's own check, before the entry is tried:");
	explain_failed_entry(vcpu, EXIT_ENTRY_FAIL_GUEST_STATE, 0, false);
}
#endif
