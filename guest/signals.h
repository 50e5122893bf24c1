/*
 * Signals by Linux's numbers and what they do to a process that has no handler, the only kind
 * there is so far.
 */
#ifndef GUEST_SIGNALS_H
#define GUEST_SIGNALS_H

#include "guest/frame.h"

struct process;

/* SIGNALS(S): S(number, name, action); KILL ends the process, IGNORE does nothing. */
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
	S(18, CONT, IGNORE)                                                                        \
	S(19, STOP, IGNORE)                                                                        \
	S(20, TSTP, IGNORE)                                                                        \
	S(21, TTIN, IGNORE)                                                                        \
	S(22, TTOU, IGNORE)                                                                        \
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

#define SIGNAL_MAX 64 /* the real-time ones end the process */

/* These are never in a process's blocked or ignored. */
#define UNSTOPPABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* "SIGSEGV" and so on. */
const char *signal_name(u32 signal);

/* Marks the signal pending for the process and wakes it. */
void signal_send(struct process *p, u32 signal);

/* The signals that wait for the process and are not blocked. */
u64 signal_due(const struct process *p);

/* Does what the running process's pending signals ask for; returns unless one of them ends it. */
void signal_deliver(void);

/* Ends the running process because of what it did, even if it blocked or ignored the signal. */
_Noreturn void signal_force(u32 signal);

#endif
