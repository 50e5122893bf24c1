/*
 * Part of fuzzcalls.c: which calls are made, and with what. Everything follows from a seed, so a
 * batch can be made again.
 */
#ifndef USER_FUZZCALLS_ARGUMENTS_H
#define USER_FUZZCALLS_ARGUMENTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE    4096ul
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NUMBERS 470       /* calls are 0 to this */
#define NOBODY  0x3ffffff /* a pid that no process has */

static uint64_t random_state;

static uint64_t any(void) /* xorshift64* */
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}

static size_t below(size_t n)
{
	return (any() >> 32) % n;
}

static bool once_in(size_t n)
{
	return below(n) == 0;
}

/* A letter an argument: f descriptor, b buffer, p path, s size, i number, d pid. */
static const struct {
	short number;
	const char *arguments;
} signatures[] = {
	{SYS_read, "fbs"},
	{SYS_write, "fbs"},
	{SYS_open, "pii"},
	{SYS_close, "f"},
	{SYS_stat, "pb"},
	{SYS_fstat, "fb"},
	{SYS_lstat, "pb"},
	{SYS_poll, "bii"},
	{SYS_lseek, "fsi"},
	{SYS_mmap, "bsiifs"},
	{SYS_mprotect, "bsi"},
	{SYS_munmap, "bs"},
	{SYS_brk, "b"},
	{SYS_rt_sigaction, "ibbi"},
	{SYS_rt_sigprocmask, "ibbi"},
	{SYS_ioctl, "fib"},
	{SYS_pread64, "fbss"},
	{SYS_pwrite64, "fbss"},
	{SYS_readv, "fbi"},
	{SYS_writev, "fbi"},
	{SYS_access, "pi"},
	{SYS_pipe, "b"},
	{SYS_select, "ibbbb"},
	{SYS_mremap, "bssib"},
	{SYS_msync, "bsi"},
	{SYS_madvise, "bsi"},
	{SYS_dup, "f"},
	{SYS_dup2, "ff"},
	{SYS_nanosleep, "bb"},
	{SYS_getitimer, "ib"},
	{SYS_setitimer, "ibb"},
	{SYS_sendfile, "ffbs"},
	{SYS_clone, "ibbbb"},
	{SYS_execve, "pbb"},
	{SYS_wait4, "dbib"},
	{SYS_kill, "di"},
	{SYS_uname, "b"},
	{SYS_fcntl, "fib"},
	{SYS_flock, "fi"},
	{SYS_truncate, "ps"},
	{SYS_ftruncate, "fs"},
	{SYS_getdents64, "fbs"},
	{SYS_getcwd, "bs"},
	{SYS_chdir, "p"},
	{SYS_fchdir, "f"},
	{SYS_rename, "pp"},
	{SYS_mkdir, "pi"},
	{SYS_rmdir, "p"},
	{SYS_creat, "pi"},
	{SYS_link, "pp"},
	{SYS_unlink, "p"},
	{SYS_symlink, "pp"},
	{SYS_readlink, "pbs"},
	{SYS_chmod, "pi"},
	{SYS_fchmod, "fi"},
	{SYS_getrlimit, "ib"},
	{SYS_getrusage, "ib"},
	{SYS_sysinfo, "b"},
	{SYS_times, "b"},
	{SYS_setpgid, "dd"},
	{SYS_sigaltstack, "bb"},
	{SYS_arch_prctl, "ib"},
	{SYS_futex, "biibbi"},
	{SYS_clock_gettime, "ib"},
	{SYS_openat, "fpii"},
	{SYS_mkdirat, "fpi"},
	{SYS_newfstatat, "fpbi"},
	{SYS_unlinkat, "fpi"},
	{SYS_renameat, "fpfp"},
	{SYS_readlinkat, "fpbs"},
	{SYS_ppoll, "bibbi"},
	{SYS_dup3, "ffi"},
	{SYS_pipe2, "bi"},
	{SYS_preadv, "fbiss"},
	{SYS_pwritev, "fbiss"},
	{SYS_prlimit64, "dibb"},
	{SYS_getrandom, "bsi"},
	{SYS_process_vm_readv, "dbibii"},
	{SYS_statx, "fpiib"},
	{SYS_copy_file_range, "fbfbsi"},
	{SYS_ioperm, "iii"},
};

