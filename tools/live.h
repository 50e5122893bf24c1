/*
 * The lanes while the machine still runs: packets come in as rings are drained, records go out as
 * soon as no earlier one can follow.
 */
#ifndef TOOLS_LIVE_H
#define TOOLS_LIVE_H

#include "tools/lanes.h"

struct live {
	FILE *out;
	bool started;
	struct lanes_style style;
	u64 limit; /* everything up to here has arrived */
	struct trace trace;
	struct trace_cursor cursor;
	struct lanes lanes;
};

/* `style` NULL: as fits `out`. */
void live_start(struct live *live, FILE *out, const struct lanes_style *style);

/* A packet that stays in memory until live_end. `context` is the struct live. */
void live_packet(void *context, const struct trace_packet *packet);

/* Shows what can be shown; `info` must describe the trace by then. */
void live_show(struct live *live, const struct trace_info *info);

/* Shows the rest; then live_end, which does so too, ends the lanes. */
void live_finish(struct live *live, const struct trace_info *info);
void live_end(struct live *live, const struct trace_info *info);

#endif
