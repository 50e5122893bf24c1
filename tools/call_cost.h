/*
 * Times and what calls cost, in words: ticks where the trace counts ticks, else time in the largest
 * unit that leaves a number in front of the point.
 */
#ifndef TOOLS_CALL_COST_H
#define TOOLS_CALL_COST_H

#include "tools/calls.h"

/* "1,204" or "12.0 us". */
void add_span(struct line *line, const struct trace_info *info, u64 ticks);

/* When it was, since the trace began: "12,345" or "0.000123". */
void add_moment(struct line *line, const struct trace_info *info, u64 tsc);

/* "<12.0 us: 1.1 ring 0, 10.9 ring -1 in 3 exits>". */
void add_call_cost(struct line *line, const struct trace_info *info, const struct call *call);

/* What the call's thread took, all tiers. */
u64 cost_ticks(const struct cost *cost);

#endif
