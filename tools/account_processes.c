/*
 * The sums by process, from what the tracker knows of each thread.
 */
#include <stdlib.h>

#include "tools/account.h"
#include "tools/memory.h"

bool account_chose(const struct account *account, u32 pid)
{
	const struct process_track *thread;

	if (!account->choice.by_pid)
		return true;
	thread = tracker_process(&account->tracker, pid);
	return (thread ? thread->process : pid) == account->choice.pid;
}

/* What a thread has cost so far, with what is still open. */
static struct cost cost_of(const struct tracker *tracker, const struct process_track *thread)
{
	struct cost sum = thread->whole;

	cost_add(&sum, &thread->kernel);
	for (u32 at = 0; at < thread->depth; at++)
		cost_add(&sum, &thread->open[at].cost);
	if (tracker->user && tracker->current == thread)
		cost_add(&sum, &thread->user.cost);
	return sum;
}

static int compare(const void *left, const void *right)
{
	const struct process_sum *a = left;
	const struct process_sum *b = right;
	u64 one = a->cost.ticks[0] + a->cost.ticks[1] + a->cost.ticks[2];
	u64 other = b->cost.ticks[0] + b->cost.ticks[1] + b->cost.ticks[2];

	if (one != other)
		return one < other ? 1 : -1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static int compare_pids(const void *left, const void *right)
{
	const struct process_sum *a = left;
	const struct process_sum *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static void merge(struct process_sum *sum, const struct process_sum *thread)
{
	cost_add(&sum->cost, &thread->cost);
	sum->calls += thread->calls;
	sum->waiting += thread->waiting;
	sum->name = sum->name ? sum->name : thread->name;
}

static bool is_idle(const struct process_sum *sum)
{
	const struct cost *cost = &sum->cost;

	return !cost->ticks[0] && !cost->ticks[1] && !cost->ticks[2] && !cost->exits &&
	       !cost->faults && !sum->calls;
}

size_t account_processes(const struct account *account, struct process_sum **sums)
{
	const struct tracker *tracker = &account->tracker;
	size_t threads = 0, count = 0;

	*sums = zeros(tracker->count + 1, sizeof(**sums));
	for (size_t i = 0; i < tracker->room; i++) {
		const struct process_track *thread = tracker->processes[i];

		if (thread && account_chose(account, thread->pid))
			(*sums)[threads++] = (struct process_sum){
				thread->process,          thread->pid,   thread->name,
				cost_of(tracker, thread), thread->calls, thread->waiting};
	}
	qsort(*sums, threads, sizeof(**sums), compare_pids);
	for (size_t i = 0; i < threads; i++) {
		struct process_sum thread = (*sums)[i];

		if (count && (*sums)[count - 1].pid == thread.pid)
			merge(&(*sums)[count - 1], &thread);
		else if (!is_idle(&thread))
			(*sums)[count++] = thread;
	}
	qsort(*sums, count, sizeof(**sums), compare);
	return count;
}
