/*
 * ringscope timeline: a trace as three lanes of text, of a run that has ended or that still runs.
 */
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/disk.h"
#include "tools/engine.h"
#include "tools/live.h"
#include "tools/options.h"
#include "tools/report.h"

#define LOOK_NANOSECONDS 50000000 /* between looks at a run */

struct words {
	struct lanes_style style;
	bool follow;
};

static const struct option options[] = {
	{"all", OPTION_FLAG, offsetof(struct words, style.all), NULL,
         "show the machinery's own events too: features, protections, trace writing"},
	{"fold", OPTION_FLAG, offsetof(struct words, style.fold), NULL,
         "show VM exits of one reason in a row as one line"},
	{"follow", OPTION_FLAG, offsetof(struct words, follow), NULL,
         "where a run is writing its trace, show it as it grows, until the run ends"},
};

static const struct usage usage = {
	.command = "timeline",
	.synopsis = "[OPTION...] DIR",
	.about = "Prints a trace as three lanes, one event a line: ring 3, ring 0, ring -1, with "
		 "the "
		 "length\nof every interval.",
	.example = "ringscope timeline --fold ringscope.trace | less -R",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static int show_whole(const char *directory, const struct lanes_style *style)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct trace trace;
	struct error error;
	struct lanes lanes;

	if (!trace_open(&trace, directory, &error)) {
		complain(&error);
		return STATUS_FINDING;
	}
	lanes_start(&lanes, stdout, style, &trace.info);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
	print_losses(stdout, &trace);
	trace_close(&trace);
	return finish_report();
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
static int show_growing(struct disk *disk, const struct trace *trace,
                        const struct lanes_style *style)
{
	static struct live live;
	const struct trace_packet *packet;
	struct error error = {0};
	bool ended;

	live_start(&live, stdout, style);
	do {
		ended = !tracedir_taken(trace->directory);
		while (!error.text[0] && (packet = disk_next(disk, ended, &error)))
			live_packet(&live, packet);
		live_show(&live, &trace->info);
		disk_look(disk);
		if (!ended)
			wait_for_more();
	} while (!ended && !ferror(stdout));
	live_end(&live, &trace->info);
	if (error.text[0])
		complain(&error);
	return error.text[0] ? STATUS_FINDING : finish_report();
}

static int follow(const char *directory, const struct lanes_style *style)
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
		return show_whole(directory, style);
	}
	status = show_growing(&disk, &trace, style);
	disk_close(&disk);
	return status;
}

int command_timeline(int argc, char **argv)
{
	struct words words = {.style = lanes_style_for(stdout)};
	const char *directory;
	int status;

	if (!parse_report(&usage, argc, argv, &words, &directory, &status))
		return status;
	return words.follow ? follow(directory, &words.style) : show_whole(directory, &words.style);
}
