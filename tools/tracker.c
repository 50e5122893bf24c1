#include <string.h>

#include "tools/memory.h"
#include "tools/names.h"
#include "tools/tracker_threads.h"
#include "vmx/exit_reasons.h"

const char *track_problem_text(enum track_problem problem)
{
	static const char *const texts[] = {
		[TRACK_FINE] = "",
		[TRACK_EXIT_TWICE] = "VM exit although ring -1 has the processor",
		[TRACK_ENTRY_TWICE] = "VM entry although the guest runs",
		[TRACK_ENTER_TWICE] = "ring 3 entered although it has the processor",
		[TRACK_LEAVE_UNENTERED] = "ring 3 left although it was not entered",
		[TRACK_LEAVE_OTHER] = "ring 3 left by another thread than entered it",
		[TRACK_ENTER_OPEN] = "ring 3 entered although ring 0 has an interval open",
		[TRACK_END_UNOPENED] = "the end of an interval that is not the innermost open one",
		[TRACK_KERNEL_IN_USER] = "ring 0 at work although ring 3 has the processor",
		[TRACK_SWITCH_OTHER] = "switch away from a thread that does not run",
		[TRACK_TOO_DEEP] = "too many intervals open in one thread",
	};

	return texts[problem];
}

bool track_ends_snapshot(const struct track_step *step, u32 writer)
{
	const struct trace_record *record = step->record;

	return event_kinds[record->id].stream == STREAM_KERNEL && step->pid == writer &&
	       record->id != EVENT_memory_range && record->id != EVENT_interrupt_entry &&
	       record->id != EVENT_interrupt_exit && record->id != EVENT_context_switch;
}

enum trace_stream tracker_tier(const struct tracker *tracker)
{
	if (tracker->hypervisor)
		return STREAM_HYPERVISOR;
	return tracker->user ? STREAM_USER : STREAM_KERNEL;
}

void cost_add(struct cost *sum, const struct cost *cost)
{
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		sum->ticks[i] += cost->ticks[i];
	sum->exits += cost->exits;
	sum->faults += cost->faults;
}

/* After every step of ring 0 or ring 3: where time goes from here on. */
static inline void charge(struct tracker *tracker)
{
	struct process_track *thread;

	if (!tracker->current || tracker->current->pid != tracker->pid)
		tracker->current = process_of(tracker, tracker->pid);
	thread = tracker->current;
	tracker->charged = tracker->user   ? &thread->user.cost
	                   : thread->depth ? &thread->open[thread->depth - 1].cost
	                                   : &thread->kernel;
}

void tracker_start(struct tracker *tracker, bool bare, u64 begin)
{
	memset(tracker, 0, sizeof(*tracker));
	tracker->bare = bare;
	tracker->hypervisor = !bare;
	tracker->last = begin;
	tracker->entered = begin;
	charge(tracker);
}

static inline void pass_time(struct tracker *tracker, u64 now)
{
	u64 passed = now > tracker->last ? now - tracker->last : 0;

	tracker->time[tracker_tier(tracker)] += passed;
	tracker->charged->ticks[tracker_tier(tracker)] += passed;
	if (tracker->hypervisor && tracker->halted) {
		tracker->waiting += passed;
		tracker->current->waiting += passed;
	} else if (tracker->hypervisor && !tracker->exit) {
		tracker->starting += passed;
	}
	tracker->last += passed;
}

void tracker_end(struct tracker *tracker, u64 end)
{
	pass_time(tracker, end);
}

void tracker_lose(struct tracker *tracker, u32 stream)
{
	if (stream == STREAM_HYPERVISOR) {
		tracker->exit = NULL;
		tracker->halted = false;
		return;
	}
	tracker->user = false;
	tracker->enter = NULL;
	while (tracker->opened) {
		struct process_track *thread = tracker->opened;

		tracker->opened = thread->next_opened;
		thread->opened = false;
		thread->depth = 0;
	}
	charge(tracker);
}

