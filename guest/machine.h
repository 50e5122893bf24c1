/*
 * What lies beneath the kernel, Ringscope's ring -1 or the bare machine, and the ways to end: with
 * a status, or in a panic. Either way the trace is drained whole first.
 */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#include "abi/events.h"
#include "abi/hypercall.h"
#include "guest/frame.h"

#define STATUS_NOT_FOUND 127 /* as a shell says it */
#define STATUS_BROKEN    126
#define STATUS_PANIC     1
#define STATUS_BOOT      1 /* the kernel could not start a program at all */

/* Asks CPUID who is there. */
void machine_init(void);

bool under_ringscope(void);

/* VMCALL; only under Ringscope. */
s64 hypercall(enum hypercall number, u64 a, u64 b, u64 c);

/* Ends the machine. A sentence says why if there is more to say than the status. */
_Noreturn void machine_end(s32 status, enum guest_end cause, const char *sentence);

/* As above after logging the sentence as an error. */
_Noreturn void machine_give_up(s32 status, const char *pattern, ...)
	__attribute__((format(printf, 2, 3)));

/* A bug of the kernel: registers (of the frame, if there is one), stack, what it was doing. */
_Noreturn void panic(const struct frame *f, const char *pattern, ...)
	__attribute__((format(printf, 2, 3)));

#endif
