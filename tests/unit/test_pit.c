/*
 * The virtual 8254 against Intel's data sheet, over frequencies from 1 MHz to 5 GHz and over days.
 *
 * Sources: hv/pit.c
 */
#include "tests/unit/unit.h"
#include "hv/pit.h"

#define MHZ     1000000ull
#define CONTROL 0x43
#define HZ      (4ull * PIT_HZ) /* four TSC ticks to a timer tick: easy to reckon with */

static struct pit pit;

static int set_up(void **state)
{
	(void)state;
	pit_init(&pit, HZ);
	return 0;
}

static void program(u32 channel, u32 mode, u32 count, u64 now)
{
	pit_out(&pit, CONTROL, channel << 6 | 0x30 | mode << 1, now);
	pit_out(&pit, (u16)(0x40 + channel), count & 0xff, now);
	pit_out(&pit, (u16)(0x40 + channel), count >> 8, now);
}

static u32 read_count(u32 channel, u64 now)
{
	u32 low = pit_in(&pit, (u16)(0x40 + channel), now);

	return low | pit_in(&pit, (u16)(0x40 + channel), now) << 8;
}

TEST(unprogrammed_it_never_fires)
{
	assert_int_equal(pit_next_edge(&pit), UINT64_MAX);
	assert_false(pit_take_edge(&pit, ~0ull));
}

TEST(mode_0_fires_once)
{
	program(0, 0, 100, 1000);
	assert_int_equal(pit_next_edge(&pit), 1000 + 400);
	assert_false(pit_take_edge(&pit, 1000 + 399));
	assert_true(pit_take_edge(&pit, 1000 + 400));
	assert_false(pit_take_edge(&pit, 1000 + 100000));
	assert_int_equal(pit_next_edge(&pit), UINT64_MAX);
	program(0, 0, 100, 5000);
	assert_int_equal(pit_next_edge(&pit), 5000 + 400);
}

TEST(mode_0_counts_down_and_wraps)
{
	program(0, 0, 100, 0);
	assert_int_equal(read_count(0, 0), 100);
	assert_int_equal(read_count(0, 4 * 60), 40);
	assert_int_equal(read_count(0, 4 * 100), 0);
	assert_int_equal(read_count(0, 4 * 101), 0xffff);
}

TEST(in_mode_0_the_first_byte_stops_the_count)
{
	program(0, 0, 100, 0);
	pit_out(&pit, 0x40, 0x34, 40);
	assert_int_equal(pit_next_edge(&pit), UINT64_MAX);
	assert_false(pit_take_edge(&pit, 4000));
	pit_out(&pit, 0x40, 0x12, 8000);
	assert_int_equal(pit_next_edge(&pit), 8000 + 4 * 0x1234);
}

static void is_periodic(u32 mode)
{
	program(0, mode, 10, 0);
	for (u64 n = 1; n < 50; n++) {
		assert_int_equal(pit_next_edge(&pit), n * 40);
		assert_false(pit_take_edge(&pit, n * 40 - 1));
		assert_true(pit_take_edge(&pit, n * 40));
		assert_false(pit_take_edge(&pit, n * 40));
	}
	assert_true(pit_take_edge(&pit, 51 * 40 + 39)); /* two edges: one is what the wire shows */
	assert_false(pit_take_edge(&pit, 51 * 40 + 39));
	assert_int_equal(pit_next_edge(&pit), 52 * 40);
}

TEST(modes_2_and_3_are_periodic)
{
	is_periodic(2);
	is_periodic(3);
	is_periodic(6); /* the data sheet's "don't care" bit */
	is_periodic(7);
}

TEST(mode_2_counts_by_one_mode_3_by_two)
{
	program(2, 2, 10, 0);
	pit_speaker_out(&pit, 1, 0);
	assert_int_equal(read_count(2, 0), 10);
	assert_int_equal(read_count(2, 4 * 9), 1);
	assert_int_equal(read_count(2, 4 * 10), 10);
	program(2, 3, 10, 0);
	assert_int_equal(read_count(2, 4 * 1), 8);
	assert_int_equal(read_count(2, 4 * 4), 2);
	assert_int_equal(read_count(2, 4 * 5), 10);
}

