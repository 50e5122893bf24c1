/*
 * A trace in other tools' formats. One pass reads the records, follows the run and finds what was
 * lost; each format is one file that is told record by record and keeps no more than it needs.
 */
#ifndef TOOLS_EXPORT_H
#define TOOLS_EXPORT_H

#include <stdio.h>

#include "tools/selection.h"

/* Records that went missing before a record of their stream. */
struct export_loss {
	u64 records; /* 0: none */
	u64 since;   /* TSC of the last record before, or of the run's begin */
	u32 stream;
};

/* What a format is given: the same structure all the way. */
struct export
{
	FILE *out;
	const struct trace *trace;
	u64 begin;               /* TSC: of the run, or of what is asked for of it */
	bool guest_ran;          /* before the export begins */
	struct tracker tracker;  /* as it is after the record */
	struct track_step step;  /* what the record meant */
	struct export_loss loss; /* what is missing before it */
};

/* Only of records each for itself can any be left out; elsewhere they mean something together. */
enum export_sort { EXPORT_BINARY, EXPORT_TEXT, EXPORT_RECORDS };

/* FORMAT(name, what its bytes are like, what it is for) */
#define EXPORT_FORMATS(FORMAT)                                                                     \
	FORMAT(perfetto, EXPORT_BINARY,                                                            \
	       "for ui.perfetto.dev: three tracks, arrows from cause to effect")                   \
	FORMAT(chrome, EXPORT_TEXT, "JSON for chrome://tracing, ui.perfetto.dev, speedscope")      \
	FORMAT(folded, EXPORT_TEXT, "stacks and their ticks, for flamegraph.pl and speedscope")    \
	FORMAT(jsonl, EXPORT_RECORDS, "one JSON object a record, with every field")                \
	FORMAT(csv, EXPORT_RECORDS, "one row a record")

/*
 * A format: NAME_start allocates its state, NAME_step is told of a record, NAME_end of the run's end
 * (TSC) and, stream by stream, of what went missing after the last record; it frees the state.
 */
#define FORMAT(name, sort, about)                                                                  \
	void *name##_start(struct export *export);                                                 \
	void name##_step(void *state);                                                             \
	void name##_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS]);
EXPORT_FORMATS(FORMAT)
#undef FORMAT

struct export_format {
	const char *name;
	const char *about;
	enum export_sort sort;
	void *(*start)(struct export *export);
	void (*step)(void *state);
	void (*end)(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS]);
};

/* The format of that name, or NULL. */
const struct export_format *export_format(const char *name);

/*
 * Writes what is selected of the trace, of formats other than of records only by time; stops early if
 * `out` takes no more: ask ferror.
 */
void export_trace(FILE *out, const struct trace *trace, const struct export_format *format,
                  const struct selection *selection);

/* Ticks of the TSC to the time since the run's begin in the trace's unit. */
u64 export_time(const struct export *export, u64 tsc);

/* Numbers and words, faster than printf: a line has dozens. */
void export_number(FILE *out, u64 number);
void export_signed(FILE *out, s64 number);
void export_hex(FILE *out, u64 number); /* "0x1f" */
void export_words(FILE *out, const char *words);

#endif
