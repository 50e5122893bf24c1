#include "hv/guest_ring.h"
#include "lib/string.h"
#include "lib/trace.h"

bool guest_ring_waiting(const struct guest_ring *ring, u64 *bytes)
{
	u64 write = *(volatile u64 *)&ring->shared->write;

	*bytes = write - ring->read;
	return write >= ring->read && write <= ring->size;
}

/* Checks one record with `left` bytes to the end, and makes its head true. Returns its size, 0 if bad. */
static inline u64 check_record(struct trace_record *record, u32 stream, u64 left, u64 newest,
                               u64 now, u32 sequence)
{
	if (left < sizeof(*record) || record->id >= TRACE_EVENT_IDS)
		return 0;
	const struct trace_event_shape *shape = &trace_event_shapes[record->id];
	if (shape->stream != stream || shape->bytes > left || record->tsc < newest ||
	    record->tsc > now || record->sequence != sequence)
		return 0;
	record->tier = (s8)(shape->head >> 16);
	record->phase = (u8)(shape->head >> 24);
	return shape->bytes; /* 0: there is no such event */
}

bool guest_ring_take(struct guest_ring *ring, enum trace_stream stream, u64 bytes, u64 now)
{
	struct trace_ring *copy = ring->copy;
	u8 *to = copy->data + copy->write;
	u8 *end = to + bytes;
	u64 newest = ring->newest;
	u32 sequence = ring->sequence;

	memcpy(to, ring->shared->data + ring->read, bytes);
	ring->read += bytes;
	ring->shared->read = ring->read;
	/* Four records come with every system call: what changes with each stays in registers. */
	while (to < end) {
		struct trace_record *record = (void *)to;
		u64 size = check_record(record, stream, (u64)(end - to), newest, now, sequence);
		if (!size)
			break;
		newest = record->tsc;
		sequence++;
		to += size;
	}
	ring->newest = copy->newest = newest;
	ring->sequence = copy->sequence = sequence;
	copy->write = (u64)(to - copy->data);
	return to == end;
}
