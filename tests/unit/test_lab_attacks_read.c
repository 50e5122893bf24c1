/* What program `exploits` printed, read line by line: a guest can print anything. */
// clang-format off
/*
 * Sources: tests/unit/attack_story.c tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/attack_story.h"

static void reads(const char *text, struct claim_line lines[KINDS])
{
	memset(lines, 0, KINDS * sizeof(*lines));
	attacks_read(text, kinds, KINDS, lines);
}

static void test_lines(void **state)
{
	struct claim_line lines[KINDS];

	(void)state;
	reads("starting\r\n"
	      "read stopped vector=14 error=0x5 address=0xffffffff80201000 rip=0x401234 ring=3\r\n"
	      "ret2usr succeeded proof=1122334455667703\n"
	      "ask refused errno=1\nsmash failed it did not come back proof=1",
	      lines);
	assert_int_equal(lines[READ].claim, CLAIM_STOPPED);
	assert_true(lines[READ].has_vector && lines[READ].has_error && lines[READ].has_rip);
	assert_int_equal(lines[READ].vector, 14);
	assert_int_equal(lines[READ].error, 5);
	assert_int_equal(lines[READ].rip, 0x401234);
	assert_string_equal(lines[READ].text, "read stopped vector=14 error=0x5 "
	                                      "address=0xffffffff80201000 rip=0x401234 ring=3");
	assert_int_equal(lines[JUMP].claim, CLAIM_SUCCEEDED);
	assert_true(lines[JUMP].has_proof && lines[JUMP].proof == SECRET + JUMP);
	assert_int_equal(lines[ASK].claim, CLAIM_REFUSED);
	assert_int_equal(lines[ASK].result, -1);
	assert_int_equal(lines[SMASH].claim, CLAIM_FAILED);
	assert_false(lines[SMASH].has_proof);
	assert_int_equal(lines[DEREF].claim, CLAIM_NONE);
}

/* A guest can print anything. */
static void test_lines_that_are_none(void **state)
{
	struct claim_line lines[KINDS];
	char *text = malloc(100000);

	(void)state;
	assert_non_null(text);
	reads("", lines);
	reads("read\nread \n read\nreads succeeded\nread succeeds\n\n\r\n=\n", lines);
	assert_int_equal(lines[READ].claim, CLAIM_NONE);
	reads("read succeeded proof= proof=-1 proof=xyz proof=11223344556677889 vector=256 "
	      "vector=-1 errno=0 errno=99999 rip= = error=0x 0x",
	      lines);
	assert_int_equal(lines[READ].claim, CLAIM_SUCCEEDED);
	assert_false(lines[READ].has_proof || lines[READ].has_vector || lines[READ].has_rip ||
	             lines[READ].has_error);
	assert_int_equal(lines[READ].result, 0);
	reads("read failed first\nread succeeded proof=1\n", lines);
	assert_int_equal(lines[READ].claim, CLAIM_FAILED);
	reads("read failed \x1b[2J\xff\n", lines);
	assert_string_equal(lines[READ].text, "read failed .[2J.");
	memset(text, 'a', 99999);
	memcpy(text, "read failed ", 12);
	text[99999] = 0;
	reads(text, lines);
	assert_int_equal(lines[READ].claim, CLAIM_NONE);
	text[500] = 0;
	reads(text, lines);
	assert_int_equal(strlen(lines[READ].text), CLAIM_TEXT_SIZE - 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
