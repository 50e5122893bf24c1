#include "hv/guest_ring.h"
#include "lib/string.h"
#include "lib/trace.h"

bool guest_ring_waiting(const struct guest_ring *ring, u64 *bytes)
{
	u64 write = *(volatile u64 *)&ring->shared->write;

	*bytes = write - ring->read;
	return write >= ring->read && write <= ring->size;
}

/* What every record of the guest is checked against. */
struct expected {
	u64 newest, now; /* TSC: no earlier, no later */
	u32 sequence;    /* its own */
	u32 user;        /* the next one's in ring 3's ring, as a cause */
};

/*
 * Where numbers have wrapped, a cause may be above its record's: it is then not more than 2^30
 * before it.
 */
static bool is_shortly_before(u32 cause, u32 next)
{
	return ((next - 1 - cause) & ~CAUSE_USER) < 1u << 30;
}

/*
 * Whether a cause that is no smaller number can be nevertheless: none; one from before the numbers
 * wrapped; one in a ring that ring -1 stopped to read, whose numbers it cannot know.
 */
static __attribute__((noinline)) bool is_excused(const struct guest_ring *ring,
                                                 enum trace_stream stream, u32 cause, u32 own)
{
	const struct guest_ring *of =
		stream == STREAM_KERNEL && cause & CAUSE_USER ? ring->user : ring;

	if (cause == CAUSE_NONE)
		return true;
	if (!of)
		return false;
	if (of == ring)
		return (ring->wrapped || own & CAUSE_USER) && is_shortly_before(cause, own);
	return of->told || (of->wrapped && is_shortly_before(cause, of->sequence));
}

/*
 * A cause names a record that came before: in its own ring, or ring 0's in ring 3's, of whose
 * records ring -1 has by then taken all that can be meant.
 */
static inline bool cause_can_be(const struct guest_ring *ring, const struct trace_record *record,
                                enum trace_stream stream, const struct expected *expected)
{
	u32 cause = ((const struct trace_thread_exit *)(const void *)record)->cause;
	u32 own = expected->sequence;

	if (stream == STREAM_USER)
		return cause & CAUSE_USER &&
		       (cause < (own | CAUSE_USER) || is_excused(ring, stream, cause, own));
	return likely(cause < (cause & CAUSE_USER ? expected->user : own & ~CAUSE_USER)) ||
	       is_excused(ring, stream, cause, own);
}

/*
 * Checks one record with `left` bytes to the end, a head's at least, and makes its head true. Returns
 * its size, 0 if bad. (An event that there is not is none of the guest's streams.)
 */
static inline u64 check_record(const struct guest_ring *ring, struct trace_record *record,
                               enum trace_stream stream, u64 left, const struct expected *expected)
{
	if (record->id >= TRACE_EVENT_IDS)
		return 0;
	const struct trace_event_shape *shape = &trace_event_shapes[record->id];
	if (shape->stream != stream || shape->bytes > left || record->tsc < expected->newest ||
	    record->tsc > expected->now || record->sequence != expected->sequence ||
	    !cause_can_be(ring, record, stream, expected))
		return 0;
	((u32 *)(void *)record)[2] = shape->head; /* id, tier and phase */
	return shape->bytes;
}

/* Checks from `at` on to `end`: where the first bad one is, or `end`. `expected` goes along. */
static inline __attribute__((always_inline)) u8 *check_all(const struct guest_ring *ring, u8 *at,
                                                           const u8 *end, enum trace_stream stream,
                                                           struct expected *expected)
{
	/* Four records come with every system call: what changes with each stays in registers. */
	struct expected next = *expected;

	for (u64 left; (left = (u64)(end - at)) >= sizeof(struct trace_record);) {
		struct trace_record *record = (void *)at;
		u64 size = check_record(ring, record, stream, left, &next);
		if (!size)
			break;
		next.newest = record->tsc;
		next.sequence++;
		at += size;
	}
	*expected = next;
	return at;
}

bool guest_ring_take(struct guest_ring *ring, enum trace_stream stream, u64 bytes, u64 now)
{
	struct trace_ring *copy = ring->copy;
	u8 *to = copy->data + copy->write;
	u8 *end = to + bytes;
	struct expected expected = {ring->newest, now, ring->sequence,
	                            (ring->user ? ring->user->sequence : 0) | CAUSE_USER};

	memcpy(to, ring->shared->data + ring->read, bytes);
	ring->read += bytes;
	ring->shared->read = ring->read;
	if (stream == STREAM_USER)
		to = check_all(ring, to, end, STREAM_USER, &expected);
	else
		to = check_all(ring, to, end, STREAM_KERNEL, &expected);
	ring->wrapped |= expected.sequence < ring->sequence || expected.sequence & CAUSE_USER;
	ring->newest = copy->newest = expected.newest;
	ring->sequence = copy->sequence = expected.sequence;
	copy->write = (u64)(to - copy->data);
	return to == end;
}
