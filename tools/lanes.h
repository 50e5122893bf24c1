/*
 * Draws a run as three lanes, one event a line, each in the lane of its ring: what `timeline`
 * prints and `run` shows live. Promise: the same records give the same text, and a line says all
 * about its event without the lines around it.
 */
#ifndef TOOLS_LANES_H
#define TOOLS_LANES_H

#include <stdio.h>

#include "tools/lanes_row.h"
#include "tools/selection.h"

/* Who gets rows in the place of a file: the view, or a tail. */
struct lanes_listener {
	void (*row)(void *context, const struct lane_row *row, const char *words);
	/* every step, shown or not, with the tracker behind it; or NULL */
	void (*step)(void *context, const struct tracker *tracker, const struct track_step *step);
	void *context;
};

struct lanes_style {
	bool colour;
	bool narrow;                           /* for a terminal of few columns */
	bool all;                              /* the machinery's own events too */
	bool fold;                             /* exits of one reason in a row as one line */
	const struct selection *selection;     /* settled; NULL: everything */
	const struct lanes_listener *listener; /* NULL: lines go to `out` */
};

/* A row that is held back. */
struct lanes_held {
	struct lane_row row;
	struct line words;
};

struct lanes {
	FILE *out;
	struct lanes_style style;
	const struct trace_info *info;
	struct tracker tracker;
	u64 hidden; /* events of the machinery */
	u64 other;  /* events that are not selected */
	/* a row of exits of one reason that is being folded */
	u32 held_reason;
	u64 held_count; /* finished exits */
	u64 held_time;
	bool held_open;               /* one more exit without its entry yet */
	struct lanes_held open_exit;  /* its line */
	struct lanes_held held_exit;  /* the first exit's line */
	struct lanes_held held_entry; /* the first entry's line */
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

/* Gives out what is held back, being part of a row so far. */
void lanes_flush(struct lanes *lanes);
void lanes_end(struct lanes *lanes);

/* The legend and the lanes' names, which lanes_start prints unless a listener gets the rows. */
void lanes_print_head(const struct lanes *lanes);

#endif
