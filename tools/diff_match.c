#include <stdlib.h>
#include <string.h>

#include "tools/diff.h"
#include "tools/filter.h"
#include "tools/line.h"
#include "tools/names.h"
#include "tools/tracedir.h"

/* The next child that a program made, or NO_THREAD. */
static u32 programs(const struct diff_run *run, u32 thread)
{
	while (thread != NO_THREAD && run->threads[thread].kernel)
		thread = run->threads[thread].next;
	return thread;
}

static void match(struct diff *diff, u32 a, u32 b)
{
	diff->run[0].threads[a].match = b;
	diff->run[1].threads[b].match = a;
}

/* Makers come before what they made: each pair's children are paired in their order. */
static void match_threads(struct diff *diff)
{
	struct diff_run *one = &diff->run[0], *two = &diff->run[1];

	match(diff, 0, 0);
	for (u32 parent = 0; parent < one->count; parent++) {
		u32 a, b;

		if (one->threads[parent].match == NO_THREAD)
			continue;
		a = programs(one, one->threads[parent].first);
		b = programs(two, two->threads[one->threads[parent].match].first);
		while (a != NO_THREAD && b != NO_THREAD &&
		       one->threads[a].thread == two->threads[b].thread) {
			match(diff, a, b);
			a = programs(one, one->threads[a].next);
			b = programs(two, two->threads[b].next);
		}
	}
}

static void note_alone(struct diff *diff, u32 side, u32 thread)
{
	const struct diff_thread *of = &diff->run[side].threads[thread];
	const struct trace_record *record;
	struct trace_cursor cursor = of->born;
	struct difference difference = {.kind = DIFF_processes, .threads = {NO_THREAD, NO_THREAD}};

	record = cursor_next_of(&cursor, STREAM_KERNEL);
	difference.threads[side] = thread;
	if (record)
		difference.when = record->tsc - diff->run[side].trace->info.tsc_begin;
	diff_note(diff, &difference);
}

static void note_all_alone(struct diff *diff)
{
	for (u32 side = 0; side < 2; side++)
		for (u32 i = 1; i < diff->run[side].count; i++)
			if (diff->run[side].threads[i].match == NO_THREAD &&
			    !diff->run[side].threads[i].kernel)
				note_alone(diff, side, i);
}

/* One line of the console, cut; false at the end. */
static bool read_line(FILE *file, char *line, int size)
{
	if (file && fgets(line, size, file))
		return true;
	line[0] = 0;
	return false;
}

static void compare_lines(struct diff *diff, FILE *files[2])
{
	char lines[2][512];
	bool more[2] = {true, true};
	struct line words;

	for (u64 number = 1; more[0] || more[1]; number++) {
		for (u32 side = 0; side < 2; side++)
			more[side] = read_line(files[side], lines[side], sizeof(lines[side]));
		if (more[0] == more[1] && !strcmp(lines[0], lines[1]))
			continue;
		line_clear(&words);
		line_add(&words, "line %llu", (unsigned long long)number);
		for (u32 side = 0; side < 2; side++) {
			line_add(&words, side ? ", B: " : ", A: ");
			if (more[side])
				line_add_quoted(&words, lines[side], strnlen(lines[side], 60),
				                strlen(lines[side]) > 60);
			else
				line_add(&words, "nothing more");
		}
		snprintf(diff->output, sizeof(diff->output), "%.399s", words.text);
		return;
	}
}

static void compare_output(struct diff *diff)
{
	FILE *files[2] = {NULL, NULL};
	char path[TRACE_PATH_SIZE];
	struct error error;

	for (u32 side = 0; side < 2; side++)
		if (run_path(path, diff->run[side].trace->directory, "console.txt", &error))
			files[side] = fopen(path, "r");
	if (files[0] && files[1])
		compare_lines(diff, files);
	else
		diff->unknown[DIFF_output] = true;
	for (u32 side = 0; side < 2; side++)
		if (files[side])
			fclose(files[side]);
}

static void compare_status(struct diff *diff)
{
	const struct trace_info *a = &diff->run[0].trace->info, *b = &diff->run[1].trace->info;

	if (!a->has_result || !b->has_result)
		diff->unknown[DIFF_status] = true;
	else if (a->cause != b->cause || a->exit_status != b->exit_status)
		snprintf(diff->status, sizeof(diff->status),
		         "A: %.120s, status %lld; B: %.120s, status %lld",
		         guest_end_sentence(a->cause), (long long)a->exit_status,
		         guest_end_sentence(b->cause), (long long)b->exit_status);
}

/* Console output and end of run. */
static void compare_ends(struct diff *diff)
{
	if (!diff->ignored[DIFF_output])
		compare_output(diff);
	if (!diff->ignored[DIFF_status])
		compare_status(diff);
	diff->of[DIFF_output] = diff->output[0] != 0;
	diff->of[DIFF_status] = diff->status[0] != 0;
	diff->total += diff->of[DIFF_output] + diff->of[DIFF_status];
}

/* What one of the runs did not record cannot be compared. */
static void note_unknown(struct diff *diff)
{
	static const struct {
		enum diff_kind kind;
		enum trace_event needs;
	} needs[] = {
		{DIFF_processes, EVENT_process_fork},  {DIFF_processes, EVENT_thread_create},
		{DIFF_calls, EVENT_syscall_entry},     {DIFF_texts, EVENT_syscall_text},
		{DIFF_texts, EVENT_syscall_entry},     {DIFF_results, EVENT_syscall_exit},
		{DIFF_faults, EVENT_page_fault_entry}, {DIFF_faults, EVENT_page_fault_exit},
		{DIFF_signals, EVENT_signal_deliver},  {DIFF_signals, EVENT_exception_entry},
		{DIFF_signals, EVENT_process_exec},    {DIFF_signals, EVENT_process_exit},
		{DIFF_signals, EVENT_thread_exit},
	};
	struct filter filter;

	for (u32 side = 0; side < 2; side++) {
		for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
			filter.mask[stream] = (u32)diff->run[side].trace->info.events[stream];
		for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
			if (!filter_has(&filter, needs[i].needs))
				diff->unknown[needs[i].kind] = true;
	}
	/* Without them nobody knows whose life to follow. */
	for (u32 kind = DIFF_calls; diff->unknown[DIFF_processes] && kind < DIFF_KIND_COUNT; kind++)
		diff->unknown[kind] = true;
}

static int by_time(const void *a, const void *b)
{
	const struct difference *one = a, *two = b;

	return one->when < two->when ? -1 : one->when > two->when;
}

void diff_runs(struct diff *diff, const struct trace *a, const struct trace *b)
{
	const struct diff_run *run = diff->run;

	diff_read(&diff->run[0], a);
	diff_read(&diff->run[1], b);
	diff->fixed = run[0].figures.fixed && run[1].figures.fixed;
	note_unknown(diff);
	match_threads(diff);
	compare_ends(diff);
	if (!diff->ignored[DIFF_processes] && !diff->unknown[DIFF_processes])
		note_all_alone(diff);
	for (u32 i = 1; i < run[0].count; i++)
		if (run[0].threads[i].match != NO_THREAD)
			diff_threads(diff, i, run[0].threads[i].match);
	if (diff->kept)
		qsort(diff->found, diff->kept, sizeof(*diff->found), by_time);
}

void diff_stop(struct diff *diff)
{
	for (u32 side = 0; side < 2; side++) {
		free(diff->run[side].threads);
		free(diff->run[side].latest);
	}
	free(diff->found);
}
