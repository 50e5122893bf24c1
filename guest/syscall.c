/*
 * The path of a system call. It is short on purpose: getpid takes about a hundred instructions from
 * SYSCALL to SYSRET. Whatever is not always needed is behind one test and out of line.
 */
#include "guest/syscall.h"
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/memory.h"
#include "guest/names.h"
#include "guest/protect.h"
#include "guest/schedule.h"
#include "guest/signals.h"
#include "guest/tracer.h"

#define CALLS        512u
#define UNLIKELY(is) __builtin_expect((is), 0)

typedef s64 (*handler)(struct frame *f);

/* Weak: NULL where nobody has it. */
#define CALL(number, name, ...) __attribute__((weak)) s64 sys_##name(struct frame *f);
SYSCALLS(CALL)
#undef CALL
#define CALL(number, name, ...) [number] = sys_##name,
static const handler handlers[CALLS] = {SYSCALLS(CALL)};
#undef CALL

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE   __attribute__((noinline))

static ALWAYS_INLINE void trace_entry(struct cpu *cpu, const struct frame *f, u64 tsc, u32 pid)
{
	trace_user_leave(cpu, tsc, USER_GATE_syscall, pid);
	if (trace_wants(cpu->kernel_ring, EVENT_syscall_entry)) {
		TRACE_MAKE_ROOM(cpu->kernel_ring, syscall_entry);
		struct trace_syscall_entry *r =
			trace_lay(cpu->kernel_ring, EVENT_HEAD_syscall_entry);
		r->number = (u32)f->error;
		r->pid = pid;
		r->cause = CAUSE_NONE;
		r->gate = 0;
		r->arg0 = f->rdi;
		r->arg1 = f->rsi;
		r->arg2 = f->rdx;
		r->arg3 = f->r10;
		r->arg4 = f->r8;
		r->arg5 = f->r9;
		trace_stamp(cpu->kernel_ring, &r->record, sizeof(*r), tsc);
	}
}

static OUT_OF_LINE s64 not_handled(u64 number)
{
	static u64 reported[CALLS / 64]; /* one line a number is enough */

	if (number < CALLS && !(reported[number / 64] & BIT(number % 64))) {
		reported[number / 64] |= BIT(number % 64);
		log_line("system call %lu (%s) is not there: -ENOSYS", number,
		         syscall_name((u32)number));
	}
	return -ENOSYS;
}

bool breathe(void)
{
	interrupt_window();
	if (this_cpu()->resched)
		schedule();
	return !signal_due(current_thread());
}

void before_user(struct frame *f)
{
	if (this_cpu()->resched)
		schedule();
	if (current_thread()->attention)
		signal_deliver(f);
}

bool handle_syscall(struct frame *f, u64 tsc)
{
	struct cpu *cpu = this_cpu();
	struct thread *self = cpu->current;
	u64 number = f->error;

	if (UNLIKELY(self->marks->used))
		tracer_collect_marks(cpu, self, tsc);
	if (UNLIKELY(cpu->tracing))
		trace_entry(cpu, f, tsc, self->tid);
	s64 result = UNLIKELY(number >= CALLS || !handlers[number]) ? not_handled(number)
	                                                            : handlers[number](f);
	f->rax = (u64)result;
	if (UNLIKELY(cpu->resched || self->attention)) {
		before_user(f); /* a handler may be what goes on, with registers of its own */
		if (result == -ERESTART || result == -ERESTART_NO_HANDLER)
			result = -EINTR;
	}
	if (UNLIKELY(cpu->tracing))
		TRACE_RETURN(cpu, true, syscall_exit, r->number = (u32)f->error, r->pid = self->tid,
		             r->result = result);
	return (f->rip < USER_END || !protection_on(PROTECTION_CANONICAL)) &&
	       f->vector != FRAME_SIGRETURN; /* SYSRET loses RCX and R11 */
}
