/*
 * The page of `ringscope report` as it is written: base64, texts kept once, patterns that give the
 * very words again; every event read back out of the stream; nothing of a trace is ever markup.
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
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "tools/decode.h"
#include "tools/html_base64.h"
#include "tools/html_events.h"
#include "tools/html_open.h"
#include "tools/html_page.h"
#include "tools/html_summary.h"
#include "tools/html_words.h"
#include "tools/names.h"
#include "tools/tracker.h"

#define HOSTILE "</script><img onerror=x>"

/* Bytes that a stream was written to. */
struct written {
	FILE *file;
	char *bytes;
	size_t size;
};

static void begin_writing(struct written *written)
{
	written->file = open_memstream(&written->bytes, &written->size);
	assert_non_null(written->file);
}

static void expect_base64(const char *bytes, size_t size, const char *text)
{
	struct written written;
	FILE *stream;

	begin_writing(&written);
	stream = base64_open(written.file);
	fwrite(bytes, 1, size, stream);
	fclose(stream);
	fclose(written.file);
	assert_string_equal(written.bytes, text);
	free(written.bytes);
}

/* The vectors of RFC 4648, and the characters that it has beside letters and digits. */
static void test_base64(void **state)
{
	(void)state;
	expect_base64("", 0, "");
	expect_base64("f", 1, "Zg==");
	expect_base64("fo", 2, "Zm8=");
	expect_base64("foo", 3, "Zm9v");
	expect_base64("foob", 4, "Zm9vYg==");
	expect_base64("fooba", 5, "Zm9vYmE=");
	expect_base64("foobar", 6, "Zm9vYmFy");
	expect_base64("\xfb\xff\xbf", 3, "+/+/");
	expect_base64("\0\0", 2, "AAA=");
}

static void test_strings(void **state)
{
	struct strings strings = {0};
	struct written written;
	char text[16];

	(void)state;
	for (u32 round = 0; round < 2; round++)
		for (u32 i = 0; i < 5000; i++) {
			snprintf(text, sizeof(text), "text %u", i);
			assert_int_equal(strings_number(&strings, text, sizeof(text)), i);
		}
	assert_int_equal(strings_number(&strings, "text 77 and more", 7), 77);
	assert_int_equal(strings_number(&strings, "", 0), 5000);
	strings_free(&strings);
	strings_number(&strings, "a\"b", 8);
	strings_number(&strings, "\x01<\xff", 3);
	begin_writing(&written);
	strings_print_json(written.file, &strings);
	fclose(written.file);
	assert_string_equal(written.bytes, "[\n\"a\\\"b\",\n\"\\u0001<\\u00ff\"\n]");
	free(written.bytes);
	strings_free(&strings);
}

/* Against a plain table, with many removals from the midst of runs. */
static void test_open_items(void **state)
{
	static struct trace_record records[512];
	static u64 model[512];
	struct open_items items = {0};
	u32 random = 1;

	(void)state;
	memset(model, 0xff, sizeof(model));
	assert_true(open_items_find(&items, &records[0]) == NO_ITEM);
	for (u32 i = 0; i < 20000; i++) {
		u32 which;

		random = random * 1664525u + 1013904223u;
		which = random >> 23;
		if (random & 0x400)
			open_items_remove(&items, &records[which]);
		else
			open_items_add(&items, &records[which], i);
		model[which] = random & 0x400 ? NO_ITEM : i;
		which = (which * 7 + 3) % 512;
		assert_true(open_items_find(&items, &records[which]) == model[which]);
	}
	for (u32 i = 0; i < 512; i++)
		assert_true(open_items_find(&items, &records[i]) == model[i]);
	assert_true(open_items_find(&items, NULL) == NO_ITEM);
	open_items_free(&items);
}

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
	struct written written;
	struct trace trace;
	struct error error;
	u64 count = 0, placed = 0;

	assert_true(trace_open(&trace, directory, &error));
	begin_writing(&written);
	html_events_write(written.file, &trace, &events);
	fclose(written.file);
	reader = (struct reader){.at = (const u8 *)written.bytes,
	                         .end = (const u8 *)written.bytes + written.size,
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
	free(written.bytes);
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

/* Whether the text is one JSON value; *text moves behind it. */
static bool is_json(const char **text)
{
	const char *at = *text + strspn(*text, " \n");
	char close = *at == '{' ? '}' : ']';
	bool fine = true;

	if (*at == '"') {
		for (at++; *at && *at != '"'; at++) {
			fine &= *at >= ' ' && *at < 0x7f;
			at += *at == '\\';
		}
		fine &= *at++ == '"';
	} else if (*at == '{' || *at == '[') {
		bool object = *at++ == '{', first = true;

		for (at += strspn(at, " \n"); fine && *at != close; at += strspn(at, " \n")) {
			fine &= first || *at++ == ',';
			first = false;
			fine = fine && (!object || (is_json(&at) && *at++ == ':')) && is_json(&at);
		}
		fine = fine && *at++ == close;
	} else {
		size_t length = strspn(at, "-0123456789.abcdefghijklmnopqrstuvwxyz");

		fine = length > 0;
		at += length;
	}
	*text = at;
	return fine;
}

static u8 base64_value(char character)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *place = strchr(alphabet, character);

	assert_true(character && place);
	return (u8)(place - alphabet);
}

