/*
 * The tracker's threads: finding one by its pid, and how they are born and end. tracker.c, which
 * follows what each does, is all that includes this.
 */
#ifndef TOOLS_TRACKER_THREADS_H
#define TOOLS_TRACKER_THREADS_H

#include "tools/tracker.h"

/* The thread of that pid; one that nothing was heard of yet is made. */
struct process_track *tracker_find(struct tracker *tracker, u32 pid);

/* A new process or thread, which runs what its maker runs. */
void tracker_birth(struct tracker *tracker, u32 maker, u32 child, bool thread);

/* What the thread has open ends with it. */
void tracker_end_thread(struct process_track *thread, struct track_step *step);

/* The step's process ends, and its other threads with it, wherever in ring 0 they are. */
void tracker_process_exit(struct tracker *tracker, struct track_step *step);

/*
 * A program started by another thread than the first ends the first, and the thread takes its place:
 * from here on the call that it is in is the first's.
 */
void tracker_exec(struct tracker *tracker, struct track_step *step);

/* Mostly it is the one that runs. */
static inline struct process_track *process_of(struct tracker *tracker, u32 pid)
{
	if (tracker->current && tracker->current->pid == pid)
		return tracker->current;
	return tracker_find(tracker, pid);
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

/* The innermost interval ends: its cost goes to the one around it, or to its thread's sum. */
static inline struct interval *pop(struct process_track *thread)
{
	struct interval *ended = &thread->open[--thread->depth];

	cost_add(thread->depth ? &ended[-1].cost : &thread->whole, &ended->cost);
	return ended;
}

#endif
