/*
 * The good traces that the fuzzers damage.
 */
#ifndef TESTS_FUZZ_STORIES_H
#define TESTS_FUZZ_STORIES_H

#include "tests/unit/trace_builder.h"

#define STORIES 9u

/* Builds one of them; build_directory is to follow. */
void build_story(struct builder *b, u32 story);

#endif
