/*
 * The machines of a lab: `ringscope run` as child processes, as many at once as there are processors,
 * with progress on stderr. Of each there is NAME, its trace, with NAME.out and NAME.err in the lab's
 * directory.
 */
#ifndef TOOLS_LAB_JOBS_H
#define TOOLS_LAB_JOBS_H

#include "tools/lab.h"
#include "tools/line.h"

#define JOB_WORDS 24

struct lab_job {
	const char *name;             /* of its directory; also shown in the progress */
	const char *words[JOB_WORDS]; /* what follows `ringscope run`, up to a NULL; --quiet,
	                               * --engine, --cpu and --trace are added */
	u32 timeout;                  /* seconds, 0: run's own */
	/* If set, is asked again and again while the machine runs: true ends it. */
	bool (*enough)(const struct lab_job *job);
	/* afterwards: */
	bool started;
	bool stopped;                 /* because that was enough */
	int status;                   /* as `ringscope run` ends: 124 after a timeout */
	char trace[TRACE_PATH_SIZE];  /* the trace's directory */
	char output[TRACE_PATH_SIZE]; /* the program's output, a file */
	char errors[TRACE_PATH_SIZE]; /* what run complained of */
};

/* The processor of labs in Bochs unless --cpu names one: its own default has no UMIP. */
#define LAB_CPU "corei7_icelake_u"

/* What is started as `ringscope`; for tests. */
extern const char *lab_program;

/* From here on Ctrl-C and the like end the machines, then lab_jobs with a refusal. */
void lab_catch_signals(void);
bool lab_interrupted(void);

/*
 * Runs them all. False only if that was not possible (a directory, a process, Ctrl-C): how a machine
 * ended is for the caller to judge.
 */
bool lab_jobs(struct lab_run *run, struct lab_job *jobs, size_t count, struct error *error);

/*
 * Why a machine ended: the first line in which run or ring -1 complained, without who speaks; the first
 * line of all if nobody did. Printable, and empty if nothing was said.
 */
void lab_job_complaint(const struct lab_job *job, struct line *complaint);

/* A job's output, whole, NUL-terminated; to be freed. NULL if there is none. */
char *lab_job_output(const struct lab_job *job);

#endif
