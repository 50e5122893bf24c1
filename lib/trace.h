/*
 * Writing the trace: records into a ring, full rings as packets onto the trace disk. One source for
 * ring -1, for ring 0, and for the host's unit tests. Promises: a record costs no branch beyond
 * filter and room; nothing is lost without being counted.
 */
#ifndef LIB_TRACE_H
#define LIB_TRACE_H

#include "abi/trace.h"

/*
 * Supplied by whoever links this: makes room in a full ring, by draining it or by having it
 * drained. Afterwards ring->write is TRACE_RING_START.
 */
void trace_ring_full(struct trace_ring *ring);

static inline bool trace_wants(const struct trace_ring *ring, u32 id)
{
	return ring->events >> (id % 32) & 1;
}

/* Writes the head of a record that lies at the end of the ring, where there is room for it. */
static inline void trace_begin(struct trace_ring *ring, struct trace_record *record, u32 head,
                               u64 tsc)
{
	u64 *words = (u64 *)(void *)record;

	words[0] = tsc;
	words[1] = head | (u64)ring->sequence << 32;
}

/* Room for one record of that many bytes, its head written. Publish it with trace_commit. */
static inline void *trace_reserve(struct trace_ring *ring, u32 head, u64 bytes, u64 tsc)
{
	u64 write = ring->write;

	if (unlikely(write + bytes > ring->size)) {
		trace_ring_full(ring);
		write = ring->write;
	}
	struct trace_record *record = (void *)(ring->data + write);
	trace_begin(ring, record, head, tsc);
	ring->newest = tsc;
	return record;
}

/*
 * The record reserved last is complete. The order matters: a consumer may look at any instruction.
 */
static inline void trace_commit(struct trace_ring *ring, u64 bytes)
{
	__asm__ volatile("" ::: "memory");
	ring->sequence++;
	ring->write += bytes;
}

/*
 * TRACE(ring, page_fault_exit, tsc, .pid = 1, .outcome = ...): one record, if its filter lets it
 * through.
 */
#define TRACE(ring, event, when, ...)                                                              \
	do {                                                                                       \
		struct trace_ring *trace_to_ = (ring);                                             \
		if (trace_wants(trace_to_, EVENT_##event)) {                                       \
			struct trace_##event *trace_record_ = trace_reserve(                       \
				trace_to_, EVENT_HEAD_##event, sizeof(*trace_record_), (when));    \
			struct trace_record trace_head_ = trace_record_->record;                   \
			*trace_record_ =                                                           \
				(struct trace_##event){.record = trace_head_, __VA_ARGS__};        \
			trace_commit(trace_to_, sizeof(*trace_record_));                           \
		}                                                                                  \
	} while (0)

/* Empties a ring and gives it its size (bytes of data) and filter. */
void trace_ring_init(struct trace_ring *ring, u64 data_bytes, u32 events);

/* What every record of an event is like, by the event's id. */
struct trace_event_shape {
	u32 head;  /* the constant half of its second quadword: id, tier and phase */
	u16 bytes; /* 0: no such event */
	u16 stream;
};
#define TRACE_EVENT_IDS 128u /* no id is as high */
extern const struct trace_event_shape trace_event_shapes[TRACE_EVENT_IDS];

/* Size of a record by its id, 0 if there is no such event; and the stream it belongs to. */
u32 trace_event_bytes(u32 id);
u32 trace_event_stream(u32 id);

/* What whoever drains says once, when the disk is full. */
#define TRACE_DISK_FULL                                                                            \
	"the trace disk is full: recording stopped, lost events are counted; give run a larger "   \
	"--disk"

/* The trace disk. read and write move sectors and return false on failure. */
struct trace_disk {
	bool (*read)(u64 sector, void *data, u32 sectors);
	bool (*write)(u64 sector, const void *data, u32 sectors);
	bool present; /* a trace disk answered; false: records are counted as lost */
	bool full;    /* a packet did not fit or could not be written: recording has stopped */
	u64 next;     /* sector of the next packet */
	u64 end;      /* first sector that packets may not use */
	u8 uuid[16];
	u64 packets[TRACE_STREAMS];
	u32 drained[TRACE_STREAMS]; /* sequence number of the first record not yet drained */
	struct trace_disk_result result;
};

/*
 * Finds the trace disk and announces the run on it (state RUNNING). The caller has filled in read,
 * write, and result.bare, tsc_hz, tsc_begin, processor. False, and present unset, if there is none.
 */
bool trace_disk_open(struct trace_disk *disk);

/*
 * Writes a ring's records [TRACE_RING_START, write) as one packet and empties the ring. Returns the
 * packet's bytes, 0 if there was nothing, or if it was lost: then result.lost counts the records.
 */
u32 trace_disk_drain(struct trace_disk *disk, struct trace_ring *ring, enum trace_stream stream,
                     u32 cpu);

/* Counts records that never reached a ring (refused ones). */
void trace_disk_lose(struct trace_disk *disk, enum trace_stream stream, u64 records);

/*
 * Ends the trace: closing packets for streams with losses, then the result with state CLOSED. The
 * rings have been drained. The caller has filled in result.cause, exit_status and message.
 */
void trace_disk_close(struct trace_disk *disk, u64 tsc);

#endif
