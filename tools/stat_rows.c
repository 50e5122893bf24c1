/*
 * The tables of `stat` about intervals: VM exits, system calls, page faults.
 */
#include <stdlib.h>

#include "tools/decode.h"
#include "tools/lanes.h"
#include "tools/names.h"
#include "tools/stat.h"
#include "vmx/exit_reasons.h"

#define DETAIL_ROWS                                                                                \
	12 /* rows shown beneath one exit reason; the rest is summed up, if more than one */

/* Columns of all samples' spread, and what fills them. */
#define SPREAD                                                                                     \
	{"min", "Min", 8, 0}, {"average", "Avg", 0, 0}, {"p50", "p50", 5, 0},                      \
		{"p95", "p95", 4, 0}, {"p99", "p99", 1, 0},                                        \
	{                                                                                          \
		"max", "Max", 2, 0                                                                 \
	}

static void put_ticks(struct table *table, const struct stat_report *report, u64 ticks)
{
	table_count(table, ticks_to_unit(&report->trace->info, ticks));
}

static void put_average(struct table *table, const struct stat_report *report, u64 ticks, u64 count)
{
	table_real(table,
	           count ? (double)ticks_to_unit(&report->trace->info, ticks) / (double)count : 0);
}

static void put_spread(struct table *table, const struct stat_report *report, const struct row *row)
{
	put_ticks(table, report, row->min);
	put_average(table, report, row->total, row->count);
	put_ticks(table, report, row_percentile(row, 50));
	put_ticks(table, report, row_percentile(row, 95));
	put_ticks(table, report, row_percentile(row, 99));
	put_ticks(table, report, row->max);
}

static void put_ratio(struct table *table, u64 part, u64 count)
{
	table_real(table, count ? (double)part / (double)count : 0);
}

static const struct table_column exit_columns[] = {
	{"reason", "", 0, COLUMN_DATA},
	{"detail", "", 0, COLUMN_DATA},
	{"reason_number", "", 0, COLUMN_DATA},
	{"detail_number", "", 0, COLUMN_DATA},
	{"", "VM-EXIT", 0, COLUMN_LEFT | COLUMN_TEXT},
	{"count", "Samples", 0, 0},
	{"count_percent", "Samples%", 7, 0},
	{"total", "", 0, COLUMN_DATA},
	{"time_percent", "Time%", 0, 0},
	{"time_percent_without_hlt", "w/o HLT", 6, 0},
	SPREAD,
};

/* What the rows of the exits are shares of. */
struct whole {
	struct row all;
	u64 busy; /* its time without HLT */
};

static void put_exit(struct table *table, const struct stat_report *report,
                     const struct whole *whole, const struct row *row, bool halt)
{
	table_count(table, row->count);
	table_percent(table, percent(row->count, whole->all.count));
	put_ticks(table, report, row->total);
	table_percent(table, percent(row->total, whole->all.total));
	if (halt)
		table_empty(table);
	else
		table_percent(table, percent(row->total, whole->busy));
	put_spread(table, report, row);
}

/* The cells before the figures. Of a reason as a whole, `key` is NULL. */
static void put_exit_name(struct table *table, u32 reason, const u64 *key, const char *detail)
{
	struct line name, text;

	line_clear(&name);
	decode_reason(&name, reason);
	table_text(table, name.text);
	line_clear(&text);
	line_add(&text, "  %s", detail ? detail : "");
	if (detail)
		table_text(table, detail);
	else
		table_empty(table);
	table_count(table, reason);
	if (key)
		table_count(table, *key);
	else
		table_empty(table);
	table_text(table, detail ? text.text : name.text);
}

