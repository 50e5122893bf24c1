/*
 * ringscope report: a trace as one HTML file that needs nothing else: the three lanes, the figures,
 * the memory, what the processor granted, and whether the trace adds up.
 */
#include <stddef.h>

#include "tools/command.h"
#include "tools/html_page.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/trace_command.h"

struct words {
	const char *output;
};

static const struct option options[] = {
	{"output", OPTION_FILE, offsetof(struct words, output), "FILE",
         "where to; \"-\" is stdout"},
};

static const struct usage usage = {
	.command = "report",
	.synopsis = "-o FILE.html DIR",
	.about =
		"Writes a trace as one HTML file that a browser shows without a network: the three "
		"lanes to\nzoom, search and click, the figures, the memory and who guards it, what "
		"the processor\ngranted, what verify finds.",
	.example = "ringscope report -o report.html ringscope.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
};

#define WRITE_PASSES 4 /* the figures, the map, the events; what the processor granted and asked */

/* verify wants the trace as it lies there, before anything was checked. */
static bool verify_apart(struct verify *verify, const char *directory, struct trace *trace,
                         struct error *error)
{
	struct progress progress;

	if (!trace_load(trace, directory, error))
		return false;
	progress_watch(&progress, "report: verify", trace, VERIFY_PASSES);
	verify_trace(verify, trace);
	progress_end(&progress);
	return true;
}

static int write_report(const struct trace *trace, const struct verify *verify, const char *path)
{
	struct html_events events;
	struct output output;
	struct error error;

	if (!output_open(&output, trace, path, &error))
		return fail_command(&error);
	html_page_write(output.file, trace, verify, &events);
	html_events_free(&events);
	return output_finish(&output, "report");
}

static int report(const char *directory, const char *output)
{
	static struct verify verify;
	struct trace trace, loaded;
	struct progress progress;
	struct error error;
	int status;

	if (!progress_open(&progress, "report", &trace, directory, WRITE_PASSES, &error))
		return fail_command(&error);
	if (verify_apart(&verify, directory, &loaded, &error)) {
		status = write_report(&trace, &verify, output);
		trace_close(&loaded);
	} else {
		status = fail_command(&error);
	}
	progress_end(&progress);
	trace_close(&trace);
	return status;
}

int command_report(int argc, char **argv)
{
	struct words words = {0};
	const char *directory;
	struct error error;
	int status;

	if (!parse_trace_command(&usage, argc, argv, &words, &directory, &status))
		return status;
	if (!words.output) {
		refuse(&error, "report wants a file to write: -o FILE.html.");
		return refuse_usage(&usage, &error);
	}
	return report(directory, words.output);
}
