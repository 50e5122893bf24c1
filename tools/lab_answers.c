#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/lab_answers.h"

#define COLUMNS 79

u32 lab_points(const struct lab *lab)
{
	u32 points = 0;

	for (size_t i = 0; i < lab->question_count; i++)
		points += lab->questions[i].points;
	return points;
}

/* Digits of that base, of which decimal ones may have commas between groups of three. */
static const char *digits(const char *at, u32 base, long double *number)
{
	const char *begin = at;
	const char *comma = NULL;

	*number = 0;
	for (;; at++) {
		int digit = isdigit((unsigned char)*at) ? *at - '0'
		            : base == 16 && isxdigit((unsigned char)*at)
		                    ? tolower((unsigned char)*at) - 'a' + 10
		                    : -1;

		if (base == 10 && *at == ',' && at > begin &&
		    (comma ? at - comma == 4 : at - begin <= 3)) {
			comma = at;
			continue;
		}
		if (digit < 0)
			break;
		*number = *number * base + digit;
	}
	return at == begin || (comma && at - comma != 4) || at - begin > 26 ? NULL : at;
}

bool answer_number(const char *text, long double *number)
{
	bool negative = *text == '-';
	const char *at = text + negative;
	long double fraction;
	bool hex = at[0] == '0' && (at[1] | 0x20) == 'x';

	at = digits(at + 2 * hex, hex ? 16 : 10, number);
	if (at && *at == '.' && !hex) {
		const char *begin = at + 1;

		at = digits(begin, 10, &fraction);
		for (const char *digit = begin; at && digit < at; digit++)
			fraction /= 10;
		if (at)
			*number += fraction;
	}
	if (at && *at == '%')
		at++;
	if (negative)
		*number = -*number;
	return at && !*at;
}

/* Takes blanks away at both ends, in place. */
static char *trim(char *text)
{
	size_t size;

	text += strspn(text, " \t\r");
	size = strlen(text);
	while (size && strchr(" \t\r", text[size - 1]))
		text[--size] = 0;
	return text;
}

/* Whether the answer is one of "a|b|c". */
static bool among_choices(const char *choices, const char *answer)
{
	size_t size = strlen(answer);

	while (*choices) {
		size_t length = strcspn(choices, "|");

		if (length == size && !strncasecmp(choices, answer, size))
			return true;
		choices += length + (choices[length] == '|');
	}
	return false;
}

struct parser {
	const struct lab *lab;
	struct answers *answers;
	answers_report *report;
	void *context;
	u32 line;
};

