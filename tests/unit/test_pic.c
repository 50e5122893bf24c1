/*
 * The virtual 8259 pair against Intel's data sheet.
 *
 * Sources: hv/pic.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/pic_driver.h"

static int set_up(void **state)
{
	(void)state;
	pic_init(&pic);
	initialise(1);
	return 0;
}

static void raise(u32 line)
{
	pic_raise(&pic, line);
}

static void expect_line(u32 line)
{
	assert_true(pic_pending(&pic));
	assert_int_equal(pic_acknowledge(&pic), 0x30 + line);
}

static void expect_quiet(void)
{
	assert_false(pic_pending(&pic));
}

TEST(at_power_on_everything_is_masked)
{
	pic_init(&pic);
	for (u32 line = 0; line < 16; line++)
		raise(line);
	expect_quiet();
	assert_int_equal(in(MASTER + 1), 0xff);
	assert_int_equal(in(SLAVE + 1), 0xff);
}

TEST(initialisation_sets_vectors_and_clears_the_mask)
{
	out(MASTER + 1, 0xab);
	raise(3);
	out(MASTER, 0x11);
	expect_quiet();        /* edges seen before are forgotten */
	out(MASTER + 1, 0x47); /* the low three bits of the vector are the line's */
	out(MASTER + 1, 0x04);
	out(MASTER + 1, 0x01);
	assert_int_equal(in(MASTER + 1), 0);
	raise(5);
	assert_int_equal(pic_acknowledge(&pic), 0x45);
}

TEST(without_icw4_the_third_word_is_the_mask)
{
	out(MASTER, 0x10);
	out(MASTER + 1, 0x30);
	out(MASTER + 1, 0x04);
	out(MASTER + 1, 0xfe);
	assert_int_equal(in(MASTER + 1), 0xfe);
	raise(0);
	expect_line(0);
}

TEST(a_single_chip_has_no_icw3)
{
	out(MASTER, 0x13);
	out(MASTER + 1, 0x30);
	out(MASTER + 1, 0x01); /* ICW4 */
	out(MASTER + 1, 0xf7);
	assert_int_equal(in(MASTER + 1), 0xf7);
	out(MASTER, 0x12);
	out(MASTER + 1, 0x30);
	out(MASTER + 1, 0xf5);
	assert_int_equal(in(MASTER + 1), 0xf5);
}

TEST(masked_edges_wait)
{
	out(MASTER + 1, 0x02);
	raise(1);
	expect_quiet();
	assert_int_equal(in(MASTER), 0x02);
	out(MASTER + 1, 0);
	expect_line(1);
	assert_int_equal(in(MASTER), 0);
}

TEST(lower_lines_come_first_and_interrupt_higher_ones)
{
	raise(7);
	raise(3);
	expect_line(3);
	expect_quiet(); /* 7 waits for 3's end */
	raise(1);
	expect_line(1);
	raise(1); /* the same line again waits too */
	expect_quiet();
	out(MASTER, EOI);
	expect_line(1);
	out(MASTER, EOI);
	expect_quiet();
	out(MASTER, EOI);
	expect_line(7);
}

TEST(one_edge_is_one_interrupt)
{
	raise(4);
	raise(4); /* pending already: the same request */
	expect_line(4);
	out(MASTER, EOI);
	expect_quiet();
}

TEST(the_second_chip_comes_by_line_2)
{
	raise(3);
	raise(15);
	raise(8);
	assert_int_equal(in(MASTER), 0x0c); /* its INT is the first chip's request 2 */
	expect_line(8);
	expect_quiet();
	out(SLAVE, EOI);
	expect_quiet(); /* the first chip is still serving line 2 */
	out(MASTER, EOI);
	expect_line(15);
	raise(1);
	expect_line(1);
	out(MASTER, EOI);
	out(SLAVE, EOI);
	out(MASTER, EOI);
	expect_line(3);
}

TEST(masking_line_2_masks_the_second_chip)
{
	out(MASTER + 1, 0x04);
	raise(12);
	expect_quiet();
	out(MASTER + 1, 0);
	expect_line(12);
}

TEST(a_request_that_went_away_is_spurious)
{
	raise(3);
	out(MASTER + 1, 0xff);
	assert_int_equal(pic_acknowledge(&pic), 0x37);
	out(MASTER, 0x0b);
	assert_int_equal(in(MASTER), 0); /* nothing is in service: no EOI is due */
	out(MASTER + 1, 0);
	expect_line(3);
}

