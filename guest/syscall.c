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

/* Weak: NULL where nobody has it. */
#define CALL(number, name, ...) __attribute__((weak)) s64 sys_##name(struct frame *f);
SYSCALLS(CALL)
#undef CALL
#define CALL(number, name, ...) [number] = sys_##name,
const syscall_handler syscall_handlers[CALLS] = {SYSCALLS(CALL)};
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

/* What a thread may have to do before ring 3 goes on; the call's result as the trace tells it. */
static ALWAYS_INLINE s64 settle(struct cpu *cpu, const struct thread *self, struct frame *f,
                                s64 result)
{
	if (UNLIKELY(cpu->resched | self->attention)) {
		before_user(f); /* a handler may be what goes on, with registers of its own */
		if (result == -ERESTART || result == -ERESTART_NO_HANDLER)
			return -EINTR;
	}
	return result;
}

static OUT_OF_LINE void finish_special(struct cpu *cpu, struct thread *self, struct frame *f,
                                       s64 result)
{
	call_trace_special_result(self, f);
	call_trace_special_exit(cpu, self, f, settle(cpu, self, f, result));
}

bool handle_syscall(struct frame *f, u64 tsc)
{
	struct cpu *cpu = this_cpu();
	struct thread *self = cpu->current;
	u64 number = f->error, row = number < CALLS ? number : CALLS - 1;

	if (UNLIKELY(self->marks->used))
		tracer_collect_marks(cpu, self, tsc);
	if (UNLIKELY(cpu->tracing)) {
		if (UNLIKELY(call_special[row]))
			call_trace_special_entry(cpu, self, f, tsc);
		else
			call_trace_entry(cpu, self, f, tsc);
	}
	s64 result =
		UNLIKELY(!syscall_handlers[row]) ? not_handled(number) : syscall_handlers[row](f);
	f->rax = (u64)result;
	if (UNLIKELY(cpu->tracing)) {
		if (UNLIKELY(call_special[row]))
			finish_special(cpu, self, f, result);
		else
			call_trace_exit(cpu, self, f, settle(cpu, self, f, result));
	} else {
		settle(cpu, self, f, result);
	}
	return (f->rip < USER_END || !protection_on(PROTECTION_CANONICAL)) &&
	       f->vector != FRAME_SIGRETURN; /* SYSRET loses RCX and R11 */
}
