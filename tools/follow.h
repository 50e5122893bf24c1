/*
 * Follows a text file that the engine writes while the machine runs, and passes on what is new.
 */
#ifndef TOOLS_FOLLOW_H
#define TOOLS_FOLLOW_H

#include <stdio.h>

#include "abi/types.h"

struct follow {
	const char *path;
	int fd; /* -1 until the file is there */
	FILE *out;
	bool errors_only; /* pass on only lines that contain ": error: " */
	bool by_line;     /* pass on whole lines only */
	bool await_start; /* pass on nothing before CONSOLE_START (abi/boot.h), or a word of ours */
	bool begun;       /* something has been seen */
	bool started;     /* CONSOLE_START has */
	bool at_once;     /* hold no line back until it is whole */
	int failure;      /* errno of the first write to `out` that failed */
	size_t held;      /* of line[], without a newline so far */
	char line[1024];
};

void follow_start(struct follow *follow, const char *path, FILE *out, bool by_line,
                  bool errors_only);

/* Passes on what has been added. With `final`, a last line without newline as well. */
void follow_poll(struct follow *follow, bool final);

#endif
