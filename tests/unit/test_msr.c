/*
 * MSRs: the bitmap lets through what the table says and nothing else, every unlisted number faults,
 * and values are checked as the processor would.
 *
 * Sources: vmx/features.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/denied_msrs.h"
#include "hv/exit_msr.c"

static u8 bitmap[4096];

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	msr_init(&fake_vm, bitmap);
	return 0;
}

static u64 *registers(void)
{
	return fake_vcpu.context.registers;
}

static u64 read_back(u32 number)
{
	fake_fields[VMCS_guest_rip] = 0x1000;
	registers()[RCX] = 0xdead00000000ull | number;
	registers()[RAX] = registers()[RDX] = ~0ull;
	handle_rdmsr(&fake_vcpu);
	ASSERT_SKIPPED();
	assert_int_equal(registers()[RAX] >> 32 | registers()[RDX] >> 32, 0);
	assert_int_equal(registers()[RCX], 0xdead00000000ull | number);
	return registers()[RDX] << 32 | registers()[RAX];
}

static void write(u32 number, u64 value)
{
	fake_fields[VMCS_guest_rip] = 0x1000;
	fake_exception = FAKE_NO_EXCEPTION;
	registers()[RCX] = number;
	registers()[RAX] = 0xdead00000000ull | (u32)value;
	registers()[RDX] = 0xdead00000000ull | value >> 32;
	handle_wrmsr(&fake_vcpu);
}

static void takes(u32 number, u64 value)
{
	write(number, value);
	ASSERT_SKIPPED();
}

static void refuses(u32 number, u64 value)
{
	static u64 before[ARRAY_SIZE(fake_fields)];

	memcpy(before, fake_fields, sizeof(before));
	before[VMCS_guest_rip] = 0x1000;
	fake_msr_written = 0;
	write(number, value);
	ASSERT_FAULT(VECTOR_GP);
	assert_int_equal(fake_error, 0);
	assert_int_equal(fake_msr_written, 0);
	assert_memory_equal(before, fake_fields, sizeof(before));
	fake_exception = FAKE_NO_EXCEPTION;
}

/* "MSR-Bitmap Address": four KiB for low reads, high reads, low writes, high writes. */
static bool exits(u32 number, bool on_write)
{
	u32 part = (number >= 0xc0000000 ? 1u : 0u) + (on_write ? 2u : 0u), bit = number & 0x1fff;

	return bitmap[part * 1024 + bit / 8] >> bit % 8 & 1;
}

TEST(the_bitmap_opens_what_is_passed_and_nothing_else)
{
	u32 open_reads = 0, open_writes = 0;

	for (u32 i = 0; i < 2 * 8192; i++) {
		u32 number = i < 8192 ? i : 0xc0000000 + i - 8192;
		const struct msr_row *row = find(number);
		assert_int_equal(!exits(number, false), row && row->read == READ_PASS);
		assert_int_equal(!exits(number, true), row && row->write == WRITE_PASS);
		open_reads += !exits(number, false);
		open_writes += !exits(number, true);
	}
	assert_int_equal(open_reads, 12);
	assert_int_equal(open_writes, 11);
}

/* msr_init refuses rows that share a place: here, at the latest, the run would end. */
TEST(every_row_is_found_by_its_hash)
{
	if (setjmp(fake_end_jump))
		fail_msg("%s", fake_sentence);
	msr_init(&fake_vm, bitmap);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		assert_ptr_equal(find(rows[i].number), &rows[i]);
}

TEST(unlisted_numbers_fault_both_ways)
{
	static const u32 numbers[] = {0,     0x1b,  0x3a,  0x3b,       0x48,       0x79,
	                              0xc1,  0xfe,  0x10a, 0x200,      0x2ff,      0x38f,
	                              0x480, 0x491, 0x802, 0x1fff,     0x2000,     0x40000000,
	                              0x6e0, 0xce,  0x1a2, 0xc0000104, 0xc0002000, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++) {
		refuses(numbers[i], 0);
		registers()[RCX] = numbers[i];
		handle_rdmsr(&fake_vcpu);
		ASSERT_FAULT(VECTOR_GP);
		assert_false(quick_rdmsr(&fake_vcpu));
		fake_exception = FAKE_NO_EXCEPTION;
	}
}