void tracker_forget(struct tracker *tracker, u64 now)
{
	pass_time(tracker, now);
	memset(tracker->time, 0, sizeof(tracker->time));
	tracker->starting = tracker->waiting = 0;
	for (size_t i = 0; i < tracker->room; i++) {
		struct process_track *thread = tracker->processes[i];

		if (!thread)
			continue;
		for (u32 at = 0; at < thread->depth; at++)
			thread->open[at].cost = (struct cost){0};
		thread->user.cost = thread->kernel = thread->whole = (struct cost){0};
		thread->calls = thread->waiting = 0;
	}
}

static u64 since(const struct trace_record *record, u64 begin)
{
	return record->tsc > begin ? record->tsc - begin : 0;
}

static void step_exit(struct tracker *tracker, struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->record;

	if (tracker->hypervisor)
		step->problem = TRACK_EXIT_TWICE;
	step->duration = since(step->record, tracker->entered);
	tracker->hypervisor = true;
	tracker->halted = exit->reason == EXIT_HLT;
	tracker->exit = step->record;
}

static void step_entry(struct tracker *tracker, struct track_step *step)
{
	if (!tracker->hypervisor)
		step->problem = TRACK_ENTRY_TWICE;
	step->begin = tracker->exit;
	step->duration = tracker->exit ? since(step->record, tracker->exit->tsc) : 0;
	step->cost = (struct cost){.ticks[STREAM_HYPERVISOR] = step->duration, .exits = 1};
	tracker->charged->exits++;
	tracker->hypervisor = false;
	tracker->halted = false;
	tracker->exit = NULL;
	tracker->entered = step->record->tsc;
}

static void step_enter(struct tracker *tracker, struct track_step *step)
{
	const struct trace_user_enter *enter = (const void *)step->record;
	struct process_track *thread = process_of(tracker, enter->pid);

	step->pid = enter->pid;
	if (tracker->user)
		step->problem = TRACK_ENTER_TWICE;
	else if (thread->depth)
		step->problem = TRACK_ENTER_OPEN;
	thread->user = (struct interval){.begin = step->record};
	tracker->user = true;
	tracker->enter = step->record;
	tracker->pid = enter->pid;
	tracker->pid_known = true;
}

static void step_leave(struct tracker *tracker, struct track_step *step)
{
	const struct trace_user_leave *leave = (const void *)step->record;

	step->pid = leave->pid;
	step->begin = tracker->enter;
	if (!tracker->user)
		step->problem = TRACK_LEAVE_UNENTERED;
	else if (((const struct trace_user_enter *)tracker->enter)->pid != leave->pid)
		step->problem = TRACK_LEAVE_OTHER;
	step->duration = tracker->enter ? since(step->record, tracker->enter->tsc) : 0;
	if (tracker->user) { /* `current` is whose interval it is */
		step->cost = tracker->current->user.cost;
		cost_add(&tracker->current->whole, &step->cost);
	}
	tracker->user = false;
	tracker->enter = NULL;
}

/* The thread of a record of ring 0 or ring 3: all have it at the same place. */
static u32 pid_of(const struct trace_record *record)
{
	return ((const struct trace_thread_exit *)record)->pid;
}

