/*
 * ringscope stat: where a run's exits, calls, faults and time went.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/calls.h"
#include "tools/command.h"
#include "tools/json.h"
#include "tools/lanes.h"
#include "tools/names.h"
#include "tools/progress.h"
#include "tools/selection.h"
#include "tools/stat.h"
#include "tools/terminal.h"
#include "tools/trace_command.h"
#include "vmx/exit_reasons.h"

#define FILE_COLUMNS 120u /* where no terminal says how many */

typedef unsigned long long ull;

typedef void stat_fill(struct table *table, const struct stat_report *report, bool all);

static stat_fill *const fills[] = {
	stat_tiers,   stat_processes,     stat_exits,       stat_syscalls, stat_faults,
	stat_tracing, stat_seen_syscalls, stat_seen_faults, stat_streams,
};

static const char *unit(const struct trace_info *info)
{
	return info_in_ticks(info) ? "ticks" : "ns";
}

/* Prints the heading; false if the run did not record what the part is about. */
static bool heading(FILE *out, const struct trace_info *info, const char *title,
                    enum trace_event begin, enum trace_event end)
{
	bool there = stat_recorded(info, begin) && stat_recorded(info, end);

	fprintf(out, "\n%s%s\n", title, there ? "\n" : ": not recorded (run --events)");
	return there;
}

/* Prints a table, or "none". */
static void print_table(FILE *out, const struct stat_report *report, stat_fill *fill)
{
	struct table table;

	fill(&table, report, false);
	if (table.used)
		table_print(out, &table, report->choice.columns);
	else
		fprintf(out, "none\n");
	table_stop(&table);
}

static void print_exit_sums(FILE *out, const struct stat_report *report)
{
	const struct trace_info *info = &report->trace->info;
	const struct row *hlt = tally_find(&report->account->tally, GROUP_EXIT, EXIT_HLT);
	struct row *rows;
	size_t count = tally_sorted(&report->account->tally, GROUP_EXIT, &rows);
	u64 samples = 0, ticks = 0;

	for (size_t i = 0; i < count; i++) {
		samples += rows[i].count;
		ticks += rows[i].total;
	}
	free(rows);
	fprintf(out, "\nTotal Samples:%llu, Total events handled time:%llu%s.\n", (ull)samples,
	        (ull)ticks_to_unit(info, ticks), unit(info));
	if (hlt)
		fprintf(out, "Without HLT:  %llu, %llu%s.\n", (ull)(samples - hlt->count),
		        (ull)ticks_to_unit(info, ticks - hlt->total), unit(info));
}

static void print_exits(FILE *out, const struct stat_report *report)
{
	const struct trace_info *info = &report->trace->info;

	if (info->bare) {
		fprintf(out, "\nring -1: none, the guest kernel ran without it\n");
		return;
	}
	if (!heading(out, info, "ring -1: VM exits", EVENT_vm_exit, EVENT_vm_entry))
		return;
	print_table(out, report, stat_exits);
	print_exit_sums(out, report);
}

static void print_calls_and_faults(FILE *out, const struct stat_report *report)
{
	const struct trace_info *info = &report->trace->info;
	const struct account *account = report->account;

	if (heading(out, info, "ring 0: system calls, with what each took on average",
	            EVENT_syscall_entry, EVENT_syscall_exit))
		print_table(out, report, stat_syscalls);
	if (!heading(out, info, "ring 0: page faults", EVENT_page_fault_entry,
	             EVENT_page_fault_exit))
		return;
	print_table(out, report, stat_faults);
	fprintf(out, "\nOther exceptions: %llu. Interrupts: %llu.\n", (ull)account->exceptions,
	        (ull)account->interrupts);
}

/* What ring -1 saw is shown where ring 0 has not said it, or to whoever asks. */
static void print_seen(FILE *out, const struct stat_report *report)
{
	const struct trace_info *info = &report->trace->info;
	bool told = stat_recorded(info, EVENT_syscall_entry) && strcmp(info->observe, "hv") != 0;

	if (told && !report->choice.witness)
		return;
	if (!info->observe[0] || !strcmp(info->observe, "guest")) {
		if (report->choice.witness)
			fprintf(out, "\nSeen by ring -1: it did not watch (run --observe hv)\n");
		return;
	}
	fprintf(out, "\nring -1 as witness: system calls that it saw\n\n");
	print_table(out, report, stat_seen_syscalls);
	fprintf(out, "\nring -1 as witness: page faults that it saw\n\n");
	print_table(out, report, stat_seen_faults);
}

