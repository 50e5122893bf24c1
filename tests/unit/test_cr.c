/*
 * Moves to and from control registers: each #GP that the processor would raise, and what becomes of
 * the real register, its shadow and the guest's mode.
 *
 * Sources: vmx/features.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "hv/exit_cr.c"

#define RAM      0x10000u
#define IA32E    BIT(9) /* VM-entry control "IA-32e mode guest" */
#define MODE32   0xc09b
#define PAGING64 (CR0_PE | CR0_PG | CR0_ET | CR0_WP)

static u64 before[ARRAY_SIZE(fake_fields)];

static struct cpuid xsave_leaf(u32 leaf, u32 subleaf)
{
	assert_int_equal(leaf, 0xd);
	assert_int_equal(subleaf, 0);
	return (struct cpuid){.eax = 0x2ff}; /* bits beyond 0xe7 are not for guests */
}

/* A guest with the registers of that mode, seen through masks as ring -1 sets them. */
static void guest(u64 cr0, u64 cr4, u64 efer, u32 code)
{
	fake_machine();
	fake_memory(RAM);
	fake_cpuid = xsave_leaf;
	fake_fields[VMCS_cr0_shadow] = cr0;
	fake_fields[VMCS_guest_cr0] = cr0 | CR0_NE;
	fake_fields[VMCS_cr4_shadow] = cr4;
	fake_fields[VMCS_guest_cr4] = cr4 | CR4_VMXE;
	fake_fields[VMCS_guest_efer] = efer;
	fake_fields[VMCS_guest_cs_access] = code;
	fake_fields[VMCS_entry_controls] = efer & EFER_LMA ? 0x11ff | IA32E : 0x11ff;
}

static void guest64(void)
{
	guest(PAGING64, CR4_PAE, EFER_LME | EFER_LMA, 0xa09b);
}

/* MOV to CRn, from RAX unless said otherwise. */
static void exit_with(u64 qualification)
{
	fake_fields[VMCS_exit_qualification] = qualification;
	memcpy(before, fake_fields, sizeof(before));
	handle_cr_access(&fake_vcpu);
}

static void mov_to(u32 number, u64 value)
{
	fake_vcpu.context.registers[RAX] = value;
	exit_with(number);
}

static void faults(u32 number, u64 value)
{
	mov_to(number, value);
	ASSERT_FAULT(VECTOR_GP);
	assert_memory_equal(before, fake_fields, sizeof(before));
	assert_int_equal(fake_flushes, 0);
	fake_exception = FAKE_NO_EXCEPTION;
}

static void cr0_is(u64 shadow, u64 real)
{
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_cr0_shadow], shadow);
	assert_int_equal(fake_fields[VMCS_guest_cr0], real);
}

TEST(owned_bits)
{
	guest64();
	assert_int_equal(cr0_owned_bits(&fake_vm),
	                 ~(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_WP | CR0_AM | CR0_PG));
	u64 cr4 = cr4_owned_bits(&fake_vm);
	assert_true(cr4 & CR4_VMXE && cr4 & CR4_SMXE && cr4 & CR4_MCE && cr4 & CR4_LA57);
	assert_false(cr4 & (CR4_PAE | CR4_PGE | CR4_SMEP | CR4_SMAP | CR4_UMIP | CR4_OSXSAVE));
	fake_vm.capabilities.cr4_fixed1 &= ~CR4_SMAP;
	assert_true(cr4_owned_bits(&fake_vm) & CR4_SMAP);
}

TEST(cr0_combinations_that_fault)
{
	guest64();
	faults(0, PAGING64 | BIT(32));
	faults(0, PAGING64 & ~CR0_PE);
	faults(0, PAGING64 | CR0_NW);
	faults(0, CR0_PE); /* out of paging in 64-bit mode */
	guest(PAGING64, CR4_PAE | CR4_PCIDE, EFER_LME | EFER_LMA, MODE32);
	faults(0, CR0_PE); /* with PCIDs */
	guest(CR0_PE, 0, EFER_LME, MODE32);
	faults(0, CR0_PE | CR0_PG); /* long mode without PAE */
	guest(CR0_PE, CR4_PAE, EFER_LME, 0xa09b);
	faults(0, CR0_PE | CR0_PG); /* with CS.L set */
	guest(CR0_PE, CR4_PAE, EFER_LME, MODE32);
	fake_fields[VMCS_guest_tr_access] = 0x83;
	faults(0, CR0_PE | CR0_PG); /* with a TSS of 16 bits, which IA-32e mode lacks */
}

