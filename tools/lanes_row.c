#include <string.h>

#include "tools/decode.h"
#include "tools/lanes_row.h"
#include "tools/names.h"

static const unsigned widths[2][TRACE_STREAMS] = {
	{[STREAM_USER] = 20, [STREAM_KERNEL] = 36, [STREAM_HYPERVISOR] = 0},
	{[STREAM_USER] = 8, [STREAM_KERNEL] = 8, [STREAM_HYPERVISOR] = 0}};

const u32 lane_order[TRACE_STREAMS] = {STREAM_USER, STREAM_KERNEL, STREAM_HYPERVISOR};

static const char *const colours[TRACE_STREAMS] = {
	[STREAM_USER] = "\033[32m", [STREAM_KERNEL] = "\033[33m", [STREAM_HYPERVISOR] = "\033[36m"};

#define COLOUR_DIM "\033[2m"

unsigned lane_width(bool narrow, u32 stream)
{
	return widths[narrow][stream];
}

u64 ticks_to_unit(const struct trace_info *info, u64 ticks)
{
	if (info_in_ticks(info))
		return ticks;
	return (u64)((unsigned __int128)ticks * 1000000000u / info->tsc_hz);
}

unsigned text_columns(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

/* Open intervals in a lane, around the event if it is in that lane. */
static u32 bars_in(const struct tracker *tracker, u32 lane, const struct track_step *step)
{
	const struct process_track *process;

	if (event_kinds[step->record->id].stream == lane)
		return lane == STREAM_KERNEL ? step->depth
		                             : lane == STREAM_USER && tracker->enter &&
		                                       step->record->id == EVENT_mark;
	switch (lane) {
	case STREAM_HYPERVISOR:
		return tracker->exit != NULL;
	case STREAM_USER:
		return tracker->user;
	default:
		process = tracker_process(tracker, tracker->pid);
		return process ? process->depth : 0;
	}
}

void row_fill(struct lane_row *row, const struct trace_info *info, const struct tracker *tracker,
              const struct track_step *step)
{
	u64 tsc = step->record->tsc;

	row->time = ticks_to_unit(info, tsc > info->tsc_begin ? tsc - info->tsc_begin : 0);
	row->pid = step->pid;
	row->own = event_kinds[step->record->id].stream;
	for (u32 lane = 0; lane < TRACE_STREAMS; lane++) {
		row->bars[lane] = bars_in(tracker, lane, step);
		row->runs[lane] = lane == row->own || tracker_tier(tracker) == lane;
	}
}

/* "process 3 (wc)": the words for who runs. */
static void add_runner(struct line *words, const struct tracker *tracker, u32 pid)
{
	const struct process_track *thread = tracker_process(tracker, pid);

	if (thread && thread->process != pid)
		line_add(words, "thread %u of process %u runs", pid, thread->process);
	else
		line_add(words, "process %u runs", pid);
	if (thread && thread->name) {
		line_add(words, " ");
		line_add_text(words, thread->name, NAME_BYTES);
	}
}

/* What an end is the end of, where its own words do not say. */
static void add_origin(struct line *words, const struct trace_record *end,
                       const struct trace_record *begin)
{
	const struct trace_page_fault_entry *fault = (const void *)begin;
	const struct trace_vm_exit *exit = (const void *)begin;
	struct line key;

	if (end->id == EVENT_page_fault_exit)
		line_add(words, " at 0x%llx", (unsigned long long)fault->address);
	if (end->id != EVENT_vm_entry)
		return;
	line_clear(&key);
	decode_exit_key(&key, exit->reason & 0xffffu, exit_key(exit));
	line_add(words, " after ");
	decode_reason(words, exit->reason);
	line_add(words, "%s%s", key.used ? " " : "", key.text);
}

static const char *glyph_of(const struct trace_record *record)
{
	switch (event_kinds[record->id].phase) {
	case PHASE_BEGIN:
		return GLYPH_BEGIN;
	case PHASE_END:
		return GLYPH_END;
	default:
		return record->id >= EVENT_seen_syscall && record->id <= EVENT_seen_text
		               ? GLYPH_SEEN
		               : GLYPH_POINT;
	}
}

static void add_ticks(struct line *words, const struct trace_info *info, u64 ticks)
{
	line_add_number(words, ticks_to_unit(info, ticks));
}

/* Where the time went, if not all of it to the ring itself. */
static void add_shares(struct line *words, const struct trace_info *info,
                       const struct track_step *step)
{
	const struct cost *cost = &step->cost;
	const char *before = ": ";
	u64 sum = 0;

	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		u32 lane = lane_order[i];

		sum += cost->ticks[lane];
		if (!cost->ticks[lane])
			continue;
		line_add(words, "%s", before);
		add_ticks(words, info, cost->ticks[lane]);
		line_add(words, " in %s", tier_name(lane));
		before = ", ";
	}
	if (cost->exits)
		line_add(words, " for %llu exit%s", (unsigned long long)cost->exits,
		         cost->exits == 1 ? "" : "s");
	if (step->duration > sum) {
		line_add(words, "%s", before);
		add_ticks(words, info, step->duration - sum);
		line_add(words, " while others ran");
	}
}

