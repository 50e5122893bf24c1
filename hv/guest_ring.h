/*
 * A guest's trace ring as ring -1 reads it: untrusted memory, copied once, then checked record by
 * record. Pure over its structure, so it is tested and fuzzed on the host. Promise: nothing outside
 * the ring as announced is read, and only well-formed records of its own stream, in order and with
 * causes that there can be, end up in the copy.
 */
#ifndef HV_GUEST_RING_H
#define HV_GUEST_RING_H

#include "abi/trace.h"

/* A ring in guest memory, as last seen. Nothing here is read back from the guest but `write`. */
struct guest_ring {
	struct trace_ring
		*shared; /* in the guest's memory; NULL: none announced, or found broken */
	u64 size;        /* as announced */
	u64 read;
	u32 sequence; /* expected next */
	u64 newest;   /* TSC of the last record taken */
	struct trace_ring *copy;
	const struct guest_ring *user; /* of ring 0's: ring 3's, which is taken first; or NULL */
	bool wrapped;                  /* there were more records than a cause can number */
	bool told;                     /* in the log, that it was broken */
};

/* Bytes written since the last time; false if the guest's write pointer is impossible. */
bool guest_ring_waiting(const struct guest_ring *ring, u64 *bytes);

/*
 * Takes so many bytes, for which there is room in the copy; `now` is the TSC. False if a record is
 * malformed: those before it are taken, it and what follows are not.
 */
bool guest_ring_take(struct guest_ring *ring, enum trace_stream stream, u64 bytes, u64 now);

#endif
