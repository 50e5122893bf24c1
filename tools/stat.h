/*
 * The report of `ringscope stat`: a trace's figures as text for people, as JSON or as CSV.
 */
#ifndef TOOLS_STAT_H
#define TOOLS_STAT_H

#include <stdio.h>

#include "tools/account.h"
#include "tools/table.h"

struct stat_choice {
	u32 columns;          /* of the text */
	bool without_tracing; /* times by tier less what tracing is estimated to have cost */
	bool witness;         /* what ring -1 saw, even where ring 0 has told it too */
};

/* All that the report is made of. */
struct stat_report {
	const struct trace *trace;
	const struct account *account;
	struct stat_choice choice;
};

void stat_print(FILE *out, const struct stat_report *report);
void stat_print_json(FILE *out, const struct stat_report *report);
void stat_print_csv(FILE *out, const struct stat_report *report);

/* The part about tiers by itself. */
void stat_print_tiers(FILE *out, const struct trace_info *info, const struct account *account);

/* Whether the run recorded an event. */
bool stat_recorded(const struct trace_info *info, enum trace_event event);

/*
 * The tables, each to be freed by table_stop. `all`: every row, for JSON and CSV; else as people read
 * it, with the smallest rows and the sum as one row each.
 */
void stat_exits(struct table *table, const struct stat_report *report, bool all);
void stat_syscalls(struct table *table, const struct stat_report *report, bool all);
void stat_faults(struct table *table, const struct stat_report *report, bool all);
void stat_tiers(struct table *table, const struct stat_report *report, bool all);
void stat_processes(struct table *table, const struct stat_report *report, bool all);
void stat_tracing(struct table *table, const struct stat_report *report, bool all);
void stat_seen_syscalls(struct table *table, const struct stat_report *report, bool all);
void stat_seen_faults(struct table *table, const struct stat_report *report, bool all);
void stat_streams(struct table *table, const struct stat_report *report, bool all);

#endif
