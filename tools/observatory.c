/* The machines of the observatory: bare, and as a guest of ring -1 whose controls it switches. */
#include <stdlib.h>
#include <string.h>

#include "abi/hypercall.h"
#include "tools/lab_jobs.h"
#include "tools/observatory_read.h"

#define TIMEOUT 60 /* seconds; a few suffice */

#define LIST(list)    LIST_##list
#define SHOWN_VALUE   true
#define SHOWN_NOTHING false
#define ROW(token, mnemonic, form, list, mode, control, result, code)                              \
	[OBSERVED_##token] = {mnemonic,      form, LIST(list), mode, OBSERVED_CONTROL_##control,   \
	                      SHOWN_##result},
const struct instruction_form instruction_forms[OBSERVATORY_ROWS] = {OBSERVATORY(ROW)};
#undef ROW

/* The masks of CR0 and CR4 are on in ring -1; what it does of the rest, the run's trace says. */
#define CONTROL(token, name, word, bit, inverted)                                                  \
	[OBSERVED_CONTROL_##                                                                       \
		token] = {name, word, bit, inverted, word == CONTROL_CR0 || word == CONTROL_CR4},
const struct instruction_control instruction_controls[OBSERVED_CONTROLS] = {
	OBSERVATORY_CONTROLS(CONTROL)};
#undef CONTROL

/* Why the cells of a machine that said nothing are not measured. */
static void excuse(struct observatory *observatory, const struct lab_job *job, bool guest)
{
	char why[OBSERVED_EXCUSE_SIZE];

	if (!job->started)
		snprintf(why, sizeof(why), "the machine was not started");
	else if (job->status == 124)
		snprintf(why, sizeof(why), "the machine was stopped after %u seconds", TIMEOUT);
	else if (job->status)
		snprintf(why, sizeof(why), "the machine ended with status %d: see %.120s",
		         job->status, job->errors);
	else
		return;
	observatory_excuse(observatory, guest, why);
}

static void read_machine(struct observatory_reading *reading, const struct lab_job *job)
{
	char *text = job->started ? lab_job_output(job) : NULL;

	if (!text || !*text)
		excuse(reading->observatory, job, reading->guest);
	observatory_read(reading, text);
	free(text);
}

/* Cells of the guest count only with what its trace says of them. */
static void read_trace(struct observatory_reading *reading, const struct lab_job *job)
{
	struct trace trace;
	struct error error;

	memcpy(reading->observatory->trace, job->trace, sizeof(job->trace));
	if (!job->started || !trace_open(&trace, job->trace, &error)) {
		observatory_read_trace(reading, NULL);
		return;
	}
	observatory_read_trace(reading, &trace);
	trace_close(&trace);
}

bool observatory_measure(struct lab_run *run, struct observatory *observatory, struct error *error)
{
	/* `run` asks for a program; the probe has no use for it. */
	struct lab_job jobs[] = {
		{.name = "bare",
	         .words = {"--guest", "probe", "--append", "probe=observatory", "--bare", "--",
	                   "x"},
	         .timeout = TIMEOUT},
		{.name = "guest",
	         .words = {"--guest", "probe", "--append", "probe=observatory", "--hv-words", "lab",
	                   "--", "x"},
	         .timeout = TIMEOUT},
	};

	observatory_clear(observatory);
	if (!lab_jobs(run, jobs, ARRAY_SIZE(jobs), error))
		return false;
	for (u32 guest = 0; guest < 2; guest++) {
		struct observatory_reading reading = {.observatory = observatory, .guest = guest};
		read_machine(&reading, &jobs[guest]);
		if (guest)
			read_trace(&reading, &jobs[guest]);
	}
	return true;
}
