/*
 * What lab 7 asks, and the facts of a run that answer it.
 */
#ifndef TOOLS_LAB_POPEK_FACTS_H
#define TOOLS_LAB_POPEK_FACTS_H

#include "tools/observatory_print.h"

#define POPEK_QUESTIONS 12u

extern const struct question popek_questions[POPEK_QUESTIONS];

/* Facts about instructions; what was not measured is no fact. */
void popek_facts(struct lab_run *run, const struct findings *findings);

#endif
