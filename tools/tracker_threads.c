#include <stdlib.h>

#include "tools/memory.h"
#include "tools/place.h"
#include "tools/tracker_threads.h"

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

struct process_track *tracker_find(struct tracker *tracker, u32 pid)
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

void tracker_birth(struct tracker *tracker, u32 maker, u32 child, bool thread)
{
	const struct process_track *from = process_of(tracker, maker);
	struct process_track *made = process_of(tracker, child);

	leave_process(made);
	made->process = thread ? from->process : child;
	made->name = from->name;
	if (thread)
		join_process(made, process_of(tracker, from->process));
}

/* So does the memory for what it had open: most threads of a long trace are gone. */
void tracker_end_thread(struct process_track *thread, struct track_step *step)
{
	while (thread->depth) {
		struct interval *ended = pop(thread);

		if (step->closed < ENDED_LIMIT)
			step->ended[step->closed++] = *ended;
	}
	free(thread->open);
	thread->open = NULL;
}

void tracker_process_exit(struct tracker *tracker, struct track_step *step)
{
	struct process_track *own = process_of(tracker, step->pid);
	struct process_track *first = process_of(tracker, own->process);

	tracker_end_thread(own, step);
	tracker_end_thread(first, step);
	while (first->threads) {
		tracker_end_thread(first->threads, step);
		leave_process(first->threads);
	}
}

void tracker_exec(struct tracker *tracker, struct track_step *step)
{
	const struct trace_process_exec *exec = (const void *)step->record;
	struct process_track *caller = process_of(tracker, tracker->pid);
	struct process_track *first = process_of(tracker, exec->pid);

	first->name = exec->program;
	if (caller->pid == exec->pid || caller->process != first->process)
		return;
	tracker_end_thread(first, step);
	note_opened(tracker, first);
	first->open = caller->open;
	caller->open = NULL;
	first->depth = step->depth = caller->depth;
	caller->depth = 0;
	tracker->pid = exec->pid;
}
