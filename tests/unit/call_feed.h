/*
 * Feeds records one by one to a tracker and to tools/calls.c, for tests that look at the state in
 * between. Records live until feed_stop.
 */
#ifndef TESTS_CALL_FEED_H
#define TESTS_CALL_FEED_H

#include "tools/calls.h"

#define FEED_LIMIT 8192u

struct feed {
	struct trace_info info;
	struct tracker tracker;
	struct track_step step;
	struct calls calls;
	u64 now;
	u32 sequence[TRACE_STREAMS];
	void *records[FEED_LIMIT];
	u32 count;
};

void feed_start(struct feed *feed, enum witness witness);
void feed_stop(struct feed *feed);

/* A record whose payload is filled in; the head is made here, and time passes. */
void feed_record(struct feed *feed, u16 id, const void *record);

#define FEED(feed, name, ...)                                                                      \
	feed_record(feed, EVENT_##name, &(struct trace_##name){.record.id = 0, __VA_ARGS__})

/* A call as far as its texts; `text` NULL: none for argument `at`. */
void feed_call(struct feed *feed, u32 pid, u32 number, const u64 arguments[6]);
void feed_text(struct feed *feed, u32 pid, u32 argument, const void *text, u32 bytes, u32 whole);

/* The call returns: the call as it was put together, before it changes anything. */
const struct call *feed_return(struct feed *feed, u32 pid, u32 number, s64 result);

#define ARGUMENTS(...)                                                                             \
	(const u64[6])                                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

#endif
