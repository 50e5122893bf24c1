/*
 * System calls, Linux's on x86-64: number in RAX, arguments in RDI, RSI, RDX, R10, R8, R9, result
 * or negated errno in RAX, by SYSCALL and equally by INT 80h (which is *not* Linux's i386 gate). A
 * handler gets the frame and returns the result. Whatever has no handler answers -ENOSYS.
 */
#ifndef GUEST_SYSCALL_H
#define GUEST_SYSCALL_H

#include "abi/syscalls.h"
#include "guest/frame.h"

/* A handler, in sys_*.c; those that are there are found by their names (guest/syscall.c). */
#define CALL(number, name, ...) s64 sys_##name(struct frame *f);
SYSCALLS(CALL)
#undef CALL

typedef s64 (*syscall_handler)(struct frame *f);
extern const syscall_handler syscall_handlers[]; /* by number, NULL where nobody has it */

/* A handler that is one expression of its frame, f. */
#define SYSTEM_CALL(name, ...)                                                                     \
	s64 sys_##name(struct frame *f)                                                            \
	{                                                                                          \
		(void)f;                                                                           \
		return __VA_ARGS__;                                                                \
	}

/* SYSCALL's and INT 80h's C side; true if SYSRET may return to the frame. */
bool handle_syscall(struct frame *f, u64 tsc);

/*
 * In a long system call, now and then: lets interrupts in and others run. False if a signal asks for
 * its end.
 */
bool breathe(void);

/* What is due before ring 3 goes on: other processes' turn, signals. */
void before_user(struct frame *f);

#endif
