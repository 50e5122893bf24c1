#include "guest/schedule.h"
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/fpu.h"
#include "guest/paging.h"
#include "guest/ports.h"
#include "guest/signals.h"
#include "guest/tables.h"
#include "guest/tracer.h"

static void make_ready(struct cpu *cpu, struct thread *t)
{
	t->state = THREAD_READY;
	t->next = NULL;
	if (cpu->ready)
		cpu->ready_last->next = t;
	else
		cpu->ready = t;
	cpu->ready_last = t;
}

void schedule_add(struct thread *t)
{
	make_ready(this_cpu(), t);
}

static void sleep(const void *channel, u64 until)
{
	struct cpu *cpu = this_cpu();
	struct thread *t = cpu->current;

	t->channel = channel;
	t->wake_at = until;
	t->woken = false;
	t->state = THREAD_SLEEPS;
	t->next = cpu->sleeping;
	cpu->sleeping = t;
	schedule();
}

s64 sleep_on(const void *channel, u64 until)
{
	struct thread *t = current_thread();

	if (signal_due(t))
		return -EINTR;
	if (until && rdtsc() >= until)
		return -ETIMEDOUT;
	sleep(channel, until);
	if (t->woken)
		return 0;
	return signal_due(t) ? -EINTR : until && rdtsc() >= until ? -ETIMEDOUT : 0;
}

s64 sleep_killable(const void *channel)
{
	const struct thread *t = current_thread();

	if (signal_deadly(t))
		return -EINTR;
	sleep(channel, 0);
	return signal_deadly(t) ? -EINTR : 0;
}

/* Takes a sleeping thread off the list and makes it ready. */
static void rouse(struct thread **at)
{
	struct thread *t = *at;

	*at = t->next;
	make_ready(this_cpu(), t);
}

void wake(const void *channel)
{
	for (struct thread **at = &this_cpu()->sleeping; *at;)
		if ((*at)->channel == channel) {
			(*at)->woken = true;
			rouse(at);
		} else {
			at = &(*at)->next;
		}
}

void wake_thread(struct thread *t)
{
	for (struct thread **at = &this_cpu()->sleeping; *at; at = &(*at)->next)
		if (*at == t) {
			rouse(at);
			return;
		}
}

bool schedule_tick(u64 now)
{
	struct cpu *cpu = this_cpu();

	for (struct thread **at = &cpu->sleeping; *at;)
		if ((*at)->wake_at && now >= (*at)->wake_at)
			rouse(at);
		else
			at = &(*at)->next;
	return cpu->ready;
}

/* Puts the thread's own state into the processor: page tables, FS, GS, x87 and SSE. */
void thread_load(const struct thread *t)
{
	struct cpu *cpu = this_cpu();
	struct process *p = t->process;

	if (cpu->space != p->space) {
		cpu->space = p->space;
		cpu->kernel_root = p->space->root;
		cpu->user_root = paging_user_root(p->space->root);
		write_cr3(p->space->root);
	}
	if (segments_read() != t->segments)
		segments_load(t->segments);
	wrmsr(MSR_FS_BASE, t->fs_base);
	wrmsr(MSR_KERNEL_GS_BASE, t->gs_base);
	fpu_load(t->fpu);
	ports_load(p);
}

/* The one that ran before may have run for the last time: nobody stands on its stack any more. */
void schedule_finish(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *dead = cpu->dead;

	if (!dead)
		return;
	cpu->dead = NULL;
	thread_free(dead);
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct thread *previous = cpu->current, *next;

	cpu->resched = false;
	if (previous->state == THREAD_READY && previous != &cpu->idle)
		make_ready(cpu, previous);
	next = cpu->ready;
	if (next)
		cpu->ready = next->next;
	else
		next = &cpu->idle;
	if (next == previous)
		return;
	u64 now = rdtsc();
	previous->ran += now - cpu->switched;
	previous->process->ran += now - cpu->switched;
	cpu->switched = now;
	if (!previous->kernel) {
		previous->segments = segments_read();
		fpu_save(previous->fpu);
	}
	cpu->current = next;
	if (!next->kernel) {
		set_kernel_stack(cpu, next->stack_top);
		thread_load(next);
	}
	TRACE_INSTANT(previous, context_switch, .next_pid = next->tid,
	              .next_cr3 = cpu->space ? cpu->user_root : read_cr3());
	if (previous->state == THREAD_DEAD)
		cpu->dead = previous;
	switch_stacks(&previous->switch_rsp, next->switch_rsp);
	schedule_finish();
}

_Noreturn void idle(void)
{
	for (;;) {
		schedule();
		/* STI lets the interrupt in only behind HLT: no wake-up falls between. */
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
}
