/* Ring -1's own page tables: rights are taken away from the boot tables, in place. */
#include "hv/memory.h"
#include "hv/cpu.h"
#include "lib/cpu.h"

#define PRESENT BIT(0)
#define WRITE   BIT(1)
#define LARGE   BIT(7)
#define NX      BIT(63)
#define MIB2    (2ull << 20)

/* The image with its guard pages lies in the first 2-MiB pages behind image_start. */
#define IMAGE_TABLES 2u
#define ENTRIES      512u

extern u64 boot_directories[4 * ENTRIES];
extern u8 image_start[], text_end[], rodata_end[], image_end[];

static u64 image_tables[IMAGE_TABLES][ENTRIES] __attribute__((aligned(4096)));
static u64 first_table[ENTRIES] __attribute__((aligned(4096)));

static u64 rights_of(u64 page)
{
	if (page >= (u64)image_start && page < (u64)text_end)
		return PRESENT;
	if (page >= (u64)text_end && page < (u64)rodata_end)
		return PRESENT | NX;
	if (cpu_is_guard_page(page))
		return 0;
	return PRESENT | WRITE | NX;
}

static void split(u64 large_page, u64 table[ENTRIES])
{
	for (u32 i = 0; i < ENTRIES; i++) {
		u64 page = large_page + i * PAGE_BYTES;
		u64 rights = page ? rights_of(page) : 0;
		table[i] = rights ? page | rights : 0;
	}
	boot_directories[large_page / MIB2] = (u64)table | PRESENT | WRITE;
}

void paging_protect(void)
{
	for (u32 i = 0; i < 4 * ENTRIES; i++)
		boot_directories[i] |= NX;
	split(0, first_table);
	for (u32 i = 0; i < IMAGE_TABLES; i++)
		split((u64)image_start + i * MIB2, image_tables[i]);
	write_cr3(read_cr3());
}
