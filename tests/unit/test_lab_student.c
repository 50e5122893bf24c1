/*
 * Lab 5's hypercall: what is made of the probe's output, which a student's code in ring -1 may have cut
 * short or spoilt.
 *
 * Sources: tools
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "abi/student.h"
#include "tools/lab_grade.h"
#include "tools/lab_student.h"

static struct lab_run run;
static struct answers answers;

static u32 read_cases(const char *output)
{
	lab_drop_facts(&run);
	run = (struct lab_run){.out = stdout};
	memset(&answers, 0, sizeof(answers));
	return student_read(output, &run, &answers);
}

static void test_all(void **state)
{
	char output[STUDENT_CASE_COUNT * 32] = "";
	size_t at = 0;

	(void)state;
	for (u32 i = 0; i < STUDENT_CASE_COUNT; i++)
		at += (size_t)snprintf(output + at, sizeof(output) - at, "case %u %d %d\n", i,
		                       i == 3 ? -38 : (int)i, (int)i);
	assert_int_equal(read_cases(output), STUDENT_CASE_COUNT);

	struct lab lab = lab_exits;
	struct grade grade;
	lab.questions = student_code.questions;
	lab.question_count = student_code.question_count;
	grade_answers(&lab, &answers, &run, &grade);
	assert_int_equal(grade.total, STUDENT_CASE_COUNT);
	assert_int_equal(grade.points, STUDENT_CASE_COUNT - 1);
	assert_int_equal(grade.questions[3].verdict, VERDICT_WRONG);
	assert_string_equal(lab_find_fact(&run, "some_bytes")->value, "1");
}

/* What is cut short, out of order or no such line ends it; what came before counts. */
static void test_spoilt(void **state)
{
	(void)state;
	assert_int_equal(read_cases(""), 0);
	assert_int_equal(read_cases("case 0 35 35"), 0);
	assert_int_equal(read_cases("case 0 35 35\ncase 1 12"), 1);
	assert_int_equal(read_cases("case 0 35 35\ncase 2 1 1\n"), 1);
	assert_int_equal(read_cases("case 0 35 35 \n"), 0);
	assert_int_equal(read_cases("case 0 x 35\n"), 0);
	assert_int_equal(read_cases("case 99999999999 1 1\n"), 0);
	assert_int_equal(read_cases("case 0 -14 -14\ngarbage\ncase 1 1 1\n"), 1);
	assert_string_equal(answers.answers[0].text, "-14");
	assert_string_equal(answers.answers[1].text, "");
}

/* What nobody measured is not told as if it were, and no answer to it is right. */
static void test_end(void **state)
{
	struct lab_job job = {.status = 124, .errors = "/dev/null"};
	struct lab lab = lab_exits;
	struct grade grade;

	(void)state;
	student_end(&job, read_cases("case 0 35 35\n"), &run, &answers);
	assert_string_equal(answers.answers[1].text, "ring -1 never came back from this one");
	assert_string_equal(lab_find_fact(&run, student_code.questions[1].fact)->value,
	                    "not known: the machine had ended");
	strcpy(answers.answers[2].text, "-9223372036854775808");
	lab.questions = student_code.questions;
	lab.question_count = student_code.question_count;
	grade_answers(&lab, &answers, &run, &grade);
	assert_int_equal(grade.points, 1);
	assert_int_equal(grade.total, STUDENT_CASE_COUNT);
	job.status = 1;
	student_end(&job, read_cases(""), &run, &answers);
	assert_string_equal(answers.answers[0].text, "the machine ended: without a word");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_end),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	lab_drop_facts(&run);
	return failed;
}
