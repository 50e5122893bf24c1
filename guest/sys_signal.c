/* System calls about signals. */
#include "guest/errno.h"
#include "guest/clock.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/schedule.h"
#include "guest/signal_frame.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"

#define SIGSET_BYTES  8u
#define MINIMUM_STACK 2048u

enum sigprocmask { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

static struct signal_info from_user_call(s32 code)
{
	return (struct signal_info){code, current_process()->pid, 0};
}

static bool is_signal(u64 signal)
{
	return (u32)signal <= SIGNAL_MAX;
}

/* To every process of the group, or (0) to all but the first and oneself. */
static s64 kill_many(u32 group, u32 signal)
{
	struct signal_info info = from_user_call(SI_USER);
	struct process *self = current_process();
	s64 result = -ESRCH;

	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = process_at(i);
		if (!p || p->zombie || (group ? p->group != group : p == self || p->pid == 1))
			continue;
		result = 0;
		if (signal)
			signal_send(p, signal, &info);
	}
	return result;
}

s64 sys_kill(struct frame *f)
{
	struct signal_info info = from_user_call(SI_USER);
	s32 pid = (s32)f->rdi;
	u32 signal = (u32)f->rsi;

	if (!is_signal(signal))
		return -EINVAL;
	if (pid <= 0)
		return kill_many(pid == 0    ? current_process()->group
		                 : pid == -1 ? 0
		                             : (u32)-pid,
		                 signal);
	struct process *p = process_find((u32)pid);
	if (!p)
		return -ESRCH;
	if (signal)
		signal_send(p, signal, &info);
	return 0;
}

static s64 kill_thread(s64 process, s64 tid, u32 signal)
{
	struct signal_info info = from_user_call(SI_TKILL);

	if (tid <= 0 || process == 0 || !is_signal(signal))
		return -EINVAL;
	struct thread *t = thread_find((u32)tid);
	if (!t || (process > 0 && t->process->pid != (u64)process))
		return -ESRCH;
	if (signal)
		signal_send_thread(t, signal, &info);
	return 0;
}

SYSTEM_CALL(tkill, kill_thread(-1, (s32)f->rdi, (u32)f->rsi))
SYSTEM_CALL(tgkill, (s32)f->rdi <= 0 ? -EINVAL : kill_thread((s32)f->rdi, (s32)f->rsi, (u32)f->rdx))

/* A signal with a value: to a process, or (tid) to one thread of it. */
static s64 queue_signal(u32 pid, u32 tid, u32 signal, u64 told)
{
	struct process *p = process_find(pid);
	struct thread *t = tid ? thread_find(tid) : NULL;
	struct signal_info info;

	if (!is_signal(signal))
		return -EINVAL;
	if (!signal_get_info(told, &info))
		return -EFAULT;
	if ((info.code >= 0 || info.code == SI_TKILL) && p != current_process())
		return -EPERM; /* only the kernel and kill say such things of somebody else */
	if (!p || (tid && (!t || t->process != p)))
		return -ESRCH;
	if (!signal || (t ? signal_send_thread(t, signal, &info) : signal_send(p, signal, &info)))
		return 0;
	return -EAGAIN;
}

SYSTEM_CALL(rt_sigqueueinfo, queue_signal((u32)f->rdi, 0, (u32)f->rsi, f->rdx))

s64 sys_rt_tgsigqueueinfo(struct frame *f)
{
	if ((s32)f->rdi <= 0 || (s32)f->rsi <= 0)
		return -EINVAL;
	return queue_signal((u32)f->rdi, (u32)f->rsi, (u32)f->rdx, f->r10);
}

s64 sys_rt_sigaction(struct frame *f)
{
	struct process *p = current_process();
	u32 signal = (u32)f->rdi;
	struct action action;

	if (f->r10 != SIGSET_BYTES || !signal || signal > SIGNAL_MAX)
		return -EINVAL;
	if (f->rsi && !copy_from_user(&action, f->rsi, sizeof(action)))
		return -EFAULT;
	if (f->rsi && UNSTOPPABLE & SIGNAL_BIT(signal))
		return -EINVAL;
	struct action old = p->actions[signal - 1];
	if (f->rdx && !copy_to_user(f->rdx, &old, sizeof(old)))
		return -EFAULT;
	if (f->rsi)
		signal_set_action(p, signal, &action);
	return 0;
}

