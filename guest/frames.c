/* Frames never used yet come from the ranges below; those given back wait in a list. */
#include "guest/frames.h"
#include "guest/memory.h"
#include "lib/string.h"

#define RANGES 64

struct range {
	u64 start, end;
};

static struct {
	struct range range[RANGES];
	u32 ranges;
	u64 list; /* each free frame begins with the next one's address */
	u64 available, total;
} memory;

static void add(u64 start, u64 end)
{
	if (start >= end || memory.ranges == RANGES)
		return;
	memory.range[memory.ranges++] = (struct range){start, end};
	memory.available += (end - start) / PAGE_BYTES;
	memory.total = memory.available;
}

void frames_add(const struct multiboot2_memory_map *map)
{
	const u8 *at = (const u8 *)map->entries;
	const u8 *end = (const u8 *)map + map->tag.size;

	for (; at + sizeof(map->entries[0]) <= end && map->entry_size; at += map->entry_size) {
		const struct multiboot2_memory_entry *e = (const void *)at;
		if (e->type == MULTIBOOT2_RAM)
			add(page_up(e->base), page_down(e->base + e->length));
	}
	frames_exclude(0, 1 << 20);
}

void frames_exclude(u64 start, u64 end)
{
	u32 n = memory.ranges;

	start = page_down(start);
	end = page_up(end);
	for (u32 i = 0; i < n; i++) {
		struct range *r = &memory.range[i];
		if (end <= r->start || start >= r->end)
			continue;
		struct range old = *r;
		memory.available -= (old.end - old.start) / PAGE_BYTES;
		memory.total = memory.available;
		r->end = r->start;
		add(old.start, start < old.end ? start : old.end);
		add(end > old.start ? end : old.start, old.end);
	}
}

/* The lowest that there are, as they are: until paging_init only the first 4 GiB are mapped. */
static u64 take(u64 count)
{
	struct range *lowest = NULL;

	for (u32 i = 0; i < memory.ranges; i++) {
		struct range *r = &memory.range[i];
		if ((r->end - r->start) / PAGE_BYTES >= count &&
		    (!lowest || r->start < lowest->start))
			lowest = r;
	}
	if (!lowest)
		return 0;
	u64 frame = lowest->start;
	lowest->start += count * PAGE_BYTES;
	memory.available -= count;
	return frame;
}

u64 frame_alloc_dirty(void)
{
	u64 frame = memory.list;

	if (frame) {
		memory.list = *(u64 *)direct(frame);
		memory.available--;
		return frame;
	}
	return take(1);
}

u64 frame_alloc(void)
{
	u64 frame = frame_alloc_dirty();

	if (frame)
		memset(direct(frame), 0, PAGE_BYTES);
	return frame;
}

void frame_free(u64 frame)
{
	*(u64 *)direct(frame) = memory.list;
	memory.list = frame;
	memory.available++;
}

u64 frames_contiguous(u64 count)
{
	u64 frame = take(count);

	if (frame)
		memset(direct(frame), 0, count * PAGE_BYTES);
	return frame;
}

u64 frames_available(void)
{
	return memory.available;
}

u64 frames_total(void)
{
	return memory.total;
}
