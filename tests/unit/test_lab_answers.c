/*
 * What a lab reads and prints without a machine: a student's file (whatever is in it), grading, facts, the
 * starting and the teacher's file, handouts.
 */
// clang-format off
/*
 * Sources: tests/unit/expect.c tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tools/lab_grade.h"
#include "tools/lab_show.h"

static const struct question questions[] = {
	{"vector", 2, ANSWER_NUMBER, NULL, "What vector does CLI get in ring 3?",
         "CLI needs IOPL: #GP is 13."},
	{"exits", 3, ANSWER_ABOUT, NULL, "How many exits does the run have?",
         "Most are of the console."},
	{"seen", 1, ANSWER_WORD, "yes|no", "Does ring -1 see a fault in ring 3?",
         "No exception is intercepted."},
	{"parts", 4, ANSWER_SET, NULL, "Which registers does SYSCALL change?",
         "They hold the way "
         "back."},
	{"signal", 1, ANSWER_WORD, NULL, "Which signal?", "As Linux has it."},
	{"which", 1, ANSWER_SET, "cli|sti", "Which?", "These."},
};

static const struct lab lab = {
	.name = "sample",
	.number = 3,
	.title = "A lab of this test",
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
};

static char said[4096];

static void note(void *context, u32 line, const char *sentence)
{
	(void)context;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%u: %s\n", line, sentence);
}

static bool parse(const char *text, struct answers *answers)
{
	said[0] = 0;
	return answers_parse(&lab, text, strlen(text), answers, note, NULL);
}

static void expect_number(const char *text, long double number)
{
	long double value;

	assert_true(answer_number(text, &value));
	assert_true(value - number < 1e-9L && number - value < 1e-9L);
}

TEST(test_numbers)
{
	static const char *const bad[] = {"",
	                                  "x",
	                                  "0x",
	                                  "0xg",
	                                  "1,00",
	                                  "1,0000",
	                                  ",1",
	                                  "1,",
	                                  "--1",
	                                  "1.",
	                                  "1 2",
	                                  "12,34",
	                                  "0x1,000",
	                                  "1e3",
	                                  ".5",
	                                  "%",
	                                  "1%%",
	                                  "1234,567",
	                                  "111111111111111111111111111111"};
	long double value;

	expect_number("0", 0);
	expect_number("14", 14);
	expect_number("0x1E", 30);
	expect_number("0XffffFFFFffffFFFF", 18446744073709551615.0L);
	expect_number("18446744073709551615", 18446744073709551615.0L);
	expect_number("1,024", 1024);
	expect_number("12,345,678", 12345678);
	expect_number("-14", -14);
	expect_number("12.5%", 12.5L);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (answer_number(bad[i], &value))
			fail_msg("\"%s\" is taken for a number", bad[i]);
}

TEST(test_good_file)
{
	struct answers answers;

	assert_true(parse("\xef\xbb\xbf# \xc3\xa4\n\n  vector :  13 \r\nexits:1,000\n"
	                  "seen: NO\nsignal:\n",
	                  &answers));
	assert_string_equal(said, "");
	assert_string_equal(answers.answers[0].text, "13");
	assert_int_equal(answers.answers[0].line, 3);
	assert_string_equal(answers.answers[1].text, "1,000");
	assert_string_equal(answers.answers[2].text, "NO");
	assert_int_equal(answers.answers[3].line, 0);
	assert_int_equal(answers.answers[4].line, 6);
	assert_string_equal(answers.answers[4].text, "");
}

TEST(test_bad_file)
{
	struct answers answers;

	assert_false(
		parse("vector: many\nvector: 12\nexits: about ten\nseen: perhaps\n"
	              "colour: blue\njust words\nsignal: \x1b[2J\nvector: 1.5\nwhich: sti, hlt ,\n",
	              &answers));
	expect_text("lab_bad_answers", said);
	assert_int_equal(answers.errors, 9);
}

/* Whatever the bytes are, every error is told with its line, and the parser ends. */
TEST(test_hostile_files)
{
	static char text[70000];
	struct answers answers;
	u64 seed = 1;

	memset(text, 'a', sizeof(text));
	assert_false(answers_parse(&lab, text, sizeof(text), &answers, note, NULL));
	assert_false(answers_parse(&lab, text, 60000, &answers, note, NULL));
	memcpy(text, "signal: ", 8);
	assert_false(answers_parse(&lab, text, 200, &answers, note, NULL));
	assert_false(answers_parse(&lab, "signal: a\0b", 11, &answers, note, NULL));
	assert_true(answers_parse(&lab, "", 0, &answers, note, NULL));
	/* What moves a terminal's cursor is not printed again. */
	assert_false(parse("seen: per\rhaps\tnot\r\n", &answers));
	assert_string_equal(answers.answers[2].text, "per haps not");
	for (u32 round = 0; round < 2000; round++) {
		static const char some[] = "vector: 1,\n\rx0#\xff exits";
		size_t size = random_next(&seed) % 120;
		char *exact = malloc(size + 1);

		for (size_t i = 0; i < size; i++)
			exact[i] = some[random_next(&seed) % sizeof(some)];
		said[0] = 0;
		answers_parse(&lab, exact, size, &answers, note, NULL);
		free(exact);
	}
}

static void fill(struct lab_run *run)
{
	lab_fact(run, "vector", "trace attack, ring 0: exception", "%u", 7);
	lab_fact(run, "vector", "trace attack, ring 0: exception", "%u", 13);
	lab_fact(run, "exits", "stat attack: VM exits", "1000");
	lab_fact(run, "seen", NULL, "no");
	lab_fact(run, "parts", "trace, ring 3", "RCX, R11, RIP, RFLAGS");
}

