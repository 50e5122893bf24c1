/*
 * CPUID as the guest sees it: deny by default, and nothing of what ring -1 keeps for itself.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "hv/exit_cpuid.c"
#include "hv/msrs.h"

/* A processor that has every bit of every leaf. */
static struct cpuid everything(u32 leaf, u32 subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){~0u, ~0u, ~0u, ~0u};
}

/* One whose answers tell leaf and subleaf. */
static struct cpuid telling(u32 leaf, u32 subleaf)
{
	return (struct cpuid){leaf << 8 | subleaf, leaf + 1, leaf + 2, subleaf + 3};
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	fake_cpuid = everything;
	cpuid_init(&fake_vm);
	return 0;
}

static struct cpuid ask(u32 leaf, u32 subleaf)
{
	u64 *registers = fake_vcpu.context.registers;

	fake_fields[VMCS_guest_rip] = 0x1000;
	registers[RAX] = 0xdead00000000ull | leaf;
	registers[RCX] = 0xdead00000000ull | subleaf;
	registers[RBX] = registers[RDX] = ~0ull;
	handle_cpuid(&fake_vcpu);
	ASSERT_SKIPPED();
	assert_int_equal((registers[RAX] | registers[RBX] | registers[RCX] | registers[RDX]) >> 32,
	                 0);
	assert_int_equal(fake_vcpu.result, registers[RAX]);
	return (struct cpuid){(u32)registers[RAX], (u32)registers[RBX], (u32)registers[RCX],
	                      (u32)registers[RDX]};
}

static void is_zero(u32 leaf, u32 subleaf)
{
	struct cpuid answer = ask(leaf, subleaf);

	assert_int_equal(answer.eax | answer.ebx | answer.ecx | answer.edx, 0);
}

TEST(virtualization_and_what_is_not_virtualised_are_hidden)
{
	struct cpuid one = ask(1, 0);
	static const u32 ecx[] = {2, 3, 4, 5, 6, 7, 8, 15, 18, 21, 24}; /* VMX is 5, SMX 6 */
	static const u32 edx[] = {7, 9, 12, 14, 21, 22, 29, 31};

	for (u32 i = 0; i < ARRAY_SIZE(ecx); i++)
		assert_false(one.ecx >> ecx[i] & 1);
	for (u32 i = 0; i < ARRAY_SIZE(edx); i++)
		assert_false(one.edx >> edx[i] & 1);
	struct cpuid seven = ask(7, 0);
	static const u32 ebx[] = {2, 4, 11, 12, 14, 15, 22, 25}; /* SGX, HLE, RTM, MPX, PT ... */
	for (u32 i = 0; i < ARRAY_SIZE(ebx); i++)
		assert_false(seven.ebx >> ebx[i] & 1);
	assert_false(seven.ecx >> 3 & 1);  /* PKU */
	assert_false(seven.ecx >> 5 & 1);  /* WAITPKG: UMWAIT would exit */
	assert_false(seven.ecx >> 16 & 1); /* LA57 */
	assert_int_equal(seven.eax | seven.edx, 0);
}

TEST(what_a_guest_needs_shows)
{
	struct cpuid one = ask(1, 0);

	assert_int_equal(one.edx & (BIT(0) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(25)),
	                 BIT(0) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(25));
	assert_true(one.ecx >> 31); /* a hypervisor is present */
	assert_true(one.ecx >> 26 & 1);
	assert_int_equal(ask(7, 0).ebx >> 7 & 1, 1);  /* SMEP */
	assert_int_equal(ask(7, 0).ebx >> 20 & 1, 1); /* SMAP */
	assert_int_equal(ask(7, 0).ecx >> 2 & 1, 1);  /* UMIP */
	assert_int_equal(ask(0x80000001, 0).edx, BIT(11) | BIT(20) | BIT(26) | BIT(27) | BIT(29));
	fake_fields[VMCS_guest_cs_access] = 0xc09b; /* SYSCALL shows in 64-bit mode alone */
	assert_int_equal(ask(0x80000001, 0).edx, BIT(20) | BIT(26) | BIT(27) | BIT(29));
	fake_fields[VMCS_guest_cs_access] = 0xa09b; /* and L means nothing outside IA-32e mode */
	fake_fields[VMCS_guest_efer] = 0;
	assert_int_equal(ask(0x80000001, 0).edx, BIT(20) | BIT(26) | BIT(27) | BIT(29));
}

