/* The picture: title, numbers, lanes, output, keys. */
#include <string.h>

#include "tools/names.h"
#include "tools/view.h"

#define HEAD_COLUMNS 22u /* time and pid */
#define WIDE_COLUMNS 120u
#define MANY_ROWS    40u
#define TITLE_ROWS   1u
#define OTHER_ROWS   2u /* the lanes' names, the keys */

u32 view_table_rows(const struct view *view)
{
	return view->rows < MANY_ROWS ? 5 : 8;
}

u32 view_output_rows(const struct view *view)
{
	u64 room = view->rows < MANY_ROWS ? 3 : 6;

	return (u32)(view->output_lines < room ? view->output_lines : room);
}

/* The tables have a line of headings and an empty one below; output one above. */
u32 view_lane_rows(const struct view *view)
{
	u32 output = view_output_rows(view);

	return view->rows - TITLE_ROWS - OTHER_ROWS - (view_table_rows(view) + 2) -
	       (output ? output + 1 : 0);
}

/* Bytes of the first so many characters. */
static size_t prefix(const char *text, u32 columns)
{
	size_t at = 0;

	for (; text[at]; at++)
		if ((text[at] & 0xc0) != 0x80 && !columns--)
			break;
	return at;
}

u32 view_put(const struct view_canvas *canvas, u32 row, u32 column, u32 width,
             enum view_paint paint, const char *text)
{
	u32 taken = text_columns(text);
	struct line cut;

	if (!width || !taken)
		return 0;
	if (taken <= width) {
		canvas->put(canvas->context, row, column, paint, text);
		return taken;
	}
	line_clear(&cut);
	line_add(&cut, "%.*s…", (int)prefix(text, width - 1), text);
	canvas->put(canvas->context, row, column, paint, cut.text);
	return width;
}

/* A line in one paint from edge to edge, with words at its left and right ends. */
static void put_bar(const struct view *view, const struct view_canvas *canvas, u32 row,
                    const char *left, const char *right)
{
	u32 size = text_columns(right), room = view->columns - size - 1;
	u32 taken = text_columns(left) < room ? text_columns(left) : room - 1;
	struct line bar;

	line_clear(&bar);
	line_add(&bar, "%*s", (int)view->columns, "");
	canvas->put(canvas->context, row, 0, PAINT_BAR, bar.text);
	view_put(canvas, row, 0, taken, PAINT_BAR, left);
	view_put(canvas, row, view->columns - size, size, PAINT_BAR, right);
}

static void draw_title(const struct view *view, const struct view_canvas *canvas)
{
	struct line left, right;
	u64 events = 0;

	for (u32 i = 0; i < TRACE_STREAMS; i++)
		events += view->now.events[i];
	line_clear(&left);
	line_clear(&right);
	if (view->described) {
		line_add(&left, " ");
		line_add_text(&left, view->info.command, sizeof(view->info.command));
		line_add(&left, "  on ");
		line_add_text(&left, view->info.engine, sizeof(view->info.engine));
		line_add(&left, "%s", view->info.bare ? " without ring -1" : "");
	} else {
		line_add(&left, " Ringscope: the machine starts ...");
	}
	line_add_number(&right, events);
	line_add(&right, " events   %s ",
	         view->ended[0]  ? "ENDED"
	         : view->follows ? " LIVE"
	                         : "PAUSE");
	put_bar(view, canvas, 0, left.text, right.text);
}

static unsigned lane_columns(const struct view *view, u32 stream)
{
	return lane_width(view->columns < WIDE_COLUMNS, stream);
}

static void draw_lane_names(const struct view *view, const struct view_canvas *canvas, u32 row)
{
	u32 column = HEAD_COLUMNS;
	struct line head;

	line_clear(&head);
	line_add(&head, "%14s  %4s",
	         !view->described             ? ""
	         : info_in_ticks(&view->info) ? "ticks"
	                                      : "ns",
	         "pid");
	view_put(canvas, row, 0, HEAD_COLUMNS, PAINT_BOLD, head.text);
	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		u32 stream = lane_order[i];

		view_put(canvas, row, column, view->columns - column,
		         view->hidden[stream] ? PAINT_DIM : PAINT_TIER + stream, tier_name(stream));
		column += lane_columns(view, stream);
	}
}

