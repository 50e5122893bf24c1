/*
 * An address space: its areas, and the pages behind them, which appear when touched. Private pages
 * are shared between relatives until one of them writes (copy on write); shared areas lie on a
 * file's pages, anonymous ones on those of a file without a name. Promises: nothing outside
 * [USER_START, USER_END) is ever mapped for ring 3; when memory runs out the call says so and the
 * space stays whole; every frame is given back with the last that uses it.
 */
#ifndef GUEST_SPACE_H
#define GUEST_SPACE_H

#include "abi/events.h"
#include "guest/memory.h"

#define AREAS_HERE  88u /* in struct space itself */
#define AREAS_CHUNK 102u
#define AREA_CHUNKS 9u
#define AREAS       (AREAS_HERE + AREA_CHUNKS * AREAS_CHUNK)

enum protection { PROTECT_NONE = 0, PROTECT_READ = 1, PROTECT_WRITE = 2, PROTECT_EXEC = 4 };

enum area_kind { AREA_IMAGE, AREA_HEAP, AREA_MMAP, AREA_STACK, AREA_MARKS };

struct node;

struct area {
	u64 start, end;
	struct node *node; /* the file behind it, held; NULL: zeros */
	u64 offset;        /* in the file, of `start` */
	u8 protection;
	u8 kind;
	bool shared;    /* writes are everybody's: pages of the node itself */
	bool read_only; /* shared, and not to become writable */
};

struct space {
	u64 root;
	u32 references; /* processes, by fork one each, by vfork more */
	u32 areas;
	u64 marks; /* frame of the marks page */
	u64 heap;  /* where the heap begins */
	u64 brk;   /* and ends */
	u64 mmap_top;
	u64 stack_top;
	u64 stack_low;                         /* no page of the stack's below it was ever there */
	u64 arguments, environment, texts_end; /* the program's texts, one behind the other */
	u64 ports;                             /* that ioperm granted: guest/ports.c */
	u32 ports_row;
	/* Areas in order of address, never overlapping: by area_at. */
	struct area *more[AREA_CHUNKS]; /* a frame each, once needed */
	struct area here[AREAS_HERE];
};

_Static_assert(sizeof(struct space) <= PAGE_BYTES, "a space is one frame");
_Static_assert(AREAS_CHUNK * sizeof(struct area) <= PAGE_BYTES, "a chunk is one frame");

static inline struct area *area_at(const struct space *space, u32 i)
{
	if (i < AREAS_HERE)
		return (struct area *)&space->here[i];
	i -= AREAS_HERE;
	return &space->more[i / AREAS_CHUNK][i % AREAS_CHUNK];
}

/* An empty space, one reference, with its stack and marks areas; NULL if memory ran out. */
struct space *space_new(void);

/* One user more, one user less; with the last one everything goes back. */
struct space *space_hold(struct space *space);
void space_drop(struct space *space);

/* A copy for a child, pages shared until written (the marks page: a fresh one), or NULL. */
struct space *space_copy(struct space *from);

/*
 * Adds an area, holding its node; false if it overlaps another, leaves the user's half, or there are
 * too many.
 */
bool space_add(struct space *space, struct area area);

/* Unmaps or re-protects whatever lies in [start, end): 0 or -errno. */
s64 space_remove(struct space *space, u64 start, u64 end);
s64 space_protect(struct space *space, u64 start, u64 end, u32 protection);

/* Takes the pages of a range away; what its areas say comes back when touched: 0 or -errno. */
s64 space_discard(struct space *space, u64 start, u64 end);

/* Moves [from, from + bytes), part of one area, to where nothing is: 0 or -errno. */
s64 space_move(struct space *space, u64 from, u64 to, u64 bytes);

/* Moves the end of the heap; the end it then has. */
u64 space_brk(struct space *space, u64 end);

/* A gap of that many bytes for mmap, or 0. */
u64 space_gap(const struct space *space, u64 bytes);

enum fault_result {
	FAULT_DONE,
	FAULT_DENIED,
	FAULT_NOT_MAPPED,
	FAULT_BEYOND_FILE,
	FAULT_NO_MEMORY
};

/*
 * Deals with a page fault (the processor's error code): *outcome says what was done if FAULT_DONE.
 * FAULT_DENIED: SIGSEGV with SEGV_ACCERR; FAULT_NOT_MAPPED: SEGV_MAPERR; FAULT_BEYOND_FILE: SIGBUS.
 */
enum fault_result space_fault(struct space *space, u64 address, u64 error,
                              enum fault_outcome *outcome);

/*
 * Copies between the kernel and a space that need not be the running one, making pages as needed:
 * bytes done. `force` writes whatever the protection (a program loader), else it counts.
 */
u64 space_write(struct space *space, u64 address, const void *data, u64 bytes, bool force);
u64 space_read(struct space *space, u64 address, void *data, u64 bytes);

/*
 * Reads what the space has there, or would have when touched, without touching it: no page is made,
 * none is marked as accessed, nothing faults. Bytes done.
 */
u64 space_peek(const struct space *space, u64 address, void *to, u64 bytes);

/* Where ring 0 ignores read-only pages: makes what it is about to write the running space's own. */
void space_own(u64 address, u64 bytes);

/* True if no area has a part in [start, end). */
bool space_is_free(const struct space *space, u64 start, u64 end);

/* The area that holds the address, or NULL. */
const struct area *space_find(const struct space *space, u64 address);

#endif
