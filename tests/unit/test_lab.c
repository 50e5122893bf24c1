/*
 * The labs' own parts: a student's file (whatever is in it), grading, facts, the starting and the
 * teacher's file, the directory that nothing foreign is removed from, machines as child processes.
 */
// clang-format off
/*
 * Sources: tests/unit/expect.c tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tools/command.h"
#include "tools/lab_directory.h"
#include "tools/lab_grade.h"
#include "tools/lab_jobs.h"
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

/* Every lab that is listed is found, by its name and its number. */
TEST(test_list)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	lab_show_list(out);
	fclose(out);
	for (size_t i = 0; i < LAB_COUNT; i++) {
		assert_non_null(strstr(text, all_labs[i]->name));
		assert_non_null(strstr(text, all_labs[i]->title));
		assert_ptr_equal(lab_find(all_labs[i]->name), all_labs[i]);
	}
	assert_ptr_equal(lab_find("7"), &lab_popek_goldberg);
	assert_null(lab_find("0"));
	assert_null(lab_find(""));
	free(text);
}

/* docs/labs/ has the starting file of every lab that has questions, as it is printed. */
TEST(test_starting_files)
{
	for (size_t i = 0; i < LAB_COUNT; i++) {
		char path[80], *text, *there;
		size_t size, there_size;
		FILE *out;

		if (!all_labs[i]->question_count)
			continue;
		snprintf(path, sizeof(path), "docs/labs/%02u-%s.txt", all_labs[i]->number,
		         all_labs[i]->name);
		out = open_memstream(&text, &size);
		answers_print_start(out, all_labs[i]);
		fclose(out);
		there = build_slurp(path, &there_size);
		if (there_size != size || memcmp(there, text, size) != 0)
			fail_msg("%s is not what `ringscope lab show %s --start` prints", path,
			         all_labs[i]->name);
		free(there);
		free(text);
	}
}

