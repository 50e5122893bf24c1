/*
 * What verify finds in a story of two witnesses.
 */
#ifndef TESTS_WITNESS_JUDGE_H
#define TESTS_WITNESS_JUDGE_H

#include "tests/unit/witness_story.h"
#include "tools/verify.h"

extern struct verify verify;
extern struct trace trace;

/* Verifies what was built; the result stays in `verify` until the next call. */
void run(struct builder *builder);
int clean(void **state);

/* This is all that was found; that nothing was, and no check of the two witnesses was skipped. */
void finds_exactly(enum check check, const char *words);
void finds_nothing(void);

#endif
