#include "guest/paging.h"
#include "guest/clock.h"
#include "guest/frames.h"
#include "guest/protect.h"
#include "lib/cpu.h"
#include "lib/string.h"

#define ENTRIES    512u
#define TOP_LEVEL  4u
#define TOP_SHARED 16u /* top entries of the kernel's half, more than it has */
#define TABLE_BITS (PTE_PRESENT | PTE_WRITE)

static struct {
	u64 root;
	u64 nx;   /* PTE_NX where it is on */
	u64 drop; /* what the kernel's own entries do without, */
	u64 add;  /* and have all the same, where a protection is left off */
	u16 shared[TOP_SHARED];
	u32 shared_count;
	u64 exposed; /* with KPTI: a root with what ring 3's tables have of the kernel's half, */
	u32 twin;    /* and the entry of a process's root, not present, that names ring 3's */
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

static u64 frame_of_entry(const u64 *entry)
{
	return page_down((u64)entry) - DIRECT_BASE;
}

void paging_fill(u64 *entry, u64 value)
{
	pte_write(entry, value);
	frame_hold(frame_of_entry(entry));
}

u64 paging_user_root(u64 root)
{
	const u64 *top = direct(root);

	return kernel.exposed ? pte_read(&top[kernel.twin]) : root;
}

/* With KPTI, an entry of a process's root has changed: ring 3's is to have the same. */
static __attribute__((noinline)) void mirror(u64 root, const u64 *entry)
{
	const u64 *top = direct(root);
	u64 *user_top = direct(paging_user_root(root));

	if (entry < top + ENTRIES / 2)
		pte_write(&user_top[entry - top], pte_read(entry));
}

/* A table for an entry that has none; false if memory ran out. Apart, for entry_at to stay quick. */
static __attribute__((noinline)) bool add_table(u64 root, u64 *entry, u64 address, u32 level)
{
	u64 frame = frame_alloc();

	if (!frame)
		return false;
	paging_fill(entry, frame | TABLE_BITS | (address < USER_END ? PTE_USER : kernel.add));
	if (kernel.exposed && level == TOP_LEVEL)
		mirror(root, entry);
	return true;
}

/* The entry at `level` (1: 4 KiB, 2: 2 MiB) on the way to address. */
static u64 *entry_at(u64 root, u64 address, u32 level, bool make)
{
	u64 *table = direct(root);

	for (u32 l = TOP_LEVEL; l > level; l--) {
		u64 *entry = &table[index_at(address, l)];
		if (!pte_read(entry) && !(make && add_table(root, entry, address, l)))
			return NULL;
		table = direct(pte_read(entry) & PTE_FRAME);
	}
	return &table[index_at(address, level)];
}

u64 *paging_entry(u64 root, u64 address, bool make)
{
	return entry_at(root, address, 1, make);
}

struct visit {
	page_visitor visit;
	void *context;
	bool loaded;
};

static bool each(const struct visit *v, u64 table, u32 level, u64 start, u64 end)
{
	const u64 covered = PAGE_BYTES << 9 * (level - 1);
	u64 *entry = (u64 *)direct(table) + index_at(start, level);
	u32 left = frame_users(table) - 1; /* more are not there */
	bool go_on = true;

	for (u64 next; go_on && left && start < end; start = next, entry++) {
		u64 value = pte_read(entry);
		next = (start + covered) & ~(covered - 1);
		if (!value && start % (8 * covered) == 0 && eight_empty(entry)) {
			next += 7 * covered;
			entry += 7;
		}
		if (!value)
			continue;
		left--;
		if (level == 1) {
			go_on = v->visit(v->context, start, entry);
		} else {
			u64 below = value & PTE_FRAME;
			go_on = each(v, below, level - 1, start, next < end ? next : end);
			if (frame_users(below) == 1) { /* no entry is left */
				pte_write(entry, 0);
				if (kernel.exposed && level == TOP_LEVEL)
					mirror(table, entry);
				frame_free_zeroed(below);
				if (v->loaded)
					tlb_drop(start); /* and with it all cached tables */
			}
		}
		if (!pte_read(entry))
			frame_free(table); /* one entry less */
	}
	if (level == 1)
		interrupt_window();
	return go_on;
}

bool paging_each(u64 root, u64 start, u64 end, bool loaded, page_visitor visit, void *context)
{
	const struct visit v = {visit, context, loaded};

	return each(&v, root, TOP_LEVEL, start, end);
}

bool paging_map(u64 root, u64 address, u64 frame, u64 bits)
{
	u64 *entry = entry_at(root, address, 1, true);

	if (!entry)
		return false;
	pte_write(entry, frame | paging_bits((bits & ~kernel.drop) | kernel.add));
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
		pte_write(entry, start | (paging_bits(bits) & ~kernel.drop) | kernel.add |
		                         (large ? PTE_LARGE : 0));
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

/* Every process copies the upper half's top entries: none may appear later. */
static void find_shared(void)
{
	const u64 *top = direct(kernel.root);

	for (u16 i = ENTRIES / 2; i < ENTRIES && kernel.shared_count < TOP_SHARED; i++)
		if (top[i])
			kernel.shared[kernel.shared_count++] = i;
		else
			kernel.twin = i;
}

bool paging_init(const struct multiboot2_memory_map *map)
{
	const u8 *at = (const u8 *)map->entries, *end = (const u8 *)map + map->tag.size;
	bool separate = protection_on(PROTECTION_WX); /* what is written is never executed */

	kernel.nx = protection_on(PROTECTION_NX) ? PTE_NX : 0;
	kernel.drop = (separate ? 0 : PTE_NX) |
	              (protection_on(PROTECTION_KPTI) ? PTE_GLOBAL : 0); /* guest/kpti.h */
	kernel.add = protection_on(PROTECTION_SUPERVISOR) ? 0 : PTE_USER;
	kernel.root = frame_alloc();
	if (protection_on(PROTECTION_KPTI))
		kernel.exposed = frame_alloc();
	if (!kernel.root || (protection_on(PROTECTION_KPTI) && !kernel.exposed))
		return false;
	for (; at + sizeof(map->entries[0]) <= end && map->entry_size; at += map->entry_size) {
		const struct multiboot2_memory_entry *e = (const void *)at;
		if (e->type == MULTIBOOT2_RAM &&
		    !map_ram(page_up(e->base), page_down(e->base + e->length)))
			return false;
	}
	if (!map_image(text_start, text_end,
	               PTE_PRESENT | PTE_GLOBAL | (separate ? 0 : PTE_WRITE)) ||
	    !map_image(rodata_start, rodata_end, KERNEL_READ) ||
	    !map_image(data_start, data_end, KERNEL_WRITE) ||
	    !entry_at(kernel.root, STACKS_BASE, 1, true))
		return false;
	find_shared();
	write_cr3(kernel.root);
	return true;
}

bool paging_expose(u64 address, u64 frame, u64 bits)
{
	return paging_map(kernel.exposed, address, frame, bits);
}

static u64 root_like(u64 pattern)
{
	u64 root = frame_alloc(), *to = direct(root), *from = direct(pattern);

	for (u32 i = 0; root && i < kernel.shared_count; i++)
		to[kernel.shared[i]] = from[kernel.shared[i]];
	return root;
}

static void free_root(u64 root)
{
	u64 *top = direct(root);

	for (u32 i = 0; i < kernel.shared_count; i++)
		top[kernel.shared[i]] = 0;
	frame_free_zeroed(root);
}

u64 paging_new_root(void)
{
	u64 root = root_like(kernel.root), *top = direct(root);
	u64 twin = root && kernel.exposed ? root_like(kernel.exposed) : 0;

	if (root && kernel.exposed && !twin) {
		free_root(root);
		return 0;
	}
	if (twin)
		pte_write(&top[kernel.twin], twin);
	return root;
}

void paging_free_root(u64 root)
{
	u64 *top = direct(root);

	if (kernel.exposed) {
		free_root(paging_user_root(root));
		pte_write(&top[kernel.twin], 0);
	}
	free_root(root);
}

/* Sets what the processor would set one day; then nothing has to be written any more. */
static s64 seal_table(u64 table, u32 level, s64 (*seal)(u64 table))
{
	u64 *entry = direct(table);

	for (u32 i = 0; i < ENTRIES; i++) {
		u64 value = pte_read(&entry[i]);
		if (!value)
			continue;
		pte_write(&entry[i], value | PTE_ACCESSED | PTE_DIRTY);
		s64 error = level > 1 && !(value & PTE_LARGE)
		                    ? seal_table(value & PTE_FRAME, level - 1, seal)
		                    : 0;
		if (error)
			return error;
	}
	return seal(table);
}

static s64 seal_top(const u64 *entry, s64 (*seal)(u64 table))
{
	u64 value = pte_read(entry);

	return value ? seal_table(value & PTE_FRAME, TOP_LEVEL - 1, seal) : 0;
}

s64 paging_seal(s64 (*seal)(u64 table))
{
	const u64 *top = direct(kernel.root), *exposed = direct(kernel.exposed);
	s64 error = 0;

	for (u32 i = 0; !error && i < kernel.shared_count; i++)
		error = seal_top(&top[kernel.shared[i]], seal);
	for (u32 i = 0; !error && kernel.exposed && i < kernel.shared_count; i++)
		error = seal_top(&exposed[kernel.shared[i]], seal);
	return error;
}
