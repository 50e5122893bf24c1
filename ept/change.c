/* Changes of what is mapped, and what each asks of the processor's caches. */
#include "ept/ept.h"
#include "ept/entries.h"

#define FLAGS    (EPT_ACCESSED | EPT_DIRTY)
#define NOT_DONE ((struct ept_change){0})

/* True if translations cached from the old entry are wrong with the new one. */
static bool is_stale(u64 old, u64 entry)
{
	return (old & EPT_RWX) &&
	       ((old & ~entry & (EPT_RWX | FLAGS)) ||
	        ((old ^ entry) & (EPT_FRAME_MASK | EPT_TYPE_MASK | EPT_IGNORE_PAT | EPT_LARGE)));
}

static void replace(struct ept *ept, const struct ept_place *at, u64 entry,
                    struct ept_change *change)
{
	change->invalidate |= is_stale(at->entry, entry);
	ept_write_entry(ept, at->table, at->index, entry);
}

/* Part `i` of what a large leaf of a level maps. */
static u64 part_of(u64 large, u32 level, u32 i)
{
	return (level == 2 ? large & ~EPT_LARGE : large) + i * ept_span(level - 1);
}

/* One level down. The table is whole before anything leads to it. */
static bool split_one(struct ept *ept, const struct ept_place *at, struct ept_change *change)
{
	u64 table = ept_take(ept);

	if (!table)
		return false;
	for (u32 i = 0; i < EPT_ENTRIES; i++)
		ept_write_entry(ept, table, i, part_of(at->entry, at->level, i));
	replace(ept, at, table | EPT_RWX, change);
	return true;
}

/* Makes an address one where a page begins, if it is mapped. */
static bool cut(struct ept *ept, u64 guest, struct ept_change *change)
{
	struct ept_place at = ept_find(ept, guest, 1);

	for (; at.entry && guest % ept_span(at.level); at = ept_find(ept, guest, 1))
		if (!split_one(ept, &at, change))
			return false;
	return true;
}

/* What becomes of each leaf that has one of the bits `when`. */
struct edit {
	u64 when, clear, set;
	bool small; /* and of each large page: small ones */
};

static struct ept_change each_leaf(struct ept *ept, u64 guest, u64 bytes, struct edit edit)
{
	struct ept_change change = {0};
	struct ept_place at;

	if (!ept_is_range(guest, bytes, EPT_LIMIT) || !cut(ept, guest, &change) ||
	    !cut(ept, guest + bytes, &change))
		return change;
	for (u64 end = guest + bytes; guest < end;) {
		at = ept_find(ept, guest, 1);
		if (edit.small && at.entry && at.level > 1) {
			if (!split_one(ept, &at, &change))
				return change;
			continue;
		}
		if (at.entry & edit.when)
			replace(ept, &at, (at.entry & ~edit.clear) | edit.set, &change);
		guest = ept_next(guest, at.level);
	}
	change.done = true;
	return change;
}

struct ept_change ept_protect(struct ept *ept, u64 guest, u64 bytes, u64 rights)
{
	struct ept_place place;

	for (u64 at = guest; at < guest + bytes && ept_is_range(guest, bytes, EPT_LIMIT);
	     at = ept_next(at, place.level)) {
		place = ept_find(ept, at, 1);
		if (!place.entry)
			return NOT_DONE;
	}
	return each_leaf(ept, guest, bytes,
	                 (struct edit){.when = ~0ull,
	                               .clear = EPT_RWX | EPT_WATCHED,
	                               .set = rights & (EPT_RWX | EPT_KEPT)});
}

struct ept_change ept_watch(struct ept *ept, u64 guest, u64 bytes)
{
	return each_leaf(ept, guest, bytes,
	                 (struct edit){EPT_WRITE, EPT_WRITE, EPT_WATCHED, false});
}

struct ept_change ept_unwatch(struct ept *ept, u64 guest, u64 bytes)
{
	return each_leaf(ept, guest, bytes,
	                 (struct edit){EPT_WATCHED, EPT_WATCHED, EPT_WRITE, false});
}

struct ept_change ept_deny(struct ept *ept, u64 guest, u64 bytes, u64 rights)
{
	u64 bits = (rights & EPT_RWX) | (rights & EPT_WRITE ? EPT_WATCHED : 0);

	return each_leaf(ept, guest, bytes, (struct edit){bits, bits, 0, false});
}

struct ept_change ept_clean(struct ept *ept, u64 guest, u64 bytes)
{
	return each_leaf(ept, guest, bytes, (struct edit){EPT_DIRTY, EPT_DIRTY, 0, false});
}

struct ept_change ept_split(struct ept *ept, u64 guest, u64 bytes)
{
	return each_leaf(ept, guest, bytes, (struct edit){.small = true});
}

/*
 * What could stand instead of an entry that leads to a table: 0 if that is empty, a large page if
 * it maps no more than one could; else the entry itself.
 */
static u64 folded(const struct ept *ept, const struct ept_place *at)
{
	u64 table = at->entry & EPT_FRAME_MASK, first = ept_read_entry(ept, table, 0), flags = 0;
	u64 large = (at->level == 2 ? first | EPT_LARGE : first) & ~FLAGS;
	u64 host = first & EPT_FRAME_MASK, bytes = ept_span(at->level);
	u32 type;

	if (first && (at->level > ept->largest || ept_is_table(first, at->level - 1) ||
	              host % bytes || !mtrr_type(ept->mtrrs, host, bytes, &type)))
		return at->entry;
	for (u32 i = 0; i < EPT_ENTRIES; i++) {
		u64 entry = ept_read_entry(ept, table, i);
		if ((entry & ~FLAGS) != (first ? part_of(large, at->level, i) : 0))
			return at->entry;
		flags |= entry & FLAGS;
	}
	return first ? large | flags : 0;
}

struct ept_change ept_merge(struct ept *ept, u64 guest, u64 bytes)
{
	struct ept_change change = {.done = ept_is_range(guest, bytes, EPT_LIMIT)};
	struct ept_place at;

	for (u32 level = 2; change.done && level <= EPT_ROOT_LEVEL; level++) {
		for (u64 to = guest; to < guest + bytes; to = ept_next(to, at.level)) {
			at = ept_find(ept, to, level);
			u64 instead =
				ept_is_table(at.entry, at.level) ? folded(ept, &at) : at.entry;
			if (instead == at.entry)
				continue;
			replace(ept, &at, instead, &change);
			ept_put(ept, at.entry & EPT_FRAME_MASK);
		}
	}
	return change;
}

struct ept_change ept_unmap(struct ept *ept, u64 guest, u64 bytes)
{
	struct ept_change change =
		each_leaf(ept, guest, bytes, (struct edit){.when = ~0ull, .clear = ~0ull});

	if (change.done)
		change.invalidate |= ept_merge(ept, guest, bytes).invalidate;
	return change;
}
