/*
 * Setting up a VMCS: every field that exists is written, none that does not, whatever the processor
 * lacks; and the guest's first state passes the checks of VM entry.
 *
 * Sources: vmx/features.c vmx/fields.c vmx/check.c vmx/check_control.c vmx/check_host.c vmx/check_guest.c lib/items.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_capabilities.h"
#include "tests/unit/fake_machine.h"

#undef rdmsr
#define rdmsr(msr)                  ((msr) == MSR_EFER ? 0xd00 : 0x0007040600070406ull)
#define read_cr0()                  0x80050033ull
#define read_cr3()                  0x123000ull
#define read_cr4()                  0x2620ull
#define vmcs_field_exists(encoding) (fake_field_exists(encoding) && (encoding) != refused_field)

static u32 refused_field;
#include "vmx/check.h"
#include "vmx/vmcs.c"

#define UNWRITTEN 0xa5a5a5a5a5a5a5a5ull

static struct vmcs_structures structures = {
	.io_bitmap_a = 0x1000,
	.io_bitmap_b = 0x2000,
	.msr_bitmap = 0x3000,
	.ept_pointer = 0x405e,
	.vpid = 1,
	.exception_bitmap = 0x20002,
	.cr0_mask = 0x60000020,
	.cr4_mask = 0x2000,
	.preemption_timer = 99,
};
static const struct vmcs_host host = {.stack = 0x9000,
                                      .entry = 0xa000,
                                      .code_selector = 8,
                                      .data_selector = 16,
                                      .tss_selector = 0x18};

/* On Skylake less what is hidden: one VMREAD or VMWRITE of a field that is not there fails. */
static void set_up_with(const bool *hidden, bool long_mode)
{
	const struct vmcs_guest_start start = {long_mode, 0x200040, 0x5000};

	fake_machine();
	fake_processor = skylake;
	refused_field = ~0u;
	fake_negotiate(hidden, &fake_vm.capabilities, &fake_vm.controls);
	for (u32 i = 0; i < ARRAY_SIZE(fake_fields); i++)
		fake_fields[i] = UNWRITTEN;
	vmcs_probe_fields(&fake_vm.controls, fake_vm.fields);
	const bool *granted = fake_vm.controls.granted; /* ept/ makes its pointer so */
	structures.ept_pointer = 0x4018 | (granted[FEATURE_ept_write_back] ? 6 : 0) |
	                         (granted[FEATURE_ad_bits] ? BIT(6) : 0);
	vmcs_set_controls(&fake_vm.controls, fake_vm.fields, &structures);
	vmcs_set_host(&fake_vm.controls, &host);
	vmcs_set_guest(&fake_vm.capabilities, &fake_vm.controls, &start);
}

static void all_is_written(void)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++) {
		bool written = fake_fields[vmcs_fields[i].encoding] != UNWRITTEN;
		bool wanted = fake_field_exists(vmcs_fields[i].encoding) &&
		              vmcs_field_type(vmcs_fields[i].encoding) != VMCS_READ_ONLY;
		if (written != wanted)
			fail_msg("%s is %swritten", vmcs_fields[i].name, written ? "" : "not ");
	}
}

TEST(every_field_that_exists_is_written_and_no_other)
{
	bool hidden[VMX_FEATURE_COUNT] = {false};

	set_up_with(hidden, false);
	all_is_written();
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		if (vmx_features[i].ask == ASK_REQUIRED)
			continue;
		memset(hidden, 0, sizeof(hidden));
		hidden[i] = true;
		set_up_with(hidden, i % 2);
		all_is_written();
	}
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		hidden[i] = vmx_features[i].ask == ASK_WANTED;
	set_up_with(hidden, true);
	all_is_written();
}

/* Probes with one field refused. */
static const char *probe_without(u32 encoding)
{
	refused_field = encoding;
	return vmcs_probe_fields(&fake_vm.controls, fake_vm.fields);
}

TEST(a_field_that_is_needed_and_absent_is_named)
{
	set_up_with(NULL, false);
	assert_null(probe_without(~0u));
	assert_string_equal(probe_without(VMCS_guest_rip), "guest_rip");
	assert_string_equal(probe_without(VMCS_guest_pdpte2), "guest_pdpte2"); /* granted */
	assert_string_equal(probe_without(VMCS_eptp_list), "eptp_list");       /* on demand */
}

