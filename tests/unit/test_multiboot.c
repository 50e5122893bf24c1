/*
 * Reading Multiboot2 information: found tags lie whole inside it, and every search ends.
 */
#include "tests/unit/unit.h"
#include "lib/multiboot2.h"

#define WORDS 32u

/* Information of exactly `bytes` bytes on the heap, so that ASan sees a byte read behind it. */
static u32 *build(const u32 *words, u32 bytes)
{
	u32 *info = malloc(bytes);

	memcpy(info, words, bytes);
	info[0] = bytes;
	return info;
}

TEST(finds_tags_of_a_type_one_after_the_other)
{
	static const u32 words[] = {0, 0, 1, 12, 0x61, 0, 3, 17, 1, 2, 0, 0, 3, 16, 5, 6, 0, 8};
	u32 *info = build(words, sizeof(words));
	const struct multiboot2_tag *first, *second;

	assert_ptr_equal(multiboot2_find(info, 1, NULL), info + 2);
	first = multiboot2_find(info, 3, NULL);
	assert_ptr_equal(first, info + 6);
	second = multiboot2_find(info, 3, first);
	assert_ptr_equal(second, info + 12);
	assert_null(multiboot2_find(info, 3, second));
	assert_null(multiboot2_find(info, 6, NULL));
	free(info);
}

TEST(nothing_behind_the_end_tag)
{
	static const u32 words[] = {0, 0, 0, 8, 1, 8};
	u32 *info = build(words, sizeof(words));

	assert_null(multiboot2_find(info, 1, NULL));
	free(info);
}

TEST(an_empty_list)
{
	u32 *info = build((const u32[]){0, 0}, 8);

	assert_null(multiboot2_find(info, 1, NULL));
	free(info);
}

TEST(a_list_cut_inside_a_tag)
{
	static const u32 words[] = {0, 0, 1, 16, 1, 2, 3, 16, 0, 0};

	for (u32 bytes = 8; bytes < sizeof(words); bytes += 4) {
		u32 *info = build(words, bytes);
		assert_null(multiboot2_find(info, 3, NULL));
		free(info);
	}
	u32 *info = build(words, sizeof(words));
	assert_non_null(multiboot2_find(info, 3, NULL));
	free(info);
}

TEST(sizes_that_lead_nowhere)
{
	static const u32 bad[] = {0, 7, 0x7ffffff8, 0xfffffff9, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		const u32 words[] = {0, 0, 1, bad[i], 3, 8, 0, 8};
		u32 *info = build(words, sizeof(words));
		assert_null(multiboot2_find(info, 3, NULL));
		assert_null(multiboot2_find(info, 1, NULL));
		free(info);
	}
}

TEST(hostile_lists)
{
	u64 seed = 3;

	for (u32 round = 0; round < 20000; round++) {
		u32 words[WORDS], bytes = 8 + (u32)(random_next(&seed) % (sizeof(words) - 8));
		for (u32 i = 0; i < WORDS; i++)
			words[i] = random_next(&seed) % 8 ? (u32)(random_next(&seed) % 24)
			                                  : (u32)random_next(&seed);
		u32 *info = build(words, bytes);
		const struct multiboot2_tag *tag = NULL;
		for (u32 found = 0; (tag = multiboot2_find(info, 3, tag)); found++) {
			assert_true(found < WORDS);
			assert_true((const u8 *)tag + tag->size <= (const u8 *)info + bytes);
		}
		free(info);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_tags_of_a_type_one_after_the_other),
		cmocka_unit_test(nothing_behind_the_end_tag),
		cmocka_unit_test(an_empty_list),
		cmocka_unit_test(a_list_cut_inside_a_tag),
		cmocka_unit_test(sizes_that_lead_nowhere),
		cmocka_unit_test(hostile_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
