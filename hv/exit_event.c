/* Exits that are events: exceptions, interrupts, timers, HLT, and the ways a guest dies. */
#include "hv/console.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/timer.h"

/* What a #DB exit's qualification reports, in DR6's places. */
#define DR6_BD_BS_BITS 0xe00full
#define DR6_RTM        BIT(16)
#define DR7_GD         BIT(13)

/*
 * The event that was being delivered when the exit came has to be delivered after all; with an
 * exception of its own on top, the double-fault rules decide.
 */
void redeliver(struct vcpu *vcpu, struct vmx_event second)
{
	u32 info = (u32)vmcs_read(VMCS_idt_vectoring_info);
	struct vmx_event first = {
		.info = info & ~(u32)EVENT_NMI_UNBLOCKED,
		.error = (u32)vmcs_read(VMCS_idt_vectoring_error),
		.length = (u32)vmcs_read(VMCS_exit_instruction_length),
	};

	if (!(info & EVENT_VALID) && !second.info)
		return;
	/* Delivery ends it; left in, with RFLAGS.TF set, it fails the entry. */
	end_blocking();
	vcpu->attention = true;
	if (!(info & EVENT_VALID))
		vcpu->event = second;
	else if (!second.info)
		vcpu->event = first;
	else
		vcpu->event = vmx_combine(first, second);
	if ((info & EVENT_VALID) && second.info && !vcpu->event.info)
		handle_triple_fault(vcpu);
}

void resume_delivery(struct vcpu *vcpu, u64 information)
{
	drop_single_step();
	redeliver(vcpu, (struct vmx_event){0});
	if ((information & EVENT_NMI_UNBLOCKED) && !vcpu->event.info &&
	    vcpu->vm->controls.granted[FEATURE_virtual_nmis])
		vmcs_write(VMCS_guest_interruptibility,
		           vmcs_read(VMCS_guest_interruptibility) | BLOCKING_BY_NMI);
}

/* Ends a guest that has got nowhere for too long. */
static void watch(struct vcpu *vcpu, bool stuck, const char *deed)
{
	const struct vm *vm = vcpu->vm;
	u64 now = rdtsc(); /* exits that nobody records are not stamped */

	if (!stuck || !vm->watchdog_ms)
		vcpu->stuck_since = 0;
	else if (!vcpu->stuck_since)
		vcpu->stuck_since = now;
	else if (now - vcpu->stuck_since > vm->tsc_hz / 1000 * vm->watchdog_ms)
		end_report(vcpu, GUEST_END_watchdog,
		           "for %lu ms the guest %s: stopped by ring -1's timer at rip %lx",
		           vm->watchdog_ms, deed, vmcs_read(VMCS_guest_rip));
}

/*
 * #DB and #AC are intercepted because a guest can make the processor deliver them for ever without
 * executing an instruction; each is handed on. A #DB exit leaves the debug registers to us. INT1
 * is handed on as what it is, or it would never get done.
 */
static void reflect_debug(struct vcpu *vcpu, u32 info)
{
	u64 qualification = vmcs_read(VMCS_exit_qualification) & ~vcpu->witness.own_step;

	write_dr6((read_dr6() & ~0xfull) | (qualification & DR6_BD_BS_BITS) | DR6_RTM);
	vmcs_write(VMCS_guest_dr7, vmcs_read(VMCS_guest_dr7) & ~DR7_GD);
	vmcs_write(VMCS_guest_debugctl,
	           vmcs_read(VMCS_guest_debugctl) & ~(DEBUGCTL_LBR | DEBUGCTL_BTF));
	redeliver(vcpu, (struct vmx_event){info & ~(u32)EVENT_NMI_UNBLOCKED, 0,
	                                   (u32)vmcs_read(VMCS_exit_instruction_length)});
}

/* Exits by faults save RF as set, but not in Bochs: see inject_exception. */
static void reflect_fault(struct vcpu *vcpu, u32 vector, u32 error)
{
	vmcs_write(VMCS_guest_rflags, vmcs_read(VMCS_guest_rflags) | RFLAGS_RF);
	redeliver(vcpu, vmx_exception(vector, error));
}

