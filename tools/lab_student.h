/*
 * Lab 5's hypercall: links a student's C file into ring -1, boots it, and tells case by case what it
 * answered.
 */
#ifndef TOOLS_LAB_STUDENT_H
#define TOOLS_LAB_STUDENT_H

#include "abi/student.h"
#include "tools/lab.h"

struct student_answer {
	bool given; /* false: ring -1 had ended before, or never answered */
	s64 answer, wanted;
};

struct student_result {
	struct student_answer cases[STUDENT_CASE_COUNT];
	char ending[FACT_TEXT_SIZE]; /* how the machine ended, if not well; else "" */
};

/* Its cases: what is asked, and what one learns if it fails. */
const char *student_case_name(enum student_case number);
const char *student_case_lesson(enum student_case number);

/*
 * Reads the probe's output, lines "case NUMBER ANSWER WANTED" in order; what is no such line ends it.
 * Returns how many were read.
 */
u32 student_read(const char *output, struct student_result *result);

/*
 * Builds and boots. False: it does not compile, or there is no source tree: `error` has a sentence.
 */
bool student_run(struct lab_run *run, const char *file, struct student_result *result,
                 struct error *error);

#endif
