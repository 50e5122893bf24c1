/*
 * The guest kernel's frames: the lowest first, whatever the order in which ranges were cut up, since
 * early on only the first 4 GiB are mapped; never one that was excluded; free again with the last
 * user, zeroed where that was promised.
 *
 * Sources: guest/frames.c
 */
#include <sys/mman.h>
#include "tests/unit/unit.h"
#include "guest/frames.h"

#define MIB 0x100000ull
#define GIB (1024 * MIB)

#define COUNTS ((4 * GIB + MIB) / PAGE_BYTES * 2 / PAGE_BYTES + 1) /* pages that the counts take */

/* Like the memory map of a PC with more than 4 GiB, but small. */
static void add_memory(void)
{
	struct multiboot2_memory_map *map = calloc(1, sizeof(*map) + 3 * sizeof(map->entries[0]));

	map->tag.size = (u32)(sizeof(*map) + 3 * sizeof(map->entries[0]));
	map->entry_size = sizeof(map->entries[0]);
	map->entries[0] = (struct multiboot2_memory_entry){0, 0x9fc00, MULTIBOOT2_RAM, 0};
	map->entries[1] = (struct multiboot2_memory_entry){MIB, 8 * MIB, MULTIBOOT2_RAM, 0};
	map->entries[2] = (struct multiboot2_memory_entry){4 * GIB, MIB, MULTIBOOT2_RAM, 0};
	frames_add(map);
	free(map);
}

static u64 total;

static int set_up(void **state)
{
	(void)state;
	void *memory = mmap(NULL, 4 * GIB + MIB, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	direct_base = (u64)memory;
	add_memory();
	frames_exclude(MIB, MIB + 0x40001);        /* the image: its last byte takes a whole page */
	frames_exclude(5 * MIB, 5 * MIB + 0x2000); /* a module */
	total = frames_available();
	return frames_init() ? 0 : -1;
}

TEST(counts_users)
{
	u64 frame = frame_alloc(), available = frames_available();

	assert_int_equal(frame_users(frame), 1);
	frame_hold(frame);
	frame_free(frame);
	assert_int_equal(frame_users(frame), 1);
	assert_int_equal(frames_available(), available);
	memset(direct(frame), 0xff, PAGE_BYTES);
	frame_free(frame);
	assert_int_equal(frames_available(), available + 1);
	assert_int_equal(frame_alloc_dirty(), frame);
	memset(direct(frame), 0, PAGE_BYTES);
	frame_free_zeroed(frame);
	assert_int_equal(frame_alloc(), frame);
	for (u32 i = 0; i < PAGE_BYTES; i++)
		assert_int_equal(((u8 *)direct(frame))[i], 0);
	frame_free(frame);
}

TEST(too_many_users)
{
	u64 frame = frame_alloc(), available = frames_available();

	for (u32 i = 0; i < 70000; i++)
		frame_hold(frame);
	for (u32 i = 0; i < 140000; i++)
		frame_free(frame);
	assert_int_equal(frames_available(), available);
	total--;
}

TEST(lowest_first_and_none_excluded)
{
	u64 last = 0, count = 0, high = 0;

	assert_int_equal(total + 1, 2048 - 65 - 2 + 256);
	assert_int_equal(frames_total(), total + 1);
	frame_alloc_dirty(); /* the one from the list of those given back */
	for (u64 frame; (frame = frame_alloc_dirty()); last = frame, count++) {
		assert_true(frame > last);
		assert_true(frame >= MIB + 0x41000);
		assert_true(frame < 5 * MIB || frame >= 5 * MIB + 0x2000);
		high += frame >= 4 * GIB;
	}
	assert_int_equal(high, 256);
	assert_int_equal(count, total - 1 - COUNTS);
	assert_int_equal(frames_available(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_users),
		cmocka_unit_test(too_many_users),
		cmocka_unit_test(lowest_first_and_none_excluded),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
