#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/decode.h"
#include "tools/lanes.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

/* Columns of the lanes, from the left; narrow ones leave ring -1 half of an old terminal. */
static const unsigned widths[2][TRACE_STREAMS] = {
	{[STREAM_USER] = 20, [STREAM_KERNEL] = 36, [STREAM_HYPERVISOR] = 0},
	{[STREAM_USER] = 8, [STREAM_KERNEL] = 8, [STREAM_HYPERVISOR] = 0}};

#define NARROW_COLUMNS 120 /* of a terminal on which the wide lanes would be broken */

static const u32 order[TRACE_STREAMS] = {STREAM_USER, STREAM_KERNEL, STREAM_HYPERVISOR};

static const char *const colours[TRACE_STREAMS] = {
	[STREAM_USER] = "\033[32m", [STREAM_KERNEL] = "\033[33m", [STREAM_HYPERVISOR] = "\033[36m"};

#define COLOUR_OFF "\033[0m"
#define COLOUR_DIM "\033[2m"

#define GLYPH_BEGIN "┌"
#define GLYPH_END   "└"
#define GLYPH_POINT "·"
#define GLYPH_RUNS  "│"
#define GLYPH_WAITS "┆"

struct lanes_style lanes_style_for(FILE *out)
{
	const char *no = getenv("NO_COLOR");
	struct winsize size;

	if (!isatty(fileno(out)))
		return (struct lanes_style){0};
	return (struct lanes_style){
		.colour = !(no && *no),
		.narrow = !ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col &&
	                  size.ws_col < NARROW_COLUMNS,
	};
}

u64 ticks_to_unit(const struct trace_info *info, u64 ticks)
{
	if (info_in_ticks(info))
		return ticks;
	return (u64)((unsigned __int128)ticks * 1000000000u / info->tsc_hz);
}

void lanes_start(struct lanes *lanes, FILE *out, const struct lanes_style *style,
                 const struct trace_info *info)
{
	bool ticks = info_in_ticks(info);

	memset(lanes, 0, sizeof(*lanes));
	lanes->out = out;
	lanes->style = *style;
	lanes->info = info;
	tracker_start(&lanes->tracker, info->bare, info->tsc_begin);
	fprintf(out, "# `%s` on %s%s, %s\n", info->command, info->engine,
	        info->bare ? " without ring -1" : "",
	        info->processor[0] ? info->processor : "an unnamed processor");
	fprintf(out, "# time and [durations] in %s\n", info_unit_text(info));
	fprintf(out, "# " GLYPH_BEGIN " begins  " GLYPH_END " ends [after so long]  " GLYPH_POINT
	             " happens  " GLYPH_RUNS " open and running  " GLYPH_WAITS
	             " open, but another ring runs\n");
	fprintf(out, "%14s  %4s  ", ticks ? "ticks" : "ns", "pid");
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		fprintf(out, "%-*s%s", (int)widths[style->narrow][order[i]], tier_name(order[i]),
		        i == TRACE_STREAMS - 1 ? "\n" : "");
}

