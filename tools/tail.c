#include <stdlib.h>
#include <string.h>

#include "tools/memory.h"
#include "tools/tail.h"

void tail_start(struct tail *tail, u64 room)
{
	*tail = (struct tail){.room = room};
}

void tail_stop(struct tail *tail)
{
	for (u64 i = 0; i < tail->size && i < tail->count; i++)
		free(tail->rows[i].words);
	free(tail->rows);
	*tail = (struct tail){0};
}

/* Places are made as rows come, so that few rows take little. */
static void grow(struct tail *tail)
{
	u64 size = tail->size ? tail->size * 2 : 256;

	tail->size = size < tail->room ? size : tail->room;
	tail->rows = allocated(reallocarray(tail->rows, tail->size, sizeof(*tail->rows)));
	memset(&tail->rows[tail->count], 0, (tail->size - tail->count) * sizeof(*tail->rows));
}

void tail_add(void *context, const struct lane_row *row, const char *words)
{
	struct tail *tail = context;
	struct tail_row *place;

	if (tail->count == tail->size && tail->size < tail->room)
		grow(tail);
	place = &tail->rows[tail->count % tail->room];
	free(place->words);
	*place = (struct tail_row){.row = *row, .words = allocated(strdup(words))};
	tail->count++;
}

u64 tail_first(const struct tail *tail)
{
	return tail->count > tail->room ? tail->count - tail->room : 0;
}

const struct tail_row *tail_row(const struct tail *tail, u64 number)
{
	return &tail->rows[number % tail->room];
}
