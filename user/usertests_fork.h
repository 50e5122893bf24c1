/*
 * Part of usertests.c: fork, copy on write, and waiting.
 */
#ifndef USER_USERTESTS_FORK_H
#define USER_USERTESTS_FORK_H

#include "user/usertests.h"

static volatile int cow_value = 1;

static void write_cow(void)
{
	EQUAL(cow_value, 1);
	cow_value = 2;
	EQUAL(cow_value, 2);
}

static void test_fork_child_writes(void)
{
	EQUAL(STATUS(write_cow), 0);
	EQUAL(cow_value, 1);
}

static void test_fork_parent_writes(void)
{
	volatile int *go = shared(PAGE);
	pid_t pid = fork();

	if (pid == 0) {
		wait_for(go);
		_exit(cow_value == 1 ? 0 : 1);
	}
	cow_value = 5;
	*go = 1;
	EQUAL(status_of(pid), 0);
	EQUAL(cow_value, 5);
}

/* Each generation writes one page of four and must see its ancestors' in the others. */
static void generation(char *pages, int level)
{
	for (int i = 0; i < 4; i++)
		EQUAL(pages[(size_t)i * PAGE], i < level ? 'a' + i : 0);
	if (level == 4)
		return;
	pages[(size_t)level * PAGE] = (char)('a' + level);
	pid_t pid = fork();
	if (pid == 0) {
		generation(pages, level + 1);
		_exit(0);
	}
	EQUAL(status_of(pid), 0);
	for (int i = level + 1; i < 4; i++)
		EQUAL(pages[(size_t)i * PAGE], 0);
}

static void test_fork_grandchildren(void)
{
	char *pages = map(4 * PAGE, DATA);

	(void)*(volatile char *)pages; /* one page zero, but read */
	generation(pages, 0);
}

/* The kernel's own write must break the sharing too. */
static void test_fork_cow_by_kernel(void)
{
	static char buffer[2 * PAGE] = "parent";
	int ends[2];

	EQUAL(pipe(ends), 0);
	EQUAL(write(ends[1], "child", 6), 6);
	pid_t pid = fork();
	if (pid == 0) {
		EQUAL(read(ends[0], buffer, sizeof(buffer)), 6);
		_exit(strcmp(buffer, "child") == 0 ? 0 : 1);
	}
	EQUAL(status_of(pid), 0);
	EQUAL(strcmp(buffer, "parent"), 0);
}

/* Read-only stays read-only: a shared page is not made writable by a write to it. */
static void test_fork_read_only(void)
{
	char *page = map(PAGE, DATA);

	page[0] = 7;
	EQUAL(mprotect(page, PAGE, PROT_READ), 0);
	pid_t pid = fork();
	if (pid == 0) {
		*(volatile char *)page = 8;
		_exit(0);
	}
	EQUAL(status_of(pid), SIGSEGV);
	EQUAL(page[0], 7);
}

static void test_vfork_shares(void)
{
	volatile int value = 1;
	pid_t pid = vfork();

	if (pid == 0) {
		value = 2;
		_exit(3);
	}
	EQUAL(value, 2); /* the parent slept until then */
	EQUAL(status_of(pid), EXIT_OF(3));
}

static void test_fork_pids(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		_exit(getppid() == parent && getpid() != parent ? 0 : 1);
	EQUAL(status_of(pid), 0);
}

/* On Linux a user's limit makes it; here memory or the table of processes, if that is soon. */
static void test_fork_until_eagain(void)
{
	struct rlimit few = {60, 60};
	int ends[2], count = 0;
	char c;

	EQUAL(pipe(ends), 0);
	if (!on_ringscope_kernel())
		CHECK(setresuid(54321, 54321, 54321) == 0 && setrlimit(RLIMIT_NPROC, &few) == 0);
	pid_t pid = 0;
	while (count < 300 && (pid = fork()) > 0)
		count++;
	if (count < 300 && pid == 0) {
		close(ends[1]);
		_exit((int)read(ends[0], &c, 1)); /* until the parent closes */
	}
	if (pid == -1)
		CHECK(errno == EAGAIN || errno == ENOMEM);
	CHECK(count > 20);
	close(ends[1]);
	for (int i = 0, status; i < count; i++)
		CHECK(wait(&status) > 0 && status == 0);
	pid = fork();
	if (pid == 0)
		_exit(4);
	EQUAL(status_of(pid), EXIT_OF(4));
}

static void nothing(void)
{
}

static void test_fork_often(void)
{
	for (int i = 0; i < 50; i++)
		EQUAL(STATUS(nothing), 0);
}

static void make_orphan(void)
{
	if (fork() == 0)
		_exit(0);
}

static void test_fork_orphans(void)
{
	for (int i = 0; i < 20; i++)
		EQUAL(STATUS(make_orphan), 0);
	FAILS(wait(NULL), ECHILD);
}

static void sleep_on(void)
{
	for (;;)
		pause();
}

