/*
 * ringscope stat: where a run's exits, calls, faults and time went.
 */
#include <stdlib.h>

#include "tools/command.h"
#include "tools/decode.h"
#include "tools/filter.h"
#include "tools/lanes.h"
#include "tools/names.h"
#include "tools/report.h"
#include "tools/stat.h"
#include "vmx/exit_reasons.h"

#define DETAIL_ROWS 12 /* rows shown beneath one exit reason; the rest is summed up */

static const char *unit(const struct trace_info *info)
{
	return info_in_ticks(info) ? "ticks" : "ns";
}

static bool recorded(const struct trace_info *info, enum trace_event event)
{
	struct filter filter;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		filter.mask[stream] = (u32)info->events[stream];
	return filter_has(&filter, event);
}

/* Prints the heading; false if the run did not record what the part is about. */
static bool heading(FILE *out, const struct trace_info *info, const char *title,
                    enum trace_event begin, enum trace_event end)
{
	bool there = recorded(info, begin) && recorded(info, end);

	fprintf(out, "\n%s%s\n", title, there ? "\n" : ": not recorded (run --events)");
	return there;
}

static void print_exit_row(FILE *out, const struct trace_info *info, const char *name,
                           const struct row *row, const struct row *whole)
{
	fprintf(out, "%-40s %10llu %8.2f%% %8.2f%% %11llu %11llu %13.1f\n", name,
	        (unsigned long long)row->count, percent(row->count, whole->count),
	        percent(row->total, whole->total),
	        (unsigned long long)ticks_to_unit(info, row->min),
	        (unsigned long long)ticks_to_unit(info, row->max),
	        (double)ticks_to_unit(info, row->total) / (double)row->count);
}

static void sum_up(struct row *sum, const struct row *row)
{
	if (!sum->count || row->min < sum->min)
		sum->min = row->min;
	if (row->max > sum->max)
		sum->max = row->max;
	sum->count += row->count;
	sum->total += row->total;
}

static void print_details(FILE *out, const struct trace *trace, const struct account *account,
                          u32 reason, const struct row *whole)
{
	struct row rest = {0};
	struct row *rows;
	size_t count = tally_sorted(&account->tally, GROUP_DETAIL + (reason & 0xffff), &rows);
	struct line line;

	for (size_t i = 0; i < count; i++) {
		line_clear(&line);
		line_add(&line, "  ");
		decode_exit_key(&line, reason, rows[i].key);
		if (line.used == 2)
			continue; /* a reason without details */
		if (i < DETAIL_ROWS)
			print_exit_row(out, &trace->info, line.text, &rows[i], whole);
		else
			sum_up(&rest, &rows[i]);
	}
	if (rest.count) {
		line_clear(&line);
		line_add(&line, "  %zu others", count - DETAIL_ROWS);
		print_exit_row(out, &trace->info, line.text, &rest, whole);
	}
	free(rows);
}

static void print_exit_heading(FILE *out, const char *unit)
{
	char min[16], max[16], average[16];

	snprintf(min, sizeof(min), "Min %s", unit);
	snprintf(max, sizeof(max), "Max %s", unit);
	snprintf(average, sizeof(average), "Avg %s", unit);
	fprintf(out, "%-40s %10s %9s %9s %11s %11s %13s\n\n", "VM-EXIT", "Samples", "Samples%",
	        "Time%", min, max, average);
}

static void print_exits(FILE *out, const struct trace *trace, const struct account *account)
{
	const struct trace_info *info = &trace->info;
	const struct row *hlt = tally_find(&account->tally, GROUP_EXIT, EXIT_HLT);
	struct row whole = {0};
	struct row *rows;
	size_t count;

	if (info->bare) {
		fprintf(out, "\nring -1: none, the guest kernel ran without it\n");
		return;
	}
	if (!heading(out, info, "ring -1: VM exits", EVENT_vm_exit, EVENT_vm_entry))
		return;
	count = tally_sorted(&account->tally, GROUP_EXIT, &rows);
	for (size_t i = 0; i < count; i++)
		sum_up(&whole, &rows[i]);
	print_exit_heading(out, unit(info));
	for (size_t i = 0; i < count; i++) {
		struct line line;

		line_clear(&line);
		decode_reason(&line, (u32)rows[i].key);
		print_exit_row(out, info, line.text, &rows[i], &whole);
		print_details(out, trace, account, (u32)rows[i].key, &whole);
	}
	free(rows);
	fprintf(out, "\nTotal Samples:%llu, Total events handled time:%llu%s.\n",
	        (unsigned long long)whole.count,
	        (unsigned long long)ticks_to_unit(info, whole.total), unit(info));
	if (hlt)
		fprintf(out, "Without HLT:  %llu, %llu%s.\n",
		        (unsigned long long)(whole.count - hlt->count),
		        (unsigned long long)ticks_to_unit(info, whole.total - hlt->total),
		        unit(info));
}

