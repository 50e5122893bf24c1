/*
 * ringscope timeline: a trace as three lanes of text, of a run that has ended or that still runs;
 * printed, or in a full-screen view.
 */
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/disk.h"
#include "tools/engine.h"
#include "tools/live.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/screen.h"
#include "tools/tail.h"
#include "tools/trace_command.h"

#define LOOK_NANOSECONDS 50000000 /* between looks at a run */
#define TAIL_MAX         10000000

struct words {
	struct lanes_style style;
	struct selection selection;
	u64 tail;
	bool follow;
	bool view;
};

static const struct option options[] = {
	{"all", OPTION_FLAG, offsetof(struct words, style.all), NULL,
         "show the machinery's own events too: features, protections, trace writing"},
	{"fold", OPTION_FLAG, offsetof(struct words, style.fold), NULL,
         "show VM exits of one reason in a row as one line"},
	{"follow", OPTION_FLAG, offsetof(struct words, follow), NULL,
         "where a run is writing its trace, show it as it grows, until the run ends"},
	{"tail", OPTION_NUMBER, offsetof(struct words, tail), "N",
         "only the last N lines; with --follow: of what is there already"},
	{"view", OPTION_FLAG, offsetof(struct words, view), NULL,
         "in a full-screen view of this terminal, to scroll and search: ? there is its help"},
	SELECTION_OPTIONS(struct words, selection),
};

