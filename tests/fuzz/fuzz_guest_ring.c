/*
 * libFuzzer: a guest's trace ring with hostile memory. Whatever the guest writes, ring -1 reads
 * nothing outside the ring as announced, and what it takes is a run of whole records of that
 * stream, in order, that happened in none or in an earlier one.
 *
 * Sources: hv/guest_ring.c lib/trace.c lib/format.c
 */
#include <stdlib.h>
#include <string.h>

#include "hv/guest_ring.h"
#include "lib/trace.h"

#define BYTES 2048u
#define NOW   0x7fffffffffffffffull

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

void trace_ring_full(struct trace_ring *ring)
{
	(void)ring;
}

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* What it says it happened in, as a number of its own ring; there is no other one here. */
static u32 cause_of(const struct trace_record *record, enum trace_stream stream)
{
	u32 cause = ((const struct trace_thread_exit *)(const void *)record)->cause;

	return stream == STREAM_USER ? cause ^ CAUSE_USER : cause;
}

/* All that was taken is well-formed. */
static void check_copy(const struct guest_ring *ring, enum trace_stream stream)
{
	const struct trace_ring *copy = ring->copy;
	u64 at = TRACE_RING_START, newest = 0;
	u32 sequence = 0;

	while (at < copy->write) {
		const struct trace_record *record = (const void *)(copy->data + at);
		must(trace_event_stream(record->id) == stream);
		must(record->tier == (stream == STREAM_USER ? TIER_USER : TIER_KERNEL));
		must(record->phase == trace_event_shapes[record->id].head >> 24);
		must(record->tsc >= newest && record->tsc <= NOW);
		must(record->sequence == sequence);
		must(((const struct trace_thread_exit *)(const void *)record)->cause ==
		             CAUSE_NONE ||
		     cause_of(record, stream) < sequence);
		sequence++;
		newest = record->tsc;
		at += trace_event_bytes(record->id);
	}
	must(at == copy->write && at <= copy->size && copy->sequence == sequence);
}

/*
 * The first byte chooses the stream; then each round of the guest's: a write pointer and bytes for
 * its memory.
 */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct trace_ring *shared = calloc(1, sizeof(*shared) + BYTES);
	struct trace_ring *copy = calloc(1, sizeof(*copy) + BYTES);
	struct guest_ring ring = {
		.shared = shared, .size = BYTES, .read = TRACE_RING_START, .copy = copy};
	enum trace_stream stream = size && data[0] & 1 ? STREAM_USER : STREAM_KERNEL;
	u64 bytes;

	trace_ring_init(copy, BYTES, ~0u);
	for (size_t at = 1; at + 4 <= size;) {
		size_t length = data[at + 2];
		u64 place = ring.read + data[at + 3] % 8 * 8;
		shared->write = (u64)data[at] | (u64)data[at + 1] << 8;
		if (shared->write & 0x8000) /* far away */
			shared->write *= 0x0123456789abcdefull;
		at += 4;
		if (length > size - at)
			length = size - at;
		if (place < BYTES)
			memcpy(shared->data + place, data + at,
			       length < BYTES - place ? length : BYTES - place);
		at += length;
		if (!guest_ring_waiting(&ring, &bytes) || copy->write + bytes > copy->size ||
		    !guest_ring_take(&ring, stream, bytes, NOW))
			break;
	}
	check_copy(&ring, stream);
	free(shared);
	free(copy);
	return 0;
}
