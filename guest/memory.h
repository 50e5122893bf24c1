/*
 * The kernel's map of memory. One set of tables: the upper half is the same in every process and
 * supervisor-only, the lower half is the process's own. Marked *: a random distance from there, by
 * guest/layout.c, guest/space.c and guest/exec.c, unless the boot word nokaslr is given.
 *
 * * ffffffff80000000 + p   the image, p its physical address from 1 MiB: text R-X, rodata R--,
 *                          data and bss RW-
 * * ffffff0000000000       kernel stacks, a slot each: an unmapped guard page, then 16 KiB RW-
 * * ffff800000000000 + p   direct map of RAM, RW-, without the image's text and rodata
 *   -------------------- non-canonical --------------------
 *   00007ffffffff000       USER_END: the last page stays unmapped, so no SYSCALL can return to the
 *                          canonical edge
 * * 00007fffff7ff000       stack, demand-zero, grows down to here; below it a guard
 *   00007fff00000000       marks (abi/marks.h), RW-
 * * 00007ffe00000000       MMAP_TOP: mmap, downwards
 * * 0000555555554000       programs that do not care where
 * * ...                    heap (brk), upwards from the program's end
 *   0000000000400000       program, as its ELF headers say
 *   0000000000010000       USER_START: below it nothing is ever mapped, so NULL faults
 */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

#include "abi/types.h"

#define PAGE_BYTES  4096ul
#define LARGE_BYTES (2ul << 20)

/* Where the direct map of RAM begins unless it is moved. */
#define DIRECT_LINKED 0xffff800000000000ul

/* Where the parts of the kernel's half begin. */
#define KERNEL_BASE   ((u64)kernel_base)
#define KERNEL_LINKED 0xffffffff80000000ul
#define STACKS_BASE   stacks_base
#define DIRECT_BASE   direct_base
extern u8 kernel_base[];             /* by the link script */
extern u64 stacks_base, direct_base; /* guest/frames.c */

#define USER_START       0x0000000000010000ul
#define USER_END         0x00007ffffffff000ul
#define USER_STACK_BYTES (8ul << 20)
#define MMAP_TOP         0x00007ffe00000000ul

#define KERNEL_STACK_BYTES (4 * PAGE_BYTES)

/* RAM by its physical address. */
static inline void *direct(u64 physical)
{
	return (void *)(DIRECT_BASE + physical);
}

/* The physical address of what direct() found. */
static inline u64 physical(const void *at)
{
	return (u64)at - DIRECT_BASE;
}

static inline u64 least(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 page_down(u64 address)
{
	return address & ~(PAGE_BYTES - 1);
}

static inline u64 page_up(u64 address)
{
	return page_down(address + PAGE_BYTES - 1);
}

/* True if [start, start + bytes) lies in the user's half, without wrapping. */
static inline bool user_range(u64 start, u64 bytes)
{
	return start < USER_END && bytes <= USER_END - start;
}

/* The image, by the link script. */
extern u8 image_start[], text_start[], text_end[], rodata_start[], rodata_end[], data_start[],
	data_end[];

#endif
