/*
 * What the subcommands that read a trace have in common: their directories, opened and refused
 * alike, and the line about losses that each report ends with.
 */
#ifndef TOOLS_TRACE_COMMAND_H
#define TOOLS_TRACE_COMMAND_H

#include <stdio.h>

#include "tools/options.h"
#include "tools/trace.h"

/*
 * The words: options, before or behind exactly `count` directories, 1 or 2. False: end with *status.
 */
bool parse_directories(const struct usage *usage, int argc, char **argv, void *values,
                       const char **directories, int count, int *status);

/* The same with one. */
bool parse_trace_command(const struct usage *usage, int argc, char **argv, void *values,
                         const char **directory, int *status);

/* The same, and opens the trace. */
bool open_trace_command(const struct usage *usage, int argc, char **argv, void *values,
                        struct trace *trace, int *status);

/* "Lost events: N", by ring if there are any. */
void print_losses(FILE *out, const struct trace *trace);

/* A name as a shell takes it: as it is, or in quotes; `quoted` has room for 4 times its size and 3. */
void quote_word(char *quoted, const char *name);

/* Prose behind a label, broken between words for 80 columns and indented to the label's width. */
void print_wrapped(FILE *out, const char *label, const char *text);

/* Prints why it cannot be done; the exit status. */
int fail_command(const struct error *error);

/* Checks that stdout took everything; the exit status. */
int finish_command(void);

#endif
