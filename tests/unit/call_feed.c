#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/call_feed.h"
#include "tools/names.h"

void feed_start(struct feed *feed, enum witness witness)
{
	memset(feed, 0, sizeof(*feed));
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		feed->info.events[i] = UINT32_MAX;
	tracker_start(&feed->tracker, true, 0);
	calls_start(&feed->calls, witness, &feed->info);
}

void feed_stop(struct feed *feed)
{
	calls_stop(&feed->calls);
	tracker_stop(&feed->tracker);
	while (feed->count)
		free(feed->records[--feed->count]);
}

void feed_record(struct feed *feed, u16 id, const void *record)
{
	const struct event_kind *kind = &event_kinds[id];
	struct trace_record *copy = malloc(kind->size);

	assert(copy && feed->count < FEED_LIMIT);
	memcpy(copy, record, kind->size);
	copy->tsc = feed->now += 10;
	memcpy(&copy->id, &kind->head, sizeof(kind->head));
	copy->sequence = feed->sequence[kind->stream]++;
	feed->records[feed->count++] = copy;
	tracker_step(&feed->tracker, copy, &feed->step);
	calls_step(&feed->calls, &feed->tracker, &feed->step);
}

void feed_call(struct feed *feed, u32 pid, u32 number, const u64 arguments[6])
{
	FEED(feed, syscall_entry, .pid = pid, .number = number, .arg0 = arguments[0],
	     .arg1 = arguments[1], .arg2 = arguments[2], .arg3 = arguments[3], .arg4 = arguments[4],
	     .arg5 = arguments[5]);
}

void feed_text(struct feed *feed, u32 pid, u32 argument, const void *text, u32 bytes, u32 whole)
{
	struct trace_syscall_text record = {
		.pid = pid, .argument = argument, .bytes = bytes, .whole = whole};

	memcpy(record.text, text, bytes < sizeof(record.text) ? bytes : sizeof(record.text));
	feed_record(feed, EVENT_syscall_text, &record);
}

const struct call *feed_return(struct feed *feed, u32 pid, u32 number, s64 result)
{
	FEED(feed, syscall_exit, .pid = pid, .number = number, .result = result);
	return calls_ended(&feed->calls);
}
