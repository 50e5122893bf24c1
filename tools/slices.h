/*
 * A run as slices on three tracks, one a ring, for viewers. What it promises to whoever is told:
 * slices of a track nest strictly, every begin has its end and every end its begin, and every arrow
 * has both of its ends, whatever the trace is like.
 *
 * Ring 0's track shows what the processor does, not what each thread waits for: where another thread
 * gets the processor, the slices of the one that leaves end, and go on in slices of the same name
 * when it runs again. An arrow leads from each part to the next; if none comes, an instant says so.
 */
#ifndef TOOLS_SLICES_H
#define TOOLS_SLICES_H

#include "tools/calls.h"
#include "tools/export.h"
#include "tools/slice_labels.h"

/* KIND(name, category): what a slice is. KERNEL is ring 0 at work for nobody, or idle. */
#define SLICE_KINDS(KIND)                                                                          \
	KIND(USER, "user")                                                                         \
	KIND(CALL, "syscall")                                                                      \
	KIND(FAULT, "fault")                                                                       \
	KIND(INTERRUPT, "interrupt")                                                               \
	KIND(EXCEPTION, "exception")                                                               \
	KIND(KERNEL, "kernel")                                                                     \
	KIND(EXIT, "exit")                                                                         \
	KIND(START, "start")                                                                       \
	KIND(LOST, "lost")                                                                         \
	KIND(INSTANT, "instant")                                                                   \
	KIND(ABANDONED, "unfinished")

#define KIND(name, category) SLICE_##name,
enum slice_kind { SLICE_KINDS(KIND) SLICE_KIND_COUNT };
#undef KIND

enum slice_phase { SLICE_BEGINS, SLICE_ENDS, SLICE_HAPPENS };

struct slice_event {
	enum slice_phase phase;
	enum slice_kind kind;
	u32 track;                        /* whose ring: enum trace_stream */
	u64 time;                         /* since the run's begin, ns or ticks */
	const struct trace_record *begin; /* that opened it; NULL for KERNEL, START, LOST */
	const struct trace_record
		*record; /* an end's, if a record of its own ended it; an instant's */
	u32 pid;
	const char *name;          /* of the program, or NULL */
	const struct calls *calls; /* ENDS, of a call: where what is known of it is found */
	u64 lost;                  /* records, of LOST */
	bool part; /* BEGINS: it goes on; ENDS: it will go on, or not, but has not ended */
	/*
	 * Arrows, by numbers that are unique in the export; 0 is none. The slice that begins with
	 * `inner` is that in which those with the same `outer` begin. `link` leads from the one end
	 * that has it to the one begin or instant that has it.
	 */
	u64 inner;
	u64 outer;
	u32 outer_track;
	u64 link;
};

typedef void slice_sink(void *context, const struct slice_event *event);

struct slicer;

struct slicer *slicer_start(const struct export *export, slice_sink *sink, void *context);
void slicer_step(struct slicer *slicer);

/* Closes what is open and frees the slicer. */
void slicer_end(struct slicer *slicer, u64 end, const struct export_loss lost[TRACE_STREAMS]);

/* "syscall": the category of a kind. */
const char *slice_category(enum slice_kind kind);

/* What kind of slice a record opens that opens an interval of ring 0. */
enum slice_kind slice_kind_of(const struct trace_record *begin);

/* The name of what the event is about. */
struct label slice_label(struct labels *labels, const struct slice_event *event);

/* NOTE(name): what is told of a slice besides its name. */
#define SLICE_NOTES(NOTE)                                                                          \
	NOTE(call)                                                                                 \
	NOTE(outcome)                                                                              \
	NOTE(address)                                                                              \
	NOTE(rip)                                                                                  \
	NOTE(error_code)                                                                           \
	NOTE(qualification)                                                                        \
	NOTE(guest_physical)                                                                       \
	NOTE(result)                                                                               \
	NOTE(injected)                                                                             \
	NOTE(records)                                                                              \
	NOTE(continued)

#define NOTE(name) NOTE_##name,
enum slice_note_name { SLICE_NOTES(NOTE) SLICE_NOTE_NAMES };
#undef NOTE

struct slice_note {
	enum slice_note_name name;
	bool hex;
	u64 value;
	struct label text; /* its text is NULL: a number */
};

#define SLICE_NOTES_LIMIT 4u

/* Fills `notes` with what is to be told of the event; returns how many. */
u32 slice_notes(struct labels *labels, const struct slice_event *event,
                struct slice_note notes[SLICE_NOTES_LIMIT]);

const char *slice_note_name(enum slice_note_name name);

#endif
