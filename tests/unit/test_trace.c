/*
 * Reading traces: records come merged by time; whatever is wrong with the bytes is refused with
 * file and place.
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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/trace_builder.h"
#include "tools/names.h"
#include "tools/tracedir.h"
#include "vmx/exit_reasons.h"

static const char *make_hello(const char *name)
{
	const char *place = build_place(name);
	struct builder builder;

	build_hello(&builder);
	build_directory(&builder, place);
	return place;
}

static void refused_with(const char *directory, const char *words)
{
	struct error error;
	struct trace trace;

	assert_false(trace_open(&trace, directory, &error));
	if (!strstr(error.text, words))
		fail_msg("expected \"%s\" in: %s", words, error.text);
}

/* Overwrites bytes of a file in the trace. */
static void poke(const char *directory, const char *file, size_t offset, const void *bytes,
                 size_t size)
{
	char path[TRACE_PATH_SIZE];
	struct error error;
	FILE *stream;

	trace_path(path, directory, file, &error);
	stream = fopen(path, "r+");
	fseek(stream, (long)offset, SEEK_SET);
	fwrite(bytes, 1, size, stream);
	fclose(stream);
}

static void cut(const char *directory, const char *file, size_t size)
{
	char path[TRACE_PATH_SIZE];
	struct error error;

	trace_path(path, directory, file, &error);
	assert_int_equal(truncate(path, (off_t)size), 0);
}

static void test_merged(void **state)
{
	const char *place = make_hello("merged");
	const struct trace_record *record;
	const struct trace_record *last = NULL;
	struct trace_cursor cursor;
	struct error error;
	struct trace trace;
	unsigned count = 0;

	(void)state;
	assert_true(trace_open(&trace, place, &error));
	assert_string_equal(trace.info.processor, "Test CPU");
	assert_string_equal(trace.info.time_unit, "ticks");
	assert_int_equal(trace.info.tsc_begin, 1000);
	assert_true(trace.info.has_result);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		if (last) {
			assert_true(record->tsc >= last->tsc);
			/* The transition comes before what it led to. */
			if (last->id == EVENT_syscall_entry)
				assert_int_not_equal(record->id, EVENT_user_leave);
			if (last->id == EVENT_user_enter)
				assert_int_not_equal(record->id, EVENT_syscall_exit);
		}
		last = record;
		count++;
	}
	assert_int_equal(count, 42);
	trace_close(&trace);
}

static void test_limit(void **state)
{
	struct trace_cursor cursor;
	struct error error;
	struct trace trace;
	unsigned count = 0;

	(void)state;
	assert_true(trace_open(&trace, make_hello("limit"), &error));
	cursor_start(&cursor, &trace);
	while (cursor_next(&cursor, 1500))
		count++;
	assert_int_equal(count, 3);
	trace_close(&trace);
}

static void test_no_trace(void **state)
{
	const char *place = make_hello("none");
	char path[TRACE_PATH_SIZE];
	struct error error;

	(void)state;
	refused_with("/nonexistent", "ringscope run --trace");
	trace_path(path, place, METADATA_FILE, &error);
	truncate(path, 0);
	refused_with(place, "does not describe a Ringscope trace");
	unlink(path);
	refused_with(place, "no file named metadata");
	place = make_hello("none");
	trace_path(path, place, "ring0_0", &error);
	unlink(path);
	refused_with(place, "ring0_0: No such file");
	mkdir(path, 0777);
	refused_with(place, "ring0_0");
	rmdir(path);
}

static void test_foreign(void **state)
{
	const char *place = make_hello("foreign");
	FILE *file;
	char path[TRACE_PATH_SIZE];
	struct error error;

	(void)state;
	trace_path(path, place, METADATA_FILE, &error);
	file = fopen(path, "w");
	fputs("/* CTF 1.8 */\nenv {\n\ttracer_name = \"lttng-modules\";\n};\n", file);
	fclose(file);
	refused_with(place, "does not describe a Ringscope trace");
	assert_false(tracedir_prepare(place, &error));
	assert_non_null(strstr(error.text, "another tracer"));
}

static void test_empty(void **state)
{
	const char *place = make_hello("empty");
	struct error error;
	struct trace trace;
	struct trace_cursor cursor;

	(void)state;
	cut(place, "ring-1_0", 0);
	cut(place, "ring0_0", 0);
	cut(place, "ring3_0", 0);
	assert_true(trace_open(&trace, place, &error));
	cursor_start(&cursor, &trace);
	assert_null(cursor_next(&cursor, UINT64_MAX));
	trace_close(&trace);
}

