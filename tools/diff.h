/*
 * The comparison of two runs by what a program could see of the machine (`ringscope diff`): threads
 * are matched by their order of birth, then each pair's calls, texts, results, faults and signals
 * are held against each other in order. Both traces are read in place, one pass for the tree of
 * threads and then once along each thread's life; what is kept is a window of LOOKAHEAD items a
 * side, the threads, and the differences that are to be printed.
 */
#ifndef TOOLS_DIFF_H
#define TOOLS_DIFF_H

#include <stdio.h>

#include "tools/tracker.h"

#define LOOKAHEAD 64u /* items in which two sides that went apart are looked for to meet again */
#define AGREEING  3u  /* so many equal items in a row are a meeting */
#define NO_THREAD 0xffffffffu

/* What is compared, and may be ignored. DIFF_KINDS(KIND): KIND(name, what it is) */
#define DIFF_KINDS(KIND)                                                                           \
	KIND(output, "what the programs wrote to the console")                                     \
	KIND(status, "how the run ended")                                                          \
	KIND(processes, "the tree of processes and threads")                                       \
	KIND(calls, "system calls, in each thread's order")                                        \
	KIND(arguments, "their arguments that are no addresses")                                   \
	KIND(texts, "what their arguments point to")                                               \
	KIND(results, "their results")                                                             \
	KIND(faults, "page faults")                                                                \
	KIND(signals, "signals, exceptions, programs started, exit statuses")

#define KIND(name, text) DIFF_##name,
enum diff_kind { DIFF_KINDS(KIND) DIFF_KIND_COUNT };
#undef KIND

/* What equivalence does not ask for. DIFF_EXCEPTIONS(EXCEPTION): EXCEPTION(name, what, reason) */
#define DIFF_EXCEPTIONS(EXCEPTION)                                                                 \
	EXCEPTION(interrupts, "interrupts",                                                        \
	          "where they fall is a matter of time, which the theorem excepts")                \
	EXCEPTION(clocks, "calls that read a clock", "time is excepted")                           \
	EXCEPTION(sleeps, "sleeps, yields, children asked for that have not ended",                \
	          "how often and how long is time")                                                \
	EXCEPTION(ends, "how parents hear that children ended",                                    \
	          "which of two ends first, and when, is time")                                    \
	EXCEPTION(resources, "calls that ask for free memory",                                     \
	          "how much there is of a resource is excepted: ring -1 keeps some for itself")    \
	EXCEPTION(random, "calls for random numbers", "they are to differ in every run")           \
	EXCEPTION(cpuid, "CPUID of ring 3 about the hypervisor",                                   \
	          "that leaf and bit are there to tell the difference")                            \
	EXCEPTION(kernel, "threads of the kernel", "they write the trace, no program sees them")

#define EXCEPTION(name, what, reason) EXCEPT_##name,
enum diff_exception { DIFF_EXCEPTIONS(EXCEPTION) EXCEPT_COUNT };
#undef EXCEPTION

struct diff_thread {
	u32 pid;
	u32 parent;            /* index of who made it */
	u32 first, last, next; /* its children, in order of birth: indices */
	u32 match;             /* index in the other run */
	bool thread;           /* of its maker's process, not a process */
	bool kernel;
	const char *name;
	struct trace_cursor born; /* behind the record of its birth */
	u64 after;                /* so many records of ring 0 lie before that */
	u64 until;                /* and so many up to its own last one */
};

/* Time of the run in each tier, without start-up, idling and writing the trace. */
struct diff_figures {
	u64 ticks[TRACE_STREAMS];
	u64 calls;
	u64 faults;
	u64 exits;
	u64 except[EXCEPT_COUNT];
	bool fixed; /* nokaslr: addresses are the same in every run */
};

struct diff_run {
	const struct trace *trace;
	struct diff_thread *threads; /* [0] is the kernel */
	u32 count;
	size_t room;
	u32 *latest; /* a hash table: the latest thread of a number, by index */
	u32 places;  /* in it, a power of two */
	struct diff_figures figures;
};

