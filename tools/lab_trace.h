/*
 * A machine's trace as a lab reads it: record by record, with the tracker beside it, whole or not at all.
 */
#ifndef TOOLS_LAB_TRACE_H
#define TOOLS_LAB_TRACE_H

#include "tools/engine.h"
#include "tools/lab_jobs.h"
#include "tools/tracker.h"

/* Record by record, of all rings by time. */
struct lab_walk {
	struct trace_cursor cursor;
	struct tracker tracker;
	struct track_step step; /* of the record that came last */
	u64 end;                /* of the trace */
};

void lab_walk_start(struct lab_walk *walk, const struct trace *trace);
/* The next record, with tracker and step; NULL: that was the last. */
const struct trace_record *lab_walk_next(struct lab_walk *walk);
void lab_walk_stop(struct lab_walk *walk);

struct lab_reader {
	struct trace trace;
	struct lab_walk walk;
};

/*
 * False if the machine left no trace, or one that is damaged or lost records: what it complained of is in
 * `error`. Else it is to be closed.
 */
bool lab_reader_open(struct lab_reader *reader, const struct lab_job *job, struct error *error);
const struct trace_record *lab_reader_next(struct lab_reader *reader);
void lab_reader_close(struct lab_reader *reader);

/* Refuses in the words that the machine ended with. */
bool lab_refuse_job(const struct lab_job *job, struct error *error);

/* What the engine of this run will be. */
bool lab_engine(const struct lab_run *run, enum engine *engine, struct error *error);

/* The record as this event's structure. */
#define AS(name, record) ((const struct trace_##name *)(const void *)(record))

/* Whether a VM exit with this basic reason comes from outside: no instruction has caused it. */
bool lab_is_interrupt(u32 reason);

/* Whether that text of a record, NUL-padded, is this. */
bool lab_text_is(const char *text, size_t size, const char *word);

/* The name of a basic exit reason, or "reason N"; in a place of its own that the next call takes. */
const char *lab_reason(u32 reason);

#endif
