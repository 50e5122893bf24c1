/*
 * The path of a system call. It is short on purpose: getpid takes about a hundred instructions from
 * SYSCALL to SYSRET. Whatever is not always needed is behind one test and out of line.
 */
#include "guest/syscall.h"
#include "abi/syscalls.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/memory.h"
#include "guest/names.h"
#include "guest/signals.h"
#include "guest/tracer.h"

#define CALLS	     512u
#define UNLIKELY(is) __builtin_expect((is), 0)

typedef s64 (*handler)(struct frame *f);

#define H(name) [SYSCALL_##name] = sys_##name,
static const handler handlers[CALLS] = {HANDLERS(H)};
#undef H

static __attribute__((noinline)) void trace_entry(struct cpu *cpu, const struct frame *f, u64 tsc)
{
	trace_left_user(cpu, tsc, USER_CAUSE_syscall);
	TRACE(cpu->kernel_ring, syscall_entry, tsc, .number = (u32)f->error,
	      .pid = cpu->current->pid, .arg0 = f->rdi, .arg1 = f->rsi, .arg2 = f->rdx,
	      .arg3 = f->r10, .arg4 = f->r8, .arg5 = f->r9);
}

static __attribute__((noinline)) void trace_exit(struct cpu *cpu, const struct frame *f)
{
	TRACE_RETURN(cpu, true, syscall_exit, .number = (u32)f->error, .pid = cpu->current->pid,
		     .result = (s64)f->rax);
}

static __attribute__((noinline)) s64 not_handled(u64 number)
{
	static u64 reported[CALLS / 64]; /* one line a number is enough */

	if (number < CALLS && !(reported[number / 64] & BIT(number % 64))) {
		reported[number / 64] |= BIT(number % 64);
		log_line("system call %lu (%s) is not there: -ENOSYS", number,
			 syscall_name((u32)number));
	}
	return -ENOSYS;
}

void before_user(void)
{
	if (this_cpu()->resched)
		schedule();
	signal_deliver();
}

bool handle_syscall(struct frame *f, u64 tsc)
{
	struct cpu *cpu = this_cpu();
	struct process *self = cpu->current;
	u64 number = f->error;

	if (UNLIKELY(cpu->tracing || self->marks->used))
		trace_entry(cpu, f, tsc);
	if (UNLIKELY(number >= CALLS || !handlers[number]))
		f->rax = (u64)not_handled(number);
	else
		f->rax = (u64)handlers[number](f);
	if (UNLIKELY(cpu->resched || self->pending))
		before_user();
	if (UNLIKELY(cpu->tracing))
		trace_exit(cpu, f);
	return f->rip < USER_END;
}
