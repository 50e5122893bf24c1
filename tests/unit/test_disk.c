/*
 * The trace disk: made, followed while it grows, read to its end, turned into a trace directory;
 * and text files followed.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/trace_builder.h"
#include "tools/engine.h"
#include "tools/follow.h"
#include "tools/recorder.h"

static struct error error;
static char disk_path[TRACE_PATH_SIZE];

/* A fresh trace directory with an empty disk for what the builder holds. */
static const char *make_disk(const struct builder *builder)
{
	const char *place = build_place("disk");

	assert_true(tracedir_prepare(place, &error));
	run_path(disk_path, place, RUN_DISK, &error);
	assert_true(disk_create(disk_path, 1, builder->uuid, "boot\n", &error));
	return place;
}

static void put(u64 offset, const void *bytes, size_t size)
{
	int fd = open(disk_path, O_WRONLY);

	assert_int_equal(pwrite(fd, bytes, size, (off_t)offset), (ssize_t)size);
	close(fd);
}

static void put_result(const struct builder *builder, u32 state, u64 sectors)
{
	struct trace_disk_result result = {.magic = TRACE_RESULT_MAGIC,
	                                   .version = TRACE_DISK_VERSION,
	                                   .state = state,
	                                   .cause = GUEST_END_exit,
	                                   .exit_status = 3,
	                                   .tsc_hz = 10000000,
	                                   .tsc_begin = 1000,
	                                   .tsc_end = builder->now,
	                                   .sectors = sectors,
	                                   .processor = "Disk CPU",
	                                   .message = "all \"well\""};

	memcpy(result.records, builder->info.records, sizeof(result.records));
	put(TRACE_DISK_RESULT_SECTOR * SECTOR_BYTES, &result, sizeof(result));
}

static u64 put_stream(const struct builder *builder, u32 stream, u64 sector)
{
	const struct builder_stream *data = &builder->streams[stream];

	put(sector * SECTOR_BYTES, data->bytes, data->size);
	return sector + data->size / SECTOR_BYTES;
}

static void test_create(void **state)
{
	struct trace_disk_result result;
	struct builder builder;
	struct stat status;
	struct disk disk;

	(void)state;
	build_start(&builder);
	make_disk(&builder);
	assert_int_equal(stat(disk_path, &status), 0);
	assert_int_equal(status.st_size, 16 * 63 * 512);
	assert_true(disk_open(&disk, disk_path, &error));
	/* By this GRUB knows the disk: an environment block of exactly 1024 bytes. */
	assert_memory_equal(disk.bytes + SECTOR_BYTES, "# GRUB Environment Block\nringscope=1\n##",
	                    39);
	assert_int_equal(disk.bytes[3 * SECTOR_BYTES - 1], '#');
	assert_memory_equal(disk.bytes + 3 * SECTOR_BYTES, "boot\n\n\n", 7);
	assert_int_equal(disk.bytes[15 * SECTOR_BYTES + 511], '\n');
	assert_int_equal(disk.bytes[16 * SECTOR_BYTES], 0);
	assert_false(disk_result(&disk, &result));
	assert_null(disk_next(&disk, true, &error));
	disk_close(&disk);
	assert_int_equal(disk_round(512 << 20), 1041ull * DISK_CYLINDER_BYTES);
}

static void test_script_too_long(void **state)
{
	u8 uuid[16] = {0};
	char *script = malloc(8001);

	(void)state;
	memset(script, 'x', 8000);
	script[8000] = 0;
	assert_false(disk_create("/tmp/never", 1, uuid, script, &error));
	assert_string_equal(error.text,
	                    "the program's words make a boot script of 8000 bytes, and the trace "
	                    "disk holds 6656: shorten the arguments.");
	free(script);
}

/* Packets appear one look after they were written, each once, in their stream's file. */
static void test_follow(void **state)
{
	struct recorder recorder;
	struct builder builder;
	struct trace trace;
	const char *place;
	u64 sector = TRACE_DISK_DATA_SECTOR;

	(void)state;
	build_hello(&builder);
	build_finish(&builder);
	place = make_disk(&builder);
	assert_true(recorder_start(&recorder, place, &builder.info, &error));
	sector = put_stream(&builder, STREAM_USER, sector);
	assert_true(recorder_poll(&recorder, false, &error));
	assert_false(recorder.described);
	put_result(&builder, TRACE_DISK_RUNNING, 0);
	assert_true(recorder_poll(&recorder, false, &error));
	assert_true(recorder.described);
	assert_int_equal(recorder.packets, 1);
	sector = put_stream(&builder, STREAM_KERNEL, sector);
	assert_true(recorder_poll(&recorder, false, &error));
	assert_int_equal(recorder.packets, 1);
	assert_true(recorder_poll(&recorder, false, &error));
	assert_int_equal(recorder.packets, 2);
	sector = put_stream(&builder, STREAM_HYPERVISOR, sector);
	put_result(&builder, TRACE_DISK_CLOSED, sector - TRACE_DISK_DATA_SECTOR);
	assert_true(recorder_finish(&recorder, &error));
	assert_false(recorder.broken);
	assert_true(trace_open(&trace, place, &error));
	assert_string_equal(trace.info.processor, "Disk CPU");
	assert_string_equal(trace.info.message, "all \"well\"");
	assert_int_equal(trace.info.exit_status, 3);
	assert_int_equal(trace.info.state, TRACE_DISK_CLOSED);
	assert_int_equal(trace.streams[0].size, builder.streams[0].size);
	assert_memory_equal(trace.streams[2].bytes, builder.streams[2].bytes,
	                    trace.streams[2].size);
	trace_close(&trace);
	build_free(&builder);
}

