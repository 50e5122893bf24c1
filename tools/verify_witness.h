/*
 * What `ringscope verify` keeps while it holds ring 0's log against what ring -1 saw. There is one
 * processor, so both tell the same things in the same order: ring -1 sees a call, and before
 * anything else comes from ring 3 ring 0 logs it. So the one that waits for its partner is all that
 * must be remembered of each kind, and memory does not grow with the trace.
 */
#ifndef TOOLS_VERIFY_WITNESS_H
#define TOOLS_VERIFY_WITNESS_H

#include "tools/tracker.h"

#define HIDDEN_KEPT 1024u /* calls under way that ring 0 hid; their returns are no news */
#define OWNERS      1024u /* address spaces, to name a process */
#define COUNTS      64u   /* processes that findings are counted for */

/* What a kind of finding is, for the sums. */
enum discrepancy { MISSING, INVENTED, DIFFERENT, DISCREPANCIES };

struct owner {
	u64 cr3;
	u32 pid;
};

struct process_count {
	u32 pid;
	const char *name;
	u64 count[DISCREPANCIES];
};

struct sums {
	struct process_count of[COUNTS];
	u32 used;
	u64 others[DISCREPANCIES];
};

struct two_witnesses {
	/* What ring -1 saw, until ring 0 logs it; `heard`: ring 0 has written something since. */
	const struct trace_seen_syscall *call;
	const struct trace_seen_fault *fault;
	bool heard;
	bool demanded; /* ring -1 handed that fault on, so ring 0 must have got it */
	bool begun;    /* ring 0 has begun to write */
	/* What ring 0 logged last, if it was a call's return: ring -1 sees it next. */
	const struct trace_syscall_exit *returned;
	u32 hidden
		[HIDDEN_KEPT]; /* by sequence % HIDDEN_KEPT: the seen_syscall's sequence, plus 1 */
	bool injected;         /* an interrupt is on its way to ring 0 ... */
	u32 vector;            /* ... with this vector */
	struct owner owners[OWNERS];
	struct sums calls;
	struct sums faults;
};

/* The last thread that ended: what it does until it is switched away from is still in its call. */
struct ended {
	u32 pid;
	bool known;
	u32 cause;
};

/* What a record's cause may be. */
struct link {
	u32 causes[8];
	u32 count; /* 0: anything; else the first is the likeliest */
};

struct verify;

/* Each record, before and after the tracker's step; then the end of the trace. */
void witness_before(struct verify *verify, const struct trace_record *record);
void witness_after(struct verify *verify, const struct track_step *step);
void witness_end(struct verify *verify);

/* Counts a finding of that thread's process. */
void sums_count(const struct tracker *tracker, struct sums *sums, enum discrepancy kind, u32 pid);

#endif
