/* System calls summed up by name, as strace -c prints them. */
#ifndef TOOLS_CALL_SUMMARY_H
#define TOOLS_CALL_SUMMARY_H

#include <stdio.h>

#include "tools/call_filter.h"
#include "tools/calls.h"

struct call_sum {
	u32 number; /* CALL_FILTER_LIMIT: of all that no table knows */
	u64 calls;
	u64 errors;
	u64 exits;
	u64 ticks; /* without what others had while it slept */
};

struct call_summary {
	struct call_sum sums[CALL_FILTER_LIMIT + 1]; /* by number */
};

void call_summary_add(struct call_summary *summary, const struct call *call);

/* The most expensive first. Changes the order of the sums. */
void call_summary_print(FILE *out, struct call_summary *summary, const struct trace_info *info);

#endif
