/*
 * Threads and processes. A thread is what runs: registers, a kernel stack, a mask of signals. A
 * process is what threads share: an address space, open files, what signals do, parents and groups.
 * A process's first thread has the process's number. Promise: a process is there as long as one of
 * its threads is, and then until its parent has waited for it.
 */
#ifndef GUEST_PROCESS_H
#define GUEST_PROCESS_H

#include "abi/marks.h"
#include "guest/frame.h"
#include "guest/space.h"

#define PROCESSES     64
#define THREADS       128
#define FILES         64
#define PROCESS_NAME  32
#define LIMITS        16
#define SIGNALS_TOLD  32 /* those about which more than their number is kept */
#define SIGNAL_BIT(n) (1ull << ((n)-1))

struct open_file;
struct node;

enum thread_state { THREAD_READY, THREAD_SLEEPS, THREAD_DEAD };

struct thread {
	u32 tid; /* 0: idle */
	enum thread_state state;
	bool attention;                   /* before ring 3 goes on: a signal, a stop, an end */
	bool concealed;                   /* by the boot word conceal=: its calls ... */
	bool call_concealed;              /* ... and the one that it is in */
	u32 cause;                        /* of its records: its innermost open interval */
	bool kernel;                      /* a kernel thread: never in ring 3, no address space */
	volatile struct mark_page *marks; /* through the direct map; ring 3 writes it */
	struct process *process;
	u64 pending, blocked; /* signals, SIGNAL_BIT each */
	u64 awaited;          /* by sigtimedwait, blocked or not */
	u64 mask_to_restore;  /* behind sigsuspend and its like */
	bool restore_mask;
	bool woken;      /* by wake, not by time or signal */
	bool fault_told; /* the log has a line about what it did */
	u64 alternate_stack, alternate_bytes;
	const void *channel; /* what it sleeps on */
	u64 wake_at;         /* TSC; 0: no limit */
	u64 deadline;        /* of a sleep that is made again; 0: none */
	u64 stack_top;       /* of its kernel stack */
	u64 switch_rsp;      /* where it left off in ring 0 */
	u64 fs_base, gs_base;
	u64 segments;          /* DS, ES, FS, GS: segments_read */
	u64 clear_tid;         /* CLONE_CHILD_CLEARTID's address, or 0 */
	struct thread *next;   /* in the queue of the ready or of the sleeping */
	struct thread *fellow; /* next thread of the same process */
	void *fpu;             /* a frame: XSAVE's area, or FXSAVE's; NULL: a kernel thread */
	u64 ran;               /* TSC ticks, up to the last switch */
	u64 fault_vector, fault_error, fault_address; /* the last, for signal frames */
};

/* What a program wants of a signal; as in Linux's struct sigaction. */
struct action {
	u64 handler, flags, restorer, mask;
};

/* As in Linux's struct rlimit. */
struct limit {
	u64 soft, hard;
};

/* What else is known of a pending signal; more in siginfo of the manual page sigaction(2). */
struct signal_info {
	s32 code;
	u32 pid;   /* of the sender, or the child */
	u64 value; /* the address of a fault, the status of a child, sigqueue's value */
};

struct process {
	u32 pid;
	u32 group, session;
	struct process *parent;
	struct thread *threads; /* by fellow */
	u32 thread_count;
	struct thread *heir; /* the one that execs: all others leave */
	bool zombie;
	bool ending;  /* exit_group or a deadly signal: every thread leaves at its next chance */
	bool orphan;  /* nobody will wait for it */
	bool stopped; /* job control: no thread returns to ring 3 */
	bool tell_stopped, tell_continued; /* what wait has not told yet */
	bool vforked;                      /* its parent waits until it execs or ends */
	bool executed;                     /* since it was forked: setpgid by the parent is over */
	bool may_be_read;                  /* prctl(PR_SET_DUMPABLE) */
	bool has_ports;                    /* ioperm granted some: struct space's bitmap */
	u32 stop_signal;
	u32 cause;       /* of the first thread, if it has left before the others */
	u32 wait_status; /* of the dead, as wait4 shows it */
	u32 exit_signal; /* for the parent: SIGCHLD, or another by clone */
	u32 umask;
	u64 pending;
	struct signal_info told[SIGNALS_TOLD];
	struct queued_signal *queue; /* real-time ones, each as often as it was sent */
	struct action actions[64];
	struct limit limits[LIMITS]; /* RLIMIT_; only the number of files is enforced */
	u64 alarm_at, alarm_every;   /* TSC; 0: none */
	u64 ran;                     /* TSC ticks, up to the last switch */
	u64 user_ticks, kernel_ticks;
	struct space *space;    /* NULL: the kernel's */
	struct node *directory; /* where relative paths begin */
	struct node *program;   /* /proc/PID/exe */
	char name[PROCESS_NAME];
	u64 close_on_exec; /* a bit for each file */
	struct open_file *files[FILES];
};

_Static_assert(sizeof(struct process) <= PAGE_BYTES, "a process is one frame");

/* Makes the first program's process: 0, or -errno, *wrong saying more where it can. */
s64 process_first(const char *path, const char *const *arguments, const char **wrong);

/* Which of its own a child shares, and where it begins: clone's arguments. */
struct clone {
	u64 flags; /* Linux's CLONE_ */
	u64 stack; /* 0: the same */
	u64 parent_tid, child_tid, tls;
};

/*
 * A child of the running thread that returns from its system call with 0: its number, or -errno. A
 * vfork is back when the child has gone its own way.
 */
s64 process_clone(const struct frame *f, const struct clone *clone);

/* Ends the running thread, and with the last one its process. */
_Noreturn void thread_exit(u32 wait_status);

/*
 * Ends the running process with all its threads; wait_status as wait4 shows it. The first one's end
 * is the machine's.
 */
_Noreturn void process_exit(u32 wait_status);

/* Gives back what a thread that is no more left; nobody may be on its stack. */
void thread_free(struct thread *t);

/*
 * For exec: ends all other threads of the running process, then waits until they are gone; and when
 * it has happened: the parent of a vfork goes on. process_become_single: 0 or -EINTR.
 */
s64 process_become_single(void);
void process_executed(struct process *p);

/* A thread of the kernel's own, running `body` with interrupts off, for ever; false: no memory. */
bool kernel_thread(const char *name, void (*body)(void));

/* wait4's status of a child that stopped, or goes on; of the dead: status << 8, or the signal. */
#define WAIT_STATUS_CONTINUED 0xffffu

static inline u32 wait_status_stopped(u32 signal)
{
	return signal << 8 | 0x7f;
}

#define WAIT_NO_HANG   1u
#define WAIT_STOPPED   2u
#define WAIT_EXITED    4u
#define WAIT_CONTINUED 8u
#define WAIT_LEAVE     0x01000000u

/*
 * Waits for a child (pid; WAIT_ANY; 0 of the own group; -n of group n) to end, stop or go on: its
 * pid and *wait_status, 0 if WAIT_NO_HANG and there is nothing, or -errno.
 */
#define WAIT_ANY INT64_MIN
s64 process_wait(s64 pid, u32 options, u32 *wait_status);

struct process *process_find(u32 pid);
struct thread *thread_find(u32 tid);
struct process *process_at(u32 index); /* 0 .. PROCESSES - 1, NULL where there is none */

/* The place on its kernel stack where a thread's frame lies while it is in ring 0. */
static inline struct frame *thread_frame(const struct thread *t)
{
	return (struct frame *)(t->stack_top - sizeof(struct frame));
}

#endif
