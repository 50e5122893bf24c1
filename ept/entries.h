/*
 * How the files of ept/ reach an entry: two accessors and nothing else, so that a model or a proof
 * can put its own behind them; and where a walk ends.
 */
#ifndef EPT_ENTRIES_H
#define EPT_ENTRIES_H

#include "ept/ept.h"

#define EPT_ENTRIES    512u
#define EPT_PAGE_BYTES 4096u
#define EPT_LIMIT      (1ull << 48) /* four levels translate so much */

static inline u64 ept_read_entry(const struct ept *ept, u64 table, u32 index)
{
	return ept->frame(table)[index];
}

static inline void ept_write_entry(const struct ept *ept, u64 table, u32 index, u64 entry)
{
	ept->frame(table)[index] = entry;
}

/* Bytes that one entry of a level spans. */
static inline u64 ept_span(u32 level)
{
	return 1ull << (12 + 9 * (level - 1));
}

static inline u32 ept_index(u64 guest, u32 level)
{
	return (u32)(guest >> (12 + 9 * (level - 1))) % EPT_ENTRIES;
}

/* Where what such an entry maps ends that maps this address. */
static inline u64 ept_next(u64 guest, u32 level)
{
	return (guest | (ept_span(level) - 1)) + 1;
}

/* True if there is something, all of it below the limit, in whole pages. */
static inline bool ept_is_range(u64 address, u64 bytes, u64 limit)
{
	return bytes && (address | bytes) % EPT_PAGE_BYTES == 0 && address < limit &&
	       bytes <= limit - address;
}

/* True if the entry leads to a table. */
static inline bool ept_is_table(u64 entry, u32 level)
{
	return (entry & EPT_RWX) && level > 1 && !(level < EPT_ROOT_LEVEL && (entry & EPT_LARGE));
}

/* An entry and where it stands. */
struct ept_place {
	u64 table, entry;
	u32 index, level;
};

/* The entry on the way to `guest` that leads to no table, or the one at level `lowest`. */
struct ept_place ept_find(const struct ept *ept, u64 guest, u32 lowest);

/* A zeroed frame from the pool, or 0; and one, zeroed again, back to it. */
u64 ept_take(struct ept *ept);
void ept_put(struct ept *ept, u64 frame);

#endif