/* Whether an interval had more to it than its own ring's time. */
static bool is_shared(const struct track_step *step)
{
	u32 own = event_kinds[step->record->id].stream;

	return own != STREAM_HYPERVISOR &&
	       (step->cost.exits || step->duration > step->cost.ticks[own]);
}

void row_words(struct line *words, const struct trace_info *info, const struct tracker *tracker,
               const struct track_step *step)
{
	const struct trace_record *record = step->record;

	line_add(words, "%s ", glyph_of(record));
	if (record->id == EVENT_user_enter)
		add_runner(words, tracker, step->pid);
	else
		decode_record(words, record, step->begin);
	if (step->begin)
		add_origin(words, record, step->begin);
	/* Not the guest's stay that an exit ends: that is no interval of ring -1. */
	if (event_kinds[record->id].phase != PHASE_END || !step->begin)
		return;
	line_add(words, " [");
	add_ticks(words, info, step->duration);
	if (is_shared(step))
		add_shares(words, info, step);
	line_add(words, "]");
}

void row_cell(struct line *cell, const struct lane_row *row, u32 lane, const char *words)
{
	for (u32 i = 0; i < row->bars[lane]; i++)
		line_add(cell, "%s ", row->runs[lane] ? GLYPH_RUNS : GLYPH_WAITS);
	if (row->own == lane)
		line_add(cell, "%s", words);
}

u32 row_last(const struct lane_row *row)
{
	for (u32 i = TRACE_STREAMS; i-- > 1;)
		if (row->own == lane_order[i] || row->bars[lane_order[i]])
			return i;
	return 0;
}

/* One lane's cell; the last cell of a line gets no blanks behind it. */
static void add_lane(struct line *line, const struct line *cell, u32 lane, unsigned width,
                     bool colour, bool own)
{
	unsigned taken = text_columns(cell->text);

	if (colour && cell->used)
		line_add(line, "%s%s%s", own ? colours[lane] : COLOUR_DIM, cell->text,
		         LANE_COLOUR_OFF);
	else
		line_add(line, "%s", cell->text);
	if (width)
		line_add(line, "%*s", taken < width ? (int)(width - taken) : 2, "");
}

void row_format(struct line *line, const struct lane_row *row, const char *words, bool narrow,
                bool colour)
{
	u32 last = row_last(row);
	struct line time;

	line_clear(line);
	line_clear(&time);
	line_add_number(&time, row->time);
	if (row->pid)
		line_add(line, "%14s  %4u  ", time.text, row->pid);
	else
		line_add(line, "%14s  %4s  ", time.text, "-");
	for (u32 i = 0; i <= last; i++) {
		u32 lane = lane_order[i];
		struct line cell;

		line_clear(&cell);
		row_cell(&cell, row, lane, words);
		add_lane(line, &cell, lane, i == last ? 0 : widths[narrow][lane], colour,
		         lane == row->own);
	}
}