void handle_exception(struct vcpu *vcpu)
{
	u32 info = (u32)vmcs_read(VMCS_exit_interruption_info);
	u32 vector = info & EVENT_VECTOR_MASK;
	u32 error = (u32)vmcs_read(VMCS_exit_interruption_error);
	u64 rip = vmcs_read(VMCS_guest_rip);

	if ((info & EVENT_TYPE_MASK) == EVENT_NMI) {
		/* NMIs stay blocked until an IRET: let ring -1's own handler do it. */
		__asm__ volatile("int $2" ::: "memory");
		redeliver(vcpu, (struct vmx_event){0});
		return;
	}
	vcpu->witness.own_step = 0;
	if (unlikely(vcpu->vm->text_bytes) && integrity_exception(vcpu, info))
		return;
	if (vcpu->witness.on) {
		if (witness_exception(vcpu, vector))
			return;
		/* In no loop of deliveries: the guest has executed an instruction for each. */
		if (vector != VECTOR_DB && vector != VECTOR_AC && vector != VECTOR_MC) {
			reflect_fault(vcpu, vector, error);
			return;
		}
	}
	/* In a loop of deliveries nothing else is ever recognized, no interrupt of ring -1's either. */
	watch(vcpu, rip == vcpu->looping_at, "took one exception after another at one place");
	vcpu->looping_at = rip;
	if (vector == VECTOR_DB) {
		reflect_debug(vcpu, info);
	} else if (vector == VECTOR_MC) {
		end_report(vcpu, GUEST_END_fault, "the processor reported a machine check");
	} else {
		reflect_fault(vcpu, vector, error);
	}
}

void handle_external_interrupt(struct vcpu *vcpu)
{
	u32 info = (u32)vmcs_read(VMCS_exit_interruption_info);

	/* Not acknowledged by the exit itself: take it through ring -1's own IDT. */
	if (info & EVENT_VALID)
		note_own_interrupt(vcpu, info & EVENT_VECTOR_MASK);
	else
		__asm__ volatile("sti; nop; cli" ::: "memory");
	redeliver(vcpu, (struct vmx_event){0});
	timer_own_interrupts(vcpu);
	/*
	 * Where there is no preemption timer, these exits are the bound, as they come whatever the
	 * guest's IF is: one that has had interrupts off since long ago, and made no other exit, is
	 * stuck.
	 */
	watch(vcpu, !(vmcs_read(VMCS_guest_rflags) & RFLAGS_IF), "ran with interrupts off");
	vcpu->looping_at = ~0ull;
}

/* The guest can take what has been waiting for it. */
void handle_event_window(struct vcpu *vcpu)
{
	vcpu->attention = true;
}

/* The bound on every stay in the guest. With interrupts on, a long stay is nobody's harm. */
void handle_preemption_timer(struct vcpu *vcpu)
{
	if (witness_timer(vcpu))
		return;
	if (vmcs_read(VMCS_guest_rflags) & RFLAGS_IF) {
		timer_service(vcpu);
		return;
	}
	end_report(vcpu, GUEST_END_watchdog,
	           "the guest ran for %lu ms with interrupts off without one VM exit: stopped by "
	           "the VMX-preemption timer at rip %lx",
	           vcpu->vm->watchdog_ms, vmcs_read(VMCS_guest_rip));
}

void handle_hlt(struct vcpu *vcpu)
{
	skip_instruction();
	if (vmcs_read(VMCS_guest_pending_debug) & (PENDING_DEBUG_BS | PENDING_DEBUG_ENABLED))
		return; /* which wake it at once */
	if (!(vmcs_read(VMCS_guest_rflags) & RFLAGS_IF))
		end_report(vcpu, GUEST_END_halted,
		           "the guest executed HLT with interrupts off at rip %lx: nothing can "
		           "wake it",
		           vmcs_read(VMCS_guest_rip));
	timer_wait(vcpu);
}

void handle_triple_fault(struct vcpu *vcpu)
{
	end_report(vcpu, GUEST_END_triple_fault,
	           "the guest took a triple fault at rip %lx: an exception while a double fault "
	           "was being delivered",
	           vmcs_read(VMCS_guest_rip));
}

void handle_task_switch(struct vcpu *vcpu)
{
	end_report(vcpu, GUEST_END_unexpected_exit,
	           "the guest attempted a hardware task switch to selector %lx, which Ringscope "
	           "does not emulate",
	           vmcs_read(VMCS_exit_qualification) & 0xffff);
}
