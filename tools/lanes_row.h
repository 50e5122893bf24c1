/*
 * One event as a line of three lanes: what stands in it, apart from how wide the lanes are. The
 * lanes print rows as text; the view keeps them and draws them to the size of the terminal.
 */
#ifndef TOOLS_LANES_ROW_H
#define TOOLS_LANES_ROW_H

#include "tools/line.h"
#include "tools/tracker.h"

#define LANE_COLOUR_OFF "\033[0m"

#define GLYPH_BEGIN "┌"
#define GLYPH_END   "└"
#define GLYPH_POINT "·"
#define GLYPH_SEEN  "◦"
#define GLYPH_RUNS  "│"
#define GLYPH_WAITS "┆"

/* The rings from the left. */
extern const u32 lane_order[TRACE_STREAMS];

/* Columns of a lane; narrow ones leave ring -1 half of a terminal of 80. */
unsigned lane_width(bool narrow, u32 stream);

struct lane_row {
	u64 time; /* since the trace's begin, in its unit */
	u32 pid;  /* 0: of no thread */
	u32 own;  /* the stream whose lane the event is in */
	u32 bars[TRACE_STREAMS];
	bool runs[TRACE_STREAMS]; /* else the lane's open intervals wait for another ring */
};

/* What stands in a row for a step that the tracker has just made. */
void row_fill(struct lane_row *row, const struct trace_info *info, const struct tracker *tracker,
              const struct track_step *step);

/* The event in words, its glyph before them and behind them what an interval took. */
void row_words(struct line *words, const struct trace_info *info, const struct tracker *tracker,
               const struct track_step *step);

/* Adds a lane's cell: bars, and in its own lane the words. */
void row_cell(struct line *cell, const struct lane_row *row, u32 lane, const char *words);

/* The last place in lane_order that anything stands in. */
u32 row_last(const struct lane_row *row);

/* The whole line as text. */
void row_format(struct line *line, const struct lane_row *row, const char *words, bool narrow,
                bool colour);

/* Columns that UTF-8 text takes, every character one. */
unsigned text_columns(const char *text);

/* A span of ticks in the trace's unit: ticks as they are, or nanoseconds. */
u64 ticks_to_unit(const struct trace_info *info, u64 ticks);

#endif