/* Outside IA-32e mode CS.L means nothing: operands are 32 bits wide. */
TEST(a_code_segment_with_l_set_is_not_64_bit_mode_by_itself)
{
	guest(CR0_PE, 0, 0, 0xa09b);
	mov_to(3, BIT(63) | 0x5000);
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_guest_cr3], 0x5000);
	assert_false(in_64_bit_mode());
	guest64();
	assert_true(in_64_bit_mode());
}

TEST(the_guest_sees_the_cr0_it_wrote)
{
	guest64();
	mov_to(0, PAGING64 | CR0_CD | CR0_NW | CR0_NE);
	cr0_is(PAGING64 | CR0_CD | CR0_NW | CR0_NE, PAGING64 | CR0_NE);
	guest64();
	mov_to(0, (PAGING64 & ~CR0_ET) | BIT(7)); /* ET is fixed, reserved bits are ignored */
	cr0_is(PAGING64, PAGING64 | CR0_NE);
	assert_int_equal(fake_flushes, 0);
	guest64();
	mov_to(0, PAGING64 & ~CR0_WP);
	assert_int_equal(fake_flushes, 1);
}

TEST(long_mode_begins_and_ends_with_paging)
{
	guest(CR0_PE | CR0_ET, CR4_PAE, EFER_LME, MODE32);
	mov_to(0, CR0_PE | CR0_PG);
	cr0_is(CR0_PE | CR0_ET | CR0_PG, CR0_PE | CR0_ET | CR0_PG | CR0_NE);
	assert_int_equal(fake_fields[VMCS_guest_efer], EFER_LME | EFER_LMA);
	assert_int_equal(fake_fields[VMCS_entry_controls], 0x11ff | IA32E);
	assert_true(fake_flushes);
	fake_fields[VMCS_guest_rip] = 0x1000;
	mov_to(0, CR0_PE); /* from compatibility mode */
	cr0_is(CR0_PE | CR0_ET, CR0_PE | CR0_ET | CR0_NE);
	assert_int_equal(fake_fields[VMCS_guest_efer], EFER_LME);
	assert_int_equal(fake_fields[VMCS_entry_controls], 0x11ff & ~IA32E);
}

static void pdptes(const u64 entries[4])
{
	memcpy((u8 *)(uintptr_t)fake_vm.memory_host + 0x1020, entries, 32);
	fake_fields[VMCS_guest_cr3] = 0x103f; /* the low five bits do not count */
}

TEST(pae_paging_loads_the_four_entries)
{
	static const u64 entries[4] = {0x2001, 0, 0xfe6, 0x3019};

	guest(CR0_PE | CR0_ET, CR4_PAE, 0, MODE32);
	pdptes(entries);
	mov_to(0, CR0_PE | CR0_PG);
	ASSERT_SKIPPED();
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(fake_fields[VMCS_guest_pdpte0 + 2 * i], entries[i]);
	assert_int_equal(fake_fields[VMCS_guest_efer], 0);
}

TEST(bad_pdptes_fault_and_none_is_loaded)
{
	static const u64 reserved[] = {BIT(1), BIT(2),  BIT(5),  BIT(6), BIT(7),
	                               BIT(8), BIT(40), BIT(51), BIT(63)};

	for (u32 i = 0; i < ARRAY_SIZE(reserved); i++) {
		u64 entries[4] = {0x2001, 0x3001, 0x4001, 0x5001 | reserved[i]};
		guest(CR0_PE | CR0_ET, CR4_PAE, 0, MODE32);
		pdptes(entries);
		faults(0, CR0_PE | CR0_PG);
		guest(CR0_PE | CR0_PG | CR0_ET, 0, 0, MODE32);
		pdptes(entries);
		faults(4, CR4_PAE);
		guest(CR0_PE | CR0_PG | CR0_ET, CR4_PAE, 0, MODE32);
		pdptes(entries);
		faults(3, 0x1020);
	}
}

