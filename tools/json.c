#include <string.h>

#include "tools/json.h"

void json_text(FILE *out, const char *text, size_t size)
{
	fputc('"', out);
	for (size_t i = 0; i < size && text[i]; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < ' ' || byte >= 0x7f)
			fprintf(out, "\\u%04x", byte);
		else
			fprintf(out, "%s%c", byte == '"' || byte == '\\' ? "\\" : "", byte);
	}
	fputc('"', out);
}

void json_string(FILE *out, const char *text)
{
	json_text(out, text, strlen(text));
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
