/*
 * Physical memory: what there is (Multiboot2's map), what is taken, and ring -1's own view of it.
 * All allocation happens before the first VM entry; nothing is ever given back. Ring -1 uses memory
 * below 4 GiB only, mapped to itself.
 */
#ifndef HV_MEMORY_H
#define HV_MEMORY_H

#include "abi/types.h"

#define PAGE_BYTES 4096ull

/* Learns the memory map and keeps image, boot information and modules from being handed out. */
void memory_init(const void *multiboot);

/* Zeroed memory at a multiple of `align` (a power of two, at least 4 KiB); 0 if there is none. */
u64 memory_allocate(u64 bytes, u64 align);

/* The same for the guest's RAM, which is told from all that is ring -1's own. */
u64 memory_allocate_guest(u64 bytes, u64 align);

/* What is taken, one range after the other; NULL behind the last. */
struct memory_range {
	u64 start, end;
	bool guest;
};
const struct memory_range *memory_taken(u32 i);

/* The largest piece that memory_allocate could still give, in bytes, cut to whole MiB. */
u64 memory_largest_free(void);

/* Bytes handed out by memory_allocate so far. */
u64 memory_allocated(void);

/* True if it is all RAM above the first MiB that ring -1 maps, whoever has it. */
bool memory_is_ram(u64 start, u64 bytes);

/* Where a physical address is seen by ring -1: at itself. */
static inline void *at_physical(u64 physical)
{
	return (void *)(uintptr_t)physical;
}

/*
 * W^X for ring -1: text read-execute, constants read-only, all else read-write without execution,
 * no page under each stack, no page at address 0.
 */
void paging_protect(void);

#endif
