/*
 * Names of numbers, as the manuals and Linux spell them. Each returns NULL for a number it does not
 * know, so that the caller shows the number.
 */
#ifndef TOOLS_NAMES_H
#define TOOLS_NAMES_H

#include "abi/types.h"

#define SIGNALS(SIGNAL)                                                                            \
	SIGNAL(1, SIGHUP)                                                                          \
	SIGNAL(2, SIGINT)                                                                          \
	SIGNAL(3, SIGQUIT)                                                                         \
	SIGNAL(4, SIGILL)                                                                          \
	SIGNAL(5, SIGTRAP)                                                                         \
	SIGNAL(6, SIGABRT)                                                                         \
	SIGNAL(7, SIGBUS)                                                                          \
	SIGNAL(8, SIGFPE)                                                                          \
	SIGNAL(9, SIGKILL)                                                                         \
	SIGNAL(10, SIGUSR1)                                                                        \
	SIGNAL(11, SIGSEGV)                                                                        \
	SIGNAL(12, SIGUSR2)                                                                        \
	SIGNAL(13, SIGPIPE)                                                                        \
	SIGNAL(14, SIGALRM)                                                                        \
	SIGNAL(15, SIGTERM)                                                                        \
	SIGNAL(16, SIGSTKFLT)                                                                      \
	SIGNAL(17, SIGCHLD)                                                                        \
	SIGNAL(18, SIGCONT)                                                                        \
	SIGNAL(19, SIGSTOP)                                                                        \
	SIGNAL(20, SIGTSTP)                                                                        \
	SIGNAL(21, SIGTTIN)                                                                        \
	SIGNAL(22, SIGTTOU)                                                                        \
	SIGNAL(23, SIGURG)                                                                         \
	SIGNAL(24, SIGXCPU)                                                                        \
	SIGNAL(25, SIGXFSZ)                                                                        \
	SIGNAL(26, SIGVTALRM)                                                                      \
	SIGNAL(27, SIGPROF)                                                                        \
	SIGNAL(28, SIGWINCH)                                                                       \
	SIGNAL(29, SIGIO)                                                                          \
	SIGNAL(30, SIGPWR)                                                                         \
	SIGNAL(31, SIGSYS)

/* What the table of events says of one id. */
struct event_kind {
	const char *name; /* NULL: no such event */
	u32 size;         /* of the record, bytes */
	u32 head;         /* id, tier and phase as they stand in a record */
	u8 stream;
	u8 phase;
};

/* Ids are below EVENT_LIMIT; the table has holes. */
#define EVENT_LIMIT 96u
extern const struct event_kind event_kinds[EVENT_LIMIT];

const char *tier_name(u32 stream);
const char *reason_name(u32 reason); /* basic exit reason */
const char *syscall_name(u32 number);
const char *signal_name(u32 number);
const char *errno_name(s64 result);  /* of a negated errno */
const char *errno_text(s64 result);  /* "No such file or directory" */
const char *vector_name(u32 vector); /* "#PF" */
const char *gate_name(u32 cause);
const char *outcome_name(u32 outcome);
const char *hypercall_name(u64 number);
const char *msr_name(u64 number);
const char *vmcs_field_name(u32 encoding);
const char *cpuid_name(u64 leaf);
const char *port_name(u64 port);

#endif
