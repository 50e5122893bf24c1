/*
 * Memory and text functions against the host's own. They bear the C library's names, so they are
 * compiled here under others.
 */
#include "tests/unit/unit.h"

#define memcpy  own_memcpy
#define memmove own_memmove
#define memset  own_memset
#define memcmp  own_memcmp
#define strlen  own_strlen
#define strcmp  own_strcmp
#define strncmp own_strncmp
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp

#define BYTES 40u

static void fill(u8 *bytes)
{
	for (u32 i = 0; i < BYTES; i++)
		bytes[i] = (u8)(i * 7 + 1);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

TEST(copies_any_length_and_place)
{
	u8 from[BYTES], to[BYTES], expected[BYTES];

	fill(from);
	for (u32 start = 0; start < 9; start++)
		for (u32 n = 0; start + n <= BYTES; n++) {
			memset(to, 0, sizeof(to));
			memset(expected, 0, sizeof(expected));
			memcpy(expected + start, from, n);
			assert_ptr_equal(own_memcpy(to + start, from, n), to + start);
			assert_memory_equal(to, expected, BYTES);
		}
}

TEST(moves_overlapping_both_ways)
{
	u8 bytes[BYTES], expected[BYTES];

	for (u32 from = 0; from < 20; from++)
		for (u32 to = 0; to < 20; to++)
			for (u32 n = 0; n <= 20; n++) {
				fill(bytes);
				fill(expected);
				memmove(expected + to, expected + from, n);
				assert_ptr_equal(own_memmove(bytes + to, bytes + from, n),
				                 bytes + to);
				assert_memory_equal(bytes, expected, BYTES);
			}
}

TEST(sets_any_length)
{
	u8 bytes[BYTES], expected[BYTES];

	for (u32 n = 0; n < 32; n++) {
		fill(bytes);
		fill(expected);
		memset(expected + 3, 0x1a5, n);
		assert_ptr_equal(own_memset(bytes + 3, 0x1a5, n), bytes + 3);
		assert_memory_equal(bytes, expected, BYTES);
	}
}

TEST(compares_bytes_unsigned)
{
	static const char *const texts[] = {"", "a", "b", "ab", "abc", "ab\x80", "ab\x7f"};

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(own_strlen(texts[i]), strlen(texts[i]));
		for (u32 j = 0; j < ARRAY_SIZE(texts); j++) {
			const char *a = texts[i], *b = texts[j];
			assert_int_equal(sign(own_strcmp(a, b)), sign(strcmp(a, b)));
			for (size_t n = 0; n < 5; n++)
				assert_int_equal(sign(own_strncmp(a, b, n)),
				                 sign(strncmp(a, b, n)));
		}
	}
	assert_true(own_memcmp("a\x80", "a\x7f", 2) > 0);
	assert_true(own_memcmp("a\x00z", "a\x01z", 3) < 0);
	assert_int_equal(own_memcmp("abc", "abd", 2), 0);
	assert_int_equal(own_memcmp("a", "b", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_any_length_and_place),
		cmocka_unit_test(moves_overlapping_both_ways),
		cmocka_unit_test(sets_any_length),
		cmocka_unit_test(compares_bytes_unsigned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
