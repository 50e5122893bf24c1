/*
 * The labs of `ringscope lab`. A lab runs machines (lab_jobs.h), reads their traces, prints what was
 * observed, and leaves facts: small measured values, each with its evidence. Its questions are about
 * facts, and a student's answers are graded against those of a run made for it: no answer is stored.
 */
#ifndef TOOLS_LAB_H
#define TOOLS_LAB_H

#include <stdio.h>

#include "tools/embed.h"
#include "tools/error.h"
#include "tools/trace.h"

#define FACT_ID_SIZE    40
#define FACT_VALUE_SIZE 160
#define FACT_TEXT_SIZE  240

/* LAB(token, "name"), in the order of their list. */
#define LABS(LAB)                                                                                  \
	LAB(rings, "rings")                                                                        \
	LAB(syscalls, "syscalls")                                                                  \
	LAB(faults, "faults")                                                                      \
	LAB(smap, "smap")                                                                          \
	LAB(exits, "exits")                                                                        \
	LAB(vmcs, "vmcs")                                                                          \
	LAB(popek_goldberg, "popek-goldberg")                                                      \
	LAB(lying, "lying")                                                                        \
	LAB(attacks, "attacks")

struct fact {
	char id[FACT_ID_SIZE];
	char value[FACT_VALUE_SIZE];
	/* Which trace, which line: what one would look at. It is the hint to a wrong answer, so the
	 * value is not in it. */
	char evidence[FACT_TEXT_SIZE];
};

/* One run of a lab. */
struct lab_run {
	const char *directory; /* where its traces and pages go; it is there */
	const char *engine;    /* as for run --engine */
	const char *cpu;       /* as for run --cpu, or NULL */
	const char *only;      /* as --only has it: what of the lab to measure; or NULL */
	FILE *out;             /* what was observed, as text; never NULL */
	u64 seed;              /* of secrets that are planted: another in each run */
	struct fact *facts;
	size_t fact_count, fact_room;
	u32 jobs_done; /* machines that have run */
};

/* How an answer is written and compared. */
enum answer_form {
	ANSWER_WORD, /* one word, of the choices in the question if it has some; case is ignored */
	ANSWER_NUMBER, /* exact; decimal, 0x..., thousands may have commas */
	ANSWER_ABOUT,  /* a number within a tenth */
	ANSWER_SET,    /* words separated by commas, in any order; points in proportion */
};

struct question {
	const char *fact; /* the id of the fact that is the answer, and of the answer in the file */
	u32 points;
	enum answer_form form;
	const char *choices; /* "yes|no", or NULL */
	const char *prompt;
	const char *why; /* the explanation, shown to teachers and after grading */
};

struct lab {
	const char *name;
	u32 number; /* 0: an experiment without handout and questions */
	const char *title;
	const char *needs; /* "one machine", "six machines": what a run of it boots */
	bool takes_only;   /* it heeds run->only; else --only is refused */
	/* Everything: machines, what was observed to run->out, pages and tables, facts. */
	bool (*run)(struct lab_run *run, struct error *error);
	const struct question *questions;
	size_t question_count;
	const char *handout;         /* docs/labs/NN-NAME.md, as it lies there; NULL without one */
	const struct lab_code *code; /* its part in C, or NULL */
};

/*
 * A part of a lab that the student writes in C: `lab grade NAME FILE.c`. `answer` runs the file, whose
 * answers are put in `answers`, while what is right is measured as facts.
 */
struct answers;
struct lab_code {
	bool (*answer)(struct lab_run *run, const char *file, struct answers *answers,
	               struct error *error);
	const struct question *questions;
	size_t question_count;
};

#define LAB(token, name) extern const struct lab lab_##token;
LABS(LAB)
#undef LAB

/* docs/labs/FILE as a string of the program, for each lab's file. */
#define LAB_HANDOUT(token, file) EMBED(handout_##token, "docs/labs/" file)

#define LAB(token, name) LAB_##token,
enum { LABS(LAB) LAB_COUNT };
#undef LAB
extern const struct lab *const all_labs[LAB_COUNT];

/* By its name, or its number ("3"); NULL if there is none. */
const struct lab *lab_find(const char *name);

/* Notes a fact; one of the same id is replaced. `evidence` may be NULL. An empty value is no fact. */
void lab_fact(struct lab_run *run, const char *id, const char *evidence, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds a word to a set, which is "" while it is empty; and notes it: as "none" then. */
void lab_set_add(char set[FACT_VALUE_SIZE], const char *word);
void lab_fact_set(struct lab_run *run, const char *id, const char *evidence,
                  const char set[FACT_VALUE_SIZE]);
const struct fact *lab_find_fact(const struct lab_run *run, const char *id);
void lab_drop_facts(struct lab_run *run);

/*
 * A file of the lab's directory, opened for writing: `name` has no slash. NULL after a complaint in
 * `error`.
 */
FILE *lab_open(const struct lab_run *run, const char *name, struct error *error);
/* Closes that file. False, if not all of it could be written. */
bool lab_close(const struct lab_run *run, FILE *file, const char *name, struct error *error);

#endif
