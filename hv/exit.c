#include "hv/exit.h"
#include "abi/hypercall.h"
#include "hv/console.h"
#include "hv/end.h"
#include "hv/explain.h"
#include "hv/trace_exits.h"

struct fate {
	void (*handle)(struct vcpu *vcpu);
	enum exit_kind kind;
	const char *name;
};

/* Numbers that the manual reserves have rows too: no exit is without a fate. */
static const struct fate fates[EXIT_REASON_LIMIT] = {
#define EXIT(number, name, kind, fate) [number] = {handle_##fate, EXIT_KIND_##kind, #name},
	EXIT_REASONS(EXIT)
#undef EXIT
};

const char *exit_reason_name(u32 reason)
{
	u32 basic = reason & 0xffff;

	return basic < EXIT_REASON_LIMIT ? fates[basic].name : "reserved";
}

/*
 * Whoever returns from a fault must not meet the breakpoint there again: the processor pushes RF as
 * it is loaded ("Vectored-Event Injection").
 */
void inject_exception(struct vcpu *vcpu, u32 vector, u32 error)
{
	vmcs_write(VMCS_guest_rflags, vmcs_read(VMCS_guest_rflags) | RFLAGS_RF);
	vcpu->event = vmx_exception(vector, error);
	vcpu->attention = true;
}

void flush_guest_translations(const struct vcpu *vcpu)
{
	const bool *granted = vcpu->vm->controls.granted;

	/* Without VPIDs every VM entry flushes. */
	if (!granted[FEATURE_vpid])
		return;
	if (granted[FEATURE_invvpid_single])
		vmx_invvpid(INVALIDATE_SINGLE_CONTEXT, 1);
	else
		vmx_invvpid(INVALIDATE_ALL_CONTEXTS, 0);
}

/* Has the processor exit as soon as the guest can take an interrupt, or an NMI. */
static void set_windows(struct vcpu *vcpu, bool interrupt, bool nmi)
{
	u64 windows = (u64)interrupt << vmx_features[FEATURE_interrupt_window].bit |
	              (u64)nmi << vmx_features[FEATURE_nmi_window].bit;

	if (vcpu->windows == windows)
		return;
	u64 others = vmcs_read(VMCS_primary_controls) & ~vcpu->windows;
	vmcs_write(VMCS_primary_controls, others | windows);
	vcpu->windows = windows;
}

/*
 * What is due at this entry: an exception, else an NMI, else the highest interrupt, if the guest can
 * take it. Pending debug exceptions come before the latter two, and an entry that injects one would
 * drop them ("Delivery of Pending Debug Exceptions after VM Entry").
 */
static struct vmx_event next_event(struct vcpu *vcpu)
{
	struct pic *pic = &vcpu->vm->pic;
	struct vmx_event event = vcpu->event;
	u64 blocking = vmcs_read(VMCS_guest_interruptibility);

	vcpu->event = (struct vmx_event){0};
	if (event.info || (blocking & BLOCKING_BY_MOV_SS) ||
	    (vmcs_read(VMCS_guest_pending_debug) & (PENDING_DEBUG_BS | PENDING_DEBUG_ENABLED)))
		return event;
	if (vcpu->nmi && !(blocking & BLOCKING_BY_NMI)) {
		vcpu->nmi = false;
		event.info = VECTOR_NMI | EVENT_NMI | (u32)EVENT_VALID;
	} else if (pic_pending(pic) && (vmcs_read(VMCS_guest_rflags) & RFLAGS_IF) &&
	           !(blocking & BLOCKING_BY_STI)) {
		event.info = pic_acknowledge(pic) | EVENT_EXTERNAL_INTERRUPT | (u32)EVENT_VALID;
	}
	return event;
}

/*
 * An NMI is entered with unblocked ("Checks on Guest Non-Register State"), also by STI: processors
 * differ in whether that holds it back. The first delivery of one that is delivered again has left
 * blocking by NMI.
 */
static void unblock_nmi(void)
{
	vmcs_write(VMCS_guest_interruptibility,
	           vmcs_read(VMCS_guest_interruptibility) & ~(BLOCKING_BY_STI | BLOCKING_BY_NMI));
}

static struct vmx_event deliver(struct vcpu *vcpu)
{
	struct vmx_event event = next_event(vcpu);

	vcpu->attention = false;
	if (!(vmcs_read(VMCS_guest_cr0) & CR0_PE)) /* real mode has no error codes */
		event.info &= ~(u32)EVENT_ERROR_CODE_VALID;
	if ((event.info & EVENT_TYPE_MASK) == EVENT_NMI)
		unblock_nmi();
	if (event.info) {
		vmcs_write(VMCS_entry_interruption_info, event.info);
		vmcs_write(VMCS_entry_exception_error_code, event.error);
		vmcs_write(VMCS_entry_instruction_length, event.length);
	}
	set_windows(vcpu, pic_pending(&vcpu->vm->pic), vcpu->nmi);
	return event;
}

