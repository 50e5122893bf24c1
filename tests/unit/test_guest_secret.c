/*
 * The secret that the labs' attacks are to find: where it is afterwards, and that the boot line no
 * longer tells it.
 *
 * Sources: guest/secret.c lib/words.c lib/items.c
 */
#include "tests/unit/unit.h"
#include "guest/console.h"
#include "guest/secret.h"

extern u8 keyed_constant[8];

u8 keyed_constant[8];
static int errors;

void log_error(const char *pattern, ...)
{
	(void)pattern;
	errors++;
}

static u64 word_at(const u8 *at)
{
	u64 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Takes the line; answers what is left of it. */
static const char *take(const char *line)
{
	static char words[80];

	errors = 0;
	memset(secret_page, 0, sizeof(secret_page));
	snprintf(words, sizeof(words), "%s", line);
	secret_init(words);
	return words;
}

TEST(the_secret_is_in_its_page_its_key_in_the_code)
{
	assert_string_equal(take("tsd secret=5ec4e7 kpti -- hello secret=1"),
	                    "tsd ------------- kpti -- hello secret=1");
	assert_int_equal(errors, 0);
	assert_int_equal(word_at(secret_page), 0x5ec4e7);
	assert_int_equal(word_at(secret_page + 8), 0);
	assert_int_equal(word_at(keyed_constant), secret_key(0x5ec4e7));
	assert_int_not_equal(secret_key(0x5ec4e7), 0x5ec4e7);
}

TEST(the_last_counts_and_none_is_left)
{
	assert_string_equal(take("secret=1 secret=fedcba9876543210"),
	                    "-------- -----------------------");
	assert_int_equal(word_at(secret_page), 0xfedcba9876543210);
}

TEST(without_a_word_it_is_zero)
{
	assert_string_equal(take("kpti secrets=1"), "kpti secrets=1");
	assert_int_equal(errors, 0);
	assert_int_equal(word_at(secret_page), 0);
	assert_int_equal(word_at(keyed_constant), secret_key(0));
}

TEST(what_is_no_number_is_told_and_wiped_too)
{
	assert_string_equal(take("secret=12345678123456789"), "------------------------");
	assert_int_equal(errors, 1);
	assert_int_equal(word_at(secret_page), 0);
	assert_string_equal(take("secret=xyz"), "----------");
	assert_int_equal(errors, 1);
	assert_string_equal(take("secret"), "secret");
	assert_int_equal(errors, 1);
}

TEST(keys_differ)
{
	for (u64 i = 0; i < 64; i++)
		for (u64 j = 0; j < i; j++)
			assert_true(secret_key(BIT(i)) != secret_key(BIT(j)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_secret_is_in_its_page_its_key_in_the_code),
		cmocka_unit_test(the_last_counts_and_none_is_left),
		cmocka_unit_test(without_a_word_it_is_zero),
		cmocka_unit_test(what_is_no_number_is_told_and_wiped_too),
		cmocka_unit_test(keys_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
