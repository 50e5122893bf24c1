#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/decode.h"
#include "tools/lanes.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

#define NARROW_COLUMNS 120 /* of a terminal on which the wide lanes would be broken */

struct lanes_style lanes_style_for(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)))
		return (struct lanes_style){0};
	return (struct lanes_style){
		.colour = lines_coloured(out),
		.narrow = !ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col &&
	                  size.ws_col < NARROW_COLUMNS,
	};
}

void lanes_print_head(const struct lanes *lanes)
{
	const struct selection *selection = lanes->style.selection;
	const struct trace_info *info = lanes->info;
	FILE *out = lanes->out;
	struct line shown;

	fprintf(out, "# `%s` on %s%s, %s\n", info->command, info->engine,
	        info->bare ? " without ring -1" : "",
	        info->processor[0] ? info->processor : "an unnamed processor");
	fprintf(out, "# ring 3: programs, ring 0: guest kernel, ring -1: hypervisor; one event a "
	             "line, in its ring's lane\n");
	fprintf(out, "# time and [durations] in %s\n", info_unit_text(info));
	fprintf(out, "# " GLYPH_BEGIN " begins  " GLYPH_END " ends [after so long]  " GLYPH_POINT
	             " happens  " GLYPH_SEEN " as ring -1 saw it itself\n");
	fprintf(out,
	        "# " GLYPH_RUNS " open and running  " GLYPH_WAITS " open, but another ring runs\n");
	line_clear(&shown);
	if (selection)
		selection_describe(&shown, selection);
	if (shown.used)
		fprintf(out, "# only %s\n", shown.text);
	fprintf(out, "%14s  %4s  ", info_in_ticks(info) ? "ticks" : "ns", "pid");
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		fprintf(out, "%-*s%s", (int)lane_width(lanes->style.narrow, lane_order[i]),
		        tier_name(lane_order[i]), i == TRACE_STREAMS - 1 ? "\n" : "");
}

void lanes_start(struct lanes *lanes, FILE *out, const struct lanes_style *style,
                 const struct trace_info *info)
{
	memset(lanes, 0, sizeof(*lanes));
	lanes->out = out;
	lanes->style = *style;
	lanes->info = info;
	/* Who names events wants to see them, the machinery's too. */
	if (style->selection && style->selection->events && style->selection->events[0] != '-')
		lanes->style.all = true;
	tracker_start(&lanes->tracker, info->bare, info->tsc_begin);
	if (!style->listener)
		lanes_print_head(lanes);
}

static void put(const struct lanes *lanes, const struct lane_row *row, const char *words)
{
	const struct lanes_listener *listener = lanes->style.listener;
	struct line line;

	if (listener) {
		listener->row(listener->context, row, words);
		return;
	}
	row_format(&line, row, words, lanes->style.narrow, lanes->style.colour);
	fprintf(lanes->out, "%s\n", line.text);
}

static void put_held(const struct lanes *lanes, const struct lanes_held *held)
{
	put(lanes, &held->row, held->words.text);
}

static void hold(const struct lanes *lanes, const struct track_step *step, struct lanes_held *held)
{
	line_clear(&held->words);
	row_fill(&held->row, lanes->info, &lanes->tracker, step);
	row_words(&held->words, lanes->info, &lanes->tracker, step);
}

static void put_fold(const struct lanes *lanes)
{
	struct lane_row row = lanes->held_exit.row;
	struct line words;

	line_clear(&words);
	line_add(&words, GLYPH_POINT " %llu exits ", (unsigned long long)lanes->held_count);
	decode_reason(&words, lanes->held_reason);
	line_add(&words, " [");
	line_add_number(&words, ticks_to_unit(lanes->info, lanes->held_time));
	line_add(&words, "]");
	put(lanes, &row, words.text);
}

static void flush_fold(struct lanes *lanes)
{
	if (lanes->held_count == 1) {
		put_held(lanes, &lanes->held_exit);
		put_held(lanes, &lanes->held_entry);
	} else if (lanes->held_count) {
		put_fold(lanes);
	}
	lanes->held_count = 0;
	lanes->held_time = 0;
}

static void fold_exit(struct lanes *lanes, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->record;

	if (lanes->held_count && exit->reason != lanes->held_reason)
		flush_fold(lanes);
	hold(lanes, step, &lanes->open_exit);
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
			hold(lanes, step, &lanes->held_entry);
		}
		lanes->held_count++;
		lanes->held_time += step->duration;
		return true;
	}
	flush_fold(lanes);
	/* An exit that something else follows before its entry stands alone. */
	if (lanes->held_open)
		put_held(lanes, &lanes->open_exit);
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
	struct line words = {0};
	struct lane_row row;

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
	row_fill(&row, lanes->info, &lanes->tracker, &step);
	put(lanes, &row, words.text);
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

/* Whether this step is left out, and counts as that. */
static bool left_out(struct lanes *lanes, const struct track_step *step)
{
	const struct selection *selection = lanes->style.selection;

	if (selection && !selection_has(selection, &lanes->tracker, step)) {
		lanes->other++;
		return true;
	}
	if (!machinery(step->record) || lanes->style.all)
		return false;
	lanes->hidden++;
	return true;
}

void lanes_record(struct lanes *lanes, const struct trace_record *record)
{
	const struct lanes_listener *listener = lanes->style.listener;
	struct lanes_held now;
	struct track_step step;

	tracker_step(&lanes->tracker, record, &step);
	if (listener && listener->step)
		listener->step(listener->context, &lanes->tracker, &step);
	if (map_is_through(lanes, &step)) {
		flush_fold(lanes);
		flush_map(lanes);
	}
	if (left_out(lanes, &step))
		return;
	if (of_a_map(record) && !lanes->style.all) {
		count_map(lanes, &step);
		return;
	}
	if (lanes->style.fold && fold(lanes, &step))
		return;
	hold(lanes, &step, &now);
	put_held(lanes, &now);
}

static void print_left_out(const struct lanes *lanes)
{
	if (lanes->hidden)
		fprintf(lanes->out,
		        "# %llu events of the machinery itself (features, protections, trace "
		        "writing) not shown: --all\n",
		        (unsigned long long)lanes->hidden);
	if (lanes->style.selection && !lanes->style.selection->everything)
		fprintf(lanes->out, "# %llu events not selected\n",
		        (unsigned long long)lanes->other);
}

void lanes_flush(struct lanes *lanes)
{
	flush_fold(lanes);
	flush_map(lanes);
	if (lanes->held_open)
		put_held(lanes, &lanes->open_exit);
	lanes->held_open = false;
}

void lanes_end(struct lanes *lanes)
{
	lanes_flush(lanes);
	if (!lanes->style.listener)
		print_left_out(lanes);
	tracker_stop(&lanes->tracker);
}
