/*
 * ringscope strace: a trace as lines of system calls.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/strace_lines.h"
#include "tools/trace_command.h"

struct words {
	const char *calls;
	const char *witness;
	struct selection selection;
	u64 size;
	bool summary, no_children, no_names, failed;
};

#define AT(field) offsetof(struct words, field)

static const struct option options[] = {
	SELECTION_OPTION("process", struct words, selection, process, "LIST",
                         "only calls of these, numbers or programs, as in 3,wc"),
	{"calls", OPTION_STRING, AT(calls), "LIST",
         "only these calls: names, and groups, which are " CALL_GROUP_WORDS
         "; !LIST: all but these"},
	{"failed", OPTION_FLAG, AT(failed), NULL, "only calls that failed"},
	SELECTION_OPTION("from", struct words, selection, from, "TIME",
                         "only calls that begin from then on: " SELECTION_TIME_WORDS),
	SELECTION_OPTION("to", struct words, selection, to, "TIME",
                         "only calls that begin up to then"),
	SELECTION_OPTION("at-least", struct words, selection, at_least, "TIME",
                         "only calls that lasted so long or longer, as in 5k"),
	SELECTION_OPTION("at-most", struct words, selection, at_most, "TIME",
                         "only calls that lasted so long or shorter"),
	{"summary", OPTION_FLAG, AT(summary), NULL, "a table of calls by name instead of lines"},
	{"strings", OPTION_NUMBER, AT(size), "N",
         "cut strings at N bytes (32); the trace has 48 of them, of paths 192"},
	{"no-children", OPTION_FLAG, AT(no_children), NULL,
         "only calls, not the exits, faults and switches beneath them"},
	{"no-names", OPTION_FLAG, AT(no_names), NULL,
         "descriptors as numbers, without <what they stand for>"},
	{"witness", OPTION_STRING, AT(witness), "guest|hv",
         "whose word is shown: ring 0's, or what ring -1 saw (ring 0's if there)"},
};

static const struct option_letter letters[] = {{'p', "process"}, {'e', "calls"},   {'Z', "failed"},
                                               {'c', "summary"}, {'s', "strings"}, {0, NULL}};

static const struct usage usage = {
	.command = "strace",
	.synopsis = "[OPTION...] DIR",
	.about = "Prints the system calls of a trace, one a line, with what each took: in ring 0, "
		 "in "
		 "ring -1,\nasleep; and beneath it the VM exits, page faults and switches that it "
		 "caused.",
	.example = "ringscope strace ringscope.trace | less -R\n"
		   "ringscope strace -p wc -e file,process --no-children ringscope.trace\n"
		   "ringscope strace -c --witness hv ringscope.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
	.letters = letters,
};

static bool check_words(struct words *words, struct call_filter *filter, struct error *error)
{
	enum witness witness;

	return call_filter_parse(words->calls, filter, error) &&
	       selection_check(&words->selection, error) &&
	       (!words->witness || parse_witness(words->witness, &witness, error));
}

static bool choose_witness(const struct words *words, const struct trace_info *info,
                           enum witness *witness, struct error *error)
{
	*witness = calls_witness(info);
	if (!words->witness)
		return true;
	if (!parse_witness(words->witness, witness, error))
		return false;
	if (*witness == calls_witness(info) || !strcmp(info->observe, "both"))
		return true;
	return refuse(error,
	              "the trace has no word of that witness: it was made with --observe %s; make "
	              "one with `ringscope run --observe both`.",
	              info->observe[0] ? info->observe : "guest");
}

static bool make_style(const struct words *words, const struct trace_info *info,
                       struct strace_style *style, struct error *error)
{
	style->call = (struct call_style){.string_size = words->size, .names = !words->no_names};
	style->children = !words->no_children;
	style->failed = words->failed;
	style->summary = words->summary;
	style->colour = lines_coloured(stdout);
	style->selection = words->selection;
	return selection_settle(&style->selection, info, error) &&
	       choose_witness(words, info, &style->witness, error);
}

static void show_trace(const struct trace *trace, const struct strace_style *style,
                       struct progress *progress)
{
	static struct strace strace;
	const struct trace_record *record;
	struct trace_cursor cursor;

	strace_start(&strace, stdout, style, &trace->info);
	cursor_start(&cursor, trace);
	while (!ferror(stdout) && (record = cursor_next(&cursor, UINT64_MAX)))
		strace_record(&strace, record);
	progress_end(progress);
	strace_end(&strace);
	print_losses(stdout, trace);
}

int command_strace(int argc, char **argv)
{
	struct words words = {.size = 32};
	struct strace_style style = {0};
	struct progress progress;
	const char *directory;
	struct trace trace;
	struct error error;
	int status;

	if (!parse_trace_command(&usage, argc, argv, &words, &directory, &status))
		return status;
	if (!check_words(&words, &style.filter, &error))
		return refuse_usage(&usage, &error);
	if (!progress_open(&progress, "strace", &trace, directory,
	                   words.summary ? 1 : progress_of_lines(), &error))
		return fail_command(&error);
	if (make_style(&words, &trace.info, &style, &error)) {
		show_trace(&trace, &style, &progress);
		status = finish_command();
	} else {
		status = fail_command(&error);
	}
	trace_close(&trace);
	return status;
}
