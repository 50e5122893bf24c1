/*
 * The good traces that the fuzzers damage.
 */
#ifndef TESTS_FUZZ_STORIES_H
#define TESTS_FUZZ_STORIES_H

#include "tests/unit/trace_builder.h"

#define STORIES 10u

/* Builds one of them; build_directory is to follow. */
void build_story(struct builder *b, u32 story);

/* The last of them: what the labs look for in a trace, marks and what lies between (stories_labs.c). */
void build_labs(struct builder *b);

#endif
