#include <stdlib.h>

#include "tools/histogram.h"
#include "tools/memory.h"

void histogram_free(struct histogram *histogram)
{
	for (u32 i = 0; i < HISTOGRAM_CHUNKS; i++) {
		free(histogram->chunks[i]);
		histogram->chunks[i] = NULL;
	}
}

void histogram_open(struct histogram *histogram, u32 chunk)
{
	histogram->chunks[chunk] = zeros(HISTOGRAM_STEPS, sizeof(u64));
}

void histogram_merge(struct histogram *sum, const struct histogram *other)
{
	for (u32 chunk = 0; chunk < HISTOGRAM_CHUNKS; chunk++) {
		if (!other->chunks[chunk])
			continue;
		if (!sum->chunks[chunk])
			histogram_open(sum, chunk);
		for (u32 i = 0; i < HISTOGRAM_STEPS; i++)
			sum->chunks[chunk][i] += other->chunks[chunk][i];
	}
}

/* The middle of a step. */
static u64 value_of(u32 chunk, u32 step)
{
	u32 shift;

	if (chunk < 2)
		return chunk * HISTOGRAM_STEPS + step;
	shift = chunk - 1;
	return (u64)(HISTOGRAM_STEPS + step) << shift | 1ull << (shift - 1);
}

static u64 counted(const struct histogram *histogram)
{
	u64 count = 0;

	for (u32 chunk = 0; chunk < HISTOGRAM_CHUNKS; chunk++)
		for (u32 i = 0; histogram->chunks[chunk] && i < HISTOGRAM_STEPS; i++)
			count += histogram->chunks[chunk][i];
	return count;
}

u64 histogram_percentile(const struct histogram *histogram, u32 percent)
{
	u64 count = counted(histogram);
	u64 rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
	u64 seen = 0;

	for (u32 chunk = 0; count && chunk < HISTOGRAM_CHUNKS; chunk++)
		for (u32 i = 0; histogram->chunks[chunk] && i < HISTOGRAM_STEPS; i++) {
			seen += histogram->chunks[chunk][i];
			if (seen >= rank)
				return value_of(chunk, i);
		}
	return 0;
}