static void test_wait_nohang(void)
{
	pid_t pid = start(sleep_on);

	EQUAL(waitpid(pid, NULL, WNOHANG), 0);
	EQUAL(kill(pid, SIGKILL), 0);
	EQUAL(status_of(pid), SIGKILL);
	FAILS(waitpid(pid, NULL, WNOHANG), ECHILD);
}

static void test_wait_errors(void)
{
	FAILS(wait(NULL), ECHILD);
	FAILS(waitpid(getpid(), NULL, 0), ECHILD);
	FAILS(waitpid(-1, NULL, 0x40), EINVAL);
	pid_t pid = start(nothing);
	FAILS(wait4(pid, BAD, 0, NULL), EFAULT);
}

static void test_wait_stopped(void)
{
	int status;
	pid_t pid = start(sleep_on);

	EQUAL(kill(pid, SIGSTOP), 0);
	EQUAL(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	EQUAL(waitpid(pid, &status, WUNTRACED | WNOHANG), 0); /* told once */
	EQUAL(kill(pid, SIGCONT), 0);
	EQUAL(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	EQUAL(kill(pid, SIGTERM), 0);
	EQUAL(status_of(pid), SIGTERM);
}

static void test_wait_by_group(void)
{
	siginfo_t info;
	pid_t mine = start(nothing), other = start(nothing);

	EQUAL(waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT), 0);
	EQUAL(setpgid(other, other), 0); /* dead, but it has a group until waited for */
	EQUAL(waitpid(-other, NULL, 0), other);
	FAILS(waitpid(-other, NULL, 0), ECHILD);
	EQUAL(waitpid(0, NULL, 0), mine);
}

static void exit_300(void)
{
	_exit(300);
}

static void test_wait_status(void)
{
	EQUAL(STATUS(exit_300), EXIT_OF(44)); /* eight bits */
	CHECK((STATUS(abort) & 0x7f) == SIGABRT);
}

static void test_wait_usage(void)
{
	struct rusage usage;
	int status;
	pid_t pid = start(nothing);

	memset(&usage, 0xff, sizeof(usage));
	EQUAL(wait4(pid, &status, 0, &usage), pid);
	CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 2);
}

static void test_waitid_leaves(void)
{
	siginfo_t info = {0};
	pid_t pid = start(exit_300);

	EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	EQUAL(info.si_pid, pid);
	EQUAL(info.si_code, CLD_EXITED);
	EQUAL(info.si_status, 300 & 0xff);
	EQUAL(status_of(pid), EXIT_OF(44));
}

static void test_vfork_killed(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		kill((pid_t)syscall(SYS_getpid), SIGKILL);
		_exit(1);
	}
	EQUAL(status_of(pid), SIGKILL); /* and the parent came to here */
}

/* The page of marks (abi/marks.h) is each process's own; what lies behind it is copied. */
static void test_fork_beside_marks(void)
{
	char *at = mmap((char *)MARK_PAGE_ADDRESS + PAGE, PAGE, DATA, ANON | MAP_FIXED_NOREPLACE,
	                -1, 0);

	if (at == MAP_FAILED)
		return; /* something else lies there */
	*at = 7;
	pid_t pid = fork();
	if (pid == 0)
		_exit(*at);
	EQUAL(status_of(pid), EXIT_OF(7));
}

static void test_waitid_group_1(void)
{
	siginfo_t info;
	pid_t pid = start(nothing);

	setpgid(pid, pid);
	FAILS(waitid(P_PGID, 1, &info, WEXITED), ECHILD);
	EQUAL(status_of(pid), 0);
}

#define TESTS_FORK(T)                                                                              \
	T(fork_child_writes, "what a child writes its parent does not see")                        \
	T(fork_parent_writes, "what a parent writes after fork its child does not see")            \
	T(fork_grandchildren, "four generations share pages and each keeps its own writes")        \
	T(fork_cow_by_kernel, "read() into a shared page changes the reader's copy only")          \
	T(fork_read_only, "a read-only page stays so after fork")                                  \
	T(vfork_shares, "vfork shares memory and the parent waits")                                \
	T(fork_pids, "getppid names the parent")                                                   \
	T(fork_until_eagain, "when no process is left fork says so, and later works again")        \
	T(fork_often, "fifty children one after another")                                          \
	T(fork_orphans, "orphans are nobody's children and leave nothing behind")                  \
	T(wait_nohang, "WNOHANG does not wait")                                                    \
	T(wait_errors, "wait without a fitting child is ECHILD, bad options EINVAL")               \
	T(wait_stopped, "WUNTRACED and WCONTINUED tell of stops, once")                            \
	T(wait_by_group, "waitpid(-pgid) and waitpid(0) choose by process group")                  \
	T(wait_status, "the status has eight bits of the exit code, or the signal")                \
	T(wait_usage, "wait4 fills in the resources used")                                         \
	T(waitid_leaves, "waitid tells how a child ended and WNOWAIT leaves it")                   \
	T(vfork_killed, "a vfork child that is killed lets its parent go on")                      \
	T(fork_beside_marks, "memory behind the page of marks is copied, too")                     \
	T(waitid_group_1, "group 1 is not everybody's")

#endif
