/*
 * The VM-entry checker: every rule is broken by the smallest change that breaks it and is then the
 * only finding; entries of every kind that are valid have none; and what the processor does not have
 * is not looked at.
 *
 * Sources: vmx/features.c vmx/fields.c lib/items.c vmx/check.c vmx/check_control.c vmx/check_host.c vmx/check_guest.c
 */
#include "tests/unit/check_rows.h"

#define ROOM 64

static struct vmcs_snapshot vmcs;
static struct vmx_capabilities caps;
static struct check_finding findings[ROOM];

static u32 check_reads;

static void hide(u32 feature)
{
	const struct feature_row *row = &vmx_features[feature];

	if (row->place == PLACE_EPT_CAP)
		caps.ept_vpid &= ~BIT(row->bit);
	else if (row->place < CONTROL_WORDS)
		caps.allowed1[row->place] &= (u32)~BIT(row->bit);
	else
		fail_msg("cannot hide %s", row->token);
}

static void prepare(const struct check_row *row)
{
	static const struct fake_edit mode32[] = {MODE32, SET(guest_rflags, BIT(17))};

	fake_entry(&vmcs);
	if (row->v86) {
		fake_change(&vmcs, mode32, ARRAY_SIZE(mode32));
		for (u32 i = ES; i <= GS; i++) {
			u64 selector = vmcs.value[PLACE_OF_guest_es_selector + i];
			vmcs.value[PLACE_OF_guest_es_base + i] = selector << 4;
			vmcs.value[PLACE_OF_guest_es_limit + i] = 0xffff;
			vmcs.value[PLACE_OF_guest_es_access + i] = 0xf3;
		}
	}
	fake_change(&vmcs, row->edits, ARRAY_SIZE(row->edits));
	caps = fake_capable;
	if (row->hide)
		hide((u32)row->hide - 1);
	caps.basic ^= row->basic;
	caps.misc ^= row->misc;
	if (row->address)
		fake_memory[row->address / 8] = row->value;
}

static bool counted_read(u64 physical, void *to, u64 bytes)
{
	check_reads++;
	return fake_read(physical, to, bytes);
}

/* A control that exists and is set, those of the secondary word only if that is activated. */
static bool is_on(s32 feature)
{
	static const u16 fields[] = {PLACE_OF_pin_controls, PLACE_OF_primary_controls,
	                             PLACE_OF_secondary_controls, PLACE_OF_exit_controls,
	                             PLACE_OF_entry_controls};

	if (feature == FEATURE_ALWAYS)
		return true;
	const struct feature_row *row = &vmx_features[feature];
	if (row->place == PLACE_VMFUNC)
		return is_on(FEATURE_vmfunc) && vmcs.value[PLACE_OF_vm_function_controls] & 1;
	if (row->place == PLACE_SECONDARY && !is_on(FEATURE_secondary_controls))
		return false;
	return vmcs.value[fields[row->place]] >> row->bit & 1;
}

static u32 check(void)
{
	const struct check_input input = {&vmcs, &caps, counted_read};

	return vmx_check_entry(&input, findings, ROOM);
}

static const char *rule_name(u32 rule)
{
	u32 count;
	const struct check_rule *rules = vmx_check_rules(&count);

	return rule < count ? rules[rule].token : "nothing";
}

static u32 number(const struct check_finding *finding)
{
	u32 count;

	return (u32)(finding->rule - vmx_check_rules(&count));
}

static void show(size_t row, u32 count)
{
	for (u32 i = 0; i < count && i < ROOM; i++)
		print_error("row %zu (%s): found %s at %s = %lx\n", row,
		            rule_name(check_rows[row].rule), rule_name(number(&findings[i])),
		            vmcs_fields[findings[i].place].name, findings[i].value);
	if (!count)
		print_error("row %zu (%s): nothing found\n", row, rule_name(check_rows[row].rule));
}

/* True if the findings are what the row says. */
static bool as_expected(const struct check_row *row, u32 count)
{
	bool found = row->rule == VALID;

	for (u32 i = 0; i < count; i++) {
		u32 rule = number(&findings[i]);
		if (rule == row->rule && (!row->place || findings[i].place == row->place) &&
		    (row->place || findings[i].place == findings[i].rule->place))
			found = true;
		else if ((s32)rule + 1 != row->also)
			return false;
	}
	return found && count == (u32)((row->rule != VALID) + (row->also > 0));
}

TEST(every_row_breaks_its_rule_and_no_other)
{
	bool wrong = false;

	for (size_t i = 0; i < ARRAY_SIZE(check_rows); i++) {
		prepare(&check_rows[i]);
		u32 count = check();
		if (!as_expected(&check_rows[i], count)) {
			show(i, count);
			wrong = true;
		}
	}
	assert_false(wrong);
}

TEST(every_rule_is_broken_by_a_row)
{
	bool reached[CHECK_RULE_COUNT + 1] = {false}, wrong = false;

	for (size_t i = 0; i < ARRAY_SIZE(check_rows); i++)
		reached[check_rows[i].rule] = true;
	for (u32 i = 0; i < CHECK_RULE_COUNT; i++)
		if (!reached[i]) {
			print_error("no row breaks %s\n", rule_name(i));
			wrong = true;
		}
	assert_false(wrong);
}

/*
 * Whatever a field holds whose control is off, or which does not exist, the findings stay the same.
 */
