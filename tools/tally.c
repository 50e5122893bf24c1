#include <stdlib.h>

#include "tools/memory.h"
#include "tools/place.h"
#include "tools/tally.h"

static inline struct row *slot(struct row *rows, size_t room, u32 group, u64 key)
{
	size_t at = place_of_key(key + group * 0x9e3779b97f4a7c15u, room);

	while (rows[at].used && (rows[at].group != group || rows[at].key != key))
		at = (at + 1) & (room - 1);
	return &rows[at];
}

static void grow(struct tally *tally)
{
	size_t room = tally->room ? tally->room * 2 : 256;
	struct row *rows = zeros(room, sizeof(*rows));
	for (size_t i = 0; i < tally->room; i++)
		if (tally->rows[i].used)
			*slot(rows, room, tally->rows[i].group, tally->rows[i].key) =
				tally->rows[i];
	free(tally->rows);
	tally->rows = rows;
	tally->room = room;
}

void tally_stop(struct tally *tally)
{
	for (size_t i = 0; i < tally->room; i++)
		if (tally->rows[i].used)
			histogram_free(&tally->rows[i].histogram);
	free(tally->rows);
	*tally = (struct tally){0};
}

/* A row that was not there before. */
static struct row *make_row(struct tally *tally, u32 group, u64 key)
{
	struct row *row;

	if (tally->count >= ROWS_LIMIT) {
		group |= ROW_REST;
		key = 0;
	}
	if (tally->count * 2 >= tally->room)
		grow(tally);
	row = slot(tally->rows, tally->room, group, key);
	if (!row->used) {
		*row = (struct row){.group = group, .used = true, .key = key, .min = UINT64_MAX};
		tally->count++;
	}
	return row;
}

struct row *tally_add(struct tally *tally, u32 group, u64 key, u64 sample)
{
	struct row *row = tally->room ? slot(tally->rows, tally->room, group, key) : NULL;

	if (!row || !row->used)
		row = make_row(tally, group, key);
	row->count++;
	row->total += sample;
	row->min = sample < row->min ? sample : row->min;
	row->max = sample > row->max ? sample : row->max;
	histogram_add(&row->histogram, sample);
	return row;
}

const struct row *tally_find(const struct tally *tally, u32 group, u64 key)
{
	const struct row *row = tally->room ? slot(tally->rows, tally->room, group, key) : NULL;

	return row && row->used ? row : NULL;
}

static int compare(const void *left, const void *right)
{
	const struct row *a = left;
	const struct row *b = right;

	if (a->group != b->group) /* one of them is the rest */
		return a->group < b->group ? -1 : 1;
	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return a->key < b->key ? -1 : a->key > b->key;
}

size_t tally_sorted(const struct tally *tally, u32 group, struct row **rows)
{
	size_t count = 0;

	*rows = zeros(tally->count + 1, sizeof(**rows));
	for (size_t i = 0; i < tally->room; i++)
		if (tally->rows[i].used && (tally->rows[i].group & ~ROW_REST) == group)
			(*rows)[count++] = tally->rows[i];
	qsort(*rows, count, sizeof(**rows), compare);
	return count;
}

void row_add(struct row *sum, const struct row *row)
{
	if (!sum->count || row->min < sum->min)
		sum->min = row->min;
	if (row->max > sum->max)
		sum->max = row->max;
	sum->count += row->count;
	sum->errors += row->errors;
	sum->total += row->total;
	cost_add(&sum->cost, &row->cost);
	histogram_merge(&sum->histogram, &row->histogram);
}

void row_stop(struct row *sum)
{
	histogram_free(&sum->histogram);
}

u64 row_percentile(const struct row *row, u32 percent)
{
	u64 value = histogram_percentile(&row->histogram, percent);

	return value < row->min ? row->min : value > row->max ? row->max : value;
}
