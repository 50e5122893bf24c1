#include "abi/hypercall.h"
#include "hv/console.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "hv/trace.h"

#define ENODEV 19
#define ENOSYS 38

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

void handle_vmcall(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;
	s64 result;

	/* VMCALL exits from every ring; only ring 0 may have it. */
	if (vmcs_read(VMCS_guest_ss_access) >> 5 & 3) {
		handle_undefined(vcpu);
		return;
	}
	skip_instruction();
	switch (registers[RAX]) {
	case HYPERCALL_nop:
		result = 0;
		break;
	case HYPERCALL_trace_ring:
		result = trace_announce(vcpu, registers[RDI], registers[RSI]);
		break;
	case HYPERCALL_trace_flush:
		result = trace_take_all(vcpu, registers[RDI]);
		break;
	case HYPERCALL_end:
		result = end(vcpu, registers[RDI], registers[RSI]);
		break;
	case HYPERCALL_nmi:
		result = send_nmi(vcpu);
		break;
	case HYPERCALL_protect:
		result = guest_protect(vcpu, registers[RDI], registers[RSI], registers[RDX]);
		break;
	case HYPERCALL_release:
		result = guest_release(vcpu, registers[RDI], registers[RSI]);
		break;
	case HYPERCALL_dirty_log:
		result = guest_dirty_log(vcpu, registers[RDI], registers[RSI], registers[RDX]);
		break;
	case HYPERCALL_view:
		result = guest_view(vcpu, registers[RDI]);
		break;
	default:
		if (!vcpu->told) /* once: a guest is not to make ring -1 wait for its log */
			hv_log("the guest made an unknown hypercall, number %lx, at rip %lx: "
			       "answered -ENOSYS, as others will be",
			       registers[RAX], vmcs_read(VMCS_guest_rip));
		vcpu->told = true;
		result = -ENOSYS;
	}
	registers[RAX] = (u64)result;
	vcpu->result = (u64)result;
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
