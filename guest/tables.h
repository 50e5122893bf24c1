/*
 * The processor's descriptor tables (GDT, TSS, IDT) and the MSRs of SYSCALL: who may enter ring 0,
 * where, and on which stack.
 */
#ifndef GUEST_TABLES_H
#define GUEST_TABLES_H

#include "guest/percpu.h"

/* Loads this processor's tables and GS; faults are reported from here on. */
void tables_init(struct cpu *cpu);

/* Which flags SYSCALL clears: all that matter, or not AC and DF. */
void tables_mask_flags(bool all);

/* Gives #DF, NMI, #DB and #MC their own stacks; false if memory ran out. */
bool tables_init_stacks(struct cpu *cpu);

/* Where interrupts and system calls from ring 3 save their frame. */
static inline void set_kernel_stack(struct cpu *cpu, u64 top)
{
	cpu->kernel_rsp = top;
	cpu->tss.rsp[0] = top;
}

/* Loads an empty IDT: the next fault is a triple fault. */
void tables_drop_idt(void);

#endif
