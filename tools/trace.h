/*
 * Reading a trace: the directory is opened, its streams mapped, every packet and record checked
 * once; then records are handed out in the order of their time stamps, all tiers merged. A trace is
 * untrusted input: what this hands out lies inside the file, has a known id that belongs to its
 * stream, and has its full size. Nothing is allocated per record, 16 bytes per packet; what a pass
 * has left behind is given back, so that memory does not grow with the trace otherwise. A pointer to
 * a record stays good until trace_close all the same.
 */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include "abi/trace.h"
#include "tools/error.h"
#include "tools/info.h"
#include "tools/tracedir.h"

/* A packet whose records from behind the head up to `end` are good. */
struct packet_view {
	const struct trace_packet *head;
	const u8 *end;
};

struct trace_stream_data {
	const u8 *bytes; /* the mapped file, NULL if there is none or it is empty */
	size_t size;
	struct packet_view *packets;
	size_t count;
	size_t room;
	size_t checked; /* the file is checked up to here ... */
	size_t dropped; /* ... and memory given back up to here */
};

struct trace {
	const char *directory;
	struct trace_info info;
	u8 uuid[16];
	struct trace_stream_data streams[TRACE_STREAMS];
	bool grows; /* packets are added while it is read */
	/* If set, is told by every pass how many bytes of packets it has before it next. */
	void (*passed)(void *context, size_t bytes);
	void *passed_context;
};

/*
 * A pass has come to `at`: gives back the memory of what lies well before, and has the next piece
 * read. `dropped` is the pass's own, 0 at its start.
 */
void trace_move(const struct trace_stream_data *data, size_t *dropped, const void *at);

/* What a damaged part is about: the head of a packet, or a record in it. */
enum trace_part { PART_PACKET, PART_RECORD };

/* Is told of each damage, with a sentence that names file and offset. */
typedef void trace_report(void *context, enum trace_part part, const char *sentence);

/* Opens a trace and refuses it at the first damage. */
bool trace_open(struct trace *trace, const char *directory, struct error *error);

/*
 * The same in two steps, for a reader that wants every damage: map the files, then check them and
 * keep what is good.
 */
bool trace_load(struct trace *trace, const char *directory, struct error *error);
void trace_check(struct trace *trace, trace_report *report, void *context);

/*
 * A piece of trace_check: the next packet of one stream. False: the stream was at its end, or cannot
 * be followed further, which has been reported.
 */
bool trace_check_next(struct trace *trace, u32 stream, trace_report *report, void *context);

/* A trace_report that keeps the first sentence in a struct error, whose text was empty. */
void trace_keep_first(void *error, enum trace_part part, const char *sentence);

/* Refuses a trace in the words of trace_open, which a damage was found in. */
bool trace_refuse_damage(const char *directory, const char *sentence, struct error *error);

void trace_close(struct trace *trace);

/* Reads what the metadata of trace->directory says of the run into trace->info. */
bool trace_describe(struct trace *trace, struct error *error);

/*
 * Adds one packet (checked by the caller to lie in memory for as long as the trace is used, sizes
 * sound) behind the stream's others. Damaged records are reported and cut off.
 */
void trace_add_packet(struct trace *trace, const struct trace_packet *packet, size_t offset,
                      trace_report *report, void *context);

/* Records that this stream lost: what its packets and the machine's result say. */
u64 trace_lost(const struct trace *trace, u32 stream);

/*
 * When a stream's next record is due: its time, then its turn among all records of that time. No two
 * streams' records are due alike.
 */
struct trace_due {
	u64 tsc;
	u32 turn; /* DUE_NEVER: there is none, as far as it is known */
};

#define DUE_NEVER UINT32_MAX

/* Where a reader is. One per pass; several may read the same trace. */
struct trace_cursor {
	const struct trace *trace;
	struct trace *unchecked;      /* the same, if it is checked on the way; else NULL */
	struct error *damage;         /* where the first damage then goes */
	size_t packet[TRACE_STREAMS]; /* the next one to open */
	const u8 *next[TRACE_STREAMS];
	const u8 *end[TRACE_STREAMS];
	size_t dropped[TRACE_STREAMS];       /* bytes of the file that memory was given back of */
	struct trace_due due[TRACE_STREAMS]; /* of all streams but the latest */
	u32 latest;             /* the stream of the latest record of cursor_next ... */
	struct trace_due until; /* ... which has the next one too if it is due before this */
};

void cursor_start(struct trace_cursor *cursor, const struct trace *trace);

/*
 * The same over a trace of trace_load that trace_check has not seen yet: each packet is checked when
 * it is opened, which saves a pass. At the first damage the trace seems to end, and `damage` has a
 * sentence; it is empty before.
 */
void cursor_start_unchecked(struct trace_cursor *cursor, struct trace *trace, struct error *damage);

/* The next record of one stream, or NULL. */
const struct trace_record *cursor_next_of(struct trace_cursor *cursor, u32 stream);

/*
 * The next record of all streams by time, if its tsc is at most `limit`; else NULL. At equal time
 * the order is: VM entry, ring 3 left, ring 0, ring 3 entered, everything else.
 */
const struct trace_record *cursor_next(struct trace_cursor *cursor, u64 limit);

#endif
