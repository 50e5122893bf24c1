/*
 * The path of a system call. It is short on purpose: getpid takes about a hundred instructions from
 * SYSCALL to SYSRET. Whatever is not always needed is behind one test and out of line.
 */
#include "guest/syscall.h"
#include "guest/call_trace.h"
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/memory.h"
#include "guest/names.h"
#include "guest/protect.h"
#include "guest/schedule.h"
#include "guest/signals.h"

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

/* Whatever is to be done between a handler and ring 3, if anything is. */
static ALWAYS_INLINE void finish(struct cpu *cpu, struct thread *self, struct frame *f, u64 number,
                                 s64 result)
{
	if (cpu->tracing)
		call_trace_result(self, f, number);
	if (UNLIKELY(cpu->resched || self->attention)) {
		before_user(f); /* a handler may be what goes on, with registers of its own */
		if (result == -ERESTART || result == -ERESTART_NO_HANDLER)
			result = -EINTR;
	}
	if (cpu->tracing)
		call_trace_exit(cpu, self, f, result);
}

bool handle_syscall(struct frame *f, u64 tsc)
{
	struct cpu *cpu = this_cpu();
	struct thread *self = cpu->current;
	u64 number = f->error;

	if (UNLIKELY(self->marks->used))
		tracer_collect_marks(cpu, self, tsc);
	if (UNLIKELY(cpu->tracing))
		call_trace_entry(cpu, self, f, tsc);
	s64 result = UNLIKELY(number >= CALLS || !handlers[number]) ? not_handled(number)
	                                                            : handlers[number](f);
	f->rax = (u64)result;
	if (UNLIKELY(cpu->tracing | cpu->resched | self->attention))
		finish(cpu, self, f, number, result);
	return (f->rip < USER_END || !protection_on(PROTECTION_CANONICAL)) &&
	       f->vector != FRAME_SIGRETURN; /* SYSRET loses RCX and R11 */
}
