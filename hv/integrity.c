#include "hv/integrity.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "hv/memory.h"

#define EPERM 1

#define DR6_BREAKPOINTS 0xfu
#define DR6_BS          BIT(14)

/*
 * What shuts the ways into ring 0 in view 1: gates (all exceptions exit, then INT n is a #GP), SYSENTER
 * (#GP), SYSCALL (#UD), call gates (#GP). A step opens those that raise one of the two, and the trap
 * behind it exits before the next instruction is executed; behind MOV SS one more is, which the other
 * ways in are shut for.
 */
static const struct {
	u32 field;
	u64 mask, value;
	u32 when;
} held[INTEGRITY_HELD] = {
	{VMCS_exception_bitmap, 0xffffffff, 0xffffffff, RING_3 | STEP_UD | STEP_GP},
	{VMCS_guest_idtr_limit, 0xffffffff, 0, RING_3 | STEP_UD | STEP_GP},
	{VMCS_guest_sysenter_cs, 0xffffffff, 0, RING_3 | STEP_UD},
	{VMCS_guest_efer, EFER_SCE, 0, RING_3 | STEP_GP},
	{VMCS_guest_gdtr_limit, 0xffffffff, 0, RING_3 | STEP_UD},
	{VMCS_guest_ldtr_access, 0xffffffff, ACCESS_UNUSABLE, RING_3 | STEP_UD},
	{VMCS_guest_rflags, RFLAGS_TF, RFLAGS_TF, STEP_UD | STEP_GP},
	{VMCS_guest_debugctl, DEBUGCTL_BTF, 0, STEP_UD | STEP_GP},
};

static bool in_ring_3(void)
{
	return (vmcs_read(VMCS_guest_ss_access) >> 5 & 3) == 3;
}

static bool in_text(const struct vm *vm, u64 physical)
{
	return integrity_overlaps(vm->text, vm->text_bytes, physical, 1);
}

/*
 * RFLAGS.TF is set, and the VMCS wants a step to be pending behind MOV SS then, and nowhere else. By
 * FMASK SYSCALL must not clear it: SYSCALL is stepped by the TF that it leaves.
 */
static void begin_step(struct integrity *integrity)
{
	u64 blocking = vmcs_read(VMCS_guest_interruptibility);
	u64 pending = vmcs_read(VMCS_guest_pending_debug) & ~PENDING_DEBUG_BS;

	vmcs_write(VMCS_guest_interruptibility, blocking & ~BLOCKING_BY_STI);
	vmcs_write(VMCS_guest_pending_debug,
	           blocking & BLOCKING_BY_MOV_SS ? pending | PENDING_DEBUG_BS : pending);
	if (integrity->on != STEP_UD)
		return;
	integrity->fmask = rdmsr(MSR_FMASK);
	wrmsr(MSR_FMASK, integrity->fmask & ~RFLAGS_TF);
}

/* Unless the guest itself single-steps. */
static bool is_own_step(void)
{
	return !(vmcs_read(VMCS_guest_rflags) & RFLAGS_TF) ||
	       vmcs_read(VMCS_guest_debugctl) & DEBUGCTL_BTF;
}

static void end_step(struct vcpu *vcpu)
{
	u64 *r11 = &vcpu->context.registers[R11], fmask = vcpu->integrity.fmask & RFLAGS_TF;
	u64 tf = vcpu->integrity.saved[HELD_RFLAGS] & RFLAGS_TF;

	if (is_own_step())
		vmcs_write(VMCS_guest_pending_debug,
		           vmcs_read(VMCS_guest_pending_debug) & ~PENDING_DEBUG_BS);
	else if (vmcs_read(VMCS_guest_interruptibility) & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS))
		pend_single_step();
	if (vcpu->integrity.on != STEP_UD)
		return;
	wrmsr(MSR_FMASK, vcpu->integrity.fmask);
	if (in_ring_3())
		return;
	*r11 = (*r11 & ~RFLAGS_TF) | tf;
	vmcs_write(VMCS_guest_rflags, vmcs_read(VMCS_guest_rflags) & ~fmask);
}

void integrity_exit(struct vcpu *vcpu)
{
	struct integrity *integrity = &vcpu->integrity;

	for (u32 i = 0; i < INTEGRITY_HELD; i++)
		if (held[i].when & integrity->on)
			vmcs_write(held[i].field, (vmcs_read(held[i].field) & ~held[i].mask) |
			                                  (integrity->saved[i] & held[i].mask));
	if (integrity->on & (STEP_UD | STEP_GP))
		end_step(vcpu);
	integrity->was = integrity->on;
	integrity->on = integrity->step = RING_0;
}

/* What is injected, is for ring 0. */
void integrity_enter(struct vcpu *vcpu)
{
	struct integrity *integrity = &vcpu->integrity;
	bool user = in_ring_3() && !(vmcs_read(VMCS_entry_interruption_info) & EVENT_VALID);

	vmcs_write(VMCS_ept_pointer, ept_pointer(&vcpu->vm->views[user]));
	integrity->on = !user ? RING_0 : integrity->step ? integrity->step : RING_3;
	for (u32 i = 0; i < INTEGRITY_HELD; i++)
		if (held[i].when & integrity->on) {
			u64 value = vmcs_read(held[i].field);
			integrity->saved[i] = value;
			vmcs_write(held[i].field, (value & ~held[i].mask) | held[i].value);
		}
	if (integrity->on & (STEP_UD | STEP_GP))
		begin_step(integrity);
}

/* A #DB behind a step: true if it is no one else's. */
static bool was_own(struct vcpu *vcpu)
{
	if (!is_own_step())
		return false;
	vcpu->witness.own_step = DR6_BS;
	return !(vmcs_read(VMCS_exit_qualification) & DR6_BREAKPOINTS);
}

