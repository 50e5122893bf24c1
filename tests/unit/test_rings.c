/*
 * Writing the trace: records in rings, packets and the result on a disk, byte for byte as
 * abi/trace.h says; and every record that does not get there is counted.
 *
 * Sources: lib/trace.c lib/format.c
 */
#include "tests/unit/unit.h"
#include "lib/trace.h"

#define SECTORS    64u
#define DATA_BYTES 2048u

static u8 disk_bytes[SECTORS][SECTOR_BYTES];
static u64 written[64]; /* sectors in the order in which they were written */
static u32 writes;
static u32 writes_allowed, reads_fail;
static struct trace_ring *ring, *filled;
static struct trace_disk disk;

static bool fake_read(u64 sector, void *data, u32 sectors)
{
	assert_true(sector + sectors <= SECTORS);
	memcpy(data, disk_bytes[sector], sectors * SECTOR_BYTES);
	return !reads_fail;
}

static bool fake_write(u64 sector, const void *data, u32 sectors)
{
	assert_true(sector + sectors <= SECTORS);
	if (!writes_allowed)
		return false;
	writes_allowed--;
	memcpy(disk_bytes[sector], data, sectors * SECTOR_BYTES);
	written[writes++ % ARRAY_SIZE(written)] = sector;
	return true;
}