/* What the manual has and a guest has not: each by decision, with a reason. */
TEST(denied_msrs_fault_both_ways)
{
	static const struct {
		u32 first, last;
		const char *name, *reason;
	} denied[] = {
#define DENIED(first, last, name, reason) {first, last, name, reason},
		DENIED_MSRS(DENIED)
#undef DENIED
	};

	for (u32 i = 0; i < ARRAY_SIZE(denied); i++) {
		assert_true(denied[i].first <= denied[i].last && *denied[i].reason);
		assert_true(!i || denied[i].first > denied[i - 1].last);
		for (u32 number = denied[i].first; number <= denied[i].last; number++) {
			if (find(number))
				fail_msg("MSR %x, %s, has a row", number, denied[i].name);
			if (number < 8192)
				assert_true(exits(number, false) && exits(number, true));
			registers()[RCX] = number;
			handle_rdmsr(&fake_vcpu);
			ASSERT_FAULT(VECTOR_GP);
			write(number, 0);
			ASSERT_FAULT(VECTOR_GP);
			fake_exception = FAKE_NO_EXCEPTION;
		}
	}
	assert_int_equal(fake_msr_written, 0);
}

/* No number at all leads to a row that is not its own, whatever the hash does. */
TEST(numbers_without_a_row_lead_to_none)
{
	for (u64 number = 0; number <= UINT32_MAX; number += 251) {
		const struct msr_row *row = find((u32)number);
		assert_true(!row || (row >= rows && row < rows + ARRAY_SIZE(rows)));
	}
	for (u32 number = UINT32_MAX; number > UINT32_MAX - 100000; number--)
		assert_null(find(number));
}

TEST(msrs_of_absent_features_fault)
{
	fake_vm.controls.granted[FEATURE_rdtscp] = false;
	fake_vm.controls.granted[FEATURE_xsaves] = false;
	msr_init(&fake_vm, bitmap);
	refuses(MSR_TSC_AUX, 0);
	refuses(MSR_XSS, 0);
	assert_true(exits(MSR_TSC_AUX, false));
	assert_true(exits(MSR_TSC_AUX, true));
}

TEST(reading)
{
	fake_fields[VMCS_guest_efer] = EFER_SCE | EFER_NXE;
	fake_fields[VMCS_guest_fs_base] = 0x7f1234567890;
	assert_int_equal(read_back(MSR_EFER), EFER_SCE | EFER_NXE);
	assert_int_equal(read_back(MSR_FS_BASE), 0x7f1234567890);
	assert_int_equal(read_back(MSR_LSTAR), fake_rdmsr(MSR_LSTAR));
	assert_int_equal(read_back(MSR_TSC), fake_rdmsr(MSR_TSC));
	assert_int_equal(read_back(MSR_PLATFORM_ID), 0);
	assert_int_equal(read_back(MSR_BIOS_SIGN_ID), 0);
	assert_int_equal(read_back(MSR_XSS), 0);
	assert_int_equal(read_back(MSR_MISC_ENABLE), 0x1801);
	assert_int_equal(fake_vcpu.result, 0x1801);
}

TEST(the_quick_way_reads_the_same)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 value = read_back(rows[i].number);
		fake_fields[VMCS_guest_rip] = 0x1000;
		registers()[RAX] = registers()[RDX] = ~0ull;
		assert_true(quick_rdmsr(&fake_vcpu));
		ASSERT_SKIPPED();
		assert_int_equal(registers()[RDX] << 32 | registers()[RAX], value);
	}
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	registers()[RCX] = MSR_EFER;
	registers()[RAX] = 77;
	assert_false(quick_rdmsr(&fake_vcpu));
	assert_int_equal(registers()[RAX], 77);
}

TEST(efer)
{
	fake_fields[VMCS_guest_efer] = 0;
	takes(MSR_EFER, EFER_SCE | EFER_LME | EFER_NXE);
	assert_int_equal(fake_fields[VMCS_guest_efer], EFER_SCE | EFER_LME | EFER_NXE);
	for (u32 bit = 0; bit < 64; bit++)
		if (bit != 0 && bit != 8 && bit != 10 && bit != 11)
			refuses(MSR_EFER, EFER_LME | BIT(bit));
	/* Under paging LME stays, and LMA is the processor's own. */
	fake_fields[VMCS_guest_cr0] = CR0_PE | CR0_PG;
	fake_fields[VMCS_guest_efer] = EFER_LME | EFER_LMA;
	refuses(MSR_EFER, EFER_LMA);
	takes(MSR_EFER, EFER_LME | EFER_SCE);
	assert_int_equal(fake_fields[VMCS_guest_efer], EFER_LME | EFER_LMA | EFER_SCE);
	fake_fields[VMCS_guest_efer] = 0;
	refuses(MSR_EFER, EFER_LME);
	takes(MSR_EFER, EFER_LMA | EFER_NXE);
	assert_int_equal(fake_fields[VMCS_guest_efer], EFER_NXE);
}

