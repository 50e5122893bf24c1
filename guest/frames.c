/* Frames never used yet come from the ranges below; those given back wait in lists. */
#include "guest/frames.h"
#include "guest/memory.h"
#include "lib/string.h"

#define RANGES 64

u16 *frame_counts;
u64 direct_base = DIRECT_LINKED, stacks_base = 0xffffff0000000000;

struct range {
	u64 start, end;
};

static struct {
	struct range range[RANGES];
	u32 ranges;
	u64 list, zeroed; /* each free frame begins with the next one's address */
	u64 available, total;
	u64 end; /* of the last frame */
} memory;

static void add(u64 start, u64 end)
{
	if (start >= end || memory.ranges == RANGES)
		return;
	memory.range[memory.ranges++] = (struct range){start, end};
	memory.available += (end - start) / PAGE_BYTES;
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

bool frames_init(void)
{
	memory.total = memory.available;
	for (u32 i = 0; i < memory.ranges; i++)
		if (memory.range[i].end > memory.end)
			memory.end = memory.range[i].end;
	u64 bytes = memory.end / PAGE_BYTES * sizeof(u16);
	u64 counts = take(page_up(bytes) / PAGE_BYTES);
	if (!counts)
		return false;
	frame_counts = direct(counts);
	memset(frame_counts, 0, bytes);
	return true;
}

/* Takes the list's first. */
static u64 pop(u64 *list)
{
	u64 frame = *list, *first = direct(frame);

	*list = *first;
	*first = 0;
	memory.available--;
	return frame;
}

u64 frame_alloc_dirty(void)
{
	u64 frame = memory.list ? pop(&memory.list) : memory.zeroed ? pop(&memory.zeroed) : take(1);

	if (frame)
		frame_counts[frame / PAGE_BYTES] = 1;
	return frame;
}

u64 frame_alloc(void)
{
	u64 frame = memory.zeroed;

	if (frame) {
		pop(&memory.zeroed);
		frame_counts[frame / PAGE_BYTES] = 1;
		return frame;
	}
	frame = frame_alloc_dirty();
	if (frame)
		page_zero(direct(frame));
	return frame;
}

static void push(u64 *list, u64 frame)
{
	frame_counts[frame / PAGE_BYTES] = 0;
	*(u64 *)direct(frame) = *list;
	*list = frame;
	memory.available++;
}

void frame_free(u64 frame)
{
	u16 *count = &frame_counts[frame / PAGE_BYTES];

	if (*count == 1)
		push(&memory.list, frame);
	else if (*count != FRAME_USERS_MAX)
		--*count;
}

u64 frames_end(void)
{
	return memory.end;
}

void frame_free_zeroed(u64 frame)
{
	push(&memory.zeroed, frame);
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