void trace_ring_full(struct trace_ring *full)
{
	filled = full;
	trace_disk_drain(&disk, full, STREAM_KERNEL, 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(disk_bytes, 0xee, sizeof(disk_bytes));
	struct trace_disk_header *header = (void *)disk_bytes[0];
	memset(header, 0, sizeof(*header));
	header->magic = TRACE_DISK_MAGIC;
	header->version = TRACE_DISK_VERSION;
	header->sectors = SECTORS;
	for (u32 i = 0; i < 16; i++)
		header->uuid[i] = (u8)(0xa0 + i);
	disk = (struct trace_disk){.read = fake_read, .write = fake_write};
	writes = reads_fail = 0;
	writes_allowed = UINT32_MAX;
	filled = NULL;
	ring = malloc(sizeof(*ring) + DATA_BYTES);
	memset(ring, 0xcc, sizeof(*ring) + DATA_BYTES);
	trace_ring_init(ring, DATA_BYTES, UINT32_MAX);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(ring);
	return 0;
}

static void put(u64 tsc, u64 records)
{
	for (u64 i = 0; i < records; i++)
		TRACE(ring, page_fault_exit, tsc + i, .pid = (u32)i);
}

static const struct trace_disk_result *result(void)
{
	return (const void *)disk_bytes[TRACE_DISK_RESULT_SECTOR];
}

static const struct trace_packet *packet(u64 sector)
{
	return (const void *)disk_bytes[sector];
}

TEST(a_new_ring_is_empty_behind_room_for_a_head)
{
	assert_int_equal(ring->write, 88);
	assert_int_equal(ring->read, 88);
	assert_int_equal(ring->size, DATA_BYTES);
	assert_int_equal(ring->sequence, 0);
}

TEST(a_record_lies_in_the_ring_as_the_table_says)
{
	const struct trace_user_leave *record = (const void *)(ring->data + 88);

	ring->sequence = 0x01020304;
	TRACE(ring, user_leave, 0x1122334455667788ull, .pid = 9, .cause = 7,
	      .gate = USER_GATE_syscall);
	static const u8 bytes[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* tsc */
	                           65,   0,    3,    2,    4,    3,    2,    1,    /* head */
	                           9,    0,    0,    0,    7,    0,    0,    0,
	                           1,    0,    0,    0,    0,    0,    0,    0};
	assert_int_equal(sizeof(*record), sizeof(bytes));
	assert_memory_equal(record, bytes, sizeof(bytes));
	assert_int_equal(ring->write, 88 + sizeof(bytes));
	assert_int_equal(ring->sequence, 0x01020305);
	assert_int_equal(ring->newest, 0x1122334455667788ull);
}

TEST(ring_minus_one_s_tier_is_a_byte_too)
{
	TRACE(ring, guest_end, 1, .cause = 2, .status = 3);
	const struct trace_record *record = (const void *)(ring->data + 88);
	assert_int_equal(record->tier, -1);
	assert_int_equal(record->phase, PHASE_INSTANT);
	assert_int_equal(record->sequence, 0);
}

TEST(a_filter_stops_its_event_and_no_other)
{
	ring->events = ~(u32)BIT(EVENT_page_fault_exit % 32);
	put(1, 3);
	assert_int_equal(ring->write, 88);
	assert_int_equal(ring->sequence, 0);
	TRACE(ring, page_fault_entry, 1, .pid = 1);
	assert_int_equal(ring->sequence, 1);
	ring->events = 0;
	TRACE(ring, page_fault_entry, 1, .pid = 1);
	assert_int_equal(ring->sequence, 1);
}

TEST(every_event_has_its_size_and_stream)
{
#define EVENT(number, name, tier, phase, text)                                                     \
	assert_int_equal(trace_event_bytes(number), sizeof(struct trace_##name));                  \
	assert_int_equal(trace_event_stream(number), STREAM_##tier);                               \
	assert_int_equal(EVENT_HEAD_##name >> 24 & 0xff, PHASE_##phase);
#define FIELD(type, name, display, text)
#define TEXT(name, bytes, text)
#define END(name)
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
	assert_int_equal(trace_event_bytes(0), 0);
	assert_int_equal(trace_event_bytes(0xffff), 0);
	assert_int_equal(trace_event_stream(0), TRACE_STREAMS);
}

TEST(no_two_events_of_a_stream_share_a_filter_bit)
{
	u32 seen[TRACE_STREAMS] = {0};

	for (u32 id = 0; id < 0x10000; id++) {
		u32 stream = trace_event_stream(id);
		if (stream == TRACE_STREAMS)
			continue;
		assert_false(seen[stream] >> id % 32 & 1);
		seen[stream] |= 1u << id % 32;
	}
}

TEST(opening_announces_the_run)
{
	disk.result.bare = 1;
	disk.result.tsc_hz = 50000000;
	assert_true(trace_disk_open(&disk));
	assert_int_equal(result()->magic, TRACE_RESULT_MAGIC);
	assert_int_equal(result()->version, TRACE_DISK_VERSION);
	assert_int_equal(result()->state, TRACE_DISK_RUNNING);
	assert_int_equal(result()->bare, 1);
	assert_int_equal(result()->tsc_hz, 50000000);
	assert_int_equal(writes, 1);
	assert_int_equal(written[0], TRACE_DISK_RESULT_SECTOR);
}

TEST(what_is_no_trace_disk_is_left_untouched)
{
	struct trace_disk_header *header = (void *)disk_bytes[0];

	header->version++;
	assert_false(trace_disk_open(&disk));
	header->version--;
	header->magic ^= 1;
	assert_false(trace_disk_open(&disk));
	header->magic ^= 1;
	header->sectors = TRACE_DISK_DATA_SECTOR + TRACE_STREAMS;
	assert_false(trace_disk_open(&disk));
	header->sectors = 0;
	assert_false(trace_disk_open(&disk));
	header->sectors = SECTORS;
	reads_fail = 1;
	assert_false(trace_disk_open(&disk));
	assert_int_equal(writes, 0);
	assert_false(disk.present);
}

TEST(a_packet_byte_for_byte)
{
	trace_disk_open(&disk);
	put(100, 1);
	u8 record[sizeof(struct trace_page_fault_exit)];
	memcpy(record, ring->data + 88, sizeof(record));
	u64 content = 88 + sizeof(record);
	assert_int_equal(trace_disk_drain(&disk, ring, STREAM_KERNEL, 2), 512);

	u8 expected[SECTOR_BYTES] = {0xc1, 0x1f, 0xfc, 0xc1}; /* little-endian magic */
	for (u32 i = 0; i < 16; i++)
		expected[4 + i] = (u8)(0xa0 + i);
	expected[20] = STREAM_KERNEL;
	expected[24] = 2 * TRACE_STREAMS + STREAM_KERNEL;
	expected[32] = expected[40] = 100;
	expected[48] = (u8)(content * 8);
	expected[49] = (u8)(content * 8 >> 8);
	expected[57] = 512 * 8 >> 8;
	expected[80] = 2;
	memcpy(expected + 88, record, sizeof(record));
	assert_memory_equal(packet(TRACE_DISK_DATA_SECTOR), expected, SECTOR_BYTES);
}

TEST(draining_empties_the_ring_and_counts_on)
{
	trace_disk_open(&disk);
	put(100, 5);
	trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	assert_int_equal(ring->write, TRACE_RING_START);
	assert_int_equal(ring->read, TRACE_RING_START);
	assert_int_equal(ring->sequence, 5);
	put(200, 2);
	trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	assert_int_equal(disk.result.records[STREAM_KERNEL], 7);
	assert_int_equal(disk.result.lost[STREAM_KERNEL], 0);
	const struct trace_packet *second = packet(TRACE_DISK_DATA_SECTOR + 1);
	assert_int_equal(second->packet_seq_num, 1);
	assert_int_equal(second->timestamp_begin, 200);
	assert_int_equal(second->timestamp_end, 201);
}

TEST(an_empty_ring_makes_no_packet)
{
	trace_disk_open(&disk);
	assert_int_equal(trace_disk_drain(&disk, ring, STREAM_USER, 0), 0);
	assert_int_equal(writes, 1);
	assert_false(disk.full);
}

TEST(the_first_sector_is_written_last)
{
	trace_disk_open(&disk);
	put(1, 30);
	u32 bytes = trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	assert_true(bytes > SECTOR_BYTES);
	assert_int_equal(writes, 3);
	assert_int_equal(written[1], TRACE_DISK_DATA_SECTOR + 1);
	assert_int_equal(written[2], TRACE_DISK_DATA_SECTOR);
	u64 content = packet(TRACE_DISK_DATA_SECTOR)->content_size / 8;
	for (u64 i = content; i < bytes; i++) /* padding shows nothing of ring -1's memory */
		assert_int_equal(disk_bytes[TRACE_DISK_DATA_SECTOR + i / 512][i % 512], 0);
	assert_int_equal(disk_bytes[TRACE_DISK_DATA_SECTOR + bytes / 512][0], 0xee);
}

TEST(a_full_ring_is_drained_and_nothing_lost)
{
	trace_disk_open(&disk);
	u64 fit = (DATA_BYTES - 88) / sizeof(struct trace_page_fault_exit);
	put(1, fit);
	assert_null(filled);
	put(1000, 1);
	assert_ptr_equal(filled, ring);
	assert_int_equal(disk.result.records[STREAM_KERNEL], fit);
	const struct trace_record *record = (const void *)(ring->data + 88);
	assert_int_equal(record->sequence, fit);
	assert_int_equal(record->tsc, 1000);
}

TEST(a_full_disk_stops_recording_and_counts_exactly)
{
	u64 put_in = 0;

	trace_disk_open(&disk);
	while (!disk.full) {
		put(put_in, 30);
		put_in += 30;
		trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	}
	assert_int_equal(disk.result.lost[STREAM_KERNEL], 30);
	assert_int_equal(disk.result.records[STREAM_KERNEL], put_in - 30);
	put(put_in, 1); /* would fit, but a gap in the middle would be no help */
	assert_int_equal(trace_disk_drain(&disk, ring, STREAM_KERNEL, 0), 0);
	assert_int_equal(disk.result.lost[STREAM_KERNEL], 31);
	assert_true(disk.next <= SECTORS - TRACE_STREAMS);
}

TEST(closing_packets_tell_of_the_losses_in_the_room_kept_for_them)
{
	trace_disk_open(&disk);
	disk.next = disk.end; /* not one sector is left */
	put(1, 3);
	trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	trace_disk_lose(&disk, STREAM_USER, 4);
	trace_disk_lose(&disk, STREAM_HYPERVISOR, 5);
	trace_disk_close(&disk, 777);
	static const u64 lost[TRACE_STREAMS] = {5, 3, 4};
	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		const struct trace_packet *head = packet(SECTORS - TRACE_STREAMS + i);
		assert_int_equal(head->magic, TRACE_PACKET_MAGIC);
		assert_int_equal(head->stream_id, i);
		assert_int_equal(head->events_discarded, lost[i]);
		assert_int_equal(head->content_size, 88 * 8);
		assert_int_equal(head->packet_size, 512 * 8);
		assert_int_equal(head->timestamp_begin, 777);
		assert_int_equal(result()->lost[i], lost[i]);
	}
	assert_int_equal(result()->state, TRACE_DISK_CLOSED);
	assert_int_equal(result()->tsc_end, 777);
	assert_int_equal(result()->sectors, SECTORS - TRACE_DISK_DATA_SECTOR);
}

TEST(without_losses_nothing_follows_the_last_packet)
{
	trace_disk_open(&disk);
	put(1, 3);
	trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	assert_int_equal(packet(TRACE_DISK_DATA_SECTOR)->events_discarded, 0);
	disk.result.cause = GUEST_END_exit;
	disk.result.exit_status = 42;
	trace_disk_close(&disk, 9);
	assert_int_equal(result()->sectors, 1);
	assert_int_equal(result()->records[STREAM_KERNEL], 3);
	assert_int_equal(result()->exit_status, 42);
	assert_int_equal(disk_bytes[TRACE_DISK_DATA_SECTOR + 1][0], 0xee);
}

TEST(without_a_disk_every_record_is_counted_as_lost)
{
	put(1, 3);
	assert_int_equal(trace_disk_drain(&disk, ring, STREAM_KERNEL, 0), 0);
	put(1, 2);
	trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
	trace_disk_close(&disk, 5);
	assert_int_equal(disk.result.lost[STREAM_KERNEL], 5);
	assert_int_equal(writes, 0);
}

/* A write error at the k-th write leaves whole packets, then nothing, and the sums are right. */
TEST(write_errors_lose_nothing_uncounted)
{
	for (u32 k = 1; k < 12; k++) {
		void *none = NULL;
		tear_down(&none);
		set_up(&none);
		writes_allowed = k;
		assert_true(trace_disk_open(&disk));
		for (u32 i = 0; i < 5; i++) {
			put(i * 100, 30);
			trace_disk_drain(&disk, ring, STREAM_KERNEL, 0);
		}
		u64 kept = disk.result.records[STREAM_KERNEL];
		assert_int_equal(kept, 30 * ((k - 1) / 2 < 5 ? (k - 1) / 2 : 5));
		assert_int_equal(kept + disk.result.lost[STREAM_KERNEL], 150);
		u64 sector = TRACE_DISK_DATA_SECTOR;
		for (; packet(sector)->magic == TRACE_PACKET_MAGIC; kept -= 30)
			sector += packet(sector)->packet_size / 8 / SECTOR_BYTES;
		assert_int_equal(kept, 0);
		assert_int_equal(sector, disk.next);
	}
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RUN(a_new_ring_is_empty_behind_room_for_a_head),
		RUN(a_record_lies_in_the_ring_as_the_table_says),
		RUN(ring_minus_one_s_tier_is_a_byte_too),
		RUN(a_filter_stops_its_event_and_no_other),
		RUN(every_event_has_its_size_and_stream),
		RUN(no_two_events_of_a_stream_share_a_filter_bit),
		RUN(opening_announces_the_run),
		RUN(what_is_no_trace_disk_is_left_untouched),
		RUN(a_packet_byte_for_byte),
		RUN(draining_empties_the_ring_and_counts_on),
		RUN(an_empty_ring_makes_no_packet),
		RUN(the_first_sector_is_written_last),
		RUN(a_full_ring_is_drained_and_nothing_lost),
		RUN(a_full_disk_stops_recording_and_counts_exactly),
		RUN(closing_packets_tell_of_the_losses_in_the_room_kept_for_them),
		RUN(without_losses_nothing_follows_the_last_packet),
		RUN(without_a_disk_every_record_is_counted_as_lost),
		RUN(write_errors_lose_nothing_uncounted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
