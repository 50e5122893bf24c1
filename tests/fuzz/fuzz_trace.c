/*
 * libFuzzer: the readers of a trace with a damaged one. Whatever the patches do, verify says what it
 * finds; what opens is summed up so that the tiers partition the time, its calls, memory and
 * negotiation are shown, a failed entry is explained, and it is compared with what it was before.
 *
 * Sources: tests/fuzz/damage*.c tests/fuzz/sink.c tests/fuzz/stories*.c tests/unit/trace_builder.c tests/unit/witness_story.c tests/unit/failed_story.c tools
 * Flags: -fsanitize-coverage-ignorelist=tests/fuzz/uncounted
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/damage.h"
#include "tests/fuzz/sink.h"
#include "tools/diff.h"
#include "tools/explain.h"
#include "tools/map.h"
#include "tools/negotiation.h"
#include "tools/stat.h"
#include "tools/strace_lines.h"
#include "tools/verify.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static FILE *out;

static void show_map(const struct trace *trace)
{
	static const struct map_choice all = {.pid = MAP_ALL};
	struct map map;
	FILE *json;

	if (map_read(&map, trace)) {
		map_print(out, &map, &all);
		json = sink_json();
		map_print_json(json, &map, &all);
		sink_json_end(json);
	}
	map_free(&map);
}

/* By either witness, whether the trace has its word or not. */
static void show_calls(const struct trace *trace, enum witness witness)
{
	struct strace_style style = {
		.call = {.string_size = 48, .names = true}, .witness = witness, .children = true};
	const struct trace_record *record;
	static struct strace strace;
	struct trace_cursor cursor;
	struct error error;

	call_filter_parse(NULL, &style.filter, &error);
	if (!selection_settle(&style.selection, &trace->info, &error))
		abort();
	strace_start(&strace, out, &style, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		strace_record(&strace, record);
	strace_end(&strace);
}

static void show_sums(const struct trace *trace)
{
	static struct account account;
	u64 sum = 0;
	FILE *json;

	account_trace(&account, trace);
	stat_print(out, &(struct stat_report){trace, &account, {80, true, true}});
	json = sink_json();
	stat_print_json(json, &(struct stat_report){trace, &account, {0}});
	sink_json_end(json);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		sum += account.tracker.time[stream];
	if (sum != account.end - account.begin)
		abort();
	account_stop(&account);
}

static void show_negotiation(const struct trace *trace)
{
	struct negotiation negotiation;
	FILE *json = sink_json();

	negotiation_read(&negotiation, trace);
	negotiation_print(out, &negotiation, &trace->info);
	negotiation_print_json(json, &negotiation);
	sink_json_end(json);
}

/* Two traces that open. A run is equivalent to itself, whatever it is. */
static void compare(const struct trace *a, const struct trace *b)
{
	static struct diff diff;
	FILE *json = sink_json();

	memset(&diff, 0, sizeof(diff));
	diff.limit = 20;
	diff_runs(&diff, a, b);
	diff_print(out, &diff);
	diff_json(json, &diff);
	sink_json_end(json);
	if (a == b && diff.total)
		abort();
	diff_stop(&diff);
}

static void compare_with_good(const struct trace *trace)
{
	struct trace good;
	struct error error;

	if (!trace_open(&good, damage_good(), &error))
		abort();
	compare(trace, &good);
	compare(&good, trace);
	compare(trace, trace);
	trace_close(&good);
}

/* A snapshot that was read is written so that it is read again. */
static void explain(void)
{
	static struct snapshot snapshot, again;
	static struct explanation explanation;
	static char text[1 << 16];
	struct error error;
	FILE *file, *json;

	if (snapshot_of_trace(&snapshot, damage_place(), &error) != SNAPSHOT_READ)
		return;
	explain_snapshot(&explanation, &snapshot);
	explain_print(out, &explanation);
	json = sink_json();
	explain_print_json(json, &explanation);
	sink_json_end(json);
	file = fmemopen(text, sizeof(text), "w+");
	snapshot_write(file, &snapshot);
	rewind(file);
	if (!snapshot_read(&again, file, "its own text", &error)) {
		fprintf(stderr, "FINDING: %s\n", error.text);
		abort();
	}
	fclose(file);
}

/* A part of it, checked on the way: refused if the whole is, and never half a sum. */
static void sum_part(bool fine)
{
	static struct account account;
	struct account_choice choice = {.pid = 1, .from = 1500, .to = 1900};
	struct error error;
	struct trace trace;

	if (!trace_load(&trace, damage_place(), &error))
		return;
	choice.by_pid = trace.uuid[1] & 1;
	if (account_unchecked(&account, &trace, &choice, &error) != fine)
		abort();
	if (fine) {
		stat_print(out, &(struct stat_report){&trace, &account, {120, true, true}});
		stat_print_csv(out, &(struct stat_report){&trace, &account, {0}});
		if (!choice.by_pid && account.time[0] + account.time[1] + account.time[2] !=
		                              account.end - account.begin)
			abort();
		account_stop(&account);
	}
	trace_close(&trace);
}

static void check(void)
{
	static struct verify verify;
	struct trace trace;
	struct error error;
	FILE *json;

	if (!trace_load(&trace, damage_place(), &error))
		return;
	verify_trace(&verify, &trace);
	verify_print(out, &verify);
	json = sink_json();
	verify_json(json, &verify);
	sink_json_end(json);
	trace_close(&trace);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	damage_start("fuzz-trace");
	out = sink_text();
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct trace trace;
	struct error error;
	bool fine;

	damage_make(data, size);
	fine = trace_open(&trace, damage_place(), &error);
	if (fine) {
		show_sums(&trace);
		show_calls(&trace, WITNESS_GUEST);
		show_calls(&trace, WITNESS_HV);
		show_map(&trace);
		show_negotiation(&trace);
		compare_with_good(&trace);
		trace_close(&trace);
		explain();
	}
	sum_part(fine);
	check();
	fflush(out);
	return 0;
}
