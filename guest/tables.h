/*
 * The processor's descriptor tables (GDT, TSS, IDT) and the MSRs of SYSCALL: who may enter ring 0,
 * where, and on which stack.
 */
#ifndef GUEST_TABLES_H
#define GUEST_TABLES_H

#include "guest/percpu.h"
#include "guest/protect.h"

/* Loads this processor's tables and GS; faults are reported from here on. */
void tables_init(struct cpu *cpu);

/* Which flags SYSCALL clears: all that matter, or not AC and DF. */
void tables_mask_flags(bool all);

/* Gives #DF, NMI, #DB and #MC their own stacks; false if memory ran out. */
bool tables_init_stacks(struct cpu *cpu);

/* Has the gates, STUBS of them, and SYSCALL enter elsewhere, interrupts on the entry stack. */
void tables_enter_at(const u64 *stubs, const void *syscall);

/* The IDT, a whole page. */
const void *tables_idt(void);

/* Where interrupts and system calls from ring 3 save their frame. */
static inline void set_kernel_stack(struct cpu *cpu, u64 top)
{
	cpu->kernel_rsp = top;
	if (!protection_on(PROTECTION_KPTI))
		cpu->tss.rsp[0] = top;
}

/* DS, ES, FS and GS as ring 3 loaded them, 16 bits each; ring 0 uses none of them. */
static inline u64 segments_read(void)
{
	u64 ds, es, fs, gs;

	__asm__ volatile("mov %%ds, %0\n\tmov %%es, %1\n\tmov %%fs, %2\n\tmov %%gs, %3"
	                 : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
	return ds | es << 16 | fs << 32 | gs << 48;
}

/*
 * Loads them; the bases of FS and GS are lost. SWAPGS, because loading GS changes the base that is in
 * force, which is ring 0's.
 */
static inline void segments_load(u64 segments)
{
	__asm__ volatile("mov %w0, %%ds\n\tmov %w1, %%es\n\tmov %w2, %%fs\n\t"
	                 "swapgs\n\tmov %w3, %%gs\n\tswapgs" ::"r"(segments),
	                 "r"(segments >> 16), "r"(segments >> 32), "r"(segments >> 48)
	                 : "memory");
}

/* Loads an empty IDT: the next fault is a triple fault. */
void tables_drop_idt(void);

#endif
