#include <stdlib.h>

#include "tools/account.h"
#include "tools/decode.h"
#include "tools/filter.h"
#include "tools/html_figures.h"
#include "tools/json.h"
#include "tools/names.h"

typedef unsigned long long ull;

static bool recorded(const struct trace_info *info, enum trace_event event)
{
	struct filter filter;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		filter.mask[stream] = (u32)info->events[stream];
	return filter_has(&filter, event);
}

/* A row without the brace that ends it. */
static void open_row(FILE *out, const char *name, const struct row *row)
{
	fprintf(out, "{\"name\": ");
	json_string(out, name);
	fprintf(out, ", \"count\": %llu, \"total\": %llu, \"min\": %llu, \"max\": %llu",
	        (ull)row->count, (ull)row->total, (ull)row->min, (ull)row->max);
}

static void put_details(FILE *out, const struct account *account, u32 reason)
{
	const char *between = "";
	struct row *rows;
	size_t count = tally_sorted(&account->tally, GROUP_DETAIL + reason_group(reason), &rows);

	fprintf(out, ", \"details\": [");
	for (size_t i = 0; i < count; i++) {
		struct line line = {0};

		decode_exit_key(&line, reason, rows[i].key);
		if (!line.used)
			continue; /* a reason without details */
		fputs(between, out);
		open_row(out, line.text, &rows[i]);
		fprintf(out, "}");
		between = ", ";
	}
	fprintf(out, "]");
	free(rows);
}

static void put_exits(FILE *out, const struct account *account)
{
	struct row *rows;
	size_t count = tally_sorted(&account->tally, GROUP_EXIT, &rows);

	fprintf(out, "\"exits\": [");
	for (size_t i = 0; i < count; i++) {
		struct line line = {0};

		decode_reason(&line, (u32)rows[i].key);
		fputs(i ? ",\n" : "\n", out);
		open_row(out, line.text, &rows[i]);
		put_details(out, account, (u32)rows[i].key);
		fprintf(out, "}");
	}
	fprintf(out, "],\n");
	free(rows);
}

static void put_calls(FILE *out, const struct account *account)
{
	struct row *rows;
	size_t count = tally_sorted(&account->tally, GROUP_SYSCALL, &rows);

	fprintf(out, "\"calls\": [");
	for (size_t i = 0; i < count; i++) {
		struct line line = {0};

		decode_syscall_name(&line, (u32)rows[i].key);
		fputs(i ? ",\n" : "\n", out);
		open_row(out, line.text, &rows[i]);
		fprintf(out, ", \"errors\": %llu}", (ull)rows[i].errors);
	}
	fprintf(out, "],\n");
	free(rows);
}

static void put_faults(FILE *out, const struct account *account)
{
	struct row *rows;
	size_t count = tally_sorted(&account->tally, GROUP_FAULT, &rows);

	fprintf(out, "\"faults\": [");
	for (size_t i = 0; i < count; i++) {
		const char *outcome = outcome_name((u32)(rows[i].key >> 32));
		struct line line = {0};

		decode_fault_error(&line, (u32)rows[i].key);
		fputs(i ? ",\n" : "\n", out);
		open_row(out, line.text, &rows[i]);
		fprintf(out, ", \"outcome\": \"%s\"}", outcome ? outcome : "?");
	}
	fprintf(out, "],\n");
	free(rows);
}

static void put_processes(FILE *out, const struct account *account)
{
	struct process_sum *sums;
	size_t count = account_processes(account, &sums);

	fprintf(out, "\"processes\": [");
	for (size_t i = 0; i < count; i++) {
		const struct process_sum *sum = &sums[i];
		const u64 *ticks = sum->cost.ticks;

		fprintf(out, "%s\n{\"pid\": %u, \"name\": ", i ? "," : "", sum->pid);
		json_text(out, sum->name ? sum->name : "", sum->name ? NAME_BYTES : 0);
		fprintf(out, ", \"ticks\": [%llu, %llu, %llu], \"exits\": %llu, \"faults\": %llu",
		        (ull)ticks[0], (ull)ticks[1], (ull)ticks[2], (ull)sum->cost.exits,
		        (ull)sum->cost.faults);
		fprintf(out, ", \"calls\": %llu}", (ull)sum->calls);
	}
	fprintf(out, "],\n");
	free(sums);
}

/* Which parts the run's filter left something to say of. */
static void put_recorded(FILE *out, const struct trace_info *info)
{
	static const struct {
		const char *part;
		enum trace_event begin, end;
	} parts[] = {
		{"exits", EVENT_vm_exit, EVENT_vm_entry},
		{"calls", EVENT_syscall_entry, EVENT_syscall_exit},
		{"faults", EVENT_page_fault_entry, EVENT_page_fault_exit},
		{"user", EVENT_user_enter, EVENT_user_leave},
		{"map", EVENT_memory_range, EVENT_memory_range},
	};

	fprintf(out, "\"recorded\": {");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		fprintf(out, "%s\"%s\": %s", i ? ", " : "", parts[i].part,
		        recorded(info, parts[i].begin) && recorded(info, parts[i].end) ? "true"
		                                                                       : "false");
	fprintf(out, "},\n");
}

static void put_totals(FILE *out, const struct account *account)
{
	const struct tracker *tracker = &account->tracker;

	fprintf(out, "\"begin\": 0, \"end\": %llu,\n", (ull)(account->end - account->begin));
	fprintf(out, "\"tiers\": [%llu, %llu, %llu], \"starting\": %llu, \"waiting\": %llu,\n",
	        (ull)tracker->time[0], (ull)tracker->time[1], (ull)tracker->time[2],
	        (ull)tracker->starting, (ull)tracker->waiting);
	fprintf(out, "\"events\": [%llu, %llu, %llu],\n", (ull)account->events[0],
	        (ull)account->events[1], (ull)account->events[2]);
	fprintf(out,
	        "\"counts\": {\"exits\": %llu, \"calls\": %llu, \"faults\": %llu, "
	        "\"exceptions\": %llu, \"interrupts\": %llu},\n",
	        (ull)account->exits, (ull)account->syscalls, (ull)account->faults,
	        (ull)account->exceptions, (ull)account->interrupts);
}

void html_figures_print(FILE *out, const struct trace *trace)
{
	static struct account account;

	account_trace(&account, trace);
	put_totals(out, &account);
	put_recorded(out, &trace->info);
	put_exits(out, &account);
	put_calls(out, &account);
	put_faults(out, &account);
	put_processes(out, &account);
	account_stop(&account);
}
