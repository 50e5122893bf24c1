/*
 * Extended page tables over a fake memory: what is mapped is found, what is damaged is told.
 *
 * Sources: ept/ept.c ept/change.c ept/check.c ept/mtrr.c
 */
#include "tests/unit/ept_tables.h"

static struct ept ept;

static int set_up(void **state)
{
	(void)state;
	fake_pool(256);
	ept = fake_ept();
	assert_true(ept_init(&ept));
	return 0;
}

static bool map(u64 guest, u64 host, u64 bytes)
{
	return ept_map(&ept, guest, host, bytes, EPT_RWX).done;
}

static void leads(u64 guest, u64 host, u32 level)
{
	struct ept_translation to = ept_walk(&ept, guest);

	assert_true(to.mapped);
	assert_int_equal(to.host, host);
	assert_int_equal(to.level, level);
	assert_int_equal(to.entry & EPT_RWX, EPT_RWX);
}

static struct ept_fault check(u64 bytes)
{
	return fake_check(&ept, bytes);
}

TEST(the_pointer_names_type_length_and_flags)
{
	assert_int_equal(ept_pointer(&ept), FIRST | 6 | 3 << 3 | 1 << 6);
	ept.accessed_dirty = ept.write_back = false;
	assert_int_equal(ept_pointer(&ept), FIRST | 0 | 3 << 3);
}

TEST(without_a_frame_there_is_no_root)
{
	fake_pool(0);
	assert_false(ept_init(&ept));
}

TEST(the_largest_page_that_fits)
{
	assert_true(map(0, GUEST_HOST, GIB1 + MIB2 + KIB4));
	leads(0x12345678, GUEST_HOST + 0x12345678, 3);
	leads(GIB1 + 0x1ffff, GUEST_HOST + GIB1 + 0x1ffff, 2);
	leads(GIB1 + MIB2, GUEST_HOST + GIB1 + MIB2, 1);
	assert_false(ept_walk(&ept, GIB1 + MIB2 + KIB4).mapped);
	assert_int_equal(ept.tables, 4);
	assert_null(check(GIB1 + MIB2 + KIB4).what);
}

TEST(both_addresses_decide_about_alignment)
{
	assert_true(map(0, GUEST_HOST + MIB2, GIB1));
	leads(0, GUEST_HOST + MIB2, 2);
	assert_true(map(GIB1, 3 * GIB1 + KIB4, MIB2));
	leads(GIB1, 3 * GIB1 + KIB4, 1);
}

TEST(only_the_pages_that_the_processor_has)
{
	ept.largest = 2;
	assert_true(map(0, GUEST_HOST, GIB1));
	leads(0, GUEST_HOST, 2);
	ept.largest = 1;
	assert_true(map(GIB1, GUEST_HOST + GIB1, MIB2));
	leads(GIB1, GUEST_HOST + GIB1, 1);
}

TEST(leaves_have_type_rights_and_size_bit)
{
	assert_true(map(0, GUEST_HOST, MIB2));
	assert_int_equal(ept_walk(&ept, 0).entry, GUEST_HOST | 0x80 | 6 << 3 | 7);
	mtrrs.default_type = BIT(11) | MEMORY_UNCACHEABLE;
	assert_true(ept_map(&ept, MIB2, GUEST_HOST + MIB2, KIB4, EPT_READ).done);
	struct ept_translation to = ept_walk(&ept, MIB2);
	assert_int_equal(to.entry, (GUEST_HOST + MIB2) | 1);
	assert_int_equal(to.entry & EPT_RWX, EPT_READ);
}

TEST(overlaps_are_refused)
{
	assert_true(map(MIB2, GUEST_HOST, MIB2));
	assert_false(map(MIB2, GUEST_HOST, MIB2));
	assert_false(map(MIB2 + KIB4, GUEST_HOST, KIB4));
	assert_false(map(0, GUEST_HOST + MIB2, GIB1)); /* from below into it */
	leads(MIB2, GUEST_HOST, 2);
	assert_true(map(8 * GIB1 + KIB4, GUEST_HOST, KIB4));
	assert_false(map(8 * GIB1, 2 * GIB1, GIB1)); /* a large page over small ones */
	leads(8 * GIB1 + KIB4, GUEST_HOST, 1);
}

TEST(odd_and_far_addresses_are_refused)
{
	assert_false(map(1, GUEST_HOST, KIB4));
	assert_false(map(0, GUEST_HOST + 8, KIB4));
	assert_false(map(0, GUEST_HOST, KIB4 + 1));
	assert_false(map(0, (1ull << 40) - KIB4, 2 * KIB4));
	assert_false(map((1ull << 40) - KIB4, GUEST_HOST, 2 * KIB4));
	assert_false(map(0, -KIB4, 2 * KIB4));
	assert_false(map(-KIB4, GUEST_HOST, 2 * KIB4));
	assert_true(map((1ull << 40) - KIB4, (1ull << 40) - KIB4, KIB4));
	leads((1ull << 40) - 1, (1ull << 40) - 1, 1);
}

