/*
 * Changes of extended page tables against a flat model: every short sequence of operations, and long
 * random ones. The model knows nothing of page sizes. A processor that forgets nothing watches that every
 * operation asks for the invalidation that it needs.
 *
 * Sources: ept/ept.c ept/change.c ept/check.c ept/mtrr.c
 */
#include "tests/unit/ept_tables.h"
#include "tests/unit/tlb_model.h"

#define CELLS 6u

/* Operations begin and end at such addresses, so what lies between two is always alike. */
static const u64 far[CELLS + 1] = {
	0, KIB4, MIB2, MIB2 + KIB4, GIB1, GIB1 + MIB2, 2 * GIB1,
};
static const u64 near[CELLS + 1] = {
	0, KIB4, MIB2 - KIB4, MIB2, 2 * MIB2, 2 * MIB2 + KIB4, 3 * MIB2,
};
static const u64 *points = far;

struct cell {
	bool mapped, watched, written;
	u64 shift; /* from guest to host */
	u64 rights;
};

static struct ept ept;
static struct cell model[CELLS];
static u32 given;

enum operation {
	MAP,
	MAP_ODD,
	UNMAP,
	READ_ONLY,
	NO_RIGHTS,
	RIGHTS,
	WATCH,
	UNWATCH,
	CLEAN,
	MERGE,
	SPLIT
};
#define OPERATIONS (SPLIT + 1u)

static void start(u32 frames_given)
{
	fake_pool(frames_given);
	ept = fake_ept();
	assert_true(ept_init(&ept));
	memset(model, 0, sizeof(model));
	tlb_count = 0;
	given = frames_given;
}

static int set_up(void **state)
{
	(void)state;
	start(FRAMES);
	return 0;
}

static struct ept_change perform(enum operation operation, u64 guest, u64 bytes)
{
	switch (operation) {
	case MAP:
		return ept_map(&ept, guest, GUEST_HOST + guest, bytes, EPT_RWX);
	case MAP_ODD:
		return ept_map(&ept, guest, GUEST_HOST + guest + KIB4, bytes, EPT_READ | EPT_WRITE);
	case UNMAP:
		return ept_unmap(&ept, guest, bytes);
	case READ_ONLY:
		return ept_protect(&ept, guest, bytes, EPT_READ);
	case NO_RIGHTS:
		return ept_protect(&ept, guest, bytes, 0);
	case RIGHTS:
		return ept_protect(&ept, guest, bytes, EPT_RWX);
	case WATCH:
		return ept_watch(&ept, guest, bytes);
	case UNWATCH:
		return ept_unwatch(&ept, guest, bytes);
	case CLEAN:
		return ept_clean(&ept, guest, bytes);
	case MERGE:
		return ept_merge(&ept, guest, bytes);
	default:
		return ept_split(&ept, guest, bytes);
	}
}

static void expect(struct cell *cell, enum operation operation)
{
	bool right = operation == READ_ONLY || operation == NO_RIGHTS || operation == RIGHTS;

	if (operation == MAP || operation == MAP_ODD)
		*cell = (struct cell){.mapped = true,
		                      .shift = GUEST_HOST + (operation == MAP_ODD ? KIB4 : 0),
		                      .rights = operation == MAP ? EPT_RWX : EPT_READ | EPT_WRITE};
	else if (operation == UNMAP)
		*cell = (struct cell){0};
	else if (right && cell->mapped) {
		cell->watched = false;
		cell->rights = operation == READ_ONLY ? EPT_READ
		               : operation == RIGHTS  ? EPT_RWX
		                                      : 0;
	} else if (operation == WATCH && (cell->rights & EPT_WRITE)) {
		cell->watched = true;
		cell->rights &= ~EPT_WRITE;
	} else if (operation == UNWATCH && cell->watched) {
		cell->watched = false;
		cell->rights |= EPT_WRITE;
	} else if (operation == CLEAN) {
		cell->written = false;
	}
}

static void compare_at(u64 guest, const struct cell *cell)
{
	struct ept_translation to = ept_walk(&ept, guest);

	assert_int_equal(to.entry != 0, cell->mapped);
	assert_int_equal(to.mapped, cell->mapped && cell->rights);
	if (!cell->mapped)
		return;
	assert_int_equal(to.entry & EPT_RWX, cell->rights);
	assert_int_equal(!!(to.entry & EPT_WATCHED), cell->watched);
	if (to.mapped)
		assert_int_equal(to.host, guest + cell->shift);
	if (cell->written)
		assert_true(to.entry & EPT_DIRTY);
}

