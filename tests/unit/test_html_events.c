/*
 * The events of `ringscope report` as they are written: patterns that give the very words again, and
 * every event read back out of the stream, beside the trace.
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
#include <cmocka.h>

#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "tools/html_open.h"
#include "tools/decode.h"
#include "tools/html_events.h"
#include "tools/html_open.h"
#include "tools/html_words.h"
#include "tools/names.h"
#include "tools/tracker.h"

/* The words that a pattern stands for, as the page puts them together. */
static void fill_pattern(struct line *words, const char *pattern, const u64 *number)
{
	for (; *pattern; pattern++) {
		if (*pattern == WORDS_HEX || *pattern == WORDS_DECIMAL) {
			u64 value = number[pattern[1] - 'A'];

			line_add(words, *pattern == WORDS_HEX ? "0x%llx" : "%llu",
			         (unsigned long long)value);
			pattern++;
		} else {
			line_add(words, "%c", *pattern);
		}
	}
}

static void expect_pattern(const char *words, const char *expected)
{
	static const struct field_values values = {.numbers = 3,
	                                           .number = {0x402010, 31, UINT64_MAX}};
	struct line pattern = {0}, again = {0};

	words_pattern(&pattern, words, &values);
	assert_string_equal(pattern.text, expected);
	fill_pattern(&again, pattern.text, values.number);
	assert_string_equal(again.text, words);
}

static void test_patterns(void **state)
{
	(void)state;
	expect_pattern("", "");
	expect_pattern("at 0x402010, 31", "at \1A, \2B");
	expect_pattern("0x1f 31 0x31 0x0402010", "\1B \2B 0x31 0x0402010");
	expect_pattern("x31 31x 031 131 0x", "x31 \2Bx 031 131 0x");
	expect_pattern("-31 18446744073709551615", "-\2B 18446744073709551615");
	expect_pattern("0xffffffffffffffff 0xfffffffffffffffff", "\1C 0xfffffffffffffffff");
	expect_pattern("4,198,416", "4,198,416");
}

#define HOSTILE "</script>"

/* A reader of the stream, after its grammar in html_events.h. */
struct reader {
	const u8 *at;
	const u8 *end;
	const struct html_events *events;
	u64 last[EVENT_LIMIT][FIELDS_MAX];
	u64 time;
	u64 items;
	u32 context;
	/* of the latest event */
	u32 id;
	u32 pattern;
	u64 item;
	u64 parent; /* NO_ITEM */
	struct cost cost;
	u64 closed;
	u32 texts[FIELDS_MAX];
};

static u64 read_number(struct reader *reader)
{
	u64 number = 0;

	for (u32 shift = 0;; shift += 7) {
		assert_true(reader->at < reader->end && shift < 64);
		number |= (u64)(*reader->at & 0x7f) << shift;
		if (!(*reader->at++ & 0x80))
			return number;
	}
}

static void read_cost(struct reader *reader, struct cost *cost)
{
	u64 *const parts[] = {&cost->ticks[0], &cost->ticks[1], &cost->ticks[2], &cost->exits,
	                      &cost->faults};
	u32 mask = *reader->at++;

	*cost = (struct cost){0};
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (mask & 1u << i)
			*parts[i] = read_number(reader);
}

static u64 read_link(struct reader *reader)
{
	u64 distance = read_number(reader);

	assert_true(distance <= reader->items);
	return distance ? reader->items - distance : NO_ITEM;
}

static void read_item(struct reader *reader)
{
	u64 link = read_link(reader);

	if (event_kinds[reader->id].phase == PHASE_END && link != NO_ITEM) {
		reader->item = link;
		read_cost(reader, &reader->cost);
		return;
	}
	if (event_kinds[reader->id].phase == PHASE_END)
		link = read_link(reader);
	reader->parent = link;
	reader->item = reader->items++;
}

static void read_event(struct reader *reader, const struct field_values *values)
{
	u32 head, mask;

	if (!*reader->at) {
		memset(reader->last, 0, sizeof(reader->last));
		reader->at++;
	}
	head = *reader->at++;
	reader->id = head & 0x7f;
	if (head & 0x80)
		reader->context = (u32)read_number(reader);
	reader->time += read_number(reader);
	reader->pattern = (u32)read_number(reader);
	read_item(reader);
	reader->closed = 0;
	if (reader->id == EVENT_process_exit || reader->id == EVENT_thread_exit ||
	    reader->id == EVENT_process_exec)
		reader->closed = read_number(reader);
	for (u64 i = 0; i < reader->closed; i++) {
		struct cost cost;

		assert_true(read_link(reader) < reader->items);
		read_cost(reader, &cost);
	}
	for (u32 i = 0; i < values->texts; i++)
		reader->texts[i] = (u32)read_number(reader);
	mask = (u32)read_number(reader);
	for (u32 i = 0; i < FIELDS_MAX; i++)
		if (mask & 1u << i) {
			u64 zigzag = read_number(reader);

			reader->last[reader->id][i] += zigzag >> 1 ^ -(zigzag & 1);
		}
}

static const char *string_of(const struct strings *strings, u32 number)
{
	assert_true(number < strings->count);
	return strings->bytes + strings->starts[number];
}

