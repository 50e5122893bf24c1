#include <stdlib.h>
#include <string.h>

#include "tools/names.h"
#include "tools/place.h"
#include "tools/tracker.h"
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

void tracker_stop(struct tracker *tracker)
{
	for (size_t i = 0; i < tracker->room; i++) {
		if (tracker->processes[i])
			free(tracker->processes[i]->open);
		free(tracker->processes[i]);
	}
	free(tracker->processes);
	tracker->processes = NULL;
	tracker->room = 0;
}

enum trace_stream tracker_tier(const struct tracker *tracker)
{
	if (tracker->hypervisor)
		return STREAM_HYPERVISOR;
	return tracker->user ? STREAM_USER : STREAM_KERNEL;
}

/* Where the thread is in a table, or the empty place for it. */
static struct process_track **slot(struct process_track **table, size_t room, u32 pid)
{
	size_t at = place_of_key(pid, room);

	while (table[at] && table[at]->pid != pid)
		at = (at + 1) & (room - 1);
	return &table[at];
}

const struct process_track *tracker_process(const struct tracker *tracker, u32 pid)
{
	return tracker->room ? *slot(tracker->processes, tracker->room, pid) : NULL;
}

static void *zeros(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

static void grow(struct tracker *tracker)
{
	size_t room = tracker->room ? tracker->room * 2 : 64;
	struct process_track **table = zeros(room, sizeof(*table));

	for (size_t i = 0; i < tracker->room; i++)
		if (tracker->processes[i])
			*slot(table, room, tracker->processes[i]->pid) = tracker->processes[i];
	free(tracker->processes);
	tracker->processes = table;
	tracker->room = room;
}

static struct process_track *find_process(struct tracker *tracker, u32 pid)
{
	struct process_track **process;

	if (tracker->count * 2 >= tracker->room)
		grow(tracker);
	process = slot(tracker->processes, tracker->room, pid);
	if (!*process) {
		*process = zeros(1, sizeof(**process));
		(*process)->pid = (*process)->process = pid;
		tracker->count++;
	}
	return *process;
}

/* Mostly it is the one that runs. */
static inline struct process_track *process_of(struct tracker *tracker, u32 pid)
{
	if (tracker->current && tracker->current->pid == pid)
		return tracker->current;
	return find_process(tracker, pid);
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

/* It may have intervals open from here on, and stays in the list whether it has or not. */
static inline void note_opened(struct tracker *tracker, struct process_track *thread)
{
	if (thread->opened)
		return;
	thread->opened = true;
	thread->next_opened = tracker->opened;
	tracker->opened = thread;
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

/* The innermost interval ends: its cost goes to the one around it, or to its thread's sum. */
static struct interval *pop(struct process_track *thread)
{
	struct interval *ended = &thread->open[--thread->depth];

	cost_add(thread->depth ? &ended[-1].cost : &thread->whole, &ended->cost);
	return ended;
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

static void leave_process(struct process_track *thread)
{
	if (!thread->link)
		return;
	*thread->link = thread->next;
	if (thread->next)
		thread->next->link = thread->link;
	thread->link = NULL;
	thread->next = NULL;
}

static void join_process(struct process_track *thread, struct process_track *first)
{
	if (thread == first)
		return;
	thread->next = first->threads;
	thread->link = &first->threads;
	if (thread->next)
		thread->next->link = &thread->next;
	first->threads = thread;
}

/* A new process or thread, which runs what its maker runs. */
static void step_birth(struct tracker *tracker, u32 maker, u32 child, bool thread)
{
	const struct process_track *from = process_of(tracker, maker);
	struct process_track *made = process_of(tracker, child);

	leave_process(made);
	made->process = thread ? from->process : child;
	made->name = from->name;
	if (thread)
		join_process(made, process_of(tracker, from->process));
}

/* What it has open ends with it; so does the memory for that: most threads of a long trace are gone. */
static void end_thread(struct process_track *thread, struct track_step *step)
{
	while (thread->depth) {
		struct interval *ended = pop(thread);

		if (step->closed < ENDED_LIMIT)
			step->ended[step->closed++] = *ended;
	}
	free(thread->open);
	thread->open = NULL;
}

/* Its other threads end with it, wherever in ring 0 they are. */
static void step_process_exit(struct tracker *tracker, struct track_step *step)
{
	struct process_track *own = process_of(tracker, step->pid);
	struct process_track *first = process_of(tracker, own->process);

	end_thread(own, step);
	end_thread(first, step);
	while (first->threads) {
		end_thread(first->threads, step);
		leave_process(first->threads);
	}
}

/*
 * A program started by another thread than the first ends the first, and the thread takes its place:
 * from here on the call that it is in is the first's.
 */
static void step_exec(struct tracker *tracker, struct track_step *step)
{
	const struct trace_process_exec *exec = (const void *)step->record;
	struct process_track *caller = process_of(tracker, tracker->pid);
	struct process_track *first = process_of(tracker, exec->pid);

	first->name = exec->program;
	if (caller->pid == exec->pid || caller->process != first->process)
		return;
	end_thread(first, step);
	note_opened(tracker, first);
	first->open = caller->open;
	caller->open = NULL;
	first->depth = step->depth = caller->depth;
	caller->depth = 0;
	tracker->pid = exec->pid;
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
		step_birth(tracker, fork->pid, fork->child, false);
		break;
	case EVENT_thread_create:
		step_birth(tracker, thread->pid, thread->tid, true);
		break;
	case EVENT_process_exec:
		step_exec(tracker, step);
		break;
	case EVENT_process_exit:
		step_process_exit(tracker, step);
		break;
	case EVENT_thread_exit:
		end_thread(process_of(tracker, step->pid), step);
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
