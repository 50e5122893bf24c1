/* The machines of the observatory: bare, and as a guest of ring -1 whose controls it switches. */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_jobs.h"
#include "tools/observatory_read.h"

#define TIMEOUT 60 /* seconds; a few suffice */

/* Why the machine's remaining cells are not measured, if it did not end as it should. */
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

	if (!text)
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
	struct lab_job jobs[] = {
		{.name = "bare",
	         .words = {"--guest", "probe", "--bare", "--append", "probe=observatory", "--",
	                   "x"},
	         .timeout = TIMEOUT},
		{.name = "guest",
	         .words = {"--guest", "probe", "--hv-words", "lab", "--append", "probe=observatory",
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
