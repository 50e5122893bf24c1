#include <stdlib.h>
#include <string.h>

#include "tools/tail.h"

bool tail_start(struct tail *tail, u64 room)
{
	*tail = (struct tail){.room = room};
	tail->rows = calloc(room, sizeof(*tail->rows));
	return tail->rows != NULL;
}

void tail_stop(struct tail *tail)
{
	for (u64 i = 0; i < tail->room && i < tail->count; i++)
		free(tail->rows[i].words);
	free(tail->rows);
	*tail = (struct tail){0};
}

void tail_add(void *context, const struct lane_row *row, const char *words)
{
	struct tail *tail = context;
	struct tail_row *place = &tail->rows[tail->count % tail->room];

	free(place->words);
	*place = (struct tail_row){.row = *row, .words = strdup(words)};
	if (!place->words)
		abort();
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