static void put_details(struct table *table, const struct stat_report *report,
                        const struct whole *whole, u32 reason, bool all)
{
	struct row rest = {0};
	struct row *rows;
	size_t shown = 0, left = 0;
	size_t count =
		tally_sorted(&report->account->tally, GROUP_DETAIL + reason_group(reason), &rows);

	for (size_t i = 0; i < count; i++) {
		bool further = rows[i].group & ROW_REST;
		struct line line;

		line_clear(&line);
		decode_exit_key(&line, reason, rows[i].key);
		if (!line.used)
			continue; /* a reason without details */
		if (!further && (all || shown < DETAIL_ROWS || (!left && i + 1 == count))) {
			put_exit_name(table, reason, &rows[i].key, line.text);
			put_exit(table, report, whole, &rows[i], reason == EXIT_HLT);
			shown++;
		} else {
			row_add(&rest, &rows[i]);
			left++;
		}
	}
	if (left) {
		struct line line;

		line_clear(&line);
		line_add(&line, "%zu others", left);
		put_exit_name(table, reason, NULL, line.text);
		put_exit(table, report, whole, &rest, reason == EXIT_HLT);
	}
	row_stop(&rest);
	free(rows);
}

void stat_exits(struct table *table, const struct stat_report *report, bool all)
{
	const struct tally *tally = &report->account->tally;
	const struct row *halts = tally_find(tally, GROUP_EXIT, EXIT_HLT);
	struct whole whole = {0};
	struct row *rows;
	size_t count = tally_sorted(tally, GROUP_EXIT, &rows);

	table_start(table, "exits", exit_columns, ARRAY_SIZE(exit_columns));
	for (size_t i = 0; i < count; i++)
		row_add(&whole.all, &rows[i]);
	whole.busy = whole.all.total - (halts ? halts->total : 0);
	for (size_t i = 0; i < count; i++) {
		u32 reason = (u32)rows[i].key;

		put_exit_name(table, reason, NULL,
		              rows[i].group & ROW_REST ? "further reasons" : NULL);
		put_exit(table, report, &whole, &rows[i], reason == EXIT_HLT);
		put_details(table, report, &whole, reason, all);
	}
	row_stop(&whole.all);
	free(rows);
}

static const struct table_column syscall_columns[] = {
	{"time_percent", "% time", 0, 0},
	{"total", "Total", 0, 0},
	SPREAD,
	{"kernel_per_call", "ring 0", 3, 0},
	{"hypervisor_per_call", "ring -1", 3, 0},
	{"exits_per_call", "exits", 3, 0},
	{"faults_per_call", "faults", 7, 0},
	{"kernel", "", 0, COLUMN_DATA},
	{"hypervisor", "", 0, COLUMN_DATA},
	{"exits", "", 0, COLUMN_DATA},
	{"faults", "", 0, COLUMN_DATA},
	{"count", "calls", 0, 0},
	{"errors", "errors", 0, 0},
	{"syscall", "syscall", 0, COLUMN_LEFT},
	{"number", "", 0, COLUMN_DATA},
};

static void put_syscall(struct table *table, const struct stat_report *report,
                        const struct row *row, u64 whole, const char *name)
{
	const struct cost *cost = &row->cost;

	table_percent(table, percent(row->total, whole));
	put_ticks(table, report, row->total);
	put_spread(table, report, row);
	put_average(table, report, cost->ticks[STREAM_KERNEL], row->count);
	put_average(table, report, cost->ticks[STREAM_HYPERVISOR], row->count);
	put_ratio(table, cost->exits, row->count);
	put_ratio(table, cost->faults, row->count);
	put_ticks(table, report, cost->ticks[STREAM_KERNEL]);
	put_ticks(table, report, cost->ticks[STREAM_HYPERVISOR]);
	table_count(table, cost->exits);
	table_count(table, cost->faults);
	table_count(table, row->count);
	if (row->errors)
		table_count(table, row->errors);
	else
		table_empty(table);
	table_text(table, name);
	table_count(table, row->key);
}

static void name_syscall(struct line *line, const struct row *row)
{
	line_clear(line);
	if (row->group & ROW_REST)
		line_add(line, "further numbers");
	else
		decode_syscall_name(line, (u32)row->key);
}

void stat_syscalls(struct table *table, const struct stat_report *report, bool all)
{
	struct row whole = {0};
	struct row *rows;
	size_t count = tally_sorted(&report->account->tally, GROUP_SYSCALL, &rows);

	table_start(table, "system_calls", syscall_columns, ARRAY_SIZE(syscall_columns));
	for (size_t i = 0; i < count; i++)
		row_add(&whole, &rows[i]);
	for (size_t i = 0; i < count; i++) {
		struct line line;

		name_syscall(&line, &rows[i]);
		put_syscall(table, report, &rows[i], whole.total, line.text);
	}
	if (!all && count)
		put_syscall(table, report, &whole, whole.total, "total");
	row_stop(&whole);
	free(rows);
}

