#include <stdio.h>
#include <string.h>

#include "tools/names.h"
#include "tools/trace.h"

/*
 * Which comes first of records stamped alike: a guest's interval begins with the stamp of the
 * transition that led to it.
 */
static const u8 turns[EVENT_LIMIT] = {
#define EVENT(number, name, tier, phase, text)                                                     \
	[number] = (number) == EVENT_vm_entry            ? 0                                       \
	           : (number) == EVENT_user_leave        ? 1                                       \
	           : (int)STREAM_##tier == STREAM_KERNEL ? 2                                       \
	           : (number) == EVENT_user_enter        ? 3                                       \
	                                                 : 4,
#define FIELD(type, name, display, text)
#define TEXT(name, bytes, text)
#define END(name)
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
};

static inline struct trace_due due_of(const struct trace_record *record, u32 stream)
{
	return (struct trace_due){record->tsc, (u32)turns[record->id] << 8 | stream};
}

static inline bool is_before(struct trace_due one, struct trace_due other)
{
	return one.tsc != other.tsc ? one.tsc < other.tsc : one.turn < other.turn;
}

static void forget_due(struct trace_cursor *cursor)
{
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		cursor->due[stream] = (struct trace_due){UINT64_MAX, DUE_NEVER};
	cursor->until = (struct trace_due){0};
}

void cursor_start(struct trace_cursor *cursor, const struct trace *trace)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->trace = trace;
	forget_due(cursor);
}

void cursor_start_unchecked(struct trace_cursor *cursor, struct trace *trace, struct error *damage)
{
	cursor_start(cursor, trace);
	damage->text[0] = 0;
	cursor->unchecked = trace;
	cursor->damage = damage;
}

/* Whether there is one more packet, checked. */
static bool has_packet(struct trace_cursor *cursor, u32 stream)
{
	const struct trace_stream_data *data = &cursor->trace->streams[stream];

	while (cursor->unchecked && cursor->packet[stream] == data->count)
		if (cursor->damage->text[0] ||
		    !trace_check_next(cursor->unchecked, stream, trace_keep_first, cursor->damage))
			break;
	if (cursor->unchecked && cursor->damage->text[0])
		return false;
	return cursor->packet[stream] < data->count;
}

/* Goes on to the next packet that has records; false if there is none. */
static bool open_packet(struct trace_cursor *cursor, u32 stream)
{
	const struct trace_stream_data *data = &cursor->trace->streams[stream];

	do {
		const struct packet_view *packet;

		if (!has_packet(cursor, stream))
			return false;
		packet = &data->packets[cursor->packet[stream]++];
		cursor->next[stream] = (const u8 *)packet->head + sizeof(*packet->head);
		cursor->end[stream] = packet->end;
		if (cursor->unchecked)
			continue; /* checking has moved on there */
		trace_move(data, &cursor->dropped[stream], packet->head);
		if (cursor->trace->passed)
			cursor->trace->passed(cursor->trace->passed_context,
			                      (size_t)(packet->head->packet_size / 8));
	} while (cursor->next[stream] == cursor->end[stream]);
	return true;
}

static inline const struct trace_record *peek(struct trace_cursor *cursor, u32 stream)
{
	if (cursor->next[stream] == cursor->end[stream] && !open_packet(cursor, stream))
		return NULL;
	return (const void *)cursor->next[stream];
}

static inline void advance(struct trace_cursor *cursor, u32 stream,
                           const struct trace_record *record)
{
	cursor->next[stream] += event_kinds[record->id].size;
}

const struct trace_record *cursor_next_of(struct trace_cursor *cursor, u32 stream)
{
	const struct trace_record *record = peek(cursor, stream);

	forget_due(cursor);
	if (record)
		advance(cursor, stream, record);
	return record;
}

/* Chooses among all streams; remembers how long that choice holds. False if all are at their end. */
static bool choose(struct trace_cursor *cursor)
{
	const struct trace_due never = {UINT64_MAX, DUE_NEVER};
	struct trace_due first = never, second = never;
	bool dry = false;

	cursor->due[cursor->latest] = never;
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		struct trace_due *due = &cursor->due[stream];

		if (due->turn == DUE_NEVER) {
			const struct trace_record *record = peek(cursor, stream);

			dry |= !record;
			*due = record ? due_of(record, stream) : never;
		}
		if (is_before(*due, first)) {
			second = first;
			first = *due;
			cursor->latest = stream;
		} else if (is_before(*due, second)) {
			second = *due;
		}
	}
	/* What comes to a stream that has nothing now may be due at once. */
	cursor->until = dry && cursor->trace->grows ? (struct trace_due){0} : second;
	return first.turn != DUE_NEVER;
}

const struct trace_record *cursor_next(struct trace_cursor *cursor, u64 limit)
{
	u32 latest = cursor->latest;
	const struct trace_record *record = (const void *)cursor->next[latest];

	if (cursor->next[latest] == cursor->end[latest] ||
	    !is_before(due_of(record, latest), cursor->until)) {
		if (!choose(cursor))
			return NULL;
		latest = cursor->latest;
		record = (const void *)cursor->next[latest];
	}
	if (record->tsc > limit)
		return NULL;
	advance(cursor, latest, record);
	return record;
}
