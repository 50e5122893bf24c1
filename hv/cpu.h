/*
 * This processor's tables in ring -1: GDT, TSS with a stack for every kind of trap, IDT; and its
 * stacks, each above a page that is not mapped.
 */
#ifndef HV_CPU_H
#define HV_CPU_H

#include "abi/types.h"
#include "vmx/vmcs.h"

/* Installs GDT, TSS and IDT. */
void cpu_init(void);

/* What the VMCS has to know of them. */
void cpu_describe_host(struct vmcs_host *host);

/* Top of the stack on which exits are handled. */
u64 cpu_exit_stack(void);

bool cpu_is_guard_page(u64 page);

/* What a trap found, as vectors.asm lays it down. */
struct trap_frame {
	u64 rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

#endif
