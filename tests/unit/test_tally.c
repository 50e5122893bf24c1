/*
 * Counting by key: percentiles beside a sorted list, sums of rows, and what happens to more keys
 * than there may be rows.
 */
// clang-format off
/*
 * Sources: tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tools/tally.h"

#define SAMPLES 5000u

static u64 random_state = 42;

static u64 any(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return random_state >> 1 | random_state << 63;
}

static int compare(const void *left, const void *right)
{
	u64 a = *(const u64 *)left, b = *(const u64 *)right;

	return a < b ? -1 : a > b;
}

/* The value of that rank in a sorted list: what so many percent do not exceed. */
static u64 expected(const u64 *sorted, u32 percent)
{
	return sorted[(SAMPLES * percent + 99) / 100 - 1];
}

static void expect_close(u64 got, u64 want)
{
	u64 off = got > want ? got - want : want - got;

	if (want < 128)
		assert_int_equal(got, want);
	else
		assert_true(off <= want / 64);
}

/* Values of all magnitudes, up to the largest there is. */
static void test_percentiles(void **state)
{
	static u64 samples[SAMPLES];

	(void)state;
	for (u32 bits = 0; bits < 64; bits++) {
		struct tally tally = {0};
		const struct row *row = NULL;

		for (u32 i = 0; i < SAMPLES; i++) {
			samples[i] = any() >> (any() % (bits + 1));
			row = tally_add(&tally, 1, 2, samples[i]);
		}
		qsort(samples, SAMPLES, sizeof(samples[0]), compare);
		for (u32 percent = 1; percent <= 100; percent++)
			expect_close(row_percentile(row, percent), expected(samples, percent));
		assert_int_equal(row->min, samples[0]);
		assert_int_equal(row->max, samples[SAMPLES - 1]);
		tally_stop(&tally);
	}
}

/* At the borders of steps and powers. */
static void test_borders(void **state)
{
	static const u64 values[] = {0,
	                             1,
	                             63,
	                             64,
	                             127,
	                             128,
	                             129,
	                             130,
	                             255,
	                             256,
	                             1ull << 32,
	                             1ull << 63,
	                             UINT64_MAX - 1,
	                             UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct histogram histogram = {0};

		histogram_add(&histogram, values[i]);
		expect_close(histogram_percentile(&histogram, 1), values[i]);
		expect_close(histogram_percentile(&histogram, 100), values[i]);
		histogram_free(&histogram);
	}
	assert_int_equal(histogram_percentile(&(struct histogram){0}, 50), 0);
}

/* Rows added up are as if all samples had gone to one. */
static void test_sum(void **state)
{
	struct tally tally = {0};
	struct row sum = {0};
	struct row *rows;

	(void)state;
	for (u64 i = 0; i < 1000; i++) {
		tally_add(&tally, 3, i % 7, i * i)->errors += i & 1;
		tally_add(&tally, 4, 0, i * i);
	}
	assert_int_equal(tally_sorted(&tally, 3, &rows), 7);
	for (u32 i = 0; i < 7; i++) {
		assert_true(!i || rows[i].total <= rows[i - 1].total);
		row_add(&sum, &rows[i]);
	}
	assert_int_equal(sum.count, 1000);
	assert_int_equal(sum.errors, 500);
	assert_int_equal(sum.min, 0);
	assert_int_equal(sum.max, 999 * 999);
	for (u32 percent = 1; percent <= 100; percent++)
		assert_int_equal(row_percentile(&sum, percent),
		                 row_percentile(tally_find(&tally, 4, 0), percent));
	free(rows);
	row_stop(&sum);
	tally_stop(&tally);
}

/* A trace may have as many keys as it has records: they share a row when there are too many. */
static void test_limit(void **state)
{
	enum { KEYS = 3 * ROWS_LIMIT };
	struct tally tally = {0};
	struct row *rows;
	size_t count;
	u64 sum = 0;

	(void)state;
	for (u64 key = 0; key < KEYS; key++)
		tally_add(&tally, 5, key, 1000000);
	tally_add(&tally, 6, 1, 1);
	tally_add(&tally, 5, 7, 1); /* which has its row */
	count = tally_sorted(&tally, 5, &rows);
	assert_int_equal(count, ROWS_LIMIT + 1);
	for (size_t i = 0; i < count; i++)
		sum += rows[i].count;
	assert_int_equal(sum, KEYS + 1);
	assert_true(rows[count - 1].group & ROW_REST);
	assert_int_equal(rows[count - 1].count, KEYS - ROWS_LIMIT);
	assert_int_equal(tally_find(&tally, 5, 7)->count, 2);
	assert_null(tally_find(&tally, 5, KEYS - 1));
	assert_int_equal(tally_find(&tally, 6 | ROW_REST, 0)->count, 1);
	free(rows);
	tally_stop(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_borders),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