/* Ids of questions are their own, fit, and are of the letters that a file of answers can have. */
TEST(test_questions)
{
	for (size_t i = 0; i < LAB_COUNT; i++) {
		const struct lab *one = all_labs[i];

		assert_true(one->question_count <= QUESTIONS_MOST);
		assert_true(!one->number || !one->question_count || one->handout);
		for (size_t q = 0; q < one->question_count; q++) {
			const struct question *question = &one->questions[q];

			assert_true(strlen(question->fact) < FACT_ID_SIZE);
			assert_true(question->points > 0);
			assert_true(*question->why && *question->prompt);
			assert_true(
				strspn(question->fact, "abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
				strlen(question->fact));
			for (size_t other = 0; other < q; other++)
				assert_string_not_equal(question->fact, one->questions[other].fact);
		}
	}
}

/* Words that are refused, before anything is measured. */
TEST(test_words)
{
	static const char *const lines[][6] = {
		{"lab"},
		{"lab", "frobnicate"},
		{"lab", "list", "rings"},
		{"lab", "show"},
		{"lab", "show", "nothing"},
		{"lab", "show", "rings", "--reveal"},
		{"lab", "show", "rings", "--only", "x"},
		{"lab", "show", "attacks", "--start"},
		{"lab", "run", "rings", "syscalls"},
		{"lab", "run", "rings", "--json"},
		{"lab", "run", "rings", "--only", "x"},
		{"lab", "run", "rings", "--engine", "x"},
		{"lab", "grade", "rings"},
		{"lab", "grade", "rings", "/nonexistent"},
		{"lab", "grade", "attacks", "/nonexistent"},
		{"lab", "grade", "rings", "x", "--answers", "y"},
		{"lab", "grade", "rings", "/nonexistent.c"},
	};
	int kept = dup(STDERR_FILENO);

	assert_non_null(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char *words[7] = {NULL};
		int count = 0, status;

		for (; count < 6 && lines[i][count]; count++)
			words[count] = (char *)lines[i][count];
		status = command_lab(count, words);
		if (status != STATUS_USAGE)
			fail_msg("line %zu ends with %d", i, status);
	}
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
}

static char place[64];

static char *at(const char *name)
{
	static char path[4][160];
	static u32 next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", place, name);
	return path[next];
}

static void make_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

TEST(test_directory)
{
	struct lab_run run = {.directory = at("a/b")};
	char directory[160];
	struct error error;
	FILE *file;

	strcpy(directory, run.directory);
	run.directory = directory;
	assert_true(lab_directory_prepare(directory, "sample", &error));
	file = lab_open(&run, "page.html", &error);
	assert_non_null(file);
	fclose(file);
	assert_null(lab_open(&run, "../page.html", &error));
	assert_null(lab_open(&run, LAB_FILES, &error));
	assert_int_equal(access(at("a/b/page.html"), F_OK), 0);
	/* A second run makes room. */
	assert_true(lab_directory_prepare(directory, "sample", &error));
	assert_int_not_equal(access(at("a/b/page.html"), F_OK), 0);
	/* What another wrote stays, and stops it; that the list should name it is of no use outside. */
	make_file(at("a/b/notes.txt"), "mine");
	assert_false(lab_directory_prepare(directory, "sample", &error));
	assert_non_null(strstr(error.text, "holds \"notes.txt\", which no lab wrote"));
	unlink(at("a/b/notes.txt"));
	make_file(at("a/outside"), "mine");
	make_file(at("a/b/lab.txt"), "ringscope lab x\n../outside\n..\n.\nsub\n");
	mkdir(at("a/b/sub"), 0777);
	make_file(at("a/b/sub/thing"), "mine");
	assert_false(lab_directory_prepare(directory, "sample", &error));
	assert_int_equal(access(at("a/outside"), F_OK), 0);
	assert_int_equal(access(at("a/b/sub/thing"), F_OK), 0);
	unlink(at("a/b/sub/thing"));
	assert_true(lab_directory_prepare(directory, "sample", &error));
	/* A trace goes with all that a run left in it; one that holds more stays. */
	assert_true(lab_directory_note(directory, "machine", &error));
	mkdir(at("a/b/machine"), 0777);
	mkdir(at("a/b/machine/run"), 0777);
	make_file(at("a/b/machine/metadata"), "tracer_name = \"ringscope\";");
	make_file(at("a/b/machine/run/log.txt"), "");
	make_file(at("a/b/machine/run/mine"), "");
	assert_false(lab_directory_prepare(directory, "sample", &error));
	assert_int_equal(access(at("a/b/machine/run/log.txt"), F_OK), 0);
	unlink(at("a/b/machine/run/mine"));
	assert_true(lab_directory_prepare(directory, "sample", &error));
	assert_int_not_equal(access(at("a/b/machine"), F_OK), 0);
	lab_directory_remove(directory);
	assert_int_not_equal(access(directory, F_OK), 0);
	unlink(at("a/outside"));
	rmdir(at("a"));
}

/* Without what they tell of their progress. */
static bool jobs_quietly(struct lab_run *run, struct lab_job *jobs, size_t count)
{
	int kept = dup(STDERR_FILENO);
	struct error error;
	bool fine;

	assert_non_null(freopen("/dev/null", "w", stderr));
	fine = lab_jobs(run, jobs, count, &error);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	return fine;
}

/* Machines that are shells: what they are given, what they say, how they end. */
TEST(test_jobs)
{
	char directory[160], script[160];
	struct lab_run run = {
		.directory = directory, .engine = "bochs", .cpu = "fast", .out = stdout};
	struct lab_job jobs[] = {
		{.name = "one", .words = {"--", "hello", "wide world", NULL}, .timeout = 9},
		{.name = "two", .words = {"--bare", NULL}},
		{.name = "three", .words = {"--quick", NULL}},
	};
	struct error error;
	struct line complaint;
	char expected[512], *text;

	strcpy(directory, at("jobs"));
	strcpy(script, at("program"));
	make_file(script, "#!/bin/sh\nprintf '%s|' \"$@\"\necho sad >&2\n"
	                  "[ \"$9\" = --quick ] && echo 'ringscope: a\ab' >&2\n"
	                  "[ \"$9\" = --bare ] && exit 124\nexit 3\n");
	chmod(script, 0755);
	lab_program = script;
	assert_true(lab_directory_prepare(directory, "sample", &error));
	assert_true(jobs_quietly(&run, jobs, 3));
	assert_int_equal(run.jobs_done, 3);
	assert_true(jobs[0].started && jobs[1].started && jobs[2].started);
	assert_int_equal(jobs[0].status, 3);
	assert_int_equal(jobs[1].status, 124);
	text = lab_job_output(&jobs[0]);
	snprintf(expected, sizeof(expected),
	         "run|--quiet|--engine|bochs|--trace|%s/one|--cpu|fast|--timeout|9|--|hello|wide "
	         "world|",
	         directory);
	assert_string_equal(text, expected);
	free(text);
	lab_job_complaint(&jobs[0], &complaint);
	assert_string_equal(complaint.text, "sad");
	lab_job_complaint(&jobs[2], &complaint);
	assert_string_equal(complaint.text, "a.b");
	lab_directory_remove(directory);
	assert_int_not_equal(access(directory, F_OK), 0);
	unlink(script);
	lab_program = at("nothing");
	assert_true(lab_directory_prepare(directory, "sample", &error));
	assert_true(jobs_quietly(&run, jobs, 1));
	assert_int_equal(jobs[0].status, 127);
	lab_directory_remove(directory);
}

static bool has_said_so(const struct lab_job *job)
{
	char *text = lab_job_output(job);
	bool said = text && strstr(text, "enough") != NULL;

	free(text);
	return said;
}

/* A machine that would go on for ever is ended when enough was seen of it, and only that one. */
TEST(test_enough)
{
	char directory[160], script[160];
	struct lab_run run = {.directory = directory, .engine = "bochs", .out = stdout};
	struct lab_job jobs[] = {
		{.name = "endless", .words = {NULL}, .enough = has_said_so},
		{.name = "short", .words = {"--bare", NULL}, .enough = has_said_so},
	};
	struct error error;

	strcpy(directory, at("enough"));
	strcpy(script, at("endless"));
	make_file(script, "#!/bin/sh\nfor word; do [ \"$word\" = --bare ] && exit 3; done\n"
	                  "trap 'exit 130' TERM\necho enough\n"
	                  "while :; do sleep 0.05; done\n");
	chmod(script, 0755);
	lab_program = script;
	assert_true(lab_directory_prepare(directory, "sample", &error));
	assert_true(jobs_quietly(&run, jobs, 2));
	assert_true(jobs[0].stopped);
	assert_int_equal(jobs[0].status, 130);
	assert_false(jobs[1].stopped);
	assert_int_equal(jobs[1].status, 3);
	lab_directory_remove(directory);
	unlink(script);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(place, "/tmp/ringscope-test-lab.XXXXXX");
	return mkdtemp(place) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(place);
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
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_starting_files),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_enough),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
