#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/options.h"

#define HELP_COLUMNS 79 /* of a terminal of 80 */
#define HELP_INDENT  24

static bool parse_number(const char *text, char **end, u64 *value)
{
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, end, 10);
	return errno == 0;
}

bool parse_size(const char *text, u64 *bytes)
{
	static const char suffixes[] = "KMG";
	unsigned shift = 0;
	char *end;
	u64 value;

	if (!parse_number(text, &end, &value))
		return false;
	if (*end) {
		const char *suffix = strchr(suffixes, *end & ~0x20);

		if (!suffix || !*suffix || end[1])
			return false;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*bytes = value << shift;
	return true;
}

static const struct option *find(const struct usage *usage, const char *name, size_t length)
{
	for (size_t i = 0; i < usage->count; i++)
		if (strlen(usage->options[i].name) == length &&
		    !memcmp(usage->options[i].name, name, length))
			return &usage->options[i];
	return NULL;
}

/* The letter that names an option, or 0. */
static char letter_of(const struct usage *usage, const struct option *option)
{
	const struct option_letter *letter = usage->letters;

	if (option->kind == OPTION_LETTER || option->kind == OPTION_FILE)
		return option->name[0];
	while (letter && letter->letter && strcmp(letter->name, option->name))
		letter++;
	return letter ? letter->letter : 0;
}

static bool is_flag(const struct option *option)
{
	return option->kind == OPTION_FLAG || option->kind == OPTION_LETTER;
}

/* The option that a word such as "-i" means, or NULL. */
static const struct option *find_letter(const struct usage *usage, const char *word)
{
	for (size_t i = 0; i < usage->count; i++)
		if (word[1] == letter_of(usage, &usage->options[i]) && !word[2])
			return &usage->options[i];
	return NULL;
}

static bool store(const struct option *option, const char *word, void *values, struct error *error)
{
	char *place = (char *)values + option->offset;
	char *end;
	u64 number;

	switch (option->kind) {
	case OPTION_FLAG:
	case OPTION_LETTER:
		*(bool *)place = true;
		return true;
	case OPTION_STRING:
	case OPTION_FILE:
		*(const char **)place = word;
		return true;
	case OPTION_NUMBER:
		if (!parse_number(word, &end, &number) || *end)
			return refuse(error, "--%s wants a number, not \"%s\".", option->name,
			              word);
		*(u64 *)place = number;
		return true;
	case OPTION_SIZE:
		if (!parse_size(word, (u64 *)place))
			return refuse(error, "--%s wants a size such as 64M, not \"%s\".",
			              option->name, word);
		return true;
	}
	return false;
}

/* "-i", or "-o FILE". */
static enum parse_result parse_letter(const struct usage *usage, const struct option *option,
                                      int argc, char **argv, int *at, void *values,
                                      struct error *error)
{
	const char *word = NULL;

	if (!is_flag(option) && *at + 1 >= argc) {
		refuse(error, "-%c wants a value: -%c %s.", letter_of(usage, option),
		       letter_of(usage, option), option->argument);
		return PARSE_BAD;
	}
	if (!is_flag(option))
		word = argv[++*at];
	return store(option, word, values, error) ? PARSE_OK : PARSE_BAD;
}

static enum parse_result parse_one(const struct usage *usage, int argc, char **argv, int *at,
                                   void *values, struct error *error)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *option = find(usage, name, length);
	const char *word = equals ? equals + 1 : NULL;
	bool flag;

	if (!option) {
		refuse(error, "unknown option \"%s\".", argv[*at]);
		return PARSE_BAD;
	}
	flag = is_flag(option);
	if (flag && word) {
		refuse(error, "--%s takes no value.", option->name);
		return PARSE_BAD;
	}
	if (!flag && !word) {
		if (*at + 1 >= argc) {
			refuse(error, "--%s wants a value: --%s %s.", option->name, option->name,
			       option->argument);
			return PARSE_BAD;
		}
		word = argv[++*at];
	}
	return store(option, word, values, error) ? PARSE_OK : PARSE_BAD;
}