TEST(count_0_means_65536)
{
	program(0, 2, 0, 0);
	assert_int_equal(pit_next_edge(&pit), 4 * 65536);
	assert_int_equal(read_count(0, 0), 0);
	assert_int_equal(read_count(0, 4), 0xffff);
}

TEST(single_byte_accesses)
{
	pit_out(&pit, CONTROL, 0x14, 0); /* channel 0, low byte, mode 2 */
	pit_out(&pit, 0x40, 0x80, 0);
	assert_int_equal(pit_next_edge(&pit), 4 * 0x80);
	assert_int_equal(pit_in(&pit, 0x40, 4), 0x7f);
	assert_int_equal(pit_in(&pit, 0x40, 8), 0x7e);
	pit_out(&pit, CONTROL, 0x24, 0); /* high byte */
	pit_out(&pit, 0x40, 0x02, 0);
	assert_int_equal(pit_next_edge(&pit), 4 * 0x200);
	assert_int_equal(pit_in(&pit, 0x40, 4), 0x01);
}

TEST(a_latch_holds_until_both_bytes_are_read)
{
	program(0, 0, 0x1234, 0);
	pit_out(&pit, CONTROL, 0x00, 4 * 0x34);
	assert_int_equal(read_count(0, 4 * 0x200), 0x1200);
	assert_int_equal(read_count(0, 4 * 0x200), 0x1034);
	pit_out(&pit, CONTROL, 0x00, 4 * 0x34);
	pit_out(&pit, CONTROL, 0x00, 4 * 0x100); /* latched already: ignored */
	assert_int_equal(pit_in(&pit, 0x40, 0), 0x00);
	pit_out(&pit, CONTROL, 0x40, 0); /* another channel's latch */
	assert_int_equal(pit_in(&pit, 0x40, 0), 0x12);
}

TEST(read_back)
{
	program(0, 2, 100, 0);
	pit_out(&pit, CONTROL, 0xc2, 40); /* count and status of channel 0 */
	assert_int_equal(pit_in(&pit, 0x40, 80), 0x80 | 0x30 | 2 << 1);
	assert_int_equal(read_count(0, 80), 90);
	assert_int_equal(read_count(0, 80), 80);
	pit_out(&pit, CONTROL, 0xe2, 4 * 99); /* status alone, in the one low tick */
	assert_int_equal(pit_in(&pit, 0x40, 0), 0x30 | 2 << 1);
	pit_out(&pit, CONTROL, 0xde, 40); /* counts of all three, no status */
	assert_int_equal(read_count(0, 400), 90);
	pit_out(&pit, CONTROL, 0x70, 40); /* channel 1 programmed, not loaded: null count */
	pit_out(&pit, CONTROL, 0xe4, 40);
	assert_int_equal(pit_in(&pit, 0x41, 40) & 0x40, 0x40);
}

TEST(the_speaker_port_gates_channel_2)
{
	program(2, 0, 10, 0);
	assert_int_equal(pit_speaker_in(&pit, 4000) & 0x23, 0); /* gate low: it does not count */
	pit_speaker_out(&pit, 1, 4000);
	assert_int_equal(pit_speaker_in(&pit, 4000 + 39) & 0x23, 0x01);
	assert_int_equal(pit_speaker_in(&pit, 4000 + 40) & 0x23, 0x21);
	pit_speaker_out(&pit, 3, 4080);
	assert_int_equal(pit_speaker_in(&pit, 4080) & 0x23, 0x23);
	pit_speaker_out(&pit, 0xfc, 5000);
	assert_int_equal(pit_speaker_in(&pit, 5000) & 3, 0);
}

TEST(the_refresh_bit_toggles_every_15_microseconds)
{
	u32 toggles = 0, last = 0;

	for (u64 now = 0; now < HZ / 100; now += 4) {
		u32 bit = pit_speaker_in(&pit, now) & 0x10;
		toggles += bit != last;
		last = bit;
	}
	assert_in_range(toggles, 650, 670);
}

