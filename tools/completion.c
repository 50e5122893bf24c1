/*
 * ringscope completion: what a shell completes, and the manual page, both from the tables that the
 * commands themselves parse by. Each command is asked for its help, which it gives as its table.
 */
#include <string.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/trace_command.h"

static const struct usage usage = {
	.command = "completion",
	.synopsis = "bash|man",
	.about =
		"Prints what bash needs to complete the commands, options and values of ringscope, "
		"or the manual page ringscope(1). `make install` installs both.",
	.example = "source <(ringscope completion bash)\n"
		   "ringscope completion man > ringscope.1",
};

const struct command commands[COMMAND_COUNT] = {
#define COMMAND(name, summary) {#name, command_##name, summary},
	COMMANDS(COMMAND)
#undef COMMAND
};

static void each_usage(usage_taker *take, void *context)
{
	take_usages(take, context);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		commands[i].function(2, (char *[]){(char *)commands[i].name, "--help", NULL});
	take_usages(NULL, NULL);
}

static bool takes_value(const struct option *option)
{
	return option->kind != OPTION_FLAG && option->kind != OPTION_LETTER;
}

/* "a|b|c" as words of the shell. */
static void bash_values(FILE *out, const char *values)
{
	fprintf(out, "values='");
	for (; *values; values++)
		fputc(*values == '|' ? ' ' : *values, out);
	fputc('\'', out);
}

/* What the words can be that are no options, by their place. */
static void bash_operands(FILE *out, const struct usage *command)
{
	fprintf(out, "\t\t[[ $cur == -* || $prev == --* ]] || case $COMP_CWORD in\n");
	for (int i = 0; command->operands[i]; i++) {
		fprintf(out, "\t\t%d) ", i + 2);
		bash_values(out, command->operands[i]);
		fprintf(out, " ;;\n");
	}
	fprintf(out, "\t\tesac\n");
}

/* One command's options; then those whose values are known, as patterns of `case`. */
static void bash_command(void *context, const struct usage *command)
{
	FILE *out = context;

	fprintf(out, "\t%s)\n\t\toptions='--help", command->command);
	for (size_t i = 0; i < command->count; i++)
		fprintf(out, " --%s", command->options[i].name);
	fprintf(out, "'\n");
	if (command->operands)
		bash_operands(out, command);
	fprintf(out, "\t\tcase $prev in\n");
	for (size_t i = 0; i < command->count; i++) {
		const struct option *option = &command->options[i];

		if (!takes_value(option))
			continue;
		fprintf(out, "\t\t--%s) ", option->name);
		if (strchr(option->argument, '|')) {
			bash_values(out, option->argument);
		} else if (!strcmp(option->argument, "DIR")) {
			fprintf(out, "kind=-d");
		} else {
			fprintf(out, "kind=%s", strcmp(option->argument, "FILE") ? "none" : "-f");
		}
		fprintf(out, " ;;\n");
	}
	fprintf(out, "\t\tesac\n\t\t;;\n");
}

static void completion_bash(FILE *out)
{
	fprintf(out, "# Completes ringscope in bash; `ringscope completion bash` wrote it.\n"
	             "_ringscope() {\n"
	             "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	             "\tlocal options='' values='' kind='' word\n\n"
	             "\tCOMPREPLY=()\n"
	             "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	             "\t\tmapfile -t COMPREPLY < <(compgen -W '");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "%s ", commands[i].name);
	fprintf(out, "--help' -- \"$cur\")\n"
	             "\t\treturn\n"
	             "\tfi\n"
	             "\t# Behind -- are the program's own words.\n"
	             "\tfor word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
	             "\t\t[ \"$word\" != -- ] || return\n"
	             "\tdone\n"
	             "\tcase ${COMP_WORDS[1]} in\n");
	each_usage(bash_command, out);
	fprintf(out, "\tesac\n"
	             "\tif [ -n \"$values\" ]; then\n"
	             "\t\tmapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$cur\")\n"
	             "\telif [ \"$kind\" = none ]; then\n"
	             "\t\treturn\n"
	             "\telif [ -n \"$kind\" ]; then\n"
	             "\t\tmapfile -t COMPREPLY < <(compgen \"$kind\" -- \"$cur\")\n"
	             "\telif [[ $cur == -* ]]; then\n"
	             "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	             "\telse\n"
	             "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	             "\tfi\n"
	             "}\n"
	             "complete -o filenames -F _ringscope ringscope\n");
}

/* Text in a manual page: what roff would take for its own is escaped; lines as they come. */
static void man_text(FILE *out, const char *text)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		begins = *text == '\n';
		if (begins && text[1] == '\n') {
			fputs("\n.PP", out);
			continue;
		}
		switch (*text) {
		case '\\':
			fputs("\\e", out);
			break;
		case '-':
			fputs("\\-", out);
			break;
		case '`':
			fputs("\\(ga", out);
			break;
		case '~':
			fputs("\\(ti", out);
			break;
		case '^':
			fputs("\\(ha", out);
			break;
		case '\'':
			fputs("\\(aq", out);
			break;
		default:
			fputc(*text, out);
		}
	}
	if (!begins)
		fputc('\n', out);
}

