#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/line.h"

void line_clear(struct line *line)
{
	line->used = 0;
	line->text[0] = 0;
}

static void add_words(struct line *line, const char *words)
{
	size_t left = sizeof(line->text) - line->used - 1;
	size_t size = strnlen(words, left);

	memcpy(line->text + line->used, words, size);
	line->used += size;
	line->text[line->used] = 0;
}

void line_add(struct line *line, const char *format, ...)
{
	size_t left = sizeof(line->text) - line->used;
	va_list arguments;
	int size;

	va_start(arguments, format);
	/* Mere words are most of what is added; printf takes ten times as long for them. */
	if (!strcmp(format, "%s") || !strchr(format, '%')) {
		add_words(line, *format == '%' ? va_arg(arguments, const char *) : format);
		va_end(arguments);
		return;
	}
	size = vsnprintf(line->text + line->used, left, format, arguments);
	va_end(arguments);
	if (size > 0)
		line->used += (size_t)size < left ? (size_t)size : left - 1;
}

void line_add_number(struct line *line, u64 number)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

	for (int i = 0; i < length; i++)
		line_add(line, "%s%c", i && (length - i) % 3 == 0 ? "," : "", digits[i]);
}

void line_add_text(struct line *line, const char *text, size_t size)
{
	for (size_t i = 0; i < size && text[i]; i++)
		add_words(line, (char[]){text[i] >= ' ' && text[i] < 0x7f ? text[i] : '.', 0});
}

void line_add_quoted(struct line *line, const char *bytes, size_t size, bool more)
{
	static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr\"\"\\\\";

	line_add(line, "\"");
	for (size_t i = 0; i < size; i++) {
		const char *letter = bytes[i] ? strchr(letters, bytes[i]) : NULL;
		bool digit = i + 1 < size && bytes[i + 1] >= '0' && bytes[i + 1] <= '7';

		if (letter && (letter - letters) % 2 == 0)
			line_add(line, "\\%c", letter[1]);
		else if (bytes[i] >= ' ' && bytes[i] < 0x7f)
			line_add(line, "%c", bytes[i]);
		else
			line_add(line, digit ? "\\%03o" : "\\%o", (unsigned char)bytes[i]);
	}
	line_add(line, more ? "\"..." : "\"");
}

void line_pad(struct line *line, size_t column)
{
	if (line->used)
		line_add(line, " ");
	while (line->used < column && line->used + 1 < sizeof(line->text))
		line_add(line, " ");
}

bool lines_coloured(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
	int file = fileno(out);

	return file >= 0 && isatty(file) && !(no && *no) &&
	       !(terminal && !strcmp(terminal, "dumb"));
}