static const struct table_column fault_columns[] = {
	{"count", "faults", 0, 0},
	{"total", "Total", 0, 0},
	SPREAD,
	{"exits_per_fault", "exits", 6, 0},
	{"exits", "", 0, COLUMN_DATA},
	{"outcome", "outcome", 0, COLUMN_LEFT},
	{"cause", "cause", 0, COLUMN_LEFT},
	{"error_code", "", 0, COLUMN_DATA},
};

void stat_faults(struct table *table, const struct stat_report *report, bool all)
{
	struct row *rows;
	size_t count = tally_sorted(&report->account->tally, GROUP_FAULT, &rows);

	(void)all;
	table_start(table, "page_faults", fault_columns, ARRAY_SIZE(fault_columns));
	for (size_t i = 0; i < count; i++) {
		const char *outcome = outcome_name((u32)(rows[i].key >> 32));
		struct line line;

		line_clear(&line);
		decode_fault_error(&line, (u32)rows[i].key);
		table_count(table, rows[i].count);
		put_ticks(table, report, rows[i].total);
		put_spread(table, report, &rows[i]);
		put_ratio(table, rows[i].cost.exits, rows[i].count);
		table_count(table, rows[i].cost.exits);
		table_text(table, rows[i].group & ROW_REST ? "further kinds"
		                  : outcome                ? outcome
		                                           : "?");
		table_text(table, line.text);
		table_count(table, (u32)rows[i].key);
	}
	free(rows);
}

static const struct table_column seen_call_columns[] = {
	{"count", "calls", 0, 0},       {"returned", "returned", 6, 0},
	{"total", "Total", 0, 0},       SPREAD,
	{"errors", "errors", 0, 0},     {"syscall", "syscall", 0, COLUMN_LEFT},
	{"number", "", 0, COLUMN_DATA},
};

void stat_seen_syscalls(struct table *table, const struct stat_report *report, bool all)
{
	const struct tally *tally = &report->account->tally;
	struct row *rows;
	size_t count = tally_sorted(tally, GROUP_SEEN_CALL, &rows);

	(void)all;
	table_start(table, "system_calls_seen", seen_call_columns, ARRAY_SIZE(seen_call_columns));
	for (size_t i = 0; i < count; i++) {
		u32 rest = rows[i].group & ROW_REST;
		const struct row *back = tally_find(tally, GROUP_SEEN_RETURN | rest, rows[i].key);
		struct row none = {0};
		struct line line;

		back = back ? back : &none;
		name_syscall(&line, &rows[i]);
		table_count(table, rows[i].count);
		table_count(table, back->count);
		put_ticks(table, report, back->total);
		put_spread(table, report, back);
		table_count(table, back->errors);
		table_text(table, line.text);
		table_count(table, rows[i].key);
	}
	free(rows);
}

static const struct table_column seen_fault_columns[] = {
	{"count", "faults", 0, 0},
	{"cpl", "from ring", 0, 0},
	{"cause", "cause", 0, COLUMN_LEFT},
	{"error_code", "", 0, COLUMN_DATA},
};

void stat_seen_faults(struct table *table, const struct stat_report *report, bool all)
{
	struct row *rows;
	size_t count = tally_sorted(&report->account->tally, GROUP_SEEN_FAULT, &rows);

	(void)all;
	table_start(table, "page_faults_seen", seen_fault_columns, ARRAY_SIZE(seen_fault_columns));
	for (size_t i = 0; i < count; i++) {
		struct line line;

		line_clear(&line);
		if (rows[i].group & ROW_REST)
			line_add(&line, "further kinds");
		else
			decode_fault_error(&line, (u32)rows[i].key);
		table_count(table, rows[i].count);
		table_count(table, rows[i].key >> 32);
		table_text(table, line.text);
		table_count(table, (u32)rows[i].key);
	}
	free(rows);
}
