/*
 * The figures of a run, gathered in one pass over its records: exits by reason and detail, system
 * calls, page faults, drains, events, time by tier. `stat` prints them all, the summary of `run`
 * the totals.
 */
#ifndef TOOLS_ACCOUNT_H
#define TOOLS_ACCOUNT_H

#include "tools/tally.h"
#include "tools/tracker.h"

/* Groups of rows in the tally. */
enum account_group {
	GROUP_EXIT,    /* key: exit reason */
	GROUP_SYSCALL, /* key: number; errors counted */
	GROUP_FAULT,   /* key: outcome << 32 | error code */
	GROUP_DRAIN,   /* key: stream */
	GROUP_DETAIL,  /* + exit reason; key: exit_key() */
};

struct account {
	struct tracker tracker;
	struct tally tally;
	u64 events[TRACE_STREAMS];
	u64 begin;
	u64 end;
	u64 exits;
	u64 syscalls;
	u64 faults;
	u64 exceptions;
	u64 interrupts;
	u64 drained_bytes[TRACE_STREAMS];
};

void account_trace(struct account *account, const struct trace *trace);
void account_stop(struct account *account);

/* Share of a whole in percent; 0 of nothing. */
double percent(u64 part, u64 whole);

#endif
