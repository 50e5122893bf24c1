/*
 * How a function says why it failed: one sentence for the user, naming what, where, and what to do.
 * Whoever detects the failure writes it; whoever decides what to do about it prints it.
 */
#ifndef TOOLS_ERROR_H
#define TOOLS_ERROR_H

#include <stdbool.h>

struct error {
	char text[640];
};

/* Writes the sentence; always returns false, so that a caller can return it. */
bool refuse(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "ringscope: SENTENCE" on stderr. */
void complain(const struct error *error);

#endif
