/*
 * The file that a command makes of a trace, named by -o: opened so that it cannot be one of the
 * trace's own, and whole or not there: a half that a failure, or a signal, leaves is removed.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdio.h>

#include "tools/trace.h"

struct output {
	FILE *file;
	const char *path; /* NULL: stdout */
};

/* Whether these words of -o, or none, mean stdout. */
bool output_is_stdout(const char *path);

/* Opens what `path` says, for a command that has one output. False: `error` says why not. */
bool output_open(struct output *output, const struct trace *trace, const char *path,
                 struct error *error);

/*
 * Ends it; the exit status of the command. What went wrong is said of `what`, as in "export"; where
 * stdout's reader went away, nothing is.
 */
int output_finish(struct output *output, const char *what);

#endif