static void print_syscall_row(FILE *out, const struct trace_info *info, const struct row *row,
                              const struct row *whole)
{
	struct line line;
	char errors[32] = "";

	line_clear(&line);
	decode_syscall_name(&line, (u32)row->key);
	if (row->errors)
		snprintf(errors, sizeof(errors), "%llu", (unsigned long long)row->errors);
	fprintf(out, "%6.2f %13llu %11llu %9llu %9s %s\n", percent(row->total, whole->total),
	        (unsigned long long)ticks_to_unit(info, row->total),
	        (unsigned long long)ticks_to_unit(info, row->total / row->count),
	        (unsigned long long)row->count, errors, line.text);
}

static void print_syscall_table(FILE *out, const struct trace_info *info, const struct row *rows,
                                size_t count, const struct row *whole)
{
	static const char rule[] = "------ ------------- ----------- --------- --------- "
				   "----------------\n";
	char per_call[32];

	snprintf(per_call, sizeof(per_call), "%s/call", unit(info));
	fprintf(out, "%6s %13s %11s %9s %9s %s\n%s", "% time", unit(info), per_call, "calls",
	        "errors", "syscall", rule);
	for (size_t i = 0; i < count; i++)
		print_syscall_row(out, info, &rows[i], whole);
	fprintf(out, "%s%6.2f %13llu %11llu %9llu %9llu total\n", rule, 100.0,
	        (unsigned long long)ticks_to_unit(info, whole->total),
	        (unsigned long long)ticks_to_unit(info, whole->total / whole->count),
	        (unsigned long long)whole->count, (unsigned long long)whole->errors);
}

static void print_syscalls(FILE *out, const struct trace *trace, const struct account *account)
{
	const struct trace_info *info = &trace->info;
	struct row whole = {0};
	struct row *rows;
	size_t count;

	if (!heading(out, info, "ring 0: system calls", EVENT_syscall_entry, EVENT_syscall_exit))
		return;
	count = tally_sorted(&account->tally, GROUP_SYSCALL, &rows);
	if (!count)
		fprintf(out, "none\n");
	for (size_t i = 0; i < count; i++) {
		sum_up(&whole, &rows[i]);
		whole.errors += rows[i].errors;
	}
	if (count)
		print_syscall_table(out, info, rows, count, &whole);
	free(rows);
}

static void print_faults(FILE *out, const struct trace *trace, const struct account *account)
{
	const struct trace_info *info = &trace->info;
	struct row *rows;
	size_t count;

	if (!heading(out, info, "ring 0: page faults", EVENT_page_fault_entry,
	             EVENT_page_fault_exit))
		return;
	count = tally_sorted(&account->tally, GROUP_FAULT, &rows);
	if (count)
		fprintf(out, "%9s %13s %11s  %-18s %s\n", "faults", unit(info), "avg", "outcome",
		        "cause");
	else
		fprintf(out, "none\n");
	for (size_t i = 0; i < count; i++) {
		const char *outcome = outcome_name((u32)(rows[i].key >> 32));
		struct line line;

		line_clear(&line);
		decode_fault_error(&line, (u32)rows[i].key);
		fprintf(out, "%9llu %13llu %11llu  %-18s %s\n", (unsigned long long)rows[i].count,
		        (unsigned long long)ticks_to_unit(info, rows[i].total),
		        (unsigned long long)ticks_to_unit(info, rows[i].total / rows[i].count),
		        outcome ? outcome : "?", line.text);
	}
	free(rows);
	fprintf(out, "\nOther exceptions: %llu. Interrupts: %llu.\n",
	        (unsigned long long)account->exceptions, (unsigned long long)account->interrupts);
}

