#include <string.h>

#include "tools/account.h"
#include "tools/lab_efficiency.h"
#include "tools/lab_trace.h"
#include "vmx/exit_reasons.h"

#define SIDES 2u

/* Each takes a second or so, most of it the boot. */
static const struct plan {
	const char *name, *command, *does;
	const char *words[5];
} plans[] = {
	{"hello", "hello", "one line", {"hello", NULL}},
	{"compute",
         "awk, a sum of 8,000 squares",
         "computes in ring 3",
         {"awk", "BEGIN { for (i = 0; i < 8000; i++) s += i * i; print s }", NULL}},
	{"calls", "spam 20000", "system calls, one after another", {"spam", "20000", NULL}},
	{"processes",
         "sh, 6 times seq | wc",
         "fork, execve, pipes",
         {"sh", "-c", "for i in 1 2 3 4 5 6; do seq 20 | wc -l; done", NULL}},
	{"output", "seq 1 1200", "writes to the console", {"seq", "1", "1200", NULL}},
};

_Static_assert(ARRAY_SIZE(plans) <= EFFICIENCY_WORKLOADS, "they fit");

double efficiency_native(const struct efficiency_workload *workload)
{
	return percent(workload->native, workload->native + workload->hypervisor);
}

double efficiency_exit_rate(const struct efficiency_workload *workload, u64 exits)
{
	return workload->native ? 1000.0 * (double)exits / (double)workload->native : 0;
}

static bool give_up(struct efficiency_workload *workload, const char *why)
{
	snprintf(workload->why, sizeof(workload->why), "%.*s", (int)sizeof(workload->why) - 1, why);
	return false;
}

/* How far a run has come: what all threads but the idle loop have used. */
struct mark {
	u64 native, hypervisor;
};

struct scan {
	struct lab_walk walk;
	u64 drains; /* ticks of writing the trace */
	bool begun, ended;
	struct mark first, last;
	u64 reasons[EXIT_REASON_LIMIT];
	u64 exits;
};

static struct mark mark_of(const struct scan *scan)
{
	const struct process_track *idle = tracker_process(&scan->walk.tracker, 0);
	const u64 *time = scan->walk.tracker.time;
	struct mark mark = {time[STREAM_KERNEL] + time[STREAM_USER],
	                    time[STREAM_HYPERVISOR] - scan->drains};

	if (!idle)
		return mark;
	mark.native -= idle->kernel.ticks[STREAM_KERNEL] + idle->kernel.ticks[STREAM_USER];
	mark.hypervisor -= idle->kernel.ticks[STREAM_HYPERVISOR];
	return mark;
}

/* The first program's start and end bound what counts. */
static void bound(struct scan *scan, const struct trace_record *record)
{
	const struct trace_process_exec *exec = (const void *)record;
	const struct trace_process_exit *exit = (const void *)record;

	if (record->id == EVENT_process_exec && exec->pid == 1 && !scan->begun) {
		scan->begun = true;
		scan->first = mark_of(scan);
	} else if (record->id == EVENT_process_exit && exit->pid == 1 && scan->begun) {
		scan->ended = true;
		scan->last = mark_of(scan);
	}
}

static void count_exit(struct scan *scan, const struct trace_record *record)
{
	u32 reason = ((const struct trace_vm_exit *)record)->reason & 0xffff;

	if (!scan->begun || scan->ended || reason >= EXIT_REASON_LIMIT)
		return;
	scan->exits++;
	scan->reasons[reason]++;
}

static void take_reasons(struct efficiency_workload *workload, struct scan *scan)
{
	workload->exits = scan->exits;
	while (workload->reason_count < EFFICIENCY_REASONS) {
		u32 most = 0;

		for (u32 i = 1; i < EXIT_REASON_LIMIT; i++)
			if (scan->reasons[i] > scan->reasons[most])
				most = i;
		if (!scan->reasons[most])
			return;
		workload->reasons[workload->reason_count++] =
			(struct efficiency_reason){most, scan->reasons[most]};
		scan->reasons[most] = 0;
	}
}

