/*
 * How often which values came, in memory that depends on how far they lie apart and never on how
 * many there are: every value below 128 by itself, then 64 steps from each power of two to the next.
 * So what is read back is exact below 128 and else within a 64th.
 */
#ifndef TOOLS_HISTOGRAM_H
#define TOOLS_HISTOGRAM_H

#include "abi/types.h"

#define HISTOGRAM_STEPS  64u
#define HISTOGRAM_CHUNKS 59u /* of so many steps: two up to 127, one for each power from 2^7 on */

/* All zero is an empty one. */
struct histogram {
	u64 *chunks[HISTOGRAM_CHUNKS]; /* NULL where no value came */
};

void histogram_free(struct histogram *histogram);

/* Makes a chunk that is not there yet. */
void histogram_open(struct histogram *histogram, u32 chunk);

static inline void histogram_add(struct histogram *histogram, u64 value)
{
	u32 power = value < 2 * HISTOGRAM_STEPS ? 6 : 63 - (u32)__builtin_clzll(value);
	u32 chunk = value < HISTOGRAM_STEPS ? 0 : power - 5;

	if (__builtin_expect(!histogram->chunks[chunk], 0))
		histogram_open(histogram, chunk);
	histogram->chunks[chunk][value >> (power - 6) & (HISTOGRAM_STEPS - 1)]++;
}

/* Adds what another one counted. */
void histogram_merge(struct histogram *sum, const struct histogram *other);

/*
 * The value that so many percent (1 to 100) of all do not exceed: the middle of its step. 0 of
 * nothing.
 */
u64 histogram_percentile(const struct histogram *histogram, u32 percent);

#endif