s64 sys_rt_sigprocmask(struct frame *f)
{
	struct thread *t = current_thread();
	u64 old = t->blocked, set;

	if (f->r10 != SIGSET_BYTES)
		return -EINVAL;
	if (f->rsi) {
		if (!copy_from_user(&set, f->rsi, sizeof(set)))
			return -EFAULT;
		if ((u32)f->rdi > SIG_SETMASK)
			return -EINVAL;
		signal_block(t, (u32)f->rdi == SIG_BLOCK     ? old | set
		                : (u32)f->rdi == SIG_UNBLOCK ? old & ~set
		                                             : set);
	}
	return !f->rdx || copy_to_user(f->rdx, &old, sizeof(old)) ? 0 : -EFAULT;
}

s64 sys_rt_sigpending(struct frame *f)
{
	const struct thread *t = current_thread();
	u64 set = (t->pending | t->process->pending) & t->blocked;

	if (f->rsi > SIGSET_BYTES)
		return -EINVAL;
	return copy_to_user(f->rdi, &set, f->rsi) ? 0 : -EFAULT;
}

/* Until a signal has come whose handler ran. */
static s64 wait_for_signal(void)
{
	while (sleep_on(current_thread(), 0) == 0)
		continue;
	return -ERESTART_NO_HANDLER;
}

s64 signal_mask_for_call(u64 user_mask, u64 bytes)
{
	struct thread *t = current_thread();
	u64 mask;

	if (bytes != sizeof(mask))
		return -EINVAL;
	if (!copy_from_user(&mask, user_mask, sizeof(mask)))
		return -EFAULT;
	t->mask_to_restore = t->blocked;
	t->restore_mask = true;
	t->attention = true; /* puts the mask back in any case */
	signal_block(t, mask);
	return 0;
}

s64 sys_rt_sigsuspend(struct frame *f)
{
	s64 error = signal_mask_for_call(f->rdi, f->rsi);

	return error ? error : wait_for_signal();
}

SYSTEM_CALL(pause, wait_for_signal())

/* Takes one of the signals of the set without a handler. */
s64 sys_rt_sigtimedwait(struct frame *f)
{
	struct thread *t = current_thread();
	struct linux_timespec limit;
	u64 set, until = 0;
	struct signal_info info;

	if (f->r10 != SIGSET_BYTES)
		return -EINVAL;
	if (!copy_from_user(&set, f->rdi, sizeof(set)))
		return -EFAULT;
	s64 wrong = f->rdx ? timespec_fetch(&limit, f->rdx) : 0;
	if (wrong)
		return wrong;
	if (f->rdx)
		until = timespec_until(&limit);
	set &= ~UNSTOPPABLE;
	for (;;) {
		u32 signal = signal_take(t, set, &info);
		if (signal)
			return !f->rsi || signal_put_info(f->rsi, signal, &info) ? (s64)signal
			                                                         : -EFAULT;
		t->awaited = set;
		s64 error = sleep_on(t, until);
		t->awaited = 0;
		if (error && !((t->pending | t->process->pending) & set))
			return error == -ETIMEDOUT ? -EAGAIN : error;
	}
}

s64 sys_rt_sigreturn(struct frame *f)
{
	if (signal_return(f))
		return (s64)f->rax;
	current_process()->actions[SIGSEGV - 1].handler = 0;
	signal_force(SIGSEGV, &(struct signal_info){SI_KERNEL, 0, 0});
	return 0;
}

s64 sys_sigaltstack(struct frame *f)
{
	struct thread *t = current_thread();
	struct linux_stack stack, old = signal_stack_of(t, f->rsp);

	if (f->rdi && !copy_from_user(&stack, f->rdi, sizeof(stack)))
		return -EFAULT;
	if (f->rdi && on_alternate_stack(t, f->rsp))
		return -EPERM;
	if (f->rdi && stack.flags > SS_DISABLE) /* SS_ONSTACK asks for nothing */
		return -EINVAL;
	if (f->rdi && !(stack.flags & SS_DISABLE) && stack.bytes < MINIMUM_STACK)
		return -ENOMEM;
	if (f->rsi && !copy_to_user(f->rsi, &old, sizeof(old)))
		return -EFAULT;
	if (f->rdi) {
		bool off = stack.flags & SS_DISABLE;
		t->alternate_stack = off ? 0 : stack.start;
		t->alternate_bytes = off ? 0 : stack.bytes;
	}
	return 0;
}
