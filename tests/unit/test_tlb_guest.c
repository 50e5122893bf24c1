/*
 * The guest kernel's page tables on a processor that forgets no translation, and no table on the way,
 * unless INVLPG or a load of CR3 says so: spaces that do everything at random, page faults and all,
 * never leave a stale translation behind; and each such place left out is found.
 *
 * Sources: guest/areas.c guest/frames.c
 */
#include <sys/mman.h>
#include "tests/unit/unit.h"
#include "guest/clock.h"
#include "guest/frames.h"
#include "guest/node.h"
#include "guest/paging.h"
#include "guest/percpu.h"
#include "guest/protect.h"

static struct cpu cpu;
static struct process process;
static void invlpg(u64 address, const char *place);
static void load_cr3(u64 root, const char *place);
#define this_cpu()         (&cpu)
#define current_process()  (&process)
#define interrupt_window() (void)0
#define tlb_drop(address)  invlpg(address, __func__)
#define write_cr3(root)    load_cr3(root, __func__)
#include "guest/paging.c"
#include "guest/stacks.c"
#include "guest/space.c"
#include "guest/space_fault.c"

#define MIB        0x100000ull
#define CACHED     8192u
#define SPACES     3u
#define FILE_PAGES 16u
#define LOW        0x10000000ull /* where areas lie: a piece on both sides of a table's border */
#define PAGES      96u
#define BASE       (LOW + LARGE_BYTES - 32 * PAGE_BYTES)
#define FAR        (LOW + (1ull << 30))

u8 kernel_base[1], image_start[1], text_start[1], text_end[1], rodata_start[1], rodata_end[1],
	data_start[1], data_end[1];
bool protection_granted[PROTECTIONS];
static struct node file = {.references = 1, .bytes = FILE_PAGES * PAGE_BYTES};
static u64 file_pages[FILE_PAGES];
static const char *deaf; /* the function whose invalidations do nothing */

/* What the processor believes: a page, or at levels above 1 where a table is. */
static struct cached {
	u64 address, entry;
	u32 level;
} cached[CACHED];
static u32 count;
static u64 cr3;

u64 random_pages(u32 bits)
{
	(void)bits;
	return 0;
}

struct node *node_hold(struct node *node)
{
	return node;
}

void node_drop(struct node *node)
{
	(void)node;
}

u64 node_page(struct node *node, u64 index)
{
	assert_ptr_equal(node, &file);
	return file_pages[index];
}

/* Of space_peek, which changes no table: nothing here calls it. */
u64 node_read(struct node *node, u64 offset, void *to, u64 bytes)
{
	(void)node, (void)offset, (void)to, (void)bytes;
	fail_msg("a file is read");
	return 0;
}

/* "Operations that Invalidate TLBs and Paging-Structure Caches"; the kernel has no PCIDs. */
static void load_cr3(u64 root, const char *place)
{
	u32 kept = 0;

	cr3 = root;
	if (deaf && strcmp(place, deaf) == 0)
		return;
	for (u32 i = 0; i < count; i++)
		if (cached[i].level == 1 && (cached[i].entry & PTE_GLOBAL))
			cached[kept++] = cached[i];
	count = kept;
}

static void cache(u64 address, u32 level, u64 entry)
{
	for (u32 i = 0; i < count; i++)
		if (cached[i].level == level && cached[i].address == address) {
			cached[i].entry = entry;
			return;
		}
	assert_true(count < CACHED);
	cached[count++] = (struct cached){address, entry, level};
}

static u64 *entry_now(u64 address, u32 level)
{
	u64 *table = direct(cr3);

	for (u32 l = TOP_LEVEL; l > level; l--) {
		u64 entry = pte_read(&table[index_at(address, l)]);
		if (!(entry & PTE_PRESENT))
			return NULL;
		table = direct(entry & PTE_FRAME);
	}
	return &table[index_at(address, level)];
}

/* The tables on the way to an address. */
static void cache_tables(u64 address)
{
	for (u32 level = TOP_LEVEL; level > 1; level--) {
		u64 *entry = entry_now(address, level);
		if (entry && (pte_read(entry) & PTE_PRESENT))
			cache(address & ~((PAGE_BYTES << 9 * (level - 1)) - 1), level, *entry);
	}
}

