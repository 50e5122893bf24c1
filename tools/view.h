/*
 * The full-screen view without a screen: rows, records, program output and keys go in, painted
 * pieces of text for a terminal of any size come out. Pure, so that a test sees what a person does;
 * tools/screen.c puts it on a terminal.
 */
#ifndef TOOLS_VIEW_H
#define TOOLS_VIEW_H

#include "tools/lanes.h"
#include "tools/tail.h"

#define VIEW_LINES     100000u /* that can be scrolled back to */
#define VIEW_REASONS   128u
#define VIEW_CALLS     1024u
#define VIEW_PROCESSES 256u
#define VIEW_OUTPUT    16u /* lines of the program's output in the pane */
#define VIEW_COLUMNS   80u /* the smallest terminal */
#define VIEW_ROWS      24u

#define VIEW_SAMPLE_MILLISECONDS 100u
#define VIEW_SAMPLES             11u /* a second of them, and where it begins */

/* Keys that are no characters. */
enum view_key {
	KEY_VIEW_UP = 0x100,
	KEY_VIEW_DOWN,
	KEY_VIEW_PAGE_UP,
	KEY_VIEW_PAGE_DOWN,
	KEY_VIEW_HOME,
	KEY_VIEW_END,
	KEY_VIEW_ENTER,
	KEY_VIEW_ESCAPE,
	KEY_VIEW_ERASE,
};

enum view_paint {
	PAINT_PLAIN,
	PAINT_DIM,
	PAINT_BOLD,
	PAINT_BAR, /* the lines at top and bottom */
	PAINT_MATCH,
	PAINT_TIER, /* + a stream: that lane's own colour */
	PAINTS = PAINT_TIER + TRACE_STREAMS,
};

struct view_count {
	u64 count;
	u64 ticks;
};

struct view_process {
	u32 pid;
	char name[NAME_BYTES + 1];
	u64 ticks[TRACE_STREAMS];
};

/* The totals at a moment of the host's clock. */
struct view_sample {
	u64 milliseconds;
	u64 events[TRACE_STREAMS];
	u64 time[TRACE_STREAMS];
};

struct view {
	struct lanes_listener listener; /* for the lanes that feed it */
	struct trace_info info;
	bool described;
	/* numbers */
	struct view_sample now;
	u64 waiting; /* of ring -1's time: in HLT exits */
	struct view_sample samples[VIEW_SAMPLES];
	u64 sampled; /* how many ever */
	struct view_count exits[VIEW_REASONS];
	struct view_count calls[VIEW_CALLS];
	struct view_process processes[VIEW_PROCESSES];
	u32 process_count;
	u32 process; /* whose time it is: an index, or VIEW_PROCESSES */
	/* lines */
	struct tail tail;
	char output[VIEW_OUTPUT][256];
	u64 output_lines; /* the last may still grow */
	bool output_open; /* it does */
	/* what the user sees */
	u32 rows, columns;
	bool follows;               /* the last line is the newest */
	u64 bottom;                 /* else: the number behind the last line */
	bool hidden[TRACE_STREAMS]; /* rings whose lines are left out */
	u32 table;                  /* which table is next to that of the rings */
	bool help;
	bool typing; /* a search */
	char search[64];
	u64 match; /* the line that was found; UINT64_MAX: none */
	char message[80];
	char ended[128]; /* how the run did; empty: it goes on */
	bool quit;
};

void view_start(struct view *view);
void view_stop(struct view *view);

/* What the trace says of itself, once it is known. */
void view_describe(struct view *view, const struct trace_info *info);

/* What the program and the machine print. */
void view_output(struct view *view, const char *bytes, size_t size);

/* The host's time: rates are of the last second of it. */
void view_tick(struct view *view, u64 milliseconds);

/* Nothing more comes. */
void view_end(struct view *view, const char *sentence);

void view_resize(struct view *view, u32 rows, u32 columns);

/* A character or an enum view_key. */
void view_key(struct view *view, int key);

/* The numbers of the lines that are shown: at most `room`, oldest first; returns how many. */
u32 view_lines(const struct view *view, u64 *numbers, u32 room);

/* How many lines of the lanes fit, and how many of output. */
u32 view_lane_rows(const struct view *view);
u32 view_output_rows(const struct view *view);
u32 view_table_rows(const struct view *view);

/* Where the pieces of a picture go: `text` has no control characters and fits from `column` on. */
struct view_canvas {
	void (*put)(void *context, u32 row, u32 column, enum view_paint paint, const char *text);
	void *context;
};

void view_draw(const struct view *view, const struct view_canvas *canvas);

/* Puts text, cut to `width` columns, the last of them a "…" if it was. Columns written. */
u32 view_put(const struct view_canvas *canvas, u32 row, u32 column, u32 width,
             enum view_paint paint, const char *text);

/* The panel of numbers, from `row` on. */
void view_draw_tables(const struct view *view, const struct view_canvas *canvas, u32 row);

#endif