TEST(osxsave_mirrors_the_guest_s_cr4)
{
	assert_false(ask(1, 0).ecx >> 27 & 1);
	fake_fields[VMCS_guest_cr4] = CR4_OSXSAVE;
	assert_true(ask(1, 0).ecx >> 27 & 1);
}

/* PKU is hidden, so the guest's CR4.PKE is always 0, and OSPKE with it; the processor's is not. */
TEST(ospke_mirrors_the_guest_s_cr4)
{
	assert_int_equal(ask(7, 0).ecx & (BIT(3) | BIT(4)), 0);
}

/* One logical processor: no count of others, no APIC ID, nothing shared. */
TEST(the_guest_has_one_processor)
{
	assert_int_equal(ask(1, 0).ebx, 0xffff);
	assert_false(ask(1, 0).edx >> 28 & 1);
	assert_int_equal(ask(4, 0).eax, 0x3ff);
	is_zero(0xb, 0);
	is_zero(0xb, 1);
	is_zero(0x1f, 0);
	assert_int_equal(ask(0x80000008, 0).ecx, 0);
}

/* Fast strings are on in IA32_MISC_ENABLE, which a guest cannot change; ERMS and FSRM are hidden. */
TEST(fast_strings)
{
	assert_false(ask(7, 0).ebx >> 9 & 1);
	assert_false(ask(7, 0).edx >> 4 & 1);
}

/* A bit that announces an MSR shows only if a guest has that MSR. */
TEST(what_announces_an_msr_is_hidden_without_it)
{
	static const u32 present[] = {
#define MSR(number, name, read, write, field, reason) number,
		GUEST_MSRS(MSR)
#undef MSR
	};
	enum { EAX, EBX, ECX, EDX };
	static const struct {
		u32 leaf, subleaf, word, bit, msr;
	} bits[] = {
		{1, 0, ECX, 3, 0x6},
		{1, 0, ECX, 5, 0x480},
		{1, 0, ECX, 6, 0x3a},
		{1, 0, ECX, 7, 0x199},
		{1, 0, ECX, 8, 0x19d},
		{1, 0, ECX, 11, 0xc80},
		{1, 0, ECX, 15, 0x345},
		{1, 0, ECX, 21, 0x800},
		{1, 0, ECX, 24, 0x6e0},
		{1, 0, EDX, 4, 0x10},
		{1, 0, EDX, 7, 0x0},
		{1, 0, EDX, 9, 0x1b},
		{1, 0, EDX, 11, 0x174},
		{1, 0, EDX, 12, 0xfe},
		{1, 0, EDX, 14, 0x179},
		{1, 0, EDX, 16, 0x277},
		{1, 0, EDX, 18, 0x119},
		{1, 0, EDX, 21, 0x600},
		{1, 0, EDX, 22, 0x19c},
		{1, 0, EDX, 29, 0x19b},
		{7, 0, EBX, 1, 0x3b},
		{7, 0, EBX, 2, 0x8c},
		{7, 0, EBX, 11, 0x122},
		{7, 0, EBX, 12, 0xc8d},
		{7, 0, EBX, 14, 0xd90},
		{7, 0, EBX, 15, 0xd10},
		{7, 0, EBX, 25, 0x570},
		{7, 0, ECX, 5, 0xe1},
		{7, 0, ECX, 7, 0x6a0},
		{7, 0, ECX, 13, 0x981},
		{7, 0, ECX, 22, 0xc0000103},
		{7, 0, ECX, 29, 0xd93},
		{7, 0, ECX, 31, 0x6e1},
		{7, 0, EDX, 18, 0xc81},
		{7, 0, EDX, 19, 0x14ce},
		{7, 0, EDX, 20, 0x6a0},
		{7, 0, EDX, 26, 0x48},
		{7, 0, EDX, 28, 0x10b},
		{7, 0, EDX, 29, 0x10a},
		{7, 0, EDX, 30, 0xcf},
		{7, 0, EDX, 31, 0x48},
		{0xd, 1, EAX, 3, 0xda0},
		{0xd, 1, EAX, 4, 0x1c4},
		{0x80000001, 0, EDX, 20, 0xc0000080},
		{0x80000001, 0, EDX, 27, 0xc0000103},
	};
	u32 shown_bits = 0;

	for (u32 i = 0; i < ARRAY_SIZE(bits); i++) {
		struct cpuid answer = ask(bits[i].leaf, bits[i].subleaf);
		const u32 words[] = {answer.eax, answer.ebx, answer.ecx, answer.edx};
		bool has = false;
		for (u32 j = 0; j < ARRAY_SIZE(present); j++)
			has = has || present[j] == bits[i].msr;
		if (!has && words[bits[i].word] >> bits[i].bit & 1)
			fail_msg("leaf %x shows bit %u, which announces MSR %x", bits[i].leaf,
			         bits[i].bit, bits[i].msr);
		shown_bits += words[bits[i].word] >> bits[i].bit & 1;
	}
	assert_int_equal(shown_bits, 7);
}

