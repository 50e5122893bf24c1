/*
 * The one pass over a trace that all formats are written in.
 */
#include <string.h>

#include "tools/export.h"
#include "tools/lanes.h"
#include "tools/names.h"

static const struct export_format formats[] = {
#define FORMAT(name, sort, about) {#name, about, sort, name##_start, name##_step, name##_end},
	EXPORT_FORMATS(FORMAT)
#undef FORMAT
};

const struct export_format *export_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

u64 export_time(const struct export *export, u64 tsc)
{
	const struct trace_info *info = &export->trace->info;

	return ticks_to_unit(info, tsc > info->tsc_begin ? tsc - info->tsc_begin : 0);
}

/* Where each stream is, to see gaps in its numbers. */
struct progress {
	u32 next[TRACE_STREAMS];
	u64 last[TRACE_STREAMS];
	u64 missing[TRACE_STREAMS];
};

static void find_loss(struct export *export, struct progress *progress,
                      const struct trace_record *record)
{
	u32 stream = event_kinds[record->id].stream;
	u32 gap = record->sequence - progress->next[stream];

	export->loss = (struct export_loss){gap, progress->last[stream], stream};
	if (gap)
		tracker_lose(&export->tracker, stream);
	progress->missing[stream] += gap;
	progress->next[stream] = record->sequence + 1;
	progress->last[stream] = record->tsc;
}

/* Follows the run up to where the export begins. */
static const struct trace_record *skip(struct export *export, struct progress *progress,
                                       struct trace_cursor *cursor, u64 first)
{
	const struct trace_record *record;

	export->guest_ran = export->trace->info.bare;
	while ((record = cursor_next(cursor, UINT64_MAX)) && record->tsc < first) {
		find_loss(export, progress, record);
		tracker_step(&export->tracker, record, &export->step);
		export->guest_ran |= record->id == EVENT_vm_entry;
	}
	export->step = (struct track_step){0};
	return record;
}

static void finish(struct export *export, const struct progress *progress,
                   const struct export_format *format, void *state, u64 last)
{
	struct export_loss lost[TRACE_STREAMS] = {0};
	u64 end = export->trace->info.tsc_end;

	tracker_end(&export->tracker, end < last ? end : last);
	for (u32 i = 0; i < TRACE_STREAMS && last >= end; i++) {
		u64 all = trace_lost(export->trace, i);

		if (all > progress->missing[i])
			lost[i] = (struct export_loss){all - progress->missing[i],
			                               progress->last[i], i};
	}
	format->end(state, export->tracker.last, lost);
}

void export_trace(FILE *out, const struct trace *trace, const struct export_format *format,
                  const struct selection *selection)
{
	static struct export export;
	struct progress progress = {0};
	const struct trace_record *record;
	struct trace_cursor cursor;
	void *state;

	export = (struct export){.out = out, .trace = trace, .begin = trace->info.tsc_begin};
	if (selection->first > export.begin)
		export.begin = selection->first;
	tracker_start(&export.tracker, trace->info.bare, trace->info.tsc_begin);
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		progress.last[i] = trace->info.tsc_begin;
	cursor_start(&cursor, trace);
	record = skip(&export, &progress, &cursor, selection->first);
	state = format->start(&export);
	for (; record && record->tsc <= selection->last && !ferror(out);
	     record = cursor_next(&cursor, UINT64_MAX)) {
		find_loss(&export, &progress, record);
		tracker_step(&export.tracker, record, &export.step);
		if (format->sort != EXPORT_RECORDS ||
		    selection_has(selection, &export.tracker, &export.step))
			format->step(state);
	}
	finish(&export, &progress, format, state, selection->last);
	tracker_stop(&export.tracker);
}
