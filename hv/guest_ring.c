#include "hv/guest_ring.h"
#include "lib/string.h"
#include "lib/trace.h"

bool guest_ring_waiting(const struct guest_ring *ring, u64 *bytes)
{
	u64 write = *(volatile u64 *)&ring->shared->write;

	*bytes = write - ring->read;
	return write >= ring->read && write <= ring->size;
}

/* Checks one record with `left` bytes to the end. Returns its size, 0 if bad. */
static u32 check_record(const struct guest_ring *ring, u32 stream,
                        const struct trace_record *record, u64 left, u64 now)
{
	u32 bytes = left >= sizeof(*record) ? trace_event_bytes(record->id) : 0;

	if (!bytes || bytes > left || trace_event_stream(record->id) != stream ||
	    record->tsc < ring->newest || record->tsc > now || record->sequence != ring->sequence)
		return 0;
	return bytes;
}

bool guest_ring_take(struct guest_ring *ring, enum trace_stream stream, u64 bytes, u64 now)
{
	struct trace_ring *copy = ring->copy;
	u8 *to = copy->data + copy->write;

	memcpy(to, ring->shared->data + ring->read, bytes);
	ring->read += bytes;
	ring->shared->read = ring->read;
	while (bytes) {
		struct trace_record *record = (void *)to;
		u32 size = check_record(ring, stream, record, bytes, now);
		if (!size)
			return false;
		record->tier = stream == STREAM_USER ? TIER_USER : TIER_KERNEL;
		ring->newest = record->tsc;
		ring->sequence++;
		copy->newest = record->tsc;
		copy->sequence = ring->sequence;
		copy->write += size;
		to += size;
		bytes -= size;
	}
	return true;
}
