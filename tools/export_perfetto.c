/*
 * Perfetto's protobuf (perfetto.proto): packet by packet, each name once. One track a ring beneath
 * one for the processor, and the curves behind them.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/export_counters.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "tools/perfetto.pb-c.h"
#include "tools/slices.h"

#define SEQUENCE      1u /* all packets are of one */
#define STARTS_ANEW   1u
#define NEEDS_NAMES   2u
#define PACKET_BYTES  8192u /* of the largest: a few numbers and three lines */
#define UUID_VCPU     1u    /* tracks: the processor's own, a ring's, a curve's */
#define UUID_RING     2u
#define UUID_COUNTER  (UUID_RING + TRACE_STREAMS)
#define INTERNED_HERE 3u /* names that one packet can bring along */

struct writer {
	const struct export *export;
	struct slicer *slicer;
	struct counters counters;
	struct labels labels;
	bool begun;
	u8 bytes[PACKET_BYTES];
};

/* From the top, as they lie on one another. */
static const u32 ranks[TRACE_STREAMS] = {
	[STREAM_USER] = 0, [STREAM_KERNEL] = 1, [STREAM_HYPERVISOR] = 2};

/* Whether it refers to names that were given before. */
static bool has_names(const Perfetto__TrackEvent *event)
{
	return event->has_name_iid || event->n_category_iids || event->n_debug_annotations;
}

static void put(struct writer *writer, Perfetto__TracePacket *packet)
{
	Perfetto__Trace trace = PERFETTO__TRACE__INIT;

	packet->has_trusted_packet_sequence_id = 1;
	packet->trusted_packet_sequence_id = SEQUENCE;
	packet->has_sequence_flags = !packet->track_event || has_names(packet->track_event);
	packet->sequence_flags = NEEDS_NAMES | (writer->begun ? 0 : STARTS_ANEW);
	packet->has_first_packet_on_sequence = packet->first_packet_on_sequence = !writer->begun;
	writer->begun = true;
	trace.n_packet = 1;
	trace.packet = &packet;
	fwrite_unlocked(writer->bytes, 1, perfetto__trace__pack(&trace, writer->bytes),
	                writer->export->out);
}

static void put_track(struct writer *writer, Perfetto__TrackDescriptor *track, u64 uuid,
                      const char *name)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	track->has_uuid = 1;
	track->uuid = uuid;
	track->name = (char *)name;
	packet.track_descriptor = track;
	put(writer, &packet);
}

static void put_child(struct writer *writer, Perfetto__TrackDescriptor *track, u64 uuid, u32 rank,
                      const char *name)
{
	track->has_parent_uuid = 1;
	track->parent_uuid = UUID_VCPU;
	track->has_sibling_order_rank = 1;
	track->sibling_order_rank = (s32)rank;
	put_track(writer, track, uuid, name);
}

static void put_tracks(struct writer *writer)
{
	const struct trace_info *info = &writer->export->trace->info;
	Perfetto__TrackDescriptor top = PERFETTO__TRACK_DESCRIPTOR__INIT;
	struct line name = {0};

	line_add(&name, "vCPU 0");
	if (info_in_ticks(info))
		line_add(&name, " (what is shown as ns are %s)", info_unit_text(info));
	top.has_child_ordering = 1;
	top.child_ordering = PERFETTO__TRACK_DESCRIPTOR__CHILD_TRACKS_ORDERING__EXPLICIT;
	put_track(writer, &top, UUID_VCPU, name.text);
	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		Perfetto__TrackDescriptor ring = PERFETTO__TRACK_DESCRIPTOR__INIT;

		put_child(writer, &ring, UUID_RING + i, ranks[i], tier_name(i));
	}
	for (u32 i = 0; i < COUNTER_COUNT; i++) {
		Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
		Perfetto__CounterDescriptor counter = PERFETTO__COUNTER_DESCRIPTOR__INIT;

		counter.has_unit = 1;
		counter.unit = counter_is_bytes(i) ? PERFETTO__COUNTER_DESCRIPTOR__UNIT__SIZE_BYTES
		                                   : PERFETTO__COUNTER_DESCRIPTOR__UNIT__COUNT;
		track.counter = &counter;
		put_child(writer, &track, UUID_COUNTER + i, TRACE_STREAMS + i, counter_name(i));
	}
}