static void compare(void)
{
	for (u32 i = 0; i < CELLS; i++) {
		compare_at(points[i], &model[i]);
		compare_at(points[i + 1] - KIB4, &model[i]);
	}
	assert_false(ept_walk(&ept, points[CELLS]).mapped);
	assert_int_equal(pool.count + ept.tables, given);
}

/* The guest touches the ends of every cell, as it may. */
static void touch(u64 rights)
{
	for (u32 i = 0; i < CELLS; i++) {
		tlb_access(&ept, points[i], rights);
		if (tlb_access(&ept, points[i + 1] - KIB4, rights) && (rights & EPT_WRITE))
			model[i].written = true; /* a page written may be all of it */
	}
}

/* One operation from point to point, all its promises kept. Returns whether it was done. */
static bool step(enum operation operation, u32 from, u32 to)
{
	bool right = operation == READ_ONLY || operation == NO_RIGHTS || operation == RIGHTS;
	bool map = operation == MAP || operation == MAP_ODD, done = true;
	struct cell before[CELLS];

	memcpy(before, model, sizeof(before));
	for (u32 i = from; i < to; i++)
		done &= (!map || !model[i].mapped) && (!right || model[i].mapped);
	struct ept_change change = perform(operation, points[from], points[to] - points[from]);
	if (given == FRAMES)
		assert_int_equal(change.done, done);
	for (u32 i = from; i < to && change.done; i++)
		expect(&model[i], operation);
	if (!change.done && map) /* what was mapped by then stays: take it away */
		for (u32 i = from, end; i < to; i = end + 1) {
			for (end = i; end < to && !model[end].mapped;)
				end++;
			if (end > i)
				assert_true(
					ept_unmap(&ept, points[i], points[end] - points[i]).done);
		}
	compare();
	if (change.invalidate)
		tlb_count = 0;
	const struct tlb_entry *stale = tlb_stale(&ept);
	if (stale)
		fail_msg("operation %d, cells %u to %u: a stale translation of %lx, and no word of "
		         "it",
		         operation, from, to, (unsigned long)stale->from);
	return change.done;
}

/* What asks for an invalidation has to: without it the model of the processor finds a stale translation. */
static bool needed(enum operation operation)
{
	start(FRAMES);
	step(MAP, 0, CELLS);
	if (operation == MERGE)
		step(SPLIT, 0, 2);
	touch(EPT_WRITE);
	struct ept_change change = perform(operation, points[1], points[2] - points[1]);
	assert_int_equal(change.invalidate, tlb_stale(&ept) != NULL);
	return change.invalidate;
}

TEST(every_invalidation_left_out_is_found)
{
	static const bool wanted[OPERATIONS] = {
		[UNMAP] = true,   [READ_ONLY] = true, [NO_RIGHTS] = true, [WATCH] = true,
		[CLEAN] = true,   [MERGE] = true,     [SPLIT] = true,     [RIGHTS] = true,
		[UNWATCH] = true, /* these two as they split what had the rights already */
	};

	for (enum operation operation = 0; operation < OPERATIONS; operation++)
		assert_int_equal(needed(operation), wanted[operation]);
}

/* An added right needs none; the translation without it is no worse than a violation. */
TEST(added_rights_need_no_invalidation)
{
	start(FRAMES);
	assert_true(ept_map(&ept, 0, GUEST_HOST, KIB4, EPT_READ).done);
	assert_true(tlb_access(&ept, 0, EPT_READ));
	assert_false(ept_protect(&ept, 0, KIB4, EPT_RWX).invalidate);
	assert_null(tlb_stale(&ept));
	assert_true(ept_watch(&ept, 0, KIB4).invalidate);
	tlb_invept(&ept);
	assert_true(tlb_access(&ept, 0, EPT_READ));
	assert_false(ept_unwatch(&ept, 0, KIB4).invalidate);
	assert_null(tlb_stale(&ept));
}

static void check_all(void)
{
	struct ept_fault fault = fake_check(&ept, 4 * GIB1);

	if (fault.what)
		fail_msg("%s at %lx: %lx", fault.what, (unsigned long)fault.guest,
		         (unsigned long)fault.entry);
}

