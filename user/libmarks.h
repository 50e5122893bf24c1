/*
 * Marks: a program's own points in the trace, written without any system call (abi/marks.h). On a
 * kernel without a marks page they do nothing, so programs need not care where they run.
 */
#ifndef USER_LIBMARKS_H
#define USER_LIBMARKS_H

#include <stdbool.h>

/* Puts a mark into ring 3's lane; text is cut to fit. */
void mark(const char *text, unsigned long long value);

/* True under a kernel of Ringscope's. */
bool on_ringscope(void);

#endif
