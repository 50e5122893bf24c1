#include "ept/ept.h"

#define ENTRIES    512u
#define PAGE_BITS  12u
#define INDEX_BITS 9u
#define PAGE_BYTES 4096u

static u64 ept_read_entry(const struct ept *ept, u64 table, u32 index)
{
	return ept->frame(table)[index];
}

static void ept_write_entry(const struct ept *ept, u64 table, u32 index, u64 entry)
{
	ept->frame(table)[index] = entry;
}

/* Bytes that one entry of a level spans. */
static u64 span(u32 level)
{
	return 1ull << (PAGE_BITS + INDEX_BITS * (level - 1));
}

static u32 index_of(u64 guest, u32 level)
{
	return (u32)(guest / span(level) % ENTRIES);
}

static bool is_leaf(u64 entry, u32 level)
{
	return level == 1 || (level < EPT_ROOT_LEVEL && (entry & EPT_LARGE));
}

bool ept_init(struct ept *ept)
{
	ept->root = ept->allocate();
	ept->tables = 1;
	return ept->root != 0;
}

u64 ept_pointer(const struct ept *ept)
{
	u64 type = ept->write_back ? MEMORY_WRITE_BACK : MEMORY_UNCACHEABLE;

	return ept->root | type | (EPT_ROOT_LEVEL - 1) << 3 | (ept->accessed_dirty ? BIT(6) : 0);
}

/* The table one level down, made if need be. 0: no frame, or a large page is in the way. */
static u64 table_below(struct ept *ept, u64 table, u32 index)
{
	u64 entry = ept_read_entry(ept, table, index);

	if (entry & EPT_RWX)
		return entry & EPT_LARGE ? 0 : entry & EPT_FRAME_MASK;

	u64 below = ept->allocate();
	if (below) {
		ept->tables++;
		ept_write_entry(ept, table, index, below | EPT_RWX);
	}
	return below;
}

/* The largest page that starts at both addresses and fits into what is left. */
static u32 best_level(const struct ept *ept, u64 guest, u64 host, u64 bytes)
{
	u64 both = guest | host;

	if (ept->large_1g && both % span(3) == 0 && bytes >= span(3))
		return 3;
	if (ept->large_2m && both % span(2) == 0 && bytes >= span(2))
		return 2;
	return 1;
}

static bool map_one(struct ept *ept, u64 guest, u32 level, u64 leaf)
{
	u64 table = ept->root;

	for (u32 at = EPT_ROOT_LEVEL; at > level; at--) {
		table = table_below(ept, table, index_of(guest, at));
		if (!table)
			return false;
	}
	if (ept_read_entry(ept, table, index_of(guest, level)) & EPT_RWX)
		return false;
	ept_write_entry(ept, table, index_of(guest, level), leaf | (level > 1 ? EPT_LARGE : 0));
	return true;
}

bool ept_map(struct ept *ept, u64 guest, u64 host, u64 bytes, u64 rights, u32 memory_type)
{
	u64 limit = 1ull << ept->physical_bits, reach = span(EPT_ROOT_LEVEL + 1);

	if ((guest | host | bytes) % PAGE_BYTES || guest + bytes < guest || host + bytes < host ||
	    host + bytes > limit || guest + bytes > limit || guest + bytes > reach)
		return false;
	while (bytes) {
		u32 level = best_level(ept, guest, host, bytes);
		if (!map_one(ept, guest, level, host | rights | EPT_TYPE(memory_type)))
			return false;
		guest += span(level);
		host += span(level);
		bytes -= span(level);
	}
	return true;
}

struct ept_translation ept_walk(const struct ept *ept, u64 guest)
{
	struct ept_translation to = {.rights = EPT_RWX};
	u64 table = ept->root;

	if (guest >> (PAGE_BITS + INDEX_BITS * EPT_ROOT_LEVEL))
		return (struct ept_translation){.level = EPT_ROOT_LEVEL};
	for (to.level = EPT_ROOT_LEVEL;; to.level--) {
		to.entry = ept_read_entry(ept, table, index_of(guest, to.level));
		to.rights &= to.entry;
		if (!(to.entry & EPT_RWX))
			return to;
		if (is_leaf(to.entry, to.level))
			break;
		table = to.entry & EPT_FRAME_MASK;
	}
	u64 offset = guest % span(to.level);
	to.host = (to.entry & EPT_FRAME_MASK & ~(span(to.level) - 1)) | offset;
	to.mapped = true;
	return to;
}

/* The page that was found on the way to a guest-physical address, as a range. */
static struct ept_range page_range(const struct ept_translation *page, u64 guest)
{
	u64 bytes = span(page->level);

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
		guest = (guest & ~(span(page.level) - 1)) + span(page.level);
		if (guest >> (PAGE_BITS + INDEX_BITS * EPT_ROOT_LEVEL))
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

static const char *rights_fault(const struct ept *ept, u64 entry)
{
	if ((entry & EPT_WRITE) && !(entry & EPT_READ))
		return "writable but not readable";
	if ((entry & EPT_RWX) == EPT_EXECUTE && !ept->execute_only)
		return "execute-only, which this processor lacks";
	return NULL;
}

static const char *leaf_fault(const struct ept *ept, u64 entry, u32 level, u32 type)
{
	u64 host = entry & EPT_FRAME_MASK;

	if (level > 1 && host % span(level))
		return "reserved address bits of a large page are set";
	if (host >> ept->physical_bits)
		return "address beyond MAXPHYADDR";
	if ((entry & EPT_TYPE_MASK) != EPT_TYPE(type))
		return "wrong memory type";
	return NULL;
}

static const char *table_fault(const struct ept *ept, u64 entry)
{
	if (entry & (EPT_LARGE | EPT_TYPE_MASK | EPT_IGNORE_PAT))
		return "reserved bits of a table entry are set";
	if ((entry & EPT_FRAME_MASK) >> ept->physical_bits)
		return "address beyond MAXPHYADDR";
	return NULL;
}

struct ept_fault ept_check(const struct ept *ept, u32 type, ept_allowed *allowed, void *context)
{
	struct ept_fault fault = {0};
	u64 limit = 1ull << (PAGE_BITS + INDEX_BITS * EPT_ROOT_LEVEL);

	/*
	 * Entry by entry in address order: a walk from the root for each keeps this without
	 * recursion.
	 */
	while (fault.guest < limit) {
		u64 table = ept->root;
		u32 level = EPT_ROOT_LEVEL;
		for (;; level--) {
			fault.entry = ept_read_entry(ept, table, index_of(fault.guest, level));
			fault.what = rights_fault(ept, fault.entry);
			if (fault.what)
				return fault;
			if (!(fault.entry & EPT_RWX) || is_leaf(fault.entry, level))
				break;
			fault.what = table_fault(ept, fault.entry);
			if (fault.what)
				return fault;
			table = fault.entry & EPT_FRAME_MASK;
		}
		if (fault.entry & EPT_RWX) {
			fault.what = leaf_fault(ept, fault.entry, level, type);
			if (!fault.what &&
			    !allowed(fault.entry & EPT_FRAME_MASK, span(level), context))
				fault.what = "leads to memory that is not the guest's";
			if (fault.what)
				return fault;
		}
		fault.guest += span(level);
	}
	return (struct ept_fault){0};
}

const char *ept_access_name(u64 qualification)
{
	if (qualification & EPT_VIOLATION_WRITE)
		return "write to";
	if (qualification & EPT_VIOLATION_FETCH)
		return "instruction fetch from";
	return "read of";
}
