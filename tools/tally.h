/*
 * Counts and sums by key: rows of a report, found by (group, number). One allocation grows with the
 * number of different rows, never with the number of events.
 */
#ifndef TOOLS_TALLY_H
#define TOOLS_TALLY_H

#include "abi/types.h"

struct row {
	u32 group;
	bool used;
	u64 key;
	u64 count;
	u64 errors;
	u64 total;
	u64 min;
	u64 max;
};

struct tally {
	struct row *rows;
	size_t room;
	size_t count;
};

void tally_stop(struct tally *tally);

/* Adds one sample and returns its row, valid until the next call. */
struct row *tally_add(struct tally *tally, u32 group, u64 key, u64 sample);

/* The row, or NULL. */
const struct row *tally_find(const struct tally *tally, u32 group, u64 key);

/*
 * The rows of a group, by total, then count, both falling, then key. Returns how many; the caller
 * frees *rows.
 */
size_t tally_sorted(const struct tally *tally, u32 group, struct row **rows);

#endif
