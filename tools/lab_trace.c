#include <string.h>

#include "tools/lab_trace.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

bool lab_refuse_job(const struct lab_job *job, struct error *error)
{
	struct line complaint;

	lab_job_complaint(job, &complaint);
	return refuse(error, "the machine %s ended with status %d: %s", job->name, job->status,
	              complaint.used ? complaint.text : "it said nothing");
}

void lab_walk_start(struct lab_walk *walk, const struct trace *trace)
{
	cursor_start(&walk->cursor, trace);
	tracker_start(&walk->tracker, trace->info.bare, trace->info.tsc_begin);
	walk->end = trace->info.tsc_end;
}

const struct trace_record *lab_walk_next(struct lab_walk *walk)
{
	const struct trace_record *record = cursor_next(&walk->cursor, UINT64_MAX);

	if (record)
		tracker_step(&walk->tracker, record, &walk->step);
	else
		tracker_end(&walk->tracker, walk->end);
	return record;
}

void lab_walk_stop(struct lab_walk *walk)
{
	tracker_stop(&walk->tracker);
}

bool lab_reader_open(struct lab_reader *reader, const struct lab_job *job, struct error *error)
{
	memset(reader, 0, sizeof(*reader));
	if (!trace_open(&reader->trace, job->trace, error)) {
		/* Mostly there is none, and the machine has said why. */
		return job->status ? lab_refuse_job(job, error) : false;
	}
	/* It did not come to its program's end: what there is of a trace tells half of it. */
	if (reader->trace.info.state != TRACE_DISK_CLOSED ||
	    reader->trace.info.cause == GUEST_END_refused) {
		trace_close(&reader->trace);
		return lab_refuse_job(job, error);
	}
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		if (trace_lost(&reader->trace, stream)) {
			trace_close(&reader->trace);
			return refuse(error, "%s: %s lost records: run the lab again.", job->trace,
			              stream_file(stream));
		}
	lab_walk_start(&reader->walk, &reader->trace);
	return true;
}

const struct trace_record *lab_reader_next(struct lab_reader *reader)
{
	return lab_walk_next(&reader->walk);
}

void lab_reader_close(struct lab_reader *reader)
{
	lab_walk_stop(&reader->walk);
	trace_close(&reader->trace);
}

bool lab_engine(const struct lab_run *run, enum engine *engine, struct error *error)
{
	enum engine wish;
	struct host host;

	host_probe(&host);
	return engine_parse(run->engine, &wish, error) &&
	       engine_choose(wish, &host, true, engine, error);
}

bool lab_is_interrupt(u32 reason)
{
	return reason == EXIT_EXTERNAL_INTERRUPT || reason == EXIT_INTERRUPT_WINDOW ||
	       reason == EXIT_NMI_WINDOW || reason == EXIT_PREEMPTION_TIMER;
}

bool lab_text_is(const char *text, size_t size, const char *word)
{
	size_t length = strnlen(text, size);

	return strlen(word) == length && !memcmp(text, word, length);
}

const char *lab_reason(u32 reason)
{
	static char number[24];
	const char *name = reason_name(reason & 0xffff);

	if (name)
		return name;
	snprintf(number, sizeof(number), "reason %u", reason & 0xffff);
	return number;
}
