/*
 * ringscope report: a trace as one HTML file that needs nothing else: the three lanes, the figures,
 * the memory, what the processor granted, and whether the trace adds up.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/command.h"
#include "tools/html_page.h"
#include "tools/report.h"

struct words {
	const char *output;
};

static const struct option options[] = {
	{"output", OPTION_FILE, offsetof(struct words, output), "FILE",
         "the file to write, \"-\" for standard output"},
};

static const struct usage usage = {
	.command = "report",
	.synopsis = "DIR -o FILE.html",
	.about =
		"Writes a trace as one HTML file that a browser shows without a network: the three "
		"lanes to\nzoom, search and click, the figures, the memory and who guards it, what "
		"the processor\ngranted, what verify finds.",
	.example = "ringscope report ringscope.trace -o report.html",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static bool write_report(FILE *out, const struct trace *trace, const struct verify *verify)
{
	struct html_events events;
	bool fine;

	html_page_write(out, trace, verify, &events);
	fine = !ferror(out) && !fflush(out);
	html_events_free(&events);
	return fine;
}

/* Only a regular file is removed when it could not be finished: /dev/full stays. */
static void remove_half(const char *path)
{
	struct stat status;

	if (!stat(path, &status) && S_ISREG(status.st_mode))
		remove(path);
}

static bool write_file(const char *path, const struct trace *trace, const struct verify *verify,
                       struct error *error)
{
	FILE *out = fopen(path, "we");
	bool fine;
	int reason;

	if (!out)
		return refuse(error, "%s: %s.", path, strerror(errno));
	errno = 0;
	fine = write_report(out, trace, verify);
	reason = errno;
	if (fclose(out) && fine) {
		fine = false;
		reason = errno;
	}
	if (fine)
		return true;
	remove_half(path);
	return refuse(error, "%s: %s: the report is not written.", path,
	              strerror(reason ? reason : EIO));
}

/* verify wants the trace as it lies there, before anything was checked. */
static bool verify_apart(struct verify *verify, const char *directory, struct trace *trace,
                         struct error *error)
{
	if (!trace_load(trace, directory, error))
		return false;
	verify_trace(verify, trace);
	return true;
}

static int report(const char *directory, const char *output)
{
	static struct verify verify;
	struct trace trace, loaded;
	struct error error;
	bool fine;

	if (!trace_open(&trace, directory, &error))
		return fail_report(&error);
	fine = verify_apart(&verify, directory, &loaded, &error);
	if (fine && !strcmp(output, "-")) {
		write_report(stdout, &trace, &verify);
		trace_close(&loaded);
		trace_close(&trace);
		return finish_report();
	}
	fine = fine && write_file(output, &trace, &verify, &error);
	if (!fine)
		complain(&error);
	trace_close(&loaded);
	trace_close(&trace);
	return fine ? STATUS_OK : STATUS_FINDING;
}

int command_report(int argc, char **argv)
{
	struct words words = {0};
	const char *directory;
	struct error error;
	int status;

	if (!parse_report(&usage, argc, argv, &words, &directory, &status))
		return status;
	if (!words.output) {
		refuse(&error, "report wants a file to write: -o FILE.html.");
		return refuse_usage(&usage, &error);
	}
	return report(directory, words.output);
}