/* The event without which times by tier cannot be told, or NULL. */
static const char *missing_for_times(const struct trace_info *info)
{
	static const enum trace_event needed[] = {EVENT_vm_exit, EVENT_vm_entry, EVENT_user_enter,
	                                          EVENT_user_leave};

	for (size_t i = info->bare ? 2 : 0; i < ARRAY_SIZE(needed); i++)
		if (!stat_recorded(info, needed[i]))
			return event_kinds[needed[i]].name;
	return NULL;
}

static void print_times(FILE *out, const struct stat_report *report)
{
	const char *missing = missing_for_times(&report->trace->info);

	if (missing) {
		fprintf(out, "\nTime by tier: cannot be told, %s was not recorded (run --events)\n",
		        missing);
		return;
	}
	fprintf(out, "\nTime by tier: every instant belongs to one%s\n\n",
	        report->choice.without_tracing ? "; less tracing as far as it is known, estimated"
	                                       : "");
	print_table(out, report, stat_tiers);
	fprintf(out, "\nTime by process: in each ring, no instant counted twice\n\n");
	print_table(out, report, stat_processes);
}

static void print_about(FILE *out, const struct stat_report *report)
{
	const struct trace_info *info = &report->trace->info;
	const struct account_choice *choice = &report->account->choice;

	fprintf(out, "`%s` on %s%s, %s\n", info->command, info->engine,
	        info->bare ? " without ring -1" : "",
	        info->processor[0] ? info->processor : "an unnamed processor");
	fprintf(out, "times in %s\n", info_unit_text(info));
	if (choice->by_pid)
		fprintf(out, "only process %u\n", choice->pid);
	if (choice->from || choice->to)
		fprintf(out, "only from %llu to %llu\n",
		        (ull)ticks_to_unit(info, report->account->begin - info->tsc_begin),
		        (ull)ticks_to_unit(info, report->account->end - info->tsc_begin));
}

void stat_print(FILE *out, const struct stat_report *report)
{
	print_about(out, report);
	print_exits(out, report);
	print_calls_and_faults(out, report);
	print_seen(out, report);
	print_times(out, report);
	fprintf(out, "\nWhat tracing cost, within the times above\n\n");
	print_table(out, report, stat_tracing);
	fprintf(out, "\nThe trace\n\n");
	print_table(out, report, stat_streams);
	print_losses(out, report->trace);
}

void stat_print_tiers(FILE *out, const struct trace_info *info, const struct account *account)
{
	const struct trace trace = {.info = *info};
	const struct stat_report report = {&trace, account, {.columns = FILE_COLUMNS}};

	print_table(out, &report, stat_tiers);
}

static void json_head(FILE *out, const struct stat_report *report)
{
	const struct trace_info *info = &report->trace->info;
	const struct account *account = report->account;
	const struct {
		const char *key;
		u64 number;
	} numbers[] = {
		{"tsc_hz", info->tsc_hz},
		{"from", ticks_to_unit(info, account->begin - info->tsc_begin)},
		{"to", ticks_to_unit(info, account->end - info->tsc_begin)},
		{"exits_begun", account->exits},
		{"system_calls_begun", account->syscalls},
		{"page_faults_begun", account->faults},
		{"other_exceptions", account->exceptions},
		{"interrupts", account->interrupts},
	};

	fprintf(out, "{\n  \"format\": \"ringscope-stat-1\",\n  \"command\": ");
	json_string(out, info->command);
	fprintf(out, ",\n  \"engine\": ");
	json_string(out, info->engine);
	fprintf(out, ",\n  \"processor\": ");
	json_string(out, info->processor);
	fprintf(out, ",\n  \"unit\": \"%s\",\n  \"bare\": %s,\n  \"times_known\": %s", unit(info),
	        info->bare ? "true" : "false", missing_for_times(info) ? "false" : "true");
	fprintf(out, ",\n  \"record_costs_measured\": {\"hypervisor\": %s, \"kernel\": %s}",
	        account->tracing.exit_records ? "true" : "false",
	        account->tracing.guest_records ? "true" : "false");
	if (account->choice.by_pid)
		fprintf(out, ",\n  \"pid\": %u", account->choice.pid);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		fprintf(out, ",\n  \"%s\": ", numbers[i].key);
		json_number(out, numbers[i].number);
	}
}

void stat_print_json(FILE *out, const struct stat_report *report)
{
	json_head(out, report);
	for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
		struct table table;

		fills[i](&table, report, true);
		fprintf(out, ",\n  ");
		table_json(out, &table);
		table_stop(&table);
	}
	fprintf(out, "\n}\n");
}

