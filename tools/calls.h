/*
 * System calls put together from records: what each was asked, what its arguments point to, what it
 * gave and cost. Of either witness: ring 0's own records, or what ring -1 saw of them. All viewers
 * tell calls through this. A trace is untrusted: records that fit no call are left out, and memory
 * is bounded, whatever the trace holds.
 */
#ifndef TOOLS_CALLS_H
#define TOOLS_CALLS_H

#include "tools/arguments.h"
#include "tools/descriptors.h"
#include "tools/tracker.h"

#define CALLS_LIMIT 1024u /* calls open at once; of more, the oldest are forgotten */
#define CALL_PIECES 40u   /* of memory, in one call */

enum witness {
	WITNESS_GUEST, /* ring 0: syscall_entry, syscall_text, syscall_exit */
	WITNESS_HV,    /* ring -1: seen_syscall, seen_text, seen_return */
};

struct call {
	u32 slot;    /* below CALLS_LIMIT: its place among the open calls while it is open */
	u32 number;  /* of the system call */
	u32 pid;     /* its thread; 0 in ring -1's view, which knows threads by cr3 and rsp */
	u32 process; /* the pid of its process; 0 in ring -1's view */
	u64 cr3;     /* in ring -1's view */
	u64 arguments[6];
	const struct trace_record *begin; /* syscall_entry or seen_syscall */
	const struct trace_record *end;   /* what ended it; NULL while it is open */
	bool returned;                    /* false: it never did, or nobody saw with what */
	s64 result;                       /* if it returned */
	u64 duration;                     /* ticks from begin to end */
	/*
	 * What its thread took for it, by tier. In ring -1's view what everything took meanwhile:
	 * ring -1, and the guest's tiers as one, under ring 0.
	 */
	struct cost cost;
	u32 count;
	const struct text_piece *pieces[CALL_PIECES]; /* in the order of the trace */
};

struct calls {
	enum witness witness;
	struct call *open; /* CALLS_LIMIT of them; `begin` NULL: free */
	u32 *by_sequence;  /* ring -1's: slots by their seen_syscall's number */
	struct descriptors descriptors;
	struct call lost;                /* one that never returned, of which the place is taken */
	struct call *leaving;            /* ring -1's: has returned, texts may follow */
	u64 exits;                       /* so far */
	const struct trace_record *last; /* what the descriptors have still to be told */
	u64 dropped;                     /* calls forgotten for want of room */
	struct call *ended[ENDED_LIMIT + 2];
	u32 ended_count, ended_next;
};

void calls_start(struct calls *calls, enum witness witness, const struct trace_info *info);
void calls_stop(struct calls *calls);

/* "guest" or "hv", as --witness has it. */
bool parse_witness(const char *word, enum witness *witness, struct error *error);

/*
 * Whose word a trace has: ring 0's if it was asked to tell (observe guest or both), else ring -1's.
 */
enum witness calls_witness(const struct trace_info *info);

/*
 * Takes the next record, by the step that the tracker made of it. Calls that ended with it are told
 * by calls_ended until the next calls_step.
 */
void calls_step(struct calls *calls, const struct tracker *tracker, const struct track_step *step);

/* The next call that ended, or NULL. */
const struct call *calls_ended(struct calls *calls);

/* The call that the thread is in, or NULL. Ring 0's witness only. */
const struct call *calls_open(const struct calls *calls, u32 pid);

/* The call that began with this record, or NULL. */
const struct call *calls_begun(const struct calls *calls, const struct trace_record *begin);

struct call_style {
	u64 string_size; /* buffers and strings in lists are cut there; paths are not */
	bool names;      /* descriptors with what they stand for: 3</etc/hostname> */
};

/* "openat(AT_FDCWD</>, "/etc/hostname", O_RDONLY|O_CLOEXEC)". */
void call_text(struct line *line, const struct calls *calls, const struct call *call,
               const struct call_style *style);

/*
 * The same in two halves, for a call whose line is broken: `resumed` false gives the name and the
 * arguments up to the first one that only the call's end tells, true gives the rest.
 */
void call_part(struct line *line, const struct calls *calls, const struct call *call,
               const struct call_style *style, bool resumed);

/* "3</etc/hostname>", "-1 ENOENT (No such file or directory)", "?". */
void call_result(struct line *line, const struct calls *calls, const struct call *call,
                 const struct call_style *style);

/* "ENOENT", or NULL if the call did not fail. */
const char *call_error(const struct call *call);

#endif