/* Four levels translate 48 bits: what lies beyond must not come back from below. */
TEST(beyond_48_bits_nothing_is_mapped)
{
	ept.physical_bits = 52;
	assert_false(map(1ull << 48, GUEST_HOST, KIB4));
	assert_false(map((1ull << 48) - KIB4, GUEST_HOST, 2 * KIB4));
	assert_true(map(0, 1ull << 50, KIB4));
	leads(0, 1ull << 50, 1);
	assert_false(ept_walk(&ept, 1ull << 48).mapped);
	assert_false(ept_walk(&ept, ~0ull).mapped);
}

TEST(mapping_nothing_changes_nothing)
{
	assert_false(map(0, GUEST_HOST, 0));
	assert_int_equal(ept.tables, 1);
	assert_false(ept_walk(&ept, 0).mapped);
}

TEST(out_of_frames_says_so_at_any_point)
{
	for (u32 given = 0; given < 5; given++) {
		fake_pool(1 + given);
		ept = fake_ept();
		assert_true(ept_init(&ept));
		assert_int_equal(map(MIB2 - KIB4, GUEST_HOST + MIB2 - KIB4, MIB2 + 2 * KIB4),
		                 given >= 4);
		assert_true(ept.tables <= 1 + given);
		assert_null(check(GIB1).what);
	}
}

TEST(a_walk_tells_where_it_ended)
{
	struct ept_translation to = ept_walk(&ept, 5 * GIB1);

	assert_false(to.mapped);
	assert_int_equal(to.level, 4);
	map(0, GUEST_HOST, KIB4);
	assert_int_equal(ept_walk(&ept, GIB1).level, 3);
	assert_int_equal(ept_walk(&ept, MIB2).level, 2);
	assert_int_equal(ept_walk(&ept, KIB4).level, 1);
	assert_int_equal(ept_walk(&ept, KIB4).entry, 0);
}

/*
 * Maps 1 GiB + 2 MiB + 4 KiB, damages the entry by which `guest` is reached at `level`, expects
 * words.
 */
static void damage(u64 guest, u32 level, u64 set, u64 clear, const char *words)
{
	set_up(NULL);
	assert_true(map(0, GUEST_HOST, GIB1 + MIB2 + KIB4));
	u64 table = FIRST;
	for (u32 at = 4; at > level; at--)
		table = fake_frame(table)[guest >> (12 + 9 * (at - 1)) & 511] & EPT_FRAME_MASK;
	u64 *entry = &fake_frame(table)[guest >> (12 + 9 * (level - 1)) & 511];
	*entry = (*entry & ~clear) | set;
	struct ept_fault fault = check(GIB1 + MIB2 + KIB4);
	if (!fault.what || !strstr(fault.what, words))
		fail_msg("level %u, %lx set: \"%s\" instead of \"%s\"", level, set,
		         fault.what ? fault.what : "no fault", words);
	assert_int_equal(fault.entry, *entry);
	u64 span = 1ull << (12 + 9 * (level - 1));
	assert_int_equal(fault.guest, guest & ~(span - 1));
}

TEST(damaged_leaves_are_found)
{
	static const u64 at[] = {0, GIB1 + MIB2, GIB1, 0}; /* by level */

	for (u32 level = 1; level <= 3; level++) {
		u64 guest = at[level];
		damage(guest, level, 0, EPT_READ, "not readable");
		damage(guest, level, 0, EPT_READ | EPT_EXECUTE, "not readable");
		damage(guest, level, 0, EPT_READ | EPT_WRITE, "execute-only");
		damage(guest, level, 0, EPT_TYPE_MASK, "memory type");
		damage(guest, level, EPT_TYPE(7), 0, "memory type");
		damage(guest, level, EPT_TYPE(1), EPT_TYPE_MASK, "memory type");
		damage(guest, level, 1ull << 40, 0, "MAXPHYADDR");
		damage(guest, level, 1ull << 51, 0, "MAXPHYADDR");
		damage(guest, level, 1ull << 39, 0, "not the guest's");
		if (level > 1) {
			damage(guest, level, KIB4, 0, "reserved");
			damage(guest, level, 1ull << (11 + 9 * (level - 1)), 0, "reserved");
		}
	}
	damage(GIB1 + MIB2, 1, KIB4, 0, "not the guest's"); /* the byte behind the guest's last */
	damage(GIB1 + MIB2, 1, FIRST, EPT_FRAME_MASK, "not the guest's"); /* the root itself */
}

