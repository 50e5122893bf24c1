#include "guest/areas.h"
#include "guest/frames.h"
#include "guest/node.h"

u32 areas_index(const struct space *space, u64 address)
{
	u32 first = space->areas < AREAS_HERE ? space->areas : AREAS_HERE, i = 0;

	while (i < first && space->here[i].end <= address)
		i++;
	while (i >= AREAS_HERE && i < space->areas && area_at(space, i)->end <= address)
		i++;
	return i;
}

const struct area *space_find(const struct space *space, u64 address)
{
	u32 i = areas_index(space, address);

	return i < space->areas && area_at(space, i)->start <= address ? area_at(space, i) : NULL;
}

bool space_is_free(const struct space *space, u64 start, u64 end)
{
	u32 i = areas_index(space, start);

	return i == space->areas || area_at(space, i)->start >= end;
}

bool areas_make_room(struct space *space)
{
	u32 frames = space->areas < AREAS_HERE ? 0 : (space->areas - AREAS_HERE) / AREAS_CHUNK;

	if (space->areas < AREAS_HERE || (frames < AREA_CHUNKS && space->more[frames]))
		return true;
	u64 frame = frames < AREA_CHUNKS ? frame_alloc_dirty() : 0;
	if (!frame)
		return false;
	space->more[frames] = direct(frame);
	return true;
}

void areas_insert(struct space *space, u32 i, struct area area)
{
	for (u32 at = space->areas++; at > i; at--)
		*area_at(space, at) = *area_at(space, at - 1);
	*area_at(space, i) = area;
	node_hold(area.node);
}

void areas_delete(struct space *space, u32 i)
{
	struct node *node = area_at(space, i)->node;

	space->areas--;
	for (; i < space->areas; i++)
		*area_at(space, i) = *area_at(space, i + 1);
	node_drop(node);
}

static bool alike(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->protection == b->protection && a->kind == b->kind &&
	       a->node == b->node && a->shared == b->shared && a->read_only == b->read_only &&
	       (!a->node || a->offset + (a->end - a->start) == b->offset);
}

void areas_join(struct space *space, u64 start, u64 end)
{
	for (u32 i = areas_index(space, start - 1);
	     i + 1 < space->areas && area_at(space, i)->end <= end;) {
		if (!alike(area_at(space, i), area_at(space, i + 1))) {
			i++;
			continue;
		}
		area_at(space, i)->end = area_at(space, i + 1)->end;
		areas_delete(space, i + 1);
	}
}

bool space_add(struct space *space, struct area area)
{
	if (area.start >= area.end || area.start < USER_START || area.end > USER_END ||
	    !space_is_free(space, area.start, area.end) || !areas_make_room(space))
		return false;
	areas_insert(space, areas_index(space, area.start), area);
	areas_join(space, area.start, area.end);
	return true;
}

bool areas_split(struct space *space, u64 address)
{
	u32 i = areas_index(space, address);

	if (i == space->areas || area_at(space, i)->start >= address)
		return true;
	if (!areas_make_room(space))
		return false;
	struct area upper = *area_at(space, i);
	upper.start = address;
	upper.offset += address - area_at(space, i)->start;
	area_at(space, i)->end = address;
	areas_insert(space, i + 1, upper);
	return true;
}

bool areas_cover(const struct space *space, u64 start, u64 end)
{
	for (u32 i = areas_index(space, start); start < end; start = area_at(space, i++)->end)
		if (i == space->areas || area_at(space, i)->start > start)
			return false;
	return true;
}

u64 space_gap(const struct space *space, u64 bytes)
{
	u64 top = space->mmap_top;

	for (u32 i = space->areas; i-- > 0;) {
		const struct area *a = area_at(space, i);
		if (a->start >= space->mmap_top)
			continue;
		if (a->end < top && top - a->end >= bytes)
			return top - bytes;
		top = a->start;
	}
	return top > USER_START && top - USER_START >= bytes ? top - bytes : 0;
}