/* Where ring -1 watches system calls the real bit is off, and the guest sees what it wrote. */
TEST(efer_under_observation)
{
	fake_vcpu.witness.syscalls = true;
	fake_fields[VMCS_guest_efer] = 0;
	takes(MSR_EFER, EFER_SCE | EFER_LME);
	assert_int_equal(fake_fields[VMCS_guest_efer], EFER_LME);
	assert_int_equal(read_back(MSR_EFER), EFER_SCE | EFER_LME);
	fake_fields[VMCS_guest_efer] |= EFER_LMA; /* the processor's */
	fake_fields[VMCS_guest_rip] = 0x1000;
	registers()[RCX] = MSR_EFER;
	assert_true(quick_rdmsr(&fake_vcpu));
	assert_int_equal(registers()[RAX], EFER_SCE | EFER_LME | EFER_LMA);
	refuses(MSR_EFER, EFER_SCE | BIT(63));
	assert_int_equal(fake_vcpu.witness.sce, EFER_SCE);
	takes(MSR_EFER, EFER_LME);
	assert_int_equal(read_back(MSR_EFER), EFER_LME | EFER_LMA);
}

TEST(pat)
{
	for (u64 type = 0; type < 256; type++) {
		u64 value = 0x0007040600070406ull | type << 56 | type << 24;
		bool valid = type == 0 || type == 1 || (type >= 4 && type <= 7);
		value = (value & ~(0xffull << 24)) | type << 24;
		if (valid)
			takes(MSR_PAT, value);
		else
			refuses(MSR_PAT, value);
		if (valid)
			assert_int_equal(fake_fields[VMCS_guest_pat], value);
	}
}

TEST(pat_without_its_controls_is_kept_aside)
{
	fake_vm.controls.granted[FEATURE_guest_pat] = false;
	fake_vm.controls.allowed[FEATURE_guest_pat] = false; /* the field does not exist */
	assert_int_equal(read_back(MSR_PAT), 0x0007040600070406ull);
	takes(MSR_PAT, 0x0606060606060606ull);
	assert_int_equal(read_back(MSR_PAT), 0x0606060606060606ull);
	takes(MSR_PAT, 0x0007040600070406ull);
}

TEST(debugctl_has_two_bits)
{
	takes(MSR_DEBUGCTL, 3);
	assert_int_equal(fake_fields[VMCS_guest_debugctl], 3);
	for (u32 bit = 2; bit < 64; bit++)
		refuses(MSR_DEBUGCTL, BIT(bit));
}

TEST(xss_offers_no_state)
{
	takes(MSR_XSS, 0);
	refuses(MSR_XSS, 0x100);
	refuses(MSR_XSS, BIT(63));
}

TEST(some_writes_have_no_effect)
{
	takes(MSR_TSC, 123);
	takes(MSR_BIOS_SIGN_ID, 0);
	takes(MSR_MISC_ENABLE, 0);
	assert_int_equal(fake_msr_written, 0);
	assert_int_equal(read_back(MSR_MISC_ENABLE), 0x1801);
	refuses(MSR_PLATFORM_ID, 0);
}

/* Without MSR bitmaps these exit too, and are checked as WRMSR would. */
TEST(passed_msrs_without_bitmaps)
{
	static const u32 addresses[] = {MSR_LSTAR,       MSR_CSTAR,          MSR_FS_BASE,
	                                MSR_GS_BASE,     MSR_KERNEL_GS_BASE, MSR_SYSENTER_ESP,
	                                MSR_SYSENTER_EIP};

	for (u32 i = 0; i < ARRAY_SIZE(addresses); i++) {
		refuses(addresses[i], 0x0000800000000000);
		refuses(addresses[i], 0xffff7fffffffffff);
		takes(addresses[i], 0x00007fffffffffff);
		takes(addresses[i], 0xffff800000000000);
	}
	assert_int_equal(fake_fields[VMCS_guest_gs_base], 0xffff800000000000);
	takes(MSR_KERNEL_GS_BASE, 0x1234);
	assert_int_equal(fake_msr_written, MSR_KERNEL_GS_BASE);
	assert_int_equal(fake_msr_value, 0x1234);
	takes(MSR_STAR, 0x0023000800000000);
	takes(MSR_FMASK, 0x47700);
	refuses(MSR_FMASK, 1ull << 32);
	takes(MSR_TSC_AUX, 5);
	refuses(MSR_TSC_AUX, 1ull << 32);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(the_bitmap_opens_what_is_passed_and_nothing_else),
		RUN(every_row_is_found_by_its_hash),
		RUN(unlisted_numbers_fault_both_ways),
		RUN(denied_msrs_fault_both_ways),
		RUN(numbers_without_a_row_lead_to_none),
		RUN(msrs_of_absent_features_fault),
		RUN(reading),
		RUN(the_quick_way_reads_the_same),
		RUN(efer),
		RUN(efer_under_observation),
		RUN(pat),
		RUN(pat_without_its_controls_is_kept_aside),
		RUN(debugctl_has_two_bits),
		RUN(xss_offers_no_state),
		RUN(some_writes_have_no_effect),
		RUN(passed_msrs_without_bitmaps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