TEST(damaged_tables_are_found)
{
	for (u32 level = 2; level <= 4; level++) {
		for (u32 bit = 3; bit < 7; bit++)
			damage(GIB1 + MIB2, level, BIT(bit), 0, "reserved");
		damage(GIB1 + MIB2, level, 0, EPT_READ, "not readable");
		damage(GIB1 + MIB2, level, 0, EPT_WRITE, "takes rights away");
		damage(GIB1 + MIB2, level, 1ull << 45, 0, "MAXPHYADDR");
	}
	damage(0, 4, EPT_LARGE, 0, "reserved");
	damage(GIB1 + MIB2, 2, 1ull << 30, 0, "a table that is none");
	set_up(NULL);
	assert_true(map(0, GUEST_HOST, KIB4));
	frames[2][7] = frames[2][0]; /* two ways to one table */
	assert_string_equal(check(MIB2).what, "leads to a table that is reached twice");
}

TEST(what_the_processor_lacks_is_found)
{
	const struct ept_rules strict = {in_guest_memory, in_frames, NULL, false};

	assert_true(map(0, GUEST_HOST, GIB1 + MIB2 + KIB4));
	guest_bytes = 2 * GIB1;
	assert_string_equal(ept_check(&ept, &strict).what, "writable and executable");
	ept_protect(&ept, 0, 4 * GIB1, 0); /* not done: it is not all mapped */
	ept_protect(&ept, 0, GIB1 + MIB2 + KIB4, EPT_READ | EPT_WRITE);
	assert_null(ept_check(&ept, &strict).what);
	ept.largest = 2;
	assert_int_equal(check(2 * GIB1).guest, 0);
	assert_string_equal(check(2 * GIB1).what, "a page larger than this processor has");
	ept.largest = 3;
	ept.tables++;
	assert_string_equal(check(2 * GIB1).what, "a table is reached no more");
	ept.tables--;
	mtrrs = (struct mtrrs){.default_type = BIT(11) | RAM,
	                       .variable = {{GUEST_HOST + MIB2, 0xffffe00000}},
	                       .variables = 1}; /* 2 MiB of uncacheable memory inside */
	assert_string_equal(check(2 * GIB1).what, "a large page over several memory types");
}

TEST(two_guests_share_nothing)
{
	struct ept other = fake_ept();

	assert_true(ept_init(&other));
	assert_true(map(0, GUEST_HOST, MIB2));
	assert_true(ept_map(&other, 0, GUEST_HOST + MIB2, MIB2, EPT_RWX).done);
	assert_null(ept_check_apart(&ept, &other).what);
	assert_true(map(5 * GIB1, GUEST_HOST + 2 * MIB2 - KIB4, KIB4));
	struct ept_fault fault = ept_check_apart(&ept, &other);
	assert_non_null(fault.what);
	assert_int_equal(fault.guest, 5 * GIB1);
	assert_non_null(ept_check_apart(&other, &ept).what);
}

TEST(harmless_bits_are_no_damage)
{
	map(0, GUEST_HOST, MIB2 + KIB4);
	frames[0][0] |= EPT_ACCESSED | 1ull << 52 | 1ull << 10;
	frames[1][0] |= EPT_ACCESSED;
	frames[2][0] |= EPT_ACCESSED | EPT_DIRTY | 1ull << 62; /* a 2-MiB leaf */
	frames[3][5] = 0xfffffffffffff000; /* not present: the processor looks no further */
	assert_null(check(GIB1).what);
}

/* Against a model: an array of 4-KiB pages. */
#define PAGES 4096u

TEST(random_maps_against_an_array)
{
	static u64 model[PAGES];
	u64 seed = 5;

	for (u32 round = 0; round < 60; round++) {
		set_up(NULL);
		memset(model, 0, sizeof(model));
		ept.largest = random_next(&seed) & 1 ? 3 : 1;
		for (u32 i = 0; i < 12; i++) {
			u64 align = random_next(&seed) & 1 ? 512 : 1;
			u64 first = random_next(&seed) % PAGES / align * align;
			u64 pages = random_next(&seed) % 1200 / align * align;
			u64 host = GUEST_HOST + random_next(&seed) % 4096 * align * KIB4;
			u64 free = 0; /* pages before the first that is taken */
			if (first + pages > PAGES)
				pages = PAGES - first;
			while (free < pages && !model[first + free])
				free++;
			bool done = map(first * KIB4, host, pages * KIB4);
			assert_int_equal(done, pages && free == pages);
			if (!done) /* what was done by then stays: ask the tables how much */
				for (u64 p = 0; p < free; p++)
					free = ept_walk(&ept, (first + p) * KIB4).mapped ? free : p;
			for (u64 p = 0; p < free; p++)
				model[first + p] = host + p * KIB4;
		}
		for (u64 p = 0; p < PAGES; p++) {
			struct ept_translation to = ept_walk(&ept, p * KIB4 + 123);
			assert_int_equal(to.mapped, model[p] != 0);
			if (to.mapped)
				assert_int_equal(to.host, model[p] + 123);
		}
		assert_null(check(1ull << 39).what);
	}
}

