/*
 * The observatory's findings as text, CSV, JSON and page: golden texts of made-up cells.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/fake_observatory.h"
#include "tools/observatory_print.h"
#include "tools/web.h"

static struct findings findings;

static int set_up(void **state)
{
	static struct resource_result resource = {
		.count = 1,
		.experiments = {{.name = "halt",
	                         .title = "CLI, then HLT",
	                         .control = "HLT exiting",
	                         .count = 2,
	                         .cells = {{.setting = "HLT exiting on",
	                                    .protected = true,
	                                    .outcome = RESOURCE_contained,
	                                    .what = "ring -1 ended the guest"},
	                                   {.setting = "HLT exiting off",
	                                    .outcome = RESOURCE_hung,
	                                    .what = "the machine stood still"}}}},
	};
	const struct subject subject = fake_subject();

	(void)state;
	findings_start(&findings, &subject, &resource);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	findings_stop(&findings);
	return 0;
}

static void table(FILE *out, const struct findings *all)
{
	findings_print(out, all, false);
	findings_print_statements(out, all, false);
}

static void expect(const char *name, void (*write)(FILE *, const struct findings *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write(out, &findings);
	fclose(out);
	expect_text(name, text);
	free(text);
}

static void test_table(void **state)
{
	(void)state;
	expect("observatory.txt", table);
}

static void test_forms(void **state)
{
	(void)state;
	expect("observatory-forms.txt", findings_print_forms);
}

static char *written(void (*write)(FILE *, const struct findings *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write(out, &findings);
	fclose(out);
	return text;
}

static void test_csv(void **state)
{
	char *text = written(findings_csv), *line = text;
	u32 lines = 0;

	(void)state;
	while (*line) {
		u32 commas = 0;
		bool quoted = false;

		for (; *line != '\n'; line++) {
			quoted ^= *line == '"';
			commas += *line == ',' && !quoted;
		}
		assert_int_equal(commas, 18);
		lines++;
		line++;
	}
	/* Six rows have a control; each of these has eight cells more in the guest. */
	assert_int_equal(lines, 1 + 16 * FAKE_ROWS + 8 * 6);
	assert_non_null(strstr(text,
	                       "\nSGDT,sgdt m,robin,64,guest_ring0,off,descriptor-table exiting,"
	                       "on,2,exit,46,0x1f0,700,,,0x1800,,2,\n"));
	assert_non_null(strstr(text, "\nPOPF,popfq,robin,64,bare_ring0,on,none,,1,executed,,,,,,,"
	                             "RFLAGS.IF RFLAGS.IOPL,1,\n"));
	assert_non_null(strstr(text, ",unmeasured,,,,,,,,,the machine ended before it came to that "
	                             "row\n"));
	free(text);
}

/* Parts of it; that it parses, its reader tells. */
static void test_json(void **state)
{
	char *text = written(findings_json);

	(void)state;
	assert_non_null(strstr(text, "\"robin_names\": 5, \"robin_violating_64\": 4"));
	assert_non_null(strstr(text, "{\"ring\": 0, \"umip\": false, \"control\": false, "
	                             "\"hosting\": \"differs\"}"));
	assert_non_null(strstr(text, "{\"umip\": false, \"privilege\": \"runs\", \"sensitivity\": "
	                             "\"location user\", \"violates\": true"));
	assert_non_null(strstr(text, "\"id\": \"theorem-1\""));
	free(text);
}

static void put_page(FILE *out, const struct findings *all)
{
	web_begin(out, "A page", "Of a test.");
	findings_web(out, all);
	web_end(out);
}

/* Tags open and close in order: attributes and text have neither < nor >. */
static void test_page(void **state)
{
	char *text = written(put_page), *at = text;
	char stack[32][16];
	u32 depth = 0;

	(void)state;
	assert_non_null(strstr(text, ">exit 46 &#8800;</td>"));
	assert_non_null(strstr(text, "the machine ended before it came to that row</li>"));
	while ((at = strchr(at, '<'))) {
		char name[16] = "";
		const char *end = strchr(at, '>');

		assert_non_null(end);
		if (!strncmp(at, "<script>", 8))
			at = strstr(at, "</script>");
		else if (!strncmp(at, "<style>", 7))
			at = strstr(at, "</style>");
		else if (at[1] == '/') {
			sscanf(at + 2, "%15[a-z0-9]", name);
			assert_true(depth > 0);
			assert_string_equal(name, stack[--depth]);
		} else if (at[1] != '!' && end[-1] != '/') {
			sscanf(at + 1, "%15[a-z0-9]", name);
			assert_true(depth < ARRAY_SIZE(stack));
			strcpy(stack[depth++], name);
		}
		at++;
	}
	assert_int_equal(depth, 0);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table), cmocka_unit_test(test_forms),
		cmocka_unit_test(test_csv),   cmocka_unit_test(test_json),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
