/*
 * The last rows of the lanes, in a ring of bounded size: what is older goes.
 */
#ifndef TOOLS_TAIL_H
#define TOOLS_TAIL_H

#include "tools/lanes_row.h"

struct tail_row {
	struct lane_row row;
	char *words;
};

struct tail {
	struct tail_row *rows; /* row n is at n % room */
	u64 room;              /* at most so many are kept */
	u64 size;              /* places there are so far */
	u64 count;             /* of rows that ever came */
};

/* `room` above 0. */
void tail_start(struct tail *tail, u64 room);
void tail_stop(struct tail *tail);

/* Adds a copy of a row, which is none of the tail's own, and its words. `tail` is a struct tail, as lanes_listener has it. */
void tail_add(void *tail, const struct lane_row *row, const char *words);

/* Rows have numbers from 0 up: the oldest that is kept, and the row of one that is. */
u64 tail_first(const struct tail *tail);
const struct tail_row *tail_row(const struct tail *tail, u64 number);

#endif
