/*
 * Popek's and Goldberg's definitions over made-up cells: what is privileged, what is sensitive and
 * by which cells, what VT-x makes of it, and what is counted.
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
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_observatory.h"

static struct classification all;

static int set_up(void **state)
{
	const struct subject subject = fake_subject();

	(void)state;
	classify(&all, &subject);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	classify_stop(&all);
	return 0;
}

static void expect_row(u32 row, u32 umip, enum privilege privilege, u32 sensitivity, bool violates)
{
	const struct verdict *verdict = &all.rows[row][umip];

	assert_int_equal(verdict->privilege, privilege);
	assert_int_equal(verdict->sensitivity, sensitivity);
	assert_int_equal(verdict->violates, violates);
}

static void test_rows(void **state)
{
	(void)state;
	expect_row(FAKE_SGDT, 0, PRIVILEGE_RUNS, SENSITIVE_LOCATION | SENSITIVE_USER, true);
	expect_row(FAKE_SGDT, 1, PRIVILEGE_TRAPS, SENSITIVE_LOCATION, false);
	for (u32 umip = 0; umip < 2; umip++) {
		expect_row(FAKE_POPF, umip, PRIVILEGE_RUNS, SENSITIVE_CONTROL | SENSITIVE_MODE,
		           true);
		expect_row(FAKE_MOV_CS, umip, PRIVILEGE_RUNS, SENSITIVE_MODE, true);
		expect_row(FAKE_MOV_DS, umip, PRIVILEGE_OPERAND, SENSITIVE_MODE, true);
		expect_row(FAKE_PUSH_CS, umip, PRIVILEGE_ABSENT, 0, false);
		expect_row(FAKE_PUSH_CS_32, umip, PRIVILEGE_RUNS, SENSITIVE_MODE, true);
		expect_row(FAKE_LGDT, umip, PRIVILEGE_TRAPS, SENSITIVE_CONTROL, false);
		expect_row(FAKE_STAC, umip, PRIVILEGE_TRAPS, SENSITIVE_CONTROL, false);
		expect_row(FAKE_HLT, umip, PRIVILEGE_TRAPS, 0, false);
		expect_row(FAKE_RDMSR, umip, PRIVILEGE_FAULTS, 0, false);
		expect_row(FAKE_MISSING, umip, PRIVILEGE_UNKNOWN, 0, false);
		expect_row(FAKE_CPUID, umip, PRIVILEGE_RUNS, 0, false);
		expect_row(FAKE_ADD, umip, PRIVILEGE_RUNS, 0, false);
	}
}

/* A clock's value differs between any two cells: that is no sensitivity. */
static void test_unsteady(void **state)
{
	(void)state;
	expect_row(FAKE_RDTSC, 0, PRIVILEGE_RUNS, VALUE_UNSTEADY, false);
	assert_int_equal(all.without[0].unsteady, 1);
	assert_int_equal(all.hosted[FAKE_RDTSC][1][0][0].hosting, HOSTED_UNSTEADY);
	assert_int_equal(all.hosted[FAKE_RDTSC][1][0][1].hosting, HOSTED_EXITS);
}

static void test_evidence(void **state)
{
	const struct verdict *verdict = &all.rows[FAKE_SGDT][0];

	(void)state;
	assert_int_equal(verdict->evidence_count, 2);
	assert_int_equal(verdict->evidence[0].of, 0);
	assert_int_equal(verdict->evidence[0].place[0], BARE_RING3);
	assert_int_equal(verdict->evidence[0].place[1], BARE_RING0);
	assert_int_equal(verdict->evidence[1].of, SENSITIVE_LOCATION);
	assert_int_equal(verdict->evidence[1].place[1], BARE_RING3);
	assert_int_equal(verdict->evidence[1].world[0], 0);
	assert_int_equal(verdict->evidence[1].world[1], 1);
	verdict = &all.rows[FAKE_POPF][0];
	assert_int_equal(verdict->evidence_count, 3);
	assert_int_equal(verdict->evidence[1].of, SENSITIVE_CONTROL);
	assert_int_equal(verdict->evidence[1].place[0], BARE_RING0);
	assert_int_equal(verdict->evidence[2].of, SENSITIVE_MODE);
}

