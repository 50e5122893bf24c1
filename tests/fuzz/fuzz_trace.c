/*
 * libFuzzer: the host's readers with a damaged trace. The input is a list of patches to a good
 * trace, of `hello` or of threads and a memory map by its size; whatever they do, verify says what it
 * finds, and what opens is shown and summed up so that the tiers partition the time, mapped and
 * exported, the folded stacks' sum being the run's length.
 *
 * Sources: tests/unit/trace_builder.c tools/?*.c vmx/features.c vmx/fields.c vmx/check*.c lib/items.c
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/trace_builder.h"
#include "tools/export.h"
#include "tools/lanes.h"
#include "tools/map.h"
#include "tools/stat.h"
#include "tools/strace_lines.h"
#include "tools/verify.h"
#include "tools/view.h"

/* One change: `value` over the bytes at `offset`, or the file cut or grown to that size. */
struct patch {
	u8 file;
	u8 what;
	u16 offset;
	u32 value;
};

enum { CUT = 0, GROW = 1, COPY = 2 }; /* of `what`; all else writes what % 8 bytes */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const char *place;
static FILE *nowhere;

static void apply(const struct patch *patch)
{
	static const char *const files[] = {"ring-1_0", "ring0_0", "ring3_0", "metadata",
	                                    "run/result.txt"};
	char path[TRACE_PATH_SIZE];
	struct error error;
	char sector[SECTOR_BYTES];
	ssize_t size;
	int fd;

	trace_path(path, place, files[patch->file % ARRAY_SIZE(files)], &error);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (patch->what == CUT || patch->what == GROW) {
		ftruncate(fd, patch->offset % (patch->what == CUT ? 2048 : 16384));
	} else if (patch->what == COPY) {
		size = pread(fd, sector, sizeof(sector), patch->offset % 2048);
		pwrite(fd, sector, size > 0 ? (size_t)size : 0, patch->value % 4096);
	} else {
		pwrite(fd, &patch->value, patch->what % 5, patch->offset % 2048);
	}
	close(fd);
}

static void show_map(const struct trace *trace)
{
	static const struct map_choice all = {.pid = MAP_ALL};
	struct map map;

	if (map_read(&map, trace)) {
		map_print(nowhere, &map, &all);
		map_print_json(nowhere, &map, &all);
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
	strace_start(&strace, nowhere, &style, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		strace_record(&strace, record);
	strace_end(&strace);
}

/* Folded stacks are summed up; of the others it is enough that they are written. */
static void export_folded(const struct trace *trace, const struct selection *all)
{
	u64 begin = trace->info.tsc_begin, sum = 0, end = begin;
	const struct trace_record *record;
	struct trace_cursor cursor;
	char *text = NULL, *line;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	export_trace(out, trace, export_format("folded"), all);
	fclose(out);
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
	static const char *const formats[] = {"perfetto", "chrome", "jsonl", "csv"};
	struct selection all = {0};
	struct error error;

	if (!selection_settle(&all, &trace->info, &error))
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		export_trace(nowhere, trace, export_format(formats[i]), &all);
	export_folded(trace, &all);
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

static void show_view(const struct trace *trace)
{
	static const char keys[] = "\t 12/a";
	static struct view view;
	const struct view_canvas canvas = {.put = check_piece, .context = &view};
	struct selection selection = {.events = "exits,syscalls,faults,sched", .to = "1G"};
	struct lanes_style style = {.listener = &view.listener, .selection = &selection};
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct lanes lanes;
	struct error error;

	view_start(&view);
	if (!selection_settle(&selection, &trace->info, &error))
		abort();
	view_describe(&view, &trace->info);
	lanes_start(&lanes, nowhere, &style, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
	for (const char *key = keys; *key; key++) {
		view_draw(&view, &canvas);
		view_key(&view, *key);
	}
	view_key(&view, KEY_VIEW_ENTER);
	view_resize(&view, 50, 200);
	view_draw(&view, &canvas);
	view_stop(&view);
}

static void show(struct trace *trace)
{
	struct lanes_style style = {.all = true, .fold = trace->uuid[0] & 1};
	const struct trace_record *record;
	static struct account account;
	struct trace_cursor cursor;
	struct lanes lanes;
	u64 sum = 0;

	account_trace(&account, trace);
	stat_print(nowhere, &(struct stat_report){trace, &account, {80, true, true}});
	stat_print_json(nowhere, &(struct stat_report){trace, &account, {0}});
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		sum += account.tracker.time[stream];
	if (sum != account.end - account.begin)
		abort();
	account_stop(&account);
	lanes_start(&lanes, nowhere, &style, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
	show_calls(trace, WITNESS_GUEST);
	show_calls(trace, WITNESS_HV);
	show_view(trace);
	show_map(trace);
	show_exports(trace);
}

/* A part of it, checked on the way: refused if the whole is, and never half a sum. */
static void sum_part(bool fine)
{
	static struct account account;
	struct account_choice choice = {.pid = 1, .from = 1500, .to = 1900};
	struct error error;
	struct trace trace;

	if (!trace_load(&trace, place, &error))
		return;
	choice.by_pid = trace.uuid[1] & 1;
	if (account_unchecked(&account, &trace, &choice, &error) != fine)
		abort();
	if (fine) {
		stat_print(nowhere, &(struct stat_report){&trace, &account, {120, true, true}});
		stat_print_csv(nowhere, &(struct stat_report){&trace, &account, {0}});
		if (!choice.by_pid && account.time[0] + account.time[1] + account.time[2] !=
		                              account.end - account.begin)
			abort();
		account_stop(&account);
	}
	trace_close(&trace);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	place = build_place("fuzz");
	nowhere = fopen("/dev/null", "we");
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct verify verify;
	char path[TRACE_PATH_SIZE];
	struct builder builder;
	struct trace trace;
	struct error error;
	struct patch patch;
	bool fine;

	(size % 2 ? build_threads : build_hello)(&builder);
	build_directory(&builder, place);
	for (; size >= sizeof(patch); data += sizeof(patch), size -= sizeof(patch)) {
		memcpy(&patch, data, sizeof(patch));
		apply(&patch);
	}
	fine = trace_open(&trace, place, &error);
	if (fine) {
		show(&trace);
		trace_close(&trace);
	}
	sum_part(fine);
	if (trace_load(&trace, place, &error)) {
		verify_trace(&verify, &trace);
		verify_print(nowhere, &verify);
		trace_close(&trace);
	}
	trace_path(path, place, METADATA_FILE, &error);
	unlink(path); /* what does not look like ours would not be replaced */
	return 0;
}
