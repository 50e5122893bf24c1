/*
 * A process's address space: its areas, and the pages behind them, which appear when touched.
 * Promises: nothing outside [USER_START, USER_END) is ever mapped for ring 3; when memory runs out
 * the call says so and the space stays whole.
 */
#ifndef GUEST_SPACE_H
#define GUEST_SPACE_H

#include "abi/events.h"
#include "guest/memory.h"

#define AREAS 64

enum protection { PROTECT_NONE = 0, PROTECT_READ = 1, PROTECT_WRITE = 2, PROTECT_EXEC = 4 };

enum area_kind { AREA_IMAGE, AREA_HEAP, AREA_MMAP, AREA_STACK, AREA_MARKS };

struct area {
	u64 start, end;
	u32 protection;
	enum area_kind kind;
};

struct space {
	u64 root;
	u64 marks; /* frame of the marks page */
	u64 heap;  /* where the heap begins */
	u64 brk;   /* and ends */
	u32 areas;
	struct area area[AREAS]; /* in order of address, never overlapping */
};

/* An empty space with its stack and marks areas; false if memory ran out. */
bool space_init(struct space *space);

/* Gives every frame back. The space must not be the one in CR3. */
void space_free(struct space *space);

/* Copies every page (the marks page: a fresh one); false if memory ran out, then *to is freed. */
bool space_copy(struct space *to, const struct space *from);

/* Adds an area; false if it overlaps another, leaves the user's half, or there are too many. */
bool space_add(struct space *space, u64 start, u64 end, u32 protection, enum area_kind kind);

/* Unmaps or re-protects whatever lies in [start, end): 0 or -errno. */
s64 space_remove(struct space *space, u64 start, u64 end);
s64 space_protect(struct space *space, u64 start, u64 end, u32 protection);

/* Moves the end of the heap; the end it then has. */
u64 space_brk(struct space *space, u64 end);

/* A gap of that many bytes for mmap, or 0. */
u64 space_gap(const struct space *space, u64 bytes);

/* Deals with a page fault: how, or FAULT_OUTCOME_none if the access is not allowed. */
enum fault_outcome space_fault(struct space *space, u64 address, u64 error, bool *no_memory);

/* Writes into the space, making pages as needed and whatever their protection. */
bool space_write(struct space *space, u64 address, const void *data, u64 bytes);

/* The area that holds the address, or NULL. */
const struct area *space_find(const struct space *space, u64 address);

#endif
