/*
 * The second property, resource control, measured: the guest tries to take the machine, with the VMX
 * control that is to stop it on, and off. What came of it is read from the trace, from what the
 * guest printed, and from how the machine ended; where the guest hung the machine, the command's
 * time limit ended it, after it was seen to have begun.
 */
#ifndef TOOLS_LAB_RESOURCE_H
#define TOOLS_LAB_RESOURCE_H

#include "tools/lab.h"

#define RESOURCE_EXPERIMENTS 12u
#define RESOURCE_SETTINGS    3u

/* RESOURCE_OUTCOMES(OUTCOME): OUTCOME(token, "in the table", good); the token is the fact's word. */
#define RESOURCE_OUTCOMES(OUTCOME)                                                                 \
	OUTCOME(unmeasured, "not measured", 0)                                                     \
	OUTCOME(contained, "contained", 1)                                                         \
	OUTCOME(taken, "taken", 0)                                                                 \
	OUTCOME(hung, "the machine hung", 0)                                                       \
	OUTCOME(reset, "the machine was reset", 0)                                                 \
	OUTCOME(stopped, "the machine stopped", 0)

#define OUTCOME(token, name, good) RESOURCE_##token,
enum resource_outcome { RESOURCE_OUTCOMES(OUTCOME) RESOURCE_OUTCOME_COUNT };
#undef OUTCOME

/* An experiment in one setting of its controls. */
struct resource_cell {
	const char *setting; /* "HLT exiting on", "HLT exiting off" */
	bool protected;      /* the setting with everything on */
	enum resource_outcome outcome;
	char who[80];              /* contained it: "ring -1, HLT exiting"; else empty */
	char what[FACT_TEXT_SIZE]; /* one sentence: what came of it, or why it was not measured */
	char evidence[FACT_TEXT_SIZE]; /* a line of the trace, the log or the guest's output */
	char trace[TRACE_PATH_SIZE];   /* where that lies */
};

struct resource_experiment {
	const char *name;    /* "halt": also in facts */
	const char *title;   /* "CLI, then HLT" */
	const char *control; /* what is to stop it */
	struct resource_cell cells[RESOURCE_SETTINGS];
	u32 count;
};

struct resource_result {
	struct resource_experiment experiments[RESOURCE_EXPERIMENTS];
	u32 count;
};

/* Runs the experiments. False: it was not possible; a cell that failed says so in itself. */
bool resource_run(struct lab_run *run, struct resource_result *result, struct error *error);

/* As the table has it: "the machine hung". */
const char *resource_outcome_name(enum resource_outcome outcome);

void resource_print(FILE *out, const struct resource_result *result);
void resource_web(FILE *out, const struct resource_result *result);
void resource_json(FILE *out, const struct resource_result *result); /* one object */
void resource_facts(struct lab_run *run, const struct resource_result *result);

#endif
