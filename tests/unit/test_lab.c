/*
 * The labs' own parts: their list and questions, the directory that nothing foreign is removed from,
 * machines as child processes.
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
		{"lab", "run", "attacks", "--only", ""},
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
		cmocka_unit_test(test_list),      cmocka_unit_test(test_starting_files),
		cmocka_unit_test(test_questions), cmocka_unit_test(test_words),
		cmocka_unit_test(test_directory), cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_enough),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
