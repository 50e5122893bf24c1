/*
 * Reading a trace: the directory is opened, its streams mapped, every packet and record checked
 * once; then records are handed out in the order of their time stamps, all tiers merged. A trace is
 * untrusted input: what this hands out lies inside the file, has a known id that belongs to its
 * stream, and has its full size. Nothing is allocated per record.
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
};

struct trace {
	const char *directory;
	struct trace_info info;
	u8 uuid[16];
	struct trace_stream_data streams[TRACE_STREAMS];
};

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

/* Where a reader is. One per pass; several may read the same trace. */
struct trace_cursor {
	const struct trace *trace;
	size_t packet[TRACE_STREAMS]; /* the next one to open */
	const u8 *next[TRACE_STREAMS];
	const u8 *end[TRACE_STREAMS];
};

void cursor_start(struct trace_cursor *cursor, const struct trace *trace);

/* The next record of one stream, or NULL. */
const struct trace_record *cursor_next_of(struct trace_cursor *cursor, u32 stream);

/*
 * The next record of all streams by time, if its tsc is at most `limit`; else NULL. At equal time
 * the order is: VM entry, ring 3 left, ring 0, ring 3 entered, everything else.
 */
const struct trace_record *cursor_next(struct trace_cursor *cursor, u64 limit);

#endif
