#include "lib/trace.h"
#include "lib/string.h"

#define CLOSING_SECTORS TRACE_STREAMS

#define EVENT(number, name, tier, phase, text)                                                     \
	[number] = {EVENT_HEAD_##name, sizeof(struct trace_##name), STREAM_##tier},
#define FIELD(type, name, display, text)
#define TEXT(name, bytes, text)
#define END(name)
const struct trace_event_shape trace_event_shapes[TRACE_EVENT_IDS] = {
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)};
#undef EVENT
#undef FIELD
#undef TEXT
#undef END

u32 trace_event_bytes(u32 id)
{
	return id < TRACE_EVENT_IDS ? trace_event_shapes[id].bytes : 0;
}

u32 trace_event_stream(u32 id)
{
	return trace_event_bytes(id) ? trace_event_shapes[id].stream : TRACE_STREAMS;
}

static void ring_reset(struct trace_ring *ring)
{
	ring->write = TRACE_RING_START;
	ring->read = TRACE_RING_START;
}

void trace_ring_init(struct trace_ring *ring, u64 data_bytes, u32 events)
{
	ring_reset(ring);
	ring->size = data_bytes;
	ring->newest = 0;
	ring->sequence = 0;
	ring->events = events;
}

static void write_result(struct trace_disk *disk)
{
	u8 sector[SECTOR_BYTES] = {0};

	memcpy(sector, &disk->result, sizeof(disk->result));
	disk->write(TRACE_DISK_RESULT_SECTOR, sector, 1);
}

bool trace_disk_open(struct trace_disk *disk)
{
	struct trace_disk_header header;

	disk->present = disk->read(0, &header, 1) && header.magic == TRACE_DISK_MAGIC &&
	                header.version == TRACE_DISK_VERSION &&
	                header.sectors > TRACE_DISK_DATA_SECTOR + CLOSING_SECTORS;
	if (!disk->present)
		return false;
	disk->next = TRACE_DISK_DATA_SECTOR;
	disk->end = header.sectors - CLOSING_SECTORS;
	memcpy(disk->uuid, header.uuid, sizeof(disk->uuid));
	disk->result.magic = TRACE_RESULT_MAGIC;
	disk->result.version = TRACE_DISK_VERSION;
	disk->result.state = TRACE_DISK_RUNNING;
	write_result(disk);
	return true;
}

static void fill_head(const struct trace_disk *disk, struct trace_packet *head,
                      enum trace_stream stream, u32 cpu, u64 content_bytes, u64 sectors)
{
	*head = (struct trace_packet){
		.magic = TRACE_PACKET_MAGIC,
		.stream_id = stream,
		.stream_instance_id = (u64)cpu * TRACE_STREAMS + stream,
		.content_size = content_bytes * 8,
		.packet_size = sectors * SECTOR_BYTES * 8,
		.packet_seq_num = disk->packets[stream],
		.events_discarded = disk->result.lost[stream],
		.cpu_id = cpu,
	};
	memcpy(head->uuid, disk->uuid, sizeof(head->uuid));
}

/* The first sector goes last: it makes the packet visible to whoever follows the disk. */
static bool write_packet(struct trace_disk *disk, const u8 *data, u32 sectors)
{
	if (sectors > 1 && !disk->write(disk->next + 1, data + SECTOR_BYTES, sectors - 1))
		return false;
	if (!disk->write(disk->next, data, 1))
		return false;
	disk->next += sectors;
	return true;
}

u32 trace_disk_drain(struct trace_disk *disk, struct trace_ring *ring, enum trace_stream stream,
                     u32 cpu)
{
	u64 bytes = ring->write;
	u32 records = ring->sequence - disk->drained[stream];
	u32 sectors = (u32)((bytes + SECTOR_BYTES - 1) / SECTOR_BYTES);
	struct trace_packet *head = (void *)ring->data;

	disk->drained[stream] = ring->sequence;
	if (bytes == TRACE_RING_START)
		return 0;

	const struct trace_record *first = (const void *)(ring->data + TRACE_RING_START);
	fill_head(disk, head, stream, cpu, bytes, sectors);
	head->timestamp_begin = first->tsc;
	head->timestamp_end = ring->newest;
	memset(ring->data + bytes, 0, sectors * SECTOR_BYTES - bytes);
	ring_reset(ring);

	if (!disk->full)
		disk->full = !disk->present || disk->next + sectors > disk->end ||
		             !write_packet(disk, ring->data, sectors);
	if (disk->full) {
		disk->result.lost[stream] += records;
		return 0;
	}
	disk->packets[stream]++;
	disk->result.records[stream] += records;
	return sectors * SECTOR_BYTES;
}

void trace_disk_lose(struct trace_disk *disk, enum trace_stream stream, u64 records)
{
	disk->result.lost[stream] += records;
}

static void write_closing_packet(struct trace_disk *disk, enum trace_stream stream, u64 tsc)
{
	u8 sector[SECTOR_BYTES] = {0};
	struct trace_packet *head = (void *)sector;

	fill_head(disk, head, stream, 0, sizeof(*head), 1);
	head->timestamp_begin = tsc;
	head->timestamp_end = tsc;
	write_packet(disk, sector, 1);
}

void trace_disk_close(struct trace_disk *disk, u64 tsc)
{
	if (!disk->present)
		return;
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		if (disk->result.lost[stream])
			write_closing_packet(disk, stream, tsc);
	disk->result.state = TRACE_DISK_CLOSED;
	disk->result.tsc_end = tsc;
	disk->result.sectors = disk->next - TRACE_DISK_DATA_SECTOR;
	write_result(disk);
}
