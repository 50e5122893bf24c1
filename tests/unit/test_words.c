/*
 * Command lines: words, values, lists, sizes and masks, and what is none of these.
 *
 * Sources: lib/words.c lib/items.c
 */
#include "tests/unit/unit.h"
#include "lib/words.h"

static struct piece piece(const char *text)
{
	return (struct piece){text, strlen(text)};
}

static void value_is(const char *line, const char *name, const char *expected)
{
	struct piece value = word_value(line, name);

	if (!expected) {
		assert_null(value.text);
		return;
	}
	assert_non_null(value.text);
	assert_int_equal(value.length, strlen(expected));
	assert_memory_equal(value.text, expected, value.length);
}

TEST(words_one_by_one)
{
	const char *line = "  a bcd   e ";

	assert_true(piece_is(next_word(&line), "a"));
	assert_true(piece_is(next_word(&line), "bcd"));
	assert_true(piece_is(next_word(&line), "e"));
	assert_null(next_word(&line).text);
	assert_null(next_word(&line).text);
	line = "";
	assert_null(next_word(&line).text);
	line = "    ";
	assert_null(next_word(&line).text);
}

TEST(values)
{
	value_is("memory=64M hide=vpid", "memory", "64M");
	value_is("memory=64M hide=vpid", "hide", "vpid");
	value_is("memory=64M quiet", "quiet", "");
	value_is("memory= quiet", "memory", "");
	value_is("memory=1 memory=2", "memory", "2"); /* the last one said counts */
	value_is("a=b=c", "a", "b=c");
	value_is("xmemory=1 memoryx=2 =3", "memory", NULL);
	value_is("", "memory", NULL);
	value_is("mem", "memory", NULL);
}

TEST(the_program_s_words_are_not_ours)
{
	value_is("events=1:2:3 -- prog memory=1", "memory", NULL);
	value_is("-- memory=1", "memory", NULL);
	value_is("--memory=1 memory=2", "memory", "2");
	value_is("-- % %20 %2", "%", NULL);
}

TEST(percent_signs_are_plain_bytes)
{
	const char *line = "% %% 100%25";

	assert_true(piece_is(next_word(&line), "%"));
	assert_true(piece_is(next_word(&line), "%%"));
	assert_true(piece_is(next_word(&line), "100%25"));
}

TEST(pieces_compare_whole)
{
	assert_true(piece_is(piece("vpid"), "vpid"));
	assert_false(piece_is(piece("vpi"), "vpid"));
	assert_false(piece_is(piece("vpidx"), "vpid"));
	assert_true(piece_is((struct piece){"vpidx", 4}, "vpid"));
	assert_false(piece_is((struct piece){NULL, 0}, ""));
}

TEST(lists)
{
	assert_true(list_holds(piece("a"), "a"));
	assert_true(list_holds(piece("a,bc,d"), "bc"));
	assert_true(list_holds(piece("a,bc,d"), "d"));
	assert_false(list_holds(piece("a,bc,d"), "b"));
	assert_false(list_holds(piece("a,bc"), "c"));
	assert_false(list_holds(piece(",,"), "a"));
	assert_true(list_holds(piece(",,a,"), "a"));
	assert_false(list_holds((struct piece){NULL, 0}, "a"));
	assert_false(list_holds((struct piece){"a,bc", 1}, "bc"));
}

static void size_is(const char *text, u64 expected)
{
	u64 value = 0;

	assert_true(parse_size(piece(text), &value));
	assert_int_equal(value, expected);
}

static void no_size(const char *text)
{
	u64 value = 77;

	assert_false(parse_size(piece(text), &value));
	assert_int_equal(value, 77);
}

TEST(sizes)
{
	size_is("0", 0);
	size_is("4096", 4096);
	size_is("4K", 4096);
	size_is("64M", 64ull << 20);
	size_is("3G", 3ull << 30);
	size_is("4294967296", 4294967296);
}

TEST(what_is_no_size)
{
	static const char *const bad[] = {"",    "K",  "M1",   "1k",
	                                  "1KB", "-1", "1.5G", "0x10",
	                                  "1 K", "1T", "1MM",  "99999999999999999999"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		no_size(bad[i]);
	assert_false(parse_size((struct piece){NULL, 0}, &(u64){0}));
}

TEST(sizes_beyond_64_bits_are_refused_not_wrapped)
{
	no_size("17179869185G"); /* 2^64 + 1 GiB */
	no_size("42949672959G");
	size_is("17179869183G", 17179869183ull << 30);
}

TEST(masks)
{
	u32 masks[3] = {1, 2, 3};

	assert_true(parse_events(piece("0:ffffffff:1a"), masks));
	assert_int_equal(masks[0], 0);
	assert_int_equal(masks[1], 0xffffffff);
	assert_int_equal(masks[2], 0x1a);
}

TEST(what_are_no_masks_leaves_them_alone)
{
	static const char *const bad[] = {"",      "1",      "1:2",     "1:2:",          ":1:2",
	                                  "1::2",  "1:2:3:", "1:2:3:4", "1:2:100000000", "A:B:C",
	                                  "1:2:g", "1:2:3 ", "0x1:2:3"};
	u32 masks[3] = {7, 8, 9};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_false(parse_events(piece(bad[i]), masks));
		assert_memory_equal(masks, ((u32[]){7, 8, 9}), sizeof(masks));
	}
	assert_false(parse_events((struct piece){NULL, 0}, masks));
}

TEST(hexadecimal_numbers)
{
	static const char *const bad[] = {"", "0x1", "1g", " 1", "A", "10000000000000000"};
	u64 value = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_hex(piece(bad[i]), &value));
	assert_false(parse_hex((struct piece){NULL, 0}, &value));
	assert_int_equal(value, 7);
	assert_true(parse_hex(piece("0"), &value));
	assert_int_equal(value, 0);
	assert_true(parse_hex(piece("fedcba9876543210"), &value));
	assert_int_equal(value, 0xfedcba9876543210);
}

/* Any bytes at all: nothing outside the line is read (ASan watches), and every scan ends. */
TEST(hostile_lines)
{
	static const char alphabet[] = "a=-, %:9\xff\x01\t";
	u64 seed = 2;

	for (u32 round = 0; round < 5000; round++) {
		size_t length = random_next(&seed) % 24;
		char *line = malloc(length + 1);
		for (size_t i = 0; i < length; i++)
			line[i] = alphabet[random_next(&seed) % (sizeof(alphabet) - 1)];
		line[length] = 0;
		struct piece value = word_value(line, "a");
		u32 masks[3];
		u64 size;
		if (value.text)
			assert_true(value.text + value.length <= line + length);
		list_holds(value, "9");
		parse_size(value, &size);
		parse_events(value, masks);
		const char *at = line;
		for (size_t words = 0; next_word(&at).text; words++)
			assert_true(words <= length);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_one_by_one),
		cmocka_unit_test(values),
		cmocka_unit_test(the_program_s_words_are_not_ours),
		cmocka_unit_test(percent_signs_are_plain_bytes),
		cmocka_unit_test(pieces_compare_whole),
		cmocka_unit_test(lists),
		cmocka_unit_test(sizes),
		cmocka_unit_test(what_is_no_size),
		cmocka_unit_test(sizes_beyond_64_bits_are_refused_not_wrapped),
		cmocka_unit_test(masks),
		cmocka_unit_test(what_are_no_masks_leaves_them_alone),
		cmocka_unit_test(hexadecimal_numbers),
		cmocka_unit_test(hostile_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