static enum hosting hosting(u32 row, u32 ring0, u32 umip, u32 control)
{
	return all.hosted[row][ring0][umip][control].hosting;
}

static void test_hosted(void **state)
{
	(void)state;
	assert_int_equal(hosting(FAKE_SGDT, 1, 0, 0), HOSTED_SAME);
	assert_int_equal(hosting(FAKE_SGDT, 1, 0, 1), HOSTED_EXITS);
	assert_int_equal(hosting(FAKE_SGDT, 0, 1, 1), HOSTED_SAME); /* UMIP comes first */
	assert_int_equal(hosting(FAKE_SMSW, 1, 0, 0), HOSTED_DIFFERS);
	assert_int_equal(hosting(FAKE_SMSW, 1, 0, 1), HOSTED_SAME);
	assert_int_equal(hosting(FAKE_POPF, 0, 0, 0), HOSTED_SAME);
	assert_int_equal(hosting(FAKE_PUSH_CS, 1, 0, 0), HOSTED_ABSENT);
	assert_int_equal(hosting(FAKE_CPUID, 0, 0, 0), HOSTED_ANSWERS);
	assert_int_equal(hosting(FAKE_RDMSR, 1, 0, 0), HOSTED_EXITS);
	assert_int_equal(hosting(FAKE_MISSING, 1, 0, 0), HOSTED_UNKNOWN);
	assert_int_equal(hosting(FAKE_POPF, 0, 0, 1), HOSTED_UNKNOWN);
}

static const struct mnemonic *find(const char *name, u32 mode)
{
	for (u32 i = 0; i < all.mnemonic_count; i++)
		if (!strcmp(all.mnemonics[i].name, name) && all.mnemonics[i].mode == mode)
			return &all.mnemonics[i];
	fail_msg("no mnemonic %s of %u bits", name, mode);
	return NULL;
}

static void test_mnemonics(void **state)
{
	const struct mnemonic *mnemonic = find("MOV", 64);

	(void)state;
	assert_int_equal(all.mnemonic_count, FAKE_ROWS - 1);
	assert_int_equal(mnemonic->count, 2);
	assert_int_equal(mnemonic->at[0].violating, 2);
	assert_false(mnemonic->at[0].privileged);
	assert_false(find("PUSH", 64)->at[0].judged);
	assert_true(find("PUSH", 32)->at[0].judged);
	assert_true(find("SGDT", 64)->at[1].privileged);
	assert_false(find("SGDT", 64)->at[0].privileged);
}

static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(all.without[0].rows, FAKE_ROWS);
	assert_int_equal(all.without[0].unknown, 1);
	assert_int_equal(all.without[0].absent, 1);
	assert_int_equal(all.without[0].faulting, 1);
	assert_int_equal(all.without[0].sensitive, 8);
	assert_int_equal(all.without[0].violating, 6);
	assert_int_equal(all.without[0].user_sensitive, 2); /* SGDT and SMSW */
	assert_int_equal(all.without[0].user_violating, 2);
	assert_int_equal(all.without[1].sensitive, 8);
	assert_int_equal(all.without[1].violating, 4);
	assert_int_equal(all.without[1].user_sensitive, 0);
	assert_int_equal(all.with[0][SETTING_USUAL].sensitive, 16);
	assert_int_equal(all.with[0][SETTING_USUAL].by[HOSTED_DIFFERS], 0);
	assert_int_equal(all.with[0][SETTING_OFF].by[HOSTED_DIFFERS], 2);
	assert_int_equal(all.with[1][SETTING_OFF].by[HOSTED_DIFFERS], 1);
	assert_int_equal(all.with[0][SETTING_ON].by[HOSTED_EXITS], 3);
	assert_int_equal(all.robin_names, 5);
	assert_int_equal(all.robin[0][0], 4); /* not PUSH CS */
	assert_int_equal(all.robin[0][1], 1);
	assert_int_equal(all.robin[0][2], 5);
	assert_int_equal(all.robin[1][2], 3);
}

