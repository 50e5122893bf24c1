/*
 * Part of usertests.c: clocks, /proc, other processes' memory, and pointers of all calls.
 */
#ifndef USER_USERTESTS_SYSTEM_H
#define USER_USERTESTS_SYSTEM_H

#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include "user/usertests_faults.h"

static void test_clocks(void)
{
	struct timespec a, b, pause_time = {0, 30000000};
	struct timeval day;

	EQUAL(clock_gettime(CLOCK_MONOTONIC, &a), 0);
	EQUAL(nanosleep(&pause_time, NULL), 0);
	EQUAL(clock_gettime(CLOCK_MONOTONIC, &b), 0);
	long long passed = (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec;
	CHECK(passed >= 30000000 && passed < 3000000000);
	EQUAL(gettimeofday(&day, NULL), 0);
	long long apart = time(NULL) - day.tv_sec;
	CHECK(apart >= 0 && apart < 2 && day.tv_sec > 900000000 && day.tv_usec < 1000000);
	pause_time.tv_nsec = 1000000000;
	FAILS(nanosleep(&pause_time, NULL), EINVAL);
	FAILS(syscall(SYS_clock_gettime, 99, &a), EINVAL);
	EQUAL(clock_getres(CLOCK_MONOTONIC, &a), 0);
}

static void test_clock_monotonic(void)
{
	struct timespec last = {0, 0}, now;

	for (int i = 0; i < 2000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		CHECK(now.tv_sec > last.tv_sec ||
		      (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
		last = now;
	}
}

static void test_clock_absolute(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	long long before = now_ms();
	EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0); /* past already */
	until.tv_nsec += 30000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
	CHECK(now_ms() - before >= 29);
}

static long long cpu_ms(void)
{
	struct timespec t;

	EQUAL(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static void test_clock_cpu(void)
{
	long long begin = cpu_ms();

	sleep_ms(100);
	CHECK(cpu_ms() - begin < 80);
	for (long long until = now_ms() + 10000; cpu_ms() < begin + 30;)
		CHECK(now_ms() < until);
}

static void test_uname(void)
{
	struct utsname name;

	EQUAL(uname(&name), 0);
	CHECK(name.sysname[0] && name.nodename[0] && strcmp(name.machine, "x86_64") == 0);
}

static void test_random(void)
{
	unsigned char a[32] = {0}, b[32] = {0};

	EQUAL(getrandom(a, 32, 0), 32);
	EQUAL(getrandom(b, 32, GRND_NONBLOCK), 32);
	CHECK(memcmp(a, b, 32) != 0);
	FAILS(getrandom(BAD, 32, 0), EFAULT);
}

static void test_usage(void)
{
	struct rusage usage;
	struct tms t;
	struct sysinfo info;

	CHECK(times(&t) != -1 && t.tms_utime >= 0);
	EQUAL(getrusage(RUSAGE_SELF, &usage), 0);
	FAILS(getrusage(99, &usage), EINVAL);
	EQUAL(sysinfo(&info), 0);
	CHECK(info.totalram > info.freeram && info.freeram > 0 && info.procs > 0 && info.mem_unit);
}

static void test_ids(void)
{
	CHECK(getuid() == geteuid() && getgid() == getegid());
	EQUAL(syscall(SYS_gettid), getpid());
	EQUAL(syscall(SYS_set_tid_address, NULL), getpid());
	CHECK(sysconf(_SC_PAGESIZE) == (long)PAGE);
}

static void test_no_such_call(void)
{
	FAILS(syscall(499), ENOSYS);
	FAILS(syscall(100000), ENOSYS);
	FAILS(syscall(-1), ENOSYS);
}

/* The whole of a small file. */
static char *slurp(const char *path)
{
	static char text[60000];
	size_t length = 0;
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	for (ssize_t n; (n = read(fd, text + length, sizeof(text) - 1 - length)) > 0;)
		length += (size_t)n;
	EQUAL(close(fd), 0);
	text[length] = 0;
	return text;
}

static void test_proc_self(void)
{
	char line[64], path[200];

	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	CHECK(n > 0);
	path[n] = 0;
	CHECK(path[0] == '/' && access(path, X_OK) == 0);
	snprintf(line, sizeof(line), "\nPid:\t%d\n", (int)getpid());
	CHECK(strstr(slurp("/proc/self/status"), line));
	snprintf(line, sizeof(line), "%d (", (int)getpid());
	CHECK(strncmp(slurp("/proc/self/stat"), line, strlen(line)) == 0);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)getppid());
	CHECK(strstr(slurp(path), "Name:"));
	FAILS(open("/proc/99999999/status", O_RDONLY), ENOENT);
	CHECK(strlen(slurp("/proc/self/cmdline")) > 0);
}

static void test_proc_maps(void)
{
	char line[64];
	char *page = map(PAGE, PROT_READ);

	snprintf(line, sizeof(line), "%lx-", (unsigned long)page);
	char *maps = slurp("/proc/self/maps");
	CHECK(strstr(maps, "r-xp") && strstr(maps, "[stack]"));
	EQUAL(mprotect(page, PAGE, PROT_READ | PROT_EXEC), 0);
	char *found = strstr(slurp("/proc/self/maps"), line);
	CHECK(found && strstr(found, "r-xp"));
}

static void test_proc_dead(void)
{
	char path[40];
	siginfo_t info;
	pid_t pid = start(nothing);

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	CHECK(strstr(slurp(path), ") Z "));
	EQUAL(status_of(pid), 0);
	FAILS(open(path, O_RDONLY), ENOENT);
}

static void test_proc_system(void)
{
	CHECK(strstr(slurp("/proc/meminfo"), "MemTotal:"));
	CHECK(strstr(slurp("/proc/meminfo"), "MemFree:"));
	CHECK(strstr(slurp("/proc/cpuinfo"), "vendor_id"));
	CHECK(strlen(slurp("/proc/uptime")) > 2);
	CHECK(strlen(slurp("/proc/version")) > 5);
	CHECK(strtod(slurp("/proc/uptime"), NULL) > 0);
}

static char secret[] = "parent's";

static ssize_t peek(pid_t pid, void *to, void *from, size_t bytes)
{
	struct iovec here = {to, bytes}, there = {from, bytes};

	return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

static void test_peek_child(void)
{
	char text[8] = "";
	volatile int *ready = shared(PAGE);
	pid_t pid = fork();

	if (pid == 0) {
		memcpy(secret, "child's", 8);
		*ready = 1;
		sleep_on();
	}
	wait_for(ready);
	EQUAL(peek(pid, text, secret, 8), 8);
	EQUAL(strcmp(text, "child's"), 0);
	EQUAL(strcmp(secret, "parent's"), 0);
	FAILS(peek(pid, text, BAD, 8), EFAULT);
	FAILS(peek(pid, BAD, secret, 8), EFAULT);
	FAILS(peek(pid, text, KERNEL, 8), EFAULT);
	FAILS(peek(0x3ffffff, text, secret, 8), ESRCH);
	kill(pid, SIGKILL);
	EQUAL(status_of(pid), SIGKILL);
}

/* On Linux for users other than root; here for all. */
static void peek_at_parent(void)
{
	char text[8];

	if (!on_ringscope_kernel())
		CHECK(setresgid(54321, 54321, 54321) == 0 && setresuid(54321, 54321, 54321) == 0);
	FAILS(peek(getppid(), text, secret, 8), EPERM);
}

static void test_peek_parent(void)
{
	EQUAL(STATUS(peek_at_parent), 0);
}

/* Numbers, and in which of four arguments a bad pointer is; the others are harmless. */
static const struct {
	long number, argument[4];
	int bad;
} pointers[] = {
	{SYS_open, {0, O_RDONLY}, 0},
	{SYS_openat, {AT_FDCWD, 0}, 1},
	{SYS_stat, {0, 0}, 0},
	{SYS_stat, {(long)"/", 0}, 1},
	{SYS_lstat, {(long)"/", 0}, 1},
	{SYS_newfstatat, {AT_FDCWD, (long)"/", 0, 0}, 2},
	{SYS_access, {0, F_OK}, 0},
	{SYS_pipe, {0}, 0},
	{SYS_pipe2, {0, 0}, 0},
	{SYS_poll, {0, 1, 0}, 0},
	{SYS_select, {1, 0, 0, 0}, 1},
	{SYS_rt_sigaction, {SIGUSR1, 0, 0, 8}, 1},
	{SYS_rt_sigaction, {SIGUSR1, 0, 0, 8}, 2},
	{SYS_rt_sigprocmask, {SIG_BLOCK, 0, 0, 8}, 1},
	{SYS_rt_sigprocmask, {SIG_BLOCK, 0, 0, 8}, 2},
	{SYS_rt_sigpending, {0, 8}, 0},
	{SYS_rt_sigsuspend, {0, 8}, 0},
	{SYS_sigaltstack, {0, 0}, 0},
	{SYS_sigaltstack, {0, 0}, 1},
	{SYS_nanosleep, {0, 0}, 0},
	{SYS_getitimer, {ITIMER_REAL, 0}, 1},
	{SYS_setitimer, {ITIMER_REAL, 0}, 1},
	{SYS_execve, {0, 0, 0}, 0},
	{SYS_uname, {0}, 0},
	{SYS_getcwd, {0, 100}, 0},
	{SYS_chdir, {0}, 0},
	{SYS_mkdir, {0, 0}, 0},
	{SYS_rmdir, {0}, 0},
	{SYS_unlink, {0}, 0},
	{SYS_rename, {0, (long)"x"}, 0},
	{SYS_symlink, {0, (long)"x"}, 0},
	{SYS_readlink, {0, 0, 10}, 0},
	{SYS_readlink, {(long)"/proc/self/exe", 0, 10}, 1},
	{SYS_truncate, {0, 0}, 0},
	{SYS_getrlimit, {RLIMIT_STACK, 0}, 1},
	{SYS_prlimit64, {0, RLIMIT_STACK, 0, 0}, 3},
	{SYS_getrusage, {RUSAGE_SELF, 0}, 1},
	{SYS_sysinfo, {0}, 0},
	{SYS_times, {0}, 0},
	{SYS_clock_gettime, {CLOCK_MONOTONIC, 0}, 1},
	{SYS_clock_getres, {CLOCK_MONOTONIC, 0}, 1},
	{SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, 0, 0}, 2},
	{SYS_getrandom, {0, 10, 0}, 0},
	{SYS_futex, {0, 0, 0, 0}, 0},
};

static void test_bad_pointers(void)
{
	void *const bad[] = {BAD, KERNEL, HOLE, (void *)~0xful};

	for (size_t i = 0; i < SIZE(pointers); i++)
		for (size_t j = 0; j < SIZE(bad); j++) {
			long a[4];
			memcpy(a, pointers[i].argument, sizeof(a));
			a[pointers[i].bad] = (long)bad[j];
			errno = 0;
			long result = syscall(pointers[i].number, a[0], a[1], a[2], a[3]);
			if (result != -1 || errno != EFAULT)
				fail("call %ld with %p as argument %d: %ld, errno %d",
				     pointers[i].number, bad[j], pointers[i].bad + 1, result,
				     errno);
		}
}

/* The end of such a range is below its start, and might pass for the program's own. */
static void test_wrapping_range(void)
{
	int ends[2];

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	for (size_t start = 0xffffffff80200000; start < 0xfffffffffff00000; start += 1 << 16) {
		ssize_t result = write(ends[1], (const void *)start, -start + 16);
		if (result != -1 || errno != EFAULT)
			fail("write from %#lx: %ld, errno %d", start, result, errno);
	}
	close(ends[0]);
	close(ends[1]);
}

#define TESTS_SYSTEM(T)                                                                            \
	T(clocks, "clocks run, and nanosleep lasts")                                               \
	T(clock_monotonic, "the monotonic clock never goes back")                                  \
	T(clock_absolute, "clock_nanosleep sleeps until a point in time")                          \
	T(uname, "uname names the machine x86_64")                                                 \
	T(random, "getrandom gives different bytes")                                               \
	T(usage, "times, getrusage and sysinfo answer")                                            \
	T(ids, "ids fit together")                                                                 \
	T(no_such_call, "an unknown call is ENOSYS and the process lives")                         \
	T(proc_self, "/proc tells of the process that reads it, and of others")                    \
	T(proc_maps, "/proc/self/maps follows mmap and mprotect")                                  \
	T(proc_system, "/proc/meminfo, cpuinfo, uptime and version")                               \
	T(peek_child, "process_vm_readv reads a child's memory")                                   \
	T(peek_parent, "and not that of a process that is no descendant")                          \
	T(bad_pointers, "bad pointers are EFAULT, in every call")                                  \
	T(wrapping_range, "a range from the kernel's half that wraps is EFAULT")                   \
	T(clock_cpu, "processor time passes by work, not by sleep")                                \
	T(proc_dead, "/proc shows who is dead until he is waited for")

#endif
