#include "guest/arguments.h"
#include "lib/words.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes one word: the bytes written with the NUL, 0 if there is no room. */
static size_t decode(struct piece word, char *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < word.length; i++) {
		char c = word.text[i];
		if (c == '%' && word.length == 1)
			break; /* the empty argument */
		if (c == '%' && i + 2 < word.length && digit(word.text[i + 1]) >= 0 &&
		    digit(word.text[i + 2]) >= 0) {
			c = (char)(digit(word.text[i + 1]) * 16 + digit(word.text[i + 2]));
			i += 2;
		}
		if (n + 1 >= room)
			return 0;
		to[n++] = c;
	}
	if (n >= room)
		return 0;
	to[n++] = 0;
	return n;
}

int arguments_decode(const char *line, char *text, size_t room, const char **argv, int max)
{
	struct piece word;
	int count = 0;

	do
		word = next_word(&line);
	while (word.text && !piece_is(word, "--"));
	while (word.text && (word = next_word(&line)).text) {
		size_t n = decode(word, text, room);
		if (!n || count + 1 >= max)
			return -1;
		argv[count++] = text;
		text += n;
		room -= n;
	}
	argv[count] = NULL;
	return count;
}