void stat_print_csv(FILE *out, const struct stat_report *report)
{
	const struct account *account = report->account;

	fprintf(out, "table,row,figure,value\nrun,0,unit,%s\n", unit(&report->trace->info));
	fprintf(out, "run,0,other_exceptions,%llu\nrun,0,interrupts,%llu\n",
	        (ull)account->exceptions, (ull)account->interrupts);
	for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
		struct table table;

		fills[i](&table, report, true);
		table_csv(out, &table);
		table_stop(&table);
	}
}

struct words {
	bool json, csv, without_tracing;
	const char *witness;
	u64 process;
	struct selection selection; /* its times */
};

static const struct option options[] = {
	{"json", OPTION_FLAG, offsetof(struct words, json), NULL,
         "every figure as JSON; numbers over 2^53 are strings"},
	{"csv", OPTION_FLAG, offsetof(struct words, csv), NULL,
         "every figure as CSV: a line has table, row, figure, value"},
	{"process", OPTION_NUMBER, offsetof(struct words, process), "N",
         "only the process of this number, with its threads"},
	SELECTION_OPTION("from", struct words, selection, from, "TIME",
                         "only from then on: " SELECTION_TIME_WORDS),
	SELECTION_OPTION("to", struct words, selection, to, "TIME",
                         "only up to then; intervals count that lie within as a whole"),
	{"without-tracing", OPTION_FLAG, offsetof(struct words, without_tracing), NULL,
         "times by tier also less what tracing cost, as far as it is known"},
	{"witness", OPTION_STRING, offsetof(struct words, witness), "guest|hv",
         "hv: show what ring -1 saw of calls and faults, too"},
};

static const struct usage usage = {
	.command = "stat",
	.synopsis = "[OPTION...] DIR",
	.about = "Sums a trace up: VM exits by reason and detail, system calls, page faults, time "
		 "by tier\nand process, what tracing cost.\n\np50, p95 and p99 are what 50, 95 and "
		 "99 percent of all do not exceed: exact below 128,\nelse within 1/64. \"w/o HLT\" "
		 "is "
		 "the share of the time without the guest's waiting in HLT.\nOf a system call: "
		 "exits "
		 "and faults in it, and its time in ring 0 and ring -1, per call.",
	.example = "ringscope stat --process 2 --json ringscope.trace | jq '.system_calls[].p99'",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static bool check_words(struct words *words, struct error *error)
{
	enum witness witness;

	if (words->json && words->csv)
		return refuse(error, "--json and --csv are two formats: ask for one.");
	if (words->process != UINT64_MAX && words->process > UINT32_MAX)
		return refuse(error, "--process %llu: no process has such a number.",
		              (ull)words->process);
	return (!words->witness || parse_witness(words->witness, &witness, error)) &&
	       selection_check(&words->selection, error);
}

static bool sum_up(struct account *account, struct trace *trace, struct words *words,
                   struct error *error)
{
	struct account_choice choice = {.by_pid = words->process != UINT64_MAX,
	                                .pid = (u32)words->process};
	struct progress progress;
	bool fine;

	if (!selection_settle(&words->selection, &trace->info, error))
		return false;
	choice.from = words->selection.first;
	choice.to = words->selection.to ? words->selection.last : 0;
	progress_watch(&progress, "stat", trace, 1);
	fine = account_unchecked(account, trace, &choice, error);
	progress_end(&progress);
	return fine;
}

static int report_trace(const char *directory, struct words *words)
{
	static struct account account;
	struct stat_report report = {.account = &account,
	                             .choice = {FILE_COLUMNS, words->without_tracing,
	                                        words->witness && words->witness[0] == 'h'}};
	struct trace trace;
	struct error error;
	u32 rows;

	if (!trace_load(&trace, directory, &error) || !sum_up(&account, &trace, words, &error))
		return fail_command(&error);
	report.trace = &trace;
	if (isatty(STDOUT_FILENO))
		terminal_size(STDOUT_FILENO, &rows, &report.choice.columns);
	if (words->json)
		stat_print_json(stdout, &report);
	else if (words->csv)
		stat_print_csv(stdout, &report);
	else
		stat_print(stdout, &report);
	account_stop(&account);
	trace_close(&trace);
	return finish_command();
}

int command_stat(int argc, char **argv)
{
	struct words words = {.process = UINT64_MAX};
	const char *directory;
	struct error error;
	int status;

	if (!parse_trace_command(&usage, argc, argv, &words, &directory, &status))
		return status;
	if (!check_words(&words, &error))
		return refuse_usage(&usage, &error);
	return report_trace(directory, &words);
}
