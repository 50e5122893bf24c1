/*
 * Facts of lab 7 out of made-up cells; what was not measured is no fact. And which parts of the lab
 * there are to measure.
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

#include "tools/lab_popek_facts.h"

static row_cells cells[OBSERVATORY_ROWS];
static struct findings findings;
static struct lab_run run;

static struct observed_cell ends(bool faulted, u8 vector, bool has_value, u64 value)
{
	return (struct observed_cell){.measured = true,
	                              .faulted = faulted,
	                              .vector = vector,
	                              .has_value = has_value,
	                              .value = value};
}

static void both(u32 row, u32 place, u32 umip, u32 control, struct observed_cell cell)
{
	cells[row][place][umip][control][0] = cell;
	cells[row][place][umip][control][1] = cell;
}

static void judge(void)
{
	const struct subject subject = {instruction_forms, OBSERVATORY_ROWS,
	                                (const row_cells *)cells, instruction_controls, true};

	findings_start(&findings, &subject, NULL);
	popek_facts(&run, &findings);
	findings_stop(&findings);
}

static int tear_down(void **state)
{
	(void)state;
	lab_drop_facts(&run);
	memset(cells, 0, sizeof(cells));
	return 0;
}

static void expect_fact(const char *id, const char *value)
{
	const struct fact *fact = lab_find_fact(&run, id);

	if (!value) {
		assert_null(fact);
		return;
	}
	assert_non_null(fact);
	assert_string_equal(fact->value, value);
	assert_true(*fact->evidence); /* where to look */
}

static void test_unmeasured(void **state)
{
	(void)state;
	judge();
	for (u32 i = 0; i < POPEK_QUESTIONS; i++)
		expect_fact(popek_questions[i].fact, NULL);
}

static void test_instructions(void **state)
{
	struct observed_cell exit = ends(false, 0, true, 0x1000);

	(void)state;
	for (u32 umip = 0; umip < 2; umip++) {
		both(OBSERVED_sgdt, BARE_RING0, umip, 0, ends(false, 0, true, 0x1000));
		both(OBSERVED_mov_r_cs, BARE_RING0, umip, 0, ends(false, 0, true, 8));
		both(OBSERVED_mov_r_cs, BARE_RING3, umip, 0, ends(false, 0, true, 0x33));
	}
	both(OBSERVED_sgdt, BARE_RING3, 0, 0, ends(false, 0, true, 0x1000));
	both(OBSERVED_sgdt, BARE_RING3, 1, 0, ends(true, 13, false, 0));
	both(OBSERVED_popfq_if, BARE_RING3, 0, 0, ends(false, 0, true, 0));
	exit.exit_count = 1;
	exit.exits[0].reason = 46;
	both(OBSERVED_sidt, GUEST_RING3, 0, 1, exit);
	both(OBSERVED_sidt, GUEST_RING3, 1, 1, ends(true, 6, false, 0));
	both(OBSERVED_mov_r_cr4, GUEST_RING0, 0, 0, ends(false, 0, true, BIT(13)));
	judge();
	expect_fact("sgdt-privileged", "no");
	expect_fact("sgdt-umip", "#GP");
	expect_fact("popf-traps", "no");
	expect_fact("mov-cs-class", "mode");
	expect_fact("sidt-exit", "46");
	expect_fact("sidt-umip", "#UD");
	expect_fact("vmxe-visible", "yes");
}

/* The same cells the other way: the facts follow. */
static void test_others(void **state)
{
	(void)state;
	both(OBSERVED_sgdt, BARE_RING0, 0, 0, ends(false, 0, true, 0x1000));
	both(OBSERVED_sgdt, BARE_RING3, 0, 0, ends(true, 13, false, 0));
	both(OBSERVED_popfq_if, BARE_RING3, 0, 0, ends(true, 13, false, 0));
	both(OBSERVED_mov_r_cs, BARE_RING3, 0, 0, ends(false, 0, true, 8));
	both(OBSERVED_mov_r_cs, BARE_RING0, 0, 0, ends(false, 0, true, 8));
	both(OBSERVED_sidt, GUEST_RING3, 0, 1, ends(false, 0, true, 8));
	both(OBSERVED_mov_r_cr4, GUEST_RING0, 0, 0, ends(false, 0, true, 0));
	judge();
	expect_fact("sgdt-privileged", "yes");
	expect_fact("popf-traps", "yes");
	expect_fact("mov-cs-class", "innocuous");
	expect_fact("sidt-exit", "none");
	expect_fact("vmxe-visible", "no");
}

/* How many of the list violate, and which no more with UMIP. */
static void test_list(void **state)
{
	(void)state;
	for (u32 umip = 0; umip < 2; umip++) {
		both(OBSERVED_smsw_m, BARE_RING0, umip, 0, ends(false, 0, true, 1));
		both(OBSERVED_lar_m_dpl0, BARE_RING0, umip, 0, ends(false, 0, true, 1));
		both(OBSERVED_lar_m_dpl0, BARE_RING3, umip, 0, ends(false, 0, true, 0));
	}
	both(OBSERVED_smsw_m, BARE_RING3, 0, 0, ends(false, 0, true, 2));
	both(OBSERVED_smsw_m, BARE_RING3, 1, 0, ends(true, 13, false, 0));
	judge();
	expect_fact("robin-64", "2");
	expect_fact("umip-mends", "SMSW");
}

static void test_parts(void **state)
{
	struct error error = {""};

	(void)state;
	run.only = "instructions,efficient";
	assert_false(lab_popek_goldberg.run(&run, &error));
	assert_non_null(strstr(error.text, "efficient is no part of this lab"));
	run.only = NULL;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_unmeasured, tear_down),
		cmocka_unit_test_teardown(test_instructions, tear_down),
		cmocka_unit_test_teardown(test_others, tear_down),
		cmocka_unit_test_teardown(test_list, tear_down),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