/* Its words are those of decode_record, but for a system call's end, which tells all of the call. */
static void expect_words(const struct reader *reader, const struct track_step *step)
{
	const char *both = string_of(&reader->events->patterns, reader->pattern);
	const char *pattern = strchr(both, WORDS_BREAK);
	struct line expected = {0}, words = {0}, name = {0};

	assert_non_null(pattern);
	words_name(&name, step->record);
	assert_int_equal(name.used, pattern - both);
	assert_memory_equal(name.text, both, name.used);
	fill_pattern(&words, pattern + 1, reader->last[reader->id]);
	decode_record(&expected, step->record, step->begin);
	if (step->record->id == EVENT_syscall_exit && step->begin)
		assert_memory_equal(words.text, name.text, name.used);
	else
		assert_string_equal(words.text, expected.text);
}

/* Every record that began an interval or was an instant, by its item. */
static const struct trace_record *begun[8192];

/* The cause that the record carries is the item that the page says it happened in. */
static void expect_parent(const struct reader *reader, const struct trace_record *record)
{
	u32 cause = ((const struct trace_thread_exit *)record)->cause;
	const struct trace_record *around;

	if (event_kinds[record->id].stream == STREAM_HYPERVISOR || reader->parent == NO_ITEM)
		return;
	assert_true(reader->parent < reader->item);
	around = begun[reader->parent];
	assert_int_equal(cause & CAUSE_USER, around->id == EVENT_user_enter ? CAUSE_USER : 0);
	assert_int_equal(cause & ~CAUSE_USER, around->sequence);
}

/* An end leads to the item of its begin, and has its cost. */
static void expect_item(const struct reader *reader, const struct track_step *step)
{
	if (event_kinds[step->record->id].phase == PHASE_END && step->begin) {
		assert_ptr_equal(begun[reader->item], step->begin);
		assert_memory_equal(&reader->cost, &step->cost, sizeof(step->cost));
		return;
	}
	assert_true(reader->item == reader->items - 1 && reader->item < ARRAY_SIZE(begun));
	begun[reader->item] = step->record;
	expect_parent(reader, step->record);
}

static void expect_event(struct reader *reader, const struct track_step *step)
{
	struct field_values values;

	fields_read(&values, step->record);
	read_event(reader, &values);
	assert_int_equal(reader->id, step->record->id);
	assert_true(reader->time == step->record->tsc);
	assert_memory_equal(reader->last[reader->id], values.number,
	                    values.numbers * sizeof(values.number[0]));
	for (u32 i = 0; i < values.texts; i++) {
		const char *text = string_of(&reader->events->texts, reader->texts[i]);

		assert_int_equal(strlen(text), strnlen(values.text[i], values.bytes[i]));
		assert_memory_equal(text, values.text[i], strlen(text));
	}
	assert_int_equal(reader->closed, step->closed);
	expect_words(reader, step);
	expect_item(reader, step);
}

/* Reads the whole stream of a trace back, beside the trace itself. */
static void expect_stream(const char *directory)
{
	static struct reader reader;
	const struct trace_record *record;
	struct html_events events;
	struct trace_cursor cursor;
	struct tracker tracker;
	struct track_step step;
	struct trace trace;
	struct error error;
	u64 count = 0, placed = 0;
	char *bytes = NULL;
	size_t size = 0;
	FILE *out;

	assert_true(trace_open(&trace, directory, &error));
	out = open_memstream(&bytes, &size);
	assert_non_null(out);
	html_events_write(out, &trace, &events);
	fclose(out);
	reader = (struct reader){.at = (const u8 *)bytes,
	                         .end = (const u8 *)bytes + size,
	                         .events = &events,
	                         .time = trace.info.tsc_begin};
	tracker_start(&tracker, trace.info.bare, trace.info.tsc_begin);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		tracker_step(&tracker, record, &step);
		expect_event(&reader, &step);
		placed += reader.parent != NO_ITEM;
		count++;
	}
	assert_true(reader.at == reader.end);
	assert_true(events.events == count && count > 0);
	assert_true(events.items == reader.items);
	assert_true(placed > 0);
	tracker_stop(&tracker);
	html_events_free(&events);
	trace_close(&trace);
	free(bytes);
}

static void test_streams(void **state)
{
	static void (*const builders[])(struct builder *) = {build_hello, build_threads};
	struct builder b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(builders); i++) {
		const char *place = build_place("stream");

		builders[i](&b);
		build_directory(&b, place);
		expect_stream(place);
	}
}

/* More than a block; ends without begins, causes that name nothing, intervals that stay open. */
static void test_odd_streams(void **state)
{
	const char *place = build_place("odd");
	struct builder b;

	(void)state;
	build_start(&b);
	BUILD(&b, vm_entry, .result = 1);
	BUILD(&b, user_leave, .pid = 9, .gate = USER_GATE_syscall);
	BUILD(&b, syscall_exit, .pid = 9, .number = SYSCALL_write, .result = -38);
	for (u64 i = 0; i < 40; i++) {
		build_wait(&b, i * i);
		BUILD(&b, syscall_entry, .pid = 3, .cause = 0x7777, .number = SYSCALL_read,
		      .arg1 = ~i << 20, .arg2 = i);
	}
	BUILD(&b, context_switch, .pid = 0, .next_pid = 3);
	for (u64 i = 0; i < 2 * BLOCK_EVENTS; i++) {
		build_wait(&b, i << (i % 40));
		BUILD(&b, mark, .pid = (u32)i % 5, .value = i * 0x123456789abcdefu,
		      .text = "\x01\x02" HOSTILE);
		BUILD(&b, vm_exit, .reason = (u32)i % 70, .guest_rip = -i, .cpl = 3);
		build_wait(&b, 5);
		BUILD(&b, vm_entry, .result = i);
	}
	build_directory(&b, place);
	expect_stream(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_odd_streams),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
