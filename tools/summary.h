/*
 * What `run` says at its end: how it ended, what was recorded, where it lies, what to do with it.
 */
#ifndef TOOLS_SUMMARY_H
#define TOOLS_SUMMARY_H

#include <stdio.h>

/* Reads the trace back from its directory. `ending` is the sentence about how the run ended. */
void summary_print(FILE *out, const char *directory, const char *ending);

#endif
