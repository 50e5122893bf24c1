#include "guest/paging.h"
#include "guest/clock.h"
#include "guest/frames.h"
#include "lib/cpu.h"
#include "lib/string.h"

#define ENTRIES      512u
#define STACK_SLOTS  (PAGE_BYTES / sizeof(u64))
#define SLOT_BYTES   (KERNEL_STACK_BYTES + PAGE_BYTES)
#define TABLE_BITS   (PTE_PRESENT | PTE_WRITE)
#define KERNEL_READ  (PTE_PRESENT | PTE_GLOBAL | PTE_NX)
#define KERNEL_WRITE (KERNEL_READ | PTE_WRITE)

static struct {
	u64 root;
	u64 nx;                     /* PTE_NX where it is on */
	u64 used[STACK_SLOTS / 64]; /* kernel stacks */
} kernel;

u64 paging_kernel_root(void)
{
	return kernel.root;
}

u64 paging_bits(u64 bits)
{
	return bits & ~(PTE_NX & ~kernel.nx);
}

static u32 index_at(u64 address, u32 level)
{
	return (u32)(address >> (12 + 9 * (level - 1))) % ENTRIES;
}

/* The entry at `level` (1: 4 KiB, 2: 2 MiB) on the way to address. */
static u64 *entry_at(u64 root, u64 address, u32 level, bool make)
{
	u64 *table = direct(root);

	for (u32 l = 4; l > level; l--) {
		u64 *entry = &table[index_at(address, l)];
		if (!pte_read(entry)) {
			u64 frame = make ? frame_alloc() : 0;
			if (!frame)
				return NULL;
			pte_write(entry, frame | TABLE_BITS | (address < USER_END ? PTE_USER : 0));
		}
		table = direct(pte_read(entry) & PTE_FRAME);
	}
	return &table[index_at(address, level)];
}

u64 *paging_entry(u64 root, u64 address, bool make)
{
	return entry_at(root, address, 1, make);
}

/* The entry on the lowest level that has one on the way to address; *level says which. */
static u64 *lowest_entry(u64 root, u64 address, u32 *level)
{
	u64 *entry = (u64 *)direct(root) + index_at(address, 4);

	for (*level = 4; *level > 1 && pte_read(entry); (*level)--)
		entry = (u64 *)direct(pte_read(entry) & PTE_FRAME) + index_at(address, *level - 1);
	return entry;
}

u64 *paging_next(u64 root, u64 *address, u64 end)
{
	while (*address < end) {
		u32 level;
		interrupt_window(); /* the tables on the way may be many and empty */
		u64 *entry = lowest_entry(root, *address, &level);
		if (level > 1) { /* whatever this entry would cover is missing */
			u64 covered = PAGE_BYTES << 9 * (level - 1);
			*address = (*address + covered) & ~(covered - 1);
			continue;
		}
		do {
			if (pte_read(entry))
				return entry;
			entry++;
			*address += PAGE_BYTES;
		} while (*address < end && *address % LARGE_BYTES);
	}
	return NULL;
}

bool paging_map(u64 root, u64 address, u64 frame, u64 bits)
{
	u64 *entry = entry_at(root, address, 1, true);

	if (!entry)
		return false;
	pte_write(entry, frame | paging_bits(bits));
	tlb_drop(address);
	return true;
}

/* Maps [start, end) at offset + start, by 2 MiB where it fits. */
static bool map_range(u64 offset, u64 start, u64 end, u64 bits)
{
	while (start < end) {
		bool large = start % LARGE_BYTES == 0 && end - start >= LARGE_BYTES;
		u64 *entry = entry_at(kernel.root, offset + start, large ? 2 : 1, true);
		if (!entry)
			return false;
		pte_write(entry, start | paging_bits(bits) | (large ? PTE_LARGE : 0));
		start += large ? LARGE_BYTES : PAGE_BYTES;
	}
	return true;
}

