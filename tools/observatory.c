/* The machines of the observatory: bare, and as a guest of ring -1 whose controls it switches. */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_trace.h"
#include "tools/observatory_read.h"

#define TIMEOUT 60 /* seconds; a few suffice */

/* A processor of Bochs that has UMIP; its default has not. */
#define UMIP_CPU "corei7_icelake_u"

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

/* The processor, and a program: `run` asks for one, the probe has no use for it. */
static void finish_words(struct lab_job *job, bool choose)
{
	size_t count = 0;

	while (job->words[count])
		count++;
	if (choose) {
		job->words[count++] = "--cpu";
		job->words[count++] = UMIP_CPU;
	}
	job->words[count++] = "--";
	job->words[count] = "x";
}

bool observatory_measure(struct lab_run *run, struct observatory *observatory, struct error *error)
{
	struct lab_job jobs[] = {
		{.name = "bare",
	         .words = {"--guest", "probe", "--append", "probe=observatory", "--bare"},
	         .timeout = TIMEOUT},
		{.name = "guest",
	         .words = {"--guest", "probe", "--append", "probe=observatory", "--hv-words",
	                   "lab"},
	         .timeout = TIMEOUT},
	};
	enum engine engine;

	observatory_clear(observatory);
	if (!lab_engine(run, &engine, error))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(jobs); i++)
		finish_words(&jobs[i], engine == ENGINE_bochs && !run->cpu);
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
