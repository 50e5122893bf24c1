/*
 * A trace as lines of system calls, in the manner of strace -f -tt -T -y: one call a line, or two
 * where another thread's line came between, with what it cost; and beneath it the exits, faults and
 * switches that it caused. Promise: the same records give the same text, and memory is bounded.
 */
#ifndef TOOLS_STRACE_LINES_H
#define TOOLS_STRACE_LINES_H

#include <stdio.h>

#include "tools/call_filter.h"
#include "tools/call_summary.h"
#include "tools/calls.h"
#include "tools/selection.h"

struct strace_style {
	struct call_style call;
	struct call_filter filter;
	struct selection selection; /* settled; by its process, and the call's begin and length */
	enum witness witness;
	bool children; /* what calls caused, beneath them */
	bool failed;   /* only calls that failed */
	bool summary;  /* the table instead of the lines */
	bool colour;
};

struct nest;

struct strace {
	FILE *out;
	struct strace_style style;
	const struct trace_info *info;
	struct tracker tracker;
	struct track_step step;
	struct calls calls;
	struct call_summary summary;
	struct nest *nests;         /* what open calls caused, by their slots */
	const struct call *pending; /* the call whose line is not written yet */
	bool any;                   /* the trace tells of calls at all */
	u32 status;                 /* what the last exit call said */
	u32 seen[64];               /* ring -1's view: by cr3, the slot of the latest call, and 1 */
};

void strace_start(struct strace *strace, FILE *out, const struct strace_style *style,
                  const struct trace_info *info);
void strace_record(struct strace *strace, const struct trace_record *record);
void strace_end(struct strace *strace);

#endif