TEST(what_is_not_there_is_not_looked_at)
{
	for (size_t i = 0; i < ARRAY_SIZE(check_rows); i++) {
		struct check_finding before[ROOM];
		prepare(&check_rows[i]);
		u32 count = check();
		memcpy(before, findings, sizeof(before));
		for (u32 place = 0; place < VMCS_FIELD_COUNT; place++)
			if (!vmcs_has_field(&caps, place) || !is_on(vmcs_fields[place].feature))
				vmcs.value[place] = 0xdeadbeefdeadbeef;
		if (check() != count || memcmp(before, findings, sizeof(before)))
			fail_msg("row %zu (%s)", i, rule_name(check_rows[i].rule));
	}
}

/* The list is cut to the room there is, the count is not; classes come in the processor's order. */
TEST(all_is_found_in_order)
{
	static const struct fake_edit wrong[] = {
		PUT(entry_msr_load_count, 2), PUT(entry_msr_load_address, MSR_LIST),
		PUT(guest_rflags, 0),         PUT(host_cr4, 0),
		PUT(cr3_target_count, 9),
	};
	static const u32 expected[] = {RULE_cr3_targets,     RULE_host_cr4, RULE_host_pae,
	                               RULE_rflags_reserved, RULE_msr_base, RULE_msr_reserved};
	struct check_finding one;

	prepare(&(struct check_row){.address = MSR_LIST, .value = BIT(40) | MSR_GS_BASE});
	fake_change(&vmcs, wrong, ARRAY_SIZE(wrong));
	assert_int_equal(check(), ARRAY_SIZE(expected));
	for (u32 i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(rule_name(number(&findings[i])), rule_name(expected[i]));
		assert_int_equal(findings[i].entry, i >= 4);
		assert_true(!i || findings[i].rule->class >= findings[i - 1].rule->class);
	}
	assert_int_equal(findings[5].value, BIT(40) | MSR_GS_BASE);
	assert_int_equal(vmx_check_entry(&(struct check_input){&vmcs, &caps, fake_read}, &one, 1),
	                 ARRAY_SIZE(expected));
	assert_int_equal(number(&one), RULE_cr3_targets);
}

/* Without memory to look into, and where reading it fails, what lies there is not judged. */
TEST(memory_that_cannot_be_read_is_not_judged)
{
	for (size_t i = 0; i < ARRAY_SIZE(check_rows); i++) {
		u32 rule = check_rows[i].rule;
		if (rule != RULE_tpr_vtpr && rule != RULE_link_revision &&
		    rule != RULE_link_shadow && rule != RULE_pdpte_memory && rule < RULE_msr_base)
			continue;
		prepare(&check_rows[i]);
		struct check_input input = {&vmcs, &caps, NULL};
		assert_int_equal(vmx_check_entry(&input, findings, ROOM), 0);
	}
	const struct check_row beyond = {.edits = {PUT(vmcs_link_pointer, BIT(40)),
	                                           PUT(entry_msr_load_count, ~0u),
	                                           PUT(entry_msr_load_address, BIT(40))}};
	prepare(&beyond);
	assert_int_equal(check(), 0);
}

TEST(addresses_are_as_wide_as_the_processor)
{
	prepare(&(struct check_row){.edits = {PUT(guest_fs_base, BIT(55)), PUT(guest_rip, BIT(56)),
	                                      PUT(guest_cr3, BIT(51))}});
	assert_int_equal(check(), 3);
	caps.linear_bits = 57;
	assert_int_equal(check(), 1);
	caps.physical_bits = 0; /* not known: as wide as can be */
	assert_int_equal(check(), 0);
	vmcs.value[PLACE_OF_guest_cr3] = BIT(62); /* linear-address masking */
	assert_int_equal(check(), 1);
	caps.cr4_fixed1 |= BIT(28);
	assert_int_equal(check(), 0);
}

TEST(rules_are_worded)
{
	u32 count;
	const struct check_rule *rules = vmx_check_rules(&count);

	assert_int_equal(count, CHECK_RULE_COUNT);
	for (u32 i = 0; i < count; i++) {
		assert_in_range(rules[i].class, CHECK_CONTROL, CHECK_MSR_LOAD);
		assert_true(rules[i].title[0] && rules[i].required[0] && rules[i].advice[0]);
		assert_true(strlen(rules[i].required) + strlen(rules[i].advice) < 160);
	}
	assert_string_equal(check_class_text(CHECK_CONTROL), "VM-instruction error 7");
	assert_string_equal(check_class_text(CHECK_HOST), "VM-instruction error 8");
	assert_string_equal(check_class_text(CHECK_GUEST), "exit reason 33");
	assert_string_equal(check_class_text(CHECK_MSR_LOAD), "exit reason 34");
}

/* The processor's lists end somewhere: longer ones are undefined, and must not hold ring -1 up. */
TEST(a_long_list_is_not_read_for_ever)
{
	static const struct fake_edit list[] = {PUT(entry_msr_load_count, ~0u)};

	prepare(&(struct check_row){.rule = VALID});
	fake_change(&vmcs, list, ARRAY_SIZE(list));
	memset(fake_memory, 0, sizeof(fake_memory));
	check_reads = 0;
	check();
	assert_in_range(check_reads, 1, 512 + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_breaks_its_rule_and_no_other),
		cmocka_unit_test(every_rule_is_broken_by_a_row),
		cmocka_unit_test(what_is_not_there_is_not_looked_at),
		cmocka_unit_test(all_is_found_in_order),
		cmocka_unit_test(memory_that_cannot_be_read_is_not_judged),
		cmocka_unit_test(a_long_list_is_not_read_for_ever),
		cmocka_unit_test(addresses_are_as_wide_as_the_processor),
		cmocka_unit_test(rules_are_worded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
