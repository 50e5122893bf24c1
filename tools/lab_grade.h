/*
 * Points for a student's answers: they are compared with what a run measured. Pure: answers and facts go
 * in, a judgement comes out.
 */
#ifndef TOOLS_LAB_GRADE_H
#define TOOLS_LAB_GRADE_H

#include <stdio.h>

#include "tools/lab_answers.h"

enum verdict { VERDICT_RIGHT, VERDICT_PARTLY, VERDICT_WRONG, VERDICT_MISSING, VERDICT_UNMEASURED };

struct grade {
	u32 points, total; /* what was not measured is not in the total */
	struct {
		enum verdict verdict;
		u32 points;
		const struct fact *fact; /* NULL: not measured */
	} questions[QUESTIONS_MOST];
};

void grade_answers(const struct lab *lab, const struct answers *answers, const struct lab_run *run,
                   struct grade *grade);

/* What is printed about it. */
struct grading {
	const struct lab *lab;
	const struct answers *answers;
	const struct grade *grade;
	const char *file;
	const char *engine;
	bool reveal; /* say what was measured, whatever the student said */
};

void grade_print(FILE *out, const struct grading *grading);
void grade_print_json(FILE *out, const struct grading *grading);

#endif
