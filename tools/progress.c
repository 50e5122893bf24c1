#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/progress.h"

#define SECOND 1000000000ull
#define AGAIN  (SECOND / 5) /* between looks of the line */

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (u64)time.tv_sec * SECOND + (u64)time.tv_nsec;
}

void progress_start(struct progress *progress, const char *what, u64 whole)
{
	*progress = (struct progress){.out = isatty(STDERR_FILENO) ? stderr : NULL,
	                              .what = what,
	                              .whole = whole,
	                              .begun = now()};
}

void progress_words(const struct progress *progress, u64 when, char *words, size_t size)
{
	double seconds = (double)(when - progress->begun) / (double)SECOND;
	double mebibytes = (double)progress->done / 1048576.0;
	double share = progress->whole ? (double)progress->done / (double)progress->whole : 0;

	snprintf(words, size, "%s: %.0f%% of %.0f MiB, %.0f MiB/s", progress->what,
	         share < 1 ? 100 * share : 100.0, (double)progress->whole / 1048576.0,
	         seconds > 0 ? mebibytes / seconds : 0.0);
}

void progress_add(void *context, size_t bytes)
{
	struct progress *progress = context;
	char words[80];
	u64 time;

	progress->done += bytes;
	if (!progress->out)
		return;
	time = now();
	if (time - (progress->shown ? progress->shown : progress->begun) <
	    (progress->shown ? AGAIN : SECOND))
		return;
	progress->shown = time;
	progress_words(progress, time, words, sizeof(words));
	fprintf(progress->out, "\r%s\33[K", words);
	fflush(progress->out);
}

void progress_end(struct progress *progress)
{
	if (progress->shown) {
		fputs("\r\33[K", progress->out);
		fflush(progress->out);
	}
	progress->out = NULL;
}

void progress_watch(struct progress *progress, const char *what, struct trace *trace, u32 passes)
{
	u64 whole = 0;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		whole += trace->streams[stream].size;
	progress_start(progress, what, whole * passes);
	trace->passed = progress_add;
	trace->passed_context = progress;
}

bool progress_open(struct progress *progress, const char *what, struct trace *trace,
                   const char *directory, u32 passes, struct error *error)
{
	struct error damage = {""};

	if (!trace_load(trace, directory, error))
		return false;
	progress_watch(progress, what, trace, 1 + passes);
	trace_check(trace, trace_keep_first, &damage);
	if (!passes || damage.text[0])
		progress_end(progress);
	if (!damage.text[0])
		return true;
	trace_close(trace);
	return trace_refuse_damage(directory, damage.text, error);
}

u32 progress_of_lines(void)
{
	struct stat status;

	return !fstat(STDOUT_FILENO, &status) && S_ISREG(status.st_mode);
}
