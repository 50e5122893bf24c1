/*
 * System calls, Linux's on x86-64: number in RAX, arguments in RDI, RSI, RDX, R10, R8, R9, result
 * or negated errno in RAX, by SYSCALL and equally by INT 80h (which is *not* Linux's i386 gate). A
 * handler gets the frame and returns the result. Whatever has no handler answers -ENOSYS.
 */
#ifndef GUEST_SYSCALL_H
#define GUEST_SYSCALL_H

#include "guest/frame.h"

/* H(name) for each call of abi/syscalls.h that is handled, by sys_name in sys_*.c. */
/* clang-format off */
#define HANDLERS(H) \
	H(read) H(write) H(readv) H(writev) H(pread64) H(pwrite64) H(preadv) H(pwritev) H(lseek) \
	H(sendfile) H(ftruncate) H(ioctl) H(fsync) H(fdatasync) H(sync) H(flock) H(fadvise64) \
	H(open) H(openat) H(creat) H(close) H(close_range) H(dup) H(dup2) H(dup3) H(fcntl) \
	H(pipe) H(pipe2) H(poll) H(ppoll) H(select) H(pselect6) H(stat) H(lstat) H(fstat) \
	H(newfstatat) H(access) H(faccessat) H(faccessat2) H(readlink) H(readlinkat) \
	H(getdents64) H(statfs) H(fstatfs) H(chmod) H(fchmod) H(fchmodat) H(chown) H(fchown) \
	H(lchown) H(fchownat) H(utimensat) H(truncate) H(getcwd) H(chdir) H(fchdir) H(mkdir) \
	H(mkdirat) H(mknod) H(mknodat) H(rmdir) H(unlink) H(unlinkat) H(rename) H(renameat) \
	H(renameat2) H(link) H(linkat) H(symlink) H(symlinkat) H(umask) \
	H(mmap) H(mprotect) H(mremap) H(madvise) H(msync) H(mlock) H(munlock) \
	H(process_vm_readv) H(process_vm_writev) H(ioperm) H(iopl) H(munmap) H(brk) \
	H(fork) H(vfork) H(clone) H(execve) H(exit) H(exit_group) H(wait4) H(waitid) H(getpid) \
	H(getppid) H(gettid) H(setpgid) H(getpgid) H(getpgrp) H(getsid) H(setsid) H(getuid) \
	H(geteuid) H(getgid) H(getegid) H(getgroups) H(setuid) H(setgid) H(setresuid) \
	H(setresgid) H(set_tid_address) H(set_robust_list) H(arch_prctl) H(prctl) H(sched_yield) \
	H(sched_getaffinity) H(sched_setaffinity) H(getcpu) H(futex) \
	H(kill) H(tkill) H(tgkill) H(rt_sigaction) H(rt_sigprocmask) H(rt_sigpending) \
	H(rt_sigsuspend) H(rt_sigqueueinfo) H(rt_tgsigqueueinfo) H(rt_sigtimedwait) \
	H(rt_sigreturn) H(sigaltstack) H(pause) H(alarm) H(getitimer) H(setitimer) \
	H(nanosleep) H(clock_nanosleep) H(clock_gettime) H(clock_getres) H(gettimeofday) H(time) \
	H(times) H(getrusage) H(sysinfo) H(uname) H(getrandom) H(prlimit64) H(getrlimit) \
	H(setrlimit)
/* clang-format on */

#define H(name) s64 sys_##name(struct frame *f);
HANDLERS(H)
#undef H

/* A handler that is one expression of its frame, f. */
#define SYSTEM_CALL(name, ...)                                                                     \
	s64 sys_##name(struct frame *f)                                                            \
	{                                                                                          \
		(void)f;                                                                           \
		return __VA_ARGS__;                                                                \
	}

/* SYSCALL's and INT 80h's C side; true if SYSRET may return to the frame. */
bool handle_syscall(struct frame *f, u64 tsc);

/*
 * In a long system call, now and then: lets interrupts in and others run. False if a signal asks for
 * its end.
 */
bool breathe(void);

/* What is due before ring 3 goes on: other processes' turn, signals. */
void before_user(struct frame *f);

#endif
