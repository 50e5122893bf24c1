#include "hv/integrity.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "hv/memory.h"

#define EPERM 1

#define DR6_BREAKPOINTS 0xfu
#define DR6_BS          BIT(14)

/*
 * What shuts the ways into ring 0 in view 1: gates (all exceptions exit, then INT n is a #GP), SYSENTER
 * (#GP), SYSCALL (#UD), call gates (#GP). For a step the last three are open, and the trap behind any
 * instruction exits before the next one is executed.
 */
static const struct {
	u32 field;
	u64 mask, value;
	u32 when;
} held[INTEGRITY_HELD] = {
	{VMCS_exception_bitmap, 0xffffffff, 0xffffffff, RING_3 | RING_3_STEP},
	{VMCS_guest_idtr_limit, 0xffffffff, 0, RING_3 | RING_3_STEP},
	{VMCS_guest_sysenter_cs, 0xffffffff, 0, RING_3},
	{VMCS_guest_efer, EFER_SCE, 0, RING_3},
	{VMCS_guest_gdtr_limit, 0xffffffff, 0, RING_3},
	{VMCS_guest_ldtr_access, 0xffffffff, ACCESS_UNUSABLE, RING_3},
	{VMCS_guest_rflags, RFLAGS_TF, RFLAGS_TF, RING_3_STEP},
	{VMCS_guest_debugctl, DEBUGCTL_BTF, 0, RING_3_STEP},
};

static bool in_ring_3(void)
{
	return (vmcs_read(VMCS_guest_ss_access) >> 5 & 3) == 3;
}

static bool in_text(const struct vm *vm, u64 physical)
{
	return integrity_overlaps(vm->text, vm->text_bytes, physical, 1);
}

static void set_control(enum vmcs_field field, enum vmx_feature feature, bool on)
{
	u64 bit = BIT(vmx_features[feature].bit), controls = vmcs_read(field);

	vmcs_write(field, on ? controls | bit : controls & ~bit);
}

/* SYSCALL was done with FMASK's TF off, and the step's TF on, which it saved. */
static void end_syscall(struct vcpu *vcpu)
{
	u64 *r11 = &vcpu->context.registers[R11],
	    tf = vcpu->integrity.saved[HELD_RFLAGS] & RFLAGS_TF;

	wrmsr(MSR_FMASK, vcpu->integrity.fmask);
	if (in_ring_3())
		return;
	*r11 = (*r11 & ~RFLAGS_TF) | tf;
	vmcs_write(VMCS_guest_rflags,
	           vmcs_read(VMCS_guest_rflags) & ~(vcpu->integrity.fmask & RFLAGS_TF));
}

void integrity_exit(struct vcpu *vcpu)
{
	struct integrity *integrity = &vcpu->integrity;

	for (u32 i = 0; i < INTEGRITY_HELD; i++)
		if (held[i].when & integrity->on)
			vmcs_write(held[i].field, (vmcs_read(held[i].field) & ~held[i].mask) |
			                                  (integrity->saved[i] & held[i].mask));
	if (integrity->on == RING_3_STEP && integrity->syscall)
		end_syscall(vcpu);
	integrity->was = integrity->on;
	integrity->on = RING_0;
	integrity->step = false;
}

/* What is injected, is for ring 0. */
void integrity_enter(struct vcpu *vcpu)
{
	struct integrity *integrity = &vcpu->integrity;
	bool user = in_ring_3() && !(vmcs_read(VMCS_entry_interruption_info) & EVENT_VALID);

	vmcs_write(VMCS_ept_pointer, ept_pointer(&vcpu->vm->views[user]));
	integrity->on = !user ? RING_0 : integrity->step ? RING_3_STEP : RING_3;
	if (integrity->on == RING_3_STEP && integrity->syscall) {
		integrity->fmask = rdmsr(MSR_FMASK);
		wrmsr(MSR_FMASK, integrity->fmask & ~RFLAGS_TF);
	}
	for (u32 i = 0; i < INTEGRITY_HELD; i++)
		if (held[i].when & integrity->on) {
			u64 value = vmcs_read(held[i].field);
			integrity->saved[i] = value;
			vmcs_write(held[i].field, (value & ~held[i].mask) | held[i].value);
		}
}

/* The step's trap, true if no one else's: SYSCALL is stepped by the TF that it leaves. */
static bool end_step(struct vcpu *vcpu)
{
	if (vmcs_read(VMCS_guest_rflags) & RFLAGS_TF &&
	    !(vmcs_read(VMCS_guest_debugctl) & DEBUGCTL_BTF))
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
	u32 vector = info & EVENT_VECTOR_MASK;
	struct integrity *integrity = &vcpu->integrity;
	bool asked = vmcs_read(VMCS_exception_bitmap) >> vector & 1;
	u64 rflags = vmcs_read(VMCS_guest_rflags);

	if (integrity->was == RING_3_STEP && vector == VECTOR_DB)
		return end_step(vcpu);
	integrity->syscall = vector == VECTOR_UD && !asked;
	if (integrity->was == RING_3 && vector == VECTOR_GP &&
	    vmcs_read(VMCS_idt_vectoring_info) & EVENT_VALID) {
		vmcs_write(VMCS_guest_rflags,
		           rflags & ~RFLAGS_RF); /* an INT n, which pushes none */
		resume_delivery(vcpu, 0);
	} else if (integrity->was == RING_3 && (integrity->syscall || vector == VECTOR_GP)) {
		vmcs_write(VMCS_guest_rflags, rflags | RFLAGS_RF);
		drop_single_step();
		integrity->step = true;
	} else if (!integrity->was || asked) {
		return false;
	} else {
		reflect(vcpu, info);
	}
	return true;
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
	set_control(VMCS_secondary_controls, FEATURE_vmfunc, false);
	guest_record_change(vcpu, HYPERCALL_integrity, guest, bytes, EPT_READ | EPT_EXECUTE);
	return 0;
}

const char *integrity_fault(const struct vm *vm)
{
	struct ept_range range;

	for (u32 i = 0; vm->text_bytes && i < VIEWS; i++)
		for (u64 at = 0; ept_next_range(&vm->views[i], at, &range);
		     at = range.guest + range.bytes) {
			u64 outside = range.guest < vm->text ||
			              range.guest + range.bytes > vm->text + vm->text_bytes;
			bool text = integrity_overlaps(vm->text, vm->text_bytes, range.guest,
			                               range.bytes);
			if (text && range.rights & EPT_WRITE)
				return "the kernel's text is writable";
			if ((i ? text : outside) && range.rights & EPT_EXECUTE)
				return "what a ring may not execute is executable";
		}
	return NULL;
}
