/*
 * Processes: what the kernel knows of each, their making and their end, and who runs next. A
 * process has one thread, one address space and one kernel stack.
 */
#ifndef GUEST_PROCESS_H
#define GUEST_PROCESS_H

#include "abi/marks.h"
#include "guest/frame.h"
#include "guest/space.h"

#define PROCESSES     64
#define FILES         16
#define PROCESS_NAME  32
#define SIGNAL_BIT(n) (1ull << ((n)-1))

struct open_file;

enum process_state { PROCESS_READY, PROCESS_SLEEPS, PROCESS_WAITS, PROCESS_ZOMBIE };

struct process {
	u32 pid;
	enum process_state state;
	bool orphan;                      /* nobody will wait for it */
	volatile struct mark_page *marks; /* through the direct map; ring 3 writes it */
	u64 pending;                      /* signals, SIGNAL_BIT each */
	u64 blocked;
	u64 ignored;
	struct process *parent;
	u64 stack_top;  /* of its kernel stack */
	u64 switch_rsp; /* where it left off in ring 0 */
	u64 fs_base, gs_base;
	u64 wake_at;     /* TSC, if it sleeps */
	u32 wait_status; /* of a zombie, as wait4 shows it */
	char name[PROCESS_NAME];
	struct open_file *files[FILES];
	struct space space;
	_Alignas(16) u8 fpu[512];
};

_Static_assert(sizeof(struct process) <= PAGE_BYTES, "a process is one frame");

/* Makes the first program's process: 0, or -errno, *wrong saying more where it can. */
s64 process_first(const char *path, const char *const *arguments, const char **wrong);

/* A copy of the running process that returns from its system call with 0: its pid, or -errno. */
s64 process_fork(const struct frame *f, u64 child_stack, u64 child_tid);

/* Ends the running process; wait_status as wait4 shows it. The first one's end is the machine's. */
_Noreturn void process_exit(u32 wait_status);

/*
 * Waits for a child (pid, or -1 for any) to end: its pid and *wait_status, 0 if `no_hang` and none
 * has ended, or -errno.
 */
s64 process_wait(s64 pid, bool no_hang, u32 *wait_status);

/* Sleeps until the TSC reaches that value; -EINTR if a signal came first. */
s64 process_sleep(u64 until);

struct process *process_find(u32 pid);
struct process *process_at(u32 index); /* 0 .. PROCESSES - 1, NULL where there is none */

/* Makes those ready whose sleep is over; true if anybody but the running process is ready. */
bool process_tick(u64 now);

/* Ready again, whatever it waited for. */
void process_wake(struct process *p);

/* The state of x87 and SSE that a program starts with. */
void process_reset_fpu(struct process *p);

/* Loads what the processor keeps for a process: page tables, FS, GS, x87 and SSE. */
void process_load(const struct process *p);

/* Gives the processor to the next process that is ready, in turn, or to the idle loop. */
void schedule(void);

/* Leaves its stack pointer in *save and goes on with the stack `next`, popping its registers. */
#define SAVED_BY_SWITCH 6
void switch_stacks(u64 *save, u64 next);

/* Runs whoever is ready, for ever. */
_Noreturn void idle(void);

/* The place on its kernel stack where a process's frame lies while it is in ring 0. */
static inline struct frame *process_frame(const struct process *p)
{
	return (struct frame *)(p->stack_top - sizeof(struct frame));
}

#endif
