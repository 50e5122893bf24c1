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
	u64 both = guest | host;

	if (ept->large_1g && both % ept_span(3) == 0 && bytes >= ept_span(3) &&
	    mtrr_type(ept->mtrrs, host, ept_span(3), type))
		return 3;
	if (ept->large_2m && both % ept_span(2) == 0 && bytes >= ept_span(2) &&
	    mtrr_type(ept->mtrrs, host, ept_span(2), type))
		return 2;
	mtrr_type(ept->mtrrs, host, EPT_PAGE_BYTES, type);
	return 1;
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

	if ((guest | host | bytes) % EPT_PAGE_BYTES || guest + bytes < guest ||
	    host + bytes < host || host + bytes > limit || guest + bytes > limit ||
	    guest + bytes > EPT_LIMIT)
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

/* Tables let everything through: the leaf alone has rights to take away. */
struct ept_translation ept_walk(const struct ept *ept, u64 guest)
{
	struct ept_translation to = {.level = EPT_ROOT_LEVEL, .rights = EPT_RWX};
	u64 table = ept->root;

	if (guest >= EPT_LIMIT)
		return (struct ept_translation){.level = EPT_ROOT_LEVEL};
	for (;; to.level--) {
		to.entry = ept_read_entry(ept, table, ept_index(guest, to.level));
		to.rights &= to.entry;
		if (!ept_is_table(to.entry, to.level))
			break;
		table = to.entry & EPT_FRAME_MASK;
	}
	u64 offset = ept_span(to.level) - 1;
	to.mapped = to.entry & EPT_RWX;
	if (to.mapped)
		to.host = (to.entry & EPT_FRAME_MASK & ~offset) | (guest & offset);
	return to;
}

/* The page that was found on the way to a guest-physical address, as a range. */
static struct ept_range page_range(const struct ept_translation *page, u64 guest)
{
	u64 bytes = ept_span(page->level);

	return (struct ept_range){.guest = guest & ~(bytes - 1),
	                          .host = page->host & ~(bytes - 1),
	                          .bytes = bytes,
	                          .page_bytes = bytes,
	                          .rights = page->rights,
	                          .memory_type = (u32)(page->entry & EPT_TYPE_MASK) >> 3};
}

/* True if the page continues the range. */
static bool continues(const struct ept_range *range, const struct ept_range *page)
{
	return page->host == range->host + range->bytes && page->page_bytes == range->page_bytes &&
	       page->rights == range->rights && page->memory_type == range->memory_type;
}

bool ept_next_range(const struct ept *ept, u64 guest, struct ept_range *range)
{
	struct ept_translation page = ept_walk(ept, guest);

	while (!page.mapped) {
		guest = (guest & ~(ept_span(page.level) - 1)) + ept_span(page.level);
		if (guest >= EPT_LIMIT)
			return false;
		page = ept_walk(ept, guest);
	}
	*range = page_range(&page, guest);
	for (;;) {
		page = ept_walk(ept, range->guest + range->bytes);
		struct ept_range next = page_range(&page, range->guest + range->bytes);
		if (!page.mapped || !continues(range, &next))
			return true;
		range->bytes += next.bytes;
	}
}

const char *ept_access_name(u64 qualification)
{
	if (qualification & EPT_VIOLATION_WRITE)
		return "write to";
	if (qualification & EPT_VIOLATION_FETCH)
		return "instruction fetch from";
	return "read of";
}