static void range_is(u64 from, u64 guest, u64 host, u64 bytes, u64 page_bytes, u64 rights)
{
	struct ept_range range;

	assert_true(ept_next_range(&ept, from, &range));
	assert_int_equal(range.guest, guest);
	assert_int_equal(range.host, host);
	assert_int_equal(range.bytes, bytes);
	assert_int_equal(range.page_bytes, page_bytes);
	assert_int_equal(range.rights, rights);
	assert_int_equal(range.memory_type, RAM);
}

TEST(ranges_are_as_long_as_they_are_alike)
{
	struct ept_range range;

	assert_false(ept_next_range(&ept, 0, &range));
	assert_true(map(MIB2 - KIB4, GUEST_HOST - KIB4, MIB2 + 3 * KIB4));
	assert_true(map(2 * MIB2 + 2 * KIB4, GUEST_HOST, KIB4)); /* another offset */
	assert_true(ept_map(&ept, 2 * MIB2 + 3 * KIB4, GUEST_HOST + KIB4, KIB4, EPT_READ).done);
	assert_true(map(512 * GIB1 - KIB4, GUEST_HOST, KIB4)); /* on, in the next tables */
	assert_true(map(512 * GIB1, GUEST_HOST + KIB4, KIB4));
	range_is(0, MIB2 - KIB4, GUEST_HOST - KIB4, KIB4, KIB4, EPT_RWX);
	range_is(MIB2, MIB2, GUEST_HOST, MIB2, MIB2, EPT_RWX);
	range_is(MIB2 + 7 * KIB4, MIB2, GUEST_HOST, MIB2, MIB2, EPT_RWX);
	range_is(2 * MIB2, 2 * MIB2, GUEST_HOST + MIB2, 2 * KIB4, KIB4, EPT_RWX);
	range_is(2 * MIB2 + 2 * KIB4, 2 * MIB2 + 2 * KIB4, GUEST_HOST, KIB4, KIB4, EPT_RWX);
	range_is(2 * MIB2 + 3 * KIB4, 2 * MIB2 + 3 * KIB4, GUEST_HOST + KIB4, KIB4, KIB4, EPT_READ);
	range_is(2 * MIB2 + 4 * KIB4, 512 * GIB1 - KIB4, GUEST_HOST, 2 * KIB4, KIB4, EPT_RWX);
	assert_false(ept_next_range(&ept, 512 * GIB1 + KIB4, &range));
}

TEST(a_range_may_end_where_guest_physical_memory_does)
{
	u64 last = (1ull << 48) - KIB4;
	struct ept_range range;

	ept.physical_bits = 52;
	assert_true(map(last, GUEST_HOST, KIB4));
	range_is(0, last, GUEST_HOST, KIB4, KIB4, EPT_RWX);
	assert_false(ept_next_range(&ept, 1ull << 48, &range));
}

TEST(accesses_have_names)
{
	assert_string_equal(ept_access_name(EPT_VIOLATION_READ), "read of");
	assert_string_equal(ept_access_name(EPT_VIOLATION_READ | EPT_VIOLATION_WRITE), "write to");
	assert_string_equal(ept_access_name(EPT_VIOLATION_FETCH), "instruction fetch from");
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(the_pointer_names_type_length_and_flags),
		RUN(without_a_frame_there_is_no_root),
		RUN(the_largest_page_that_fits),
		RUN(both_addresses_decide_about_alignment),
		RUN(only_the_pages_that_the_processor_has),
		RUN(leaves_have_type_rights_and_size_bit),
		RUN(overlaps_are_refused),
		RUN(odd_and_far_addresses_are_refused),
		RUN(beyond_48_bits_nothing_is_mapped),
		RUN(mapping_nothing_changes_nothing),
		RUN(out_of_frames_says_so_at_any_point),
		RUN(a_walk_tells_where_it_ended),
		RUN(damaged_leaves_are_found),
		RUN(damaged_tables_are_found),
		RUN(what_the_processor_lacks_is_found),
		RUN(two_guests_share_nothing),
		RUN(harmless_bits_are_no_damage),
		RUN(random_maps_against_an_array),
		RUN(ranges_are_as_long_as_they_are_alike),
		RUN(a_range_may_end_where_guest_physical_memory_does),
		RUN(accesses_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
