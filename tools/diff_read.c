#include <stdlib.h>
#include <string.h>

#include "abi/syscalls.h"
#include "tools/diff.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "tools/place.h"
#include "vmx/exit_reasons.h"

static u32 add_thread(struct diff_run *run, const struct diff_thread *thread)
{
	run->threads = grown(run->threads, run->count + 1ul, &run->room, sizeof(*run->threads));
	run->threads[run->count] = *thread;
	return run->count++;
}

/* Where that number is in the table of the latest bearers, or the empty place for it. */
static u32 *place_of(struct diff_run *run, u32 pid)
{
	u32 at = (u32)place_of_key(pid, run->places);

	while (run->latest[at] != NO_THREAD && run->threads[run->latest[at]].pid != pid)
		at = (at + 1) & (run->places - 1);
	return &run->latest[at];
}

/* Keeps half of the places empty; every number of the threads so far has one. */
static void grow_places(struct diff_run *run)
{
	if (run->count * 2 < run->places)
		return;
	run->places = run->places ? run->places * 2 : 128;
	free(run->latest);
	run->latest = allocated(malloc(run->places * sizeof(*run->latest)));
	memset(run->latest, 0xff, run->places * sizeof(*run->latest));
	for (u32 i = 0; i < run->count; i++)
		*place_of(run, run->threads[i].pid) = i;
}

/* The latest of that pid, since numbers are used again; the kernel if there was none. */
static u32 find(struct diff_run *run, u32 pid)
{
	u32 index = *place_of(run, pid);

	return index == NO_THREAD ? 0 : index;
}

/* How far a run has come at a moment, so that two of them bound what counts. */
struct mark {
	u64 time[TRACE_STREAMS];
	u64 idle[TRACE_STREAMS];
	u64 drains;
	u64 exits;
};

struct reading {
	struct diff_run *run;
	struct tracker tracker;
	struct trace_cursor cursor; /* over ring 0's stream alone, in step */
	struct mark now, first, last;
	u64 records; /* of ring 0, so far */
	bool begun;
};

static void bear(struct reading *reading, u32 maker, u32 pid, bool thread)
{
	struct diff_run *run = reading->run;
	u32 made_by = find(run, maker);
	u32 parent = run->threads[made_by].kernel ? 0 : made_by; /* the kernel's are as its own */
	struct diff_thread born = {.pid = pid,
	                           .parent = parent,
	                           .first = NO_THREAD,
	                           .last = NO_THREAD,
	                           .next = NO_THREAD,
	                           .match = NO_THREAD,
	                           .thread = thread,
	                           .kernel = thread && !parent,
	                           .name = run->threads[parent].name,
	                           .born = reading->cursor,
	                           .after = reading->records,
	                           .until = reading->records};
	u32 index;
	u32 *link;

	grow_places(run);
	index = add_thread(run, &born);
	*place_of(run, pid) = index;
	link = run->threads[parent].last == NO_THREAD
	               ? &run->threads[parent].first
	               : &run->threads[run->threads[parent].last].next;

	*link = index;
	run->threads[parent].last = index;
}

static void take_mark(struct reading *reading, struct mark *mark)
{
	const struct process_track *idle = tracker_process(&reading->tracker, 0);

	*mark = reading->now;
	memcpy(mark->time, reading->tracker.time, sizeof(mark->time));
	if (idle)
		memcpy(mark->idle, idle->kernel.ticks, sizeof(mark->idle));
}

static void read_kernel(struct reading *reading, const struct trace_record *record)
{
	struct diff_run *run = reading->run;
	const struct trace_process_fork *fork = (const void *)record;
	const struct trace_thread_create *create = (const void *)record;
	const struct trace_process_exec *exec = (const void *)record;
	const struct trace_protection *protection = (const void *)record;
	const struct trace_syscall_exit *result = (const void *)record;

	cursor_next_of(&reading->cursor, STREAM_KERNEL);
	run->threads[find(run, fork->pid)].until = ++reading->records;
	switch (record->id) {
	case EVENT_process_fork:
		bear(reading, fork->pid, fork->child, false);
		break;
	case EVENT_thread_create:
		bear(reading, create->pid, create->tid, true);
		break;
	case EVENT_process_exec:
		run->threads[find(run, exec->pid)].name = exec->program;
		break;
	case EVENT_protection:
		if (!strncmp(protection->name, "KASLR", sizeof(protection->name)))
			run->figures.fixed = !protection->granted;
		break;
	case EVENT_interrupt_entry:
		run->figures.except[EXCEPT_interrupts]++;
		break;
	case EVENT_syscall_exit: /* that it found no child is the answer to WNOHANG alone */
		run->figures.except[EXCEPT_sleeps] +=
			result->number == SYSCALL_wait4 && !result->result;
		break;
	default:
		break;
	}
}