static void draw_line(const struct view *view, const struct view_canvas *canvas, u32 at, u64 number)
{
	const struct tail_row *line = tail_row(&view->tail, number);
	const struct lane_row *row = &line->row;
	bool found = number == view->match;
	struct line text, time;
	u32 column = HEAD_COLUMNS;

	line_clear(&text);
	line_clear(&time);
	line_add_number(&time, row->time);
	line_add(&text, row->pid ? "%14s  %4u  " : "%14s     -  ", time.text, row->pid);
	view_put(canvas, at, 0, HEAD_COLUMNS, found ? PAINT_MATCH : PAINT_DIM, text.text);
	for (u32 i = 0; i <= row_last(row) && column < view->columns; i++) {
		u32 stream = lane_order[i];
		enum view_paint paint = stream == row->own ? PAINT_TIER + stream : PAINT_DIM;
		u32 taken;

		line_clear(&text);
		row_cell(&text, row, stream, line->words);
		taken = view_put(canvas, at, column, view->columns - column,
		                 found && stream == row->own ? PAINT_MATCH : paint, text.text);
		column +=
			taken < lane_columns(view, stream) ? lane_columns(view, stream) : taken + 2;
	}
}

static void draw_lanes(const struct view *view, const struct view_canvas *canvas, u32 row)
{
	u32 room = view_lane_rows(view), count;
	u64 numbers[room];

	draw_lane_names(view, canvas, row++);
	count = view_lines(view, numbers, room);
	for (u32 i = 0; i < count; i++)
		draw_line(view, canvas, row + i, numbers[i]);
	if (!count)
		view_put(canvas, row, 2, view->columns - 2, PAINT_DIM,
		         view->ended[0] ? "There are no lines." : "No events yet.");
}

static void draw_output(const struct view *view, const struct view_canvas *canvas)
{
	u32 count = view_output_rows(view), row = view->rows - 1 - count;
	struct line rule;

	if (!count)
		return;
	line_clear(&rule);
	line_add(&rule, "── output ");
	while (text_columns(rule.text) < view->columns)
		line_add(&rule, "─");
	view_put(canvas, row - 1, 0, view->columns, PAINT_DIM, rule.text);
	for (u32 i = 0; i < count; i++)
		view_put(canvas, row + i, 0, view->columns, PAINT_PLAIN,
		         view->output[(view->output_lines - count + i) % VIEW_OUTPUT]);
}

/* What the last line shows: a search that is typed, what there is to say, else keys and place. */
static void draw_keys(const struct view *view, const struct view_canvas *canvas)
{
	u64 first = tail_first(&view->tail), numbers[1];
	struct line left, right;

	line_clear(&left);
	line_clear(&right);
	if (view->typing)
		line_add(&left, " search: %s_", view->search);
	else if (view->message[0])
		line_add(&left, " %s", view->message);
	else if (view->ended[0])
		line_add(&left, " Ended: %s.", view->ended);
	else
		line_add(&left, " space %s", view->follows ? "pause" : "go on");
	if (!view->typing && !view->message[0])
		line_add(&left, view->ended[0] ? "  ? help  q quit"
		                               : "  / search  1 2 3 rings  tab tables  ? help  "
		                                 "q quit");
	if (view_lines(view, numbers, 1)) {
		line_add_number(&right, numbers[0] + 1 - first);
		line_add(&right, "/");
		line_add_number(&right, view->tail.count - first);
		line_add(&right, " ");
	}
	put_bar(view, canvas, view->rows - 1, left.text, right.text);
}

static void draw_help(const struct view *view, const struct view_canvas *canvas)
{
	static const char *const words[] = {
		"space          pause; again: go on with the newest line",
		"Up Down        a line back, a line on",
		"PgUp PgDn      a page back, a page on",
		"Home End       the oldest line that is kept, the newest",
		"/              search the lines back from here; Enter ends the words",
		"n N            what was searched: further back, further on",
		"1 2 3          leave out ring 3, ring 0, ring -1, and show it again",
		"tab            other tables: VM exits, calls, processes",
		"q              leave the view; a run goes on, Ctrl-C ends it",
		"",
		"┌ begins   └ ends [after so long]   · happens   ◦ as ring -1 saw it itself",
		"│ open and running   ┆ open, but another ring runs",
		"The last 100,000 lines are kept; the trace keeps all.",
		"Output is shown as it comes, and printed whole when the view ends.",
	};
	_Static_assert(VIEW_LINES == 100000, "the help says how many");

	view_put(canvas, 2, 2, view->columns - 2, PAINT_BOLD, "Keys");
	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		view_put(canvas, 4 + i, 2, view->columns - 2, PAINT_PLAIN, words[i]);
	view_put(canvas, 5 + ARRAY_SIZE(words), 2, view->columns - 2, PAINT_DIM,
	         "Any key goes back.");
}

void view_draw(const struct view *view, const struct view_canvas *canvas)
{
	draw_title(view, canvas);
	draw_keys(view, canvas);
	if (view->help) {
		draw_help(view, canvas);
		return;
	}
	view_draw_tables(view, canvas, TITLE_ROWS);
	draw_lanes(view, canvas, TITLE_ROWS + view_table_rows(view) + 2);
	draw_output(view, canvas);
}
