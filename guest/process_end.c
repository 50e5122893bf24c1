/* How threads and processes end, and how their parents learn of it. */
#include "guest/errno.h"
#include "guest/futex.h"
#include "guest/machine.h"
#include "guest/pagetables.h"
#include "guest/process_parts.h"
#include "guest/schedule.h"
#include "guest/signal_queue.h"
#include "guest/signals.h"
#include "guest/tracer.h"

/* The child has gone its own way: the parent that lent it its space goes on. */
static void end_vfork(struct process *p)
{
	if (p->vforked) {
		p->vforked = false;
		wake(p);
	}
}

void process_executed(struct process *p)
{
	p->executed = true;
	end_vfork(p);
}

static void end_threads(struct process *p)
{
	for (struct thread *t = p->threads; t; t = t->fellow) {
		t->attention = true;
		if (t != current_thread())
			wake_thread(t);
	}
	wake(&p->stopped);
}

s64 process_become_single(void)
{
	struct thread *self = current_thread();
	struct process *p = self->process;

	while (p->thread_count > 1) {
		p->heir = self;
		end_threads(p);
		if (sleep_killable(&p->thread_count))
			return -EINTR;
	}
	self->tid = p->pid;
	p->heir = NULL;
	return 0;
}

/* Children of the dead go to the first process, which is no init and need not wait for them. */
static void give_away_children(const struct process *parent)
{
	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = process_at(i);
		if (!p || p->parent != parent)
			continue;
		p->parent = process_find(FIRST_PID);
		p->orphan = true;
		group_left(p, parent);
		if (p->zombie)
			process_delete(p);
	}
}

static void trace_exit(const struct process *p, u32 wait_status)
{
	u32 cause = p->cause;

	for (const struct thread *t = p->threads; t; t = t->fellow)
		if (t->tid != p->pid)
			TRACE_INSTANT(t, thread_exit);
		else
			cause = t->cause;
	TRACE(this_cpu()->kernel_ring, process_exit, rdtsc(), .pid = p->pid, .cause = cause,
	      .status = wait_status >> 8 & 0xff, .signal = wait_status & 0x7f);
}

/* The first process is gone, and with it the reason to run. */
static _Noreturn void end_of_all(const struct process *first, u32 wait_status)
{
	u32 signal = wait_status & 0x7f;

	pagetables_snapshot();
	trace_exit(first, wait_status);
	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = process_at(i);
		if (p && p != first && !p->zombie)
			trace_exit(p, SIGKILL);
	}
	machine_end((s32)(signal ? 128 + signal : wait_status >> 8 & 0xff), GUEST_END_exit, NULL);
}

/* The last thread leaves: everything but what the parent wants to know goes back. */
static void end_process(struct process *p, u32 wait_status)
{
	if (p->pid == FIRST_PID)
		end_of_all(p, wait_status);
	process_disinherit(p);
	signals_drop(p, NULL, 0);
	space_drop(p->space);
	p->space = NULL;
	trace_exit(p, wait_status);
	p->zombie = true;
	p->wait_status = wait_status;
	group_left(p, p->parent);
	give_away_children(p);
	end_vfork(p);
	if (p->exit_signal && !p->orphan)
		signal_child(p, wait_status);
	p->orphan |= p->exit_signal == SIGCHLD && signal_forgets_children(p->parent);
	wake(p->parent);
}

_Noreturn void thread_exit(u32 wait_status)
{
	struct cpu *cpu = this_cpu();
	struct thread *t = cpu->current;
	struct process *p = t->process;
	bool last = p->thread_count == 1;

	if (t->clear_tid && p->space->references + p->thread_count > 2) {
		store_tid(p->space, t->clear_tid, 0);
		futex_wake(t->clear_tid, 1, FUTEX_ANY_BIT);
	}
	if (last)
		end_process(p, p->ending ? p->wait_status : wait_status);
	else if (t->tid != p->pid)
		TRACE_INSTANT(t, thread_exit);
	else /* its records end with the process, or exec makes another one the first */
		p->cause = t->cause;
	signals_drop(p, t, 0);
	process_leave(t);
	wake(&p->thread_count);
	if (last && p->orphan)
		process_delete(p);
	t->process = &cpu->kernel;
	t->kernel = true;
	t->state = THREAD_DEAD;
	schedule();
	panic(NULL, "a dead thread, %u, was scheduled", t->tid);
}

_Noreturn void process_exit(u32 wait_status)
{
	struct process *p = current_process();

	if (p->pid == FIRST_PID)
		end_of_all(p, wait_status);
	if (!p->ending) {
		p->ending = true;
		p->wait_status = wait_status;
		end_threads(p);
	}
	thread_exit(wait_status);
}

static bool is_wanted(const struct process *p, s64 pid)
{
	const struct process *self = current_process();

	if (p->parent != self || p->orphan)
		return false;
	return pid == WAIT_ANY ||
	       (pid > 0 ? p->pid == pid : p->group == (pid ? -pid : self->group));
}

/* What is to be told about a child now: its pid, or 0. */
static s64 tell(struct process *p, u32 options, u32 *wait_status)
{
	bool leave = options & WAIT_LEAVE;
	s64 pid = p->pid;

	if (p->zombie && options & WAIT_EXITED) {
		*wait_status = p->wait_status;
		if (!leave)
			process_delete(p);
	} else if (p->tell_stopped && options & WAIT_STOPPED) {
		*wait_status = wait_status_stopped(p->stop_signal);
		p->tell_stopped = leave;
	} else if (p->tell_continued && options & WAIT_CONTINUED) {
		*wait_status = WAIT_STATUS_CONTINUED;
		p->tell_continued = leave;
	} else {
		return 0;
	}
	return pid;
}

s64 process_wait(s64 pid, u32 options, u32 *wait_status)
{
	for (;;) {
		bool children = false;
		for (u32 i = 0; i < PROCESSES; i++) {
			struct process *p = process_at(i);
			if (!p || !is_wanted(p, pid))
				continue;
			children = true;
			s64 told = tell(p, options, wait_status);
			if (told)
				return told;
		}
		if (!children)
			return -ECHILD;
		if (options & WAIT_NO_HANG)
			return 0;
		if (sleep_on(current_process(), 0))
			return -ERESTART;
	}
}
