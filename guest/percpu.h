/*
 * All that ring 0 keeps for each processor, reached through GS. A second processor would be a
 * second one of these.
 */
#ifndef GUEST_PERCPU_H
#define GUEST_PERCPU_H

#include "guest/process.h"
#include "lib/cpu.h"
#include "lib/trace.h"

#define GDT_ENTRIES 8 /* null, kernel code, kernel data, null, user data, user code, TSS (two) */
#define IST_STACKS  4 /* #DF, NMI, #DB, #MC */

#define ENTRY_STACK_WORDS 115u /* a frame or two */

#define PORTS 65536u

struct cpu {
	/* What an entry needs before all else, and the processor for it: ring 3's tables have it too. */
	_Alignas(PAGE_BYTES) struct cpu *self;
	u64 user_rsp;    /* SYSCALL's scratch */
	u64 kernel_rsp;  /* top of current's kernel stack, also in the TSS */
	u64 kernel_root; /* the page tables of `space`, the whole of them, */
	u64 user_root;   /* and those in which its ring 3 runs: the same without the word kpti */
	u64 gdt[GDT_ENTRIES];
	u64 entry_stack[ENTRY_STACK_WORDS]; /* with kpti: in the TSS instead of kernel_rsp */
	struct tss tss;
	u8 port_bitmap[PORTS / 8 + 1]; /* right behind the TSS, as its segment wants it */

	_Alignas(PAGE_BYTES) struct thread *current;
	struct thread *ready, *ready_last; /* by next */
	struct thread *sleeping;
	u64 switched;        /* TSC, at the last switch */
	struct thread *dead; /* left for good; whoever runs next buries it */
	bool tracing;        /* some filter lets a ring-0 or ring-3 record through */
	bool resched;        /* the time slice is over and somebody waits */
	u32 number;
	struct trace_ring *kernel_ring;
	struct trace_ring *user_ring;
	struct thread idle;    /* tid 0 */
	struct process kernel; /* pid 0: whose idle and the kernel threads are */
	struct space *space;   /* whose tables are in CR3; NULL: the kernel's own */
};

/* The part that ring 3's tables have: whole pages. */
#define CPU_ENTRY_BYTES offsetof(struct cpu, current)

/* Where the TSS says its bitmap is: there, or beyond the segment, which closes every port. */
#define PORTS_OPEN   (offsetof(struct cpu, port_bitmap) - offsetof(struct cpu, tss))
#define PORTS_CLOSED 0xffffu

_Static_assert(PORTS_OPEN == sizeof(struct tss), "nothing between them");
_Static_assert(offsetof(struct cpu, user_rsp) == 8, "guest/entry.asm uses it");
_Static_assert(offsetof(struct cpu, kernel_rsp) == 16, "guest/entry.asm uses it");
_Static_assert(offsetof(struct cpu, kernel_root) == 24, "guest/kpti.asm uses it");
_Static_assert(offsetof(struct cpu, user_root) == 32, "guest/kpti.asm uses it");
_Static_assert(offsetof(struct cpu, tss) == 1024, "guest/kpti.asm: the end of the entry stack");

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;
	__asm__ volatile("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline struct thread *current_thread(void)
{
	struct thread *thread;
	__asm__ volatile("mov %%gs:%c1, %0" : "=r"(thread) : "i"(offsetof(struct cpu, current)));
	return thread;
}

static inline struct process *current_process(void)
{
	return current_thread()->process;
}

#endif