/* A processor with PKRU and PT state beside AVX-512; sizes and offsets of the real ones. */
static struct cpuid xsave_areas(u32 leaf, u32 subleaf)
{
	static const struct cpuid parts[] = {
		{0x2ff, 0x340, 0xa88, 0}, {0x1f, 0x240, 0x100, 0}, {256, 576, 0, 0},
		{64, 960, 0, 0},          {64, 1024, 0, 0},        {64, 1088, 0, 0},
		{512, 1152, 0, 0},        {1024, 1664, 0, 0},      {128, 0, 1, 0},
		{8, 2688, 0, 0},
	};

	assert_int_equal(leaf, 0xd);
	return subleaf < ARRAY_SIZE(parts) ? parts[subleaf] : (struct cpuid){0};
}

TEST(xsave_sizes_are_of_what_the_guest_has)
{
	fake_cpuid = xsave_areas;
	assert_int_equal(ask(0xd, 0).eax, 0xe7);
	assert_int_equal(ask(0xd, 0).ebx, 0x340); /* by XCR0, which is the guest's own */
	assert_int_equal(ask(0xd, 0).ecx, 2688);  /* without PKRU's 8 bytes behind that */
	assert_int_equal(ask(0xd, 1).eax, 0xf);   /* no XFD */
	assert_int_equal(ask(0xd, 1).ecx, 0);
	assert_int_equal(ask(0xd, 7).eax, 1024);
	is_zero(0xd, 9);
}

TEST(features_with_a_control_show_only_if_granted)
{
	assert_true(ask(7, 0).ebx >> 10 & 1);
	fake_vm.controls.granted[FEATURE_invpcid] = false;
	fake_vm.controls.granted[FEATURE_rdtscp] = false;
	fake_vm.controls.granted[FEATURE_xsaves] = false;
	cpuid_init(&fake_vm);
	assert_false(ask(7, 0).ebx >> 10 & 1);
	assert_false(ask(0x80000001, 0).edx >> 27 & 1);
	assert_false(ask(7, 0).ecx >> 22 & 1);
	assert_false(ask(0xd, 1).eax >> 3 & 1);
}

