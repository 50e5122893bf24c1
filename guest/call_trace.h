/*
 * The trace of a system call: its two records, what its arguments point to, and what all of that
 * costs. Inline where every call passes; that a call is none of the special ones costs it one test.
 */
#ifndef GUEST_CALL_TRACE_H
#define GUEST_CALL_TRACE_H

#include "guest/tracer.h"

#define CALLS 512u /* numbers; the last of them is nobody's */

/*
 * What is special about tracing a call: the memory that its arguments point to is told before it or
 * after it, as the filter wants it, or it may be one that the boot word conceal= hides.
 */
enum { CALL_TOLD_BEFORE = 1, CALL_TOLD_AFTER = 2, CALL_CONCEALED = 4 };
extern u8 call_special[CALLS];

/* Fills call_special, by the ring's filter. */
void call_trace_init(const struct cpu *cpu);

/* Measures what the records of a call cost and says so in the trace. */
void call_trace_measure(struct cpu *cpu);

/* As call_trace_entry and call_trace_exit, of a special call. */
void call_trace_special_entry(struct cpu *cpu, struct thread *t, const struct frame *f, u64 tsc);
void call_trace_special_exit(struct cpu *cpu, struct thread *t, const struct frame *f, s64 result);

/* Behind the handler of a special call, where the frame still has the arguments. */
void call_trace_special_result(const struct thread *t, const struct frame *f);

/* Ring 3 was left at `tsc` for a system call. */
static inline __attribute__((always_inline)) void
call_trace_entry(struct cpu *cpu, struct thread *t, const struct frame *f, u64 tsc)
{
	trace_user_leave(cpu, t, tsc, USER_GATE_syscall);
	TRACE_ENTER(cpu, t, syscall_entry, tsc, r->number = (u32)f->error,
	            r->gate = (u8)f->vector, /* FRAME_SYSCALL: 0 */
	            r->arg0 = f->rdi, r->arg1 = f->rsi, r->arg2 = f->rdx, r->arg3 = f->r10,
	            r->arg4 = f->r8, r->arg5 = f->r9);
}

/* Ring 3 goes on. */
static inline __attribute__((always_inline)) void call_trace_exit(struct cpu *cpu, struct thread *t,
                                                                  const struct frame *f, s64 result)
{
	TRACE_RETURN(cpu, t, RETURN_TO_USER, syscall_exit, r->number = (u32)f->error,
	             r->result = result);
}

#endif
