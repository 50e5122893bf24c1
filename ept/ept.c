#include "ept/ept.h"
#include "ept/entries.h"

void ept_give(struct ept *ept, u64 frame)
{
	ept_write_entry(ept, frame, 0, ept->pool->first);
	ept->pool->first = frame;
	ept->pool->count++;
}

u64 ept_take(struct ept *ept)
{
	u64 frame = ept->pool->first;

	if (!frame)
		return 0;
	ept->pool->first = ept_read_entry(ept, frame, 0);
	ept->pool->count--;
	ept->tables++;
	ept_write_entry(ept, frame, 0, 0);
	return frame;
}

void ept_put(struct ept *ept, u64 frame)
{
	for (u32 i = 0; i < EPT_ENTRIES; i++)
		ept_write_entry(ept, frame, i, 0);
	ept->tables--;
	ept_give(ept, frame);
}

bool ept_init(struct ept *ept)
{
	ept->tables = 0;
	ept->root = ept_take(ept);
	return ept->root != 0;
}

u64 ept_pointer(const struct ept *ept)
{
	u64 type = ept->write_back ? MEMORY_WRITE_BACK : MEMORY_UNCACHEABLE;

	return ept->root | type | (EPT_ROOT_LEVEL - 1) << 3 | (ept->accessed_dirty ? BIT(6) : 0);
}

struct ept_place ept_find(const struct ept *ept, u64 guest, u32 lowest)
{
	struct ept_place at = {.table = ept->root, .level = EPT_ROOT_LEVEL};

	for (;; at.level--) {
		at.index = ept_index(guest, at.level);
		at.entry = ept_read_entry(ept, at.table, at.index);
		if (at.level == lowest || !ept_is_table(at.entry, at.level))
			return at;
		at.table = at.entry & EPT_FRAME_MASK;
	}
}

/* The largest page that starts at both addresses, fits into what is left and is of one type. */
static u32 best_level(const struct ept *ept, u64 guest, u64 host, u64 bytes, u32 *type)
{
	u32 level = ept->largest;

	while ((guest | host) % ept_span(level) || bytes < ept_span(level) ||
	       !mtrr_type(ept->mtrrs, host, ept_span(level), type))
		level--;
	return level;
}

static bool map_one(struct ept *ept, u64 guest, u32 level, u64 leaf)
{
	struct ept_place at = ept_find(ept, guest, level);

	for (; !at.entry && at.level > level; at = ept_find(ept, guest, level)) {
		u64 below = ept_take(ept);
		if (!below)
			return false;
		ept_write_entry(ept, at.table, at.index, below | EPT_RWX);
	}
	if (at.entry)
		return false;
	ept_write_entry(ept, at.table, at.index, leaf | (level > 1 ? EPT_LARGE : 0));
	return true;
}

struct ept_change ept_map(struct ept *ept, u64 guest, u64 host, u64 bytes, u64 rights)
{
	u64 limit = 1ull << ept->physical_bits;

	if (!ept_is_range(host, bytes, limit) ||
	    !ept_is_range(guest, bytes, limit < EPT_LIMIT ? limit : EPT_LIMIT))
		return (struct ept_change){0};
	while (bytes) {
		u32 type, level = best_level(ept, guest, host, bytes, &type);
		if (!map_one(ept, guest, level, host | rights | EPT_TYPE(type)))
			return (struct ept_change){0};
		guest += ept_span(level);
		host += ept_span(level);
		bytes -= ept_span(level);
	}
	return (struct ept_change){.done = true};
}

struct ept_translation ept_walk(const struct ept *ept, u64 guest)
{
	struct ept_translation to = {.level = EPT_ROOT_LEVEL};

	if (guest >= EPT_LIMIT)
		return to;
	struct ept_place at = ept_find(ept, guest, 1);
	u64 offset = ept_span(at.level) - 1;
	to.level = at.level;
	to.entry = at.entry;
	to.mapped = at.entry & EPT_RWX;
	if (to.mapped)
		to.host = (at.entry & EPT_FRAME_MASK & ~offset) | (guest & offset);
	return to;
}

/* True if the page continues the range. */
static bool continues(const struct ept_range *range, const struct ept_range *page)
{
	return page->host == range->host + range->bytes && page->page_bytes == range->page_bytes &&
	       page->rights == range->rights && page->memory_type == range->memory_type;
}

bool ept_next_range(const struct ept *ept, u64 guest, struct ept_range *range)
{
	*range = (struct ept_range){0};
	while (guest < EPT_LIMIT) {
		struct ept_translation to = ept_walk(ept, guest);
		u64 bytes = ept_span(to.level), offset = guest % bytes;
		struct ept_range page = {.guest = guest - offset,
		                         .host = to.host - offset,
		                         .bytes = bytes,
		                         .page_bytes = bytes,
		                         .rights = to.entry & EPT_RWX,
		                         .memory_type = (u32)(to.entry & EPT_TYPE_MASK) >> 3};
		if (range->bytes && !(to.mapped && continues(range, &page)))
			return true;
		if (range->bytes)
			range->bytes += bytes;
		else if (to.mapped)
			*range = page;
		guest = ept_next(guest, to.level);
	}
	return range->bytes;
}

const char *ept_access_name(u64 qualification)
{
	if (qualification & EPT_VIOLATION_WRITE)
		return "write to";
	if (qualification & EPT_VIOLATION_FETCH)
		return "instruction fetch from";
	return "read of";
}