/* Names that never change: categories and notes, numbered from 1 as they stand in their tables. */
static void put_names(struct writer *writer)
{
	Perfetto__InternedName names[SLICE_KIND_COUNT + SLICE_NOTE_NAMES];
	Perfetto__InternedName *pointers[ARRAY_SIZE(names)];
	Perfetto__InternedData data = PERFETTO__INTERNED_DATA__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		u32 note = i - SLICE_KIND_COUNT;
		bool kind = i < SLICE_KIND_COUNT;

		names[i] = (Perfetto__InternedName)PERFETTO__INTERNED_NAME__INIT;
		names[i].has_iid = 1;
		names[i].iid = (kind ? i : note) + 1;
		names[i].name = (char *)(kind ? slice_category(i) : slice_note_name(note));
		pointers[i] = &names[i];
	}
	data.n_event_categories = SLICE_KIND_COUNT;
	data.event_categories = pointers;
	data.n_debug_annotation_names = SLICE_NOTE_NAMES;
	data.debug_annotation_names = pointers + SLICE_KIND_COUNT;
	packet.interned_data = &data;
	put(writer, &packet);
}

/* Whose trace this is and what its times are, as the first thing on ring -1's track. */
static void put_about(struct writer *writer)
{
	const struct trace_info *info = &writer->export->trace->info;
	const char *const texts[][2] = {{"time unit", info_unit_text(info)},
	                                {"engine", info->engine},
	                                {"processor", info->processor},
	                                {"command", info->command},
	                                {"witnesses", info->observe}};
	Perfetto__DebugAnnotation notes[ARRAY_SIZE(texts)], *pointers[ARRAY_SIZE(texts)];
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		notes[i] = (Perfetto__DebugAnnotation)PERFETTO__DEBUG_ANNOTATION__INIT;
		notes[i].name = (char *)texts[i][0];
		notes[i].string_value = (char *)texts[i][1];
		pointers[i] = &notes[i];
	}
	event.has_type = event.has_track_uuid = 1;
	event.type = PERFETTO__TRACK_EVENT__TYPE__INSTANT;
	event.track_uuid = UUID_VCPU;
	event.name = (char *)(info_in_ticks(info) ? "ringscope: times are ticks, not nanoseconds"
	                                          : "ringscope: times are nanoseconds");
	event.n_debug_annotations = ARRAY_SIZE(texts);
	event.debug_annotations = pointers;
	packet.has_timestamp = 1;
	packet.track_event = &event;
	put(writer, &packet);
}

/* A packet's new names. */
struct fresh {
	Perfetto__InternedData data;
	Perfetto__InternedName names[INTERNED_HERE];
	Perfetto__InternedName *pointers[INTERNED_HERE];
	u32 count;
};

static Perfetto__InternedName **intern(struct fresh *fresh, const struct label *label)
{
	Perfetto__InternedName *name = &fresh->names[fresh->count];

	*name = (Perfetto__InternedName)PERFETTO__INTERNED_NAME__INIT;
	name->has_iid = 1;
	name->iid = label->number;
	name->name = (char *)label->text;
	fresh->pointers[fresh->count] = name;
	return &fresh->pointers[fresh->count++];
}

static void add_name(struct writer *writer, Perfetto__TrackEvent *event, struct fresh *fresh,
                     const struct slice_event *slice)
{
	struct label label = slice_label(&writer->labels, slice);

	if (!label.number) {
		event->name = (char *)label.text;
		return;
	}
	event->has_name_iid = 1;
	event->name_iid = label.number;
	if (label.fresh) {
		fresh->data.n_event_names = 1;
		fresh->data.event_names = intern(fresh, &label);
	}
}

