#include <stdlib.h>
#include <string.h>

#include "tools/html_strings.h"
#include "tools/json.h"
#include "tools/memory.h"

/* FNV-1a. */
static u32 hash(const char *text, size_t size)
{
	u32 value = 2166136261u;

	for (size_t i = 0; i < size; i++)
		value = (value ^ (u8)text[i]) * 16777619u;
	return value;
}

/* Where the text is in the table, or the empty place for it. */
static u32 *find(const struct strings *strings, const char *text, size_t size)
{
	size_t at = hash(text, size) & (strings->table_room - 1);

	for (; strings->table[at]; at = (at + 1) & (strings->table_room - 1)) {
		const char *there = strings->bytes + strings->starts[strings->table[at] - 1];

		if (!strncmp(there, text, size) && !there[size])
			break;
	}
	return &strings->table[at];
}

static void enlarge(struct strings *strings)
{
	free(strings->table);
	strings->table_room = strings->table_room ? strings->table_room * 2 : 1024;
	strings->table = zeros(strings->table_room, sizeof(*strings->table));
	for (size_t i = 0; i < strings->count; i++) {
		const char *text = strings->bytes + strings->starts[i];

		*find(strings, text, strlen(text)) = (u32)i + 1;
	}
}

u32 strings_number(struct strings *strings, const char *text, size_t size)
{
	u32 *place;

	size = strnlen(text, size);
	if (strings->count * 2 >= strings->table_room)
		enlarge(strings);
	place = find(strings, text, size);
	if (*place)
		return *place - 1;
	strings->bytes = grown(strings->bytes, strings->used + size + 1, &strings->room, 1);
	strings->starts = grown(strings->starts, strings->count + 1, &strings->start_room,
	                        sizeof(*strings->starts));
	memcpy(strings->bytes + strings->used, text, size);
	strings->bytes[strings->used + size] = 0;
	strings->starts[strings->count++] = strings->used;
	strings->used += size + 1;
	*place = (u32)strings->count;
	return *place - 1;
}

void strings_print_json(FILE *out, const struct strings *strings)
{
	fputc('[', out);
	for (size_t i = 0; i < strings->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		json_string(out, strings->bytes + strings->starts[i]);
	}
	fputs("\n]", out);
}

void strings_free(struct strings *strings)
{
	free(strings->bytes);
	free(strings->starts);
	free(strings->table);
	memset(strings, 0, sizeof(*strings));
}