/* What would take the machine away, or the terminal, and what leaves things behind for ever. */
static const short never[] = {
	SYS_reboot,        SYS_vhangup,      SYS_kexec_load,    SYS_kexec_file_load,
	SYS_init_module,   SYS_finit_module, SYS_delete_module, SYS_swapon,
	SYS_swapoff,       SYS_mount,        SYS_umount2,       SYS_pivot_root,
	SYS_acct,          SYS_shmget,       SYS_shmat,         SYS_shmctl,
	SYS_semget,        SYS_semop,        SYS_semctl,        SYS_msgget,
	SYS_msgsnd,        SYS_msgrcv,       SYS_msgctl,        SYS_mq_open,
	SYS_add_key,       SYS_request_key,  SYS_keyctl,        SYS_settimeofday,
	SYS_clock_settime, SYS_adjtimex,     SYS_clock_adjtime, SYS_sethostname,
	SYS_setdomainname, SYS_bpf,
};

/* What waits for what may never come, or ends the batch. */
static const short rarely[] = {
	SYS_pause, SYS_rt_sigsuspend,   SYS_nanosleep,       SYS_clock_nanosleep,
	SYS_poll,  SYS_ppoll,           SYS_select,          SYS_pselect6,
	SYS_futex, SYS_rt_sigtimedwait, SYS_epoll_wait,      SYS_epoll_pwait,
	SYS_exit,  SYS_exit_group,      SYS_rt_sigreturn,    SYS_kill,
	SYS_tkill, SYS_tgkill,          SYS_vfork,           SYS_fork,
	SYS_clone, SYS_clone3,          SYS_execve,          SYS_execveat,
	SYS_alarm, SYS_setitimer,       SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
};

/* Arguments that name a process whom it hurts: bit 0 is the first. They get nobody else's pid. */
static const struct {
	short number;
	char arguments;
} hurtful[] = {
	{SYS_kill, 1},
	{SYS_tkill, 1},
	{SYS_tgkill, 3},
	{SYS_rt_sigqueueinfo, 1},
	{SYS_rt_tgsigqueueinfo, 3},
	{SYS_ptrace, 2},
	{SYS_prlimit64, 1},
	{SYS_setpriority, 2},
	{SYS_sched_setparam, 1},
	{SYS_sched_setscheduler, 1},
	{SYS_sched_setaffinity, 1},
	{SYS_process_vm_writev, 1},
	{SYS_migrate_pages, 1},
	{SYS_move_pages, 1},
	{SYS_sched_setattr, 1},
	{SYS_ioprio_set, 2},
	{SYS_setpgid, 3},
	{434 /* pidfd_open */, 1},
};

static bool listed(const short *list, size_t count, long number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == number)
			return true;
	return false;
}

/* Names for files: all that a batch can make anywhere, so that all can be removed. */
static const char *const made_names[] = {"fuzz-a", "fuzz-b", "fuzz-d", "fuzz-l"};
static const char *const paths[] = {
	"fuzz-a",          "fuzz-b",
	"fuzz-d",          "fuzz-l",
	"fuzz-d/fuzz-a",   "fuzz-a/fuzz-b",
	"/dev/null",       "/dev/zero",
	"/proc/self/maps", "/proc/self/status",
	"/proc/meminfo",   "",
	"no-such",         "./././fuzz-d/../fuzz-a",
};

/* Pages to point at. */
static char *writable, *read_only, *edge, *unmapped, *long_path;

static void make_memory(void)
{
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	char *at = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, anonymous, -1, 0);

	writable = at;
	read_only = at + 6 * PAGE;
	edge = at + 8 * PAGE; /* the end of what is mapped there */
	unmapped = at + 9 * PAGE;
	long_path = at + 11 * PAGE;
	memset(long_path, 'x', PAGE - 1);
	for (size_t i = 0; i < 5 * PAGE; i += 8) /* small numbers, and pointers */
		*(uint64_t *)(void *)(writable + i) = once_in(3) ? (uintptr_t)writable : below(64);
	munmap(unmapped - PAGE, 3 * PAGE);
	mprotect(read_only, PAGE, PROT_READ);
	munmap(long_path + PAGE, 4 * PAGE);
}

