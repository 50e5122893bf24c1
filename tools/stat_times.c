/*
 * The tables of `stat` about the run as a whole: time by tier and by process, what tracing cost, the
 * streams.
 */
#include <stdlib.h>

#include "tools/lanes.h"
#include "tools/line.h"
#include "tools/names.h"
#include "tools/stat.h"

#define PROCESS_ROWS 20 /* shown; the others are summed up */

bool stat_recorded(const struct trace_info *info, enum trace_event event)
{
	return info->events[event_kinds[event].stream] >> (event % 32) & 1;
}

static u64 whole_time(const struct account *account)
{
	return account->time[STREAM_HYPERVISOR] + account->time[STREAM_KERNEL] +
	       account->time[STREAM_USER];
}

/* The last columns leave out what ring -1 did before the guest ran, and what it only waited. */
static const struct table_column tier_columns[] = {
	{"tier", "", 0, COLUMN_LEFT},
	{"time", "time", 0, 0},
	{"share_percent", "share", 0, 0},
	{"working_percent", "while it works", 0, 0},
	{"tracing_estimated", "tracing", 0, COLUMN_DATA},
	{"time_without_tracing_estimated", "without (estimated)", 0, COLUMN_DATA},
	{"working_percent_without_tracing_estimated", "while it works", 0, COLUMN_DATA},
};

static const struct table_column tier_columns_without[] = {
	{"tier", "", 0, COLUMN_LEFT},
	{"time", "time", 0, 0},
	{"share_percent", "share", 0, 0},
	{"working_percent", "while it works", 1, 0},
	{"tracing_estimated", "tracing", 0, 0},
	{"time_without_tracing_estimated", "without (estimated)", 0, 0},
	{"working_percent_without_tracing_estimated", "while it works", 0, 0},
};

struct tier_sums {
	u64 whole;
	u64 busy;
	u64 busy_without; /* tracing */
};

/* A tier at work, with what tracing took of it. */
static void put_tier(struct table *table, const struct stat_report *report, const char *name,
                     u64 ticks, enum trace_stream tier, const struct tier_sums *sums)
{
	const struct trace_info *info = &report->trace->info;
	u64 tracing = tracing_of_tier(&report->account->tracing, tier, ticks);

	table_text(table, name);
	table_count(table, ticks_to_unit(info, ticks));
	table_percent(table, percent(ticks, sums->whole));
	table_percent(table, percent(ticks, sums->busy));
	table_count(table, ticks_to_unit(info, tracing));
	table_count(table, ticks_to_unit(info, ticks - tracing));
	table_percent(table, percent(ticks - tracing, sums->busy_without));
}

/* What is no work. */
static void put_other(struct table *table, const struct stat_report *report, const char *name,
                      u64 ticks, const struct tier_sums *sums)
{
	table_text(table, name);
	table_count(table, ticks_to_unit(&report->trace->info, ticks));
	table_percent(table, percent(ticks, sums->whole));
	for (u32 i = 0; i < 4; i++)
		table_empty(table);
}

void stat_tiers(struct table *table, const struct stat_report *report, bool all)
{
	const struct account *account = report->account;
	const struct tracing *tracing = &account->tracing;
	const u64 *time = account->time;
	u64 exits = time[STREAM_HYPERVISOR] - account->starting - account->waiting;
	struct tier_sums sums = {.whole = whole_time(account)};

	(void)all;
	sums.busy = sums.whole - account->starting - account->waiting;
	sums.busy_without = sums.busy - tracing_of_tier(tracing, STREAM_USER, time[STREAM_USER]) -
	                    tracing_of_tier(tracing, STREAM_KERNEL, time[STREAM_KERNEL]) -
	                    tracing_of_tier(tracing, STREAM_HYPERVISOR, exits);
	table_start(table, "time_by_tier",
	            report->choice.without_tracing ? tier_columns_without : tier_columns,
	            ARRAY_SIZE(tier_columns));
	put_tier(table, report, tier_name(STREAM_USER), time[STREAM_USER], STREAM_USER, &sums);
	put_tier(table, report, tier_name(STREAM_KERNEL), time[STREAM_KERNEL], STREAM_KERNEL,
	         &sums);
	if (!report->trace->info.bare) {
		put_tier(table, report, "ring -1, VM exits", exits, STREAM_HYPERVISOR, &sums);
		put_other(table, report, "ring -1, guest in HLT", account->waiting, &sums);
		put_other(table, report, "ring -1, starting up", account->starting, &sums);
	}
	put_other(table, report, account->choice.by_pid ? "the process" : "the whole run",
	          sums.whole, &sums);
}

static const struct table_column process_columns[] = {
	{"pid", "pid", 0, 0},
	{"name", "name", 0, COLUMN_LEFT},
	{"user", "ring 3", 0, 0},
	{"kernel", "ring 0", 0, 0},
	{"hypervisor", "ring -1", 0, 0},
	{"waiting", "in HLT", 2, 0},
	{"share_percent", "share", 0, 0},
	{"working_percent", "w/o HLT", 1, 0},
	{"syscalls", "calls", 0, 0},
	{"page_faults", "faults", 0, 0},
	{"exits", "exits", 0, 0},
};

/* A damaged run's sums need not fit together. */
static u64 least_of(u64 one, u64 other)
{
	return one < other ? one : other;
}