/* Splitting all to 4 KiB takes a thousand tables: not in every sequence. */
static bool is_dear(enum operation operation, u32 from, u32 to)
{
	return operation == SPLIT && points[to] - points[from] > 2 * MIB2;
}

TEST(every_pair_of_operations_on_mapped_memory)
{
	const u32 cells = 4, count = OPERATIONS * cells * (cells + 1);
	u32 sequences = 0;

	for (u32 first = 0; first < count; first++) {
		u32 a = first / OPERATIONS / (cells + 1), b = first / OPERATIONS % (cells + 1);
		if (a >= b || is_dear(first % OPERATIONS, a, b))
			continue;
		for (u32 second = 0; second < count; second++) {
			u32 c = second / OPERATIONS / (cells + 1);
			u32 d = second / OPERATIONS % (cells + 1);
			if (c >= d || is_dear(second % OPERATIONS, c, d))
				continue;
			step(MAP, 0, cells);
			touch(EPT_WRITE);
			step(first % OPERATIONS, a, b);
			touch(EPT_READ);
			step(second % OPERATIONS, c, d);
			step(UNMAP, 0, cells);
			assert_int_equal(ept.tables, 1);
			sequences++;
		}
	}
	assert_true(sequences > 10000);
}

/* Three in a row, of those that move tables. */
TEST(every_triple_of_changes_of_shape)
{
	static const enum operation shapes[] = {MAP, UNMAP, READ_ONLY, MERGE, SPLIT};
	static const u8 ranges[][2] = {{0, 1}, {1, 3}, {0, 4}};
	const u32 count = ARRAY_SIZE(shapes) * ARRAY_SIZE(ranges);

	for (u32 sequence = 0; sequence < count * count * count; sequence++) {
		step(MAP, 0, 4);
		for (u32 i = 0, left = sequence; i < 3; i++, left /= count) {
			enum operation operation = shapes[left % count % ARRAY_SIZE(shapes)];
			const u8 *range = ranges[left % count / ARRAY_SIZE(shapes)];
			if (is_dear(operation, range[0], range[1]))
				continue;
			touch(EPT_READ);
			step(operation, range[0], range[1]);
		}
		if (sequence % 100 == 0)
			check_all();
		step(UNMAP, 0, CELLS);
		assert_int_equal(ept.tables, 1);
	}
}

/* Random operations, sometimes without a frame to spare: then nothing changes, and nothing leaks. */
static void random_operations(u64 seed, u32 count, u32 frames_given)
{
	u32 undone = 0;

	start(frames_given);
	for (u32 i = 0; i < count; i++) {
		enum operation operation = random_next(&seed) % OPERATIONS;
		u32 from = (u32)(random_next(&seed) % CELLS);
		u32 to = from + 1 + (u32)(random_next(&seed) % (CELLS - from));
		if (is_dear(operation, from, to) && given == FRAMES)
			continue;
		if (i % 5000 == 0) {
			ept.largest = 2 + random_next(&seed) % 2; /* another processor */
			step(UNMAP, 0, CELLS);
		}
		if (random_next(&seed) % 3 == 0)
			touch(random_next(&seed) % 2 ? EPT_WRITE : EPT_READ);
		undone += !step(operation, from, to);
		if (i % 500 == 0)
			check_all();
	}
	assert_true(undone);
	step(UNMAP, 0, CELLS);
	assert_int_equal(ept.tables, 1);
	assert_int_equal(pool.count, given - 1);
}

TEST(a_hundred_thousand_random_operations)
{
	points = near;
	random_operations(7, 100000, FRAMES);
	points = far;
	random_operations(8, 5000, FRAMES);
}

TEST(random_operations_short_of_frames)
{
	for (u32 frames_given = 2; frames_given < 12; frames_given++)
		random_operations(frames_given, 500, frames_given);
}

/* Short of frames some is split, and nothing leads elsewhere. */
TEST(splitting_takes_a_frame_a_page)
{
	for (u32 spare = 0; spare < 6; spare++) {
		start(2 + spare);
		assert_true(ept_map(&ept, 0, GUEST_HOST, GIB1, EPT_RWX).done);
		struct ept_change change = ept_split(&ept, MIB2 - KIB4, 2 * MIB2);
		assert_int_equal(change.done, spare >= 4); /* a directory and three tables */
		assert_int_equal(change.invalidate, spare > 0);
		assert_int_equal(ept_walk(&ept, 3 * MIB2 - KIB4).level, spare >= 3 ? 1
		                                                        : spare    ? 2
		                                                                   : 3);
		assert_int_equal(ept_walk(&ept, 3 * MIB2 - KIB4).host,
		                 GUEST_HOST + 3 * MIB2 - KIB4);
		assert_int_equal(pool.count, spare >= 4 ? spare - 4 : 0);
	}
}

