/*
 * The JSON of chrome://tracing: one object, an event a line. An arrow starts inside the slice that it
 * leaves and ends in the one that it leads to, at the time of the latter's begin.
 */
#include <stdlib.h>

#include "tools/export_counters.h"
#include "tools/json.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "tools/slices.h"

struct writer {
	const struct export *export;
	FILE *out;
	struct slicer *slicer;
	struct counters counters;
	struct labels labels;
	bool more; /* there was an event: the next needs a comma */
	u64 arrows;
};

/* The rings as threads of the processor, from the top. */
static const u32 threads[TRACE_STREAMS] = {
	[STREAM_USER] = 1, [STREAM_KERNEL] = 2, [STREAM_HYPERVISOR] = 3};

/* Microseconds with three decimals. */
static void put_time(FILE *out, u64 time)
{
	u64 rest = time % 1000;
	const char decimals[] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
	                         (char)('0' + rest % 10), 0};

	export_number(out, time / 1000);
	export_words(out, decimals);
}

static void begin_event(struct writer *writer, const char *phase, u32 thread)
{
	export_words(writer->out, writer->more ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
	export_words(writer->out, phase);
	export_words(writer->out, "\",\"pid\":0,\"tid\":");
	export_number(writer->out, thread);
	writer->more = true;
}

static void put_metadata(struct writer *writer, const char *what, u32 thread, const char *text,
                         u32 index)
{
	FILE *out = writer->out;

	begin_event(writer, "M", thread);
	fprintf(out, ",\"name\":\"%s\",\"args\":{", what);
	if (text) {
		export_words(out, "\"name\":");
		json_string(out, text);
	} else {
		fprintf(out, "\"sort_index\":%u", index);
	}
	export_words(out, "}}");
}

static void put_about(struct writer *writer)
{
	const struct trace_info *info = &writer->export->trace->info;
	const char *const texts[][2] = {{"time unit", info_unit_text(info)},
	                                {"engine", info->engine},
	                                {"processor", info->processor},
	                                {"command", info->command},
	                                {"witnesses", info->observe}};
	struct line name = {0};

	export_words(writer->out, "{\"displayTimeUnit\":\"ns\",\"otherData\":{");
	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		export_words(writer->out, i ? "," : "");
		json_string(writer->out, texts[i][0]);
		putc_unlocked(':', writer->out);
		json_string(writer->out, texts[i][1]);
	}
	export_words(writer->out, "},\"traceEvents\":[");
	line_add(&name, "vCPU 0");
	if (info_in_ticks(info))
		line_add(&name, " (what is shown as ns are %s)", info_unit_text(info));
	put_metadata(writer, "process_name", 0, name.text, 0);
	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		put_metadata(writer, "thread_name", threads[i], tier_name(i), 0);
		put_metadata(writer, "thread_sort_index", threads[i], NULL, threads[i]);
	}
}

/* An arrow's start ("s") or end ("f"); each arrow has one of either. */
static void put_arrow(struct writer *writer, const char *phase, u32 track, u64 time, u64 number)
{
	FILE *out = writer->out;

	begin_event(writer, phase, threads[track]);
	export_words(out, ",\"cat\":\"cause\",\"name\":\"cause\",\"ts\":");
	put_time(out, time);
	export_words(out, ",\"id\":");
	export_number(out, number);
	export_words(out, *phase == 'f' ? ",\"bp\":\"e\"}" : "}");
}

static void put_notes(struct writer *writer, const struct slice_event *slice)
{
	struct slice_note notes[SLICE_NOTES_LIMIT];
	u32 count = slice_notes(&writer->labels, slice, notes);
	FILE *out = writer->out;

	for (u32 i = 0; i < count; i++) {
		export_words(out, i ? ",\"" : ",\"args\":{\"");
		export_words(out, slice_note_name(notes[i].name));
		export_words(out, "\":");
		if (notes[i].text.text) {
			json_string(out, notes[i].text.text);
		} else if (notes[i].hex) {
			putc_unlocked('"', out);
			export_hex(out, notes[i].value);
			putc_unlocked('"', out);
		} else {
			export_number(out, notes[i].value);
		}
	}
	export_words(out, count ? "}" : "");
}

/* The event itself; of what is abandoned both ends of a slice, as no arrow can lead to an instant. */
static void put_event(struct writer *writer, const char *phase, const struct slice_event *slice)
{
	FILE *out = writer->out;

	begin_event(writer, phase, threads[slice->track]);
	export_words(out, ",\"cat\":\"");
	export_words(out, slice_category(slice->kind));
	export_words(out, "\",\"name\":");
	json_string(out, slice_label(&writer->labels, slice).text);
	export_words(out, ",\"ts\":");
	put_time(out, slice->time);
	if (*phase == 'i')
		export_words(out, ",\"s\":\"t\"");
	put_notes(writer, slice);
	putc_unlocked('}', out);
}

/*
 * The numbers of arrows here: links are even. Where many arrows start at one slice, each has an odd
 * number of its own.
 */
static void put_slice(void *context, const struct slice_event *slice)
{
	struct writer *writer = context;
	u64 outer = slice->outer ? ++writer->arrows * 2 + 1 : 0;
	bool abandoned = slice->kind == SLICE_ABANDONED;

	if (slice->phase == SLICE_ENDS) {
		if (slice->link)
			put_arrow(writer, "s", slice->track, slice->time, slice->link * 2);
		put_event(writer, "E", slice);
		return;
	}
	if (outer)
		put_arrow(writer, "s", slice->outer_track, slice->time, outer);
	put_event(writer, abandoned || slice->phase == SLICE_BEGINS ? "B" : "i", slice);
	if (outer)
		put_arrow(writer, "f", slice->track, slice->time, outer);
	if (slice->link)
		put_arrow(writer, "f", slice->track, slice->time, slice->link * 2);
	if (abandoned)
		put_event(writer, "E", slice);
}

static void put_counter(void *context, enum counter counter, u64 time, u64 value)
{
	struct writer *writer = context;
	FILE *out = writer->out;

	begin_event(writer, "C", 0);
	export_words(out, ",\"name\":");
	json_string(out, counter_name(counter));
	export_words(out, ",\"ts\":");
	put_time(out, time);
	export_words(out, ",\"args\":{\"value\":");
	export_number(out, value);
	export_words(out, "}}");
}

void *chrome_start(struct export *export)
{
	struct writer *writer = zeros(1, sizeof(*writer));

	writer->export = export;
	writer->out = export->out;
	put_about(writer);
	counters_start(&writer->counters, export, put_counter, writer);
	writer->slicer = slicer_start(export, put_slice, writer);
	return writer;
}

void chrome_step(void *state)
{
	struct writer *writer = state;

	slicer_step(writer->slicer);
	counters_step(&writer->counters);
}

void chrome_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	struct writer *writer = state;

	slicer_end(writer->slicer, end, lost);
	counters_end(&writer->counters, end);
	export_words(writer->out, "\n]}\n");
	labels_stop(&writer->labels);
	free(writer);
}