/* All tables go too; speculation may bring those back at once that are there. */
static void invlpg(u64 address, const char *place)
{
	u32 kept = 0;

	if (deaf && strcmp(place, deaf) == 0)
		return;
	for (u32 i = 0; i < count; i++)
		if (cached[i].level == 1 && cached[i].address != page_down(address))
			cached[kept++] = cached[i];
	count = kept;
	cache_tables(address);
}

/* Rights that were added may be missing: the fault that follows drops the translation. */
static bool is_stale(const struct cached *c)
{
	const u64 *at = entry_now(c->address, c->level);
	u64 now = at ? pte_read(at) : 0;
	u64 allowed = PTE_PRESENT | PTE_USER | PTE_WRITE | (c->level == 1 ? PTE_DIRTY : 0);

	return (c->entry & ~now & allowed) || ((c->entry ^ now) & PTE_FRAME) ||
	       (now & ~c->entry & PTE_NX);
}

static const struct cached *stale(void)
{
	for (u32 i = 0; i < count; i++)
		if (is_stale(&cached[i]))
			return &cached[i];
	return NULL;
}

/* One try: what is cached serves, else the tables, which are cached. The error code, or 0. */
static u64 try(u64 address, bool write)
{
	u64 needs = PTE_PRESENT | (address < USER_END ? PTE_USER : 0) | (write ? PTE_WRITE : 0);
	u64 page = page_down(address), error = (write ? ERROR_WRITE : 0) | ERROR_USER;

	for (u32 i = 0; i < count; i++)
		if (cached[i].level == 1 && cached[i].address == page &&
		    !(needs & ~cached[i].entry) && (!write || cached[i].entry & PTE_DIRTY))
			return 0;
	cache_tables(address);
	u64 *entry = entry_now(address, 1);
	if (!entry || needs & ~pte_read(entry)) {
		for (u32 i = 0; i < count; i++) /* a fault drops what would translate */
			if (cached[i].level == 1 && cached[i].address == page)
				cached[i--] = cached[--count];
		return error | (entry && (pte_read(entry) & PTE_PRESENT) ? ERROR_PRESENT : 0);
	}
	if (write)
		pte_write(entry, pte_read(entry) | PTE_DIRTY);
	cache(page, 1, pte_read(entry));
	return 0;
}

/* Ring 3 touches an address of the space that runs. */
static void touch(u64 address, bool write)
{
	enum fault_outcome outcome;
	u64 error;

	for (u32 tries = 0; (error = try(address, write)); tries++) {
		if (space_fault(cpu.space, address, error, &outcome) != FAULT_DONE)
			return;
		assert_true(tries < 3);
	}
}

static void run(struct space *space)
{
	cpu.space = space;
	load_cr3(space ? space->root : kernel.root, __func__);
}

static int boot(void **state)
{
	static void *memory;

	(void)state;
	if (!memory) {
		struct multiboot2_memory_map *map =
			calloc(1, sizeof(*map) + sizeof(map->entries[0]));
		memory = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		              -1, 0);
		direct_base = (u64)memory;
		map->tag.size = (u32)(sizeof(*map) + sizeof(map->entries[0]));
		map->entry_size = sizeof(map->entries[0]);
		map->entries[0] =
			(struct multiboot2_memory_entry){MIB, 15 * MIB, MULTIBOOT2_RAM, 0};
		frames_add(map);
		free(map);
		assert_true(frames_init());
		memset(protection_granted, true, sizeof(protection_granted));
		kernel.nx = PTE_NX;
		kernel.root = frame_alloc();
		assert_non_null(entry_at(kernel.root, STACKS_BASE, 1, true));
		find_shared();
		for (u32 i = 0; i < FILE_PAGES; i++)
			file_pages[i] = frame_alloc();
	}
	count = 0;
	deaf = NULL;
	run(NULL);
	return 0;
}

static u64 page_at(u64 *seed)
{
	return BASE + random_next(seed) % PAGES * PAGE_BYTES;
}

static void map(struct space *space, u64 *seed)
{
	u64 start = page_at(seed), kind = random_next(seed) % 3;
	struct area area = {.start = start,
	                    .end = start + (1 + random_next(seed) % FILE_PAGES) * PAGE_BYTES,
	                    .protection = PROTECT_READ | PROTECT_WRITE,
	                    .kind = AREA_MMAP,
	                    .node = kind ? &file : NULL,
	                    .shared = kind == 2};

	space_remove(space, area.start, area.end);
	assert_true(space_add(space, area));
}

