/*
 * ringscope export: a trace in other tools' formats.
 */
#include <stddef.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/export.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/trace_command.h"

struct words {
	const char *format;
	const char *output;
	struct selection selection;
};

#define FORMAT(name, sort, about) "\n " #name ": " about
static const char about[] = "Writes a trace in another tool's format:" EXPORT_FORMATS(
	FORMAT) "\n\nperfetto and chrome have a track for each ring. Ring 0's shows what the "
		"processor does: "
		"where another thread gets it, the slices of the one that leaves end, and go on "
		"(\"continued\") when it runs again; an arrow links the parts. Other arrows lead "
		"from cause to "
		"effect: from ring 3 to the call, fault or interrupt that it was left for, from "
		"these to what "
		"happens in them, and to the VM exits. Where records were lost there is a slice "
		"LOST. On an "
		"emulator one nanosecond shown stands for one tick; the track's name says so.\n\n"
		"folded is in ticks of the time-stamp counter everywhere, and its lines sum up to "
		"the whole "
		"run. Of perfetto, chrome and folded only a time can be selected, by --from and "
		"--to.";
#undef FORMAT

static const struct option options[] = {
	{"format", OPTION_STRING, offsetof(struct words, format), "NAME",
         "perfetto (default), chrome, folded, jsonl or csv"},
	{"output", OPTION_FILE, offsetof(struct words, output), "FILE",
         "where to; \"-\" (default) is stdout"},
	SELECTION_OPTIONS(struct words, selection),
};

static const struct usage usage = {
	.command = "export",
	.synopsis = "[OPTION...] DIR",
	.about = about,
	.example = "ringscope export -o trace.pftrace ringscope.trace\n"
		   "ringscope export --format folded -o ringscope.folded ringscope.trace\n"
		   "ringscope export --format jsonl --process wc --events syscalls ringscope.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* Whether the words can be meant. */
static bool check(struct words *words, const struct export_format *format, struct error *error)
{
	const struct selection *selection = &words->selection;

	if (!format)
		return refuse(error,
		              "there is no format \"%s\"; take perfetto, chrome, folded, jsonl or "
		              "csv.",
		              words->format);
	if (format->sort == EXPORT_BINARY && output_is_stdout(words->output) &&
	    isatty(STDOUT_FILENO))
		return refuse(error, "%s is binary: name a file by -o, or send it into a pipe.",
		              words->format);
	if (format->sort != EXPORT_RECORDS &&
	    (selection->tier || selection->process || selection->events || selection->at_least ||
	     selection->at_most))
		return refuse(error, "of %s only --from and --to can select.", words->format);
	return selection_check(&words->selection, error);
}

static int write_selected(struct trace *trace, const struct export_format *format,
                          struct words *words)
{
	struct output output;
	struct error error;

	if (!selection_settle(&words->selection, &trace->info, &error) ||
	    !output_open(&output, trace, words->output, &error))
		return fail_command(&error);
	export_trace(output.file, trace, format, &words->selection);
	return output_finish(&output, "export");
}

int command_export(int argc, char **argv)
{
	struct words words = {.format = "perfetto"};
	const struct export_format *format;
	const char *directory;
	struct progress progress;
	struct trace trace;
	struct error error;
	int status;

	if (!parse_trace_command(&usage, argc, argv, &words, &directory, &status))
		return status;
	format = export_format(words.format);
	if (!check(&words, format, &error))
		return refuse_usage(&usage, &error);
	if (!progress_open(&progress, "export", &trace, directory, 1, &error))
		return fail_command(&error);
	status = write_selected(&trace, format, &words);
	progress_end(&progress);
	trace_close(&trace);
	return status;
}
