#include <stdlib.h>
#include <string.h>

#include "tools/info.h"

enum field_kind { FIELD_STRING, FIELD_NUMBER, FIELD_STATE, FIELD_CAUSE };

static const struct field {
	const char *name;
	enum info_place place;
	enum field_kind kind;
	size_t offset;
	size_t size;
} fields[] = {
#define STRING(place, name)                                                                        \
	{                                                                                          \
#name, place, FIELD_STRING, offsetof(struct trace_info, name),                     \
			sizeof(((struct trace_info *)0)->name)                                     \
	}
#define NUMBER(place, kind, name)                                                                  \
	{                                                                                          \
#name, place, kind, offsetof(struct trace_info, name), 8                           \
	}
#define BY_STREAM(place, name, stream)                                                             \
	{                                                                                          \
#name "_" #stream, place, FIELD_NUMBER, offsetof(struct trace_info, name[stream]), \
			8                                                                          \
	}
	STRING(INFO_ENV, tracer_name),
	STRING(INFO_ENV, uuid),
	STRING(INFO_ENV, engine),
	STRING(INFO_ENV, processor),
	STRING(INFO_ENV, time_unit),
	STRING(INFO_ENV, observe),
	STRING(INFO_ENV, command),
	NUMBER(INFO_ENV, FIELD_NUMBER, bare),
	NUMBER(INFO_ENV, FIELD_NUMBER, tsc_hz),
	NUMBER(INFO_ENV, FIELD_NUMBER, tsc_begin),
	BY_STREAM(INFO_ENV, events, 0),
	BY_STREAM(INFO_ENV, events, 1),
	BY_STREAM(INFO_ENV, events, 2),
	NUMBER(INFO_RESULT, FIELD_STATE, state),
	NUMBER(INFO_RESULT, FIELD_CAUSE, cause),
	NUMBER(INFO_RESULT, FIELD_NUMBER, exit_status),
	NUMBER(INFO_RESULT, FIELD_NUMBER, tsc_end),
	BY_STREAM(INFO_RESULT, records, 0),
	BY_STREAM(INFO_RESULT, records, 1),
	BY_STREAM(INFO_RESULT, records, 2),
	BY_STREAM(INFO_RESULT, lost, 0),
	BY_STREAM(INFO_RESULT, lost, 1),
	BY_STREAM(INFO_RESULT, lost, 2),
	STRING(INFO_RESULT, message),
#undef STRING
#undef NUMBER
#undef BY_STREAM
};

static const char *const states[] = {
	[TRACE_DISK_EMPTY] = "empty",
	[TRACE_DISK_RUNNING] = "running",
	[TRACE_DISK_CLOSED] = "closed",
};

static const struct {
	const char *name;
	const char *sentence;
} causes[] = {
#define END(number, name, text) [number] = {#name, text},
	GUEST_ENDS(END)
#undef END
};

const char *guest_end_sentence(u64 cause)
{
	return cause < ARRAY_SIZE(causes) ? causes[cause].sentence : "for a reason unknown here";
}

bool info_in_ticks(const struct trace_info *info)
{
	return strcmp(info->time_unit, "ns") != 0 || !info->tsc_hz;
}

const char *info_unit_text(const struct trace_info *info)
{
	if (!info_in_ticks(info))
		return "nanoseconds";
	if (!strcmp(info->time_unit, "ns"))
		return "ticks of a time-stamp counter of unknown frequency";
	/* Bochs counts one tick an instruction; QEMU's ticks follow the host's clock. */
	if (!strcmp(info->engine, "bochs"))
		return "ticks: instructions of an emulated processor, not time";
	return "ticks of an emulated processor, not time";
}

/* Printable ASCII without the characters of `banned`: a terminal gets no escapes. */
static void make_printable(char *text, const char *banned)
{
	for (; *text; text++)
		if (*text < ' ' || *text >= 0x7f || strchr(banned, *text))
			*text = '?';
}

/* What stands in quotes in a file needs no escapes there either; the result's lines have none. */
static void make_plain(char *text, enum info_place place)
{
	make_printable(text, place == INFO_ENV ? "\"\\" : "");
}