enum parse_result parse_options(const struct usage *usage, int argc, char **argv, void *values,
                                int *rest, struct error *error)
{
	int at = 1;

	for (; at < argc; at++) {
		const struct option *letter;
		const char *word = argv[at];
		enum parse_result result;

		if (word[0] != '-' || !word[1])
			break;
		if (!strcmp(word, "--")) {
			at++;
			break;
		}
		if (!strcmp(word, "--help") || !strcmp(word, "-h"))
			return PARSE_HELP;
		letter = find_letter(usage, word);
		if (word[1] != '-' && !letter) {
			refuse(error, "unknown option \"%s\".", word);
			return PARSE_BAD;
		}
		if (letter)
			result = parse_letter(usage, letter, argc, argv, &at, values, error);
		else
			result = parse_one(usage, argc, argv, &at, values, error);
		if (result != PARSE_OK)
			return result;
	}
	*rest = at;
	return PARSE_OK;
}

void wrap_text(FILE *out, const char *text, u32 indent, u32 at)
{
	while (*text) {
		size_t length = strcspn(text, " \n");

		if (at > indent && at + 1 + length > HELP_COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)length, text);
		at += (u32)length;
		text += length;
		if (!strncmp(text, "\n\n", 2) || !strncmp(text, "\n ", 2)) {
			fprintf(out, "%s%*s", text[1] == ' ' ? "\n" : "\n\n", (int)indent, "");
			at = indent;
		}
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

void option_words(const struct usage *usage, const struct option *option, char *words, size_t size)
{
	char letter = letter_of(usage, option);
	char with_letter[8] = "";

	if (letter)
		snprintf(with_letter, sizeof(with_letter), ", -%c", letter);
	snprintf(words, size, "--%s%s%s%s", option->name, with_letter, option->argument ? " " : "",
	         option->argument ? option->argument : "");
}

static void print_option(const char *words, const char *help)
{
	size_t size = strlen(words);

	printf("  %s", words);
	if (size + 2 > HELP_INDENT - 2)
		printf("\n%*s", HELP_INDENT, "");
	else
		printf("%*s", (int)(HELP_INDENT - 2 - size), "");
	wrap_text(stdout, help, HELP_INDENT, HELP_INDENT);
}

static struct {
	usage_taker *take;
	void *context;
} taker;

void take_usages(usage_taker *take, void *context)
{
	taker.take = take;
	taker.context = context;
}

void print_help(const struct usage *usage)
{
	size_t begin = strlen("usage: ringscope ") + strlen(usage->command) + 1;

	if (taker.take) {
		taker.take(taker.context, usage);
		return;
	}
	printf("usage: ringscope %s ", usage->command);
	wrap_text(stdout, usage->synopsis, (u32)begin, (u32)begin);
	putchar('\n');
	wrap_text(stdout, usage->about, 0, 0);
	putchar('\n');
	for (size_t i = 0; i < usage->count; i++) {
		char words[128];

		option_words(usage, &usage->options[i], words, sizeof(words));
		print_option(words, usage->options[i].help);
	}
	print_option("--help, -h", "this text");
	printf("\n%s:\n", strchr(usage->example, '\n') ? "examples" : "example");
	for (const char *line = usage->example; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		printf("  %.*s\n", (int)strcspn(line, "\n"), line);
	}
}

int refuse_usage(const struct usage *usage, const struct error *error)
{
	complain(error);
	fprintf(stderr, "`ringscope %s --help` shows how it is used.\n", usage->command);
	return STATUS_USAGE;
}

bool begin_command(const struct usage *usage, int argc, char **argv, void *values, int *rest,
                   int *status)
{
	struct error error;

	switch (parse_options(usage, argc, argv, values, rest, &error)) {
	case PARSE_OK:
		return true;
	case PARSE_HELP:
		print_help(usage);
		*status = STATUS_OK;
		return false;
	case PARSE_BAD:
		break;
	}
	*status = refuse_usage(usage, &error);
	return false;
}
