/*
 * ringscope diff: are two runs the same for the programs, and what did the one cost more?
 */
#include <string.h>

#include "tools/command.h"
#include "tools/diff.h"
#include "tools/progress.h"
#include "tools/trace_command.h"

static const struct {
	const char *name;
	const char *text;
} kinds[] = {
#define KIND(name, text) {#name, text},
	DIFF_KINDS(KIND)
#undef KIND
};

static const struct {
	const char *what;
	const char *reason;
} exceptions[] = {
#define EXCEPTION(name, what, reason) {what, reason},
	DIFF_EXCEPTIONS(EXCEPTION)
#undef EXCEPTION
};

const char *diff_kind_name(enum diff_kind kind)
{
	return kinds[kind].name;
}

const char *diff_kind_text(enum diff_kind kind)
{
	return kinds[kind].text;
}

const char *diff_exception_text(enum diff_exception exception)
{
	return exceptions[exception].what;
}

const char *diff_exception_reason(enum diff_exception exception)
{
	return exceptions[exception].reason;
}

u64 diff_work(const struct diff_figures *figures)
{
	u64 work = 0;

	for (u32 i = 0; i < TRACE_STREAMS; i++)
		work += figures->ticks[i];
	return work;
}

double diff_native(const struct diff_figures *figures)
{
	u64 work = diff_work(figures);

	if (!work)
		return 0;
	return 100.0 * (double)(work - figures->ticks[STREAM_HYPERVISOR]) / (double)work;
}

struct choices {
	bool all;
	bool json;
	const char *ignore;
};

static const struct option options[] = {
	{"all", OPTION_FLAG, offsetof(struct choices, all), NULL,
         "list every difference (default: the first 20)"},
	{"ignore", OPTION_STRING, offsetof(struct choices, ignore), "LIST",
         "leave these out: output, status, processes, calls, arguments, texts,\n"
         "results, faults, signals"},
	{"json", OPTION_FLAG, offsetof(struct choices, json), NULL, "one JSON object"},
};

static const struct usage usage = {
	.command = "diff",
	.synopsis = "[OPTION...] A B",
	.about =
		"Compares two runs as Popek and Goldberg do. Equivalence: the same output, and "
		"for\n"
		"each thread the same calls, texts, results, page faults and signals in the same\n"
		"order; threads are matched by their order of birth. What the theorem excepts "
		"(time,\n"
		"resources) is told with its reason and not counted. Efficiency: how much of each\n"
		"run the processor did natively, and how much ring -1.\n"
		"Where two sides go apart, they are looked for to meet again within 64 items.\n"
		"Exit status 0: equivalent; 1: something differs; 2: usage.",
	.example = "ringscope diff bare.trace hello.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
};

#define DIFF_PASSES 2 /* of a trace: its records, and where each call's texts are */

/* "faults,texts"; false: `error` names the word that is none of them. */
static bool parse_ignore(const char *list, struct diff *diff, struct error *error)
{
	while (list && *list) {
		size_t length = strcspn(list, ","), i = 0;

		while (i < DIFF_KIND_COUNT &&
		       (strlen(kinds[i].name) != length || strncmp(kinds[i].name, list, length)))
			i++;
		if (i == DIFF_KIND_COUNT)
			return refuse(error,
			              "--ignore: there is nothing called \"%.*s\" to ignore.",
			              (int)length, list);
		diff->ignored[i] = true;
		list += length + (list[length] == ',');
	}
	return true;
}

/* What was lost can differ where the runs did not. */
static void show_losses(const struct trace traces[2])
{
	for (int side = 0; side < 2; side++) {
		printf("%s%c: ", side ? "" : "\n", 'A' + side);
		print_losses(stdout, &traces[side]);
	}
}

static int compare(struct diff *diff, const struct choices *choices, const char *const names[2])
{
	static const char *const what[2] = {"diff: first trace", "diff: second trace"};
	struct progress progress[2];
	struct trace traces[2];
	struct error error;
	int status;

	for (int side = 0; side < 2; side++) {
		if (progress_open(&progress[side], what[side], &traces[side], names[side],
		                  DIFF_PASSES, &error))
			continue;
		if (side)
			trace_close(&traces[0]);
		return fail_command(&error);
	}
	diff_runs(diff, &traces[0], &traces[1]);
	progress_end(&progress[0]);
	progress_end(&progress[1]);
	(choices->json ? diff_json : diff_print)(stdout, diff);
	if (!choices->json)
		show_losses(traces);
	status = finish_command();
	if (diff->total)
		status = STATUS_FINDING;
	diff_stop(diff);
	trace_close(&traces[0]);
	trace_close(&traces[1]);
	return status;
}

int command_diff(int argc, char **argv)
{
	static struct diff diff;
	struct choices choices = {.all = false};
	struct error error;
	const char *names[2];
	int status;

	if (!parse_directories(&usage, argc, argv, &choices, names, 2, &status))
		return status;
	if (!parse_ignore(choices.ignore, &diff, &error))
		return refuse_usage(&usage, &error);
	diff.limit = choices.all ? UINT64_MAX : 20;
	return compare(&diff, &choices, names);
}
