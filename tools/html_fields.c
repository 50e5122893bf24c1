#include <string.h>

#include "tools/html_fields.h"
#include "tools/json.h"
#include "tools/names.h"

enum part_kind { PART_EVENT, PART_FIELD, PART_TEXT, PART_END };

enum display {
	DISPLAY_HIDDEN,
	DISPLAY_DEC,
	DISPLAY_HEX,
	DISPLAY_REASON,
	DISPLAY_SYSCALL,
	DISPLAY_VECTOR,
	DISPLAY_SIGNAL,
	DISPLAY_GATE,
	DISPLAY_OUTCOME,
	DISPLAY_STREAM,
	DISPLAY_INTERVAL,
};

/* The table of events laid out flat: an event, its parts in the order of the record, its end. */
static const struct part {
	enum part_kind kind;
	u32 id;    /* of an event */
	u32 bytes; /* of a field or text */
	bool is_signed;
	enum display display;
	const char *display_name;
	const char *name;
	const char *sentence;
} parts[] = {
#define EVENT(number, name, tier, phase, text) {PART_EVENT, number, 0, false, 0, "", #name, text},
#define FIELD(type, name, display, text)                                                           \
	{PART_FIELD, 0, sizeof(type), (type)-1 < (type)1, DISPLAY_##display, #display, #name, text},
#define TEXT(name, size, text) {PART_TEXT, 0, size, false, 0, "", #name, text},
#define END(name)              {PART_END, 0, 0, false, 0, "", #name, ""},
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
};

/* The first part of an event's fields. */
static const struct part *parts_of(u32 id)
{
	static const struct part *starts[EVENT_LIMIT];

	if (!starts[id])
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			if (parts[i].kind == PART_EVENT)
				starts[parts[i].id] = &parts[i + 1];
	return starts[id];
}

static u64 read_number(const char *bytes, const struct part *part)
{
	u64 number = 0;
	u32 unused = 64 - 8 * part->bytes;

	memcpy(&number, bytes, part->bytes);
	return part->is_signed ? (u64)((s64)(number << unused) >> unused) : number;
}

void fields_read(struct field_values *values, const struct trace_record *record)
{
	const char *at = (const char *)(record + 1);

	values->numbers = values->texts = 0;
	for (const struct part *part = parts_of(record->id); part->kind != PART_END; part++) {
		if (part->kind == PART_TEXT) {
			values->text[values->texts] = at;
			values->bytes[values->texts++] = part->bytes;
		} else if (part->display != DISPLAY_HIDDEN) {
			values->number[values->numbers++] = read_number(at, part);
		}
		at += part->bytes;
	}
}

static void print_parts(FILE *out, u32 id, enum part_kind kind)
{
	const char *between = "";

	for (const struct part *part = parts_of(id); part->kind != PART_END; part++) {
		if (part->kind != kind || (kind == PART_FIELD && part->display == DISPLAY_HIDDEN))
			continue;
		fprintf(out, "%s[\"%s\", ", between, part->name);
		if (kind == PART_FIELD)
			fprintf(out, "\"%s\", ", part->is_signed ? "SIGNED" : part->display_name);
		json_string(out, part->sentence);
		fputc(']', out);
		between = ", ";
	}
}

void fields_print_json(FILE *out)
{
	const char *between = "{\n";

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		u32 id = parts[i].id;

		if (parts[i].kind != PART_EVENT)
			continue;
		fprintf(out,
		        "%s\"%u\": {\"name\": \"%s\", \"tier\": %u, \"phase\": %u, \"about\": ",
		        between, id, parts[i].name, event_kinds[id].stream, event_kinds[id].phase);
		json_string(out, parts[i].sentence);
		fprintf(out, ", \"fields\": [");
		print_parts(out, id, PART_FIELD);
		fprintf(out, "], \"texts\": [");
		print_parts(out, id, PART_TEXT);
		fprintf(out, "]}");
		between = ",\n";
	}
	fprintf(out, "\n}");
}