static void test_truncated(void **state)
{
	(void)state;
	for (size_t size = 1; size < 1536; size += 97) {
		const char *place = make_hello("cut");

		cut(place, "ring-1_0", size);
		refused_with(place, size < 88 ? "the file ends inside a packet's head"
		                              : "the file ends before its packet");
	}
}

/* Every field of a packet's head, one at a time. */
static void test_packet_damage(void **state)
{
	static const struct {
		size_t offset;
		u64 value;
		size_t size;
		const char *words;
	} damages[] = {
		{offsetof(struct trace_packet, magic), 1, 4, "ring0_0 at byte 0: no packet starts"},
		{offsetof(struct trace_packet, uuid), 0xff, 1, "another trace's uuid"},
		{offsetof(struct trace_packet, stream_id), 2, 4, "a packet of stream 2"},
		{offsetof(struct trace_packet, stream_id), 99, 4, "a packet of stream 99"},
		{offsetof(struct trace_packet, packet_size), 0, 8, "packet_size 0"},
		{offsetof(struct trace_packet, packet_size), 4097, 8, "packet_size 4097"},
		{offsetof(struct trace_packet, packet_size), 1ull << 62, 8, "the file ends before"},
		{offsetof(struct trace_packet, content_size), 0, 8, "content_size 0"},
		{offsetof(struct trace_packet, content_size), 1ull << 40, 8, "content_size"},
		{offsetof(struct trace_packet, content_size), 88 * 8 + 8, 8, "content_size"},
		{offsetof(struct trace_packet, content_size), 96 * 8, 8, "half a record"},
		{offsetof(struct trace_packet, content_size), 112 * 8, 8, "is cut off"},
		{1023, 7, 1, "byte 1023: padding is not zero"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		const char *place = make_hello("packet");

		poke(place, "ring0_0", damages[i].offset, &damages[i].value, damages[i].size);
		refused_with(place, damages[i].words);
	}
}

static void test_record_damage(void **state)
{
	static const struct {
		size_t offset; /* in the first record */
		u64 value;
		size_t size;
		const char *words;
	} damages[] = {
		{8, 31, 2, "ring0_0 at byte 88: there is no event 31"},
		{8, 0xffff, 2, "there is no event 65535"},
		{8, EVENT_vm_exit, 2, "vm_exit is an event of ring -1"},
		{10, 3, 1, "protection carries tier 3"},
		{11, 2, 1, "phase 2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		const char *place = make_hello("record");

		poke(place, "ring0_0", sizeof(struct trace_packet) + damages[i].offset,
		     &damages[i].value, damages[i].size);
		refused_with(place, damages[i].words);
	}
}

/* Any one byte of a small stream set to anything: refused or read, never worse. */
static void test_every_byte(void **state)
{
	struct error error;
	struct trace trace;

	(void)state;
	for (size_t offset = 0; offset < 512; offset++) {
		const char *place = make_hello("byte");
		struct trace_cursor cursor;
		u8 value = (u8)(offset * 37 + 1);

		poke(place, "ring3_0", offset, &value, 1);
		if (!trace_open(&trace, place, &error))
			continue;
		cursor_start(&cursor, &trace);
		while (cursor_next(&cursor, UINT64_MAX))
			;
		trace_close(&trace);
	}
}

static void test_babeltrace(void **state)
{
	char command[512];
	char line[64] = "";
	FILE *pipe;

	(void)state;
	if (system("babeltrace2 --version > /dev/null 2>&1"))
		skip();
	snprintf(command, sizeof(command), "babeltrace2 %s 2>&1 | wc -l", make_hello("babeltrace"));
	pipe = popen(command, "r");
	assert_non_null(fgets(line, sizeof(line), pipe));
	assert_int_equal(pclose(pipe), 0);
	/* One line an event; a warning would be one more. */
	assert_int_equal(atoi(line), 42);
}

/* Nobody writes to these pipes: opening one must not wait. */
static void test_fifos(void **state)
{
	static const char *const names[] = {"ring0_0", METADATA_FILE};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *place = make_hello("fifo");
		char path[TRACE_PATH_SIZE];
		struct error error;
		struct trace trace;

		trace_path(path, place, names[i], &error);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0666), 0);
		assert_false(trace_open(&trace, place, &error));
		assert_non_null(strstr(error.text, names[i]));
		assert_int_equal(unlink(path), 0);
	}
}

/* A trace's own words bring no commands to the terminal. */
static void test_plain_words(void **state)
{
	static const char text[] = "\tprocessor = \"a\033[2Jb\\c\xc3\";\n\ttime_unit = \"ns\";\n";
	struct trace_disk_result result = {.message = "x\033]0;y"};
	struct trace_info info = {0};

	(void)state;
	info_read(text, sizeof(text) - 1, INFO_ENV, &info);
	assert_string_equal(info.processor, "a?[2Jb?c?");
	info_from_result(&info, &result);
	assert_string_equal(info.message, "x?]0;y");
	/* Nanoseconds need a frequency. */
	assert_string_equal(info_unit_text(&info),
	                    "ticks of a time-stamp counter of unknown frequency");
	info.tsc_hz = 1;
	assert_string_equal(info_unit_text(&info), "nanoseconds");
}

