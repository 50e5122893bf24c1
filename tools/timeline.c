/*
 * ringscope timeline: a trace as three lanes of text.
 */
#include <stddef.h>

#include "tools/command.h"
#include "tools/lanes.h"
#include "tools/options.h"
#include "tools/report.h"

static const struct option options[] = {
	{"all", OPTION_FLAG, offsetof(struct lanes_style, all), NULL,
         "show the machinery's own events too: features, protections, trace writing"},
	{"fold", OPTION_FLAG, offsetof(struct lanes_style, fold), NULL,
         "show VM exits of one reason in a row as one line"},
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

int command_timeline(int argc, char **argv)
{
	struct lanes_style style = lanes_style_for(stdout);
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct trace trace;
	struct lanes lanes;
	int status;

	if (!open_for_report(&usage, argc, argv, &style, &trace, &status))
		return status;
	lanes_start(&lanes, stdout, &style, &trace.info);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
	print_losses(stdout, &trace);
	trace_close(&trace);
	return finish_report();
}