TEST(pdptes_outside_ram_fault)
{
	guest(CR0_PE | CR0_ET, CR4_PAE, 0, MODE32);
	fake_fields[VMCS_guest_cr3] = RAM;
	faults(0, CR0_PE | CR0_PG);
	fake_fields[VMCS_guest_cr3] = 0xffffffff;
	faults(0, CR0_PE | CR0_PG);
	fake_fields[VMCS_guest_cr3] = RAM - 32;
	mov_to(0, CR0_PE | CR0_PG);
	ASSERT_SKIPPED();
}

TEST(outside_64_bit_mode_operands_have_32_bits)
{
	guest(CR0_PE | CR0_ET, 0, 0, MODE32);
	mov_to(0, 0xdead00000000ull | CR0_PE | CR0_TS);
	cr0_is(CR0_PE | CR0_ET | CR0_TS, CR0_PE | CR0_ET | CR0_TS | CR0_NE);
}

TEST(cr4_combinations_that_fault)
{
	static const u64 never[] = {CR4_VMXE, CR4_SMXE, CR4_MCE, CR4_LA57, CR4_PKE,
	                            BIT(15),  BIT(23),  BIT(32), BIT(63)};

	guest64();
	for (u32 i = 0; i < ARRAY_SIZE(never); i++)
		faults(4, CR4_PAE | never[i]);
	faults(4, 0); /* out of PAE in long mode */
	fake_fields[VMCS_guest_cr3] = 0x1008;
	faults(4, CR4_PAE | CR4_PCIDE); /* CR3 bits 11:0 must be 0 */
	guest(CR0_PE, CR4_PAE, 0, MODE32);
	faults(4, CR4_PAE | CR4_PCIDE); /* outside long mode */
	guest64();
	fake_vm.capabilities.cr4_fixed1 &= ~CR4_SMEP;
	faults(4, CR4_PAE | CR4_SMEP); /* what the processor lacks */
}

TEST(the_guest_sees_the_cr4_it_wrote)
{
	guest64();
	mov_to(4, CR4_PAE | CR4_PGE | CR4_SMEP | CR4_PCIDE);
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_cr4_shadow], CR4_PAE | CR4_PGE | CR4_SMEP | CR4_PCIDE);
	assert_int_equal(fake_fields[VMCS_guest_cr4],
	                 CR4_PAE | CR4_PGE | CR4_SMEP | CR4_PCIDE | CR4_VMXE | CR4_MCE);
	assert_int_equal(fake_flushes, 1);
	/* What the guest reads: its own bits from the register, ring -1's from the shadow. */
	assert_int_equal(seen(VMCS_guest_cr4, VMCS_cr4_shadow, cr4_owned_bits(&fake_vm)),
	                 CR4_PAE | CR4_PGE | CR4_SMEP | CR4_PCIDE);
}

TEST(cr3_in_long_mode)
{
	guest64();
	mov_to(3, 0xfffffff018);
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_guest_cr3], 0xfffffff018);
	assert_int_equal(fake_flushes, 1);
	guest64();
	faults(3, 1ull << 40);
	faults(3, BIT(63) | 0x1000);
	guest(PAGING64, CR4_PAE | CR4_PCIDE, EFER_LME | EFER_LMA, 0xa09b);
	mov_to(3, BIT(63) | 0x1001); /* "do not flush" is no part of the value */
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_guest_cr3], 0x1001);
}

TEST(cr3_and_cr8_into_registers)
{
	guest64();
	fake_fields[VMCS_guest_cr3] = 0x123000;
	exit_with(3 | ACCESS_FROM << 4 | R11 << 8);
	ASSERT_SKIPPED();
	assert_int_equal(fake_vcpu.context.registers[R11], 0x123000);
	assert_int_equal(fake_vcpu.result, 0x123000);
	guest64();
	fake_fields[VMCS_guest_cr3] = 0x123000;
	exit_with(3 | ACCESS_FROM << 4 | RSP << 8);
	assert_int_equal(fake_fields[VMCS_guest_rsp], 0x123000);
	guest64();
	fake_vcpu.cr8 = 7;
	exit_with(8 | ACCESS_FROM << 4 | RBX << 8);
	assert_int_equal(fake_vcpu.context.registers[RBX], 7);
}

TEST(rsp_as_an_operand_is_the_vmcs_s)
{
	guest64();
	fake_fields[VMCS_guest_rsp] = 0x5000;
	exit_with(3 | RSP << 8);
	assert_int_equal(fake_fields[VMCS_guest_cr3], 0x5000);
}

