#include "guest/text.h"
#include "lib/string.h"

void text_append(struct text *text, const char *data, u64 bytes)
{
	s64 n = node_write(text->node, text->bytes, (u64)data, bytes);

	if (n > 0)
		text->bytes += (u64)n;
}

void text_print(struct text *text, const char *pattern, ...)
{
	char piece[TEXT_PIECE];
	va_list list;

	va_start(list, pattern);
	u64 length = format_list(piece, sizeof(piece), pattern, list);
	va_end(list);
	text_append(text, piece, length < sizeof(piece) ? length : sizeof(piece) - 1);
}