static void read_call(struct diff_figures *figures, const struct trace_syscall_entry *call)
{
	enum diff_exception exception = call_exception(call->number);

	figures->calls++;
	if (exception != EXCEPT_COUNT)
		figures->except[exception]++;
}

static void read_hypervisor(struct reading *reading, const struct trace_record *record)
{
	enum { LEAF_FEATURES = 1, LEAF_HYPERVISOR = 0x40000000, LEAVES = 0x10000 };
	const struct trace_vm_exit *exit = (const void *)record;
	const struct trace_trace_drain *drain = (const void *)record;

	if (record->id == EVENT_trace_drain && record->tsc > drain->begin)
		reading->now.drains += record->tsc - drain->begin;
	if (record->id != EVENT_vm_exit)
		return;
	reading->now.exits++;
	if (exit->reason == EXIT_CPUID && exit->cpl == 3 &&
	    (exit->operand0 == LEAF_FEATURES || exit->operand0 - LEAF_HYPERVISOR < LEAVES))
		reading->run->figures.except[EXCEPT_cpuid]++;
}

static u64 less(u64 from, u64 what)
{
	return from > what ? from - what : 0;
}

/* On a bare machine a thread of the kernel writes the trace. */
static u64 kernel_threads(const struct reading *reading)
{
	u64 ticks = 0;

	for (u32 i = 1; i < reading->run->count; i++) {
		const struct diff_thread *thread = &reading->run->threads[i];
		const struct process_track *track = tracker_process(&reading->tracker, thread->pid);

		if (thread->kernel && track)
			ticks += track->whole.ticks[STREAM_KERNEL] +
			         track->kernel.ticks[STREAM_KERNEL];
	}
	return ticks;
}

static void sum_up(struct reading *reading)
{
	struct diff_figures *figures = &reading->run->figures;
	const struct mark *first = &reading->first, *last = &reading->last;

	for (u32 i = 0; i < TRACE_STREAMS; i++)
		figures->ticks[i] =
			less(last->time[i] - first->time[i], last->idle[i] - first->idle[i]);
	figures->ticks[STREAM_HYPERVISOR] =
		less(figures->ticks[STREAM_HYPERVISOR], last->drains - first->drains);
	figures->ticks[STREAM_KERNEL] =
		less(figures->ticks[STREAM_KERNEL], kernel_threads(reading));
	figures->exits = last->exits - first->exits;
	for (u32 i = 1; i < reading->run->count; i++)
		figures->except[EXCEPT_kernel] += reading->run->threads[i].kernel;
}

static void read_one(struct reading *reading, const struct trace_record *record)
{
	struct track_step step;

	tracker_step(&reading->tracker, record, &step);
	if (event_kinds[record->id].stream == STREAM_KERNEL)
		read_kernel(reading, record);
	else if (event_kinds[record->id].stream == STREAM_HYPERVISOR)
		read_hypervisor(reading, record);
	if (record->id == EVENT_syscall_entry)
		read_call(&reading->run->figures, (const void *)record);
	else if (record->id == EVENT_page_fault_entry)
		reading->run->figures.faults++;
	else if (record->id == EVENT_user_enter && !reading->begun)
		take_mark(reading, &reading->first);
	else if (record->id == EVENT_user_leave)
		take_mark(reading, &reading->last);
	reading->begun |= record->id == EVENT_user_enter;
}

void diff_read(struct diff_run *run, const struct trace *trace)
{
	static const struct diff_thread kernel = {
		.first = NO_THREAD, .last = NO_THREAD, .next = NO_THREAD, .kernel = true};
	struct reading reading = {.run = run};
	const struct trace_record *record;
	struct trace_cursor cursor;

	memset(run, 0, sizeof(*run));
	run->trace = trace;
	add_thread(run, &kernel);
	grow_places(run);
	tracker_start(&reading.tracker, trace->info.bare, trace->info.tsc_begin);
	cursor_start(&reading.cursor, trace);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		read_one(&reading, record);
	sum_up(&reading);
	tracker_stop(&reading.tracker);
}
