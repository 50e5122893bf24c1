/*
 * CSV: a row a record, the same columns for all; what only some records have is in words in the last.
 */
#include "tools/decode.h"
#include "tools/export.h"
#include "tools/json.h"
#include "tools/lanes.h"
#include "tools/names.h"

static const char header[] = "tsc,time,unit,tier,event,phase,sequence,pid,process,cause,duration,"
			     "detail\r\n";

static const char *const phases[] = {"instant", "begin", "end"};
static const char *const tiers[TRACE_STREAMS] = {
#define TIER(name, ring, stream, text) [stream] = #ring,
	TRACE_TIERS(TIER)
#undef TIER
};

static void put_number(FILE *out, u64 number)
{
	export_number(out, number);
	putc_unlocked(',', out);
}

static void put_words(FILE *out, const char *words)
{
	export_words(out, words);
	putc_unlocked(',', out);
}

/* The tier and the number of the record that opened the interval: "3:17". */
static void put_cause(FILE *out, const struct trace_record *record)
{
	u32 cause = CAUSE_NONE;

	if (event_kinds[record->id].stream != STREAM_HYPERVISOR)
		cause = ((const struct trace_thread_exit *)record)->cause;
	if (cause != CAUSE_NONE) {
		export_words(out, cause & CAUSE_USER ? "3:" : "0:");
		export_number(out, cause & ~CAUSE_USER);
	}
	putc_unlocked(',', out);
}

void *csv_start(struct export *export)
{
	export_words(export->out, header);
	return export;
}

void csv_step(void *state)
{
	const struct export *export = state;
	const struct track_step *step = &export->step;
	const struct trace_record *record = step->record;
	const struct event_kind *kind = &event_kinds[record->id];
	const struct process_track *thread = tracker_process(&export->tracker, step->pid);
	const struct trace_info *info = &export->trace->info;
	struct line line = {0};
	FILE *out = export->out;

	put_number(out, record->tsc);
	put_number(out, export_time(export, record->tsc));
	put_words(out, info_in_ticks(info) ? "ticks" : "ns");
	put_words(out, tiers[kind->stream]);
	put_words(out, kind->name);
	put_words(out, phases[kind->phase]);
	put_number(out, record->sequence);
	put_number(out, step->pid);
	if (thread && thread->name)
		line_add_text(&line, thread->name, NAME_BYTES);
	csv_field(out, line.text);
	putc_unlocked(',', out);
	put_cause(out, record);
	if (step->begin)
		export_number(out, ticks_to_unit(info, step->duration));
	putc_unlocked(',', out);
	line_clear(&line);
	decode_record(&line, record, step->begin);
	csv_field(out, line.text);
	export_words(out, "\r\n");
}

void csv_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	(void)state, (void)end, (void)lost; /* gaps show in the records' own numbers */
}