TEST(registers_are_read_as_ocw3_says)
{
	raise(5);
	raise(6);
	expect_line(5);
	out(MASTER, 0x0a);
	assert_int_equal(in(MASTER), 0x40);
	out(MASTER, 0x0b);
	assert_int_equal(in(MASTER), 0x20);
	assert_int_equal(in(MASTER), 0x20);
	out(MASTER, 0x08); /* neither: the choice stays */
	assert_int_equal(in(MASTER), 0x20);
	out(MASTER, 0x0a);
	assert_int_equal(in(MASTER), 0x40);
}

TEST(ends_of_interrupt)
{
	raise(5);
	expect_line(5);
	raise(2 + 1);
	expect_line(3);
	out(MASTER, 0x65); /* specific: line 5, though 3 is higher */
	out(MASTER, 0x0b);
	assert_int_equal(in(MASTER), 0x08);
	out(MASTER, 0x40); /* no operation */
	assert_int_equal(in(MASTER), 0x08);
	out(MASTER, EOI);
	assert_int_equal(in(MASTER), 0);
	out(MASTER, EOI); /* one too many harms nothing */
	assert_int_equal(in(MASTER), 0);
}

TEST(rotation_on_end_of_interrupt)
{
	raise(2 + 2);
	expect_line(4);
	out(MASTER, 0xa0); /* rotate on non-specific EOI: 4 is lowest now, 5 highest */
	raise(4);
	raise(3);
	raise(5);
	expect_line(5);
	out(MASTER, EOI);
	expect_line(3);
	out(MASTER, 0xe3); /* rotate on specific EOI of 3 */
	raise(3);
	expect_line(4);
}

TEST(set_priority)
{
	out(MASTER, 0xc5); /* 5 is lowest, 6 highest */
	raise(0);
	raise(5);
	raise(6);
	expect_line(6);
	expect_quiet(); /* 0 ranks below 6 now */
	out(MASTER, EOI);
	expect_line(0);
	out(MASTER, EOI);
	expect_line(5);
}

TEST(automatic_end_of_interrupt)
{
	initialise(3);
	raise(6);
	expect_line(6);
	out(MASTER, 0x0b);
	assert_int_equal(in(MASTER), 0);
	raise(7);
	expect_line(7); /* nothing blocks it */
	raise(9);
	expect_line(9);
	out(SLAVE, 0x0b);
	assert_int_equal(in(SLAVE), 0);
}

TEST(rotation_in_automatic_mode)
{
	initialise(3);
	out(MASTER, 0x80);
	raise(3);
	expect_line(3); /* lowest from now on */
	raise(3);
	raise(6);
	expect_line(6);
	out(MASTER, 0x00); /* clear: the order stays as it is */
	expect_line(3);
	raise(6);
	raise(7);
	expect_line(7);
}

TEST(special_mask_mode_lets_lower_lines_through)
{
	raise(3);
	expect_line(3);
	raise(6);
	expect_quiet();
	out(MASTER, 0x68);
	out(MASTER + 1, 0x08); /* mask the line in service */
	expect_line(6);
	out(MASTER, EOI); /* non-specific: not for the masked line */
	out(MASTER, 0x0b);
	assert_int_equal(in(MASTER), 0x08);
	out(MASTER, 0x63); /* that one needs a specific one */
	assert_int_equal(in(MASTER), 0);
	out(MASTER, 0x48); /* and out of it */
	raise(3);
	out(MASTER + 1, 0);
	expect_line(3);
	raise(6);
	out(MASTER + 1, 0x08);
	expect_quiet();
}

TEST(polling_acknowledges)
{
	raise(5);
	out(MASTER, 0x0c);
	assert_int_equal(in(MASTER), 0x85);
	expect_quiet();
	out(MASTER, 0x0b);
	assert_int_equal(in(MASTER), 0x20); /* one poll, one read */
	out(MASTER, 0x0c);
	assert_int_equal(in(MASTER), 0);
	raise(14);
	out(SLAVE, 0x0c);
	assert_int_equal(in(SLAVE), 0x86);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(at_power_on_everything_is_masked),
		RUN(initialisation_sets_vectors_and_clears_the_mask),
		RUN(without_icw4_the_third_word_is_the_mask),
		RUN(a_single_chip_has_no_icw3),
		RUN(masked_edges_wait),
		RUN(lower_lines_come_first_and_interrupt_higher_ones),
		RUN(one_edge_is_one_interrupt),
		RUN(the_second_chip_comes_by_line_2),
		RUN(masking_line_2_masks_the_second_chip),
		RUN(a_request_that_went_away_is_spurious),
		RUN(registers_are_read_as_ocw3_says),
		RUN(ends_of_interrupt),
		RUN(rotation_on_end_of_interrupt),
		RUN(set_priority),
		RUN(automatic_end_of_interrupt),
		RUN(rotation_in_automatic_mode),
		RUN(special_mask_mode_lets_lower_lines_through),
		RUN(polling_acknowledges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