TEST(a_field_that_is_absent_and_unused_is_done_without)
{
	struct vmcs_snapshot snapshot;

	set_up_with(NULL, false);
	assert_true(fake_vm.controls.allowed[FEATURE_encls_exiting]);
	assert_null(probe_without(VMCS_encls_exiting_bitmap));
	assert_false(fake_vm.fields[PLACE_OF_encls_exiting_bitmap]);
	assert_true(fake_vm.fields[PLACE_OF_tsc_offset]);
	fake_fields[VMCS_encls_exiting_bitmap] = UNWRITTEN;
	fake_fields[VMCS_tsc_offset] = UNWRITTEN;
	vmcs_set_controls(&fake_vm.controls, fake_vm.fields, &structures);
	assert_int_equal(fake_fields[VMCS_encls_exiting_bitmap], UNWRITTEN);
	assert_int_equal(fake_fields[VMCS_tsc_offset], 0);
	fake_fields[VMCS_guest_rip] = 0x1234;
	fake_fields[VMCS_exit_reason] = 52;
	vmcs_take_snapshot(fake_vm.fields, &snapshot);
	assert_int_equal(snapshot.value[PLACE_OF_encls_exiting_bitmap], 0);
	assert_int_equal(snapshot.value[PLACE_OF_guest_rip], 0x1234);
	assert_int_equal(snapshot.value[PLACE_OF_exit_reason], 52);
}

/* KVM's nested VMX (its vmcs12) lacks these: to ask for one would refuse to run there. */
TEST(no_field_is_asked_for_that_kvm_does_not_have)
{
	static const u32 absent[] = {0x200c, 0x4828, 0x6402, 0x6404, 0x6406, 0x6408};

	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		for (u32 j = 0; j < ARRAY_SIZE(absent); j++)
			if (vmcs_fields[i].encoding == absent[j])
				fail_msg("%s", vmcs_fields[i].name);
}

TEST(controls_and_what_they_point_to)
{
	set_up_with(NULL, false);
	assert_int_equal(fake_fields[VMCS_pin_controls], fake_vm.controls.word[PLACE_PIN]);
	assert_int_equal(fake_fields[VMCS_exit_controls], fake_vm.controls.word[PLACE_EXIT]);
	assert_int_equal(fake_fields[VMCS_io_bitmap_b], 0x2000);
	assert_int_equal(fake_fields[VMCS_ept_pointer], 0x405e);
	assert_int_equal(fake_fields[VMCS_virtual_processor_id], 1);
	assert_int_equal(fake_fields[VMCS_preemption_timer_value], 99);
	assert_int_equal(fake_fields[VMCS_host_rip], 0xa000);
	assert_int_equal(fake_fields[VMCS_host_tr_selector], 0x18); /* must not be 0 */
	/* No list of MSRs is used. */
	assert_int_equal(fake_fields[VMCS_exit_msr_store_count], 0);
	assert_int_equal(fake_fields[VMCS_exit_msr_load_count], 0);
	assert_int_equal(fake_fields[VMCS_entry_msr_load_count], 0);
}

/* By the whole of the manual's chapter on VM entries. */
static void passes_entry_checks(void)
{
	struct vmcs_snapshot snapshot;
	struct check_finding finding;

	vmcs_take_snapshot(fake_vm.fields, &snapshot);
	if (vmx_check_entry(&(struct check_input){&snapshot, &fake_vm.capabilities, NULL}, &finding,
	                    1))
		fail_msg("%s = %lx: %s", vmcs_fields[finding.place].name, finding.value,
		         finding.rule->required);
}

TEST(the_guest_may_be_entered_whatever_is_hidden)
{
	for (u32 i = 0; i <= VMX_FEATURE_COUNT; i++) {
		bool hidden[VMX_FEATURE_COUNT + 1] = {false};
		u32 ask = i < VMX_FEATURE_COUNT ? vmx_features[i].ask : ASK_UNWANTED;
		if (ask == ASK_REQUIRED || ask == ASK_LATER)
			continue; /* Ringscope does not start */
		hidden[i] = true;
		set_up_with(hidden, false);
		passes_entry_checks();
		set_up_with(hidden, true);
		passes_entry_checks();
	}
}

TEST(a_guest_in_protected_mode)
{
	set_up_with(NULL, false);
	assert_int_equal(fake_fields[VMCS_cr0_shadow], CR0_PE | CR0_ET);
	assert_int_equal(fake_fields[VMCS_cr4_shadow], 0);
}

TEST(a_guest_in_long_mode)
{
	set_up_with(NULL, true);
	assert_int_equal(fake_fields[VMCS_guest_cr3], 0x5000);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x200040);
	assert_int_equal(fake_fields[VMCS_cr4_shadow], CR4_PAE); /* VMXE is not seen */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_that_exists_is_written_and_no_other),
		cmocka_unit_test(a_field_that_is_needed_and_absent_is_named),
		cmocka_unit_test(a_field_that_is_absent_and_unused_is_done_without),
		cmocka_unit_test(no_field_is_asked_for_that_kvm_does_not_have),
		cmocka_unit_test(controls_and_what_they_point_to),
		cmocka_unit_test(the_guest_may_be_entered_whatever_is_hidden),
		cmocka_unit_test(a_guest_in_protected_mode),
		cmocka_unit_test(a_guest_in_long_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