static void test_replacing(void **state)
{
	const char *place = make_hello("replace");
	char path[TRACE_PATH_SIZE];
	struct error error;
	FILE *file;

	(void)state;
	assert_true(tracedir_prepare(place, &error));
	trace_path(path, place, METADATA_FILE, &error);
	assert_int_not_equal(access(path, F_OK), 0);
	trace_path(path, place, "thesis.tex", &error);
	file = fopen(path, "w");
	fclose(file);
	make_hello("other");
	assert_false(tracedir_prepare(build_place("replace"), &error));
	assert_non_null(strstr(error.text, "thesis.tex"));
	assert_int_equal(unlink(path), 0);
}

static void add_up(void *context, size_t bytes)
{
	*(u64 *)context += bytes;
}

/*
 * A stream that has nothing yet may get what is due before what the others have: while packets are
 * added, the choice is made anew.
 */
static void test_growing(void **state)
{
	struct trace trace = {0};
	struct trace_cursor cursor;
	struct builder b;
	u64 last = 0, count = 0;
	const struct trace_record *record;

	(void)state;
	build_start(&b);
	for (u32 i = 0; i < 10; i++) {
		BUILD(&b, user_enter, .pid = 1);
		build_wait(&b, 5);
		BUILD(&b, user_leave, .pid = 1);
		build_wait(&b, 5);
		BUILD(&b, vm_exit, .reason = 10);
	}
	build_finish(&b);
	cursor_start(&cursor, &trace);
	assert_null(cursor_next(&cursor, UINT64_MAX));
	trace_add_packet(&trace, (const void *)b.streams[STREAM_USER].bytes, 0, NULL, NULL);
	assert_non_null(record = cursor_next(&cursor, 1006));
	assert_non_null(record = cursor_next(&cursor, 1006));
	assert_null(cursor_next(&cursor, 1006));
	trace_add_packet(&trace, (const void *)b.streams[STREAM_HYPERVISOR].bytes, 0, NULL, NULL);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		assert_true(record->tsc >= last);
		last = record->tsc;
		count++;
	}
	assert_int_equal(count, 28);
	trace_close(&trace);
	build_free(&b);
}

/* Several packets in a file of several pieces: memory is given back, old records can still be read. */
static void test_pieces(void **state)
{
	const struct trace_record *first = NULL, *record;
	struct trace_cursor cursor, ahead;
	struct builder b;
	struct error error;
	struct trace trace, other;
	u64 count = 0, passed = 0;

	(void)state;
	build_start(&b);
	for (u32 i = 0; i < 100000; i++) {
		BUILD(&b, vm_exit, .reason = i, .operand0 = ~(u64)i);
		build_wait(&b, 3);
		if (i % 500 == 499)
			build_packet(&b, STREAM_HYPERVISOR, 0);
	}
	build_directory(&b, build_place("pieces"));
	assert_true(trace_open(&trace, build_place("pieces"), &error));
	assert_true(trace_load(&other, build_place("pieces"), &error));
	other.passed = add_up;
	other.passed_context = &passed;
	cursor_start(&cursor, &trace);
	cursor_start_unchecked(&ahead, &other, &error);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		const struct trace_vm_exit *exit = (const void *)record;
		const struct trace_record *same = cursor_next(&ahead, UINT64_MAX);

		assert_non_null(same);
		assert_memory_equal(same, record, sizeof(*exit));
		assert_int_equal(exit->reason, count);
		assert_int_equal(exit->operand0, ~count);
		first = first ? first : record;
		count++;
	}
	assert_null(cursor_next(&ahead, UINT64_MAX));
	assert_string_equal(error.text, "");
	assert_int_equal(count, 100000);
	assert_int_equal(passed, other.streams[STREAM_HYPERVISOR].size);
	assert_true(cursor.dropped[STREAM_HYPERVISOR] > 4u << 20);
	assert_int_equal(((const struct trace_vm_exit *)first)->operand0, UINT64_MAX);
	trace_close(&trace);
	trace_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merged),        cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_trace),      cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_empty),         cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_packet_damage), cmocka_unit_test(test_record_damage),
		cmocka_unit_test(test_every_byte),    cmocka_unit_test(test_babeltrace),
		cmocka_unit_test(test_replacing),     cmocka_unit_test(test_fifos),
		cmocka_unit_test(test_plain_words),   cmocka_unit_test(test_growing),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
