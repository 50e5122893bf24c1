/*
 * Ring -1's pull from a guest's trace ring: good records arrive whole and in order, anything else
 * stops the reading where it is found.
 *
 * Sources: hv/guest_ring.c lib/trace.c lib/format.c
 */
#include "tests/unit/unit.h"
#include "hv/guest_ring.h"
#include "lib/trace.h"

#define BYTES 1024u
#define NOW   1000000u

static struct trace_ring *shared;
static struct guest_ring ring;

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
	fail_msg("the test wrote too much");
}

static struct trace_ring *make_ring(void)
{
	struct trace_ring *made = calloc(1, sizeof(*made) + BYTES); /* ASan watches its end */

	trace_ring_init(made, BYTES, ~0u);
	return made;
}

static int tear_down(void **state)
{
	(void)state;
	free(shared);
	free(ring.copy);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	shared = make_ring();
	ring = (struct guest_ring){
		.shared = shared, .size = BYTES, .read = TRACE_RING_START, .copy = make_ring()};
	return 0;
}

static void put(u64 tsc)
{
	TRACE(shared, page_fault_exit, tsc, .pid = 1, .cause = CAUSE_NONE);
}

static bool take(void)
{
	u64 bytes;

	assert_true(guest_ring_waiting(&ring, &bytes));
	return guest_ring_take(&ring, STREAM_KERNEL, bytes, NOW);
}

TEST(good_records_arrive_whole)
{
	put(10);
	put(10);
	put(NOW);
	assert_true(take());
	assert_int_equal(ring.copy->write, shared->write);
	assert_memory_equal(ring.copy->data + 88, shared->data + 88, shared->write - 88);
	assert_int_equal(ring.copy->sequence, 3);
	assert_int_equal(ring.copy->newest, NOW);
	assert_int_equal(shared->read, shared->write);
	assert_true(take()); /* nothing more */
	assert_int_equal(ring.copy->sequence, 3);
	put(NOW);
	assert_true(take());
	assert_int_equal(ring.copy->sequence, 4);
}

TEST(tier_and_phase_are_the_event_s_whatever_the_record_says)
{
	put(10);
	struct trace_record *record = (void *)(shared->data + 88);
	const struct trace_record *taken = (const void *)(ring.copy->data + 88);
	record->tier = -1;
	record->phase = PHASE_BEGIN;
	assert_true(take());
	assert_int_equal(taken->tier, TIER_KERNEL);
	assert_int_equal(taken->phase, PHASE_END);
	assert_int_equal(record->tier, -1); /* the guest's memory is left as it is */
	assert_int_equal(record->phase, PHASE_BEGIN);
}

TEST(impossible_write_pointers)
{
	static const u64 bad[] = {0, 87, BYTES + 1, BYTES + 8, 1ull << 63, ~0ull};
	u64 bytes;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		shared->write = bad[i];
		assert_false(guest_ring_waiting(&ring, &bytes));
	}
	shared->write = 88; /* going back behind what was read */
	put(10);
	assert_true(take());
	shared->write = 88;
	assert_false(guest_ring_waiting(&ring, &bytes));
}

/* The first record is good, the second has one thing wrong. */
static void second_is_bad(void)
{
	assert_false(take());
	assert_int_equal(ring.copy->sequence, 1);
	assert_int_equal(ring.sequence, 1);
	assert_int_equal(ring.copy->write, 88 + sizeof(struct trace_page_fault_exit));
	tear_down(NULL);
	set_up(NULL);
}

TEST(malformed_records_stop_the_reading)
{
	for (u32 i = 0; i < 9; i++) {
		put(10);
		put(20);
		struct trace_record *record =
			(void *)(shared->data + 88 + sizeof(struct trace_page_fault_exit));
		if (i == 0)
			record->id = 0; /* no such event */
		else if (i == 1)
			record->id = EVENT_vm_exit; /* ring -1's */
		else if (i == 2)
			record->id = EVENT_mark; /* ring 3's, in ring 0's ring */
		else if (i == 3)
			record->id = EVENT_syscall_entry; /* longer than what is left */
		else if (i == 4)
			record->tsc = 9; /* before the one before */
		else if (i == 5)
			record->tsc = NOW + 1; /* in the future */
		else if (i == 6)
			record->sequence = 2; /* a gap */
		else if (i == 7)
			record->sequence = 0; /* a repetition */
		else
			shared->write -= 8; /* cut */
		second_is_bad();
	}
}