/* One thing that a thread did. */
struct diff_item {
	enum diff_kind kind;
	const struct trace_record *record;
	const struct trace_record *begin; /* of a result or fault: its call's or fault's entry */
};

/* A place where two threads' lives differ: so many items here, so many there. */
#define SHOWN           3u  /* items of each side that are printed ... */
#define DIFFERENCE_KEPT 12u /* ... and that are there for who judges it */
struct difference {
	u64 when; /* tsc since the run's begin, in A if it is there */
	enum diff_kind kind;
	u32 threads[2]; /* NO_THREAD: there is none */
	u32 items[2];
	struct diff_item shown[2][DIFFERENCE_KEPT];
	const struct trace_record *before[2]; /* the latest call on which both agree, or NULL */
};

struct diff {
	struct diff_run run[2];
	bool ignored[DIFF_KIND_COUNT];
	bool unknown[DIFF_KIND_COUNT]; /* one of the runs has not recorded it */
	bool fixed;                    /* both have the same addresses */
	struct difference *found;      /* in order of time, `limit` at most */
	u64 limit;
	u64 kept;
	u64 total;
	u64 of[DIFF_KIND_COUNT];
	char output[400]; /* the first line of output that differs, in words; empty if none does */
	char status[400];
};

/* Compares; the options are in place. diff_stop frees what it keeps. */
void diff_runs(struct diff *diff, const struct trace *a, const struct trace *b);
void diff_stop(struct diff *diff);

/* Gathers threads and figures of one run. */
void diff_read(struct diff_run *run, const struct trace *trace);

/* Holds two matched threads against each other, or counts one that is alone. */
void diff_threads(struct diff *diff, u32 a, u32 b);

/*
 * Whether a difference is about nothing but when children end: a few items, all of them SIGCHLD, its
 * handler's faults and return, and wait4 that tells of a child. How each child ended is held against
 * the other run's in its own life.
 */
bool difference_is_order(const struct difference *difference);

/* Notes a difference. */
void diff_note(struct diff *diff, const struct difference *difference);

/* The next thing that a thread did. */
struct diff_walk {
	const struct diff *diff;
	struct trace_cursor cursor;
	u64 at;    /* records of ring 0 before the cursor ... */
	u64 until; /* ... and up to the thread's last */
	u32 pid;
	bool ended;
	const struct trace_syscall_entry *call;
	bool passed; /* that call is left out */
	const struct trace_page_fault_entry *faults[8];
	u32 depth;
};
void walk_start(struct diff_walk *walk, const struct diff *diff, u32 side, u32 thread);
bool walk_next(struct diff_walk *walk, struct diff_item *item);

/* Whether a program cannot tell them apart. */
bool items_equal(const struct diff *diff, const struct diff_item *a, const struct diff_item *b);

/* Whether they are of one kind, about one thing: the same call with other arguments, say. */
bool items_alike(const struct diff *diff, const struct diff_item *a, const struct diff_item *b);

/* Of a call: which exception its outcome falls under, or EXCEPT_COUNT. */
enum diff_exception call_exception(u32 number);

void diff_print(FILE *out, const struct diff *diff);
void diff_json(FILE *out, const struct diff *diff);

/* One item in words; for both printers. */
struct line;
void diff_item_words(struct line *line, const struct diff_item *item);
void diff_thread_words(struct line *line, const struct diff_run *run, u32 thread);

const char *diff_kind_name(enum diff_kind kind);
const char *diff_kind_text(enum diff_kind kind);
const char *diff_exception_text(enum diff_exception exception);
const char *diff_exception_reason(enum diff_exception exception);

/* Share of a run's work that the processor did natively, in rings 0 and 3, in percent. */
double diff_native(const struct diff_figures *figures);
u64 diff_work(const struct diff_figures *figures);

#endif
