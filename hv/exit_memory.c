/* Exits by extended page tables. Only the guest's RAM is mapped: each is an access to nothing. */
#include "hv/end.h"
#include "hv/exit.h"

void handle_ept_violation(struct vcpu *vcpu)
{
	u64 qualification = vmcs_read(VMCS_exit_qualification);
	u64 physical = vmcs_read(VMCS_guest_physical_address);
	u64 linear = vmcs_read(VMCS_guest_linear_address);

	if (qualification & EPT_VIOLATION_LINEAR_VALID)
		end_report(vcpu, GUEST_END_ept_violation,
		           "EPT violation: %s guest-physical %lx (linear %lx) at rip %lx: the "
		           "guest's memory ends at %lx",
		           ept_access_name(qualification), physical, linear,
		           vmcs_read(VMCS_guest_rip), vcpu->vm->memory_bytes);
	end_report(
		vcpu, GUEST_END_ept_violation,
		"EPT violation: %s guest-physical %lx at rip %lx: the guest's memory ends at %lx",
		ept_access_name(qualification), physical, vmcs_read(VMCS_guest_rip),
		vcpu->vm->memory_bytes);
}

void handle_ept_misconfiguration(struct vcpu *vcpu)
{
	u64 physical = vmcs_read(VMCS_guest_physical_address);
	struct ept_translation to = ept_walk(&vcpu->vm->ept, physical);

	end_report(vcpu, GUEST_END_ept_violation,
	           "EPT misconfiguration at guest-physical %lx: level %u entry %lx is not valid",
	           physical, to.level, to.entry);
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
