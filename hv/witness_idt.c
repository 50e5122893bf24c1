/*
 * The IDT's limit is held down at the first gate that is watched. What reads or writes a descriptor
 * table's register exits before it is done, and is done by the processor itself with the guest's own
 * limit: in a single step, in which every exception exits. Likewise the delivery of an event through
 * a gate beyond, behind which a preemption timer of 0 exits.
 */
#include "hv/exit.h"
#include "hv/witness.h"

#define DR6_BREAKPOINTS 0xfu
#define DR6_BS          BIT(14)

static void hold(struct vcpu *vcpu)
{
	struct witness *witness = &vcpu->witness;
	u64 held = WITNESS_GATE * (vmcs_read(VMCS_guest_efer) & EFER_LMA ? 16 : 8) - 1;
	u64 rflags = vmcs_read(VMCS_guest_rflags), pending = vmcs_read(VMCS_guest_pending_debug);
	u64 blocking = vmcs_read(VMCS_guest_interruptibility);
	bool step = blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS) && witness->trap_flag &&
	            !(witness->debugctl & DEBUGCTL_BTF);

	if (witness->idt == IDT_STEP) {
		witness->idt_limit = vmcs_read(VMCS_guest_idtr_limit);
		vmcs_write(VMCS_exception_bitmap, witness->exceptions);
		vmcs_write(VMCS_guest_debugctl, witness->debugctl);
		vmcs_write(VMCS_guest_rflags, (rflags & ~RFLAGS_TF) | witness->trap_flag);
		vmcs_write(VMCS_guest_pending_debug,
		           (pending & ~PENDING_DEBUG_BS) | (step ? PENDING_DEBUG_BS : 0));
		vmcs_switch(FEATURE_descriptor_table_exiting, true);
	} else if (witness->idt == IDT_DELIVERY) {
		vmcs_write(VMCS_preemption_timer_value, witness->timer);
	}
	vmcs_write(VMCS_guest_idtr_limit, witness->idt_limit < held ? witness->idt_limit : held);
	witness->idt = IDT_HELD;
}

void witness_start_idt(struct vcpu *vcpu)
{
	vcpu->witness.idt_limit = vmcs_read(VMCS_guest_idtr_limit);
	vmcs_switch(FEATURE_descriptor_table_exiting, true);
	hold(vcpu);
}

/*
 * It comes again, a breakpoint on it having been met. Under blocking by MOV SS, TF needs a step that
 * is pending (and nowhere else, where it would come first); blocking by STI ends an instruction early.
 */
void handle_descriptor_table(struct vcpu *vcpu)
{
	struct witness *witness = &vcpu->witness;
	u64 rflags = vmcs_read(VMCS_guest_rflags);
	u64 pending = vmcs_read(VMCS_guest_pending_debug);
	u64 blocking = vmcs_read(VMCS_guest_interruptibility);
	u64 step = blocking & BLOCKING_BY_MOV_SS ? PENDING_DEBUG_BS : 0;

	witness->trap_flag = rflags & RFLAGS_TF;
	witness->debugctl = vmcs_read(VMCS_guest_debugctl);
	vmcs_write(VMCS_guest_rflags, rflags | RFLAGS_TF | RFLAGS_RF);
	vmcs_write(VMCS_guest_debugctl, witness->debugctl & ~DEBUGCTL_BTF);
	vmcs_write(VMCS_guest_interruptibility, blocking & ~BLOCKING_BY_STI);
	vmcs_write(VMCS_guest_pending_debug, (pending & ~PENDING_DEBUG_BS) | step);
	vmcs_write(VMCS_exception_bitmap, 0xffffffff);
	vmcs_write(VMCS_guest_idtr_limit, witness->idt_limit);
	vmcs_switch(FEATURE_descriptor_table_exiting, false);
	witness->idt = IDT_STEP;
}

bool witness_timer(struct vcpu *vcpu)
{
	if (vcpu->witness.idt != IDT_DELIVERY)
		return false;
	hold(vcpu);
	return true;
}

bool witness_holds_back(const struct vcpu *vcpu, u32 vector)
{
	const struct witness *witness = &vcpu->witness;
	u64 bytes = vmcs_read(VMCS_guest_efer) & EFER_LMA ? 16
	            : vmcs_read(VMCS_guest_cr0) & CR0_PE  ? 8
	                                                  : 4;
	u64 last = (vector + 1) * bytes - 1;

	return witness->gates && witness->idt == IDT_HELD && last <= witness->idt_limit &&
	       last > vmcs_read(VMCS_guest_idtr_limit);
}

void witness_deliver(struct vcpu *vcpu, u32 vector)
{
	struct witness *witness = &vcpu->witness;

	if (witness->idt == IDT_STEP)
		hold(vcpu);
	if (!witness_holds_back(vcpu, vector))
		return;
	witness->timer = vmcs_read(VMCS_preemption_timer_value);
	vmcs_write(VMCS_preemption_timer_value, 0);
	vmcs_write(VMCS_guest_idtr_limit, witness->idt_limit);
	witness->idt = IDT_DELIVERY;
}

bool witness_end_step(struct vcpu *vcpu, u32 vector)
{
	u64 qualification = vmcs_read(VMCS_exit_qualification);

	hold(vcpu);
	if (vector != VECTOR_DB || vcpu->witness.trap_flag)
		return false;
	vcpu->witness.own_step = DR6_BS;
	return !(qualification & DR6_BREAKPOINTS);
}
