/*
 * The page of `ringscope report` as it is written: base64, texts kept once, open intervals by their
 * records; nothing of a trace is ever markup. test_html_events.c reads the events.
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
#include "tools/html_base64.h"
#include "tools/html_events.h"
#include "tools/html_open.h"
#include "tools/html_page.h"
#include "tools/html_summary.h"

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
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_open_items),
		cmocka_unit_test(test_markup),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
