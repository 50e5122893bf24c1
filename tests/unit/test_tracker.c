/*
 * The tracker with what only a hostile trace has: its work grows with the records, however many
 * threads they name, whatever the threads' numbers, and however often records went missing.
 */
// clang-format off
/*
 * Sources: tools
 */
// clang-format on
#include <time.h>

#include "tests/unit/unit.h"
#include "tools/names.h"
#include "tools/tracker.h"

#define THREADS 20000u

static struct tracker tracker;
static struct track_step step;

static void begin(void)
{
	tracker_stop(&tracker);
	tracker_start(&tracker, true, 0);
}

static void open_in(struct trace_interrupt_entry *entry, u32 pid)
{
	*entry = (struct trace_interrupt_entry){.pid = pid};
	memcpy(&entry->record.id, &event_kinds[EVENT_interrupt_entry].head, sizeof(u32));
	tracker_step(&tracker, &entry->record, &step);
}

/* Seconds of the processor that so many threads take, each `apart` from the next. */
static double seconds(u32 apart, bool lossy)
{
	static struct trace_interrupt_entry entries[THREADS];
	clock_t start = clock();

	begin();
	for (u32 i = 0; i < THREADS; i++) {
		open_in(&entries[i], (i + 1) * apart);
		if (lossy)
			tracker_lose(&tracker, STREAM_KERNEL);
	}
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

TEST(chosen_numbers_take_no_longer_than_others)
{
	seconds(1, false);
	double usual = seconds(1, false), chosen = seconds(1u << 17, false);

	if (chosen > 10 * usual + 0.05)
		fail_msg("%f seconds, else %f", chosen, usual);
}

TEST(losses_take_no_longer_with_many_threads)
{
	double usual = seconds(1, false), lossy = seconds(1, true);

	if (lossy > 10 * usual + 0.05)
		fail_msg("%f seconds, else %f", lossy, usual);
}

TEST(after_a_loss_nothing_is_open)
{
	struct trace_interrupt_entry entries[4];

	begin();
	for (u32 round = 0; round < 2; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(entries); i++)
			open_in(&entries[i], i / 2);
		assert_int_equal(tracker_process(&tracker, 0)->depth, 2);
		assert_int_equal(tracker_process(&tracker, 1)->depth, 2);
		tracker_lose(&tracker, STREAM_HYPERVISOR);
		assert_int_equal(tracker_process(&tracker, 1)->depth, 2);
		tracker_lose(&tracker, STREAM_KERNEL);
		assert_int_equal(tracker_process(&tracker, 0)->depth, 0);
		assert_int_equal(tracker_process(&tracker, 1)->depth, 0);
	}
	tracker_stop(&tracker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_numbers_take_no_longer_than_others),
		cmocka_unit_test(losses_take_no_longer_with_many_threads),
		cmocka_unit_test(after_a_loss_nothing_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
