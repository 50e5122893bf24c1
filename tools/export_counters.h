/*
 * Curves for viewers: over some two hundred stretches of a run, which share of the time each ring
 * had, how many VM exits there were, and how much trace had been written. A point stands where its
 * stretch begins.
 */
#ifndef TOOLS_EXPORT_COUNTERS_H
#define TOOLS_EXPORT_COUNTERS_H

#include "tools/export.h"

/* COUNTER(name, what it is called, its values are bytes) */
#define COUNTERS(COUNTER)                                                                          \
	COUNTER(USER, "ring 3, % of the time", false)                                              \
	COUNTER(KERNEL, "ring 0, % of the time", false)                                            \
	COUNTER(HYPERVISOR, "ring -1, % of the time", false)                                       \
	COUNTER(EXITS, "VM exits until the next point", false)                                     \
	COUNTER(DRAINED, "trace written so far, bytes", true)

#define COUNTER(name, text, bytes) COUNTER_##name,
enum counter { COUNTERS(COUNTER) COUNTER_COUNT };
#undef COUNTER

typedef void counter_sink(void *context, enum counter counter, u64 time, u64 value);

struct counters {
	const struct export *export;
	counter_sink *sink;
	void *context;
	u64 stretch; /* ticks */
	u64 since;   /* TSC at which the stretch began */
	u64 spent[TRACE_STREAMS];
	u64 exits;
	u64 drained;
};

void counters_start(struct counters *counters, const struct export *export, counter_sink *sink,
                    void *context);
void counters_step(struct counters *counters);

/* The last stretch. */
void counters_end(struct counters *counters, u64 end);

const char *counter_name(enum counter counter);
bool counter_is_bytes(enum counter counter);

#endif