TEST(records_of_ring_3_belong_into_its_own_stream)
{
	u64 bytes;

	TRACE(shared, mark, 5, .pid = 1, .cause = CAUSE_NONE, .value = 2);
	assert_true(guest_ring_waiting(&ring, &bytes));
	assert_true(guest_ring_take(&ring, STREAM_USER, bytes, NOW));
	assert_int_equal(((struct trace_record *)(void *)(ring.copy->data + 88))->tier, TIER_USER);
}

/* Whether a record of that number in ring 0's ring, with that cause, is taken. */
static bool takes(u32 sequence, u32 cause)
{
	tear_down(NULL);
	const struct guest_ring *user = ring.user;
	set_up(NULL);
	ring.user = user;
	ring.sequence = shared->sequence = sequence;
	TRACE(shared, page_fault_exit, 10, .pid = 1, .cause = cause);
	return take();
}

TEST(a_cause_is_an_earlier_record_of_its_ring)
{
	assert_true(takes(0, CAUSE_NONE));
	assert_true(takes(7, 6));
	assert_true(takes(7, 0));
	assert_true(takes(CAUSE_USER - 1, 0)); /* long ago */
	assert_false(takes(0, 0));             /* itself */
	assert_false(takes(7, 7));
	assert_false(takes(7, 8)); /* to come */
	assert_false(takes(7, CAUSE_USER - 1));
}

TEST(causes_go_on_where_numbers_wrap)
{
	assert_true(takes(CAUSE_USER, CAUSE_USER - 1)); /* of 31 bits */
	assert_true(takes(CAUSE_USER + 3, 1));
	assert_false(takes(CAUSE_USER + 3, 3));
	assert_true(takes(CAUSE_USER + 3, (1u << 30) + 3));
	assert_false(takes(CAUSE_USER + 3, (1u << 30) + 2)); /* too long ago: or to come */
	assert_true(takes(~0u, CAUSE_USER - 2));
	assert_false(takes(~0u, CAUSE_USER - 1));
	assert_true(takes(~0u, CAUSE_NONE));
	put(10); /* number 0 again: of 32 bits */
	assert_true(take());
	TRACE(shared, page_fault_exit, 10, .pid = 1, .cause = CAUSE_USER - 1);
	assert_true(take());
}

TEST(a_cause_in_ring_3_is_one_that_ring_minus_1_has_taken)
{
	struct guest_ring user = {.sequence = 4};

	assert_false(takes(100, CAUSE_USER)); /* there is no such ring */
	ring.user = &user;
	assert_true(takes(100, CAUSE_USER));
	assert_true(takes(100, CAUSE_USER | 3));
	assert_false(takes(100, CAUSE_USER | 4));
	assert_false(takes(100, CAUSE_USER | 99));
	assert_false(takes(100, CAUSE_NONE - 1));
	user.wrapped = true;
	assert_true(takes(100, CAUSE_NONE - 1));
	assert_false(takes(100, CAUSE_USER | 4));
}

TEST(of_a_ring_3_that_is_read_no_more_nothing_can_be_known)
{
	const struct guest_ring user = {.sequence = 4, .told = true};

	ring.user = &user;
	assert_true(takes(100, CAUSE_USER | 4000));
	assert_false(takes(100, 100));
}

TEST(records_of_ring_3_have_causes_there)
{
	static const struct {
		u32 cause;
		bool good;
	} cases[] = {{CAUSE_NONE, true},
	             {CAUSE_USER, true},
	             {0, false}, /* ring 0's */
	             {CAUSE_USER | 1, false},
	             {CAUSE_USER | 2, false}};
	u64 bytes;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		TRACE(shared, user_enter, 5, .pid = 1, .cause = CAUSE_NONE);
		TRACE(shared, user_leave, 6, .pid = 1, .cause = cases[i].cause);
		assert_true(guest_ring_waiting(&ring, &bytes));
		assert_int_equal(guest_ring_take(&ring, STREAM_USER, bytes, NOW), cases[i].good);
		assert_int_equal(ring.sequence, cases[i].good ? 2 : 1);
		tear_down(NULL);
		set_up(NULL);
	}
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RUN(good_records_arrive_whole),
		RUN(tier_and_phase_are_the_event_s_whatever_the_record_says),
		RUN(impossible_write_pointers),
		RUN(malformed_records_stop_the_reading),
		RUN(records_of_ring_3_belong_into_its_own_stream),
		RUN(a_cause_is_an_earlier_record_of_its_ring),
		RUN(causes_go_on_where_numbers_wrap),
		RUN(a_cause_in_ring_3_is_one_that_ring_minus_1_has_taken),
		RUN(of_a_ring_3_that_is_read_no_more_nothing_can_be_known),
		RUN(records_of_ring_3_have_causes_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