static const struct usage usage = {
	.command = "timeline",
	.synopsis = "[OPTION...] DIR",
	.about = "Prints a trace as three lanes, one event a line: ring 3, ring 0, ring -1, with "
		 "the length\nof every interval and, where other rings had a part in it, their "
		 "shares. What is selected\nis shown with all that was open around it.",
	.example = "ringscope timeline --fold ringscope.trace | less -R\n"
		   "ringscope timeline --process wc --events syscalls,faults ringscope.trace\n"
		   "ringscope timeline --tier -1 --at-least 5k ringscope.trace\n"
		   "ringscope timeline --from 9.3M --to 9.4M --tail 50 ringscope.trace\n"
		   "ringscope timeline --view ringscope.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* Lines that go out when all are through, or all that there are so far. */
struct ending {
	struct tail tail;
	struct lanes_listener listener;
	struct lanes_style style;
};

static void ending_start(struct ending *ending, const struct words *words)
{
	ending->style = words->style;
	if (!words->tail)
		return;
	tail_start(&ending->tail, words->tail);
	ending->listener = (struct lanes_listener){.row = tail_add, .context = &ending->tail};
	ending->style.listener = &ending->listener;
}

/* Prints what was kept; from here on lines go out at once. */
static void ending_print(struct ending *ending, struct lanes *lanes)
{
	const struct lanes_style *style = &ending->style;

	if (!lanes->style.listener)
		return;
	lanes->style.listener = NULL;
	lanes_print_head(lanes);
	for (u64 i = tail_first(&ending->tail); i < ending->tail.count; i++) {
		const struct tail_row *row = tail_row(&ending->tail, i);
		struct line line;

		row_format(&line, &row->row, row->words, style->narrow, style->colour);
		fprintf(lanes->out, "%s\n", line.text);
	}
	tail_stop(&ending->tail);
}

static void show_records(struct lanes *lanes, const struct trace *trace)
{
	const struct trace_record *record;
	struct trace_cursor cursor;

	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(lanes, record);
}

static int show_whole(const char *directory, struct words *words)
{
	static struct ending ending;
	struct progress progress;
	struct trace trace;
	struct error error;
	struct lanes lanes;

	if (!progress_open(&progress, "timeline", &trace, directory,
	                   words->tail ? 1 : progress_of_lines(), &error))
		return fail_command(&error);
	if (!selection_settle(&words->selection, &trace.info, &error)) {
		trace_close(&trace);
		return fail_command(&error);
	}
	ending_start(&ending, words);
	lanes_start(&lanes, stdout, &ending.style, &trace.info);
	show_records(&lanes, &trace);
	progress_end(&progress);
	lanes_flush(&lanes);
	ending_print(&ending, &lanes);
	lanes_end(&lanes);
	print_losses(stdout, &trace);
	trace_close(&trace);
	return finish_command();
}

static void wait_for_more(void)
{
	nanosleep(&(struct timespec){.tv_nsec = LOOK_NANOSECONDS}, NULL);
}

/* The machine has said what it is, and the recorder has written that down and gone on. */
static bool has_begun(const char *directory)
{
	char path[TRACE_PATH_SIZE];
	struct error error;

	return trace_path(path, directory, stream_file(STREAM_KERNEL), &error) &&
	       !access(path, F_OK);
}

/* What a packet of the running machine is about is shown at once; damage is verify's. */
static int show_growing(struct disk *disk, const struct trace *trace, const struct words *words)
{
	static struct ending ending;
	static struct live live;
	const struct trace_packet *packet;
	struct error error = {0};
	bool ended;

	ending_start(&ending, words);
	live_start(&live, stdout, &ending.style);
	do {
		ended = !tracedir_taken(trace->directory);
		while (!error.text[0] && (packet = disk_next(disk, ended, &error)))
			live_packet(&live, packet);
		live_show(&live, &trace->info);
		if (live.limit)
			ending_print(&ending, &live.lanes);
		fflush(stdout);
		disk_look(disk);
		if (!ended)
			wait_for_more();
	} while (!ended && !ferror(stdout));
	live_finish(&live, &trace->info);
	ending_print(&ending, &live.lanes);
	live_end(&live, &trace->info);
	return error.text[0] ? fail_command(&error) : finish_command();
}

static int follow(const char *directory, struct words *words)
{
	struct trace trace = {.directory = directory};
	char path[TRACE_PATH_SIZE];
	struct error error;
	struct disk disk;
	int status;

	while (tracedir_taken(directory) && !has_begun(directory))
		wait_for_more();
	/* The disk goes when the machine has ended, a little before the run has. */
	if (!tracedir_taken(directory) || !trace_describe(&trace, &error) ||
	    !run_path(path, directory, RUN_DISK, &error) || !disk_open(&disk, path, &error)) {
		while (tracedir_taken(directory))
			wait_for_more();
		return show_whole(directory, words);
	}
	if (selection_settle(&words->selection, &trace.info, &error))
		status = show_growing(&disk, &trace, words);
	else
		status = fail_command(&error);
	disk_close(&disk);
	return status;
}

/* All records at once, then the keys' turn. */
static int view(const char *directory, struct words *words)
{
	static struct screen screen;
	struct progress progress;
	struct trace trace;
	struct error error;
	struct lanes lanes;

	if (!progress_open(&progress, "timeline", &trace, directory, 0, &error))
		return fail_command(&error);
	if (!selection_settle(&words->selection, &trace.info, &error) ||
	    !screen_start(&screen, &error)) {
		trace_close(&trace);
		return fail_command(&error);
	}
	view_describe(&screen.view, &trace.info);
	words->style.listener = &screen.view.listener;
	lanes_start(&lanes, stdout, &words->style, &trace.info);
	show_records(&lanes, &trace);
	lanes_end(&lanes);
	view_end(&screen.view, "the whole trace");
	screen_wait(&screen, NULL);
	screen_stop(&screen);
	trace_close(&trace);
	return STATUS_OK;
}

static bool check(const struct words *words, struct error *error)
{
	if (words->tail > TAIL_MAX)
		return refuse(error, "--tail %llu: at most %u lines are kept.",
		              (unsigned long long)words->tail, TAIL_MAX);
	if (words->view && (words->follow || words->tail))
		return refuse(error, "--view excludes --follow and --tail: `ringscope run --live` "
		                     "views a run as it goes.");
	return true;
}

int command_timeline(int argc, char **argv)
{
	struct words words = {.style = lanes_style_for(stdout)};
	const char *directory;
	struct error error;
	int status;

	if (!parse_trace_command(&usage, argc, argv, &words, &directory, &status))
		return status;
	if (!check(&words, &error) || !selection_check(&words.selection, &error))
		return refuse_usage(&usage, &error);
	words.style.selection = &words.selection;
	if (words.view)
		return view(directory, &words);
	return words.follow ? follow(directory, &words) : show_whole(directory, &words);
}
