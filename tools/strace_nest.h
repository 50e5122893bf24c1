/*
 * What a system call caused while it was open: VM exits, faults, interrupts, switches to other
 * threads, in their order. Exits of one kind in a row are one item. Bounded: of what does not fit,
 * the number and the time are kept.
 */
#ifndef TOOLS_STRACE_NEST_H
#define TOOLS_STRACE_NEST_H

#include <stdio.h>

#include "tools/tracker.h"

#define NEST_LIMIT   256u /* items of one call */
#define NEST_DEPTH   6u   /* intervals within each other */
#define NEST_SIGNALS 4u

struct nest_item {
	const struct trace_record
		*record;                /* vm_exit, or what opened the interval, or the instant */
	const struct trace_record *end; /* of an interval; NULL while it is open */
	u64 ticks;
	u32 count; /* exits */
	u32 depth;
};

struct nest {
	struct nest_item *items;
	size_t room;
	u32 count;
	u32 depth;
	u32 open[NEST_DEPTH]; /* intervals, by their items' numbers and 1; 0: it had no place */
	u64 left_out;
	u64 left_ticks;
	bool wanted; /* the call is, as far as its begin tells */
	bool shown;  /* its line has been begun */
	/* signals whose handlers are entered when the call has returned */
	const struct trace_signal_deliver *signals[NEST_SIGNALS];
	u32 signal_count;
};

/* Nothing is in it any more; what it has allocated, it keeps. */
void nest_clear(struct nest *nest);
void nest_free(struct nest *nest);

/* A VM exit that has ended so many ticks after it began. */
void nest_exit(struct nest *nest, const struct trace_vm_exit *exit, u64 ticks);

/* An interval of ring 0 within the call, or an instant. */
void nest_begin(struct nest *nest, const struct trace_record *record);
void nest_end(struct nest *nest, const struct trace_record *record, u64 ticks);
void nest_instant(struct nest *nest, const struct trace_record *record);

/* The thread has the processor again, which it had given away at `record`. */
void nest_resume(struct nest *nest, const struct trace_record *record);

/* One line an item; `before` and `after` stand around each (colours). Empties it. */
void nest_print(FILE *out, struct nest *nest, const struct trace_info *info, const char *before,
                const char *after);

#endif