static void put_process(struct table *table, const struct stat_report *report,
                        const struct process_sum *sum, const char *name)
{
	const struct account *account = report->account;
	const struct trace_info *info = &report->trace->info;
	const u64 *ticks = sum->cost.ticks;
	u64 all = ticks[0] + ticks[1] + ticks[2];
	u64 waiting = least_of(sum->waiting, ticks[STREAM_HYPERVISOR]);
	u64 idle = least_of(waiting + (sum->pid ? 0 : account->starting), all);
	u64 whole = account->end - account->begin;
	u64 idle_all = account->tracker.starting + account->tracker.waiting;

	table_text(table, name);
	table_count(table, ticks_to_unit(info, ticks[STREAM_USER]));
	table_count(table, ticks_to_unit(info, ticks[STREAM_KERNEL]));
	table_count(table, ticks_to_unit(info, ticks[STREAM_HYPERVISOR] - waiting));
	table_count(table, ticks_to_unit(info, waiting));
	table_percent(table, percent(all, whole));
	table_percent(table, percent(all - idle, whole - least_of(idle_all, whole)));
	table_count(table, sum->calls);
	table_count(table, sum->cost.faults);
	table_count(table, sum->cost.exits);
}

static void process_name(struct line *line, const struct process_sum *sum)
{
	line_clear(line);
	if (sum->name)
		line_add_text(line, sum->name, NAME_BYTES);
	else
		line_add(line, sum->pid ? "?" : "(kernel)");
}

static void add_process(struct process_sum *sum, const struct process_sum *process)
{
	cost_add(&sum->cost, &process->cost);
	sum->calls += process->calls;
	sum->waiting += process->waiting;
}

void stat_processes(struct table *table, const struct stat_report *report, bool all)
{
	struct process_sum rest = {.pid = UINT32_MAX};
	struct process_sum *sums;
	size_t count = account_processes(report->account, &sums);
	size_t shown = all || count <= PROCESS_ROWS ? count : PROCESS_ROWS;
	struct line line;

	table_start(table, "processes", process_columns, ARRAY_SIZE(process_columns));
	for (size_t i = 0; i < shown; i++) {
		process_name(&line, &sums[i]);
		table_count(table, sums[i].pid);
		put_process(table, report, &sums[i], line.text);
	}
	for (size_t i = shown; i < count; i++)
		add_process(&rest, &sums[i]);
	if (shown < count) {
		line_clear(&line);
		line_add(&line, "%zu others", count - shown);
		table_empty(table);
		put_process(table, report, &rest, line.text);
	}
	free(sums);
}

static const struct table_column tracing_columns[] = {
	{"what", "", 0, COLUMN_LEFT}, {"tier", "tier", 1, COLUMN_LEFT},
	{"count", "count", 0, 0},     {"time_each", "each", 1, 0},
	{"time", "time", 0, 0},       {"note", "", 0, COLUMN_LEFT},
};

void stat_tracing(struct table *table, const struct stat_report *report, bool all)
{
	static const struct {
		const char *text;
		u8 tier;
	} costs[] = {
#define COST(name, tier, text) {text, STREAM_##tier},
		TRACING_COSTS(COST)
#undef COST
	};
	const struct trace_info *info = &report->trace->info;
	const struct tracing *tracing = &report->account->tracing;

	table_start(table, "tracing", tracing_columns, ARRAY_SIZE(tracing_columns));
	for (u32 i = 0; i < TRACING_COUNT; i++) {
		u64 count = tracing->sums[i].count, ticks;
		bool known = tracing_ticks(tracing, (enum tracing_cost)i, &ticks);

		if (!count && !all)
			continue;
		table_text(table, costs[i].text);
		table_text(table, tier_name(costs[i].tier));
		table_count(table, count);
		if (known) {
			double time = (double)ticks_to_unit(info, ticks);

			table_real(table, count ? time / (double)count : 0);
			table_count(table, ticks_to_unit(info, ticks));
			table_empty(table);
			continue;
		}
		table_empty(table);
		table_empty(table);
		table_text(table, "not measured in this trace");
	}
}

static const struct table_column stream_columns[] = {
	{"tier", "", 0, COLUMN_LEFT},     {"events", "events", 0, 0},
	{"packets", "packets", 0, 0},     {"bytes", "bytes", 0, 0},
	{"lost", "lost", 0, COLUMN_DATA}, {"writing", "writing", 0, 0},
};

void stat_streams(struct table *table, const struct stat_report *report, bool all)
{
	const struct trace *trace = report->trace;
	const struct account *account = report->account;

	(void)all;
	table_start(table, "streams", stream_columns, ARRAY_SIZE(stream_columns));
	for (u32 stream = trace->info.bare ? STREAM_KERNEL : 0; stream < TRACE_STREAMS; stream++) {
		const struct row *row = tally_find(&account->tally, GROUP_DRAIN, stream);

		table_text(table, tier_name(stream));
		table_count(table, account->events[stream]);
		table_count(table, trace->streams[stream].count);
		table_count(table, trace->streams[stream].size);
		table_count(table, trace_lost(trace, stream));
		table_count(table, row ? ticks_to_unit(&trace->info, row->total) : 0);
	}
}