static u32 points(const char *file, struct grade *grade)
{
	struct lab_run run = {0};
	struct answers answers;

	fill(&run);
	assert_true(parse(file, &answers));
	grade_answers(&lab, &answers, &run, grade);
	lab_drop_facts(&run);
	return grade->points;
}

TEST(test_points)
{
	struct grade grade;

	assert_int_equal(
		points("vector: 0xd\nexits: 1,099\nseen: No\nparts: rip,r11 , RCX,rflags\n",
	               &grade),
		10);
	assert_int_equal(grade.total, 10); /* no signal was measured */
	assert_int_equal(grade.questions[4].verdict, VERDICT_UNMEASURED);
	assert_int_equal(points("", &grade), 0);
	assert_int_equal(grade.questions[0].verdict, VERDICT_MISSING);
	assert_int_equal(points("vector: 14\n", &grade), 0);
	assert_int_equal(grade.questions[0].verdict, VERDICT_WRONG);
	assert_int_equal(points("seen: yes\n", &grade), 0);
	assert_int_equal(grade.questions[2].verdict, VERDICT_WRONG);
	assert_int_equal(points("exits: 1100", &grade), 3);
	assert_int_equal(points("exits: 1101", &grade), 0);
	assert_int_equal(points("exits: 900", &grade), 3);
	assert_int_equal(points("exits: 899.9", &grade), 0);
	assert_int_equal(points("parts: RCX, RCX,R11", &grade), 2);
	assert_int_equal(grade.questions[3].verdict, VERDICT_PARTLY);
	assert_int_equal(points("parts: RCX, RAX", &grade), 0);
	assert_int_equal(points("parts: RCX, RIP, RAX", &grade), 1);
	assert_int_equal(points("parts: none", &grade), 0);
}

static void print_all(FILE *out, bool reveal)
{
	struct lab_run run = {0};
	struct answers answers;
	struct grade grade;
	struct grading grading = {&lab, &answers, &grade, "tom.txt", "bochs", reveal};

	fill(&run);
	assert_true(parse("vector: 13\nexits: 5\nparts: RCX\nsignal: SIGSEGV\n", &answers));
	grade_answers(&lab, &answers, &run, &grade);
	grade_print(out, &grading);
	fputc('\n', out);
	grade_print_json(out, &grading);
	lab_drop_facts(&run);
}

TEST(test_what_is_printed)
{
	struct lab_run run = {0};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print_all(out, false);
	/* What was measured is told of right answers alone. */
	fflush(out);
	assert_null(strstr(text, "1000"));
	assert_null(strstr(text, "R11"));
	fputc('\n', out);
	print_all(out, true);
	fputc('\n', out);
	answers_print_start(out, &lab);
	fputc('\n', out);
	fill(&run);
	answers_print_measured(out, &lab, &run);
	lab_drop_facts(&run);
	fclose(out);
	expect_text("lab_grade", text);
	free(text);
}

/* The teacher's file reaches all points, the starting file none. */
TEST(test_files_are_read_back)
{
	struct lab_run run = {0};
	struct grade grade;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fill(&run);
	answers_print_measured(out, &lab, &run);
	lab_drop_facts(&run);
	fclose(out);
	assert_int_equal(points(text, &grade), 10);
	free(text);
	out = open_memstream(&text, &size);
	answers_print_start(out, &lab);
	fclose(out);
	assert_int_equal(points(text, &grade), 0);
	free(text);
}

TEST(test_handout)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	static const char handout[] =
		"# Title\n\nSome **bold** and `a**b`.\n```\n# no title\n```\n";

	lab_print_handout(out, handout, true);
	fclose(out);
	assert_string_equal(text, "\33[1mTitle\33[0m\n\nSome \33[1mbold\33[0m and `a**b`.\n"
	                          "    # no title\n");
	free(text);
}

/* What was measured to be nothing at all could be no answer. */
TEST(test_empty_fact)
{
	struct lab_run run = {0};

	lab_fact(&run, "vector", NULL, "%s", "");
	assert_null(lab_find_fact(&run, "vector"));
	lab_fact(&run, "vector", NULL, "13");
	assert_string_equal(lab_find_fact(&run, "vector")->value, "13");
	lab_drop_facts(&run);
}

/* Lines are filled to 80 columns; a list's further lines stand beneath its text. */
TEST(test_handout_filled)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	static const char handout[] =
		"10. An item of a list, **with** words that take more than one line, so that "
		"some must go to\n    the next.\n- Another\n  item.\nMore\n\nof it.\n";

	lab_print_handout(out, handout, true);
	fclose(out);
	assert_string_equal(text,
	                    "10. An item of a list, \33[1mwith\33[0m words that take more than one "
	                    "line, so that some\n    must go to the next.\n"
	                    "- Another item. More\n\nof it.\n");
	free(text);
	out = open_memstream(&text, &size);
	lab_print_handout(out, "## A *b*\n**c**\nd\n", false);
	fclose(out);
	assert_string_equal(text, "## A *b*\n**c** d\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_good_file),
		cmocka_unit_test(test_bad_file),
		cmocka_unit_test(test_hostile_files),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_what_is_printed),
		cmocka_unit_test(test_files_are_read_back),
		cmocka_unit_test(test_handout),
		cmocka_unit_test(test_empty_fact),
		cmocka_unit_test(test_handout_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
