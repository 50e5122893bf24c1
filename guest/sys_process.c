/* System calls about processes and threads: making, ending, waiting, groups, identity. */
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/exec.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/schedule.h"
#include "guest/tracer.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"
#include "lib/cpu.h"
#include "lib/string.h"

#define PATH_BYTES 256u

#define CLONE_LIKE_FORK                                                                            \
	(CLONE_SIGNAL | CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID |              \
	 CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)
#define CLONE_SHARED      (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define CLONE_LIKE_THREAD (CLONE_LIKE_FORK | CLONE_SHARED | CLONE_SYSVSEM | CLONE_DETACHED)

#define WAIT_ALL_KINDS 0xe0000000u /* __WALL, __WCLONE, __WNOTHREAD */

enum arch_prctl { ARCH_SET_GS = 0x1001, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS };
enum wait_id { P_ALL, P_PID, P_PGID };

SYSTEM_CALL(fork, process_clone(f, &(struct clone){.flags = SIGCHLD}))
SYSTEM_CALL(vfork, process_clone(f, &(struct clone){.flags = CLONE_VFORK | CLONE_VM | SIGCHLD}))

s64 sys_clone(struct frame *f)
{
	struct clone clone = {f->rdi, f->rsi, f->rdx, f->r10, f->r8};
	bool thread = clone.flags & CLONE_THREAD;

	/* Whatever is shared is shared as a whole: threads share all, processes the memory at most. */
	if (clone.flags & ~(u64)(thread ? CLONE_LIKE_THREAD : CLONE_LIKE_FORK) ||
	    (thread && (clone.flags & CLONE_SHARED) != CLONE_SHARED))
		return -EINVAL;
	if (clone.flags & CLONE_SETTLS && clone.tls >= USER_END)
		return -EPERM;
	if ((clone.flags & CLONE_SIGNAL) > SIGNAL_MAX)
		return -EINVAL;
	return process_clone(f, &clone);
}

s64 sys_execve(struct frame *f)
{
	char path[PATH_BYTES];
	struct texts argv = {.user = f->rsi}, envp = {.user = f->rdx};
	struct program program;
	struct thread *self = current_thread();
	s64 error = copy_string_from_user(path, f->rdi, sizeof(path));

	if (error < 0)
		return error;
	error = exec_build(path, &argv, &envp, &program);
	if (program.wrong && error)
		log_line("pid %u %s: execve of %s: %s", self->tid, self->process->name, path,
		         program.wrong);
	if (error)
		return error;
	error = process_become_single();
	if (error) {
		exec_drop(&program);
		return error;
	}
	exec_commit(self, &program);
	return 0;
}

s64 sys_exit(struct frame *f)
{
	thread_exit((u32)(f->rdi & 0xff) << 8);
}

s64 sys_exit_group(struct frame *f)
{
	process_exit((u32)(f->rdi & 0xff) << 8);
}

/* Nobody counts what a child used. */
static bool put_usage(u64 to)
{
	static const u8 no_usage[144];

	return !to || copy_to_user(to, no_usage, sizeof(no_usage));
}

s64 sys_wait4(struct frame *f)
{
	u32 status = 0, options = (u32)f->rdx & ~WAIT_ALL_KINDS;

	if (options & ~(WAIT_NO_HANG | WAIT_STOPPED | WAIT_CONTINUED))
		return -EINVAL;
	if ((s32)f->rdi == INT32_MIN)
		return -ESRCH;
	s64 pid = (s32)f->rdi == -1 ? WAIT_ANY : (s32)f->rdi;
	s64 child = process_wait(pid, options | WAIT_EXITED, &status);
	if (child <= 0)
		return child;
	if (f->rsi && !copy_to_user(f->rsi, &status, sizeof(status)))
		return -EFAULT;
	return put_usage(f->r10) ? child : -EFAULT;
}

s64 sys_waitid(struct frame *f)
{
	static const u8 nothing[128];
	u32 status = 0, options = (u32)f->r10 & ~WAIT_ALL_KINDS, id = (u32)f->rsi;
	u32 what = WAIT_STOPPED | WAIT_EXITED | WAIT_CONTINUED;

	if (f->rdi > P_PGID || !(options & what) || options & ~(what | WAIT_NO_HANG | WAIT_LEAVE) ||
	    (f->rdi == P_PID && !id))
		return -EINVAL;
	s64 pid = f->rdi == P_ALL ? WAIT_ANY : f->rdi == P_PID ? (s64)id : -(s64)id;
	s64 child = process_wait(pid, options, &status);
	if (child < 0)
		return child;
	struct signal_info info = wait_info((u32)child, status);
	bool put = !f->rdx || (child ? signal_put_info(f->rdx, SIGCHLD, &info)
	                             : copy_to_user(f->rdx, nothing, sizeof(nothing)));
	return put && put_usage(f->r8) ? 0 : -EFAULT;
}

SYSTEM_CALL(getpid, current_process()->pid)
SYSTEM_CALL(gettid, current_thread()->tid)
SYSTEM_CALL(getppid, current_process()->parent->pid)

