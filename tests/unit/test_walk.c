/*
 * Guest-linear memory through the guest's own tables: every kind of paging, every right, and tables
 * that lie about everything.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "hv/guest_walk.c"

#define RAM  0x10000u
#define P    1u
#define RW   (P | 2u)
#define U    4u
#define LEAF 0x80u
#define KIB4 0x1000ull
#define TOP  0x1000u /* where the top table lies */

static u8 *ram;
static struct guest_paging paging;

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	ram = fake_memory(RAM);
	return 0;
}

static void put64(u64 table, u64 index, u64 entry)
{
	memcpy(ram + table + 8 * index, &entry, 8);
}

/* PDPTE registers: entry 0 and the one at 3. */
static void pdptes(u64 first, u64 last)
{
	fake_fields[VMCS_guest_pdpte0] = first;
	fake_fields[VMCS_guest_pdpte3] = last;
}

static void put32(u64 table, u64 index, u32 entry)
{
	memcpy(ram + table + 4 * index, &entry, 4);
}

/* 4-level paging: linear 0x7f..., every table one page, one 4-KiB page at 0x5000. */
#define LINEAR ((5ull << 39) | (6ull << 30) | (7ull << 21) | (8ull << 12))
static void four_levels(u64 leaf_flags)
{
	paging = (struct guest_paging){.cr0 = CR0_PE | CR0_PG | CR0_WP,
	                               .cr3 = TOP | 0x18,
	                               .cr4 = CR4_PAE,
	                               .efer = EFER_LME | EFER_LMA};
	put64(TOP, 5, 0x2000 | RW | U);
	put64(0x2000, 6, 0x3000 | RW | U);
	put64(0x3000, 7, 0x4000 | RW | U);
	put64(0x4000, 8, 0x5000 | leaf_flags);
}

static void leads(u64 linear, enum guest_access access, u64 physical)
{
	struct guest_translation to = guest_translate(&fake_vm, &paging, linear, access);

	assert_true(to.ok);
	assert_int_equal(to.physical, physical);
}

static void fails(u64 linear, enum guest_access access, u32 error)
{
	struct guest_translation to = guest_translate(&fake_vm, &paging, linear, access);

	assert_false(to.ok);
	assert_int_equal(to.error, error);
}

TEST(the_guest_s_registers_are_read)
{
	fake_fields[VMCS_guest_cr3] = 0x123000;
	fake_fields[VMCS_guest_ss_access] = 0xf3;
	fake_fields[VMCS_guest_efer] = EFER_LMA;
	paging = guest_paging();
	assert_int_equal(paging.cr3, 0x123000);
	assert_int_equal(paging.cpl, 3);
	assert_int_equal(paging.efer, EFER_LMA);
}

TEST(without_paging_linear_is_physical)
{
	paging = (struct guest_paging){.cr0 = CR0_PE};
	leads(0x12345678, GUEST_WRITE, 0x12345678);
	leads(0x100000001, GUEST_READ, 1); /* 32 bits of it */
}

TEST(four_levels_of_tables)
{
	four_levels(RW);
	leads(LINEAR | 0xabc, GUEST_WRITE, 0x5abc);
	fails(LINEAR + KIB4, GUEST_READ, 0);
	fails(LINEAR + KIB4, GUEST_WRITE, 2);
	fails(0, GUEST_READ, 0);
	paging.efer |= EFER_NXE;
	put64(0x4000, 8, 0x800000fffffff000 | RW); /* NX and a large address: a value, no access */
	leads(LINEAR, GUEST_READ, 0xfffffff000);
}

/* What ring -1 only looks at leaves no flag, on no level; what the processor fetched neither. */
TEST(a_look_is_not_noted)
{
	static const enum guest_access looks[] = {GUEST_PEEK, GUEST_FETCH};

	for (u32 i = 0; i < ARRAY_SIZE(looks); i++) {
		four_levels(P | U);
		paging.cpl = 3;
		fake_read_only = RAM;
		leads(LINEAR, looks[i], 0x5000);
		fails(LINEAR + KIB4, looks[i], U);
		assert_int_equal(ram[0x4000 + 64] & 0x60, 0);
		assert_int_equal(ram[TOP + 40] & 0x60, 0);
		four_levels(P);
		paging.cpl = 3;
		fails(LINEAR, looks[i], P | U);
	}
}