static void wrong(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void wrong(struct parser *parser, const char *format, ...)
{
	char sentence[512];
	va_list list;

	va_start(list, format);
	vsnprintf(sentence, sizeof(sentence), format, list);
	va_end(list);
	parser->answers->errors++;
	parser->report(parser->context, parser->line, sentence);
}

/* "a|b|c" as "a, b, c". */
static void list_choices(const char *choices, char *text, size_t size)
{
	size_t used = 0;

	for (; *choices && used + 2 < size; choices++) {
		text[used++] = *choices == '|' ? ',' : *choices;
		if (*choices == '|')
			text[used++] = ' ';
	}
	text[used] = 0;
}

static void refuse_choice(struct parser *parser, const struct question *question,
                          const char *answer)
{
	char choices[256];

	list_choices(question->choices, choices, sizeof(choices));
	wrong(parser, "\"%s\" is none of the choices of %s: %s.", answer, question->fact, choices);
}

/* Each word of a set is one of the choices; "none" is the empty set. */
static void check_set(struct parser *parser, const struct question *question, const char *answer)
{
	if (!question->choices || !strcasecmp(answer, "none"))
		return;
	while (*answer) {
		char word[FACT_VALUE_SIZE];
		size_t size = strcspn(answer, ",");
		char *trimmed;

		snprintf(word, sizeof(word), "%.*s", (int)size, answer);
		trimmed = trim(word);
		if (*trimmed && !among_choices(question->choices, trimmed))
			refuse_choice(parser, question, trimmed);
		answer += size + (answer[size] == ',');
	}
}

static void check_form(struct parser *parser, const struct question *question, const char *answer)
{
	long double number;

	switch (question->form) {
	case ANSWER_NUMBER:
		if (!answer_number(answer, &number) || strpbrk(answer, ".%"))
			wrong(parser, "\"%s\" is no whole number: write it as 14, 0xe or 1,024.",
			      answer);
		break;
	case ANSWER_ABOUT:
		if (!answer_number(answer, &number))
			wrong(parser, "\"%s\" is no number: write it as 1200, 0x4b0 or 12.5%%.",
			      answer);
		break;
	case ANSWER_WORD:
		if (question->choices && !among_choices(question->choices, answer))
			refuse_choice(parser, question, answer);
		break;
	case ANSWER_SET:
		check_set(parser, question, answer);
		break;
	}
}

static void take(struct parser *parser, const char *id, const char *answer)
{
	for (size_t i = 0; i < parser->lab->question_count && i < QUESTIONS_MOST; i++) {
		const struct question *question = &parser->lab->questions[i];

		if (strcmp(question->fact, id))
			continue;
		if (parser->answers->answers[i].line) {
			wrong(parser, "%s is answered twice; line %u has it already.", id,
			      parser->answers->answers[i].line);
			return;
		}
		parser->answers->answers[i].line = parser->line;
		if (strlen(answer) >= sizeof(parser->answers->answers[i].text)) {
			wrong(parser, "the answer is longer than %zu characters.",
			      sizeof(parser->answers->answers[i].text) - 1);
			return;
		}
		strcpy(parser->answers->answers[i].text, answer);
		if (*answer)
			check_form(parser, question, answer);
		return;
	}
	wrong(parser,
	      "lab %s has no question \"%.60s\": `ringscope lab show %s --start` prints them.",
	      parser->lab->name, id, parser->lab->name);
}

static void parse_line(struct parser *parser, const char *bytes, size_t size)
{
	char line[512];
	char *text, *colon;

	while (size && (*bytes == ' ' || *bytes == '\t'))
		bytes++, size--;
	if (size && *bytes == '#')
		return;
	if (size >= sizeof(line)) {
		wrong(parser, "the line is longer than %zu characters.", sizeof(line) - 1);
		return;
	}
	for (size_t i = 0; i < size; i++)
		if ((bytes[i] < ' ' && !strchr("\t\r", bytes[i])) || !bytes[i] || bytes[i] > '~') {
			wrong(parser,
			      "character %zu is not plain ASCII (byte 0x%02x): outside of lines "
			      "with # only ASCII is taken.",
			      i + 1, (u8)bytes[i]);
			return;
		}
	/* A tab and what DOS ends a line with are blanks: answers are printed again. */
	for (size_t i = 0; i < size; i++)
		line[i] = bytes[i] < ' ' ? ' ' : bytes[i];
	line[size] = 0;
	text = trim(line);
	if (!*text)
		return;
	colon = strchr(text, ':');
	if (!colon) {
		wrong(parser, "\"%.60s\" is no answer: write it as `question: answer`.", text);
		return;
	}
	*colon = 0;
	take(parser, trim(text), trim(colon + 1));
}

bool answers_parse(const struct lab *lab, const char *text, size_t size, struct answers *answers,
                   answers_report *report, void *context)
{
	struct parser parser = {lab, answers, report, context, 0};
	const char *end = text + size;

	memset(answers, 0, sizeof(*answers));
	if (size > ANSWERS_MOST) {
		wrong(&parser, "the file is larger than %u bytes.", ANSWERS_MOST);
		return false;
	}
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* as some editors begin UTF-8 */
		text += 3;
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);

		parser.line++;
		parse_line(&parser, text, length);
		text += length + (newline != NULL);
	}
	return !answers->errors;
}

/* A paragraph of comment lines. */
static void print_comment(FILE *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " \n");

		if (column && column + 1 + length > COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		column += length + (column ? 1u : 2u);
		fprintf(out, "%s%.*s", column == length + 2 ? "# " : " ", (int)length, text);
		text += length;
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

static void print_form(FILE *out, const struct question *question)
{
	char text[512];
	static const char *const forms[] = {
		[ANSWER_WORD] = "one word",
		[ANSWER_NUMBER] = "a number, decimal or 0x...",
		[ANSWER_ABOUT] = "a number; a tenth more or less counts as right",
		[ANSWER_SET] = "words with commas between them, in any order",
	};

	snprintf(text, sizeof(text), "(%u point%s; %s", question->points,
	         question->points == 1 ? "" : "s",
	         !question->choices             ? forms[question->form]
	         : question->form == ANSWER_SET ? "some of, with commas between them: "
	                                        : "one of: ");
	if (question->choices)
		list_choices(question->choices, text + strlen(text), sizeof(text) - strlen(text));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), ")");
	print_comment(out, text);
}

static void print_answer(FILE *out, const struct question *question, const struct lab_run *run)
{
	const struct fact *fact = run ? lab_find_fact(run, question->fact) : NULL;

	fputc('\n', out);
	print_comment(out, question->prompt);
	print_form(out, question);
	if (run && fact) {
		print_comment(out, question->why);
		if (fact->evidence[0])
			print_comment(out, fact->evidence);
	} else if (run) {
		print_comment(out, "This run could not measure it: it takes no part in grading.");
	}
	fprintf(out, "%s:%s%s\n", question->fact, fact ? " " : "", fact ? fact->value : "");
}

void answers_print_start(FILE *out, const struct lab *lab)
{
	fprintf(out,
	        "# Lab %u: %s\n"
	        "# Write your predictions after the colons, before you run the lab.\n"
	        "# Lines that begin with # are for you. Then: ringscope lab grade %s FILE\n",
	        lab->number, lab->title, lab->name);
	for (size_t i = 0; i < lab->question_count; i++)
		print_answer(out, &lab->questions[i], NULL);
}

void answers_print_measured(FILE *out, const struct lab *lab, const struct lab_run *run)
{
	fprintf(out, TEACHERS_HEAD "answers of lab %u, %s, as this run measured them.\n",
	        lab->number, lab->title);
	for (size_t i = 0; i < lab->question_count; i++)
		print_answer(out, &lab->questions[i], run);
}
