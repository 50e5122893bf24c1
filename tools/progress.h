/*
 * One line on a terminal for work that takes long: how far it is, how fast. It shows after a second,
 * goes when the work is done, and is never written to anything else than a terminal.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdio.h>

#include "abi/types.h"
#include "tools/trace.h"

struct progress {
	FILE *out; /* NULL: nobody is looking */
	const char *what;
	u64 whole; /* bytes */
	u64 done;
	u64 begun; /* nanoseconds of a clock */
	u64 shown; /* when the line was last written; 0: never */
};

/* `what` says in a word what goes on; of `whole` bytes. */
void progress_start(struct progress *progress, const char *what, u64 whole);

/* So many bytes more are done. `progress` is a struct progress. */
void progress_add(void *progress, size_t bytes);

/* Takes the line away. */
void progress_end(struct progress *progress);

/*
 * The same for passes over a trace, which tell by trace->passed: so many of them will come, one at a
 * time. progress_end ends it.
 */
void progress_watch(struct progress *progress, const char *what, struct trace *trace, u32 passes);

/* trace_open, watched together with so many passes that follow; of none, the line is gone again. */
bool progress_open(struct progress *progress, const char *what, struct trace *trace,
                   const char *directory, u32 passes, struct error *error);

/*
 * How many of a pass are to be watched that prints as it goes: 1 where stdout is a file. On a terminal
 * the lines show themselves how far it is, and what a pipe leads to may have the terminal.
 */
u32 progress_of_lines(void);

/* The line's words: "verify: 43% of 456 MiB, 812 MiB/s". */
void progress_words(const struct progress *progress, u64 now, char *words, size_t size);

#endif