/* Whether this end belongs to that begin: same kind, same system call or vector. */
static bool closes(const struct trace_record *end, const struct trace_record *begin)
{
	if (begin->id + 1 != end->id)
		return false;
	switch (end->id) {
#define SAME(entry, exit, field)                                                                   \
	case EVENT_##exit:                                                                         \
		return ((const struct trace_##exit *)end)->field ==                                \
		       ((const struct trace_##entry *)begin)->field
		SAME(syscall_entry, syscall_exit, number);
		SAME(interrupt_entry, interrupt_exit, vector);
		SAME(exception_entry, exception_exit, vector);
#undef SAME
	default:
		return true;
	}
}

static void open_interval(struct tracker *tracker, struct track_step *step)
{
	struct process_track *process = process_of(tracker, step->pid);

	step->depth = process->depth;
	note_opened(tracker, process);
	if (!process->open)
		process->open = zeros(OPEN_LIMIT, sizeof(*process->open));
	if (process->depth == OPEN_LIMIT)
		step->problem = TRACK_TOO_DEEP;
	else
		process->open[process->depth++] = (struct interval){.begin = step->record};
	if (step->record->id == EVENT_page_fault_entry && process->depth)
		process->open[process->depth - 1].cost.faults++;
	process->calls += step->record->id == EVENT_syscall_entry;
}

static void close_interval(struct tracker *tracker, struct track_step *step)
{
	struct process_track *process = process_of(tracker, step->pid);
	u32 depth = process->depth;

	while (depth && !closes(step->record, process->open[depth - 1].begin))
		depth--;
	if (!depth || depth != process->depth)
		step->problem = TRACK_END_UNOPENED;
	if (depth) {
		while (process->depth >= depth)
			step->cost = pop(process)->cost;
		step->begin = process->open[depth - 1].begin;
		step->duration = since(step->record, step->begin->tsc);
	}
	step->depth = process->depth;
}

static void step_switch(struct tracker *tracker, struct track_step *step)
{
	const struct trace_context_switch *change = (const void *)step->record;

	if (tracker->pid_known && tracker->pid != change->pid)
		step->problem = TRACK_SWITCH_OTHER;
	tracker->pid = change->next_pid;
	tracker->pid_known = true;
}

/* What the instants of ring 0 change. */
static void step_instant(struct tracker *tracker, struct track_step *step)
{
	const struct trace_process_fork *fork = (const void *)step->record;
	const struct trace_thread_create *thread = (const void *)step->record;

	switch (step->record->id) {
	case EVENT_context_switch:
		step_switch(tracker, step);
		break;
	case EVENT_process_fork:
		tracker_birth(tracker, fork->pid, fork->child, false);
		break;
	case EVENT_thread_create:
		tracker_birth(tracker, thread->pid, thread->tid, true);
		break;
	case EVENT_process_exec:
		tracker_exec(tracker, step);
		break;
	case EVENT_process_name:
		process_of(tracker, process_of(tracker, step->pid)->process)->name =
			((const struct trace_process_name *)step->record)->program;
		break;
	case EVENT_process_exit:
		tracker_process_exit(tracker, step);
		break;
	case EVENT_thread_exit:
		tracker_end_thread(process_of(tracker, step->pid), step);
		break;
	default:
		break;
	}
}

static void step_kernel(struct tracker *tracker, struct track_step *step)
{
	const struct trace_record *record = step->record;

	step->pid = pid_of(record);
	if (tracker->user)
		step->problem = TRACK_KERNEL_IN_USER;
	if (event_kinds[record->id].phase == PHASE_BEGIN)
		open_interval(tracker, step);
	else if (event_kinds[record->id].phase == PHASE_END)
		close_interval(tracker, step);
	else if (record->id != EVENT_protection)
		step->depth = process_of(tracker, step->pid)->depth;
	step_instant(tracker, step);
}

void tracker_step(struct tracker *tracker, const struct trace_record *record,
                  struct track_step *step)
{
	memset(step, 0, offsetof(struct track_step, ended));
	step->problem = TRACK_FINE;
	step->record = record;
	pass_time(tracker, record->tsc);
	if (event_kinds[record->id].stream == STREAM_HYPERVISOR) {
		step->pid = tracker->pid;
		if (record->id == EVENT_vm_exit)
			step_exit(tracker, step);
		else if (record->id == EVENT_vm_entry)
			step_entry(tracker, step);
		return;
	}
	switch (record->id) {
	case EVENT_user_enter:
		step_enter(tracker, step);
		break;
	case EVENT_user_leave:
		step_leave(tracker, step);
		break;
	case EVENT_mark:
		step->pid = pid_of(record);
		break;
	default:
		step_kernel(tracker, step);
	}
	charge(tracker);
}