/* The way out of vmx_exit that is seldom taken, kept apart so that the other stays short. */
static __attribute__((noinline)) void deliver_and_record(struct vcpu *vcpu)
{
	struct vmx_event event;

	if (unlikely(vcpu->integrity.on)) /* still: the exit was a quick one */
		integrity_exit(vcpu);
	event = deliver(vcpu);
	if (vcpu->witness.gates && event.info)
		witness_deliver(vcpu, event.info & EVENT_VECTOR_MASK);
	trace_vm_entry(vcpu, event.info, event.error);
	if (unlikely(vcpu->vm->text_bytes))
		integrity_enter(vcpu);
}

void vmx_exit(struct vmx_context *context)
{
	struct vcpu *vcpu = (struct vcpu *)context;
	u32 reason = (u32)vmcs_read(VMCS_exit_reason);
	/* Beyond the table are failed entries: they have bit 31 set. */
	const struct fate *fate =
		&fates[reason < EXIT_REASON_LIMIT ? reason : EXIT_ENTRY_FAIL_GUEST_STATE];

	vcpu->reason = reason;
	vcpu->result = 0;
	if (reason > EXIT_EXTERNAL_INTERRUPT) /* it, and exceptions, keep watch themselves */
		vcpu->stuck_since = 0;
	trace_vm_exit(vcpu, fate->kind);
	if (unlikely(vcpu->vm->text_bytes))
		integrity_exit(vcpu);
	if (!unlikely(vcpu->vm->lab.on) || !lab_exit(vcpu))
		fate->handle(vcpu);
	if (unlikely(vcpu->attention)) {
		deliver_and_record(vcpu);
		return;
	}
	trace_vm_entry(vcpu, 0, 0);
	if (unlikely(vcpu->vm->text_bytes))
		integrity_enter(vcpu);
}

bool vmx_quick_exit(struct vmx_context *context, u32 reason)
{
	struct vcpu *vcpu = (struct vcpu *)context;

	/* None of these handlers needs, or reports, the registers that are not saved. */
	vcpu->reason = reason;
	if (reason == EXIT_CPUID) {
		trace_vm_exit(vcpu, EXIT_KIND_CPUID);
		if (!quick_cpuid(vcpu))
			handle_cpuid(vcpu);
	} else if (reason == EXIT_RDMSR) {
		trace_vm_exit(vcpu, EXIT_KIND_MSR);
		if (!quick_rdmsr(vcpu))
			handle_rdmsr(vcpu);
	} else if (reason == EXIT_VMCALL && context->registers[RAX] == HYPERCALL_nop) {
		trace_vm_exit(vcpu, EXIT_KIND_CALL);
		if (!quick_vmcall(vcpu))
			handle_vmcall(vcpu);
	} else {
		return false;
	}
	vcpu->stuck_since = 0;
	if (unlikely(vcpu->attention)) {
		deliver_and_record(vcpu);
		return true;
	}
	vcpu->result = context->registers[RAX];
	trace_vm_entry(vcpu, 0, 0);
	return true;
}

bool vmx_quick_untimed_exit(struct vmx_context *context, u32 reason)
{
	struct vcpu *vcpu = (struct vcpu *)context;

	if (reason != EXIT_CPUID && reason != EXIT_VMCALL && reason != EXIT_RDMSR)
		return false;
	vcpu->stuck_since = 0;
	return reason == EXIT_CPUID    ? quick_cpuid(vcpu)
	       : reason == EXIT_VMCALL ? quick_vmcall(vcpu)
	                               : quick_rdmsr(vcpu);
}

/* Where the processor comes back to: exits that are recorded take the way that records them. */
u64 exit_entry_point(const struct vcpu *vcpu)
{
	bool recorded = trace_wants(vcpu->ring, EVENT_vm_exit) ||
	                trace_wants(vcpu->ring, EVENT_vm_entry) || vcpu->witness.on;

	return (u64)(recorded ? vmx_exit_point : vmx_untimed_exit_point);
}

_Noreturn void vmx_entry_refused(struct vmx_context *context, bool carry, bool zero, bool resumed)
{
	if (carry || !zero || !context)
		end_report(&the_vcpu, GUEST_END_entry_failed,
		           "VM entry failed: there is no current VMCS (VMfailInvalid)");
	explain_failed_entry(&the_vcpu, 0, (u32)vmcs_read(VMCS_instruction_error), resumed);
}

void handle_entry_failed(struct vcpu *vcpu)
{
	explain_failed_entry(vcpu, vcpu->reason, 0, false);
}

void handle_unexpected(struct vcpu *vcpu)
{
	end_report(vcpu, GUEST_END_unexpected_exit,
	           "VM exit %u (%s), qualification %lx, came although ring -1 never asked for it",
	           vcpu->reason, exit_reason_name(vcpu->reason),
	           vmcs_read(VMCS_exit_qualification));
}

void handle_undefined(struct vcpu *vcpu)
{
	inject_exception(vcpu, VECTOR_UD, 0);
}

void handle_protection(struct vcpu *vcpu)
{
	inject_exception(vcpu, VECTOR_GP, 0);
}