/* Columns that UTF-8 text takes. */
static unsigned columns(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

/* Open intervals in a lane, around the event if it is in that lane. */
static u32 bars_in(const struct lanes *lanes, u32 lane, const struct track_step *step)
{
	const struct tracker *tracker = &lanes->tracker;
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

static void add_bars(struct line *line, u32 count, bool runs)
{
	while (count--)
		line_add(line, "%s ", runs ? GLYPH_RUNS : GLYPH_WAITS);
}

static u32 process_of(const struct lanes *lanes, u32 pid)
{
	const struct process_track *thread = tracker_process(&lanes->tracker, pid);

	return thread ? thread->process : pid;
}

static void add_event(const struct lanes *lanes, struct line *line, const struct track_step *step)
{
	u8 phase = event_kinds[step->record->id].phase;

	line_add(line, "%s ",
	         phase == PHASE_BEGIN ? GLYPH_BEGIN
	         : phase == PHASE_END ? GLYPH_END
	                              : GLYPH_POINT);
	if (step->record->id == EVENT_user_enter && process_of(lanes, step->pid) != step->pid)
		line_add(line, "thread %u of process %u runs", step->pid,
		         process_of(lanes, step->pid));
	else
		decode_record(line, step->record, step->begin);
	/* Not the guest's stay that an exit ends: that is no interval of ring -1. */
	if (phase == PHASE_END && step->begin) {
		line_add(line, " [");
		line_add_number(line, ticks_to_unit(lanes->info, step->duration));
		line_add(line, "]");
	}
}

/* One lane's cell; the last cell of a line gets no blanks behind it. */
static void add_lane(const struct lanes *lanes, struct line *line, u32 lane,
                     const struct line *cell, bool own, bool last)
{
	unsigned width = widths[lanes->style.narrow][lane];
	unsigned taken = columns(cell->text);

	if (lanes->style.colour && cell->used)
		line_add(line, "%s%s%s", own ? colours[lane] : COLOUR_DIM, cell->text, COLOUR_OFF);
	else
		line_add(line, "%s", cell->text);
	if (!last)
		line_add(line, "%*s", taken < width ? (int)(width - taken) : 2, "");
}

static void add_head(const struct lanes *lanes, struct line *line, const struct track_step *step)
{
	u64 begin = lanes->info->tsc_begin;
	u64 ticks = step->record->tsc > begin ? step->record->tsc - begin : 0;
	struct line time;

	line_clear(&time);
	line_add_number(&time, ticks_to_unit(lanes->info, ticks));
	if (step->pid)
		line_add(line, "%14s  %4u  ", time.text, step->pid);
	else
		line_add(line, "%14s  %4s  ", time.text, "-");
}

/* The last lane that has anything in this line. */
static u32 last_lane(const struct lanes *lanes, const struct track_step *step)
{
	for (u32 i = TRACE_STREAMS; i-- > 1;)
		if (event_kinds[step->record->id].stream == order[i] ||
		    bars_in(lanes, order[i], step))
			return i;
	return 0;
}

/* The whole line as things stand now; `words` instead of the event's own if not NULL. */
static void render(const struct lanes *lanes, const struct track_step *step, const char *words,
                   struct line *line)
{
	u32 own = event_kinds[step->record->id].stream;
	u32 last = last_lane(lanes, step);

	line_clear(line);
	add_head(lanes, line, step);
	for (u32 i = 0; i <= last; i++) {
		bool runs = order[i] == own || tracker_tier(&lanes->tracker) == order[i];
		struct line cell;

		line_clear(&cell);
		add_bars(&cell, bars_in(lanes, order[i], step), runs);
		if (order[i] == own && words)
			line_add(&cell, "%s", words);
		else if (order[i] == own)
			add_event(lanes, &cell, step);
		add_lane(lanes, line, order[i], &cell, order[i] == own, i == last);
	}
}

static void put(const struct lanes *lanes, const struct line *line)
{
	fprintf(lanes->out, "%s\n", line->text);
}

static void flush_fold(struct lanes *lanes)
{
	struct line *line = &lanes->held_prefix;
	bool colour = lanes->style.colour;

	if (lanes->held_count == 1) {
		put(lanes, &lanes->held_exit);
		put(lanes, &lanes->held_entry);
	} else if (lanes->held_count) {
		line_add(line, "%s" GLYPH_POINT " %llu exits ",
		         colour ? colours[STREAM_HYPERVISOR] : "",
		         (unsigned long long)lanes->held_count);
		decode_reason(line, lanes->held_reason);
		line_add(line, " [");
		line_add_number(line, ticks_to_unit(lanes->info, lanes->held_time));
		line_add(line, "]%s", colour ? COLOUR_OFF : "");
		put(lanes, line);
	}
	lanes->held_count = 0;
	lanes->held_time = 0;
}

static void fold_exit(struct lanes *lanes, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->record;

	if (lanes->held_count && exit->reason != lanes->held_reason)
		flush_fold(lanes);
	if (!lanes->held_count)
		render(lanes, step, "", &lanes->held_prefix);
	render(lanes, step, NULL, &lanes->open_exit);
	lanes->held_reason = exit->reason;
	lanes->held_open = true;
}

/* True: the step is kept back, being part of a row of exits of one reason. */
static bool fold(struct lanes *lanes, const struct track_step *step)
{
	if (step->record->id == EVENT_vm_exit && !lanes->held_open) {
		fold_exit(lanes, step);
		return true;
	}
	if (step->record->id == EVENT_vm_entry && lanes->held_open) {
		lanes->held_open = false;
		if (!lanes->held_count) {
			lanes->held_exit = lanes->open_exit;
			render(lanes, step, NULL, &lanes->held_entry);
		}
		lanes->held_count++;
		lanes->held_time += step->duration;
		return true;
	}
	flush_fold(lanes);
	/* An exit that something else follows before its entry stands alone. */
	if (lanes->held_open)
		put(lanes, &lanes->open_exit);
	lanes->held_open = false;
	return false;
}

static bool of_a_map(const struct trace_record *record)
{
	return record->id == EVENT_memory_range || record->id == EVENT_ept_range;
}

/* A map is hundreds of records, and a table of its own tells more: here it is one line. */
static void flush_map(struct lanes *lanes)
{
	struct track_step step = {
		.record = &lanes->map_last, .pid = lanes->map_writer, .depth = lanes->map_depth};
	struct line words = {0}, line;

	if (!lanes->map_last.id)
		return;
	if (lanes->map_last.id == EVENT_ept_range)
		line_add(&words, GLYPH_POINT " EPT maps");
	else
		line_add(&words, GLYPH_POINT " memory map of %llu process%s,",
		         (unsigned long long)lanes->map_processes,
		         lanes->map_processes == 1 ? "" : "es");
	line_add(&words, " %llu range%s (ringscope map)", (unsigned long long)lanes->map_ranges,
	         lanes->map_ranges == 1 ? "" : "s");
	render(lanes, &step, words.text, &line);
	put(lanes, &line);
	lanes->map_last.id = 0;
	lanes->map_ranges = lanes->map_processes = lanes->map_pid = 0;
}

static void count_map(struct lanes *lanes, const struct track_step *step)
{
	const struct trace_memory_range *range = (const void *)step->record;

	lanes->map_last = *step->record;
	lanes->map_writer = step->pid;
	lanes->map_depth = step->depth;
	lanes->map_ranges++;
	if (step->record->id == EVENT_memory_range && range->process != lanes->map_pid) {
		lanes->map_pid = range->process;
		lanes->map_processes++;
	}
}

/* The line stands where the map is through, so that no later one says an earlier time. */
static bool map_is_through(struct lanes *lanes, const struct track_step *step)
{
	u32 id = step->record->id;
	bool through =
		lanes->map_last.id == EVENT_memory_range
			? track_ends_snapshot(step, lanes->map_writer)
			: event_kinds[id].stream == STREAM_HYPERVISOR && id != EVENT_ept_range;

	if (lanes->map_last.id && through)
		lanes->map_last.tsc = step->record->tsc;
	return lanes->map_last.id && through;
}

static bool machinery(const struct trace_record *record)
{
	return record->id == EVENT_feature || record->id == EVENT_protection ||
	       record->id == EVENT_trace_drain || record->id == EVENT_capability ||
	       record->id == EVENT_vmcs_field;
}

void lanes_record(struct lanes *lanes, const struct trace_record *record)
{
	struct track_step step;
	struct line line;

	tracker_step(&lanes->tracker, record, &step);
	if (map_is_through(lanes, &step)) {
		flush_fold(lanes);
		flush_map(lanes);
	}
	if (of_a_map(record) && !lanes->style.all) {
		count_map(lanes, &step);
		return;
	}
	if (machinery(record) && !lanes->style.all) {
		lanes->hidden++;
		return;
	}
	if (lanes->style.fold && fold(lanes, &step))
		return;
	render(lanes, &step, NULL, &line);
	put(lanes, &line);
}

void lanes_end(struct lanes *lanes)
{
	flush_fold(lanes);
	flush_map(lanes);
	if (lanes->held_open)
		put(lanes, &lanes->open_exit);
	if (lanes->hidden)
		fprintf(lanes->out,
		        "# %llu events of the machinery itself (features, protections, trace "
		        "writing) not shown: --all\n",
		        (unsigned long long)lanes->hidden);
	tracker_stop(&lanes->tracker);
}
