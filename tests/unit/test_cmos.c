/*
 * The virtual CMOS clock shows the real time and nothing else of the real chip, and what the guest
 * writes stays with the guest; and whether a processor can run Ringscope at all.
 *
 * Sources: hv/support.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_ports.h"
#include "hv/support.h"
#include "hv/cmos.c"

static struct cmos cmos;
static u8 real_index;
static u32 real_reads;
static u64 feature_control;
static bool may_read;

static u8 fake_in8(u16 port)
{
	assert_int_equal(port, 0x71);
	real_reads++;
	return (u8)(0x80 + real_index);
}

static void fake_out8(u16 port, u8 value)
{
	assert_int_equal(port, 0x70); /* the real memory is never written */
	real_index = value;
}

static int set_up(void **state)
{
	(void)state;
	memset(&cmos, 0, sizeof(cmos));
	real_reads = 0;
	return 0;
}

static u32 read_at(u32 index)
{
	cmos_out(&cmos, 0x70, 1, index);
	return cmos_in(&cmos, 0x71, 1);
}

static void write_at(u32 index, u32 value)
{
	cmos_out(&cmos, 0x70, 1, index);
	cmos_out(&cmos, 0x71, 1, value);
}

TEST(the_clock_is_the_real_one)
{
	static const u8 clock[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xd, 0x32};

	for (u32 i = 0; i < ARRAY_SIZE(clock); i++) {
		assert_int_equal(read_at(clock[i]), 0x80 + clock[i]);
		write_at(clock[i], 0x55); /* swallowed */
		assert_int_equal(read_at(clock[i]), 0x80 + clock[i]);
	}
}

TEST(the_memory_is_the_guest_s_own)
{
	for (u32 i = 0x0e; i < 128; i++) {
		if (i == 0x32)
			continue;
		assert_int_equal(read_at(i), 0);
		write_at(i, i ^ 0x5a);
	}
	for (u32 i = 0x0e; i < 128; i++)
		if (i != 0x32)
			assert_int_equal(read_at(i), i ^ 0x5a);
	assert_int_equal(real_reads, 0);
}

TEST(no_alarm_ever_rang)
{
	assert_int_equal(read_at(0x0c), 0);
	assert_int_equal(real_reads, 0);
}

TEST(the_index_has_seven_bits)
{
	write_at(0xff, 0x12); /* bit 7 would mask NMIs: the real one is left alone */
	assert_int_equal(cmos_in(&cmos, 0x70, 1), 0x7f);
	assert_int_equal(read_at(0x7f), 0x12);
}

static u64 read_feature_control(u32 msr)
{
	assert_int_equal(msr, 0x3a);
	assert_true(may_read);
	return feature_control;
}

static enum vmx_support support(u32 ecx, u64 control)
{
	feature_control = control;
	return vmx_support(ecx, read_feature_control);
}

TEST(support_as_cpuid_and_firmware_say)
{
	may_read = false;
	assert_int_equal(support(~(u32)BIT(5), 0), VMX_ABSENT); /* its MSR does not exist */
	may_read = true;
	assert_int_equal(support(BIT(5), 0), VMX_MUST_UNLOCK);
	assert_int_equal(support(BIT(5), 4), VMX_MUST_UNLOCK);
	assert_int_equal(support(BIT(5), 1), VMX_LOCKED_OFF);
	assert_int_equal(support(BIT(5), 3), VMX_LOCKED_OFF); /* inside SMX only */
	assert_int_equal(support(BIT(5), 5), VMX_READY);
	assert_int_equal(support(~0u, ~0ull), VMX_READY);
}

TEST(refusals_name_feature_msr_and_bit)
{
	const char *absent = vmx_support_sentence(VMX_ABSENT);
	const char *locked = vmx_support_sentence(VMX_LOCKED_OFF);

	assert_non_null(strstr(absent, "CPUID leaf 1, ECX bit 5"));
	assert_non_null(strstr(locked, "MSR 0x3a"));
	assert_non_null(strstr(locked, "bit 2 is 0"));
	assert_string_equal(vmx_support_sentence(VMX_READY), "");
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(the_clock_is_the_real_one),
		RUN(the_memory_is_the_guest_s_own),
		RUN(no_alarm_ever_rang),
		RUN(the_index_has_seven_bits),
		RUN(support_as_cpuid_and_firmware_say),
		RUN(refusals_name_feature_msr_and_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