/* The marks' figures wrap where more is taken off than has been counted: a difference does not. */
static u64 between(u64 first, u64 last)
{
	s64 ticks = (s64)(last - first);

	return ticks > 0 ? (u64)ticks : 0;
}

void efficiency_scan(struct efficiency_workload *workload, const struct trace *trace)
{
	static struct scan scan;
	const struct trace_record *record;

	memset(&scan, 0, sizeof(scan));
	lab_walk_start(&scan.walk, trace);
	while ((record = lab_walk_next(&scan.walk))) {
		if (record->id == EVENT_trace_drain)
			scan.drains += between(((const struct trace_trace_drain *)record)->begin,
			                       record->tsc);
		else if (record->id == EVENT_vm_exit)
			count_exit(&scan, record);
		else
			bound(&scan, record);
	}
	lab_walk_stop(&scan.walk);
	if (!scan.ended)
		return;
	if (trace->info.bare) {
		workload->bare = between(scan.first.native, scan.last.native);
		return;
	}
	workload->native = between(scan.first.native, scan.last.native);
	workload->hypervisor = between(scan.first.hypervisor, scan.last.hypervisor);
	take_reasons(workload, &scan);
}

static bool measure(struct efficiency_workload *workload, const struct lab_job *bare,
                    const struct lab_job *hypervised, bool *in_ticks)
{
	struct trace trace;
	struct error error;

	snprintf(workload->trace, sizeof(workload->trace), "%s", hypervised->trace);
	if (bare->status || hypervised->status)
		return give_up(workload, "the program failed, or was not through in time");
	if (!trace_open(&trace, hypervised->trace, &error))
		return give_up(workload, error.text);
	*in_ticks = info_in_ticks(&trace.info);
	efficiency_scan(workload, &trace);
	trace_close(&trace);
	if (!workload->native)
		return give_up(workload,
		               "the trace does not tell when the program began and ended");
	workload->measured = true;
	if (trace_open(&trace, bare->trace, &error)) { /* else it is not shown */
		efficiency_scan(workload, &trace);
		trace_close(&trace);
	}
	return true;
}

static void plan_job(struct lab_job *job, const struct plan *plan, bool bare, char name[40])
{
	u32 used = 0;

	snprintf(name, 40, "efficiency-%s-%s", plan->name, bare ? "bare" : "hv");
	job->name = name;
	if (bare)
		job->words[used++] = "--bare";
	job->words[used++] = "--events"; /* few, so that tracing costs little */
	job->words[used++] = "exits,sched,trace_drain";
	job->words[used++] = "--append";
	job->words[used++] = "nokaslr";
	job->words[used++] = "--";
	for (u32 i = 0; i < ARRAY_SIZE(plan->words) && plan->words[i]; i++)
		job->words[used++] = plan->words[i];
}

bool efficiency_run(struct lab_run *run, struct efficiency_result *result, struct error *error)
{
	static char names[ARRAY_SIZE(plans)][SIDES][40];
	struct lab_job jobs[ARRAY_SIZE(plans)][SIDES] = {0};

	for (u32 i = 0; i < ARRAY_SIZE(plans); i++)
		for (u32 side = 0; side < SIDES; side++)
			plan_job(&jobs[i][side], &plans[i], side == 0, names[i][side]);
	if (!lab_jobs(run, jobs[0], ARRAY_SIZE(plans) * SIDES, error))
		return false;
	memset(result, 0, sizeof(*result));
	for (u32 i = 0; i < ARRAY_SIZE(plans); i++) {
		struct efficiency_workload *workload = &result->workloads[result->count++];

		workload->name = plans[i].name;
		workload->command = plans[i].command;
		workload->does = plans[i].does;
		measure(workload, &jobs[i][0], &jobs[i][1], &result->in_ticks);
	}
	return true;
}
