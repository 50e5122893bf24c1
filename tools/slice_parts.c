#include <stdlib.h>

#include "tools/memory.h"
#include "tools/place.h"
#include "tools/slice_tracks.h"

static struct parts **slot_of(struct parts **threads, size_t room, u32 pid)
{
	size_t at = place_of_key(pid, room);

	while (threads[at] && threads[at]->pid != pid)
		at = (at + 1) & (room - 1);
	return &threads[at];
}

static void grow(struct part_table *table)
{
	size_t room = table->room ? table->room * 2 : 64;
	struct parts **threads = zeros(room, sizeof(struct parts *));

	for (size_t i = 0; i < table->room; i++)
		if (table->threads[i])
			*slot_of(threads, room, table->threads[i]->pid) = table->threads[i];
	free(table->threads);
	table->threads = threads;
	table->room = room;
}

struct parts *parts_of(struct part_table *table, u32 pid)
{
	struct parts **parts;

	if (table->count * 2 >= table->room)
		grow(table);
	parts = slot_of(table->threads, table->room, pid);
	if (!*parts) {
		*parts = zeros(1, sizeof(**parts));
		(*parts)->pid = pid;
		table->count++;
	}
	return *parts;
}

void parts_add(struct part_table *table, struct parts *parts, const struct slice_event *end)
{
	if (parts->count == SLICES_OPEN)
		return;
	if (!parts->count) {
		parts->next = table->waiting;
		parts->link = &table->waiting;
		if (parts->next)
			parts->next->link = &parts->next;
		table->waiting = parts;
	}
	parts->ends[parts->count++] = *end;
}

/* One has been taken out. */
static void shrink(struct parts *parts)
{
	if (--parts->count)
		return;
	*parts->link = parts->next;
	if (parts->next)
		parts->next->link = parts->link;
}

bool parts_pop(struct parts *parts, struct slice_event *end)
{
	if (!parts->count)
		return false;
	*end = parts->ends[parts->count - 1];
	shrink(parts);
	return true;
}

u64 parts_take(struct parts *parts, const struct trace_record *begin)
{
	for (u32 i = 0; i < parts->count; i++) {
		if (parts->ends[i].begin == begin) {
			u64 link = parts->ends[i].link;

			parts->ends[i] = parts->ends[parts->count - 1];
			shrink(parts);
			return link;
		}
	}
	return 0;
}

void parts_stop(struct part_table *table)
{
	for (size_t i = 0; i < table->room; i++)
		free(table->threads[i]);
	free(table->threads);
}
