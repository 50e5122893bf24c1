/*
 * The tables that everything is generated from: VMCS fields, exit reasons, VM-instruction errors.
 * Samples are typed here anew from the SDM's appendices.
 */
#include "tests/unit/unit.h"
#include "vmx/exit_reasons.h"
#include "vmx/features.h"
#include "vmx/fields.h"
#include "vmx/instructions.h"

static const struct {
	u32 encoding;
	const char *name;
} fields[] = {
#define FIELD(encoding, name, exists, text) {encoding, #name},
	VMCS_FIELDS(FIELD)
#undef FIELD
};

static const struct {
	u32 number;
	const char *name;
	enum exit_kind kind;
} exits[] = {
#define EXIT(number, name, kind, fate) {number, #name, EXIT_KIND_##kind},
	EXIT_REASONS(EXIT)
#undef EXIT
};

TEST(encodings_rise)
{
	for (u32 i = 1; i < ARRAY_SIZE(fields); i++)
		if (fields[i].encoding <= fields[i - 1].encoding)
			fail_msg("%s is out of order", fields[i].name);
}

TEST(encodings_are_even_and_have_no_reserved_bit)
{
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		assert_int_equal(fields[i].encoding & ~0x6ffeu, 0);
}

TEST(names_are_unique)
{
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(fields[i].name, fields[j].name);
}

TEST(widths_follow_from_encodings)
{
	assert_int_equal(vmcs_field_bytes(VMCS_virtual_processor_id), 2);
	assert_int_equal(vmcs_field_bytes(VMCS_guest_tr_selector), 2);
	assert_int_equal(vmcs_field_bytes(VMCS_ept_pointer), 8);
	assert_int_equal(vmcs_field_bytes(VMCS_guest_efer), 8);
	assert_int_equal(vmcs_field_bytes(VMCS_exit_reason), 4);
	assert_int_equal(vmcs_field_bytes(VMCS_guest_cs_access), 4);
	assert_int_equal(vmcs_field_bytes(VMCS_guest_rip), 8);
	assert_int_equal(vmcs_field_bytes(VMCS_host_rip), 8);
}

TEST(types_agree_with_names)
{
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
		enum vmcs_field_type type = vmcs_field_type(fields[i].encoding);
		bool host = strncmp(fields[i].name, "host_", 5) == 0;
		bool guest = strncmp(fields[i].name, "guest_", 6) == 0;
		assert_int_equal(host, type == VMCS_HOST);
		if (guest)
			assert_true(type == VMCS_GUEST || type == VMCS_READ_ONLY);
	}
	assert_int_equal(vmcs_field_type(VMCS_guest_physical_address), VMCS_READ_ONLY);
	assert_int_equal(vmcs_field_type(VMCS_entry_controls), VMCS_CONTROL);
}

TEST(fields_as_the_manual_numbers_them)
{
	assert_int_equal(VMCS_guest_cs_selector, 0x802);
	assert_int_equal(VMCS_msr_bitmap, 0x2004);
	assert_int_equal(VMCS_ept_pointer, 0x201a);
	assert_int_equal(VMCS_guest_physical_address, 0x2400);
	assert_int_equal(VMCS_vmcs_link_pointer, 0x2800);
	assert_int_equal(VMCS_guest_efer, 0x2806);
	assert_int_equal(VMCS_guest_pdpte3, 0x2810);
	assert_int_equal(VMCS_host_efer, 0x2c02);
	assert_int_equal(VMCS_entry_interruption_info, 0x4016);
	assert_int_equal(VMCS_secondary_controls, 0x401e);
	assert_int_equal(VMCS_instruction_error, 0x4400);
	assert_int_equal(VMCS_idt_vectoring_info, 0x4408);
	assert_int_equal(VMCS_guest_interruptibility, 0x4824);
	assert_int_equal(VMCS_preemption_timer_value, 0x482e);
	assert_int_equal(VMCS_cr4_shadow, 0x6006);
	assert_int_equal(VMCS_guest_linear_address, 0x640a);
	assert_int_equal(VMCS_guest_rsp, 0x681c);
	assert_int_equal(VMCS_guest_pending_debug, 0x6822);
	assert_int_equal(VMCS_host_rip, 0x6c16);
}

TEST(every_exit_reason_has_one_row)
{
	assert_int_equal(EXIT_REASON_LIMIT, 76);
	assert_int_equal(ARRAY_SIZE(exits), 76);
	for (u32 i = 0; i < ARRAY_SIZE(exits); i++) {
		assert_int_equal(exits[i].number, i);
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(exits[i].name, exits[j].name);
	}
}

TEST(exits_as_the_manual_numbers_them)
{
	assert_int_equal(EXIT_TRIPLE_FAULT, 2);
	assert_int_equal(EXIT_CPUID, 10);
	assert_int_equal(EXIT_VMCALL, 18);
	assert_int_equal(EXIT_CR_ACCESS, 28);
	assert_int_equal(EXIT_IO_INSTRUCTION, 30);
	assert_int_equal(EXIT_WRMSR, 32);
	assert_int_equal(EXIT_EPT_VIOLATION, 48);
	assert_int_equal(EXIT_PREEMPTION_TIMER, 52);
	assert_int_equal(EXIT_XSETBV, 55);
	assert_int_equal(EXIT_NOTIFY, 75);
}

TEST(instruction_errors_have_words)
{
	assert_string_equal(vm_instruction_error_text(7), "VM entry with invalid control field(s)");
	assert_string_equal(vm_instruction_error_text(28), "Invalid operand to INVEPT/INVVPID");
	assert_string_equal(vm_instruction_error_text(14),
	                    "error number that the manual does not list");
	assert_string_equal(vm_instruction_error_text(0), vm_instruction_error_text(99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings_rise),
		cmocka_unit_test(encodings_are_even_and_have_no_reserved_bit),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(widths_follow_from_encodings),
		cmocka_unit_test(types_agree_with_names),
		cmocka_unit_test(fields_as_the_manual_numbers_them),
		cmocka_unit_test(every_exit_reason_has_one_row),
		cmocka_unit_test(exits_as_the_manual_numbers_them),
		cmocka_unit_test(instruction_errors_have_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
