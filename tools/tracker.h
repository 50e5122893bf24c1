/*
 * Follows a run record by record: which tier has the processor, which process, which intervals are
 * open and how long each lasted. timeline, stat and verify all stand on it. It never fails: what
 * does not fit is named in the step, and it goes on from there.
 */
#ifndef TOOLS_TRACKER_H
#define TOOLS_TRACKER_H

#include "tools/trace.h"

#define OPEN_LIMIT  16u /* intervals open at once in one thread */
#define ENDED_LIMIT 64u /* intervals told to end with a process of many threads */

/*
 * What an interval cost: the time that its thread had the processor meanwhile, by tier. What lies
 * within it counts too; what other threads did while it slept does not.
 */
struct cost {
	u64 ticks[TRACE_STREAMS];
	u64 exits;
	u64 faults;
};

struct interval {
	const struct trace_record *begin;
	struct cost cost;
};

/*
 * One thread, by the pid of its records: a process's first has the process's own. Ring 0's open
 * intervals in it stand outermost first.
 */
struct process_track {
	u32 pid;
	u32 process;      /* the pid of its process */
	const char *name; /* of the program that it runs, NAME_BYTES at most; NULL if unknown */
	u32 depth;
	struct interval *open; /* OPEN_LIMIT of them, `depth` in use; NULL if it has ended */
	struct interval user;  /* ring 3's latest */
	struct cost kernel;    /* in ring 0, but in no interval: since it was switched to, say */
	struct cost whole;     /* all that has ended, of every kind */
	u64 calls;             /* system calls made */
	u64 waiting;           /* of its time: ring -1 in HLT exits */
	/* Of a process's first thread: the others, until the process ends. */
	struct process_track *threads;
	struct process_track *next; /* of the same process; `link` points to this one */
	struct process_track **link;
	struct process_track *next_opened; /* in the tracker's list, if `opened` */
	bool opened;
};

#define NAME_BYTES sizeof(((struct trace_process_exec *)0)->program)

/* What a record means that does not fit what came before. */
enum track_problem {
	TRACK_FINE,
	TRACK_EXIT_TWICE,      /* vm_exit while ring -1 has the processor */
	TRACK_ENTRY_TWICE,     /* vm_entry while the guest runs */
	TRACK_ENTER_TWICE,     /* user_enter while ring 3 has the processor */
	TRACK_LEAVE_UNENTERED, /* user_leave without user_enter */
	TRACK_LEAVE_OTHER,     /* user_leave of another process than was entered */
	TRACK_ENTER_OPEN,      /* user_enter of a process with an open ring-0 interval */
	TRACK_END_UNOPENED,    /* an interval's end that does not close the innermost open one */
	TRACK_KERNEL_IN_USER,  /* a ring-0 record while ring 3 has the processor */
	TRACK_SWITCH_OTHER,    /* context_switch from a process that does not run */
	TRACK_TOO_DEEP,
};

struct track_step {
	const struct trace_record *record;
	const struct trace_record *begin; /* of an end: what opened the interval, or NULL */
	u64 duration;                     /* of the interval that ends; 0 if none */
	u32 pid;                          /* the thread this is about; 0 for none */
	u32 depth;                        /* ring-0 intervals around this record, in its thread */
	enum track_problem problem;
	struct cost cost; /* of the interval that ends; of a vm_entry, of the exit alone */
	u32 closed;       /* by process_exit, thread_exit or process_exec: how many intervals ... */
	struct interval ended[ENDED_LIMIT]; /* ... innermost first */
};

struct tracker {
	bool hypervisor; /* ring -1 has the processor */
	bool user;       /* else, or beneath it: ring 3 has, or ring 0 */
	bool bare;
	bool halted;                      /* ring -1 serves an HLT exit */
	const struct trace_record *exit;  /* the open vm_exit */
	const struct trace_record *enter; /* the open user_enter */
	u64 entered;                      /* when the guest last got the processor */
	u64 last;                         /* time of the last record */
	u64 time[TRACE_STREAMS];          /* spent in each tier so far */
	u64 starting;                     /* of ring -1's: before the guest first ran */
	u64 waiting;                      /* of ring -1's: in HLT exits */
	u32 pid;                          /* the thread that has the processor, as ring 0 says */
	bool pid_known;
	struct process_track *current;    /* the thread of that pid */
	struct cost *charged;             /* the innermost interval that time goes to */
	struct process_track **processes; /* a hash table; an entry keeps its place in memory */
	size_t room;
	size_t count;
	struct process_track *opened; /* who had an interval open since the latest loss */
};

void tracker_start(struct tracker *tracker, bool bare, u64 begin);
void tracker_stop(struct tracker *tracker);

/* The next record, in the order of cursor_next. */
void tracker_step(struct tracker *tracker, const struct trace_record *record,
                  struct track_step *step);

/*
 * Records of that stream went missing: of what they may have ended, nothing is known to be open any
 * more. Names of processes stay.
 */
void tracker_lose(struct tracker *tracker, u32 stream);

/* Accounts for the time up to the run's end. */
void tracker_end(struct tracker *tracker, u64 end);

/*
 * Accounts for the time up to `now`, then sets all times and costs to zero: what counts begins here.
 * Costs of intervals that are open count on from zero.
 */
void tracker_forget(struct tracker *tracker, u64 now);

/* The tier that has the processor. */
enum trace_stream tracker_tier(const struct tracker *tracker);

/* Adds one cost to another. */
void cost_add(struct cost *sum, const struct cost *cost);

/* The thread, or NULL if nothing was ever heard of it. */
const struct process_track *tracker_process(const struct tracker *tracker, u32 pid);

/*
 * Whether the step ends a snapshot of memory_range records that thread `writer` was writing: it went
 * on with something else than another range. Interrupts, and what others do meanwhile, do not.
 */
bool track_ends_snapshot(const struct track_step *step, u32 writer);

/* A sentence for a problem. */
const char *track_problem_text(enum track_problem problem);

#endif
