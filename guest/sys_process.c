#include "guest/errno.h"
#include "guest/exec.h"
#include "guest/console.h"
#include "guest/percpu.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"
#include "lib/cpu.h"

#define PATH_BYTES 256u

#define WNOHANG   1u
#define WUNTRACED 2u
#define WALL      0x40000000u

#define CLONE_SIGNAL         0xffu
#define CLONE_VFORK          0x00004000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID   0x01000000u
#define CLONE_LIKE_FORK                                                                            \
	(CLONE_SIGNAL | CLONE_VFORK | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |                 \
	 CLONE_CHILD_SETTID)

enum arch_prctl { ARCH_SET_GS = 0x1001, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS };
enum sigprocmask { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };
enum sighandler { SIG_DFL, SIG_IGN };

#define SIGSET_BYTES 8u

struct linux_sigaction {
	u64 handler, flags, restorer, mask;
};

s64 sys_fork(struct frame *f)
{
	return process_fork(f, 0, 0);
}

/* The child has its own copy of everything, so its parent need not stand still. */
s64 sys_vfork(struct frame *f)
{
	return process_fork(f, 0, 0);
}

s64 sys_clone(struct frame *f)
{
	u64 flags = f->rdi;

	if (flags & ~(u64)CLONE_LIKE_FORK)
		return -EINVAL; /* threads are not there yet */
	s64 pid = process_fork(f, f->rsi, flags & CLONE_CHILD_SETTID ? f->r10 : 0);
	if (pid > 0 && flags & CLONE_PARENT_SETTID)
		copy_to_user(f->rdx, &pid, sizeof(u32)); /* as Linux: a failure is not told */
	return pid;
}

s64 sys_execve(struct frame *f)
{
	char path[PATH_BYTES];
	struct texts argv = {.user = f->rsi}, envp = {.user = f->rdx};
	struct program program;
	struct process *self = current_process();
	s64 error = copy_string_from_user(path, f->rdi, sizeof(path));

	if (error < 0)
		return error;
	error = exec_build(path, &argv, &envp, &program);
	if (program.wrong && error)
		log_line("pid %u %s: execve of %s: %s", self->pid, self->name, path, program.wrong);
	if (!error)
		exec_commit(self, &program);
	return error;
}

s64 sys_exit(struct frame *f)
{
	process_exit((u32)(f->rdi & 0xff) << 8);
}

s64 sys_exit_group(struct frame *f)
{
	process_exit((u32)(f->rdi & 0xff) << 8);
}

s64 sys_wait4(struct frame *f)
{
	static const u8 no_usage[144];
	u32 status = 0;

	if (f->rdx & ~(u64)(WNOHANG | WUNTRACED | WALL))
		return -EINVAL;
	s64 pid = (s32)f->rdi;
	s64 child = process_wait(pid > 0 ? pid : -1, f->rdx & WNOHANG, &status);
	if (child <= 0)
		return child;
	if (f->rsi && !copy_to_user(f->rsi, &status, sizeof(status)))
		return -EFAULT;
	if (f->r10 && !copy_to_user(f->r10, no_usage, sizeof(no_usage)))
		return -EFAULT;
	return child;
}

s64 sys_getpid(struct frame *f)
{
	(void)f;
	return current_process()->pid;
}

s64 sys_gettid(struct frame *f)
{
	return sys_getpid(f);
}

s64 sys_getppid(struct frame *f)
{
	(void)f;
	return current_process()->parent->pid;
}

/* There is one user, root. */
s64 sys_getuid(struct frame *f)
{
	(void)f;
	return 0;
}

s64 sys_geteuid(struct frame *f)
{
	return sys_getuid(f);
}

s64 sys_getgid(struct frame *f)
{
	return sys_getuid(f);
}

s64 sys_getegid(struct frame *f)
{
	return sys_getuid(f);
}

/* Both matter only when a thread ends and others of its process live on. */
s64 sys_set_tid_address(struct frame *f)
{
	return sys_getpid(f);
}

s64 sys_set_robust_list(struct frame *f)
{
	(void)f;
	return 0;
}

s64 sys_arch_prctl(struct frame *f)
{
	struct process *self = current_process();
	bool fs = f->rdi == ARCH_SET_FS || f->rdi == ARCH_GET_FS;
	u64 *base = fs ? &self->fs_base : &self->gs_base;

	switch (f->rdi) {
	case ARCH_GET_FS:
	case ARCH_GET_GS:
		return copy_to_user(f->rsi, base, sizeof(*base)) ? 0 : -EFAULT;
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		/* Ring 0 tells its own GS by the upper half, so ring 3's must stay below. */
		if (f->rsi >= USER_END)
			return -EPERM;
		*base = f->rsi;
		wrmsr(fs ? MSR_FS_BASE : MSR_KERNEL_GS_BASE, f->rsi);
		return 0;
	}
	return -EINVAL;
}

s64 sys_sched_yield(struct frame *f)
{
	(void)f;
	schedule();
	return 0;
}

static s64 send(s64 pid, u64 signal)
{
	struct process *p = pid > 0 ? process_find((u32)pid) : NULL;

	if (signal > SIGNAL_MAX)
		return -EINVAL;
	if (!p) /* groups of processes are not there yet */
		return -ESRCH;
	if (signal)
		signal_send(p, (u32)signal);
	return 0;
}

s64 sys_kill(struct frame *f)
{
	return send((s32)f->rdi, f->rsi);
}

s64 sys_tkill(struct frame *f)
{
	return send((s32)f->rdi, f->rsi);
}

s64 sys_tgkill(struct frame *f)
{
	return send((s32)f->rsi, f->rdx);
}

/* Default and ignore are kept; a handler is taken note of as the default. */
s64 sys_rt_sigaction(struct frame *f)
{
	struct process *self = current_process();
	struct linux_sigaction action = {0};
	u64 signal = f->rdi;

	if (!signal || signal > SIGNAL_MAX || f->r10 != SIGSET_BYTES)
		return -EINVAL;
	if (f->rsi && SIGNAL_BIT(signal) & UNSTOPPABLE)
		return -EINVAL;
	bool ignored = self->ignored & SIGNAL_BIT(signal);
	if (f->rsi) {
		if (!copy_from_user(&action, f->rsi, sizeof(action)))
			return -EFAULT;
		self->ignored &= ~SIGNAL_BIT(signal);
		if (action.handler == SIG_IGN)
			self->ignored |= SIGNAL_BIT(signal);
	}
	action = (struct linux_sigaction){.handler = ignored ? SIG_IGN : SIG_DFL};
	if (f->rdx && !copy_to_user(f->rdx, &action, sizeof(action)))
		return -EFAULT;
	return 0;
}

s64 sys_rt_sigprocmask(struct frame *f)
{
	struct process *self = current_process();
	u64 old = self->blocked, set = 0;

	if (f->r10 != SIGSET_BYTES)
		return -EINVAL;
	if (f->rsi) {
		if (!copy_from_user(&set, f->rsi, sizeof(set)))
			return -EFAULT;
		set &= ~UNSTOPPABLE;
		if (f->rdi == SIG_BLOCK)
			self->blocked |= set;
		else if (f->rdi == SIG_UNBLOCK)
			self->blocked &= ~set;
		else if (f->rdi == SIG_SETMASK)
			self->blocked = set;
		else
			return -EINVAL;
	}
	if (f->rdx && !copy_to_user(f->rdx, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}