TEST(fetches)
{
	four_levels(P | U);
	paging.cpl = 0;
	paging.cr4 |= CR4_SMAP; /* is not about fetches */
	leads(LINEAR, GUEST_FETCH, 0x5000);
	paging.cr4 |= CR4_SMEP;
	fails(LINEAR, GUEST_FETCH, P | 0x10);
	four_levels(P);
	paging.cr4 |= CR4_SMEP;
	leads(LINEAR, GUEST_FETCH, 0x5000);
	for (u32 level = 0; level < 2; level++) { /* NX at the end, and on the way */
		four_levels(level ? RW | U : P | U);
		paging.cpl = 3;
		paging.efer |= EFER_NXE;
		ram[level ? 0x2000 + 48 + 7 : 0x4000 + 64 + 7] |= 0x80;
		fails(LINEAR, GUEST_FETCH, P | U | 0x10);
		leads(LINEAR, GUEST_READ, 0x5000);
	}
}

TEST(large_pages_in_long_mode)
{
	four_levels(RW);
	put64(0x3000, 7, 0x40200000 | RW | LEAF);
	leads(LINEAR | 0xcde, GUEST_WRITE, 0x40200000 + (LINEAR & 0x1fffff) + 0xcde);
	put64(0x3000, 7, 0x40201000 | RW | LEAF); /* bit 12 is PAT, not an address */
	leads(LINEAR, GUEST_READ, 0x40200000 + (LINEAR & 0x1fffff));
	put64(0x2000, 6, 0x80000000 | RW | LEAF);
	leads(LINEAR, GUEST_READ, 0x80000000 + (LINEAR & 0x3fffffff));
	put64(TOP, 5, 0x2000 | RW | LEAF); /* reserved: there are no pages of 512 GiB */
	fails(LINEAR, GUEST_READ, P | 8);
}

/* Rights as the manual's table has them: by ring, page, access and CR0.WP. */
TEST(rights)
{
	for (u32 i = 0; i < 64; i++) {
		bool user = i & 1, user_page = i & 2, writable = i & 4, write = i & 8, wp = i & 16;
		bool upper = i & 32; /* the missing right is missing in an upper table */
		u32 flags = P | (writable ? RW : 0) | (user_page ? U : 0);
		four_levels(upper ? RW | U : flags);
		if (upper)
			put64(0x2000, 6, 0x3000 | flags);
		paging.cpl = user ? 3 : 0;
		paging.cr0 = wp ? paging.cr0 : paging.cr0 & ~CR0_WP;
		bool allowed = (!user || user_page) && (!write || writable || (!user && !wp));
		enum guest_access access = write ? GUEST_WRITE : GUEST_READ;
		if (allowed)
			leads(LINEAR, access, 0x5000);
		else
			fails(LINEAR, access, P | (write ? 2 : 0) | (user ? 4 : 0));
	}
}

static u64 flags_of(u64 table, u64 index)
{
	u64 entry;

	memcpy(&entry, ram + table + 8 * index, 8);
	return entry & 0x60;
}

TEST(accesses_are_noted_as_the_processor_does)
{
	four_levels(P | U);
	fails(LINEAR, GUEST_WRITE, 3);
	assert_int_equal(flags_of(TOP, 5) | flags_of(0x4000, 8), 0); /* not for a fault */
	leads(LINEAR, GUEST_READ, 0x5000);
	assert_int_equal(flags_of(TOP, 5), 0x20);
	assert_int_equal(flags_of(0x3000, 7), 0x20);
	assert_int_equal(flags_of(0x4000, 8), 0x20);
	four_levels(RW | U);
	leads(LINEAR, GUEST_WRITE, 0x5000);
	assert_int_equal(flags_of(TOP, 5), 0x20);
	assert_int_equal(flags_of(0x4000, 8), 0x60);
	put64(0x3000, 7, 0x200000 | RW | LEAF);
	leads(LINEAR, GUEST_WRITE, 0x200000 | (LINEAR & 0x1fffff));
	assert_int_equal(flags_of(0x3000, 7), 0x60);
	/* A PDPTE of PAE paging has no such flags. */
	paging = (struct guest_paging){.cr0 = CR0_PE | CR0_PG, .cr3 = TOP, .cr4 = CR4_PAE};
	put64(TOP, 0, 0);
	pdptes(0x2000 | P, 0);
	put64(0x2000, 0, LEAF | RW);
	leads(0x1234, GUEST_WRITE, 0x1234);
	assert_int_equal(flags_of(TOP, 0), 0);
	assert_int_equal(flags_of(0x2000, 0), 0x60);
}

