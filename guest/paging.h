/*
 * Page tables: the kernel's half, shared by all, and single pages of a process's half. Entries are
 * read and written through two accessors and nothing else. An entry of a process that is not
 * present but not zero either holds a page that PROT_NONE has hidden. A table of a process counts its
 * entries as its frame's users, one more than there are, and goes away with the last.
 */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include "abi/boot.h"
#include "guest/memory.h"

#define PTE_PRESENT  BIT(0)
#define PTE_WRITE    BIT(1)
#define PTE_USER     BIT(2)
#define PTE_UNCACHED BIT(4)
#define PTE_ACCESSED BIT(5)
#define PTE_DIRTY    BIT(6)
#define PTE_LARGE    BIT(7)
#define PTE_GLOBAL   BIT(8)
#define PTE_HIDDEN   BIT(9)  /* ours: PROT_NONE */
#define PTE_SHARED   BIT(10) /* ours: of a shared area */
#define PTE_NX       BIT(63)
#define PTE_FRAME    0x000ffffffffff000ull

/* The kernel's own pages. */
#define KERNEL_READ  (PTE_PRESENT | PTE_GLOBAL | PTE_NX)
#define KERNEL_WRITE (KERNEL_READ | PTE_WRITE)

/* The error code of a page fault. */
#define ERROR_PRESENT  BIT(0)
#define ERROR_WRITE    BIT(1)
#define ERROR_USER     BIT(2)
#define ERROR_RESERVED BIT(3)
#define ERROR_FETCH    BIT(4)

static inline u64 pte_read(const u64 *entry)
{
	return *(const volatile u64 *)entry;
}

static inline void pte_write(u64 *entry, u64 value)
{
	*(volatile u64 *)entry = value;
}

/* Of eight entries, the first of which has a number divisible by eight. */
static inline bool eight_empty(const u64 *entry)
{
	return !(entry[0] | entry[1] | entry[2] | entry[3] | entry[4] | entry[5] | entry[6] |
	         entry[7]);
}

/*
 * Builds the kernel's half, as the protections granted so far want it, and switches to it: false if
 * memory ran out.
 */
bool paging_init(const struct multiboot2_memory_map *map);

/* The kernel's own tables: no user half. */
u64 paging_kernel_root(void);

/* A new root that shares the kernel's half, or 0. */
u64 paging_new_root(void);

/* The root in which ring 3 runs there: another only with the protection KPTI. */
u64 paging_user_root(u64 root);

/* With KPTI: maps a page of the kernel's half in ring 3's tables too; before the first new root. */
bool paging_expose(u64 address, u64 frame, u64 bits);

/* Frees a root whose user half holds no page any more. */
void paging_free_root(u64 root);

/* The entry of a 4-KiB page, making tables on the way if `make`; NULL if there is none. */
u64 *paging_entry(u64 root, u64 address, bool make);

/* Writes a process's entry that was zero, so that its table counts it. */
void paging_fill(u64 *entry, u64 value);

/*
 * Visits every entry that is not zero of a page in [start, end) of a process, and takes away tables
 * that the visitor leaves empty; `loaded` tells that they are in CR3. A visitor that changes an
 * entry drops its translation itself; it stops all by returning false, and so does this.
 */
typedef bool (*page_visitor)(void *context, u64 address, u64 *entry);
bool paging_each(u64 root, u64 start, u64 end, bool loaded, page_visitor visit, void *context);

/* Maps one 4-KiB page of the kernel's; false if memory ran out. */
bool paging_map(u64 root, u64 address, u64 frame, u64 bits);

/* The same without PTE_NX where the processor lacks it. */
u64 paging_bits(u64 bits);

/*
 * Makes the tables that map the kernel's half such that not even the processor has anything to write
 * there (accessed, dirty), and calls `seal` for each of them, all but the roots: its first error but 0
 * ends this and is the answer.
 */
s64 paging_seal(s64 (*seal)(u64 table));

static inline void tlb_drop(u64 address)
{
	__asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

#endif
