#include <errno.h>
#include <string.h>

#include "tools/command.h"
#include "tools/names.h"
#include "tools/trace_command.h"

#define COLUMNS 79u /* of a terminal, less one */

bool parse_directories(const struct usage *usage, int argc, char **argv, void *values,
                       const char **directories, int count, int *status)
{
	static const char *const numbers[] = {"", "one trace directory", "two trace directories"};
	struct error error;
	int found = 0, rest;

	/* Options may stand behind a directory as well: what is left is one more such line. */
	for (;;) {
		if (!begin_command(usage, argc, argv, values, &rest, status))
			return false;
		if (rest >= argc)
			break;
		if (found < count)
			directories[found] = argv[rest];
		found++;
		argc -= rest;
		argv += rest;
	}
	if (found == count)
		return true;
	refuse(&error, "%s wants %s, not %d.", usage->command, numbers[count], found);
	*status = refuse_usage(usage, &error);
	return false;
}

bool parse_trace_command(const struct usage *usage, int argc, char **argv, void *values,
                         const char **directory, int *status)
{
	return parse_directories(usage, argc, argv, values, directory, 1, status);
}

bool open_trace_command(const struct usage *usage, int argc, char **argv, void *values,
                        struct trace *trace, int *status)
{
	const char *directory;
	struct error error;

	if (!parse_trace_command(usage, argc, argv, values, &directory, status))
		return false;
	if (trace_open(trace, directory, &error))
		return true;
	*status = fail_command(&error);
	return false;
}

void print_losses(FILE *out, const struct trace *trace)
{
	u64 total = 0;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		total += trace_lost(trace, stream);
	fprintf(out, "Lost events: %llu", (unsigned long long)total);
	for (u32 stream = 0; total && stream < TRACE_STREAMS; stream++)
		fprintf(out, "%s%s %llu", stream ? ", " : " (", tier_name(stream),
		        (unsigned long long)trace_lost(trace, stream));
	fprintf(out, "%s\n", total ? ")" : "");
}

void quote_word(char *quoted, const char *name)
{
	bool plain = *name && !name[strspn(name, "/._-+,:=@%0123456789abcdefghijklmnopqrstuvwxyz"
	                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];

	if (plain) {
		strcpy(quoted, name);
		return;
	}
	*quoted++ = '\'';
	for (; *name; name++)
		quoted = stpcpy(quoted, *name == '\'' ? "'\\''" : (char[]){*name, 0});
	strcpy(quoted, "'");
}

void print_wrapped(FILE *out, const char *label, const char *text)
{
	size_t indent = strlen(label), column = indent;

	fputs(label, out);
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > indent && column + 1 + length > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

int fail_command(const struct error *error)
{
	complain(error);
	return STATUS_FINDING;
}

int finish_command(void)
{
	struct error error;

	if (!fflush(stdout) && !ferror(stdout))
		return STATUS_OK;
	/* A reader that went away (| head) wants no complaint. */
	if (errno == EPIPE)
		return STATUS_FINDING;
	refuse(&error, "stdout: %s.", strerror(errno));
	return fail_command(&error);
}