TEST(merging_makes_what_splitting_found)
{
	start(FRAMES);
	assert_true(ept_map(&ept, 0, GUEST_HOST, 2 * GIB1, EPT_RWX).done);
	assert_true(ept_split(&ept, 0, GIB1).done);
	assert_int_equal(ept.tables, 2 + 1 + 512);
	assert_true(tlb_access(&ept, 77 * KIB4, EPT_WRITE));
	struct ept_change change = ept_merge(&ept, GIB1 - KIB4, KIB4);
	assert_true(change.done && change.invalidate);
	assert_int_equal(ept_walk(&ept, 0).level, 1); /* as far as the range touches */
	assert_int_equal(ept_walk(&ept, GIB1 - 1).level, 2);
	assert_true(ept_merge(&ept, 0, GIB1).done);
	assert_int_equal(ept_walk(&ept, 0).level, 3);
	assert_int_equal(ept_walk(&ept, 0).entry, GUEST_HOST | EPT_RWX | EPT_TYPE(RAM) | EPT_LARGE |
	                                                  EPT_ACCESSED | EPT_DIRTY);
	assert_int_equal(ept.tables, 2);
	assert_false(ept_merge(&ept, 0, 2 * GIB1).invalidate);
}

TEST(pages_of_different_types_stay_apart)
{
	start(FRAMES);
	mtrrs = (struct mtrrs){.default_type = BIT(11) | RAM,
	                       .variable = {{GUEST_HOST + MIB2, 0xffffe00000},
	                                    {GUEST_HOST + 4 * MIB2 + KIB4, 0xfffffff000}},
	                       .variables = 2};
	assert_true(ept_map(&ept, 0, GUEST_HOST, GIB1, EPT_RWX).done);
	assert_int_equal(ept_walk(&ept, 0).level, 2);
	assert_int_equal(ept_walk(&ept, MIB2).entry & EPT_TYPE_MASK, EPT_TYPE(MEMORY_UNCACHEABLE));
	assert_int_equal(ept_walk(&ept, 4 * MIB2).level, 1);
	assert_int_equal(ept_walk(&ept, 4 * MIB2).entry & EPT_TYPE_MASK, EPT_TYPE(RAM));
	assert_int_equal(ept_walk(&ept, 4 * MIB2 + KIB4).entry & EPT_TYPE_MASK, 0);
	assert_true(ept_merge(&ept, 0, GIB1).done);
	assert_int_equal(ept_walk(&ept, 4 * MIB2).level, 1);
	assert_int_equal(ept_walk(&ept, 5 * MIB2).level, 2);
	assert_null(fake_check(&ept, GIB1).what);
}

TEST(odd_ranges_are_refused)
{
	static const u64 odd[][2] = {
		{1, KIB4},
		{0, 1},
		{1ull << 48, KIB4},
		{~0ull - 4095, KIB4},
		{KIB4, ~0ull - 4095},
		{0, (1ull << 48) + KIB4},
	};

	for (u32 i = 0; i < ARRAY_SIZE(odd); i++)
		for (enum operation operation = 0; operation < OPERATIONS; operation++)
			assert_false(perform(operation, odd[i][0], odd[i][1]).done);
	assert_true(perform(MAP, 0, GIB1).done);
	for (enum operation operation = 0; operation < OPERATIONS; operation++) {
		struct ept_change change = perform(operation, KIB4, 0);
		assert_false(change.done || change.invalidate);
	}
	assert_true(ept_unmap(&ept, 0, 1ull << 48).done);
	assert_int_equal(ept.tables, 1);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(every_pair_of_operations_on_mapped_memory),
		RUN(every_triple_of_changes_of_shape),
		RUN(a_hundred_thousand_random_operations),
		RUN(random_operations_short_of_frames),
		RUN(every_invalidation_left_out_is_found),
		RUN(added_rights_need_no_invalidation),
		RUN(splitting_takes_a_frame_a_page),
		RUN(merging_makes_what_splitting_found),
		RUN(pages_of_different_types_stay_apart),
		RUN(odd_ranges_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