TEST(cr8_has_four_bits)
{
	guest64();
	mov_to(8, 15);
	ASSERT_SKIPPED();
	assert_int_equal(fake_vcpu.cr8, 15);
	guest64();
	faults(8, 16);
	faults(8, BIT(63));
	faults(2, 0);
}

TEST(clts_clears_ts_alone)
{
	guest(PAGING64 | CR0_TS, CR4_PAE, EFER_LME | EFER_LMA, 0xa09b);
	exit_with(ACCESS_CLTS << 4);
	cr0_is(PAGING64, PAGING64 | CR0_NE);
}

TEST(lmsw_moves_four_bits_and_never_clears_pe)
{
	guest(CR0_PE | CR0_ET | CR0_TS, 0, 0, MODE32);
	exit_with(ACCESS_LMSW << 4 | 0xfff6ull << 16); /* MP and EM, without PE */
	cr0_is(CR0_PE | CR0_ET | CR0_MP | CR0_EM, CR0_PE | CR0_ET | CR0_MP | CR0_EM | CR0_NE);
	guest(CR0_ET, 0, 0, 0x9b);
	exit_with(ACCESS_LMSW << 4 | 1ull << 16);
	cr0_is(CR0_ET | CR0_PE, CR0_ET | CR0_PE | CR0_NE);
}

static void xsetbv_with(u32 index, u64 value, bool valid)
{
	guest64();
	fake_vcpu.context.registers[RCX] = 0xdead00000000ull | index;
	fake_vcpu.context.registers[RAX] = 0xdead00000000ull | (u32)value;
	fake_vcpu.context.registers[RDX] = value >> 32;
	handle_xsetbv(&fake_vcpu);
	if (valid)
		ASSERT_SKIPPED();
	else
		ASSERT_FAULT(VECTOR_GP);
	assert_int_equal(fake_xcr0, valid ? value : 0);
}

TEST(xcr0_takes_whole_sets_only)
{
	static const u64 good[] = {0x1, 0x3, 0x7, 0xe7};
	static const u64 bad[] = {0x0,  0x2, 0x5,  0x6,   0xe1,           0xe3,       0x27,
	                          0xa7, 0xf, 0x11, 0x201, 1ull << 32 | 1, BIT(63) | 1};

	for (u32 i = 0; i < ARRAY_SIZE(good); i++)
		xsetbv_with(0, good[i], true);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		xsetbv_with(0, bad[i], false);
	xsetbv_with(1, 1, false);
}

/* Bochs exits before it checks that. */
TEST(xcr0_is_not_ring_3_s)
{
	guest64();
	fake_vcpu.context.registers[RAX] = 3;
	fake_fields[VMCS_guest_ss_access] = 0xc0f3;
	handle_xsetbv(&fake_vcpu);
	ASSERT_FAULT(VECTOR_GP);
	assert_int_equal(fake_xcr0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owned_bits),
		cmocka_unit_test(cr0_combinations_that_fault),
		cmocka_unit_test(a_code_segment_with_l_set_is_not_64_bit_mode_by_itself),
		cmocka_unit_test(the_guest_sees_the_cr0_it_wrote),
		cmocka_unit_test(long_mode_begins_and_ends_with_paging),
		cmocka_unit_test(pae_paging_loads_the_four_entries),
		cmocka_unit_test(bad_pdptes_fault_and_none_is_loaded),
		cmocka_unit_test(pdptes_outside_ram_fault),
		cmocka_unit_test(outside_64_bit_mode_operands_have_32_bits),
		cmocka_unit_test(cr4_combinations_that_fault),
		cmocka_unit_test(the_guest_sees_the_cr4_it_wrote),
		cmocka_unit_test(cr3_in_long_mode),
		cmocka_unit_test(cr3_and_cr8_into_registers),
		cmocka_unit_test(rsp_as_an_operand_is_the_vmcs_s),
		cmocka_unit_test(cr8_has_four_bits),
		cmocka_unit_test(clts_clears_ts_alone),
		cmocka_unit_test(lmsw_moves_four_bits_and_never_clears_pe),
		cmocka_unit_test(xcr0_takes_whole_sets_only),
		cmocka_unit_test(xcr0_is_not_ring_3_s),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fake_memory(0);
	return failed;
}