/* A kernel stack is used, freed, and its addresses get others: the second free one goes at once. */
static void use_stacks(void)
{
	u64 tops[2] = {kernel_stack_alloc(), kernel_stack_alloc()};

	for (u32 i = 0; i < 2; i++)
		try(tops[i] - 8, true);
	for (u32 i = 0; i < 2; i++)
		kernel_stack_free(tops[i]);
	assert_true(paging_map(kernel.root, STACKS_BASE, file_pages[0], KERNEL_WRITE));
	try(STACKS_BASE, true);
	assert_true(paging_map(kernel.root, STACKS_BASE, file_pages[1], KERNEL_WRITE));
}

static void act(struct space **spaces, u64 *seed)
{
	static const u32 rights[] = {PROTECT_NONE, PROTECT_READ, PROTECT_READ | PROTECT_WRITE,
	                             PROTECT_READ | PROTECT_EXEC};
	struct space *space = cpu.space;
	u64 start = page_at(seed), end = start + (1 + random_next(seed) % 20) * PAGE_BYTES;
	u32 other = (u32)(random_next(seed) % SPACES);
	u8 byte = 1;

	switch (random_next(seed) % 40) {
	case 0:
		map(space, seed);
		break;
	case 1:
		space_remove(space, start, end);
		break;
	case 2:
		space_discard(space, start, end);
		break;
	case 3:
		space_protect(space, start, end, rights[random_next(seed) % ARRAY_SIZE(rights)]);
		break;
	case 4:
		if (space_is_free(space, FAR, FAR + FILE_PAGES * PAGE_BYTES))
			space_move(space, start, FAR, PAGE_BYTES);
		touch(FAR, true);
		space_remove(space, FAR, FAR + FILE_PAGES * PAGE_BYTES);
		break;
	case 5: /* fork; who was there ends, maybe while it runs */
		if (spaces[other] && spaces[other] != space)
			space_drop(spaces[other]);
		if (spaces[other] != space)
			spaces[other] = space_copy(space);
		break;
	case 6:
		if (spaces[other])
			run(spaces[other]);
		break;
	case 7:
		if (!spaces[other] || spaces[other] == space)
			break;
		for (u32 i = 0; i < SPACES; i++)
			if (spaces[i] == space)
				spaces[i] = NULL;
		space_drop(space);
		if (stale()) /* the kernel goes on in its own tables */
			return;
		run(spaces[other]);
		break;
	case 8:
		space_write(space, start, &byte, 1, false);
		break;
	case 9:
		use_stacks();
		break;
	default:
		touch(start, random_next(seed) % 2);
	}
}

/* Lives for so long, or until a translation is stale; then true. */
static bool goes_stale(u64 seed, u32 deeds)
{
	struct space *spaces[SPACES] = {space_new()};
	bool found = false;

	run(spaces[0]);
	for (u32 i = 0; i < deeds && !found; i++) {
		act(spaces, &seed);
		found = stale();
	}
	deaf = NULL;
	for (u32 i = 0; i < SPACES; i++)
		if (spaces[i])
			space_drop(spaces[i]);
	return found;
}

TEST(spaces_that_do_everything)
{
	u64 before = frames_available();

	for (u64 seed = 1; seed < 6; seed++) {
		boot(NULL);
		if (goes_stale(seed, 20000))
			fail_msg("seed %lu: %lx is stale", (unsigned long)seed,
			         (unsigned long)stale()->address);
	}
	assert_true(before - frames_available() < 20); /* what the kernel keeps: a stack */
}

/* Each function that invalidates, with its invalidations left out. */
TEST(every_invalidation_left_out_is_found)
{
	static const char *const places[] = {
		"drop_page",  "protect_page", "move_page",  "make_page",   "each",
		"space_copy", "space_drop",   "paging_map", "unmap_stack", "run"};

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		boot(NULL);
		deaf = places[i];
		if (!goes_stale(9, 20000))
			fail_msg("%s: nobody missed it", places[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(spaces_that_do_everything, boot),
		cmocka_unit_test_setup(every_invalidation_left_out_is_found, boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
