/*
 * The program's arguments on the kernel's command line: decoding, the empty argument, and lines
 * that do not fit.
 *
 * Sources: guest/arguments.c lib/words.c lib/items.c
 */
#include "tests/unit/unit.h"
#include "guest/arguments.h"

static char text[64];
static const char *argv[5];

static int decode(const char *line)
{
	memset(text, 'x', sizeof(text));
	return arguments_decode(line, text, sizeof(text), argv, 5);
}

TEST(plain_words)
{
	assert_int_equal(decode("guest nonx -- echo one  two"), 3);
	assert_string_equal(argv[0], "echo");
	assert_string_equal(argv[1], "one");
	assert_string_equal(argv[2], "two");
	assert_null(argv[3]);
}

TEST(no_program)
{
	assert_int_equal(decode(""), 0);
	assert_int_equal(decode("guest nonx"), 0);
	assert_int_equal(decode("guest --"), 0);
	assert_int_equal(decode("guest a--b"), 0);
	assert_null(argv[0]);
}

TEST(encoded)
{
	assert_int_equal(decode("-- sh two%20words %22%25%22 %"), 4);
	assert_string_equal(argv[1], "two words");
	assert_string_equal(argv[2], "\"%\"");
	assert_string_equal(argv[3], "");
}

TEST(second_dashes_are_an_argument)
{
	assert_int_equal(decode("-- a -- b"), 3);
	assert_string_equal(argv[1], "--");
}

/* A percent sign that begins no two digits stands for itself. */
TEST(strange_percents)
{
	assert_int_equal(decode("-- %g1 %2 a%"), 3);
	assert_string_equal(argv[0], "%g1");
	assert_string_equal(argv[1], "%2");
	assert_string_equal(argv[2], "a%");
}

TEST(too_much)
{
	char line[100] = "-- ";

	assert_int_equal(decode("-- 1 2 3 4"), 4);
	assert_int_equal(decode("-- 1 2 3 4 5"), -1);
	memset(line + 3, 'a', 63);
	assert_int_equal(decode(line), 1);
	assert_int_equal(strlen(argv[0]), 63);
	line[66] = 'a';
	assert_int_equal(decode(line), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_words),      cmocka_unit_test(no_program),
		cmocka_unit_test(encoded),          cmocka_unit_test(second_dashes_are_an_argument),
		cmocka_unit_test(strange_percents), cmocka_unit_test(too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
