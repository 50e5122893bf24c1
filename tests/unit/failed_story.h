/*
 * A machine whose VM entry failed, as its trace tells it.
 */
#ifndef TESTS_FAILED_STORY_H
#define TESTS_FAILED_STORY_H

#include "tests/unit/trace_builder.h"
#include "tools/snapshot.h"

/* The VMCS and the capabilities are the snapshot's; the former only if it was recorded. */
void build_failed(struct builder *b, const struct snapshot *snapshot, bool recorded);

#endif