/* An exception that nobody but the hold has intercepted: the guest's own. */
static void reflect(struct vcpu *vcpu, u32 info)
{
	u32 vector = info & EVENT_VECTOR_MASK;

	if (vector == VECTOR_PF)
		write_cr2(vmcs_read(VMCS_exit_qualification));
	if (vector != VECTOR_BP && vector != VECTOR_OF)
		vmcs_write(VMCS_guest_rflags, vmcs_read(VMCS_guest_rflags) | RFLAGS_RF);
	redeliver(vcpu, (struct vmx_event){info & ~(u32)EVENT_NMI_UNBLOCKED,
	                                   (u32)vmcs_read(VMCS_exit_interruption_error),
	                                   (u32)vmcs_read(VMCS_exit_instruction_length)});
}

bool integrity_exception(struct vcpu *vcpu, u32 info)
{
	u32 vector = info & EVENT_VECTOR_MASK, was = vcpu->integrity.was;
	u32 step = vector == VECTOR_UD ? STEP_UD : vector == VECTOR_GP ? STEP_GP : RING_0;
	bool asked = vmcs_read(VMCS_exception_bitmap) >> vector & 1;
	u64 rflags = vmcs_read(VMCS_guest_rflags), rip = vmcs_read(VMCS_guest_rip);
	u32 gate = (u32)vmcs_read(VMCS_idt_vectoring_info);

	if (!was)
		return false;
	if (was != RING_3 && vector == VECTOR_DB)
		return was_own(vcpu);
	if (step == STEP_GP && gate & EVENT_VALID) {
		if (witness_holds_back(vcpu, gate & EVENT_VECTOR_MASK))
			return false;
		vmcs_write(VMCS_guest_rflags,
		           rflags & ~RFLAGS_RF); /* an INT n, which pushes none */
		resume_delivery(vcpu, 0);
		return true;
	}
	if (step && (was == RING_3 || vcpu->integrity.rip != rip) && !(asked && step == STEP_UD)) {
		vcpu->integrity.rip = rip;
		vmcs_write(VMCS_guest_rflags, rflags | RFLAGS_RF);
		drop_single_step();
		vcpu->integrity.step = step;
		return true;
	}
	if (!asked)
		reflect(vcpu, info);
	return !asked;
}

bool integrity_crosses(const struct vm *vm, u64 qualification, u64 physical)
{
	return vm->text_bytes && qualification & EPT_VIOLATION_FETCH && in_ring_3() &&
	       !in_text(vm, physical) && !guest_current_view(vm);
}

/* Either view grants what the first did, and each has what any of them has. */
static void level_views(struct vm *vm)
{
	for (u64 at = 0; at < vm->memory_bytes; at += PAGE_BYTES) {
		u64 rights = guest_rights(&vm->views[0], at) & EPT_RWX;
		for (u32 i = 0; i < VIEWS; i++)
			if (ept_walk(&vm->views[!i], at).entry || in_text(vm, at))
				guest_map(vm, i, at);
		if ((guest_rights(&vm->views[1], at) & EPT_RWX) != rights)
			guest_change(vm, 1, ept_protect(&vm->views[1], at, PAGE_BYTES, rights));
	}
}

static void set_rights(struct vm *vm)
{
	u64 end = vm->text + vm->text_bytes;

	for (u32 i = 0; i < VIEWS; i++)
		guest_change(vm, i,
		             ept_deny(&vm->views[i], vm->text, vm->text_bytes,
		                      i ? EPT_WRITE | EPT_EXECUTE : EPT_WRITE));
	guest_change(vm, 0, ept_deny(&vm->views[0], 0, vm->text, EPT_EXECUTE));
	guest_change(vm, 0, ept_deny(&vm->views[0], end, vm->memory_bytes - end, EPT_EXECUTE));
	for (u32 i = 0; vm->logging && !vm->uses_pml && i < VIEWS; i++)
		guest_change(vm, i, ept_watch(&vm->views[i], 0, vm->memory_bytes));
}

s64 integrity_start(struct vcpu *vcpu, u64 guest, u64 bytes)
{
	struct vm *vm = vcpu->vm;

	if (vm->text_bytes) /* no new kernel code without approval, and there is no way to approve */
		return -EPERM;
	s64 refusal = guest_range_refusal(vm, guest, bytes);
	if (refusal)
		return refusal;
	vm->text = guest;
	vm->text_bytes = bytes;
	vm->special = vm->refuses = true;
	level_views(vm);
	set_rights(vm);
	guest_memory_settle(vm);
	vmcs_switch(FEATURE_vmfunc, false);
	guest_record_change(vcpu, HYPERCALL_integrity, guest, bytes, EPT_READ | EPT_EXECUTE);
	return 0;
}

static const char *fault(const struct vm *vm, u32 view, const struct ept_range *range)
{
	bool text = integrity_overlaps(vm->text, vm->text_bytes, range->guest, range->bytes);
	bool outside =
		range->guest < vm->text || range->guest + range->bytes > vm->text + vm->text_bytes;

	if (text && range->rights & EPT_WRITE)
		return "the kernel's text is writable";
	if ((view ? text : outside) && range->rights & EPT_EXECUTE)
		return "what a ring may not execute is executable";
	return NULL;
}

void integrity_check(const struct vm *vm)
{
	struct ept_range range;

	for (u32 i = 0; vm->text_bytes && i < VIEWS; i++)
		for (u64 at = 0; ept_next_range(&vm->views[i], at, &range);
		     at = range.guest + range.bytes)
			if (fault(vm, i, &range))
				end_refused("extended page tables are wrong in view %u at "
				            "guest-physical %lx: %s",
				            i, range.guest, fault(vm, i, &range));
}