/* The direct map must not be a second, writable way to the kernel's text and constants. */
static bool map_ram(u64 start, u64 end)
{
	u64 hole = (u64)image_start - KERNEL_BASE, hole_end = (u64)rodata_end - KERNEL_BASE;

	if (start >= end)
		return true;
	if (end <= hole || start >= hole_end)
		return map_range(DIRECT_BASE, start, end, KERNEL_WRITE);
	return map_range(DIRECT_BASE, start, hole, KERNEL_WRITE) &&
	       map_range(DIRECT_BASE, hole_end, end, KERNEL_WRITE);
}

static bool map_image(const u8 *start, const u8 *end, u64 bits)
{
	return map_range(KERNEL_BASE, (u64)start - KERNEL_BASE, page_up((u64)end) - KERNEL_BASE,
	                 bits);
}

bool paging_init(const struct multiboot2_memory_map *map, bool no_execute)
{
	const u8 *at = (const u8 *)map->entries, *end = (const u8 *)map + map->tag.size;

	kernel.nx = no_execute ? PTE_NX : 0;
	kernel.root = frame_alloc();
	if (!kernel.root)
		return false;
	for (; at + sizeof(map->entries[0]) <= end && map->entry_size; at += map->entry_size) {
		const struct multiboot2_memory_entry *e = (const void *)at;
		if (e->type == MULTIBOOT2_RAM &&
		    !map_ram(page_up(e->base), page_down(e->base + e->length)))
			return false;
	}
	if (!map_image(text_start, text_end, PTE_PRESENT | PTE_GLOBAL) ||
	    !map_image(rodata_start, rodata_end, KERNEL_READ) ||
	    !map_image(data_start, data_end, KERNEL_WRITE) ||
	    !entry_at(kernel.root, STACKS_BASE, 1, true))
		return false;
	/* Every process copies the upper half's top entries: none may appear later. */
	write_cr3(kernel.root);
	return true;
}

u64 paging_new_root(void)
{
	u64 root = frame_alloc();

	if (root)
		memcpy((u64 *)direct(root) + ENTRIES / 2, (u64 *)direct(kernel.root) + ENTRIES / 2,
		       PAGE_BYTES / 2);
	return root;
}

static void free_tables(u64 table, u32 level, u32 entries)
{
	u64 *entry = direct(table);

	interrupt_window();
	for (u32 i = 0; level > 1 && i < entries; i++)
		if (pte_read(&entry[i]))
			free_tables(pte_read(&entry[i]) & PTE_FRAME, level - 1, ENTRIES);
	frame_free(table);
}

void paging_free_root(u64 root)
{
	free_tables(root, 4, ENTRIES / 2);
}

u64 kernel_stack_alloc(void)
{
	for (u32 slot = 0; slot < STACK_SLOTS; slot++) {
		u64 top = STACKS_BASE + (slot + 1) * SLOT_BYTES;
		if (kernel.used[slot / 64] & BIT(slot % 64))
			continue;
		kernel.used[slot / 64] |= BIT(slot % 64);
		for (u64 at = top - KERNEL_STACK_BYTES; at < top; at += PAGE_BYTES) {
			u64 frame = frame_alloc();
			if (frame && paging_map(kernel.root, at, frame, KERNEL_WRITE))
				continue;
			if (frame)
				frame_free(frame);
			kernel_stack_free(top);
			return 0;
		}
		return top;
	}
	return 0;
}

void kernel_stack_free(u64 top)
{
	u64 slot = (top - STACKS_BASE) / SLOT_BYTES - 1;

	for (u64 at = top - KERNEL_STACK_BYTES; at < top; at += PAGE_BYTES) {
		u64 *entry = paging_entry(kernel.root, at, false);
		if (!entry || !pte_read(entry))
			continue;
		frame_free(pte_read(entry) & PTE_FRAME);
		pte_write(entry, 0);
		tlb_drop(at);
	}
	kernel.used[slot / 64] &= ~BIT(slot % 64);
}
