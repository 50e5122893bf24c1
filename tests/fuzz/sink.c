#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/sink.h"
#include "abi/types.h"

static char *text;
static size_t text_size;

static void fail(const char *what, const char *at, size_t left)
{
	fprintf(stderr, "FINDING: %s at \"%.*s\"\n", what, left > 60 ? 60 : (int)left, at);
	abort();
}

static ssize_t judge_text(void *context, const char *bytes, size_t size)
{
	static bool returns;

	(void)context;
	for (size_t i = 0; i < size; i++) {
		if (returns && bytes[i] != '\n')
			fail("a carriage return within a line", bytes + i, size - i);
		returns = bytes[i] == '\r';
		if (((u8)bytes[i] < ' ' && bytes[i] != '\n' && !returns) || bytes[i] == 0x7f)
			fail("a control character in text", bytes + i, size - i);
	}
	return (ssize_t)size;
}

FILE *sink_text(void)
{
	static FILE *out;

	if (!out) {
		out = fopencookie(NULL, "w", (cookie_io_functions_t){.write = judge_text});
		if (!out)
			abort();
		setvbuf(out, NULL, _IOFBF, 1 << 16);
	}
	return out;
}

FILE *sink_bytes(void)
{
	static FILE *out;

	if (!out)
		out = fopen("/dev/null", "we");
	if (!out)
		abort();
	return out;
}

FILE *sink_json(void)
{
	FILE *out = open_memstream(&text, &text_size);

	if (!out)
		abort();
	return out;
}

/* What is left to read; `depth` values around it are open. */
struct reader {
	const char *at;
	const char *end;
	u32 depth;
};

static char next(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : 0;
}

static void skip(struct reader *reader, bool lines)
{
	while (next(reader) == ' ' || next(reader) == '\t' || (lines && next(reader) == '\n'))
		reader->at++;
}

static void want(struct reader *reader, bool good, const char *what)
{
	if (!good)
		fail(what, reader->at, (size_t)(reader->end - reader->at));
}

static void read_escape(struct reader *reader)
{
	if (next(reader) == 'u') {
		for (u32 i = 0; i < 4; i++) {
			reader->at++;
			want(reader, next(reader) && strchr("0123456789abcdefABCDEF", *reader->at),
			     "a bad \\u in JSON");
		}
	} else {
		want(reader, next(reader) && strchr("\"\\/bfnrt", *reader->at),
		     "a bad escape in JSON");
	}
	reader->at++;
}

/* How many bytes follow the first of a character; over-long ones and surrogates are none. */
static u32 tail_bytes(struct reader *reader)
{
	u8 first = (u8)reader->at[0];
	u8 second = reader->at + 1 < reader->end ? (u8)reader->at[1] : 0;

	if (first < 0x80)
		return 0;
	want(reader, first >= 0xc2 && first <= 0xf4, "no UTF-8 in JSON");
	want(reader,
	     !(first == 0xe0 && second < 0xa0) && !(first == 0xed && second > 0x9f) &&
	             !(first == 0xf0 && second < 0x90) && !(first == 0xf4 && second > 0x8f),
	     "no UTF-8 in JSON");
	return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static void read_string(struct reader *reader)
{
	reader->at++;
	for (;;) {
		u8 byte = (u8)next(reader);

		want(reader, byte >= ' ', "a control character in JSON");
		if (byte == '\\') {
			reader->at++;
			read_escape(reader);
			continue;
		}
		for (u32 tail = tail_bytes(reader); tail; tail--) {
			reader->at++;
			want(reader, ((u8)next(reader) & 0xc0) == 0x80, "no UTF-8 in JSON");
		}
		reader->at++;
		if (byte == '"')
			return;
	}
}

static void read_number(struct reader *reader)
{
	static const char digits[] = "0123456789";
	const char *begin;

	if (next(reader) == '-')
		reader->at++;
	begin = reader->at;
	reader->at += strspn(reader->at, digits);
	want(reader, reader->at > begin && (*begin != '0' || reader->at == begin + 1),
	     "no value in JSON");
	if (next(reader) == '.') {
		begin = ++reader->at;
		reader->at += strspn(reader->at, digits);
		want(reader, reader->at > begin, "a bad fraction in JSON");
	}
	if (next(reader) == 'e' || next(reader) == 'E') {
		reader->at++;
		reader->at += strspn(reader->at, "+-");
		begin = reader->at;
		reader->at += strspn(reader->at, digits);
		want(reader, reader->at > begin, "a bad exponent in JSON");
	}
}

static bool read_word(struct reader *reader)
{
	static const char *const words[] = {"true", "false", "null"};

	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(reader->at, words[i], strlen(words[i]))) {
			reader->at += strlen(words[i]);
			return true;
		}
	return false;
}

static void read_value(struct reader *reader);

/* Up to `close`: a list's values, or an object's with their names. */
static void read_many(struct reader *reader, char close)
{
	bool more = false;

	want(reader, ++reader->depth < 64, "too deep a JSON");
	reader->at++;
	for (;;) {
		skip(reader, true);
		if (next(reader) == close && !more)
			break;
		if (close == '}') {
			want(reader, next(reader) == '"', "no name in a JSON object");
			read_string(reader);
			skip(reader, true);
			want(reader, next(reader) == ':', "no colon in a JSON object");
			reader->at++;
		}
		read_value(reader);
		skip(reader, true);
		more = next(reader) == ',';
		if (!more)
			break;
		reader->at++;
	}
	want(reader, next(reader) == close, "no comma in JSON");
	reader->at++;
	reader->depth--;
}

static void read_value(struct reader *reader)
{
	skip(reader, true);
	if (next(reader) == '{')
		read_many(reader, '}');
	else if (next(reader) == '[')
		read_many(reader, ']');
	else if (next(reader) == '"')
		read_string(reader);
	else if (!read_word(reader))
		read_number(reader);
}

void sink_json_end(FILE *out)
{
	struct reader reader;

	fclose(out);
	reader = (struct reader){text, text + text_size, 0};
	read_value(&reader);
	skip(&reader, true);
	want(&reader, reader.at == reader.end, "more than one JSON value");
	free(text);
}

void sink_json_lines_end(FILE *out)
{
	struct reader reader;

	fclose(out);
	reader = (struct reader){text, text + text_size, 0};
	while (reader.at < reader.end) {
		read_value(&reader);
		want(&reader, next(&reader) == '\n', "a JSON value that is no line");
		reader.at++;
	}
	free(text);
}