/* Takes a part of the page out of its base64, with a NUL behind it; the caller frees. */
static char *part_of(const char *page, const char *id)
{
	char head[80];
	const char *at;
	char *bytes, *to;
	u32 held = 0, bits = 0;

	snprintf(head, sizeof(head), "<script type=\"text/plain\" id=\"%s\">", id);
	at = strstr(page, head);
	assert_non_null(at);
	at += strlen(head);
	to = bytes = malloc(strcspn(at, "<") + 1);
	assert_non_null(bytes);
	for (; *at != '<' && *at != '='; at++) {
		held = held << 6 | base64_value(*at);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		*to++ = (char)(held >> bits);
	}
	*to = 0;
	assert_memory_equal(at + strspn(at, "="), "</script>", 9);
	return bytes;
}

static void build_hostile(struct builder *b)
{
	build_start(b);
	strcpy(b->info.command, HOSTILE);
	strcpy(b->info.processor, HOSTILE "&amp;");
	strcpy(b->info.message, HOSTILE "\\\"");
	BUILD(b, protection, .name = "<b>\"\\");
	BUILD(b, process_fork, .child = 1);
	BUILD(b, process_exec, .pid = 1, .program = HOSTILE);
	build_wait(b, 10);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, user_enter, .pid = 1);
	BUILD(b, mark, .pid = 1, .text = HOSTILE "\"\\\x07\xff");
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_interrupt);
	BUILD(b, memory_range, .address = 0x1000, .bytes = 0x1000, .page_bytes = 0x1000,
	      .process = 1, .owner = "<script>alert(1)");
	BUILD(b, process_exit, .pid = 1, .status = 3);
}

static u32 count_of(const char *text, const char *what)
{
	u32 count = 0;

	for (; (text = strstr(text, what)); text++)
		count++;
	return count;
}

static void test_markup(void **state)
{
	static const char *const parts[] = {"trace-summary", "trace-names"};
	const char *place = build_place("markup");
	static struct verify verify;
	struct trace trace, loaded;
	struct html_events events;
	struct written written;
	struct builder b;
	struct error error;

	(void)state;
	build_hostile(&b);
	build_directory(&b, place);
	assert_true(trace_open(&trace, place, &error) && trace_load(&loaded, place, &error));
	verify_trace(&verify, &loaded);
	begin_writing(&written);
	html_page_write(written.file, &trace, &verify, &events);
	fclose(written.file);
	assert_memory_equal(written.bytes, "<!DOCTYPE html>", 15);
	assert_int_equal(count_of(written.bytes, "onerror"), 0);
	assert_int_equal(count_of(written.bytes, "alert(1)"), 0);
	assert_int_equal(count_of(written.bytes, "<script"), count_of(written.bytes, "</script>"));
	assert_int_equal(count_of(written.bytes, "http-equiv=\"Content-Security-Policy\""), 1);
	assert_int_equal(count_of(written.bytes, "src="), 0);
	assert_int_equal(count_of(written.bytes, "<!-- "), 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		char *json = part_of(written.bytes, parts[i]);
		const char *at = json;

		assert_true(is_json(&at));
		assert_string_equal(at, "\n");
		assert_true(count_of(json, HOSTILE) > 0);
		free(json);
	}
	html_events_free(&events);
	trace_close(&loaded);
	trace_close(&trace);
	free(written.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),     cmocka_unit_test(test_strings),
		cmocka_unit_test(test_open_items), cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_streams),    cmocka_unit_test(test_odd_streams),
		cmocka_unit_test(test_markup),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