/* What is wrong on the disk ends the taking, and is told. */
static void test_broken(void **state)
{
	static const struct {
		size_t offset;
		u64 value;
		const char *words;
	} damages[] = {
		{offsetof(struct trace_packet, packet_size), 1ull << 50,
	         "the packet at sector 24 of the trace disk has impossible sizes."},
		{offsetof(struct trace_packet, packet_size), 0,
	         "the packet at sector 24 of the trace disk has impossible sizes."},
		{offsetof(struct trace_packet, content_size), 8,
	         "the packet at sector 24 of the trace disk has impossible sizes."},
		{offsetof(struct trace_packet, uuid), 77,
	         "the packet at sector 24 of the trace disk is not of this trace."},
		{offsetof(struct trace_packet, stream_id), 3,
	         "the packet at sector 24 of the trace disk is not of this trace."},
		{0, 5, "the machine says that it wrote 2 sectors of trace, the disk holds 0."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct recorder recorder;
		struct builder builder;
		const char *place;

		build_hello(&builder);
		build_finish(&builder);
		place = make_disk(&builder);
		memcpy(builder.streams[1].bytes + damages[i].offset, &damages[i].value, 4);
		if (damages[i].offset == offsetof(struct trace_packet, packet_size))
			memcpy(builder.streams[1].bytes + damages[i].offset, &damages[i].value, 8);
		put_stream(&builder, STREAM_KERNEL, TRACE_DISK_DATA_SECTOR);
		put_result(&builder, TRACE_DISK_CLOSED, 2);
		assert_true(recorder_start(&recorder, place, &builder.info, &error));
		/* Found while the machine runs, it is still told at the end. */
		for (int polls = 0; polls < 3; polls++)
			assert_true(recorder_poll(&recorder, polls == 1, &error));
		assert_true(recorder_finish(&recorder, &error));
		assert_true(recorder.broken);
		assert_string_equal(recorder.problem.text, damages[i].words);
		build_free(&builder);
	}
}

static void test_no_disk(void **state)
{
	struct builder builder;
	struct disk disk;

	(void)state;
	assert_false(disk_open(&disk, "/nonexistent", &error));
	build_start(&builder);
	make_disk(&builder);
	put(0, "x", 1);
	assert_false(disk_open(&disk, disk_path, &error));
	assert_non_null(strstr(error.text, "is no Ringscope trace disk"));
	truncate(disk_path, 100);
	assert_false(disk_open(&disk, disk_path, &error));
	assert_non_null(strstr(error.text, "100 bytes are no trace disk"));
}

/* Passes the pieces on one by one through a followed file; the caller frees. */
static char *follow_pieces(const char *const pieces[], bool by_line, bool errors_only, bool await)
{
	struct follow follow;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	char path[TRACE_PATH_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s", build_place("followed"));
	unlink(path);
	follow_start(&follow, path, out, by_line, errors_only);
	follow.await_start = await;
	follow_poll(&follow, false);
	for (; *pieces; pieces++) {
		file = fopen(path, "a");
		fputs(*pieces, file);
		fclose(file);
		follow_poll(&follow, false);
	}
	follow_poll(&follow, true);
	fclose(out);
	return text;
}

static void follows(const char *expected, const char *const pieces[], bool by_line,
                    bool errors_only, bool await)
{
	char *text = follow_pieces(pieces, by_line, errors_only, await);

	assert_string_equal(text, expected);
	free(text);
}

static void test_text(void **state)
{
	static const char *const program[] = {"he", "llo\r\n", "\002x", NULL};
	static const char *const uefi[] = {"BdsDxe", "\n\002he", "llo\n", "\002", NULL};
	static const char *const begun[] = {"\002hello", NULL};
	static const char *const firmware[] = {"BdsDxe\nhv: y\n", NULL};
	static const char *const log[] = {"hv: a", "b\r\nhv: error: c\n", "guest: d", NULL};

	(void)state;
	follows("hello\r\n\002x", program, false, false, false);
	follows("hello\n\002", uefi, false, false, true);
	follows("hello", begun, false, false, false);
	follows("", firmware, false, false, true); /* no program ever wrote: a refusal under UEFI */
	follows("hv: y\n", firmware, true, false, true);
	follows("hv: ab\nhv: error: c\nguest: d\n", log, true, false, false);
	follows("hv: error: c\n", log, true, true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),  cmocka_unit_test(test_script_too_long),
		cmocka_unit_test(test_follow),  cmocka_unit_test(test_broken),
		cmocka_unit_test(test_no_disk), cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
