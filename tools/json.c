#include <string.h>

#include "tools/json.h"

/* How many bytes from the front stand for themselves. */
static size_t plain(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] >= ' ' && text[length] < 0x7f && text[length] != '"' &&
	       text[length] != '\\')
		length++;
	return length;
}

void json_bytes(FILE *out, const char *text, size_t size)
{
	size_t length;

	putc_unlocked('"', out);
	while ((length = plain(text, size)) < size) {
		unsigned char byte = (unsigned char)text[length];

		fwrite_unlocked(text, 1, length, out);
		fprintf(out, byte < ' ' || byte >= 0x7f ? "\\u%04x" : "\\%c", byte);
		text += length + 1;
		size -= length + 1;
	}
	fwrite_unlocked(text, 1, size, out);
	putc_unlocked('"', out);
}

void json_text(FILE *out, const char *text, size_t size)
{
	json_bytes(out, text, strnlen(text, size));
}

void json_string(FILE *out, const char *text)
{
	json_text(out, text, strlen(text));
}

void json_member(FILE *out, const char *before, const char *name, const char *text)
{
	fprintf(out, "%s\"%s\": ", before, name);
	json_string(out, text);
}

void csv_field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++)
		fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
	fputc('"', out);
}
