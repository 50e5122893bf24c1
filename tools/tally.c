#include <stdlib.h>

#include "tools/tally.h"

static struct row *slot(struct row *rows, size_t room, u32 group, u64 key)
{
	size_t at =
		(size_t)((key + group * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu >> 20) % room;

	while (rows[at].used && (rows[at].group != group || rows[at].key != key))
		at = at + 1 == room ? 0 : at + 1;
	return &rows[at];
}

static void grow(struct tally *tally)
{
	size_t room = tally->room ? tally->room * 2 : 256;
	struct row *rows = calloc(room, sizeof(*rows));

	if (!rows)
		abort();
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
	free(tally->rows);
	*tally = (struct tally){0};
}

struct row *tally_add(struct tally *tally, u32 group, u64 key, u64 sample)
{
	struct row *row;

	if (tally->count * 2 >= tally->room)
		grow(tally);
	row = slot(tally->rows, tally->room, group, key);
	if (!row->used) {
		*row = (struct row){.group = group, .used = true, .key = key, .min = sample};
		tally->count++;
	}
	row->count++;
	row->total += sample;
	row->min = sample < row->min ? sample : row->min;
	row->max = sample > row->max ? sample : row->max;
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

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return a->key < b->key ? -1 : a->key > b->key;
}

size_t tally_sorted(const struct tally *tally, u32 group, struct row **rows)
{
	size_t count = 0;

	*rows = calloc(tally->count + 1, sizeof(**rows));
	if (!*rows)
		abort();
	for (size_t i = 0; i < tally->room; i++)
		if (tally->rows[i].used && tally->rows[i].group == group)
			(*rows)[count++] = tally->rows[i];
	qsort(*rows, count, sizeof(**rows), compare);
	return count;
}
