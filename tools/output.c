#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/names.h"
#include "tools/output.h"
#include "tools/trace_command.h"

#define BUFFER_BYTES (1u << 20)

bool output_is_stdout(const char *path)
{
	return !path || !strcmp(path, "-");
}

/* Writing onto a file that the trace is being read from would end both. */
static bool is_of_trace(const struct trace *trace, const char *path)
{
	struct stat target, own;
	char part[TRACE_PATH_SIZE];
	struct error error;

	if (stat(path, &target))
		return false;
	for (u32 i = 0; i <= TRACE_STREAMS; i++) {
		const char *name = i < TRACE_STREAMS ? stream_file(i) : METADATA_FILE;

		if (trace_path(part, trace->directory, name, &error) && !stat(part, &own) &&
		    own.st_dev == target.st_dev && own.st_ino == target.st_ino)
			return true;
	}
	return false;
}

/* A file that is not whole is of no use; what is no file, as a pipe or a device, stays. */
static bool drop(const char *path)
{
	struct stat stat;

	return !lstat(path, &stat) && S_ISREG(stat.st_mode) && !unlink(path);
}

static const char *volatile unfinished; /* NULL: there is none, or it is whole */

static void on_signal(int number)
{
	if (unfinished)
		drop(unfinished);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(const char *path)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	unfinished = path;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (signal(signals[i], on_signal) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

bool output_open(struct output *output, const struct trace *trace, const char *path,
                 struct error *error)
{
	static char buffer[BUFFER_BYTES];

	*output = (struct output){.file = stdout};
	if (!output_is_stdout(path)) {
		if (is_of_trace(trace, path))
			return refuse(error, "%s is part of the trace itself; name another file.",
			              path);
		*output = (struct output){fopen(path, "we"), path};
		if (!output->file)
			return refuse(error, "%s: %s.", path, strerror(errno));
		catch_signals(path);
	}
	setvbuf(output->file, buffer, _IOFBF, sizeof(buffer));
	return true;
}

int output_finish(struct output *output, const char *what)
{
	bool failed = fflush(output->file) || ferror(output->file);
	int reason = errno;
	struct error error;

	if (output->path && fclose(output->file) && !failed) {
		failed = true;
		reason = errno;
	}
	unfinished = NULL;
	if (!failed)
		return STATUS_OK;
	if (!output->path && reason == EPIPE)
		return STATUS_FINDING;
	refuse(&error, "%s: %s; the %s is not whole%s.", output->path ? output->path : "stdout",
	       strerror(reason), what,
	       output->path && drop(output->path) ? " and was removed" : "");
	return fail_command(&error);
}
