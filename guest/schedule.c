/* Who runs next: in turn, whoever is ready; the idle loop if nobody is. */
#include "guest/machine.h"
#include "guest/paging.h"
#include "guest/tables.h"
#include "guest/tracer.h"

/* The next in turn behind the running one, itself included at the end. */
static struct process *next_ready(struct process *running)
{
	u32 start = 0;

	for (u32 i = 0; i < PROCESSES; i++)
		if (process_at(i) == running)
			start = i + 1;
	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = process_at((start + i) % PROCESSES);
		if (p && p->state == PROCESS_READY)
			return p;
	}
	return NULL;
}

/* Puts the process's own state into the processor: page tables, FS, GS, x87 and SSE. */
void process_load(const struct process *p)
{
	write_cr3(p->space.root);
	wrmsr(MSR_FS_BASE, p->fs_base);
	wrmsr(MSR_KERNEL_GS_BASE, p->gs_base);
	__asm__ volatile("fxrstor64 %0" ::"m"(p->fpu));
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct process *previous = cpu->current, *next = next_ready(previous);

	cpu->resched = false;
	if (!next)
		next = &cpu->idle;
	if (next == previous)
		return;
	if (previous->space.root)
		__asm__ volatile("fxsave64 %0" : "=m"(previous->fpu));
	cpu->current = next;
	if (next != &cpu->idle) {
		set_kernel_stack(cpu, next->stack_top);
		process_load(next);
	}
	TRACE(cpu->kernel_ring, context_switch, rdtsc(), .previous_pid = previous->pid,
	      .next_pid = next->pid, .next_cr3 = read_cr3());
	switch_stacks(&previous->switch_rsp, next->switch_rsp);
}

_Noreturn void idle(void)
{
	for (;;) {
		schedule();
		/* STI lets the interrupt in only behind HLT: no wake-up falls between. */
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
}
