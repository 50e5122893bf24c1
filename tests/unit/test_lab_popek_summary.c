/*
 * What lab 7 says in short: the figures of each part, and nothing of a part that was not measured.
 *
 * Sources: tools
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lab_popek_summary.h"

static struct popek_summary summary;

static void test_nothing(void **state)
{
	static const struct findings findings;
	static const struct equivalence_result equivalence;
	static const struct resource_result resource;
	static const struct efficiency_result efficiency;

	(void)state;
	summary = (struct popek_summary){0};
	popek_add_findings(&summary, &findings);
	popek_add_equivalence(&summary, &equivalence);
	popek_add_resource(&summary, &resource);
	popek_add_efficiency(&summary, &efficiency);
	assert_int_equal(summary.count, 0);
}

static void test_findings(void **state)
{
	static struct findings findings;
	struct classification *c = &findings.classification;

	(void)state;
	summary = (struct popek_summary){0};
	c->without[0] = (struct tally_of_rows){.judged = 20, .sensitive = 9, .violating = 4};
	c->without[1] = (struct tally_of_rows){.judged = 20, .sensitive = 9, .violating = 3};
	c->with[0][SETTING_USUAL].sensitive = 18;
	c->with[0][SETTING_USUAL].by[HOSTED_EXITS] = 2;
	c->with[0][SETTING_USUAL].by[HOSTED_ANSWERS] = 1;
	c->with[0][SETTING_USUAL].by[HOSTED_UNKNOWN] = 5;
	popek_add_findings(&summary, &findings);
	assert_int_equal(summary.count, 3);
	assert_string_equal(summary.lines[0].verdict, "does not hold");
	assert_string_equal(summary.lines[0].figures,
	                    "of 9 sensitive forms 4 are not privileged (with UMIP on: 3)");
	assert_string_equal(summary.lines[1].verdict, "holds");
	assert_string_equal(summary.lines[2].verdict, "holds");
	assert_non_null(strstr(summary.lines[2].figures, "3 exit, 10 act"));
	c->with[0][SETTING_USUAL].by[HOSTED_DIFFERS] = 1;
	summary.count = 0;
	popek_add_findings(&summary, &findings);
	assert_string_equal(summary.lines[2].verdict, "does not hold");
	/* A processor without UMIP. */
	c->without[1] = (struct tally_of_rows){.rows = 20, .unknown = 20};
	summary.count = 0;
	popek_add_findings(&summary, &findings);
	assert_non_null(strstr(summary.lines[0].figures, "(with UMIP on: not measured)"));
	assert_non_null(strstr(summary.lines[1].figures, "(with UMIP on: not measured)"));
}

/* With what was not measured no property holds; one attempt that is not contained is enough. */
static void test_properties(void **state)
{
	static struct equivalence_result equivalence = {
		.count = 3,
		.sessions = {{.measured = true, .total = 5, .violations = 0},
	                     {.measured = false, .violations = 9},
	                     {.measured = true, .total = 7, .violations = 7, .switched = "x"}},
	};
	static struct resource_result resource = {
		.count = 2,
		.experiments = {{.count = 3,
	                         .cells = {{.protected = true, .outcome = RESOURCE_contained},
	                                   {.outcome = RESOURCE_hung},
	                                   {.outcome = RESOURCE_unmeasured}}},
	                        {.count = 1,
	                         .cells = {{.protected = true, .outcome = RESOURCE_taken}}}},
	};

	(void)state;
	summary = (struct popek_summary){0};
	popek_add_equivalence(&summary, &equivalence);
	popek_add_resource(&summary, &resource);
	assert_int_equal(summary.count, 2);
	assert_string_equal(summary.lines[0].verdict, "not decided");
	assert_non_null(strstr(summary.lines[0].figures, "1 sessions"));
	assert_non_null(strstr(summary.lines[0].figures, "unmasked: 7)"));
	assert_string_equal(summary.lines[1].verdict, "does not hold");
	assert_non_null(strstr(summary.lines[1].figures, "1 of 2 attempts"));
	assert_non_null(strstr(summary.lines[1].figures, "1 of 1 are not"));
	resource.experiments[1].cells[0].outcome = RESOURCE_unmeasured;
	equivalence.sessions[1].measured = true;
	equivalence.sessions[1].violations = 0;
	equivalence.sessions[2].measured = false;
	summary.count = 0;
	popek_add_equivalence(&summary, &equivalence);
	popek_add_resource(&summary, &resource);
	assert_string_equal(summary.lines[0].verdict, "holds");
	assert_non_null(strstr(summary.lines[0].figures, "unmasked: not measured)"));
	assert_string_equal(summary.lines[1].verdict, "not decided");
	assert_non_null(strstr(summary.lines[1].figures, "attempts not measured: 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
