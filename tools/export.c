/*
 * ringscope export: a trace in other tools' formats.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/export.h"
#include "tools/names.h"
#include "tools/report.h"

#define BUFFER_BYTES (1u << 20)

struct words {
	const char *format;
	const char *output;
	struct selection selection;
};

#define FORMAT(name, sort, about) #name ": " about "\n"
static const char about[] = "Writes a trace in another tool's format.\n\n" EXPORT_FORMATS(
	FORMAT) "\n"
		"perfetto and chrome have a track for each ring. Ring 0's shows what the processor "
		"does: where\n"
		"another thread gets it, the slices of the one that leaves end, and go on "
		"(\"continued\") when\n"
		"it runs again; an arrow links the parts. Other arrows lead from cause to effect: "
		"from ring 3\n"
		"to the call, fault or interrupt that it was left for, from these to what happens "
		"in them, and\n"
		"to the VM exits. Where records were lost there is a slice LOST. On an emulator "
		"one nanosecond\n"
		"shown stands for one tick; the track's name says so. folded is in ticks of the "
		"time-stamp\n"
		"counter everywhere, and its lines sum up to the whole run. Of these three only a "
		"time can be\n"
		"selected, by --from and --to.";
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
	.example = "ringscope export ringscope.trace --format perfetto -o trace.pftrace",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static bool is_stdout(const char *output)
{
	return !output || !strcmp(output, "-");
}

/* Writing onto a file that the trace is being read from would end both. */
static bool is_of_trace(const struct trace *trace, const char *output)
{
	struct stat target, own;
	char path[TRACE_PATH_SIZE];
	struct error error;

	if (stat(output, &target))
		return false;
	for (u32 i = 0; i <= TRACE_STREAMS; i++) {
		const char *name = i < TRACE_STREAMS ? stream_file(i) : METADATA_FILE;

		if (trace_path(path, trace->directory, name, &error) && !stat(path, &own) &&
		    own.st_dev == target.st_dev && own.st_ino == target.st_ino)
			return true;
	}
	return false;
}

static FILE *open_output(const struct trace *trace, const char *output, struct error *error)
{
	FILE *file;

	if (is_stdout(output))
		return stdout;
	if (is_of_trace(trace, output)) {
		refuse(error, "%s is part of the trace itself; name another file.", output);
		return NULL;
	}
	file = fopen(output, "we");
	if (!file)
		refuse(error, "%s: %s.", output, strerror(errno));
	return file;
}

/* A file that is not whole is no export; what is no file, as a pipe or a device, stays. */
static bool drop(const char *output)
{
	struct stat stat;

	return !lstat(output, &stat) && S_ISREG(stat.st_mode) && !unlink(output);
}

static const char *volatile unfinished; /* NULL: there is none, or it is whole */

static void on_signal(int number)
{
	if (unfinished)
		drop(unfinished);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(const char *output)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	signal(SIGPIPE, SIG_IGN);
	if (is_stdout(output))
		return;
	unfinished = output;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (signal(signals[i], on_signal) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

static bool finish(FILE *file, const char *output, struct error *error)
{
	bool failed = fflush(file) || ferror(file);
	int reason = errno;

	if (!is_stdout(output) && fclose(file) && !failed) {
		failed = true;
		reason = errno;
	}
	unfinished = NULL;
	if (!failed)
		return true;
	return refuse(error, "%s: %s; the export is not whole%s.",
	              is_stdout(output) ? "stdout" : output, strerror(reason),
	              !is_stdout(output) && drop(output) ? " and was removed" : "");
}

static bool write_export(const struct trace *trace, const struct export_format *format,
                         const struct words *words, struct error *error)
{
	FILE *file = open_output(trace, words->output, error);
	char *buffer;

	if (!file)
		return false;
	buffer = export_zeros(BUFFER_BYTES); /* the file's until the command ends */
	setvbuf(file, buffer, _IOFBF, BUFFER_BYTES);
	catch_signals(words->output);
	export_trace(file, trace, format, &words->selection);
	return finish(file, words->output, error);
}

/* Whether the words can be meant. */
static bool check(struct words *words, const struct export_format *format, struct error *error)
{
	const struct selection *selection = &words->selection;

	if (!format)
		return refuse(error, "there is no format \"%s\".", words->format);
	if (format->sort == EXPORT_BINARY && is_stdout(words->output) && isatty(STDOUT_FILENO))
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
	struct error error;

	if (selection_settle(&words->selection, &trace->info, &error) &&
	    write_export(trace, format, words, &error))
		return STATUS_OK;
	return fail_report(&error);
}

int command_export(int argc, char **argv)
{
	struct words words = {.format = "perfetto"};
	const struct export_format *format;
	const char *directory;
	struct trace trace;
	struct error error;
	int status;

	if (!parse_report(&usage, argc, argv, &words, &directory, &status))
		return status;
	format = export_format(words.format);
	if (!check(&words, format, &error))
		return refuse_usage(&usage, &error);
	if (!trace_open(&trace, directory, &error))
		return fail_report(&error);
	status = write_selected(&trace, format, &words);
	trace_close(&trace);
	return status;
}