TEST(ring_minus_one_says_who_it_is)
{
	fake_vm.tsc_hz = 2400000000;
	struct cpuid who = ask(0x40000000, 0);
	assert_int_equal(who.eax, 0x40000010);
	assert_memory_equal(&who.ebx, "RingscopeHV", 12);
	assert_int_equal(ask(0x40000010, 0).eax, 2400000);
	is_zero(0x40000001, 0);
	is_zero(0x40000011, 0);
}

TEST(leaves_without_a_row_are_zero)
{
	static const u32 none[] = {3,          5,          6,          8,          9,    0xa,
	                           0xb,        0xc,        0xe,        0xf,        0x10, 0x12,
	                           0x14,       0x17,       0x19,       0x1f,       0x20, 0x3fffffff,
	                           0x7fffffff, 0x80000005, 0x80000009, 0x8000000a, /* SVM */
	                           0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(none); i++)
		is_zero(none[i], 0);
	is_zero(7, 1);
	is_zero(7, ~0u);
}

TEST(xsave_offers_only_what_xsetbv_takes)
{
	assert_int_equal(ask(0xd, 0).eax, 0xe7);
	assert_int_equal(ask(0xd, 0).edx, 0);
	assert_int_equal(ask(0xd, 1).ecx, 0);
	assert_int_equal(ask(0xd, 1).edx, 0);
	assert_int_equal(ask(0xd, 2).eax, ~0u);
	assert_int_equal(ask(0xd, 7).eax, ~0u);
	is_zero(0xd, 3); /* MPX */
	is_zero(0xd, 4);
	is_zero(0xd, 8); /* PT */
	is_zero(0xd, 9); /* PKRU */
	is_zero(0xd, 31);
	is_zero(0xd, 32); /* must not wrap to component 0 */
	is_zero(0xd, ~0u);
}

TEST(leaf_and_subleaf_reach_the_processor)
{
	fake_cpuid = telling;
	assert_int_equal(ask(4, 3).edx, 6);
	assert_int_equal(ask(0, 0).ebx, 1);
}

TEST(the_quick_way_says_the_same_or_declines)
{
	u64 *registers = fake_vcpu.context.registers;
	u32 quick = 0;

	fake_cpuid = telling;
	for (u32 i = 0; i < 0x50; i++) {
		u32 leaf = i < 0x30 ? i : i < 0x40 ? 0x40000000 + i - 0x30 : 0x80000000 + i - 0x40;
		struct cpuid full = ask(leaf, 1);
		fake_fields[VMCS_guest_rip] = 0x1000;
		registers[RAX] = leaf;
		registers[RBX] = registers[RDX] = ~0ull;
		registers[RCX] = 1;
		if (!quick_cpuid(&fake_vcpu)) {
			assert_int_equal(registers[RAX], leaf);
			assert_int_equal(registers[RBX], ~0ull);
			assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000);
			continue;
		}
		quick++;
		ASSERT_SKIPPED();
		assert_int_equal(registers[RAX], full.eax);
		assert_int_equal(registers[RBX], full.ebx);
		assert_int_equal(registers[RCX], full.ecx);
		assert_int_equal(registers[RDX], full.edx);
	}
	assert_true(quick > 8);
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	registers[RAX] = 0;
	assert_false(quick_cpuid(&fake_vcpu));
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(virtualization_and_what_is_not_virtualised_are_hidden),
		RUN(what_a_guest_needs_shows),
		RUN(osxsave_mirrors_the_guest_s_cr4),
		RUN(ospke_mirrors_the_guest_s_cr4),
		RUN(the_guest_has_one_processor),
		RUN(fast_strings),
		RUN(what_announces_an_msr_is_hidden_without_it),
		RUN(xsave_sizes_are_of_what_the_guest_has),
		RUN(features_with_a_control_show_only_if_granted),
		RUN(ring_minus_one_says_who_it_is),
		RUN(leaves_without_a_row_are_zero),
		RUN(xsave_offers_only_what_xsetbv_takes),
		RUN(leaf_and_subleaf_reach_the_processor),
		RUN(the_quick_way_says_the_same_or_declines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
