/*
 * The figures of a run, gathered in one pass over its records: exits by reason and detail, system
 * calls, page faults, what ring -1 saw of them, drains, events, time by tier and process, what
 * tracing cost. `stat` prints them all, the summary of `run` the totals.
 */
#ifndef TOOLS_ACCOUNT_H
#define TOOLS_ACCOUNT_H

#include "tools/tally.h"
#include "tools/tracing_cost.h"

/* Groups of rows in the tally. */
enum account_group {
	GROUP_EXIT,        /* key: exit reason */
	GROUP_SYSCALL,     /* key: number; errors counted, cost added */
	GROUP_FAULT,       /* key: outcome << 32 | error code; cost added */
	GROUP_DRAIN,       /* key: stream */
	GROUP_SEEN_CALL,   /* key: number; what ring -1 saw, no samples */
	GROUP_SEEN_RETURN, /* key: number; samples from call to return, errors counted */
	GROUP_SEEN_FAULT,  /* key: privilege level << 32 | error code; no samples */
	GROUP_DETAIL,      /* + reason_group(); key: exit_key() */
};

/* Which part of the run counts; all zero is all of it. */
struct account_choice {
	bool by_pid;
	u32 pid;      /* the process */
	u64 from, to; /* ticks of the TSC, inclusive; 0: no end */
};

/* The calls that ring -1 saw last and that have not returned, by their number. */
#define SEEN_OPEN 8192u
struct seen_open {
	u32 sequence;
	bool open;
	u64 tsc;
};

struct account {
	struct account_choice choice;
	bool counting; /* `from` has come */
	struct tracker tracker;
	struct tally tally;
	struct tracing tracing;
	struct seen_open seen[SEEN_OPEN];
	u64 events[TRACE_STREAMS];
	u64 begin;
	u64 end;
	/* of what was chosen, which may be one process */
	u64 time[TRACE_STREAMS];
	u64 starting; /* of ring -1's: before the guest ran */
	u64 waiting;  /* of ring -1's: the guest in HLT */
	u64 exits;
	u64 syscalls;
	u64 faults;
	u64 exceptions;
	u64 interrupts;
	u64 drained_bytes[TRACE_STREAMS];
};

/* Sums up a trace of trace_open. account_stop frees what it takes. */
void account_trace(struct account *account, const struct trace *trace);

/*
 * The same over a trace of trace_load, checked on the way, or of a part of it. False: it is damaged,
 * `error` says where, nothing is to be freed.
 */
bool account_unchecked(struct account *account, struct trace *trace,
                       const struct account_choice *choice, struct error *error);
void account_stop(struct account *account);

/* What is under GROUP_DETAIL for a reason; unknown ones have one in common. */
u32 reason_group(u32 reason);

/* Whether a thread belongs to the process that was asked for. */
bool account_chose(const struct account *account, u32 pid);

/* What a process did, its threads together. */
struct process_sum {
	u32 pid;
	u32 thread;       /* the one of it with the least number */
	const char *name; /* NAME_BYTES at most, or NULL */
	struct cost cost; /* of all its time, by tier */
	u64 calls;
	u64 waiting; /* of the time of ring -1: in HLT */
};

/* All processes that did anything, by their time, falling. The caller frees *sums. */
size_t account_processes(const struct account *account, struct process_sum **sums);

/* Share of a whole in percent; 0 of nothing. */
double percent(u64 part, u64 whole);

#endif
