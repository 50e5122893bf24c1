/*
 * What ring -1 does about VM exits. vmx_exit (exit.c) finds the handler in the table made from
 * vmx/exit_reasons.h; the handlers live in one file per kind: exit_cpuid.c, exit_msr.c, exit_io.c,
 * exit_cr.c, exit_memory.c, exit_event.c, exit_hypercall.c.
 */
#ifndef HV_EXIT_H
#define HV_EXIT_H

#include "hv/vm.h"
#include "lib/cpu.h"
#include "vmx/exit_reasons.h"
#include "vmx/instructions.h"
#include "vmx/vmcs.h"

/* The fates that the table names; each finds the exit in vcpu and in the VMCS. */
#define EXIT(number, name, kind, fate) void handle_##fate(struct vcpu *vcpu);
EXIT_REASONS(EXIT)
#undef EXIT

/* The same for vmx_quick_exit: false, with nothing changed, where it is not that simple. */
bool quick_cpuid(struct vcpu *vcpu);
bool quick_vmcall(struct vcpu *vcpu);
bool quick_rdmsr(struct vcpu *vcpu);

/* HOST_RIP for the VMCS: by what is to be recorded. */
u64 exit_entry_point(const struct vcpu *vcpu);

/* The exit's name, "reserved" for a number that the table does not list. */
const char *exit_reason_name(u32 reason);

/* Has the guest take an exception before its next instruction. */
void inject_exception(struct vcpu *vcpu, u32 vector, u32 error);

/*
 * To go on after an exit that is not the guest's to see, such as an EPT violation made good: what
 * was being delivered is delivered after all, and an IRET that comes again finds NMIs blocked as the
 * first time. information: what reports "NMI unblocking due to IRET" in its bit 12 (the exit
 * qualification, or the interruption information).
 */
void resume_delivery(struct vcpu *vcpu, u64 information);

/* The same where the exit was by an exception: by the double-fault rules. */
void redeliver(struct vcpu *vcpu, struct vmx_event second);

/* The bits of CR0 and CR4 that ring -1 owns; and the MSR bitmap (4 KiB) from the MSR table. */
u64 cr0_owned_bits(const struct vm *vm);
u64 cr4_owned_bits(const struct vm *vm);
void msr_init(const struct vm *vm, u8 *bitmap);

/* What CPUID shows is decided once, from the processor's own answers. */
void cpuid_init(const struct vm *vm);

/* Drops cached translations of this guest after ring -1 changed its paging by hand. */
void flush_guest_translations(const struct vcpu *vcpu);

/* Outside IA-32e mode a code segment may have bit L set to no effect. */
static inline bool in_64_bit_mode(void)
{
	return (vmcs_read(VMCS_guest_cs_access) & BIT(13)) &&
	       (vmcs_read(VMCS_guest_efer) & EFER_LMA);
}

static inline bool is_canonical(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

/* A single-step trap falls due if RFLAGS.TF is set, unless only branches are stepped. */
static inline void pend_single_step(void)
{
	if (unlikely(vmcs_read(VMCS_guest_rflags) & RFLAGS_TF) &&
	    !(vmcs_read(VMCS_guest_debugctl) & DEBUGCTL_BTF))
		vmcs_write(VMCS_guest_pending_debug,
		           vmcs_read(VMCS_guest_pending_debug) | PENDING_DEBUG_BS);
}

/* For an instruction that is to be done again: Bochs has its single step pending before it is done. */
static inline void drop_single_step(void)
{
	u64 pending = vmcs_read(VMCS_guest_pending_debug);

	if (unlikely(pending & PENDING_DEBUG_BS) &&
	    !(vmcs_read(VMCS_guest_interruptibility) & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)))
		vmcs_write(VMCS_guest_pending_debug, pending & ~PENDING_DEBUG_BS);
}

/* An instruction that was done, if only in part, ends blocking by STI and MOV SS. */
static inline void end_blocking(void)
{
	u64 blocking = vmcs_read(VMCS_guest_interruptibility);

	if (unlikely(blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)))
		vmcs_write(VMCS_guest_interruptibility,
		           blocking & ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
}

/*
 * Moves RIP behind the instruction that exited ("Reporting VM-exit instruction length"). RFLAGS.RF
 * the exit itself has saved as 0.
 */
static inline void skip_instruction(void)
{
	u64 rip = vmcs_read(VMCS_guest_rip);
	u64 next = rip + vmcs_read(VMCS_exit_instruction_length);

	if (unlikely((next ^ rip) >> 32) && !in_64_bit_mode())
		next = (u32)next; /* outside 64-bit mode EIP wraps */
	vmcs_write(VMCS_guest_rip, next);
	end_blocking();
	pend_single_step();
}

/* skip_instruction for the plain case; false, nothing done, where more than RIP would change. */
static inline bool skip_simply(void)
{
	u64 rip = vmcs_read(VMCS_guest_rip);
	u64 next = rip + vmcs_read(VMCS_exit_instruction_length);

	if (unlikely((next ^ rip) >> 32) ||
	    unlikely(vmcs_read(VMCS_guest_interruptibility) &
	             (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)) ||
	    unlikely(vmcs_read(VMCS_guest_rflags) & RFLAGS_TF))
		return false;
	vmcs_write(VMCS_guest_rip, next);
	return true;
}

#endif
