/*
 * The trace of a system call: its two records, what its arguments point to, and what all of that
 * costs. Inline where every call passes; a call that has no texts costs one test for them.
 */
#ifndef GUEST_CALL_TRACE_H
#define GUEST_CALL_TRACE_H

#include "guest/tracer.h"

#define CALLS 512u

/* Of which calls the arguments' memory is told, as the filter of the trace wants it. */
enum { TOLD_BEFORE = 1, TOLD_AFTER = 2 };
extern u8 calls_told[CALLS];

/* Fills calls_told by the ring's filter. */
void call_trace_init(const struct cpu *cpu);

/* Tells the texts of the running thread's call: what it is given, or what it has got. */
void call_trace_texts(const struct frame *f, bool returned);

/* Measures what the records of a call cost and says so in the trace. */
void call_trace_measure(struct cpu *cpu);

/* The same two points of a thread's call that the boot word conceal= wants hidden. */
void call_trace_conceal(struct cpu *cpu, struct thread *t, const struct frame *f, u64 tsc);
void call_trace_conceal_exit(struct cpu *cpu, struct thread *t);

/* Ring 3 was left at `tsc` for a system call. */
static inline __attribute__((always_inline)) void
call_trace_entry(struct cpu *cpu, struct thread *t, const struct frame *f, u64 tsc)
{
	if (__builtin_expect(t->concealed, 0)) {
		call_trace_conceal(cpu, t, f, tsc);
		return;
	}
	trace_user_leave(cpu, t, tsc, USER_GATE_syscall);
	TRACE_ENTER(cpu, t, syscall_entry, tsc, r->number = (u32)f->error,
	            r->gate = (u8)f->vector, /* FRAME_SYSCALL: 0 */
	            r->arg0 = f->rdi, r->arg1 = f->rsi, r->arg2 = f->rdx, r->arg3 = f->r10,
	            r->arg4 = f->r8, r->arg5 = f->r9);
	if (f->error < CALLS && calls_told[f->error] & TOLD_BEFORE)
		call_trace_texts(f, false);
}

/* Behind the handler, where the frame still has the arguments. */
static inline void call_trace_result(const struct thread *t, const struct frame *f, u64 number)
{
	if (number < CALLS && calls_told[number] & TOLD_AFTER && !t->concealed)
		call_trace_texts(f, true);
}

/* Ring 3 goes on. */
static inline __attribute__((always_inline)) void
call_trace_exit(struct cpu *cpu, struct thread *t, const struct frame *f, s64 result)
{
	if (__builtin_expect(t->concealed, 0)) {
		call_trace_conceal_exit(cpu, t);
		return;
	}
	TRACE_RETURN(cpu, t, RETURN_TO_USER, syscall_exit, r->number = (u32)f->error,
	             r->result = result);
}

#endif
