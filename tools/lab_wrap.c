#include "tools/lab_wrap.h"

static bool is_whole(char next)
{
	return ((u8)next & 0xc0) != 0x80;
}

/* Bytes of the text that stand in one line of so many columns. */
static size_t fitting(const char *text, u32 columns)
{
	size_t blank = 0, at = 0;
	u32 used = 0;

	while (text[at] && used <= columns) {
		if (text[at] == ' ')
			blank = at;
		if (used == columns)
			break;
		at++;
		used += is_whole(text[at]);
	}
	if (!text[at])
		return at;
	return blank ? blank : at;
}

void lab_wrap(FILE *out, u32 first, u32 indent, const char *text)
{
	u32 before = first;

	while (*text) {
		size_t length = fitting(text, LAB_COLUMNS - before);

		fprintf(out, "%*s%.*s\n", (int)before, "", (int)length, text);
		text += length;
		while (*text == ' ')
			text++;
		before = indent;
	}
}