/* What runs in ring 3 in one world is not privileged, whatever it does in the other. */
static void test_worlds(void **state)
{
	row_cells cells = {0};
	struct verdict verdict;

	(void)state;
	for (u32 world = 0; world < 2; world++) {
		cells[BARE_RING3][0][0][world] = world ? fake_run(0) : fake_fault(13, 0);
		cells[BARE_RING0][0][0][world] = fake_run(0);
	}
	classify_row(&verdict, (const row_cells *)&cells, 0);
	assert_int_equal(verdict.privilege, PRIVILEGE_RUNS);
	assert_int_equal(verdict.evidence[0].world[0], 1);
	cells[BARE_RING3][0][0][1] = (struct observed_cell){0};
	classify_row(&verdict, (const row_cells *)&cells, 0);
	assert_int_equal(verdict.privilege, PRIVILEGE_TRAPS);
	cells[BARE_RING0][0][0][0] = fake_fault(13, 8);
	classify_row(&verdict, (const row_cells *)&cells, 0);
	assert_int_equal(verdict.privilege, PRIVILEGE_FAULTS);
	cells[BARE_RING3][0][0][0] = fake_run(0); /* runs where ring 0 faults */
	classify_row(&verdict, (const row_cells *)&cells, 0);
	assert_int_equal(verdict.privilege, PRIVILEGE_RUNS);
	assert_int_equal(verdict.sensitivity, SENSITIVE_MODE);
	assert_true(verdict.violates);
}

/* A #PF, or a #GP that names a selector, is no privilege trap. */
static void test_operand_traps(void **state)
{
	static const u8 vectors[] = {10, 11, 12, 14, 17};
	row_cells cells = {0};
	struct verdict verdict;

	(void)state;
	cells[BARE_RING0][1][0][0] = fake_run(0);
	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		cells[BARE_RING3][1][0][0] = fake_fault(vectors[i], 0);
		classify_row(&verdict, (const row_cells *)&cells, 1);
		assert_int_equal(verdict.privilege, PRIVILEGE_OPERAND);
		assert_int_equal(verdict.sensitivity, SENSITIVE_MODE);
	}
}

/* SYSENTER goes to ring 0 and clears IF; in ring 0 it clears IF. A return to ring 3 is no gate. */
static void test_gate(void **state)
{
	row_cells cells = {0};
	struct verdict verdict;

	(void)state;
	cells[BARE_RING3][0][0][0] = fake_run(BIT(CHANGED_cpl) | BIT(CHANGED_if));
	cells[BARE_RING0][0][0][0] = fake_run(BIT(CHANGED_if));
	classify_row(&verdict, (const row_cells *)&cells, 0);
	assert_int_equal(verdict.privilege, PRIVILEGE_GATE);
	assert_int_equal(verdict.sensitivity, 0);
	assert_false(verdict.violates);
	cells[BARE_RING3][0][0][0] = fake_run(0);
	cells[BARE_RING0][0][0][0] = fake_run(BIT(CHANGED_cpl));
	classify_row(&verdict, (const row_cells *)&cells, 0);
	assert_int_equal(verdict.privilege, PRIVILEGE_RUNS);
	assert_int_equal(verdict.sensitivity, SENSITIVE_CONTROL | SENSITIVE_MODE);
	assert_true(verdict.violates);
}

static void test_nothing(void **state)
{
	const struct subject subject = {0};
	struct classification none;

	(void)state;
	classify(&none, &subject);
	assert_int_equal(none.mnemonic_count, 0);
	classify_stop(&none);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),      cmocka_unit_test(test_unsteady),
		cmocka_unit_test(test_evidence),  cmocka_unit_test(test_hosted),
		cmocka_unit_test(test_mnemonics), cmocka_unit_test(test_counts),
		cmocka_unit_test(test_worlds),    cmocka_unit_test(test_operand_traps),
		cmocka_unit_test(test_nothing),   cmocka_unit_test(test_gate),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
