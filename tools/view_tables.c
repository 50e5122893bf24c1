/* The panel of numbers: rings, VM exits, system calls, processes, as many as fit side by side. */
#include <string.h>

#include "tools/decode.h"
#include "tools/names.h"
#include "tools/view.h"

#define RING_COLUMNS  40u
#define TABLE_COLUMNS 38u
#define GAP           2u
#define TABLES        3u
#define TOP_ROWS      8u

/* A number in so many columns, the first of them empty: with commas, or where that does not fit in k, M ... */
static void add_figure(struct line *line, int columns, u64 number)
{
	static const char units[] = " kMGTP";
	struct line text;
	u32 unit = 0;

	line_clear(&text);
	line_add_number(&text, number);
	while (text.used >= (size_t)columns && units[++unit]) {
		number /= 1000;
		line_clear(&text);
		line_add_number(&text, number);
		line_add(&text, "%c", units[unit]);
	}
	line_add(line, "%*s", columns, text.text);
}

/* "12 %" of a whole, with a decimal where there is room; "-" of nothing. */
static void add_share(struct line *line, int columns, u64 part, u64 whole)
{
	if (whole)
		line_add(line, "%*.*f %%", columns - 2, columns > 7,
		         (double)part * 100 / (double)whole);
	else
		line_add(line, "%*s", columns, "-");
}

static u64 sum(const u64 values[TRACE_STREAMS])
{
	u64 total = 0;

	for (u32 i = 0; i < TRACE_STREAMS; i++)
		total += values[i];
	return total;
}

/* The sample that lies a second back, or the oldest there is. */
static const struct view_sample *second_ago(const struct view *view)
{
	return &view->samples[view->sampled < VIEW_SAMPLES ? 0 : view->sampled % VIEW_SAMPLES];
}

static void add_rate(struct line *line, const struct view *view, u32 stream)
{
	const struct view_sample *then = second_ago(view);
	u64 passed = view->now.milliseconds - then->milliseconds;

	if (passed && !view->ended[0])
		add_figure(line, 9,
		           (view->now.events[stream] - then->events[stream]) * 1000 / passed);
	else
		line_add(line, "%9s", "-");
}

static void draw_rings(const struct view *view, const struct view_canvas *canvas, u32 row)
{
	const struct view_sample *then = second_ago(view);
	u64 whole = sum(view->now.time), recent = view->ended[0] ? 0 : whole - sum(then->time);
	struct line line;

	view_put(canvas, row++, 1, RING_COLUMNS, PAINT_BOLD,
	         "rings      events    per s last s  whole");
	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		u32 stream = lane_order[i];

		line_clear(&line);
		line_add(&line, "%-8s", tier_name(stream));
		add_figure(&line, 9, view->now.events[stream]);
		add_rate(&line, view, stream);
		add_share(&line, 7, view->now.time[stream] - then->time[stream], recent);
		add_share(&line, 7, view->now.time[stream], whole);
		view_put(canvas, row++, 1, RING_COLUMNS, PAINT_TIER + stream, line.text);
	}
	line_clear(&line);
	line_add(&line, "%-26s%7s", "of it idle (HLT)", "");
	add_share(&line, 7, view->waiting, whole);
	view_put(canvas, row, 1, RING_COLUMNS, PAINT_DIM, line.text);
}

/* The places of the greatest ticks, then counts; returns how many. */
static u32 top_of(const struct view_count *counts, u32 room, u32 wanted, u32 top[TOP_ROWS])
{
	u32 found = 0;

	for (u32 i = 0; i < room; i++) {
		u32 at = found;

		if (!counts[i].count)
			continue;
		for (; at && counts[top[at - 1]].ticks < counts[i].ticks; at--)
			if (at < wanted)
				top[at] = top[at - 1];
		if (at < wanted)
			top[at] = i;
		found += found < wanted;
	}
	return found;
}

static void add_name(struct line *line, u32 columns, const char *name)
{
	if (text_columns(name) > columns)
		line_add(line, "%.*s…", (int)columns - 1, name);
	else
		line_add(line, "%-*s", (int)columns, name);
}

static void draw_counts(const struct view *view, const struct view_canvas *canvas, u32 row,
                        u32 column, bool calls)
{
	const struct view_count *counts = calls ? view->calls : view->exits;
	u32 rows = view_table_rows(view), top[TOP_ROWS];
	u32 found = top_of(counts, calls ? VIEW_CALLS : VIEW_REASONS, rows, top);
	struct line line, name;

	line_clear(&line);
	line_add(&line, "%-13s%7s%10s%8s", calls ? "system calls" : "VM exits", "count",
	         view->described && !info_in_ticks(&view->info) ? "ns" : "ticks", "avg");
	view_put(canvas, row++, column, TABLE_COLUMNS, PAINT_BOLD, line.text);
	for (u32 i = 0; i < found; i++) {
		const struct view_count *count = &counts[top[i]];

		line_clear(&line);
		line_clear(&name);
		if (calls)
			decode_syscall_name(&name, top[i]);
		else
			decode_reason(&name, top[i]);
		add_name(&line, 13, name.text);
		add_figure(&line, 7, count->count);
		add_figure(&line, 10, ticks_to_unit(&view->info, count->ticks));
		add_figure(&line, 8, ticks_to_unit(&view->info, count->ticks / count->count));
		view_put(canvas, row++, column, TABLE_COLUMNS, PAINT_PLAIN, line.text);
	}
	if (!found)
		view_put(canvas, row, column, TABLE_COLUMNS, PAINT_DIM, "none so far");
}

/* Those with the most time, whichever ring it was in. */
static void draw_processes(const struct view *view, const struct view_canvas *canvas, u32 row,
                           u32 column)
{
	struct view_count times[VIEW_PROCESSES];
	u32 top[TOP_ROWS], found;
	u64 whole = sum(view->now.time);
	struct line line, name;

	for (u32 i = 0; i < view->process_count; i++)
		times[i] = (struct view_count){1, sum(view->processes[i].ticks)};
	found = top_of(times, view->process_count, view_table_rows(view), top);
	view_put(canvas, row++, column, TABLE_COLUMNS, PAINT_BOLD,
	         "processes       ring 3  ring 0 ring -1");
	for (u32 i = 0; i < found; i++) {
		const struct view_process *process = &view->processes[top[i]];

		line_clear(&line);
		line_clear(&name);
		line_add_text(&name, process->name[0] ? process->name : "(kernel)", NAME_BYTES);
		if (process->pid == UINT32_MAX)
			line_add(&line, "   - ");
		else
			line_add(&line, "%4u ", process->pid);
		add_name(&line, 9, name.text);
		for (u32 lane = 0; lane < TRACE_STREAMS; lane++)
			add_share(&line, 8, process->ticks[lane_order[lane]], whole);
		view_put(canvas, row++, column, TABLE_COLUMNS, PAINT_PLAIN, line.text);
	}
	if (!found)
		view_put(canvas, row, column, TABLE_COLUMNS, PAINT_DIM, "none so far");
}

void view_draw_tables(const struct view *view, const struct view_canvas *canvas, u32 row)
{
	u32 fit = (view->columns - RING_COLUMNS) / (TABLE_COLUMNS + GAP);

	draw_rings(view, canvas, row);
	for (u32 i = 0; i < fit && i < TABLES; i++) {
		u32 table = (view->table + i) % TABLES;
		u32 column = RING_COLUMNS + GAP + i * (TABLE_COLUMNS + GAP);

		if (table == 2)
			draw_processes(view, canvas, row, column);
		else
			draw_counts(view, canvas, row, column, table == 1);
	}
}
