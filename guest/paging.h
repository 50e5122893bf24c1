/*
 * Page tables: the kernel's half, shared by all, and single pages of a process's half. Entries are
 * read and written through two accessors and nothing else. An entry of a process that is not
 * present but not zero either holds a page that PROT_NONE has hidden.
 */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include "abi/boot.h"
#include "guest/memory.h"

#define PTE_PRESENT  BIT(0)
#define PTE_WRITE    BIT(1)
#define PTE_USER     BIT(2)
#define PTE_UNCACHED BIT(4)
#define PTE_LARGE    BIT(7)
#define PTE_GLOBAL   BIT(8)
#define PTE_HIDDEN   BIT(9) /* ours: PROT_NONE */
#define PTE_NX       BIT(63)
#define PTE_FRAME    0x000ffffffffff000ull

/* The error code of a page fault. */
#define ERROR_PRESENT  BIT(0)
#define ERROR_WRITE    BIT(1)
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

/* Builds the kernel's half and switches to it. False if memory ran out. */
bool paging_init(const struct multiboot2_memory_map *map, bool no_execute);

/* The kernel's own tables: no user half. */
u64 paging_kernel_root(void);

/* A new root that shares the kernel's half, or 0. */
u64 paging_new_root(void);

/* Frees a root and the tables of its user half; the pages they mapped are gone already. */
void paging_free_root(u64 root);

/* The entry of a 4-KiB page, making tables on the way if `make`; NULL if there is none. */
u64 *paging_entry(u64 root, u64 address, bool make);

/* The first entry that is not zero of a page in [*address, end), *address set to it, or NULL. */
u64 *paging_next(u64 root, u64 *address, u64 end);

/* Maps one 4-KiB page; false if memory ran out. PTE_NX is dropped where the processor lacks it. */
bool paging_map(u64 root, u64 address, u64 frame, u64 bits);

/* The same bits as paging_map would set. */
u64 paging_bits(u64 bits);

/* A kernel stack with a guard page below: its top, or 0. */
u64 kernel_stack_alloc(void);
void kernel_stack_free(u64 top);

static inline void tlb_drop(u64 address)
{
	__asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

#endif