static void print_tier(FILE *out, const struct trace_info *info, const char *name, u64 ticks,
                       u64 whole, u64 busy)
{
	fprintf(out, "%-26s %15llu %8.2f%%", name, (unsigned long long)ticks_to_unit(info, ticks),
	        percent(ticks, whole));
	if (busy)
		fprintf(out, " %13.2f%%", percent(ticks, busy));
	fputc('\n', out);
}

/* The last column leaves out what ring -1 did before the guest ran, and what it only waited. */
void stat_print_tiers(FILE *out, const struct trace_info *info, const struct account *account)
{
	const struct tracker *tracker = &account->tracker;
	u64 whole = account->end - account->begin;
	u64 busy = whole - tracker->starting - tracker->waiting;
	u64 exits = tracker->time[STREAM_HYPERVISOR] - tracker->starting - tracker->waiting;

	fprintf(out, "%-26s %15s %9s %14s\n", "", unit(info), "share", "while it works");
	print_tier(out, info, tier_name(STREAM_USER), tracker->time[STREAM_USER], whole, busy);
	print_tier(out, info, tier_name(STREAM_KERNEL), tracker->time[STREAM_KERNEL], whole, busy);
	if (!info->bare) {
		print_tier(out, info, "ring -1, VM exits", exits, whole, busy);
		print_tier(out, info, "ring -1, guest in HLT", tracker->waiting, whole, 0);
		print_tier(out, info, "ring -1, starting up", tracker->starting, whole, 0);
	}
	print_tier(out, info, "the whole run", whole, whole, 0);
}

static void print_times(FILE *out, const struct trace *trace, const struct account *account)
{
	static const enum trace_event needed[] = {EVENT_vm_exit, EVENT_vm_entry, EVENT_user_enter,
	                                          EVENT_user_leave};

	for (size_t i = trace->info.bare ? 2 : 0; i < ARRAY_SIZE(needed); i++)
		if (!recorded(&trace->info, needed[i])) {
			fprintf(out,
			        "\nTime by tier: cannot be told, %s was not recorded (run "
			        "--events)\n",
			        event_kinds[needed[i]].name);
			return;
		}
	fprintf(out, "\nTime by tier: every instant belongs to one\n\n");
	stat_print_tiers(out, &trace->info, account);
}

static void print_drains(FILE *out, const struct trace *trace, const struct account *account)
{
	fprintf(out, "\nThe trace\n\n%-8s %11s %9s %13s %13s\n", "", "events", "packets", "bytes",
	        unit(&trace->info));
	for (u32 stream = trace->info.bare ? STREAM_KERNEL : 0; stream < TRACE_STREAMS; stream++) {
		const struct row *row = tally_find(&account->tally, GROUP_DRAIN, stream);

		fprintf(out, "%-8s %11llu %9zu %13zu", tier_name(stream),
		        (unsigned long long)account->events[stream], trace->streams[stream].count,
		        trace->streams[stream].size);
		if (row)
			fprintf(out, " %13llu",
			        (unsigned long long)ticks_to_unit(&trace->info, row->total));
		fputc('\n', out);
	}
}

void stat_print(FILE *out, const struct trace *trace, const struct account *account)
{
	const struct trace_info *info = &trace->info;

	fprintf(out, "`%s` on %s%s, %s\n", info->command, info->engine,
	        info->bare ? " without ring -1" : "",
	        info->processor[0] ? info->processor : "an unnamed processor");
	fprintf(out, "times in %s\n", info_unit_text(info));
	print_exits(out, trace, account);
	print_syscalls(out, trace, account);
	print_faults(out, trace, account);
	print_times(out, trace, account);
	print_drains(out, trace, account);
	print_losses(out, trace);
}

static const struct usage usage = {
	.command = "stat",
	.synopsis = "DIR",
	.about = "Sums a trace up: VM exits by reason and detail, system calls, page faults, time "
		 "by "
		 "tier.",
	.example = "ringscope stat ringscope.trace",
};

int command_stat(int argc, char **argv)
{
	static struct account account;
	struct trace trace;
	int status;

	if (!open_for_report(&usage, argc, argv, NULL, &trace, &status))
		return status;
	account_trace(&account, &trace);
	stat_print(stdout, &trace, &account);
	account_stop(&account);
	trace_close(&trace);
	return finish_report();
}
