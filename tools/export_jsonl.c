/*
 * JSON lines: a record each, its fields as the table of events has them. Numbers that have names are
 * told by name, addresses and bit patterns as strings in hexadecimal.
 */

#include "tools/export.h"
#include "tools/json.h"
#include "tools/lanes.h"
#include "tools/names.h"

/* A field's name; every object has a field before. */
static void put_key(FILE *out, const char *name)
{
	export_words(out, ",\"");
	export_words(out, name);
	export_words(out, "\":");
}

static void put_named(FILE *out, const char *name, u64 number)
{
	if (name)
		json_string(out, name);
	else
		export_number(out, number);
}

static void put_hex(FILE *out, u64 number)
{
	putc_unlocked('"', out);
	export_hex(out, number);
	putc_unlocked('"', out);
}

/* Which record opened an interval. */
static void put_interval(FILE *out, u32 cause)
{
	if (cause == CAUSE_NONE) {
		export_words(out, "null");
		return;
	}
	export_words(out, cause & CAUSE_USER ? "{\"tier\":3,\"sequence\":"
	                                     : "{\"tier\":0,\"sequence\":");
	export_number(out, cause & ~CAUSE_USER);
	putc_unlocked('}', out);
}

/* Of an exit reason whose upper bits are set the name is not the whole. */
static void put_reason(FILE *out, u32 reason)
{
	if (reason >> 16)
		put_hex(out, reason);
	else
		put_named(out, reason_name(reason), reason);
}

static void put_text(FILE *out, const char *text, size_t size)
{
	while (size && !text[size - 1])
		size--;
	json_bytes(out, text, size);
}

#define NUMBER_u32 export_number
#define NUMBER_u64 export_number
#define NUMBER_s32 export_signed
#define NUMBER_s64 export_signed

#define PUT_DEC(type, value)     NUMBER_##type(out, value)
#define PUT_HEX(type, value)     put_hex(out, value)
#define PUT_REASON(type, value)  put_reason(out, value)
#define PUT_SYSCALL(type, value) put_named(out, syscall_name(value), value)
#define PUT_VECTOR(type, value)  export_number(out, value)
#define PUT_SIGNAL(type, value)  put_named(out, signal_name(value), value)
#define PUT_GATE(type, value)    put_named(out, gate_name(value), value)
#define PUT_OUTCOME(type, value) put_named(out, outcome_name(value), value)
#define PUT_STREAM(type, value)                                                                    \
	put_named(out, (value) < TRACE_STREAMS ? tier_name(value) : NULL, value)
#define PUT_INTERVAL(type, value) put_interval(out, value)

/* What stands in a field of HIDDEN is nobody's. */
#define SHOWN_DEC               true
#define SHOWN_HEX               true
#define SHOWN_REASON            true
#define SHOWN_SYSCALL           true
#define SHOWN_VECTOR            true
#define SHOWN_SIGNAL            true
#define SHOWN_GATE              true
#define SHOWN_OUTCOME           true
#define SHOWN_STREAM            true
#define SHOWN_INTERVAL          true
#define SHOWN_HIDDEN            false
#define PUT_HIDDEN(type, value) (void)0

/* put_vm_exit and so on. */
#define EVENT(number, name, tier, phase, text)                                                     \
	static void put_##name(FILE *out, const struct trace_##name *record)                       \
	{
#define FIELD(type, name, display, text)                                                           \
	if (SHOWN_##display) {                                                                     \
		put_key(out, #name);                                                               \
		PUT_##display(type, record->name);                                                 \
	}
#define TEXT(name, bytes, sentence)                                                                \
	put_key(out, #name);                                                                       \
	put_text(out, record->name, bytes);
#define END(name) }
TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END

static void put_fields(FILE *out, const struct trace_record *record)
{
	switch (record->id) {
#define EVENT(number, name, tier, phase, text)                                                     \
	case number:                                                                               \
		put_##name(out, (const void *)record);                                             \
		break;
#define FIELD(type, name, display, text)
#define TEXT(name, bytes, sentence)
#define END(name)
		TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
	default:
		break;
	}
}

static const char *const phases[] = {"instant", "begin", "end"};
static const char *const tiers[TRACE_STREAMS] = {
#define TIER(name, ring, stream, text) [stream] = #ring,
	TRACE_TIERS(TIER)
#undef TIER
};

static void put_head(const struct export *export, const char *unit)
{
	const struct trace_record *record = export->step.record;
	const struct event_kind *kind = &event_kinds[record->id];
	FILE *out = export->out;

	export_words(out, "{\"tsc\":");
	export_number(out, record->tsc);
	put_key(out, "time");
	export_number(out, export_time(export, record->tsc));
	put_key(out, "unit");
	export_words(out, unit);
	put_key(out, "tier");
	export_words(out, tiers[kind->stream]);
	put_key(out, "event");
	putc_unlocked('"', out);
	export_words(out, kind->name);
	export_words(out, "\",\"phase\":\"");
	export_words(out, phases[kind->phase]);
	export_words(out, "\",\"sequence\":");
	export_number(out, record->sequence);
}

/* What the record means in the run. Those of ring -1 do not say themselves whose time it is. */
static void put_meaning(const struct export *export)
{
	const struct track_step *step = &export->step;
	const struct process_track *thread = tracker_process(&export->tracker, step->pid);
	FILE *out = export->out;

	if (event_kinds[step->record->id].stream == STREAM_HYPERVISOR) {
		put_key(out, "pid");
		export_number(out, step->pid);
	}
	put_key(out, "process");
	if (thread && thread->name)
		json_text(out, thread->name, NAME_BYTES);
	else
		export_words(out, "null");
	if (step->begin) {
		put_key(out, "duration");
		export_number(out, ticks_to_unit(&export->trace->info, step->duration));
	}
}

void *jsonl_start(struct export *export)
{
	return export;
}

void jsonl_step(void *state)
{
	const struct export *export = state;

	put_head(export, info_in_ticks(&export->trace->info) ? "\"ticks\"" : "\"ns\"");
	put_fields(export->out, export->step.record);
	put_meaning(export);
	export_words(export->out, "}\n");
}

void jsonl_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	(void)state, (void)end, (void)lost; /* gaps show in the records' own numbers */
}
