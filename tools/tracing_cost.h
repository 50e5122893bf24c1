/*
 * What it cost to trace, as far as a trace can tell: its records by what ring -1 and ring 0 measured
 * one to cost as they booted, the writing of packets, and the VM exits that there would not be
 * without. Each cost is counted once: what lies within such an exit is part of it.
 */
#ifndef TOOLS_TRACING_COST_H
#define TOOLS_TRACING_COST_H

#include "tools/tracker.h"

/* What is spent, and in which tier. */
#define TRACING_COSTS(COST)                                                                        \
	COST(hypervisor_records, HYPERVISOR, "records of ring -1")                                 \
	COST(kernel_records, KERNEL, "records of ring 0, and of ring 3's intervals")               \
	COST(marks, USER, "marks of ring 3")                                                       \
	COST(packets, HYPERVISOR, "packets written, within other VM exits")                        \
	COST(flushes, HYPERVISOR, "VM exits only to empty rings, packets written")                 \
	COST(watching, HYPERVISOR, "VM exits only to observe (--observe)")

#define COST(name, tier, text) TRACING_##name,
enum tracing_cost { TRACING_COSTS(COST) TRACING_COUNT };
#undef COST

struct tracing_sum {
	u64 count;
	u64 ticks;
};

struct tracing {
	struct tracing_sum sums[TRACING_COUNT]; /* ticks of records: from tracing_ticks */
	struct tracing_sum held[2]; /* of the exit under way: its records, its packets */
	bool flushing;
	bool watching;
	/* so many records took so many ticks; 0 records: not measured */
	u32 exit_records, exit_ticks;
	u32 guest_records, guest_ticks;
};

/* The next step. It counts if `counts`; what was measured is taken over in any case. */
void tracing_step(struct tracing *tracing, const struct track_step *step, bool counts);

/* The run has ended in the midst of a VM exit, perhaps. */
void tracing_end(struct tracing *tracing);

/* Whether the trace says what this took; *ticks is how much. */
bool tracing_ticks(const struct tracing *tracing, enum tracing_cost cost, u64 *ticks);

/* The tier's share of all that is known, at most `most`. */
u64 tracing_of_tier(const struct tracing *tracing, enum trace_stream tier, u64 most);

#endif