/* Tables that the guest may not write are not written for it either; what is noted already, stays. */
TEST(protected_tables_are_not_written)
{
	four_levels(RW | U);
	fake_read_only = 0x5000;
	fails(LINEAR, GUEST_READ, 0);
	assert_int_equal(flags_of(TOP, 5) | flags_of(0x4000, 8), 0);
	fake_read_only = 0;
	leads(LINEAR, GUEST_READ, 0x5000);
	fake_read_only = 0x5000;
	leads(LINEAR, GUEST_READ, 0x5000);
	fails(LINEAR, GUEST_WRITE, 2);
	assert_int_equal(flags_of(0x4000, 8), 0x20);
}

TEST(reserved_bits_fault)
{
	for (u32 bit = 40; bit < 52; bit++) { /* MAXPHYADDR is 40 */
		four_levels(RW | U | BIT(bit));
		fails(LINEAR, GUEST_READ, 9);
	}
	four_levels(RW | U | BIT(52)); /* for software */
	leads(LINEAR, GUEST_READ, 0x5000);
	four_levels(RW | U | BIT(63));
	fails(LINEAR, GUEST_WRITE, 0xb);
	paging.efer |= EFER_NXE;
	leads(LINEAR, GUEST_WRITE, 0x5000);
	four_levels(RW | U);
	put64(0x2000, 6, 0x3000 | RW | U | BIT(45));
	fails(LINEAR, GUEST_READ, 9);
	put64(0x2000, 6, 0x3000 | RW | U);
	put64(0x3000, 7, 0x200000 | RW | LEAF | BIT(12)); /* PAT */
	leads(LINEAR, GUEST_READ, 0x200000 | (LINEAR & 0x1fffff));
	put64(0x3000, 7, 0x200000 | RW | LEAF | BIT(13));
	fails(LINEAR, GUEST_READ, 9);
	paging = (struct guest_paging){.cr0 = CR0_PE | CR0_PG, .cr3 = TOP, .cr4 = CR4_PAE};
	pdptes(0x2000 | P, 0);
	put64(0x2000, 0, LEAF | RW | BIT(52));
	fails(0x1234, GUEST_READ, 9);
}

TEST(smap)
{
	four_levels(RW | U);
	paging.cr4 |= CR4_SMAP;
	fails(LINEAR, GUEST_READ, P);
	fails(LINEAR, GUEST_WRITE, P | 2);
	paging.rflags = RFLAGS_AC;
	leads(LINEAR, GUEST_WRITE, 0x5000);
	paging.rflags = 0;
	paging.cpl = 3;
	leads(LINEAR, GUEST_READ, 0x5000);
	four_levels(RW); /* a page of the kernel's own */
	paging.cr4 |= CR4_SMAP;
	leads(LINEAR, GUEST_READ, 0x5000);
}

static void pae(void)
{
	paging = (struct guest_paging){
		.cr0 = CR0_PE | CR0_PG | CR0_WP, .cr3 = 0x1020, .cr4 = CR4_PAE};
	pdptes(0, 0x2000 | P); /* a PDPTE has no rights; those in memory may have changed since */
	put64(0x2000, 7, 0x3000 | RW | U);
	put64(0x3000, 8, 0x5000 | RW | U);
}

#define LINEAR_PAE (3ull << 30 | 7ull << 21 | 8ull << 12)

TEST(pae_paging)
{
	pae();
	leads(LINEAR_PAE | 0x123, GUEST_WRITE, 0x5123);
	paging.cpl = 3;
	leads(LINEAR_PAE, GUEST_WRITE, 0x5000);
	put64(0x2000, 7, 0xfff200000 | RW | LEAF);
	paging.cpl = 0;
	leads(LINEAR_PAE | 0x123, GUEST_READ, 0xfff208123);
	fails(0, GUEST_READ, 0);
}

