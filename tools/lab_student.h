/*
 * Lab 5's hypercall: links a student's C file into ring -1, boots it, and tells case by case what it
 * answered.
 */
#ifndef TOOLS_LAB_STUDENT_H
#define TOOLS_LAB_STUDENT_H

#include "tools/lab_answers.h"
#include "tools/lab_jobs.h"

/*
 * Reads the probe's output: a line "case NUMBER ANSWER WANTED" for each case, in order. The answers go to
 * `answers`, what was wanted is noted as facts. Returns how many lines were good; the first that is not
 * ends it.
 */
u32 student_read(const char *output, struct lab_run *run, struct answers *answers);

/*
 * Of a machine that answered only so many cases: its end is the answer to the next one. What the others
 * want was not measured, so no answer to them is right.
 */
void student_end(const struct lab_job *job, u32 count, struct lab_run *run,
                 struct answers *answers);

extern const struct lab_code student_code;

#endif
