#include "abi/hypercall.h"
#include "hv/console.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "hv/student.h"
#include "hv/trace.h"

#define ENODEV 19

static s64 end(struct vcpu *vcpu, u64 status, u64 cause)
{
	if (cause == GUEST_END_panic)
		end_report(vcpu, GUEST_END_panic, "the guest kernel gave up: see its own words");
	end_guest(vcpu, GUEST_END_exit, (s32)status);
}

/* One is held at most, as in the processor; without its windows it could come too early. */
static s64 send_nmi(struct vcpu *vcpu)
{
	const struct vmx_controls *controls = &vcpu->vm->controls;

	if (!controls->granted[FEATURE_virtual_nmis] || !controls->allowed[FEATURE_nmi_window])
		return -ENODEV;
	vcpu->nmi = vcpu->attention = true;
	return 0;
}

static s64 answer(struct vcpu *vcpu, u64 number, u64 first, u64 second, u64 third)
{
	switch (number) {
	case HYPERCALL_nop:
		return 0;
	case HYPERCALL_trace_ring:
		return trace_announce(vcpu, first, second);
	case HYPERCALL_trace_flush:
		return trace_take_all(vcpu, first);
	case HYPERCALL_end:
		return end(vcpu, first, second);
	case HYPERCALL_nmi:
		return send_nmi(vcpu);
	case HYPERCALL_protect:
		return guest_protect(vcpu, first, second, third);
	case HYPERCALL_release:
		return guest_release(vcpu, first, second);
	case HYPERCALL_dirty_log:
		return guest_dirty_log(vcpu, first, second, third);
	case HYPERCALL_view:
		return guest_view(vcpu, first);
	case HYPERCALL_integrity:
		return integrity_start(vcpu, first, second);
	case HYPERCALL_control:
		return lab_control(vcpu, first, second, third);
	case HYPERCALL_peek:
		return lab_peek(vcpu->vm, first);
	case HYPERCALL_student:
		if (student_hypercall)
			return student_hypercall(vcpu->vm, first, second);
		/* fall through */
	default:
		if (!vcpu->told) /* once: a guest is not to make ring -1 wait for its log */
			hv_log("the guest made an unknown hypercall, number %lx, at rip %lx: "
			       "answered -ENOSYS, as others will be",
			       number, vmcs_read(VMCS_guest_rip));
		vcpu->told = true;
		return -ENOSYS;
	}
}

void handle_vmcall(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;

	/* VMCALL exits from every ring; only ring 0 may have it. */
	if (vmcs_read(VMCS_guest_ss_access) >> 5 & 3) {
		handle_undefined(vcpu);
		return;
	}
	skip_instruction();
	vcpu->result =
		(u64)answer(vcpu, registers[RAX], registers[RDI], registers[RSI], registers[RDX]);
	registers[RAX] = vcpu->result;
}

bool quick_vmcall(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;

	if (registers[RAX] != HYPERCALL_nop || vmcs_read(VMCS_guest_ss_access) >> 5 & 3 ||
	    !skip_simply())
		return false;
	registers[RAX] = 0;
	return true;
}
