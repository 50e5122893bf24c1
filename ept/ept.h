/*
 * Extended page tables: what guest-physical memory is and where it lies. Everything not mapped here
 * does not exist for the guest. Pure over its tables: frames come from an allocator that is passed
 * in, and entries are touched through ept_read_entry and ept_write_entry only, so the same source
 * runs under a host's tests. Titles cited are of the Intel SDM's chapter on VMX support for address
 * translation.
 */
#ifndef EPT_EPT_H
#define EPT_EPT_H

#include "abi/types.h"

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
#define EPT_FRAME_MASK 0x000ffffffffff000ull

#define MEMORY_UNCACHEABLE 0u
#define MEMORY_WRITE_BACK  6u

#define EPT_ROOT_LEVEL 4u

struct ept {
	u64 root; /* host-physical address of the PML4 */
	u64 *(*frame)(u64 physical);
	u64 (*allocate)(void); /* a zeroed 4-KiB frame; 0 if there is none */
	u64 tables;            /* frames used for tables */
	bool large_2m, large_1g, accessed_dirty, write_back, execute_only;
	u32 physical_bits; /* MAXPHYADDR */
};

/* Where a guest-physical address leads. */
struct ept_translation {
	bool mapped;
	u32 level;  /* 1: 4-KiB page, 2: 2 MiB, 3: 1 GiB; of the entry that ended the walk */
	u64 entry;  /* that entry */
	u64 host;   /* host-physical address, if mapped */
	u64 rights; /* EPT_READ | ... over the whole walk */
};

/* Allocates the root. False if there is no frame. */
bool ept_init(struct ept *ept);

/* The EPT pointer for the VMCS ("Extended-Page-Table Pointer (EPTP)"). */
u64 ept_pointer(const struct ept *ept);

/*
 * Maps guest-physical [guest, guest + bytes) to host-physical `host` onward, with the largest pages
 * that alignment and processor allow. Addresses and size are multiples of 4 KiB. False if a frame
 * is missing, an address exceeds MAXPHYADDR, or part of the range is mapped already; what was done
 * by then stays.
 */
bool ept_map(struct ept *ept, u64 guest, u64 host, u64 bytes, u64 rights, u32 memory_type);

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

/* What the invariant below found first. */
struct ept_fault {
	const char *what; /* NULL: all is well */
	u64 guest;        /* guest-physical address of the offending entry */
	u64 entry;
};

/* Called for each leaf: is this host range allowed to the guest? */
typedef bool ept_allowed(u64 host, u64 bytes, void *context);

/*
 * Walks all tables and proves: no leaf leads to a frame that `allowed` denies, no reserved bit or
 * impossible right is set, every leaf has memory type `type`.
 */
struct ept_fault ept_check(const struct ept *ept, u32 type, ept_allowed *allowed, void *context);

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
