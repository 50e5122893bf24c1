#include <stdlib.h>

#include "tools/call_cost.h"
#include "tools/call_summary.h"
#include "tools/lanes.h"
#include "tools/names.h"

void call_summary_add(struct call_summary *summary, const struct call *call)
{
	u32 at = call->number < CALL_FILTER_LIMIT && syscall_name(call->number) ? call->number
	                                                                        : CALL_FILTER_LIMIT;
	struct call_sum *sum = &summary->sums[at];

	sum->number = at;
	sum->calls++;
	sum->errors += call_error(call) != NULL;
	sum->exits += call->cost.exits;
	sum->ticks += cost_ticks(&call->cost);
}

/* The most expensive first; of equal ones the lower number. */
static int by_ticks(const void *left, const void *right)
{
	const struct call_sum *a = left, *b = right;

	if (a->ticks != b->ticks)
		return a->ticks < b->ticks ? 1 : -1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void print_row(FILE *out, const struct call_sum *sum, u64 all, const struct trace_info *info)
{
	u64 spent = ticks_to_unit(info, sum->ticks);
	bool ticks = info_in_ticks(info);

	fprintf(out, "%6.2f ", all ? 100.0 * (double)sum->ticks / (double)all : 0.0);
	if (ticks)
		fprintf(out, "%13llu", (unsigned long long)spent);
	else
		fprintf(out, "%13.6f", (double)spent / 1e9);
	fprintf(out, " %11llu %9llu",
	        (unsigned long long)(sum->calls ? spent / (ticks ? 1 : 1000) / sum->calls : 0),
	        (unsigned long long)sum->calls);
	if (sum->errors)
		fprintf(out, " %9llu", (unsigned long long)sum->errors);
	else
		fprintf(out, " %9s", "");
	fprintf(out, " %9llu ", (unsigned long long)sum->exits);
}

static void print_rule(FILE *out)
{
	fprintf(out, "------ ------------- ----------- --------- --------- --------- "
	             "----------------\n");
}

void call_summary_print(FILE *out, struct call_summary *summary, const struct trace_info *info)
{
	struct call_sum total = {0};

	for (u32 i = 0; i <= CALL_FILTER_LIMIT; i++) {
		total.calls += summary->sums[i].calls;
		total.errors += summary->sums[i].errors;
		total.exits += summary->sums[i].exits;
		total.ticks += summary->sums[i].ticks;
	}
	qsort(summary->sums, CALL_FILTER_LIMIT + 1, sizeof(summary->sums[0]), by_ticks);
	fprintf(out, "%% time %13s %11s     calls    errors     exits syscall\n",
	        info_in_ticks(info) ? "ticks" : "seconds",
	        info_in_ticks(info) ? "ticks/call" : "usecs/call");
	print_rule(out);
	for (u32 i = 0; i <= CALL_FILTER_LIMIT; i++) {
		if (!summary->sums[i].calls)
			continue;
		print_row(out, &summary->sums[i], total.ticks, info);
		fprintf(out, "%s\n",
		        summary->sums[i].number < CALL_FILTER_LIMIT
		                ? syscall_name(summary->sums[i].number)
		                : "unknown");
	}
	print_rule(out);
	print_row(out, &total, total.ticks, info);
	fprintf(out, "total\n");
}
