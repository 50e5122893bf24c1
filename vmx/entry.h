/*
 * The way into the guest and back (vmx/entry.asm). Registers that VMX does not switch live here
 * while ring -1 runs. HOST_RSP points just behind the register area, so nothing needs to be saved
 * or found out at an exit but the registers themselves.
 */
#ifndef VMX_ENTRY_H
#define VMX_ENTRY_H

#include "abi/types.h"

/*
 * Indexes as instructions and exit qualifications encode them. RSP's place is unused: it is in the
 * VMCS.
 */
enum guest_register {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	GUEST_REGISTERS,
};

/* Layout known to vmx/entry.asm; the assertions below keep the two in step. */
struct vmx_context {
	u64 registers[GUEST_REGISTERS]; /* HOST_RSP points at its end */
	u64 stack_top;                  /* ring -1's stack while the guest is out */
	u64 exit_tsc;                   /* stamped first thing after an exit */
	u64 *entry_tsc;                 /* where to stamp the TSC, last thing before an entry */
	u64 launched;                   /* 1 after the first successful VMLAUNCH */
};

_Static_assert(offsetof(struct vmx_context, stack_top) == 128, "entry.asm");
_Static_assert(offsetof(struct vmx_context, exit_tsc) == 136, "entry.asm");
_Static_assert(offsetof(struct vmx_context, entry_tsc) == 144, "entry.asm");

/*
 * Enters the guest for the first time, by VMLAUNCH; never returns. After each exit
 * vmx_exit(context) runs on context->stack_top; when it returns, the guest goes on by VMRESUME. If
 * either instruction itself fails, vmx_entry_refused runs instead, told CF, ZF and whether it was
 * VMRESUME, and must not return; context is NULL if there is no current VMCS to find it through.
 */
_Noreturn void vmx_enter(struct vmx_context *context);

/* Where the processor arrives at an exit: HOST_RIP. */
void vmx_exit_point(void);
void vmx_untimed_exit_point(void);

/* Supplied by hv/. */
void vmx_exit(struct vmx_context *context);
_Noreturn void vmx_entry_refused(struct vmx_context *context, bool carry, bool zero, bool resumed);

/*
 * Supplied by hv/, one for each exit point: deal with a frequent exit at once and return true; or
 * return false, having changed nothing, to have vmx_exit do it. Of context->registers only RBX and
 * those that a C function may change are valid.
 */
bool vmx_quick_exit(struct vmx_context *context, u32 reason);
bool vmx_quick_untimed_exit(struct vmx_context *context, u32 reason);

/* Supplied by hv/ in debug builds: the last thing before every entry but the stamp of its time. */
void vmx_before_entry(struct vmx_context *context);

#endif
