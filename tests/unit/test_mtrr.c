/*
 * Memory types by the MTRRs: the manual's own examples, and random ranges against asking for each
 * page alone.
 *
 * Sources: ept/mtrr.c
 */
#include "tests/unit/unit.h"
#include "ept/mtrr.h"

#define KIB4    0x1000ull
#define KIB64   0x10000ull
#define MIB1    0x100000ull
#define MIB2    0x200000ull
#define GIB1    0x40000000ull
#define ENABLED BIT(11)
#define FIXED   BIT(10)
#define UC      MEMORY_UNCACHEABLE
#define WC      MEMORY_WRITE_COMBINING
#define WT      MEMORY_WRITE_THROUGH
#define WP      MEMORY_WRITE_PROTECTED
#define WB      MEMORY_WRITE_BACK

static u64 msrs[0x400];
static struct mtrrs mtrrs;

static u64 fake_rdmsr(u32 msr)
{
	assert_true(msr == 0xfe || (msr >= 0x200 && msr < 0x300));
	return msrs[msr];
}

static void variable(u32 i, u64 base, u64 mask)
{
	msrs[0x200 + 2 * i] = base;
	msrs[0x201 + 2 * i] = mask;
}

static int set_up(void **state)
{
	(void)state;
	memset(msrs, 0, sizeof(msrs));
	msrs[0xfe] = 0x508;
	msrs[0x2ff] = ENABLED | UC;
	return 0;
}

static void is(u64 address, u64 bytes, u32 type)
{
	u32 found = 99;

	mtrr_read(&mtrrs, fake_rdmsr);
	if (!mtrr_type(&mtrrs, address, bytes, &found) || found != type)
		fail_msg("%lx: type %u instead of %u", (unsigned long)address, found, type);
}

static void straddles(u64 address, u64 bytes)
{
	u32 type;

	mtrr_read(&mtrrs, fake_rdmsr);
	assert_false(mtrr_type(&mtrrs, address, bytes, &type));
}

/*
 * "Example Base and Mask Calculations": 96 MiB of memory from 0 to 64 MiB and from 68 to 100 MiB, a
 * card in between, an uncacheable hole at 15 MiB, a frame buffer at 0xa0000000; with 36 bits of address,
 * and with 40 as in "Base and Mask Calculations for Greater-Than 36-bit Physical Address Support".
 */
TEST(the_manuals_example_of_base_and_mask)
{
	for (u64 high = 0xf00000000; high <= 0xff00000000; high = high << 4 | high) {
		variable(0, 0x00000006, high | 0xfc000800);
		variable(1, 0x04000006, high | 0xfe000800);
		variable(2, 0x06000006, high | 0xffc00800);
		variable(3, 0x04000000, high | 0xffc00800);
		variable(4, 0x00f00000, high | 0xfff00800);
		variable(5, 0xa0000001, high | 0xff800800);
		is(0, 4 * MIB2, WB);
		is(0xe00000, MIB1, WB);
		is(0xf00000, MIB1, UC); /* from 15 to 16 MiB */
		straddles(0xe00000, MIB2);
		is(0x1000000, 8 * MIB2, WB);
		is(0x3e00000, MIB2, WB);
		is(0x4000000, 2 * MIB2, UC); /* from 64 to 68 MiB: over write-back */
		is(0x4400000, 2 * MIB2, WB);
		is(0x6200000, MIB2, WB);
		is(0x6400000, 2 * MIB2, UC); /* from 100 MiB on: by default */
		is(0xa0000000, 4 * MIB2, WC);
		is(0xa07ff000, KIB4, WC); /* its last page */
		is(0xa0800000, MIB2, UC);
		straddles(0, GIB1);
		straddles(0x80000000, GIB1);
		straddles(0x4000000, 32 * MIB2);
		is(GIB1, GIB1, UC);
		is(0xfc0000000, GIB1, UC); /* the top of 36 bits */
	}
}

TEST(precedence_where_ranges_overlap)
{
	static const u32 wanted[5][5] = {
		/* UC WC WT WP WB */
		{UC, UC, UC, UC, UC}, {UC, WC, UC, UC, UC}, {UC, UC, WT, UC, WT},
		{UC, UC, UC, WP, UC}, {UC, UC, WT, UC, WB},
	};
	static const u32 types[5] = {UC, WC, WT, WP, WB};

	msrs[0x2ff] = ENABLED | WB;
	for (u32 i = 0; i < 5; i++)
		for (u32 j = 0; j < 5; j++) {
			variable(0, GIB1 | types[i], 0xffc0000800);
			variable(1, GIB1 | types[j], 0xffc0000800);
			is(GIB1, GIB1, wanted[i][j]);
			is(2 * GIB1, GIB1, WB); /* the default does not take part */
		}
	variable(2, GIB1 | WB, 0xffc0000800); /* the third decides too */
	variable(0, GIB1 | WT, 0xffc0000800);
	variable(1, GIB1 | UC, 0xffc0000800);
	is(GIB1, GIB1, UC);
}

