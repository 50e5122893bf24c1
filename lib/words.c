#include "lib/words.h"
#include "lib/string.h"

struct piece next_word(const char **line)
{
	const char *p = *line;

	while (*p == ' ')
		p++;
	struct piece word = {*p ? p : NULL, 0};
	while (p[word.length] && p[word.length] != ' ')
		word.length++;
	*line = p + word.length;
	return word;
}

bool piece_is(struct piece piece, const char *text)
{
	return piece.text && strlen(text) == piece.length &&
	       memcmp(piece.text, text, piece.length) == 0;
}

struct piece word_value(const char *line, const char *name)
{
	size_t n = strlen(name);
	struct piece value = {NULL, 0};

	for (;;) {
		struct piece word = next_word(&line);
		if (!word.text || piece_is(word, "--"))
			return value;
		if (piece_is(word, name))
			value = (struct piece){word.text + n, 0};
		else if (word.length > n && memcmp(word.text, name, n) == 0 && word.text[n] == '=')
			value = (struct piece){word.text + n + 1, word.length - n - 1};
	}
}

bool list_holds(struct piece list, const char *item)
{
	while (list.length)
		if (piece_is(next_item(&list), item))
			return true;
	return false;
}

bool parse_size(struct piece piece, u64 *value)
{
	u64 n = 0;
	size_t i = 0;

	for (; i < piece.length && piece.text[i] >= '0' && piece.text[i] <= '9'; i++) {
		if (n > UINT32_MAX)
			return false;
		n = n * 10 + (u64)(piece.text[i] - '0');
	}
	if (i == 0)
		return false;
	if (i + 1 == piece.length) {
		char unit = piece.text[i++];
		u32 shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
		if (!shift || n > UINT64_MAX >> shift)
			return false;
		n <<= shift;
	}
	if (i < piece.length)
		return false;
	*value = n;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool parse_hex(struct piece piece, u64 *value)
{
	u64 n = 0;

	for (size_t i = 0; i < piece.length; i++) {
		int digit = hex_digit(piece.text[i]);
		if (digit < 0)
			return false;
		n = n << 4 | (u64)digit;
	}
	if (!piece.length || piece.length > 16)
		return false;
	*value = n;
	return true;
}

bool parse_events(struct piece piece, u32 masks[3])
{
	u32 got[3] = {0};
	size_t digits = 0, which = 0;

	for (size_t i = 0; i < piece.length; i++) {
		int digit = hex_digit(piece.text[i]);
		if (digit >= 0 && digits < 8) {
			got[which] = got[which] << 4 | (u32)digit;
			digits++;
		} else if (piece.text[i] == ':' && digits && which < 2) {
			which++;
			digits = 0;
		} else {
			return false;
		}
	}
	if (which != 2 || !digits)
		return false;
	memcpy(masks, got, sizeof(got));
	return true;
}
