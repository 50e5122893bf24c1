/*
 * The third property, efficiency, measured: which share of five workloads the processor ran by
 * itself, how often ring -1 stepped in and why, against the same workload bare; and what each VMX
 * control costs at the instruction that it concerns.
 */
#ifndef TOOLS_LAB_EFFICIENCY_H
#define TOOLS_LAB_EFFICIENCY_H

#include "tools/lab.h"
#include "tools/observatory.h"

#define EFFICIENCY_WORKLOADS 5u
#define EFFICIENCY_REASONS   4u
#define EFFICIENCY_CONTROLS  32u

struct efficiency_reason {
	u32 reason; /* vmx/exit_reasons.h */
	u64 exits;
};

struct efficiency_workload {
	const char *name;    /* of its traces' directories, with "-bare" and "-hv" */
	const char *command; /* as one would type it */
	const char *does;    /* what it is for, in few words */
	bool measured;
	char why[FACT_TEXT_SIZE]; /* it was not */
	/* From the program's start to its end, without idling and writing the trace: ticks. */
	u64 native;     /* of rings 0 and 3, with ring -1 beneath */
	u64 hypervisor; /* of ring -1 */
	u64 bare;       /* of rings 0 and 3, bare; 0: not measured */
	u64 exits;
	struct efficiency_reason reasons[EFFICIENCY_REASONS]; /* the most frequent first */
	u32 reason_count;
	char trace[TRACE_PATH_SIZE];
};

struct efficiency_control {
	const char *instruction; /* its form, as abi/observatory.h has it */
	const char *control; /* its name in the manual; NULL: it exits whatever the controls say */
	bool inverted;       /* it exits where the control is off */
	bool measured[2];    /* without the exit, with it */
	u64 ticks[2];
	u32 reason; /* of the exit */
};

struct efficiency_result {
	bool in_ticks; /* ticks are instructions of an emulator, else of a clock */
	struct efficiency_workload workloads[EFFICIENCY_WORKLOADS];
	u32 count;
	struct efficiency_control controls[EFFICIENCY_CONTROLS];
	u32 control_count;
};

/* Runs the workloads. False: it was not possible; a workload that failed says why in itself. */
bool efficiency_run(struct lab_run *run, struct efficiency_result *result, struct error *error);

/* Adds what controls cost, out of what the observatory measured; to be called before the printers. */
void efficiency_controls(struct efficiency_result *result, const struct observatory *observatory);

/* The share of a workload that ran in rings 0 and 3, in percent; exits per thousand ticks there. */
double efficiency_native(const struct efficiency_workload *workload);
double efficiency_exit_rate(const struct efficiency_workload *workload, u64 exits);

/* Fills what is measured of a run out of its trace: ticks, exits, reasons; or of a bare one, `bare`. */
void efficiency_scan(struct efficiency_workload *workload, const struct trace *trace);

void efficiency_print(FILE *out, const struct efficiency_result *result);
void efficiency_web(FILE *out, const struct efficiency_result *result);
void efficiency_json(FILE *out, const struct efficiency_result *result); /* one object */
void efficiency_facts(struct lab_run *run, const struct efficiency_result *result);

#endif
