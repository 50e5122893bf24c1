/*
 * A processor's caches of translations that forget nothing by themselves ("Caching Translation
 * Information"): what Bochs, which flushes at every entry and exit, cannot show. Guest-physical
 * mappings are tagged with the EPT pointer, combined ones with VPID and PCID too, and the tables on
 * the way are cached as such. The guest's accesses fill them; tlb_stale then says what a processor
 * may still believe that the tables no longer say.
 */
#ifndef TESTS_TLB_MODEL_H
#define TESTS_TLB_MODEL_H

#include "tests/unit/unit.h"
#include "ept/entries.h"

#define TLB_ENTRIES 4096u
#define TLB_PAGE    (~0xfffull)

enum tlb_kind { TLB_GUEST_PHYSICAL, TLB_EPT_TABLE, TLB_COMBINED };

struct tlb_entry {
	enum tlb_kind kind;
	const struct ept *ept;
	u32 vpid, pcid; /* of a combined mapping */
	bool global;    /* likewise: of whatever PCID */
	u32 level;      /* of a table; of the entry that maps the page */
	u64 from;       /* guest-physical, or linear, page */
	u64 to;         /* host-physical page, or table */
	u64 entry;      /* the EPT entry without the address */
};

static struct tlb_entry tlb[TLB_ENTRIES];
static u32 tlb_count;

static inline void tlb_cache(struct tlb_entry entry)
{
	for (u32 i = 0; i < tlb_count; i++)
		if (memcmp(&tlb[i], &entry, sizeof(entry)) == 0)
			return;
	assert_true(tlb_count < TLB_ENTRIES);
	tlb[tlb_count++] = entry;
}

/*
 * The guest, whose linear addresses are its physical ones, touches an address: true if tables let it.
 * All on the way is cached.
 */
static inline bool tlb_access(const struct ept *ept, u64 guest, u64 rights)
{
	for (u32 level = EPT_ROOT_LEVEL; level > 1; level--) {
		struct ept_place at = ept_find(ept, guest, level);
		if (at.level != level || !ept_is_table(at.entry, level))
			break;
		tlb_cache((struct tlb_entry){.kind = TLB_EPT_TABLE,
		                             .ept = ept,
		                             .level = level,
		                             .from = guest & ~(ept_span(level) - 1),
		                             .to = at.entry & EPT_FRAME_MASK,
		                             .entry = at.entry & EPT_RWX});
	}
	struct ept_place at = ept_find(ept, guest, 1);
	if (rights & ~at.entry)
		return false;
	if (ept->accessed_dirty && (rights & EPT_WRITE))
		at.entry |= EPT_DIRTY;
	if (ept->accessed_dirty)
		at.entry |= EPT_ACCESSED;
	ept_write_entry(ept, at.table, at.index, at.entry);
	struct ept_translation to = ept_walk(ept, guest & TLB_PAGE);
	struct tlb_entry entry = {.kind = TLB_GUEST_PHYSICAL,
	                          .ept = ept,
	                          .level = to.level,
	                          .from = guest & TLB_PAGE,
	                          .to = to.host,
	                          .entry = to.entry & ~EPT_FRAME_MASK & ~EPT_LARGE};
	tlb_cache(entry);
	entry.kind = TLB_COMBINED;
	entry.vpid = 1;
	tlb_cache(entry);
	return true;
}

static inline bool tlb_is_stale(const struct tlb_entry *cached)
{
	if (cached->kind == TLB_EPT_TABLE) {
		struct ept_place at = ept_find(cached->ept, cached->from, cached->level);
		return at.level != cached->level || !ept_is_table(at.entry, at.level) ||
		       (at.entry & EPT_FRAME_MASK) != cached->to;
	}
	/* Rights that were added may be missing; an access then drops the translation and looks. */
	struct ept_translation now = ept_walk(cached->ept, cached->from);
	return !now.mapped || now.host != cached->to || now.level != cached->level ||
	       (cached->entry & ~now.entry & EPT_RWX) ||
	       (cached->entry & ~now.entry & (EPT_ACCESSED | EPT_DIRTY)) ||
	       ((cached->entry ^ now.entry) & (EPT_TYPE_MASK | EPT_IGNORE_PAT));
}

/* The first translation cached from these tables that is wrong, or NULL. */
static inline const struct tlb_entry *tlb_stale(const struct ept *ept)
{
	for (u32 i = 0; i < tlb_count; i++)
		if (tlb[i].ept == ept && tlb_is_stale(&tlb[i]))
			return &tlb[i];
	return NULL;
}

/* INVEPT: of one EPT pointer; of all if NULL. With it go the combined mappings of every VPID. */
static inline void tlb_invept(const struct ept *ept)
{
	u32 kept = 0;

	for (u32 i = 0; i < tlb_count; i++)
		if (ept && tlb[i].ept != ept)
			tlb[kept++] = tlb[i];
	tlb_count = kept;
}

/* An EPT violation drops what would translate that address, and nothing else. */
static inline void tlb_violation(const struct ept *ept, u64 guest)
{
	u32 kept = 0;

	for (u32 i = 0; i < tlb_count; i++)
		if (tlb[i].ept != ept ||
		    (tlb[i].kind != TLB_EPT_TABLE && tlb[i].from != (guest & TLB_PAGE)))
			tlb[kept++] = tlb[i];
	tlb_count = kept;
}

/* INVVPID, single-context or all-contexts: no guest-physical mapping goes with it. */
static inline void tlb_invvpid(bool all, u32 vpid)
{
	u32 kept = 0;

	for (u32 i = 0; i < tlb_count; i++)
		if (tlb[i].kind != TLB_COMBINED || (all ? !tlb[i].vpid : tlb[i].vpid != vpid))
			tlb[kept++] = tlb[i];
	tlb_count = kept;
}

#endif