/* 0 is oneself. */
static struct process *process_named(u64 pid)
{
	return (u32)pid ? process_find((u32)pid) : current_process();
}

s64 sys_setpgid(struct frame *f)
{
	struct process *self = current_process(), *p = process_named(f->rdi);
	bool known = false;

	if ((s32)f->rsi < 0)
		return -EINVAL;
	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	if (p->session != self->session || p->pid == p->session)
		return -EPERM;
	if (p != self && p->executed)
		return -EACCES;
	u32 group = (u32)f->rsi ? (u32)f->rsi : p->pid;
	for (u32 i = 0; i < PROCESSES; i++)
		known |= process_at(i) && process_at(i)->group == group &&
		         process_at(i)->session == self->session;
	if (group != p->pid && !known)
		return -EPERM;
	p->group = group;
	return 0;
}

SYSTEM_CALL(getpgid, process_named(f->rdi) ? (s64)process_named(f->rdi)->group : -ESRCH)
SYSTEM_CALL(getsid, process_named(f->rdi) ? (s64)process_named(f->rdi)->session : -ESRCH)

SYSTEM_CALL(getpgrp, current_process()->group)

s64 sys_setsid(struct frame *f)
{
	struct process *self = current_process();

	(void)f;
	for (u32 i = 0; i < PROCESSES; i++)
		if (process_at(i) && process_at(i)->group == self->pid)
			return -EPERM;
	self->group = self->session = self->pid;
	return self->pid;
}

/* There is one user, root, who may become nobody else. */
SYSTEM_CALL(getuid, 0)
SYSTEM_CALL(geteuid, sys_getuid(f))
SYSTEM_CALL(getgid, sys_getuid(f))
SYSTEM_CALL(getegid, sys_getuid(f))
SYSTEM_CALL(getgroups, sys_getuid(f))

static s64 become(u64 id)
{
	return (u32)id == 0 || (u32)id == UINT32_MAX ? 0 : -EPERM;
}

SYSTEM_CALL(setuid, become(f->rdi))
SYSTEM_CALL(setgid, become(f->rdi))
SYSTEM_CALL(setresuid, become(f->rdi) | become(f->rsi) | become(f->rdx))
SYSTEM_CALL(setresgid, sys_setresuid(f))

s64 sys_set_tid_address(struct frame *f)
{
	struct thread *t = current_thread();

	t->clear_tid = f->rdi;
	return t->tid;
}

/* Robust mutexes of threads that are killed stay locked. */
SYSTEM_CALL(set_robust_list, f->rsi == 24 ? 0 : -EINVAL)

s64 sys_arch_prctl(struct frame *f)
{
	struct thread *self = current_thread();
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

enum prctl {
	PR_SET_PDEATHSIG = 1,
	PR_GET_DUMPABLE = 3,
	PR_SET_DUMPABLE = 4,
	PR_SET_NAME = 15,
	PR_GET_NAME = 16,
};
#define PRCTL_NAME 16u

s64 sys_prctl(struct frame *f)
{
	struct process *p = current_process();
	char name[PRCTL_NAME] = "";

	switch (f->rdi) {
	case PR_GET_DUMPABLE:
		return p->may_be_read;
	case PR_SET_DUMPABLE:
		if (f->rsi > 1)
			return -EINVAL;
		p->may_be_read = f->rsi;
		return 0;
	case PR_SET_NAME:
		if (copy_string_from_user(name, f->rsi, sizeof(name)) == -EFAULT)
			return -EFAULT;
		name[sizeof(name) - 1] = 0;
		copy_text(p->name, sizeof(p->name), name);
		tracer_renamed(current_thread());
		return 0;
	case PR_GET_NAME:
		copy_text(name, sizeof(name), p->name);
		return copy_to_user(f->rsi, name, sizeof(name)) ? 0 : -EFAULT;
	}
	return -EINVAL;
}

s64 sys_sched_yield(struct frame *f)
{
	(void)f;
	schedule();
	return 0;
}

/* There is one processor. */
s64 sys_sched_getaffinity(struct frame *f)
{
	u64 one = 1;

	if (f->rsi < sizeof(one) || f->rsi % sizeof(one))
		return -EINVAL;
	return copy_to_user(f->rdx, &one, sizeof(one)) ? (s64)sizeof(one) : -EFAULT;
}

s64 sys_sched_setaffinity(struct frame *f)
{
	u64 set;

	if (f->rsi < sizeof(set) || !copy_from_user(&set, f->rdx, sizeof(set)))
		return -EFAULT;
	return set & 1 ? 0 : -EINVAL;
}

s64 sys_getcpu(struct frame *f)
{
	u32 zero = 0;

	if ((f->rdi && !copy_to_user(f->rdi, &zero, sizeof(zero))) ||
	    (f->rsi && !copy_to_user(f->rsi, &zero, sizeof(zero))))
		return -EFAULT;
	return 0;
}
