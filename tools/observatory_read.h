/*
 * What the probe printed and ring -1 recorded, read into a struct observatory. Neither is believed: every
 * number is checked, and from the first thing on that is not as it should be, cells stay unmeasured.
 */
#ifndef TOOLS_OBSERVATORY_READ_H
#define TOOLS_OBSERVATORY_READ_H

#include "tools/observatory.h"

/* One of the two machines, while it is read. */
struct observatory_reading {
	struct observatory *observatory;
	bool guest; /* its places are GUEST_RING3 and GUEST_RING0, else those of the bare machine */
	u64 low, high; /* where its stubs lie */
	/* Ticks of no code at all, which the measuring takes: the least of each ring's, ring 3's first. */
	u64 empty[2];
};

/* All cells unmeasured, for reasons that hold on every machine. */
void observatory_clear(struct observatory *observatory);

/* The cells of one machine that are not measured, and have no reason yet, get this. The first is kept. */
void observatory_excuse(struct observatory *observatory, bool guest, const char *why);

/*
 * Reads a machine's output. `text` is a string; NULL if there was none. The bare machine's cells are
 * whole then; a guest's lack exits and ticks.
 */
void observatory_read(struct observatory_reading *reading, const char *text);

/*
 * Reads a guest's exits and ticks from its trace, NULL if it has none; cells that are not in it become
 * unmeasured.
 */
void observatory_read_trace(struct observatory_reading *reading, const struct trace *trace);

/* Takes them off the ticks of each measured cell of this machine. */
void observatory_less_empty(struct observatory_reading *reading);

#endif
