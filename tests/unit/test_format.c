/*
 * The small printf: each conversion, each cut, nothing written outside the buffer.
 *
 * Sources: lib/format.c
 */
#include "tests/unit/unit.h"
#include "lib/string.h"

#define SAYS(expected, ...)                                                                        \
	do {                                                                                       \
		char said_[80];                                                                    \
		size_t length_ = format(said_, sizeof(said_), __VA_ARGS__);                        \
		assert_string_equal(said_, expected);                                              \
		assert_int_equal(length_, strlen(expected));                                       \
	} while (0)

TEST(numbers)
{
	SAYS("0 7 -7", "%d %d %d", 0, 7, -7);
	SAYS("-2147483648", "%d", INT32_MIN);
	SAYS("-9223372036854775808", "%ld", (long)INT64_MIN);
	SAYS("4294967295", "%u", UINT32_MAX);
	SAYS("18446744073709551615", "%lu", (unsigned long)UINT64_MAX);
	SAYS("12345", "%zu", (size_t)12345);
	SAYS("ffffffffffffffff", "%lx", (unsigned long)UINT64_MAX);
	SAYS("deadbeef 0", "%x %x", 0xdeadbeefu, 0u);
}

TEST(widths)
{
	SAYS("[   42]", "[%5d]", 42);
	SAYS("[42   ]", "[%-5d]", 42);
	SAYS("[00042]", "[%05d]", 42);
	SAYS("[-0042]", "[%05d]", -42);
	SAYS("[  -42]", "[%5d]", -42);
	SAYS("[123456]", "[%3d]", 123456);
	SAYS("[0000000000000abc]", "[%016lx]", 0xabcul);
	SAYS("[    tsc][tsc    ]", "[%7s][%-7s]", "tsc", "tsc");
}

TEST(text)
{
	SAYS("100% of <hello>", "100%% of <%s>", "hello");
	SAYS("abc", "%.3s", "abcdef");
	SAYS("ab", "%.*s", 2, "abcdef");
	SAYS("", "%.*s", 0, "abcdef");
	SAYS("[  ab]", "[%4.2s]", "abcdef");
	SAYS("x!", "%c%c", 'x', '!');
	SAYS("", "%s", "");
}

TEST(precision_guards_unterminated_text)
{
	char piece[3] = {'a', 'b', 'c'}; /* ASan sees a byte read too many */

	SAYS("abc", "%.*s", 3, piece);
}

TEST(cut_to_fit)
{
	char to[8];

	memset(to, '#', sizeof(to));
	assert_int_equal(format(to, 4, "%s", "abcdef"), 6);
	assert_memory_equal(to, "abc\0####", 8);
	memset(to, '#', sizeof(to));
	assert_int_equal(format(to, 1, "%d", 42), 2);
	assert_memory_equal(to, "\0#######", 8);
	assert_int_equal(format(to, 0, "abc"), 3);
	assert_memory_equal(to, "\0#######", 8);
	assert_int_equal(format(to, 7, "%s", "abcdef"), 6);
	assert_memory_equal(to, "abcdef\0#", 8);
}

/* The compiler's check of patterns is for callers; a pattern may still come from elsewhere. */
TEST(broken_patterns_stay_inside)
{
	char pattern[] = {'a', '%', 0}, to[8];
	size_t (*loose)(char *, size_t, const char *, ...) = format;

	assert_int_equal(loose(to, sizeof(to), pattern), 1);
	assert_string_equal(to, "a");
	char cut[] = {'%', '0', '5', 'l', 0};
	assert_int_equal(loose(to, sizeof(to), cut), 0);
	loose(to, sizeof(to), "%q");
	assert_string_equal(to, "q");
}

TEST(copies_text_padded)
{
	char to[6];

	memset(to, '#', sizeof(to));
	copy_text(to, 5, "ab");
	assert_memory_equal(to, "ab\0\0\0#", 6);
	copy_text(to, 5, "abcdef");
	assert_memory_equal(to, "abcd\0#", 6);
	copy_text(to, 1, "abcdef");
	assert_memory_equal(to, "\0bcd\0#", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(widths),
		cmocka_unit_test(text),
		cmocka_unit_test(precision_guards_unterminated_text),
		cmocka_unit_test(cut_to_fit),
		cmocka_unit_test(broken_patterns_stay_inside),
		cmocka_unit_test(copies_text_padded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