TEST(switched_off_all_is_uncacheable)
{
	variable(0, WB, 0xf000000800);
	msrs[0x2ff] = WB | FIXED;
	is(0, GIB1, UC);
	msrs[0x2ff] = WB | ENABLED;
	is(64 * GIB1, GIB1, WB);
	variable(0, UC, 0xf000000000); /* not valid */
	is(0, GIB1, WB);
}

TEST(fixed_ranges_cover_the_first_mebibyte)
{
	msrs[0x2ff] = ENABLED | FIXED | WB;
	variable(0, UC, 0xf000000800); /* the fixed ones go before it */
	msrs[0x250] = 0x0606060606060604;
	msrs[0x258] = 0x0606060606060605;
	msrs[0x259] = 0x0000000000000001;
	msrs[0x268] = 0x0500000000000006;
	msrs[0x26f] = 0x0400000000000000;
	is(0, KIB4, WT);
	is(KIB64 - KIB4, KIB4, WT);
	is(KIB64, KIB4, WB);
	is(0x80000, KIB4, WP);
	is(0x84000, KIB4, WB);
	is(0xa0000, KIB4, WC);
	is(0xa3fff & ~0xfffull, KIB4, WC);
	is(0xa4000, KIB4, UC);
	is(0xc0000, KIB4, WB);
	is(0xc1000, KIB4, UC);
	is(0xc7000, KIB4, WP);
	is(0xff000, KIB4, WT);
	is(MIB1, KIB4, UC);
	straddles(0, MIB2);
	straddles(0, GIB1);
	msrs[0x2ff] = ENABLED | WB; /* fixed ranges off */
	is(0, KIB4, UC);
	is(0, MIB2, UC);
	msrs[0x2ff] = ENABLED | FIXED | WB;
	msrs[0xfe] = 0x408; /* there are none */
	is(0, MIB2, UC);
	msrs[0xfe] = 0x500; /* no variable ones */
	is(MIB1, KIB4, WB);
}

/* A mask may have holes: then the range is not one piece. */
TEST(masks_with_holes)
{
	msrs[0x2ff] = ENABLED | WB;
	variable(0, UC, 0xffff400800); /* 4 MiB at 0, and 4 at 8 MiB */
	is(0, 2 * MIB2, UC);
	is(2 * MIB2, 2 * MIB2, WB);
	is(4 * MIB2, 2 * MIB2, UC);
	is(6 * MIB2, 2 * MIB2, WB);
	straddles(0, 4 * MIB2);
}

/* What is said of a page of 2^n pages, against each of them alone. */
TEST(large_pages_are_of_the_type_of_each_of_their_parts)
{
	static const u32 types[] = {UC, WC, WT, WP, WB};
	u64 seed = 11;
	u32 large = 0;

	for (u32 round = 0; round < 3000; round++) {
		msrs[0x2ff] = ENABLED | types[random_next(&seed) % 5] |
		              (random_next(&seed) % 2 ? FIXED : 0);
		for (u32 i = 0; i < 8; i++) {
			u64 pages = 1ull << random_next(&seed) % 9;
			u64 base = random_next(&seed) % 512 / pages * pages;
			u64 mask = 0xfffffff000 & ~(pages * KIB4 - 1);
			if (random_next(&seed) % 8 == 0)
				mask &= ~(KIB4 << random_next(&seed) % 9);
			variable(i, base * KIB4 | types[random_next(&seed) % 5],
			         mask | (random_next(&seed) % 3 ? 0 : 0x800));
		}
		mtrr_read(&mtrrs, fake_rdmsr);
		for (u64 pages = 1; pages <= 512; pages *= 2) {
			u64 at = random_next(&seed) % 1024 / pages * pages;
			u32 type, part;
			if (!mtrr_type(&mtrrs, at * KIB4, pages * KIB4, &type))
				continue;
			large += pages > 1;
			for (u64 i = 0; i < pages; i++) {
				assert_true(mtrr_type(&mtrrs, (at + i) * KIB4, KIB4, &part));
				assert_int_equal(part, type);
			}
		}
	}
	assert_true(large > 3000); /* it does not just say no */
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(the_manuals_example_of_base_and_mask),
		RUN(precedence_where_ranges_overlap),
		RUN(switched_off_all_is_uncacheable),
		RUN(fixed_ranges_cover_the_first_mebibyte),
		RUN(masks_with_holes),
		RUN(large_pages_are_of_the_type_of_each_of_their_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
