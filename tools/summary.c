#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/engine.h"
#include "tools/names.h"
#include "tools/stat.h"
#include "tools/summary.h"
#include "tools/trace_command.h"

typedef unsigned long long ull;

static void print_figures(FILE *out, const struct trace *trace)
{
	static struct account account;

	account_trace(&account, trace);
	fprintf(out, "Events: ");
	for (u32 i = TRACE_STREAMS; i-- > (trace->info.bare ? 1u : 0u);)
		fprintf(out, "%s %llu%s", tier_name(i), (ull)account.events[i], i ? ", " : "");
	fprintf(out,
	        "\n%llu VM exits, %llu system calls, %llu page faults, %llu other exceptions, "
	        "%llu interrupts\n\n",
	        (ull)account.exits, (ull)account.syscalls, (ull)account.faults,
	        (ull)account.exceptions, (ull)account.interrupts);
	stat_print_tiers(out, &trace->info, &account);
	fputc('\n', out);
	print_losses(out, trace);
	account_stop(&account);
}

static void print_files(FILE *out, const char *directory)
{
	static const char *const kept[] = {RUN_CONSOLE, RUN_LOG,    RUN_RESULT,
	                                   RUN_CONFIG,  RUN_ENGINE, RUN_DISK};
	char path[TRACE_PATH_SIZE];
	struct error error;

	fprintf(out, "Written to %s: " METADATA_FILE, directory);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		if (trace_path(path, directory, stream_file(stream), &error) && !access(path, F_OK))
			fprintf(out, ", %s", stream_file(stream));
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (run_path(path, directory, kept[i], &error) && !access(path, F_OK))
			fprintf(out, ", " RUN_DIRECTORY "/%s", kept[i]);
	fprintf(out, "\n");
}

/* What to type next, with this command's name as it was typed. */
static void print_next(FILE *out, const char *directory, bool entry_failed)
{
	static const char *const next[][2] = {
		{"explain", "why the VM entry failed"},
		{"timeline", "the run in three lanes"},
		{"stat", "where the time went"},
		{"map", "its memory, and who may do what"},
		{"verify", "is it whole, does it add up?"},
	};
	bool ours = !strcmp(program_invocation_short_name, "ringscope");
	static char place[4 * TRACE_PATH_SIZE + 3];
	const char *head = "Next:", *name = ours ? program_invocation_name : "ringscope";

	quote_word(place, directory);
	for (size_t i = entry_failed ? 0 : 1; i < ARRAY_SIZE(next); i++, head = "")
		fprintf(out, "%-6s%s %-8s %s   %s\n", head, name, next[i][0], place, next[i][1]);
	fprintf(out, "      %-*s %s   every event with every field\n", (int)strlen(name) + 9,
	        "babeltrace2", place);
}

void summary_print(FILE *out, const char *directory, const char *ending)
{
	struct trace trace;
	struct error error;
	bool entry_failed;

	fprintf(out, "%s%s\n", *ending ? "\n" : "", ending);
	if (!trace_open(&trace, directory, &error)) {
		complain(&error);
		return;
	}
	print_figures(out, &trace);
	entry_failed = trace.info.has_result && trace.info.cause == GUEST_END_entry_failed;
	trace_close(&trace);
	print_files(out, directory);
	print_next(out, directory, entry_failed);
}
