/*
 * Draws a run as three lanes, one event a line, each in the lane of its ring: what `timeline`
 * prints and `run` shows live. Promise: the same records give the same text, and a line says all
 * about its event without the lines around it.
 */
#ifndef TOOLS_LANES_H
#define TOOLS_LANES_H

#include <stdio.h>

#include "tools/line.h"
#include "tools/tracker.h"

struct lanes_style {
	bool colour;
	bool narrow; /* for a terminal of few columns */
	bool all;    /* the machinery's own events too */
	bool fold;   /* exits of one reason in a row as one line */
};

struct lanes {
	FILE *out;
	struct lanes_style style;
	const struct trace_info *info;
	struct tracker tracker;
	u64 hidden;
	/* a row of exits of one reason that is being folded */
	u32 held_reason;
	u64 held_count; /* finished exits */
	u64 held_time;
	bool held_open;          /* one more exit without its entry yet */
	struct line open_exit;   /* its line */
	struct line held_exit;   /* the first exit's line */
	struct line held_entry;  /* the first entry's line */
	struct line held_prefix; /* what stands before the row's own words */
	/* a memory map that is being counted */
	struct trace_record map_last; /* its latest record's head; id 0: none */
	u32 map_writer, map_depth;    /* the thread that writes it, in so many intervals */
	u32 map_pid;
	u64 map_ranges;
	u64 map_processes;
};

/* Colour only where a person looks, and not against NO_COLOR; lanes that fit the terminal. */
struct lanes_style lanes_style_for(FILE *out);

void lanes_start(struct lanes *lanes, FILE *out, const struct lanes_style *style,
                 const struct trace_info *info);
void lanes_record(struct lanes *lanes, const struct trace_record *record);
void lanes_end(struct lanes *lanes);

/* A span of ticks in the trace's unit: ticks as they are, or nanoseconds. */
u64 ticks_to_unit(const struct trace_info *info, u64 ticks);

#endif
