/*
 * Counts, sums and percentiles by key: rows of a report, found by (group, number). Memory grows with
 * the number of different rows, never with the number of events, and only so far: what comes when
 * ROWS_LIMIT rows are there is counted in one row of its group for all the rest.
 */
#ifndef TOOLS_TALLY_H
#define TOOLS_TALLY_H

#include "tools/histogram.h"
#include "tools/tracker.h"

#define ROWS_LIMIT 16384u

/* In a row's group: it stands for all for which there was no row any more. */
#define ROW_REST 0x80000000u

struct row {
	u32 group;
	bool used;
	u64 key;
	u64 count;
	u64 errors;
	u64 total;
	u64 min;
	u64 max;
	struct cost cost; /* if it was added */
	struct histogram histogram;
};

struct tally {
	struct row *rows;
	size_t room; /* a power of two */
	size_t count;
};

void tally_stop(struct tally *tally);

/* Adds one sample and returns its row, valid until the next call. */
struct row *tally_add(struct tally *tally, u32 group, u64 key, u64 sample);

/* The row, or NULL. */
const struct row *tally_find(const struct tally *tally, u32 group, u64 key);

/*
 * The rows of a group, by total, then count, both falling, then key; the one for the rest is last.
 * Returns how many; the caller frees *rows, not what they point to.
 */
size_t tally_sorted(const struct tally *tally, u32 group, struct row **rows);

/* Adds a row to a sum, histogram and all; row_stop frees what the sum then holds. */
void row_add(struct row *sum, const struct row *row);
void row_stop(struct row *sum);

/* A percentile of its samples, never outside of them. */
u64 row_percentile(const struct row *row, u32 percent);

#endif
