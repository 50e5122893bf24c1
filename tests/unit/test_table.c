/*
 * Tables as text of any width, as JSON and as CSV; and the line that shows progress.
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

#include "tools/progress.h"
#include "tools/table.h"

static const struct table_column columns[] = {
	{"name", "name", 0, COLUMN_LEFT}, {"count", "count", 0, 0},
	{"share", "share", 2, 0},         {"average", "avg", 1, 0},
	{"secret", "", 0, COLUMN_DATA},   {"", "note", 3, COLUMN_LEFT | COLUMN_TEXT},
};

static void fill(struct table *table)
{
	table_start(table, "things", columns, ARRAY_SIZE(columns));
	table_text(table, "a, \"quoted\" one");
	table_count(table, (1ull << 53) + 1);
	table_percent(table, 12.345);
	table_real(table, 0.25);
	table_count(table, 1ull << 53);
	table_text(table, "seen");
	table_text(table, "b");
	table_count(table, 7);
	table_empty(table);
	table_real(table, 1e6);
	table_count(table, UINT64_MAX);
	table_empty(table);
}

typedef void writer(FILE *out, const struct table *table);

static void expect(writer *write, const char *text)
{
	struct table table;
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	fill(&table);
	write(out, &table);
	fclose(out);
	assert_string_equal(got, text);
	free(got);
	table_stop(&table);
}

static char *print(u32 width)
{
	struct table table;
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	fill(&table);
	table_print(out, &table, width);
	fclose(out);
	table_stop(&table);
	return got;
}

static void expect_print(u32 width, const char *text)
{
	char *got = print(width);

	assert_string_equal(got, text);
	free(got);
}

static void test_text(void **state)
{
	(void)state;
	expect_print(120, "name                        count   share        avg  note\n"
	                  "a, \"quoted\" one  9007199254740993  12.35%        0.2  seen\n"
	                  "b                               7          1000000.0\n");
	expect_print(56, "name                        count   share        avg\n"
	                 "a, \"quoted\" one  9007199254740993  12.35%        0.2\n"
	                 "b                               7          1000000.0\n");
	expect_print(45, "name                        count        avg\n"
	                 "a, \"quoted\" one  9007199254740993        0.2\n"
	                 "b                               7  1000000.0\n");
	expect_print(33, "name                        count\n"
	                 "a, \"quoted\" one  9007199254740993\n"
	                 "b                               7\n");
	expect_print(28, "name                   count\n"
	                 "a, \"quoted  9007199254740993\n"
	                 "b                          7\n");
}

/* No line is wider than asked, as long as the figures themselves fit. */
static void test_widths(void **state)
{
	(void)state;
	for (u32 width = 26; width < 130; width++) {
		char *text = print(width);

		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= width);
		free(text);
	}
}

static void test_json(void **state)
{
	(void)state;
	expect(table_json,
	       "\"things\": [\n"
	       "    {\"name\": \"a, \\\"quoted\\\" one\", \"count\": \"9007199254740993\", "
	       "\"share\": 12.3450, \"average\": 0.2500, \"secret\": 9007199254740992},\n"
	       "    {\"name\": \"b\", \"count\": 7, \"share\": null, \"average\": 1000000.0000, "
	       "\"secret\": \"18446744073709551615\"}\n"
	       "  ]");
}

static void test_csv(void **state)
{
	(void)state;
	expect(table_csv, "things,0,name,\"a, \"\"quoted\"\" one\"\n"
	                  "things,0,count,9007199254740993\n"
	                  "things,0,share,12.3450\n"
	                  "things,0,average,0.2500\n"
	                  "things,0,secret,9007199254740992\n"
	                  "things,1,name,b\n"
	                  "things,1,count,7\n"
	                  "things,1,average,1000000.0000\n"
	                  "things,1,secret,18446744073709551615\n");
}

static void test_progress(void **state)
{
	struct progress progress;
	char words[80];
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	(void)state;
	progress_start(&progress, "verify", 400u << 20);
	progress.out = NULL; /* nobody looks */
	progress_add(&progress, 100u << 20);
	progress_words(&progress, progress.begun + 500000000, words, sizeof(words));
	assert_string_equal(words, "verify: 25% of 400 MiB, 200 MiB/s");

	progress.out = out;
	progress_add(&progress, 1); /* not a second yet */
	fflush(out);
	assert_int_equal(size, 0);
	progress.begun -= 2000000000;
	progress_add(&progress, 100u << 20);
	progress_add(&progress, 1); /* at once again: the line stays */
	assert_non_null(strstr(got, "\rverify: 50% of 400 MiB, "));
	assert_ptr_equal(strstr(got, "verify"), strstr(got, "verify: 50%"));
	progress_end(&progress);
	assert_string_equal(got + size - 4, "\r\33[K");
	progress_add(&progress, 900u << 20); /* after the end, nothing */
	assert_string_equal(got + size - 4, "\r\33[K");
	progress_words(&progress, progress.begun, words, sizeof(words));
	assert_string_equal(words, "verify: 100% of 400 MiB, 0 MiB/s");
	fclose(out);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),     cmocka_unit_test(test_widths),
		cmocka_unit_test(test_json),     cmocka_unit_test(test_csv),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
