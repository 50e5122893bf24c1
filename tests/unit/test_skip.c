/*
 * Skipping an instruction: what else than RIP moves, and when the quick way declines.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "hv/exit.h"

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	return 0;
}

static void at(u64 rip, u64 length, bool mode64)
{
	fake_fields[VMCS_guest_rip] = rip;
	fake_fields[VMCS_exit_instruction_length] = length;
	fake_fields[VMCS_guest_cs_access] = mode64 ? 0xa09b : 0xc09b;
}

static void goes_to(u64 rip)
{
	assert_int_equal(fake_fields[VMCS_guest_rip], rip);
}

TEST(rip_moves_behind_the_instruction)
{
	skip_instruction();
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
}

TEST(eip_wraps_outside_64_bit_mode)
{
	at(0xfffffffe, 2, false);
	skip_instruction();
	goes_to(0);
	at(0xfffffffe, 5, false);
	skip_instruction();
	goes_to(3);
	at(0xfffffffe, 5, true);
	skip_instruction();
	goes_to(0x100000003);
	at(~0ull, 1, true);
	skip_instruction();
	goes_to(0);
}

TEST(blocking_by_sti_and_mov_ss_ends_and_no_other)
{
	fake_fields[VMCS_guest_interruptibility] = 0xf;
	skip_instruction();
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0xc);
	fake_fields[VMCS_guest_interruptibility] = 8; /* by NMI */
	skip_instruction();
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 8);
}

TEST(a_single_step_falls_due)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	fake_fields[VMCS_guest_pending_debug] = 1;
	skip_instruction();
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0x4001);
}

TEST(a_step_from_branch_to_branch_does_not)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	fake_fields[VMCS_guest_debugctl] = DEBUGCTL_BTF;
	skip_instruction();
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
}

TEST(the_quick_way_does_the_plain_case)
{
	assert_true(skip_simply());
	ASSERT_SKIPPED();
	fake_machine();
	fake_fields[VMCS_guest_interruptibility] = 8;
	fake_fields[VMCS_guest_rflags] = 0x246;
	assert_true(skip_simply());
}

TEST(the_quick_way_declines_and_changes_nothing)
{
	static u64 before[ARRAY_SIZE(fake_fields)];

	for (u32 i = 0; i < 4; i++) {
		fake_machine();
		if (i < 2)
			fake_fields[VMCS_guest_interruptibility] = BIT(i);
		else if (i == 2)
			fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
		else
			at(0xffffffff, 1, false);
		memcpy(before, fake_fields, sizeof(before));
		assert_false(skip_simply());
		assert_memory_equal(before, fake_fields, sizeof(before));
	}
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(rip_moves_behind_the_instruction),
		RUN(eip_wraps_outside_64_bit_mode),
		RUN(blocking_by_sti_and_mov_ss_ends_and_no_other),
		RUN(a_single_step_falls_due),
		RUN(a_step_from_branch_to_branch_does_not),
		RUN(the_quick_way_does_the_plain_case),
		RUN(the_quick_way_declines_and_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
