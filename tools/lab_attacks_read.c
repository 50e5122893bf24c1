/*
 * What program `exploits` printed (the format stands in abi/attacks.h). It is a guest's output: lines of
 * another form are passed over, and of two for one attack the first counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lab_attacks.h"

/* Between words of a line; a serial line ends with CR LF. */
#define BLANKS " \t\r"

#define LINE_MOST 512

static const struct {
	const char *word;
	enum claim claim;
} claims[] = {
	{"succeeded", CLAIM_SUCCEEDED},
	{"stopped", CLAIM_STOPPED},
	{"refused", CLAIM_REFUSED},
	{"failed", CLAIM_FAILED},
};

static bool parse_number(const char *text, int base, u64 *number)
{
	char *end;

	/* strtoull takes signs and blanks; a fact has none. */
	if (!strchr("0123456789abcdefABCDEF", *text) || !*text)
		return false;
	errno = 0;
	*number = strtoull(text, &end, base);
	return !errno && !*end;
}

static void take_fact(struct claim_line *line, const char *word)
{
	const char *value = strchr(word, '=');
	size_t length = value ? (size_t)(value - word) + 1 : 0;
	u64 number;

	if (!value || !parse_number(value + 1, strncmp(word, "proof=", length) ? 0 : 16, &number))
		return;
	if (!strncmp(word, "proof=", length)) {
		line->has_proof = true;
		line->proof = number;
	} else if (!strncmp(word, "vector=", length) && number < 256) {
		line->has_vector = true;
		line->vector = (u32)number;
	} else if (!strncmp(word, "error=", length)) {
		line->has_error = true;
		line->error = number;
	} else if (!strncmp(word, "rip=", length)) {
		line->has_rip = true;
		line->rip = number;
	} else if (!strncmp(word, "errno=", length) && number && number < 4096) {
		line->result = -(s64)number;
	}
}

static size_t find_attack(const char *name, const struct attack_kind *kinds, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(kinds[i].name, name))
		i++;
	return i;
}

/* Puts the line into the reader's hands as it came, but for what a terminal would obey. */
static void keep_text(struct claim_line *line, const char *text)
{
	struct line shown = {0};

	line_add_text(&shown, text, strcspn(text, "\r"));
	memcpy(line->text, shown.text, sizeof(line->text) - 1);
}

static void take_line(char *text, const struct attack_kind *kinds, size_t count,
                      struct claim_line *lines)
{
	struct claim_line line = {0};
	char *rest, *word;
	size_t attack;

	keep_text(&line, text);
	word = strtok_r(text, BLANKS, &rest);
	attack = word ? find_attack(word, kinds, count) : count;
	if (attack == count || lines[attack].claim != CLAIM_NONE)
		return;
	word = strtok_r(NULL, BLANKS, &rest);
	for (size_t i = 0; word && i < ARRAY_SIZE(claims); i++)
		if (!strcmp(claims[i].word, word))
			line.claim = claims[i].claim;
	if (line.claim == CLAIM_NONE)
		return;
	while (line.claim != CLAIM_FAILED && (word = strtok_r(NULL, BLANKS, &rest)))
		take_fact(&line, word);
	lines[attack] = line;
}

void attacks_read(const char *output, const struct attack_kind *kinds, size_t count,
                  struct claim_line *lines)
{
	char text[LINE_MOST];

	while (*output) {
		size_t length = strcspn(output, "\n");

		/* One that is longer is none of the program's. */
		if (length < sizeof(text)) {
			memcpy(text, output, length);
			text[length] = 0;
			take_line(text, kinds, count, lines);
		}
		output += length + (output[length] == '\n');
	}
}