void info_from_result(struct trace_info *info, const struct trace_disk_result *result)
{
	info->bare = result->bare;
	info->tsc_hz = result->tsc_hz;
	info->tsc_begin = result->tsc_begin;
	info->state = result->state;
	info->cause = result->cause;
	info->exit_status = (u64)result->exit_status & 0xff;
	info->tsc_end = result->tsc_end;
	memcpy(info->records, result->records, sizeof(info->records));
	memcpy(info->lost, result->lost, sizeof(info->lost));
	memcpy(info->processor, result->processor, sizeof(info->processor));
	memcpy(info->message, result->message, sizeof(info->message));
	make_plain(info->processor, INFO_ENV);
	make_plain(info->message, INFO_RESULT);
	info->has_result = true;
}

static void write_value(FILE *out, const struct field *field, const struct trace_info *info)
{
	const char *place = (const char *)info + field->offset;
	u64 number;

	if (field->kind == FIELD_STRING) {
		char text[sizeof(info->message)];

		snprintf(text, sizeof(text), "%s", place);
		make_plain(text, field->place);
		fputs(text, out);
		return;
	}
	memcpy(&number, place, sizeof(number));
	if (field->kind == FIELD_STATE && number < ARRAY_SIZE(states))
		fputs(states[number], out);
	else if (field->kind == FIELD_CAUSE && number < ARRAY_SIZE(causes))
		fputs(causes[number].name, out);
	else
		fprintf(out, "%llu", (unsigned long long)number);
}

void info_write(FILE *out, enum info_place place, const struct trace_info *info)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *quote = fields[i].kind == FIELD_STRING ? "\"" : "";

		if (fields[i].place != place)
			continue;
		if (place == INFO_RESULT)
			quote = "";
		fprintf(out, place == INFO_ENV ? "\t%s = %s" : "%s=%s", fields[i].name, quote);
		write_value(out, &fields[i], info);
		fprintf(out, place == INFO_ENV ? "%s;\n" : "%s\n", quote);
	}
}

static u64 read_number(const struct field *field, const char *text)
{
	for (u64 i = 0; field->kind == FIELD_STATE && i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i], text))
			return i;
	for (u64 i = 0; field->kind == FIELD_CAUSE && i < ARRAY_SIZE(causes); i++)
		if (!strcmp(causes[i].name, text))
			return i;
	return strtoull(text, NULL, 10);
}

static void store(const struct field *field, const char *value, struct trace_info *info)
{
	char *place = (char *)info + field->offset;
	u64 number;

	if (field->kind == FIELD_STRING) {
		snprintf(place, field->size, "%s", value);
		make_plain(place, field->place);
		return;
	}
	number = read_number(field, value);
	memcpy(place, &number, sizeof(number));
}

/* Splits "name = value;" or "name=value" in place. */
static char *split(char *line, enum info_place place)
{
	const char *around = place == INFO_ENV ? " ;\"\r" : "\r";
	char *equals = strchr(line, '=');
	char *end = line + strlen(line);
	char *value;

	if (!equals)
		return NULL;
	value = equals + 1;
	while (equals > line && equals[-1] == ' ')
		equals--;
	*equals = 0;
	while (place == INFO_ENV && (*value == ' ' || *value == '"'))
		value++;
	while (end > value && strchr(around, end[-1]))
		*--end = 0;
	return value;
}

void info_read(const char *text, size_t size, enum info_place place, struct trace_info *info)
{
	char line[512];

	while (size) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline ? (size_t)(newline - text) : size;
		size_t tabs = length && *text == '\t';
		char *value;

		snprintf(line, sizeof(line), "%.*s", (int)(length - tabs), text + tabs);
		value = split(line, place);
		for (size_t i = 0; value && i < ARRAY_SIZE(fields); i++)
			if (fields[i].place == place && !strcmp(fields[i].name, line))
				store(&fields[i], value, info);
		length += newline != NULL;
		text += length;
		size -= length;
	}
}

void uuid_format(const u8 uuid[16], char text[40])
{
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		text += sprintf(text, "%02x", uuid[i]);
	}
}

bool uuid_parse(const char *text, u8 uuid[16])
{
	for (int i = 0; i < 16; i++) {
		unsigned byte;

		if (*text == '-')
			text++;
		if (sscanf(text, "%2x", &byte) != 1 || strlen(text) < 2)
			return false;
		uuid[i] = (u8)byte;
		text += 2;
	}
	return !*text;
}
