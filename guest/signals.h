/*
 * Signals: sending, what becomes of them, and the frames by which handlers in ring 3 are entered and
 * left, laid out as Linux does on x86-64.
 */
#ifndef GUEST_SIGNALS_H
#define GUEST_SIGNALS_H

#include "guest/process.h"

/* SIGNALS(S): S(number, name, what happens without a handler). */
#define SIGNALS(S)                                                                                 \
	S(1, HUP, KILL)                                                                            \
	S(2, INT, KILL)                                                                            \
	S(3, QUIT, KILL)                                                                           \
	S(4, ILL, KILL)                                                                            \
	S(5, TRAP, KILL)                                                                           \
	S(6, ABRT, KILL)                                                                           \
	S(7, BUS, KILL)                                                                            \
	S(8, FPE, KILL)                                                                            \
	S(9, KILL, KILL)                                                                           \
	S(10, USR1, KILL)                                                                          \
	S(11, SEGV, KILL)                                                                          \
	S(12, USR2, KILL)                                                                          \
	S(13, PIPE, KILL)                                                                          \
	S(14, ALRM, KILL)                                                                          \
	S(15, TERM, KILL)                                                                          \
	S(16, STKFLT, KILL)                                                                        \
	S(17, CHLD, IGNORE)                                                                        \
	S(18, CONT, CONTINUE)                                                                      \
	S(19, STOP, STOP)                                                                          \
	S(20, TSTP, STOP)                                                                          \
	S(21, TTIN, STOP)                                                                          \
	S(22, TTOU, STOP)                                                                          \
	S(23, URG, IGNORE)                                                                         \
	S(24, XCPU, KILL)                                                                          \
	S(25, XFSZ, KILL)                                                                          \
	S(26, VTALRM, KILL)                                                                        \
	S(27, PROF, KILL)                                                                          \
	S(28, WINCH, IGNORE)                                                                       \
	S(29, IO, KILL)                                                                            \
	S(30, PWR, KILL)                                                                           \
	S(31, SYS, KILL)

#define S(number, name, action) SIG##name = (number),
enum signal { SIGNALS(S) };
#undef S

#define SIGNAL_MAX 64

/* A handler that is none. */
#define HANDLER_DEFAULT 0u
#define HANDLER_IGNORE  1u

/* These are never blocked, ignored or handled. */
#define UNSTOPPABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Where a signal comes from: si_code. */
enum signal_code {
	SI_USER = 0,
	SI_KERNEL = 0x80,
	SI_QUEUE = -1,
	SI_TKILL = -6,
	ILL_OPERAND = 2,
	FPE_DIVIDE = 1,
	FPE_INVALID = 7,
	SEGV_MAPPING = 1,
	SEGV_ACCESS = 2,
	BUS_ALIGNMENT = 1,
	BUS_ADDRESS = 2,
	TRAP_BREAKPOINT = 1,
	TRAP_TRACE = 2,
	CHILD_EXITED = 1,
	CHILD_KILLED = 2,
	CHILD_STOPPED = 5,
	CHILD_CONTINUED = 6,
};

/* "SIGSEGV" and so on. */
const char *signal_name(u32 signal);

/*
 * Sends it to a process, to one of its threads, or, from the kernel, to a whole group; false if as
 * many are queued already as may be.
 */
bool signal_send(struct process *p, u32 signal, const struct signal_info *info);
bool signal_send_thread(struct thread *t, u32 signal, const struct signal_info *info);
void signal_group(u32 group, u32 signal);

/* What wait4's status says, as a signal's account tells it. */
struct signal_info wait_info(u32 pid, u32 wait_status);

/* Tells the parent about its child: SIGCHLD, or what it asked for at the end. */
void signal_child(struct process *child, u32 wait_status);

/* Nobody of the group has a parent in another group of the session who could let it go on. */
bool group_orphaned(u32 group);

/* The process or its parent is gone: whoever of its group is stopped must not be so for ever. */
void group_left(const struct process *p, const struct process *parent);

/* True if nobody is to wait for a process's children: it ignores SIGCHLD. */
bool signal_forgets_children(const struct process *parent);

/*
 * For what the running thread did itself: blocked or ignored, it is delivered, then by ending the
 * process. True if a handler will get it.
 */
bool signal_force(u32 signal, const struct signal_info *info);

/*
 * True if something keeps the thread from going on in ring 3: a signal, a stop, the end. It then is
 * dealt with before, also if another thread was chosen for it.
 */
bool signal_due(struct thread *t);

/* True if the thread will not go on in ring 3 at all: the end, or SIGKILL. */
bool signal_deadly(const struct thread *t);

/* Before ring 3 goes on from the frame: handlers entered, stops made, the end. */
void signal_deliver(struct frame *f);

/* rt_sigreturn: the frame as it was when the handler was entered; false if it makes no sense. */
bool signal_return(struct frame *f);

/* What the thread blocks from now on. */
void signal_block(struct thread *t, u64 mask);

/*
 * What the signal does from now on; one that waits and is ignored now is dropped. A signal of the
 * set off what is pending, or 0. Its siginfo into ring 3's memory.
 */
void signal_set_action(struct process *p, u32 signal, const struct action *action);
u32 signal_take(struct thread *t, u64 set, struct signal_info *info);
bool signal_put_info(u64 user, u32 signal, const struct signal_info *info);
bool signal_get_info(u64 user, struct signal_info *info);

/* Another mask, of ring 3's memory, until the call is over and its handlers entered: 0 or -errno. */
s64 signal_mask_for_call(u64 user_mask, u64 bytes);

/* Handlers are no more after exec; what is ignored stays so. */
void signals_exec(struct thread *t);

#endif