static void fill_note(Perfetto__DebugAnnotation *note, struct fresh *fresh,
                      const struct slice_note *told)
{
	*note = (Perfetto__DebugAnnotation)PERFETTO__DEBUG_ANNOTATION__INIT;
	note->has_name_iid = 1;
	note->name_iid = told->name + 1;
	if (!told->text.text && told->hex) {
		note->has_pointer_value = 1;
		note->pointer_value = told->value;
	} else if (!told->text.text) {
		note->has_uint_value = 1;
		note->uint_value = told->value;
	} else if (!told->text.number) {
		note->string_value = (char *)told->text.text;
	} else {
		note->has_string_value_iid = 1;
		note->string_value_iid = told->text.number;
		if (told->text.fresh) {
			fresh->data.n_debug_annotation_string_values = 1;
			fresh->data.debug_annotation_string_values = intern(fresh, &told->text);
		}
	}
}

static void put_event(struct writer *writer, u64 time, Perfetto__TrackEvent *event,
                      struct fresh *fresh)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	packet.has_timestamp = 1;
	packet.timestamp = time;
	packet.track_event = event;
	if (fresh && fresh->count)
		packet.interned_data = &fresh->data;
	put(writer, &packet);
}

static void put_slice(void *context, const struct slice_event *slice)
{
	static const Perfetto__TrackEvent__Type types[] = {
		[SLICE_BEGINS] = PERFETTO__TRACK_EVENT__TYPE__SLICE_BEGIN,
		[SLICE_ENDS] = PERFETTO__TRACK_EVENT__TYPE__SLICE_END,
		[SLICE_HAPPENS] = PERFETTO__TRACK_EVENT__TYPE__INSTANT};
	struct writer *writer = context;
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	Perfetto__DebugAnnotation notes[SLICE_NOTES_LIMIT], *pointers[SLICE_NOTES_LIMIT];
	struct slice_note told[SLICE_NOTES_LIMIT];
	struct fresh fresh = {.data = PERFETTO__INTERNED_DATA__INIT};
	u64 category = slice->kind + 1, flows[3], ending = slice->link;

	event.has_type = event.has_track_uuid = 1;
	event.type = types[slice->phase];
	event.track_uuid = UUID_RING + slice->track;
	event.flow_ids = flows;
	event.terminating_flow_ids = &ending;
	if (slice->phase != SLICE_ENDS) {
		add_name(writer, &event, &fresh, slice);
		event.n_category_iids = 1;
		event.category_iids = &category;
		event.n_terminating_flow_ids = slice->link != 0;
	} else if (slice->link) {
		flows[event.n_flow_ids++] = slice->link;
	}
	if (slice->inner)
		flows[event.n_flow_ids++] = slice->inner;
	if (slice->outer)
		flows[event.n_flow_ids++] = slice->outer;
	event.n_debug_annotations = slice_notes(&writer->labels, slice, told);
	event.debug_annotations = pointers;
	for (u32 i = 0; i < event.n_debug_annotations; i++) {
		fill_note(&notes[i], &fresh, &told[i]);
		pointers[i] = &notes[i];
	}
	put_event(writer, slice->time, &event, &fresh);
}

static void put_counter(void *context, enum counter counter, u64 time, u64 value)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

	event.has_type = event.has_track_uuid = event.has_counter_value = 1;
	event.type = PERFETTO__TRACK_EVENT__TYPE__COUNTER;
	event.track_uuid = UUID_COUNTER + counter;
	event.counter_value = (s64)value;
	put_event(context, time, &event, NULL);
}

void *perfetto_start(struct export *export)
{
	struct writer *writer = zeros(1, sizeof(*writer));

	writer->export = export;
	put_tracks(writer);
	put_names(writer);
	put_about(writer);
	counters_start(&writer->counters, export, put_counter, writer);
	writer->slicer = slicer_start(export, put_slice, writer);
	return writer;
}

void perfetto_step(void *state)
{
	struct writer *writer = state;

	slicer_step(writer->slicer);
	counters_step(&writer->counters);
}

void perfetto_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	struct writer *writer = state;

	slicer_end(writer->slicer, end, lost);
	counters_end(&writer->counters, end);
	labels_stop(&writer->labels);
	free(writer);
}
