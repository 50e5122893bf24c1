#include "hv/memory.h"
#include "abi/boot.h"
#include "lib/multiboot2.h"
#include "lib/string.h"

#define LOWEST  0x100000ull    /* below: firmware data, boot loader, real-mode leftovers */
#define HIGHEST 0x100000000ull /* ring -1's tables map the first 4 GiB */
#define MIB1    (1ull << 20)
#define RANGES  48u

static struct {
	struct memory_range ram[RANGES];
	struct memory_range taken[RANGES];
	u32 rams, takens;
	u64 allocated;
} memory;

extern u8 image_start[], image_end[];

static void add(struct memory_range *ranges, u32 *count, struct memory_range range)
{
	if (range.start < range.end && *count < RANGES)
		ranges[(*count)++] = range;
}

static u64 clip(u64 address)
{
	return address < LOWEST ? LOWEST : address > HIGHEST ? HIGHEST : address;
}

/* Whole pages; a piece that continues another is one with it, so many small ones need few ranges. */
static void take(u64 start, u64 end, bool guest)
{
	start &= ~(PAGE_BYTES - 1);
	end = (end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	for (u32 i = 0; i < memory.takens; i++)
		if (memory.taken[i].end == start && memory.taken[i].guest == guest) {
			memory.taken[i].end = end;
			return;
		}
	add(memory.taken, &memory.takens, (struct memory_range){start, end, guest});
}

void memory_init(const void *multiboot)
{
	const struct multiboot2_memory_map *map =
		(const void *)multiboot2_find(multiboot, MULTIBOOT2_MEMORY_MAP, NULL);

	if (map) {
		const u8 *at = (const u8 *)map->entries, *end = (const u8 *)map + map->tag.size;
		for (; at + sizeof(map->entries[0]) <= end; at += map->entry_size) {
			const struct multiboot2_memory_entry *entry = (const void *)at;
			if (entry->type == MULTIBOOT2_RAM)
				add(memory.ram, &memory.rams,
				    (struct memory_range){clip(entry->base),
				                          clip(entry->base + entry->length),
				                          false});
		}
	}
	take((u64)image_start, (u64)image_end, false);
	take((u64)multiboot, (u64)multiboot + *(const u32 *)multiboot, false);
	for (const struct multiboot2_tag *tag = NULL;
	     (tag = multiboot2_find(multiboot, MULTIBOOT2_MODULE, tag));) {
		const struct multiboot2_module *module = (const void *)tag;
		take(module->start, module->end, false);
	}
}

static u64 align_up(u64 value, u64 align)
{
	return (value + align - 1) & ~(align - 1);
}

/* The end of a taken range that overlaps, or 0. */
static u64 collision(u64 start, u64 end)
{
	for (u32 i = 0; i < memory.takens; i++)
		if (start < memory.taken[i].end && memory.taken[i].start < end)
			return memory.taken[i].end;
	return 0;
}

/* Where there is such room, 0 if nowhere. bytes is a multiple of a page. */
static u64 find_room(u64 bytes, u64 align)
{
	for (u32 i = 0; i < memory.rams; i++) {
		u64 start = align_up(memory.ram[i].start, align), taken;
		while (start + bytes <= memory.ram[i].end) {
			taken = collision(start, start + bytes);
			if (!taken)
				return start;
			start = align_up(taken, align);
		}
	}
	return 0;
}

static u64 allocate(u64 bytes, u64 align, bool guest)
{
	bytes = align_up(bytes, PAGE_BYTES);
	u64 start = memory.takens < RANGES ? find_room(bytes, align) : 0;
	if (start) {
		take(start, start + bytes, guest);
		memory.allocated += bytes;
		memset(at_physical(start), 0, bytes);
	}
	return start;
}

u64 memory_allocate(u64 bytes, u64 align)
{
	return allocate(bytes, align, false);
}

u64 memory_allocate_guest(u64 bytes, u64 align)
{
	return allocate(bytes, align, true);
}

const struct memory_range *memory_taken(u32 i)
{
	return i < memory.takens ? &memory.taken[i] : NULL;
}

u64 memory_largest_free(void)
{
	u64 bytes = HIGHEST;

	while (bytes && !find_room(bytes, PAGE_BYTES))
		bytes -= MIB1;
	return bytes;
}

u64 memory_allocated(void)
{
	return memory.allocated;
}

bool memory_is_ram(u64 start, u64 bytes)
{
	for (u32 i = 0; i < memory.rams; i++)
		if (start >= memory.ram[i].start && start < memory.ram[i].end)
			return bytes <= memory.ram[i].end - start;
	return false;
}
