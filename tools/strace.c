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
#include "tools/report.h"
#include "tools/strace_lines.h"

#define NO_PID UINT64_MAX

struct words {
	const char *calls;
	const char *witness;
	u64 pid, size, from, to, longer;
	bool summary, no_children, no_names, failed;
};

#define AT(field) offsetof(struct words, field)

static const struct option options[] = {
	{"pid", OPTION_NUMBER, AT(pid), "N", "only this process, or this thread"},
	{"calls", OPTION_STRING, AT(calls), "LIST",
         "only these calls: names, and groups, which are\n                        "
         " " CALL_GROUP_WORDS ";\n"
         "                         !LIST: all but these"},
	{"failed", OPTION_FLAG, AT(failed), NULL, "only calls that failed"},
	{"from", OPTION_NUMBER, AT(from), "T",
         "only calls that begin at T or later: ticks or ns since the trace began"},
	{"to", OPTION_NUMBER, AT(to), "T", "only calls that begin at T or earlier"},
	{"longer", OPTION_NUMBER, AT(longer), "T", "only calls that took T or longer"},
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

static const struct option_letter letters[] = {{'p', "pid"},     {'e', "calls"},   {'Z', "failed"},
                                               {'c', "summary"}, {'s', "strings"}, {0, NULL}};

static const struct usage usage = {
	.command = "strace",
	.synopsis = "[OPTION...] DIR",
	.about = "Prints the system calls of a trace, one a line, with what each took: in ring 0, "
		 "in "
		 "ring -1,\nasleep; and beneath it the VM exits, page faults and switches that it "
		 "caused.",
	.example = "ringscope strace ringscope.trace | less -R\n"
		   "         ringscope strace -p 3 -e file,process --no-children ringscope.trace\n"
		   "         ringscope strace -c --witness hv ringscope.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
	.letters = letters,
};

/* A time in the trace's unit as ticks; what is too large for them is for ever. */
static u64 to_ticks(const struct trace_info *info, u64 time)
{
	unsigned __int128 ticks = (unsigned __int128)time * info->tsc_hz / 1000000000u;

	if (info_in_ticks(info))
		return time;
	return ticks < UINT64_MAX ? (u64)ticks : UINT64_MAX;
}

static bool choose_witness(const struct words *words, const struct trace_info *info,
                           enum witness *witness, struct error *error)
{
	*witness = calls_witness(info);
	if (!words->witness)
		return true;
	if (strcmp(words->witness, "guest") && strcmp(words->witness, "hv"))
		return refuse(error, "--witness is guest or hv, not \"%s\".", words->witness);
	*witness = strcmp(words->witness, "hv") ? WITNESS_GUEST : WITNESS_HV;
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
	const char *no_colour = getenv("NO_COLOR");

	*style = (struct strace_style){
		.call = {.string_size = words->size, .names = !words->no_names},
		.children = !words->no_children,
		.failed = words->failed,
		.summary = words->summary,
		.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour),
		.has_pid = words->pid != NO_PID,
		.pid = words->pid,
		.from = to_ticks(info, words->from),
		.to = to_ticks(info, words->to),
		.longer = to_ticks(info, words->longer),
	};
	return call_filter_parse(words->calls, &style->filter, error) &&
	       choose_witness(words, info, &style->witness, error);
}

/* Lines that come out as they are made show themselves how far it is; the table does not. */
static void show_trace(struct trace *trace, const struct strace_style *style)
{
	static struct strace strace;
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct progress progress;

	if (style->summary)
		progress_watch(&progress, "strace", trace, 1);
	strace_start(&strace, stdout, style, &trace->info);
	cursor_start(&cursor, trace);
	while (!ferror(stdout) && (record = cursor_next(&cursor, UINT64_MAX)))
		strace_record(&strace, record);
	if (style->summary)
		progress_end(&progress);
	strace_end(&strace);
	print_losses(stdout, trace);
}

int command_strace(int argc, char **argv)
{
	struct words words = {.pid = NO_PID, .size = 32, .to = UINT64_MAX};
	struct strace_style style;
	struct trace trace;
	struct error error;
	int status;

	if (!open_for_report(&usage, argc, argv, &words, &trace, &status))
		return status;
	if (!make_style(&words, &trace.info, &style, &error)) {
		trace_close(&trace);
		return refuse_usage(&usage, &error);
	}
	show_trace(&trace, &style);
	trace_close(&trace);
	return finish_report();
}