static void man_command(void *context, const struct usage *command)
{
	FILE *out = context;

	fprintf(out, ".SS \"ringscope %s\"\n.B ringscope %s\n", command->command, command->command);
	man_text(out, command->synopsis);
	fprintf(out, ".PP\n");
	man_text(out, command->about);
	for (size_t i = 0; i < command->count; i++) {
		char words[128];

		option_words(command, &command->options[i], words, sizeof(words));
		fprintf(out, ".TP\n.B ");
		man_text(out, words);
		man_text(out, command->options[i].help);
	}
	fprintf(out, ".PP\nExamples:\n.PP\n.RS 4\n.nf\n");
	man_text(out, command->example);
	fprintf(out, ".fi\n.RE\n");
}

static void completion_man(FILE *out)
{
	fprintf(out,
	        ".\\\" `ringscope completion man` wrote this from the commands' tables.\n"
	        ".TH RINGSCOPE 1 \"\" Ringscope \"User Commands\"\n"
	        ".SH NAME\n"
	        "ringscope \\- shows every VM exit, system call and page fault of three rings\n"
	        ".SH SYNOPSIS\n"
	        ".B ringscope\n"
	        ".I COMMAND\n"
	        "[\\fIOPTION\\fR...]\n"
	        ".SH DESCRIPTION\n"
	        "Ringscope boots a small hypervisor (ring \\-1) that hosts a guest kernel (ring 0) "
	        "running programs (ring 3), and records every VM exit, system call and page fault "
	        "of "
	        "the three on one clock.\n"
	        "This command boots it in an engine that plays the machine, and reads its traces.\n"
	        ".PP\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		fprintf(out, ".TP\n.B %s\n", commands[i].name);
		man_text(out, commands[i].summary);
	}
	fprintf(out, ".SH COMMANDS\n"
	             "Options come before other words; \\-\\- ends them; "
	             "\\fB\\-\\-name value\\fR and \\fB\\-\\-name=value\\fR are the same.\n");
	each_usage(man_command, out);
	fprintf(out,
	        ".SH EXIT STATUS\n"
	        "0: all is well; 1: something was found, or could not be done; 2: the words were "
	        "not "
	        "understood; of run and shell the program\\(aqs own.\n"
	        ".SH ENVIRONMENT\n"
	        ".TP\n.B NO_COLOR\nIf it is set and not empty, nothing is coloured.\n"
	        ".TP\n.B TERM\nOn a terminal that is not known, or is dumb, run \\-\\-live prints "
	        "lines.\n"
	        ".SH FILES\n"
	        ".TP\n.I ringscope.trace\nWhere run and shell write the trace unless told "
	        "otherwise: a directory in the Common Trace Format 1.8.\n"
	        ".SH SEE ALSO\n"
	        ".BR babeltrace2 (1)\n");
}

int command_completion(int argc, char **argv)
{
	struct error error;
	int rest, status;

	if (!begin_command(&usage, argc, argv, NULL, &rest, &status))
		return status;
	if (rest + 1 == argc && !strcmp(argv[rest], "bash")) {
		completion_bash(stdout);
		return finish_command();
	}
	if (rest + 1 == argc && !strcmp(argv[rest], "man")) {
		completion_man(stdout);
		return finish_command();
	}
	refuse(&error, "completion wants one word: bash or man.");
	return refuse_usage(&usage, &error);
}
