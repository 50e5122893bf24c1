#include <string.h>

#include "tools/decode.h"
#include "tools/diff.h"
#include "tools/names.h"

typedef unsigned long long ull;

static const char *side_name(u32 side)
{
	return side ? "B" : "A";
}

static void add_outcome(struct line *line, const struct diff_item *item)
{
	u32 outcome = ((const struct trace_page_fault_exit *)item->record)->outcome;
	const char *name = outcome_name(outcome);

	decode_record(line, item->begin, NULL);
	line_add(line, ": %s", name ? name : "?");
}

void diff_item_words(struct line *line, const struct diff_item *item)
{
	const struct trace_syscall_exit *result = (const void *)item->record;

	if (item->kind == DIFF_faults)
		add_outcome(line, item);
	else if (item->kind == DIFF_results)
		decode_call_result(line, result->number, result->result);
	else
		decode_record(line, item->record, item->begin);
}

void diff_thread_words(struct line *line, const struct diff_run *run, u32 thread)
{
	const struct diff_thread *of = &run->threads[thread];

	line_add(line, "%s %u", of->thread ? "thread" : "pid", of->pid);
	if (of->name) {
		line_add(line, " (");
		line_add_text(line, of->name, NAME_BYTES);
		line_add(line, ")");
	}
}

static void print_run(FILE *out, const struct diff *diff, u32 side)
{
	const struct trace *trace = diff->run[side].trace;

	const char *observe = trace->info.observe;
	bool watches = !strcmp(observe, "hv") || !strcmp(observe, "both");

	fprintf(out, "%s: %s: %s\n   %s, %s, %s\n", side_name(side), trace->directory,
	        trace->info.command, trace->info.engine, trace->info.processor,
	        trace->info.bare ? "bare"
	        : watches        ? "with ring -1, which watches calls and faults"
	                         : "with ring -1");
}

static void print_kinds(FILE *out, const struct diff *diff)
{
	for (enum diff_kind kind = 0; kind < DIFF_KIND_COUNT; kind++) {
		char state[32];

		snprintf(state, sizeof(state), "%llu differ", (ull)diff->of[kind]);
		fprintf(out, "  %-12s %-10s %s\n",
		        diff->ignored[kind]   ? "ignored"
		        : diff->unknown[kind] ? "not recorded"
		        : diff->of[kind]      ? state
		                              : "same",
		        diff_kind_name(kind), diff_kind_text(kind));
	}
}

/* "pid 3 (wc)", or both if they have other numbers or names. */
static void add_threads(struct line *line, const struct diff *diff, const struct difference *found)
{
	struct line names[2];

	for (u32 side = 0; side < 2; side++) {
		line_clear(&names[side]);
		if (found->threads[side] != NO_THREAD)
			diff_thread_words(&names[side], &diff->run[side], found->threads[side]);
	}
	line_add(line, "%s", names[0].text[0] ? names[0].text : names[1].text);
	if (names[0].used && names[1].used && strcmp(names[0].text, names[1].text))
		line_add(line, ", in B %s", names[1].text);
}

static void print_side(FILE *out, const struct difference *found, u32 side)
{
	struct line line;

	for (u32 i = 0; i < found->items[side] && i < SHOWN; i++) {
		line_clear(&line);
		diff_item_words(&line, &found->shown[side][i]);
		fprintf(out, "       %s: %s\n", side_name(side), line.text);
	}
	if (found->items[side] > SHOWN)
		fprintf(out, "       %s: and %u more\n", side_name(side),
		        found->items[side] - SHOWN);
	if (!found->items[side])
		fprintf(out, "       %s: nothing of it\n", side_name(side));
}

static void print_before(FILE *out, const struct difference *found, u32 side)
{
	const struct trace_syscall_entry *call = (const void *)found->before[side];
	struct line line;

	if (!call)
		return;
	line_clear(&line);
	decode_call(&line, call->number, CALL_ARGUMENTS(call));
	fprintf(out, "       %s, last call alike: %s\n", side_name(side), line.text);
}

