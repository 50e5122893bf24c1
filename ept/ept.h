/*
 * Extended page tables: what guest-physical memory is and where it lies. Everything not mapped here
 * does not exist for the guest. Pure over its tables: frames come from a pool that is passed in,
 * and entries are touched through ept_read_entry and ept_write_entry (ept/entries.h) only, so the
 * same source runs under a host's tests. Titles cited are of the Intel SDM's chapter on VMX support
 * for address translation.
 */
#ifndef EPT_EPT_H
#define EPT_EPT_H

#include "ept/mtrr.h"

/* "Format of an EPT Page-Table Entry". */
#define EPT_READ       BIT(0)
#define EPT_WRITE      BIT(1)
#define EPT_EXECUTE    BIT(2)
#define EPT_RWX        (EPT_READ | EPT_WRITE | EPT_EXECUTE)
#define EPT_TYPE(t)    ((u64)(t) << 3)
#define EPT_TYPE_MASK  EPT_TYPE(7)
#define EPT_IGNORE_PAT BIT(6)
#define EPT_LARGE      BIT(7)
#define EPT_ACCESSED   BIT(8)
#define EPT_DIRTY      BIT(9)
#define EPT_WATCHED    BIT(52) /* ours, ignored by the processor: see ept_watch */
#define EPT_KEPT       BIT(53) /* ours too: ept_protect sets it, and nothing clears it but ept_unmap */
#define EPT_FRAME_MASK 0x000ffffffffff000ull

#define EPT_ROOT_LEVEL 4u

/* Frames for tables, shared by all hierarchies that may need some: a list through the frames. */
struct ept_pool {
	u64 first; /* host-physical; its first entry names the next; 0: none is left */
	u64 count;
};

struct ept {
	u64 root; /* host-physical address of the PML4 */
	u64 *(*frame)(u64 physical);
	struct ept_pool *pool;
	const struct mtrrs *mtrrs; /* decide about the memory type of each page */
	u64 tables;                /* frames used for tables */
	u32 largest;               /* level of the largest pages: 1 is 4 KiB, 2 2 MiB, 3 1 GiB */
	u32 physical_bits;         /* MAXPHYADDR */
	bool accessed_dirty, write_back, execute_only;
};

/*
 * What every operation below answers. If `invalidate`, the processor may hold translations that no
 * longer are, and each that may use these tables has to execute INVEPT before it enters a guest,
 * and before frames that went back to the pool are used by another's tables: "Guidelines for Use of
 * the INVEPT Instruction". A new entry and an added right need none, but where a right was added
 * the processor may still report a violation by a translation without it; that report drops it.
 */
struct ept_change {
	bool done; /* if not, no address leads elsewhere, or has other rights, than before */
	bool invalidate;
};

/* Where a guest-physical address leads. */
struct ept_translation {
	bool mapped;
	u32 level; /* 1: 4-KiB page, 2: 2 MiB, 3: 1 GiB; of the entry that ended the walk */
	u64 entry; /* that entry: not 0 if the page is mapped without any right */
	u64 host;  /* host-physical address, if mapped */
};

/* Adds a frame to the pool: 4 KiB, zeroed. */
void ept_give(struct ept *ept, u64 frame);

/* Takes the root from the pool. False if there is none. */
bool ept_init(struct ept *ept);

/* The EPT pointer for the VMCS ("Extended-Page-Table Pointer (EPTP)"). */
u64 ept_pointer(const struct ept *ept);

/*
 * Ranges are not empty, of whole pages of 4 KiB. Of a large page that a range covers in part the
 * operation splits off that part first.
 */

/*
 * Maps guest-physical [guest, guest + bytes) to host-physical `host` onward, with the largest pages
 * that alignment, processor and memory types allow. Not done if a frame is missing, an address
 * exceeds MAXPHYADDR, or part of the range is mapped already; here alone, what was mapped by then
 * stays.
 */
struct ept_change ept_map(struct ept *ept, u64 guest, u64 host, u64 bytes, u64 rights);

/* What is not mapped stays so. Tables that get empty go back to the pool. */
struct ept_change ept_unmap(struct ept *ept, u64 guest, u64 bytes);

/* Gives a range that is all mapped exactly these rights; 0 keeps the page and lets nobody in. */
struct ept_change ept_protect(struct ept *ept, u64 guest, u64 bytes, u64 rights);

/*
 * Takes the right to write away and remembers in EPT_WATCHED that it was there; and gives it back.
 */
struct ept_change ept_watch(struct ept *ept, u64 guest, u64 bytes);
struct ept_change ept_unwatch(struct ept *ept, u64 guest, u64 bytes);

/* Takes rights away, and EPT_WATCHED with that to write; what is left must be possible. */
struct ept_change ept_deny(struct ept *ept, u64 guest, u64 bytes, u64 rights);

/* Clears EPT_DIRTY ("Accessed and Dirty Flags for EPT"). */
struct ept_change ept_clean(struct ept *ept, u64 guest, u64 bytes);

/* Splits the large pages of a range into 4-KiB ones. */
struct ept_change ept_split(struct ept *ept, u64 guest, u64 bytes);

/*
 * Makes large pages out of small ones that lie in one piece and are alike but for EPT_ACCESSED and
 * EPT_DIRTY, wherever such a large page touches the range; frees tables that are empty.
 */
struct ept_change ept_merge(struct ept *ept, u64 guest, u64 bytes);

struct ept_translation ept_walk(const struct ept *ept, u64 guest);

/* A range that is mapped alike: with one offset, page size, rights and memory type. */
struct ept_range {
	u64 guest, host, bytes, page_bytes;
	u64 rights;
	u32 memory_type;
};

/*
 * Finds, by walking the tables, the first such range at or above guest-physical `guest`, as long as
 * it goes. False if nothing is mapped there.
 */
bool ept_next_range(const struct ept *ept, u64 guest, struct ept_range *range);

/* What the invariants below found first. */
struct ept_fault {
	const char *what; /* NULL: all is well */
	u64 guest;        /* guest-physical address of the offending entry */
	u64 entry;
};

/* What a hierarchy may lead to. */
struct ept_rules {
	bool (*page)(u64 host, u64 bytes, const void *context); /* may be the guest's */
	bool (*table)(u64 frame, const void *context);          /* is one of the tables' frames */
	const void *context;
	bool write_execute; /* pages may be writable and executable at once */
};

/*
 * Walks all tables and proves: no leaf leads to what the rules deny, every leaf has the memory type
 * that the MTRRs give all of it, no reserved bit or impossible right is set ("EPT
 * Misconfigurations"), and every table is reached once.
 */
struct ept_fault ept_check(const struct ept *ept, const struct ept_rules *rules);

/* Proves that two guests share no memory. The fault's guest and entry are the first's. */
struct ept_fault ept_check_apart(const struct ept *one, const struct ept *other);

/* Exit qualification of an EPT violation ("Exit Qualification for EPT Violations"). */
#define EPT_VIOLATION_READ          BIT(0)
#define EPT_VIOLATION_WRITE         BIT(1)
#define EPT_VIOLATION_FETCH         BIT(2)
#define EPT_VIOLATION_LINEAR_VALID  BIT(7)
#define EPT_VIOLATION_TRANSLATED    BIT(8) /* access to the translation, not to a paging structure */
#define EPT_VIOLATION_NMI_UNBLOCKED BIT(12)

/* "read of", "write to" or "instruction fetch from". */
const char *ept_access_name(u64 qualification);

#endif
