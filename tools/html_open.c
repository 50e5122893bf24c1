#include <stdlib.h>

#include "tools/html_open.h"
#include "tools/memory.h"

/* Where the record would stand if nothing were in its way. */
static size_t home(const struct open_items *items, const struct trace_record *begin)
{
	return (size_t)((uintptr_t)begin / 8 * 0x9e3779b97f4a7c15u >> 20) & (items->room - 1);
}

static size_t find(const struct open_items *items, const struct trace_record *begin)
{
	size_t at = home(items, begin);

	while (items->table[at].begin && items->table[at].begin != begin)
		at = (at + 1) & (items->room - 1);
	return at;
}

static void enlarge(struct open_items *items)
{
	struct open_items larger = {.room = items->room ? items->room * 2 : 64,
	                            .count = items->count};

	larger.table = zeros(larger.room, sizeof(*larger.table));
	for (size_t i = 0; i < items->room; i++)
		if (items->table[i].begin)
			larger.table[find(&larger, items->table[i].begin)] = items->table[i];
	free(items->table);
	*items = larger;
}

void open_items_add(struct open_items *items, const struct trace_record *begin, u64 item)
{
	size_t at;

	if (items->count * 2 >= items->room)
		enlarge(items);
	at = find(items, begin);
	items->count += !items->table[at].begin;
	items->table[at] = (struct open_item){begin, item};
}

u64 open_items_find(const struct open_items *items, const struct trace_record *begin)
{
	size_t at = begin && items->room ? find(items, begin) : 0;

	if (!begin || !items->room || !items->table[at].begin)
		return NO_ITEM;
	return items->table[at].item;
}

/* What stands behind the gap moves up if it stands there only because its own place was taken. */
void open_items_remove(struct open_items *items, const struct trace_record *begin)
{
	size_t mask = items->room - 1, gap, at;

	if (open_items_find(items, begin) == NO_ITEM)
		return;
	gap = at = find(items, begin);
	for (;;) {
		size_t place;

		at = (at + 1) & mask;
		if (!items->table[at].begin)
			break;
		place = home(items, items->table[at].begin);
		if (((at - place) & mask) < ((at - gap) & mask))
			continue;
		items->table[gap] = items->table[at];
		gap = at;
	}
	items->table[gap].begin = NULL;
	items->count--;
}

void open_items_free(struct open_items *items)
{
	free(items->table);
}