static uint64_t pointer(void)
{
	switch (below(16)) {
	case 0:
		return 0;
	case 1:
		return 0xffffffff80000000u + (any() & 0xfffffff);
	case 2:
		return any() | 0x0000900000000000u; /* most are not canonical */
	case 3:
		return (uintptr_t)unmapped + below(PAGE);
	case 4:
		return (uintptr_t)read_only + below(PAGE);
	case 5:
		return (uintptr_t)edge - below(32);
	case 6:
		return 0x7fffffffffffu - below(2 * PAGE);
	case 7: /* rarely harmless: its own code and stack */
		if (once_in(8))
			return once_in(2) ? (uintptr_t)pointer
			                  : (uintptr_t)__builtin_frame_address(0);
		return ~below(PAGE);
	case 8:
		return (uintptr_t)writable + below(4) * PAGE; /* aligned */
	default:
		return (uintptr_t)writable + below(4 * PAGE);
	}
}

static uint64_t path(void)
{
	if (once_in(8))
		return pointer();
	if (once_in(32))
		return (uintptr_t)long_path;
	return (uintptr_t)paths[below(SIZE(paths))];
}

static uint64_t size(void)
{
	static const uint64_t sizes[] = {0,
	                                 1,
	                                 7,
	                                 8,
	                                 64,
	                                 100,
	                                 PAGE - 1,
	                                 PAGE,
	                                 PAGE + 1,
	                                 3 * PAGE,
	                                 1 << 16,
	                                 1 << 20,
	                                 1u << 31,
	                                 (uint64_t)1 << 32,
	                                 (uint64_t)1 << 47,
	                                 INT64_MAX,
	                                 (uint64_t)INT64_MIN,
	                                 ~0ull,
	                                 ~0ull - PAGE};

	return sizes[below(once_in(4) ? SIZE(sizes) : 10)];
}

static uint64_t number(void)
{
	switch (below(6)) {
	case 0:
		return any();
	case 1:
		return (uint64_t)1 << below(64);
	case 2:
		return ~below(200);
	case 3:
		return any() & 0xffff;
	default:
		return below(32);
	}
}

static uint64_t descriptor(void)
{
	static const uint64_t odd[] = {
		~0ull, ~99ull /* AT_FDCWD */, 1000, 1 << 20, 0x7fffffff, 0x80000000, 0x100000003};

	return once_in(6) ? odd[below(SIZE(odd))] : below(12);
}

static uint64_t process(void)
{
	return once_in(4) ? NOBODY : once_in(32) ? (uint64_t)-NOBODY : (uint64_t)getpid();
}

static uint64_t argument(char kind)
{
	switch (kind) {
	case 'f':
		return descriptor();
	case 'b':
		return pointer();
	case 'p':
		return path();
	case 's':
		return size();
	case 'd':
		return process();
	default:
		return number();
	}
}

/* Fills in the arguments: mostly of the kinds that the call takes, else of any. */
static void choose_arguments(long call, uint64_t a[6])
{
	const char *kinds = "";

	for (size_t i = 0; i < SIZE(signatures); i++)
		if (signatures[i].number == call && !once_in(8))
			kinds = signatures[i].arguments;
	for (size_t i = 0, n = strlen(kinds); i < 6; i++)
		a[i] = argument(i < n && !once_in(16) ? kinds[i] : "fbpsid"[below(6)]);
	for (size_t i = 0; i < SIZE(hurtful); i++)
		for (size_t j = 0; hurtful[i].number == call && j < 6; j++)
			if (hurtful[i].arguments >> j & 1)
				a[j] = process();
	if (call == SYS_chdir || call == SYS_chroot)
		a[0] = (uintptr_t) "fuzz-d"; /* what is made elsewhere would not be found again */
}

static long choose_call(void)
{
	for (;;) {
		long call = once_in(3) ? (long)below(NUMBERS)
		                       : signatures[below(SIZE(signatures))].number;
		if (listed(never, SIZE(never), call))
			continue;
		if (listed(rarely, SIZE(rarely), call) && !once_in(64))
			continue;
		return call;
	}
}

#endif
