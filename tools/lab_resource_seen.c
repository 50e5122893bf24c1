#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "abi/hypercall.h"
#include "tools/engine.h"
#include "tools/lab_resource_seen.h"
#include "tools/lab_trace.h"
#include "tools/lanes_row.h"
#include "vmx/exit_reasons.h"

#define PORT_COM1     0x3f8u
#define PORTS_OF_COM1 8u
#define BASIC_REASON  0xffffu

void resource_gathered_stop(struct resource_gathered *gathered)
{
	free(gathered->output);
	gathered->output = NULL;
}

/* Where in the deed a record is. */
struct place {
	enum deed deed;
	bool within; /* it has begun, and not ended */
	enum deed_phase phase;
};

/* Whether an exit is one of the deed's marks; then the place is behind it. */
static bool pass_mark(struct place *place, const struct trace_vm_exit *exit)
{
	if ((exit->reason & BASIC_REASON) != EXIT_VMCALL || exit->operand0 != HYPERCALL_nop ||
	    (exit->operand1 & ~0xfull) != RESOURCE_MARK_OF((u64)place->deed, 0))
		return false;
	place->phase = (enum deed_phase)(exit->operand1 & 0xf);
	place->within = place->phase < DEED_END;
	return true;
}

/* What the deed itself does, and not the guest's console or what brings the control back. */
static bool is_own(const struct place *place, const struct trace_vm_exit *exit)
{
	u32 port = (u32)(exit->qualification >> 16) & 0xffff;

	switch (exit->reason & BASIC_REASON) {
	case EXIT_IO_INSTRUCTION:
		return port - PORT_COM1 >= PORTS_OF_COM1 &&
		       (place->deed != DEED_timer || place->phase == DEED_WAITED);
	case EXIT_RDMSR:
	case EXIT_WRMSR:
		return true;
	case EXIT_VMCALL:
		return place->deed == DEED_hypercall && exit->operand0 != HYPERCALL_nop;
	default:
		return false;
	}
}

/* As `ringscope timeline` prints it, without the lanes. */
static void tell(char text[SEEN_LINE], const struct trace *trace, const struct tracker *tracker,
                 const struct track_step *step)
{
	struct lane_row row;
	struct line words, line;

	line_clear(&words);
	line_clear(&line);
	row_fill(&row, &trace->info, tracker, step);
	row_words(&words, &trace->info, tracker, step);
	line_add_number(&line, row.time);
	line_add(&line, "  %s", words.text);
	snprintf(text, SEEN_LINE, "%.*s", SEEN_LINE - 1, line.text);
}

static void take_exit(struct resource_seen *seen, struct place *place, const struct trace *trace,
                      const struct tracker *tracker, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->record;

	if (pass_mark(place, exit) || !place->within)
		return;
	seen->last_reason = exit->reason;
	tell(seen->last, trace, tracker, step);
	if ((exit->reason & BASIC_REASON) == EXIT_EXTERNAL_INTERRUPT) {
		seen->ticks_before += place->phase == DEED_BEGIN;
		seen->ticks_after += place->phase == DEED_WAITED;
	} else if (is_own(place, exit)) {
		if (!seen->exits++)
			tell(seen->first, trace, tracker, step);
	}
}

void resource_scan(struct resource_seen *seen, enum deed deed, const struct trace *trace)
{
	struct place place = {.deed = deed};
	const struct trace_record *record;
	struct lab_walk walk;

	seen->closed = trace->info.has_result && trace->info.state == TRACE_DISK_CLOSED;
	seen->cause = trace->info.cause;
	lab_walk_start(&walk, trace);
	while ((record = lab_walk_next(&walk)))
		if (record->id == EVENT_vm_exit)
			take_exit(seen, &place, trace, &walk.tracker, &walk.step);
	lab_walk_stop(&walk);
}

static double seconds_of(const struct timespec *time)
{
	return (double)time->tv_sec + (double)time->tv_nsec / 1e9;
}

double resource_silence(const struct lab_job *job)
{
	char path[TRACE_PATH_SIZE];
	struct timespec now;
	struct stat console;
	struct error error;

	if (!run_path(path, job->trace, RUN_CONSOLE, &error) || stat(path, &console))
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	return seconds_of(&now) - seconds_of(&console.st_mtim);
}

/* The same, for a machine that has ended since: what run said last was then. */
static double silence_before_end(const struct lab_job *job)
{
	char path[TRACE_PATH_SIZE];
	struct stat console, end;
	struct error error;

	if (!run_path(path, job->trace, RUN_CONSOLE, &error) || stat(path, &console) ||
	    stat(job->errors, &end))
		return 0;
	return seconds_of(&end.st_mtim) - seconds_of(&console.st_mtim);
}

void resource_gather(struct resource_gathered *gathered, enum deed deed, const struct lab_job *job,
                     u64 secret)
{
	struct resource_seen *seen = &gathered->seen;
	struct trace trace;
	struct error error;

	memset(gathered, 0, sizeof(*gathered));
	gathered->output = lab_job_output(job);
	lab_job_complaint(job, &gathered->complaint);
	seen->output = gathered->output ? gathered->output : "";
	seen->words = gathered->complaint.text;
	seen->stopped = job->stopped;
	seen->silence = silence_before_end(job);
	seen->secret = secret;
	if (!trace_open(&trace, job->trace, &error))
		return;
	resource_scan(seen, deed, &trace);
	trace_close(&trace);
}
