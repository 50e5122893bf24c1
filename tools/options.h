/*
 * Command-line options, from one table per subcommand: the table parses the words and prints the
 * help. Options come before other words; "--" ends them; "--name value" and "--name=value" are the
 * same; some have a letter, as in "-i". Promise: every refusal is one sentence naming the word.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdio.h>

#include "abi/types.h"
#include "tools/error.h"

enum option_kind {
	OPTION_FLAG,   /* bool, set to true */
	OPTION_LETTER, /* a flag that its first letter names too, as in "-i" */
	OPTION_STRING, /* const char * */
	OPTION_FILE,   /* the same, and its first letter names it too, as in "-o FILE" */
	OPTION_NUMBER, /* u64, decimal */
	OPTION_SIZE,   /* u64, bytes: decimal with K, M or G */
};

struct option {
	const char *name; /* without the dashes */
	enum option_kind kind;
	size_t offset; /* of the value in the structure that is filled */
	const char *
		argument; /* its name in the help: DIR, FILE; or what it can be, as in "bios|uefi" */
	const char *help; /* is wrapped wherever it is shown */
};

/* A letter that names an option too, as in "-p 3" for "--pid 3". */
struct option_letter {
	char letter;
	const char *name;
};

struct usage {
	const char *command;
	const char *synopsis; /* what follows the command's name */
	const char *about;    /* is wrapped; an empty line begins a paragraph, a blank a line */
	const char *example;  /* command lines, one a line */
	const struct option *options;
	size_t count;
	const struct option_letter *letters; /* up to one of letter 0; or NULL */
	const char *const
		*operands; /* what each other word can be, as in "list|show"; up to NULL */
};

enum parse_result { PARSE_OK, PARSE_HELP, PARSE_BAD };

/*
 * Fills `values` from argv[1..]; *rest becomes the index of the first word that is no option (a
 * "--" is skipped). PARSE_HELP: the user asked for help. PARSE_BAD: `error` tells.
 */
enum parse_result parse_options(const struct usage *usage, int argc, char **argv, void *values,
                                int *rest, struct error *error);

/*
 * The same for a subcommand's start: prints help or the refusal itself and puts the exit status in
 * *status. True: go on.
 */
bool begin_command(const struct usage *usage, int argc, char **argv, void *values, int *rest,
                   int *status);

/* "64M" to bytes; false if it is no such thing or does not fit. */
bool parse_size(const char *text, u64 *bytes);

void print_help(const struct usage *usage);

/* From here on print_help gives the usages to this instead: for whoever wants the tables. */
typedef void usage_taker(void *context, const struct usage *usage);
void take_usages(usage_taker *take, void *context);

/* "--name ARGUMENT", as the help has it. */
void option_words(const struct usage *usage, const struct option *option, char *words, size_t size);

/* Prints words up to column 79, later lines indented; `at` is the column that it begins in. */
void wrap_text(FILE *out, const char *text, u32 indent, u32 at);

/* Prints the sentence and the hint at --help; returns the exit status of a usage error. */
int refuse_usage(const struct usage *usage, const struct error *error);

#endif