/* An access that runs over the end of the 32-bit space goes on at 0. */
TEST(outside_long_mode_addresses_have_32_bits)
{
	pae();
	pdptes(0x6000 | P, 0);
	put64(0x6000, 0, 0x7000 | RW);
	put64(0x7000, 0, 0x8000 | RW);
	leads(0x100000004, GUEST_READ, 0x8004);
}

TEST(paging_with_32_bits)
{
	paging = (struct guest_paging){
		.cr0 = CR0_PE | CR0_PG | CR0_WP, .cr3 = TOP | 0xfff, .cr4 = CR4_PSE};
	put32(TOP, 1023, 0x2000 | RW | U);
	put32(0x2000, 5, 0x7000 | P | U);
	leads(0xffc05678, GUEST_READ, 0x7678);
	fails(0xffc05678, GUEST_WRITE, P | 2);
	fails(0xffc06000, GUEST_READ, 0);
	put32(TOP, 1, 0x00c00000 | RW | LEAF);
	leads(0x00456789, GUEST_WRITE, 0x00c56789);
	put32(TOP, 1, 0x00c06000 | RW | LEAF); /* bits 39:32 of the address lie above bit 12 */
	leads(0x00456789, GUEST_READ, 0x300c56789);
	paging.cr4 = 0; /* without PSE bit 7 is nothing */
	put32(TOP, 1, 0x2000 | RW | LEAF);
	leads(0x00405678, GUEST_READ, 0x7678);
}

TEST(tables_outside_ram_are_not_there)
{
	static const u64 outside[] = {RAM, 1ull << 39, 0xfffffff000};

	for (u32 i = 0; i < ARRAY_SIZE(outside); i++) {
		four_levels(RW);
		put64(0x3000, 7, outside[i] | RW);
		fails(LINEAR, GUEST_READ, 0);
		four_levels(RW);
		paging.cr3 = outside[i];
		fails(LINEAR, GUEST_WRITE, 2);
	}
	paging = (struct guest_paging){.cr0 = CR0_PG, .cr3 = 0xffffffff, .cr4 = CR4_PAE};
	pdptes(0, 0xffffff000 | P);
	fails(0xffffffff, GUEST_READ, 0);
	paging.cr4 = 0;
	fails(0xffffffff, GUEST_READ, 0);
}

/* Tables of random bytes: no byte outside RAM is read (ASan), every walk ends. */
TEST(hostile_tables)
{
	u64 seed = 9;
	u32 found = 0;

	for (u32 i = 0; i < RAM / 8; i++)
		put64(0, i,
		      (random_next(&seed) & 0x8000000000000fff) | (random_next(&seed) % 20 * KIB4) |
		              P);
	for (u32 i = 0; i < 200000; i++) {
		u64 dice = random_next(&seed);
		paging = (struct guest_paging){
			.cr0 = CR0_PG | (dice & CR0_WP),
			.cr3 = random_next(&seed) % (RAM + 0x2000),
			.cr4 = dice & (CR4_PAE | CR4_PSE | CR4_SMAP),
			.cpl = dice >> 40 & 3,
			.rflags = dice,
		};
		if (paging.cr4 & CR4_PAE && dice >> 50 & 1)
			paging.efer = EFER_LMA;
		found += guest_translate(&fake_vm, &paging, random_next(&seed),
		                         dice >> 51 & 1 ? GUEST_WRITE : GUEST_READ)
		                 .ok;
	}
	assert_true(found > 1000);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(the_guest_s_registers_are_read),
		RUN(without_paging_linear_is_physical),
		RUN(four_levels_of_tables),
		RUN(a_look_is_not_noted),
		RUN(fetches),
		RUN(large_pages_in_long_mode),
		RUN(rights),
		RUN(accesses_are_noted_as_the_processor_does),
		RUN(protected_tables_are_not_written),
		RUN(reserved_bits_fault),
		RUN(smap),
		RUN(pae_paging),
		RUN(outside_long_mode_addresses_have_32_bits),
		RUN(paging_with_32_bits),
		RUN(tables_outside_ram_are_not_there),
		RUN(hostile_tables),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fake_memory(0);
	return failed;
}
