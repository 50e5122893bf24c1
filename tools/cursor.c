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

static trace_key key_of(const struct trace_record *record, u32 stream)
{
	return (trace_key)record->tsc << 16 | (u32)turns[record->id] << 8 | stream;
}

void cursor_start(struct trace_cursor *cursor, const struct trace *trace)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->trace = trace;
}

void cursor_start_unchecked(struct trace_cursor *cursor, struct trace *trace, struct error *damage)
{
	cursor_start(cursor, trace);
	damage->text[0] = 0;
	cursor->unchecked = trace;
	cursor->damage = damage;
}

static void note_damage(void *context, enum trace_part part, const char *sentence)
{
	struct error *damage = context;

	(void)part;
	if (!damage->text[0])
		snprintf(damage->text, sizeof(damage->text), "%s", sentence);
}

/* Whether there is one more packet, checked. */
static bool has_packet(struct trace_cursor *cursor, u32 stream)
{
	const struct trace_stream_data *data = &cursor->trace->streams[stream];

	while (cursor->unchecked && cursor->packet[stream] == data->count)
		if (cursor->damage->text[0] ||
		    !trace_check_next(cursor->unchecked, stream, note_damage, cursor->damage))
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

	cursor->until = 0;
	if (record)
		advance(cursor, stream, record);
	return record;
}

/* Chooses among all streams; remembers how long that choice holds. */
static const struct trace_record *choose(struct trace_cursor *cursor)
{
	const struct trace_record *first = NULL;
	trace_key least = 0;
	bool dry = false;

	cursor->until = ~(trace_key)0;
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		const struct trace_record *record = peek(cursor, stream);
		trace_key key = record ? key_of(record, stream) : 0;

		dry |= !record;
		if (record && (!first || key < least)) {
			cursor->until = first ? least : cursor->until;
			cursor->latest = stream;
			first = record;
			least = key;
		} else if (record && key < cursor->until) {
			cursor->until = key;
		}
	}
	/* What comes there next may be due at once. */
	if (dry && cursor->trace->grows)
		cursor->until = 0;
	return first;
}

const struct trace_record *cursor_next(struct trace_cursor *cursor, u64 limit)
{
	u32 latest = cursor->latest;
	const struct trace_record *record = (const void *)cursor->next[latest];

	if (cursor->next[latest] == cursor->end[latest] || key_of(record, latest) >= cursor->until)
		record = choose(cursor);
	if (!record || record->tsc > limit)
		return NULL;
	advance(cursor, cursor->latest, record);
	return record;
}
