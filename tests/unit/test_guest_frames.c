/*
 * The guest kernel's frames: the lowest first, whatever the order in which ranges were cut up, since
 * early on only the first 4 GiB are mapped; never one that was excluded.
 *
 * Sources: guest/frames.c
 */
#include "tests/unit/unit.h"
#include "guest/frames.h"

#define MIB 0x100000ull
#define GIB (1024 * MIB)

/* Like the memory map of a PC with more than 4 GiB, but small. */
static void add_memory(void)
{
	struct multiboot2_memory_map *map = calloc(1, sizeof(*map) + 3 * sizeof(map->entries[0]));

	map->tag.size = (u32)(sizeof(*map) + 3 * sizeof(map->entries[0]));
	map->entry_size = sizeof(map->entries[0]);
	map->entries[0] = (struct multiboot2_memory_entry){0, 0x9fc00, MULTIBOOT2_RAM, 0};
	map->entries[1] = (struct multiboot2_memory_entry){MIB, MIB, MULTIBOOT2_RAM, 0};
	map->entries[2] = (struct multiboot2_memory_entry){4 * GIB, MIB, MULTIBOOT2_RAM, 0};
	frames_add(map);
	free(map);
}

TEST(lowest_first_and_none_excluded)
{
	u64 last = 0, count = 0, high = 0;

	add_memory();
	frames_exclude(MIB, MIB + 0x40001); /* the image: its last byte takes a whole page */
	frames_exclude(MIB + 0x80000, MIB + 0x82000); /* a module */
	assert_int_equal(frames_available(), 256 - 65 - 2 + 256);
	for (u64 frame; (frame = frame_alloc_dirty()); last = frame, count++) {
		assert_true(frame > last);
		assert_true(frame >= MIB + 0x41000);
		assert_true(frame < MIB + 0x80000 || frame >= MIB + 0x82000);
		high += frame >= 4 * GIB;
	}
	assert_int_equal(high, 256);
	assert_int_equal(count, 256 - 65 - 2 + 256);
	assert_int_equal(frames_available(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lowest_first_and_none_excluded)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
