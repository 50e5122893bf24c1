/*
 * Exits by extended page tables: a page comes back or is noted, or the guest has touched what it may
 * not and ends.
 */
#include "hv/console.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "lib/string.h"

static _Noreturn void report_violation(struct vcpu *vcpu, u64 qualification, u64 physical)
{
	u64 end = vcpu->vm->memory_bytes, rip = vmcs_read(VMCS_guest_rip);
	const char *access = ept_access_name(qualification);
	char where[40] = "";

	if (qualification & EPT_VIOLATION_LINEAR_VALID)
		format(where, sizeof(where), " (%s %lx)",
		       qualification & EPT_VIOLATION_TRANSLATED ? "linear" : "page walk for",
		       vmcs_read(VMCS_guest_linear_address));
	if (physical < end)
		end_report(vcpu, GUEST_END_ept_violation,
		           "EPT violation: %s guest-physical %lx%s at rip %lx: the guest has "
		           "protected that page from itself%s",
		           access, physical, where, rip,
		           vcpu->vm->refuses ? ", and an event was being delivered" : "");
	end_report(vcpu, GUEST_END_ept_violation,
	           "EPT violation: %s guest-physical %lx%s at rip %lx: the guest's memory ends at "
	           "%lx",
	           access, physical, where, rip, end);
}

/*
 * PROTECT_REFUSE. Where the delivery of an event makes the access there is no instruction to refuse.
 * NMIs that an IRET has unblocked stay so: it is not executed again.
 */
static bool refuse_access(struct vcpu *vcpu, u64 physical)
{
	if (!vcpu->vm->refuses || physical >= vcpu->vm->memory_bytes ||
	    vmcs_read(VMCS_idt_vectoring_info) & EVENT_VALID)
		return false;
	if (vcpu->vm->text_bytes && !vcpu->integrity.told) {
		vcpu->integrity.told = true;
		hv_log("integrity: %s guest-physical %lx at rip %lx: refused, as others will be",
		       ept_access_name(vmcs_read(VMCS_exit_qualification)), physical,
		       vmcs_read(VMCS_guest_rip));
	}
	handle_protection(vcpu);
	end_blocking();
	return true;
}

void handle_ept_violation(struct vcpu *vcpu)
{
	u64 qualification = vmcs_read(VMCS_exit_qualification);
	u64 physical = vmcs_read(VMCS_guest_physical_address);

	if (integrity_crosses(vcpu->vm, qualification, physical) ||
	    guest_touch(vcpu, physical, qualification & EPT_RWX))
		resume_delivery(vcpu, qualification);
	else if (!refuse_access(vcpu, physical))
		report_violation(vcpu, qualification, physical);
}

void handle_ept_misconfiguration(struct vcpu *vcpu)
{
	u64 physical = vmcs_read(VMCS_guest_physical_address);
	struct ept_translation to =
		ept_walk(&vcpu->vm->views[guest_current_view(vcpu->vm)], physical);

	end_report(vcpu, GUEST_END_ept_violation,
	           "EPT misconfiguration at guest-physical %lx: level %u entry %lx is not valid",
	           physical, to.level, to.entry);
}

void handle_pml_full(struct vcpu *vcpu)
{
	guest_log_drain(vcpu->vm);
	resume_delivery(vcpu, vmcs_read(VMCS_exit_qualification));
}

/*
 * Caches: the guest has no device that reads memory behind the processor's back, so writing back is
 * not needed for its correctness, and INVD, which would throw away others' data, must not happen.
 */
void handle_wbinvd(struct vcpu *vcpu)
{
	(void)vcpu;
	skip_instruction();
}
