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
	                                    .what = "ring -1 ended the guest."},
	                                   {.setting = "HLT exiting off",
	                                    .outcome = RESOURCE_hung,
	                                    .what = "the machine stood still."}}}},
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