static void print_difference(FILE *out, const struct diff *diff, u64 number,
                             const struct difference *found)
{
	bool both = found->threads[0] != NO_THREAD && found->threads[1] != NO_THREAD;
	struct line line;

	line_clear(&line);
	line_add(&line, "%4llu. %s, ", (ull)number, diff_kind_name(found->kind));
	add_threads(&line, diff, found);
	line_add(&line, ", at ");
	line_add_number(&line, found->when);
	if (!both)
		line_add(&line, ": only %s has it", side_name(found->threads[0] == NO_THREAD));
	fprintf(out, "%s\n", line.text);
	for (u32 side = 0; both && side < 2; side++)
		print_before(out, found, side);
	for (u32 side = 0; both && side < 2; side++)
		print_side(out, found, side);
}

static void print_differences(FILE *out, const struct diff *diff)
{
	u64 number = 0;

	if (diff->total)
		fprintf(out, "\nDifferences, the first one first:\n");
	if (diff->status[0])
		fprintf(out, "%4llu. status: %s\n", (ull)++number, diff->status);
	if (diff->output[0])
		fprintf(out, "%4llu. output, %s\n", (ull)++number, diff->output);
	for (u64 i = 0; i < diff->kept; i++)
		print_difference(out, diff, ++number, &diff->found[i]);
	if (number < diff->total)
		fprintf(out, "      and %llu more: --all shows them\n",
		        (ull)(diff->total - number));
}

static void print_exceptions(FILE *out, const struct diff *diff)
{
	const u64 *a = diff->run[0].figures.except, *b = diff->run[1].figures.except;

	fprintf(out, "\nExcepted, not compared:\n");
	fprintf(out, "  addresses: %s\n",
	        diff->fixed
	                ? "page faults' alone are compared; both runs had nokaslr"
	                : "they are random in each run; had both `--append nokaslr`, page faults' "
	                  "would be compared");
	for (enum diff_exception i = 0; i < EXCEPT_COUNT; i++)
		if (a[i] || b[i])
			fprintf(out, "  %s: %llu in A, %llu in B: %s\n", diff_exception_text(i),
			        (ull)a[i], (ull)b[i], diff_exception_reason(i));
}

static double per_thousand(u64 part, u64 whole)
{
	return whole ? (double)part * 1000 / (double)whole : 0;
}

static void print_efficiency(FILE *out, const struct diff *diff)
{
	const struct diff_figures *a = &diff->run[0].figures, *b = &diff->run[1].figures;
	const struct trace_info *info = &diff->run[0].trace->info;
	u64 work_a = diff_work(a), work_b = diff_work(b);

	fprintf(out, "\nEfficiency, without start-up, idling and writing the trace:\n");
	fprintf(out, "  %-34s %16s %16s\n", "", "A", "B");
	fprintf(out, "  %-34s %16llu %16llu\n",
	        info_in_ticks(info) ? "work, ticks" : "work, ticks of the TSC", (ull)work_a,
	        (ull)work_b);
	fprintf(out, "  %-34s %15.2f%% %15.2f%%\n", "of it natively, in rings 3 and 0",
	        diff_native(a), diff_native(b));
	fprintf(out, "  %-34s %15.2f%% %15.2f%%\n", "in ring -1", work_a ? 100 - diff_native(a) : 0,
	        work_b ? 100 - diff_native(b) : 0);
	fprintf(out, "  %-34s %16llu %16llu\n", "system calls", (ull)a->calls, (ull)b->calls);
	fprintf(out, "  %-34s %16llu %16llu\n", "page faults", (ull)a->faults, (ull)b->faults);
	fprintf(out, "  %-34s %16llu %16llu\n", "VM exits", (ull)a->exits, (ull)b->exits);
	fprintf(out, "  %-34s %16.1f %16.1f\n", "VM exits per 1000 system calls",
	        per_thousand(a->exits, a->calls), per_thousand(b->exits, b->calls));
	if (work_a && work_b)
		fprintf(out, "  B's work is %.3f times A's.\n", (double)work_b / (double)work_a);
}

void diff_print(FILE *out, const struct diff *diff)
{
	print_run(out, diff, 0);
	print_run(out, diff, 1);
	fprintf(out, "\nEquivalence: %llu difference%s\n", (ull)diff->total,
	        diff->total == 1 ? "" : "s");
	print_kinds(out, diff);
	print_differences(out, diff);
	print_exceptions(out, diff);
	print_efficiency(out, diff);
}
