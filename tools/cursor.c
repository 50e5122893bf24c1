#include <string.h>

#include "tools/names.h"
#include "tools/trace.h"

void cursor_start(struct trace_cursor *cursor, const struct trace *trace)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->trace = trace;
}

static const struct trace_record *peek(struct trace_cursor *cursor, u32 stream)
{
	const struct trace_stream_data *data = &cursor->trace->streams[stream];

	while (cursor->next[stream] == cursor->end[stream]) {
		const struct packet_view *packet;

		if (cursor->packet[stream] == data->count)
			return NULL;
		packet = &data->packets[cursor->packet[stream]++];
		cursor->next[stream] = (const u8 *)packet->head + sizeof(*packet->head);
		cursor->end[stream] = packet->end;
	}
	return (const void *)cursor->next[stream];
}

static void advance(struct trace_cursor *cursor, u32 stream, const struct trace_record *record)
{
	cursor->next[stream] += event_kinds[record->id].size;
}

const struct trace_record *cursor_next_of(struct trace_cursor *cursor, u32 stream)
{
	const struct trace_record *record = peek(cursor, stream);

	if (record)
		advance(cursor, stream, record);
	return record;
}

/*
 * Which comes first of records stamped alike: a guest's interval begins with the stamp of the
 * transition that led to it.
 */
static unsigned rank(const struct trace_record *record)
{
	switch (record->id) {
	case EVENT_vm_entry:
		return 0;
	case EVENT_user_leave:
		return 1;
	case EVENT_user_enter:
		return 3;
	default:
		return event_kinds[record->id].stream == STREAM_KERNEL ? 2 : 4;
	}
}

const struct trace_record *cursor_next(struct trace_cursor *cursor, u64 limit)
{
	const struct trace_record *first = NULL;
	u32 chosen = 0;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		const struct trace_record *record = peek(cursor, stream);

		if (!record || record->tsc > limit)
			continue;
		if (!first || record->tsc < first->tsc ||
		    (record->tsc == first->tsc && rank(record) < rank(first))) {
			first = record;
			chosen = stream;
		}
	}
	if (first)
		advance(cursor, chosen, first);
	return first;
}
