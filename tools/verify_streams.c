#include "tools/names.h"
#include "tools/verify.h"

typedef unsigned long long ull;

static void check_packet(struct verify *verify, u32 stream, size_t index)
{
	const struct packet_view *packets = verify->trace->streams[stream].packets;
	const struct trace_packet *head = packets[index].head;
	const char *file = stream_file(stream);

	if (head->packet_seq_num != index)
		verify_find(verify, CHECK_packets, "%s: packet %zu carries number %llu", file,
		            index, (ull)head->packet_seq_num);
	if (head->cpu_id || head->stream_instance_id != stream || head->padding)
		verify_find(verify, CHECK_packets,
		            "%s: packet %zu carries processor %u, instance %llu, padding %u", file,
		            index, head->cpu_id, (ull)head->stream_instance_id, head->padding);
	if (index && head->events_discarded < packets[index - 1].head->events_discarded)
		verify_find(verify, CHECK_packets, "%s: packet %zu declares fewer losses", file,
		            index);
}

/* What one stream's walk carries along. */
struct walk {
	struct verify *verify;
	u32 stream;
	size_t packet;
	u32 sequence; /* expected */
	u64 gaps;     /* records missing so far */
	u64 last;     /* time */
};

static void check_sequence(struct walk *walk, const struct trace_record *record, u64 declared)
{
	u32 gap = record->sequence - walk->sequence;

	walk->sequence = record->sequence + 1;
	if (gap > UINT32_MAX / 2) {
		verify_find(walk->verify, CHECK_sequence,
		            "%s, packet %zu: %s carries number %u after %u",
		            stream_file(walk->stream), walk->packet, event_kinds[record->id].name,
		            record->sequence, record->sequence - gap - 1);
		return;
	}
	walk->gaps += gap;
	if (gap && walk->gaps > declared)
		verify_find(walk->verify, CHECK_sequence,
		            "%s, packet %zu: %u records missing before number %u, losses declared "
		            "so far: %llu",
		            stream_file(walk->stream), walk->packet, gap, record->sequence,
		            (ull)declared);
}

static void check_time(struct walk *walk, const struct trace_record *record)
{
	const struct trace_info *info = &walk->verify->trace->info;
	bool closed = info->has_result && info->state == TRACE_DISK_CLOSED;

	if (record->tsc < walk->last || record->tsc < info->tsc_begin)
		verify_find(walk->verify, CHECK_time,
		            "%s, packet %zu: number %u is stamped %llu, "
		            "before %llu",
		            stream_file(walk->stream), walk->packet, record->sequence,
		            (ull)record->tsc,
		            (ull)(record->tsc < walk->last ? walk->last : info->tsc_begin));
	if (closed && record->tsc > info->tsc_end)
		verify_find(walk->verify, CHECK_time,
		            "%s, packet %zu: number %u is stamped %llu, after the end %llu",
		            stream_file(walk->stream), walk->packet, record->sequence,
		            (ull)record->tsc, (ull)info->tsc_end);
	walk->last = record->tsc;
}

static void check_packet_times(struct walk *walk, const struct packet_view *packet, u64 first)
{
	const struct trace_packet *head = packet->head;

	if (head->timestamp_begin != first || head->timestamp_end != walk->last)
		verify_find(walk->verify, CHECK_time,
		            "%s: packet %zu says %llu to %llu, its records %llu to %llu",
		            stream_file(walk->stream), walk->packet, (ull)head->timestamp_begin,
		            (ull)head->timestamp_end, (ull)first, (ull)walk->last);
}

static void walk_packet(struct walk *walk, const struct packet_view *packet)
{
	const u8 *at = (const u8 *)packet->head + sizeof(*packet->head);
	const struct trace_record *first = (const void *)at;

	if (at == packet->end)
		return;
	while (at < packet->end) {
		const struct trace_record *record = (const void *)at;

		check_sequence(walk, record, packet->head->events_discarded);
		check_time(walk, record);
		walk->verify->records++;
		at += event_kinds[record->id].size;
	}
	check_packet_times(walk, packet, first->tsc);
}

static void walk_stream(struct verify *verify, u32 stream)
{
	const struct trace_stream_data *data = &verify->trace->streams[stream];
	struct walk walk = {.verify = verify, .stream = stream};
	const struct trace *trace = verify->trace;
	size_t dropped = 0;

	for (size_t i = 0; i < data->count; i++) {
		walk.packet = i;
		trace_move(data, &dropped, data->packets[i].head);
		if (trace->passed)
			trace->passed(trace->passed_context,
			              (size_t)(data->packets[i].head->packet_size / 8));
		check_packet(verify, stream, i);
		walk_packet(&walk, &data->packets[i]);
		verify->packets++;
	}
}

void verify_streams(struct verify *verify)
{
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		walk_stream(verify, stream);
}
