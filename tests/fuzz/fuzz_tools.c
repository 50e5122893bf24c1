/*
 * libFuzzer: what is made of a trace, with a damaged one that opens: the lanes, whole and selected,
 * the full-screen view, all exports, the folded stacks' sum being the run's length, and the report.
 *
 * Sources: tests/fuzz/damage*.c tests/fuzz/sink.c tests/fuzz/stories*.c tests/unit/trace_builder.c tests/unit/witness_story.c tests/unit/failed_story.c tools
 * Flags: -fsanitize-coverage-ignorelist=tests/fuzz/uncounted
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/damage.h"
#include "tests/fuzz/sink.h"
#include "tools/export.h"
#include "tools/html_page.h"
#include "tools/html_summary.h"
#include "tools/lanes.h"
#include "tools/view.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static FILE *out;

static void show_lanes(const struct trace *trace, const struct lanes_style *style)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct lanes lanes;

	lanes_start(&lanes, out, style, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
}

static void show_selected(const struct trace *trace, struct selection selection)
{
	struct lanes_style style = {.narrow = true, .selection = &selection};
	struct error error;

	if (selection_settle(&selection, &trace->info, &error))
		show_lanes(trace, &style);
}

/* Folded stacks are summed up; of the others it is enough that they are what they call themselves. */
static void export_folded(const struct trace *trace, const struct selection *all)
{
	u64 begin = trace->info.tsc_begin, sum = 0, end = begin;
	const struct trace_record *record;
	struct trace_cursor cursor;
	char *text = NULL, *line;
	size_t size;
	FILE *stacks = open_memstream(&text, &size);

	export_trace(stacks, trace, export_format("folded"), all);
	fclose(stacks);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		sum += strtoull(strrchr(line, ' '), NULL, 10);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		end = record->tsc > end ? record->tsc : end;
	end = trace->info.tsc_end > end ? trace->info.tsc_end : end;
	if (sum != end - begin)
		abort();
	free(text);
}

static void show_exports(const struct trace *trace)
{
	struct selection all = {0}, some = {.from = "300", .to = "1k"};
	struct error error;
	FILE *json;

	if (!selection_settle(&all, &trace->info, &error))
		abort();
	json = sink_json();
	export_trace(json, trace, export_format("chrome"), &all);
	sink_json_end(json);
	json = sink_json();
	export_trace(json, trace, export_format("jsonl"), &all);
	sink_json_lines_end(json);
	export_trace(out, trace, export_format("csv"), &all);
	export_trace(sink_bytes(), trace, export_format("perfetto"), &all);
	export_folded(trace, &all);
	if (!selection_settle(&some, &trace->info, &error))
		return;
	json = sink_json();
	export_trace(json, trace, export_format("chrome"), &some);
	sink_json_end(json);
	export_trace(sink_bytes(), trace, export_format("perfetto"), &some);
}

/* Whatever the records hold, a picture has no control characters and stays in its terminal. */
static void check_piece(void *context, u32 row, u32 column, enum view_paint paint, const char *text)
{
	const struct view *view = context;

	if (paint >= PAINTS || row >= view->rows || column + text_columns(text) > view->columns)
		abort();
	for (; *text; text++)
		if ((u8)*text < ' ' || *text == 0x7f)
			abort();
}

static void press(struct view *view, const struct view_canvas *canvas)
{
	static const char keys[] = "\t 12/a";

	for (const char *key = keys; *key; key++) {
		view_draw(view, canvas);
		view_key(view, *key);
	}
	view_key(view, KEY_VIEW_ENTER);
	view_resize(view, 50, 200);
	view_draw(view, canvas);
}

static void show_view(const struct trace *trace)
{
	static struct view view;
	const struct view_canvas canvas = {.put = check_piece, .context = &view};
	struct selection selection = {.events = "exits,syscalls,faults,sched", .to = "1G"};
	struct lanes_style style = {.listener = &view.listener, .selection = &selection};
	struct error error;

	view_start(&view);
	if (!selection_settle(&selection, &trace->info, &error))
		abort();
	view_describe(&view, &trace->info);
	show_lanes(trace, &style);
	press(&view, &canvas);
	view_stop(&view);
}

/* The page's data are base64 of JSON, most of it: that is judged before it is packed. */
static void show_report(const struct trace *trace)
{
	static struct verify verify;
	struct html_events events;
	struct trace loaded;
	struct error error;
	FILE *json;

	if (!trace_load(&loaded, damage_place(), &error))
		abort();
	verify_trace(&verify, &loaded);
	html_page_write(sink_bytes(), trace, &verify, &events);
	json = sink_json();
	html_summary_print(json, trace, &verify);
	sink_json_end(json);
	json = sink_json();
	strings_print_json(json, &events.patterns);
	sink_json_end(json);
	json = sink_json();
	strings_print_json(json, &events.texts);
	sink_json_end(json);
	html_events_free(&events);
	trace_close(&loaded);
}

static void show(const struct trace *trace)
{
	show_lanes(trace, &(struct lanes_style){.all = true, .fold = trace->uuid[0] & 1});
	show_selected(trace, (struct selection){.tier = "-1,3", .process = "sh,3", .to = "1G"});
	show_selected(trace, (struct selection){.events = "syscalls,-mark", .at_least = "20"});
	show_selected(trace, (struct selection){.from = "100", .at_most = "5k"});
	show_view(trace);
	show_exports(trace);
	show_report(trace);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	damage_start("fuzz-tools");
	out = sink_text();
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct trace trace;
	struct error error;

	damage_make(data, size);
	if (!trace_open(&trace, damage_place(), &error))
		return -1; /* not worth a place in the corpus */
	show(&trace);
	trace_close(&trace);
	fflush(out);
	return 0;
}