static const u64 frequencies[] = {
	MHZ, PIT_HZ, 50 * MHZ, 999999937, 2400 * MHZ, 3579545ull * 1000, 5000 * MHZ};

/* The first TSC at which so many timer ticks have passed, reckoned in 128 bits. */
static u64 true_time(u64 ticks, u64 hz)
{
	return (u64)(((unsigned __int128)ticks * hz + PIT_HZ - 1) / PIT_HZ);
}

/*
 * After an hour or a week at 100 Hz, the next edge announced is the edge itself: not early, which
 * would make the timer fire for nothing again and again, and not a tick late.
 */
TEST(edges_stay_exact_for_weeks)
{
	static const u64 hours[] = {0, 1, 24, 7 * 24, 60 * 24};
	const u32 reload = 11932;

	for (u32 f = 0; f < ARRAY_SIZE(frequencies); f++)
		for (u32 h = 0; h < ARRAY_SIZE(hours); h++) {
			u64 hz = frequencies[f], start = 12345678901ull;
			pit_init(&pit, hz);
			program(0, 2, reload, start);
			u64 periods = hours[h] * 3600 * PIT_HZ / reload;
			pit_take_edge(&pit, start + true_time(periods * reload, hz));
			for (u32 i = 1; i <= 3; i++) {
				u64 due = start + true_time((periods + i) * reload, hz);
				assert_int_equal(pit_next_edge(&pit), due);
				assert_false(pit_take_edge(&pit, due - 1));
				assert_true(pit_take_edge(&pit, due));
			}
		}
}

/* Random frequencies, counts and times: an edge is never announced late, and never in vain. */
TEST(announced_edges_come)
{
	u64 seed = 7;

	for (u32 round = 0; round < 20000; round++) {
		u64 hz = MHZ + random_next(&seed) % (4999 * MHZ);
		u64 start = random_next(&seed) >> 8;
		u32 reload = 1 + (u32)(random_next(&seed) % 65536);
		pit_init(&pit, hz);
		program(0, round % 2 ? 2 : 0, reload & 0xffff, start);
		if (round % 2)
			pit_take_edge(&pit, start + random_next(&seed) % (hz * 86400 * 30));
		u64 next = pit_next_edge(&pit);
		if (next == UINT64_MAX)
			continue;
		assert_false(pit_take_edge(&pit, next - 1));
		assert_true(pit_take_edge(&pit, next));
	}
}

TEST(a_tsc_before_the_start_is_no_time_at_all)
{
	program(0, 2, 100, 5000);
	assert_int_equal(read_count(0, 4000), 100);
	assert_false(pit_take_edge(&pit, 0));
}

TEST(random_bytes_do_no_harm)
{
	u64 seed = 8, now = 0;

	for (u32 i = 0; i < 200000; i++) {
		u64 dice = random_next(&seed);
		now += dice >> 40;
		if (dice & 1)
			pit_out(&pit, 0x40 | (dice >> 1 & 3), (u32)(dice >> 8), now);
		else
			assert_true(pit_in(&pit, 0x40 | (dice >> 1 & 3), now) <= 0xff);
		pit_speaker_out(&pit, dice >> 16 & 3, now);
		pit_speaker_in(&pit, now);
		pit_take_edge(&pit, now);
		if (dice & 2)
			assert_true(pit_next_edge(&pit) > now);
	}
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(unprogrammed_it_never_fires),
		RUN(mode_0_fires_once),
		RUN(mode_0_counts_down_and_wraps),
		RUN(in_mode_0_the_first_byte_stops_the_count),
		RUN(modes_2_and_3_are_periodic),
		RUN(mode_2_counts_by_one_mode_3_by_two),
		RUN(count_0_means_65536),
		RUN(single_byte_accesses),
		RUN(a_latch_holds_until_both_bytes_are_read),
		RUN(read_back),
		RUN(the_speaker_port_gates_channel_2),
		RUN(the_refresh_bit_toggles_every_15_microseconds),
		RUN(edges_stay_exact_for_weeks),
		RUN(announced_edges_come),
		RUN(a_tsc_before_the_start_is_no_time_at_all),
		RUN(random_bytes_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
