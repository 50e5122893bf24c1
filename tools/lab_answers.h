/*
 * A lab's answers as a small text file: "ID: ANSWER" a line, and lines that begin with #. The starting
 * file and the teacher's are written here; a student's, which may hold anything, is read.
 */
#ifndef TOOLS_LAB_ANSWERS_H
#define TOOLS_LAB_ANSWERS_H

#include <stdio.h>

#include "tools/lab.h"

#define ANSWERS_MOST   65536u /* bytes of a file */
#define QUESTIONS_MOST 32u

/* What the file says to each question of the lab, in its order. */
struct answers {
	struct {
		u32 line;                   /* 0: no such line */
		char text[FACT_VALUE_SIZE]; /* empty: no answer */
	} answers[QUESTIONS_MOST];
	u32 errors; /* of these, all were told */
};

/* Is told of each error: one sentence, with the line it is in; 0: the whole. */
typedef void answers_report(void *context, u32 line, const char *sentence);

/* Reads the file's text. True if nothing was wrong with it: answers that are missing are not wrong. */
bool answers_parse(const struct lab *lab, const char *text, size_t size, struct answers *answers,
                   answers_report *report, void *context);

/* "0x10", "1,024", "-3", "12.5%": false if it is no number. */
bool answer_number(const char *text, long double *number);

/* The file to begin with: each question, no answer. */
void answers_print_start(FILE *out, const struct lab *lab);

/* The first line of a teacher's file. */
#define TEACHERS_HEAD "# For teachers: "

/* The same with the answers that this run measured, and why they are so. */
void answers_print_measured(FILE *out, const struct lab *lab, const struct lab_run *run);

/* All points of a lab. */
u32 lab_points(const struct lab *lab);

#endif
