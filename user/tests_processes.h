/*
 * Part of tests.c: fork, exec, wait, signals, and switching between processes.
 */
#ifndef USER_TESTS_PROCESSES_H
#define USER_TESTS_PROCESSES_H

#include "user/tests.h"

static void exit_seven(void)
{
	_exit(7);
}

static bool test_exit_status(void)
{
	int status = in_child(exit_seven);

	return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void write_null(void)
{
	*(volatile char *)low_address = 1;
}

static bool test_fault_status(void)
{
	int status = in_child(write_null);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static bool test_abort(void)
{
	int status = in_child(abort);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static int counter = 1;

static void count(void)
{
	counter = 2;
	_exit(counter);
}

static bool test_fork_copies(void)
{
	int status = in_child(count);

	return WEXITSTATUS(status) == 2 && counter == 1;
}

static bool test_wait_none(void)
{
	return wait(NULL) == -1 && errno == ECHILD;
}

static void sleep_long(void)
{
	struct timespec t = {100, 0};

	nanosleep(&t, NULL);
}

static bool test_wait_no_hang(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sleep_long();
		_exit(0);
	}
	bool none = waitpid(pid, &status, WNOHANG) == 0;
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && none && WTERMSIG(status) == SIGKILL;
}

/* Here a child runs before its parent waits only if a tick of the clock comes in between. */
static bool test_killed_newborn(void)
{
	for (int tries = 0; tries < 5; tries++) {
		int status;
		pid_t pid = (pid_t)syscall(SYS_fork); /* musl's child makes a call of its own */

		if (pid == 0)
			syscall(SYS_exit_group, 1);
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid)
			return false;
		if (!getauxval(0x5253) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
			return true;
	}
	return false;
}

/* The pid is stored where that is allowed; where it is not, nothing happens. */
static bool test_clone_stores_pid(void)
{
	static const int constant = 5;
	static volatile int child_tid, parent_tid;
	int status, flags = 0x01100000 | SIGCHLD; /* CLONE_CHILD_SETTID, CLONE_PARENT_SETTID */
	long pid = syscall(SYS_clone, flags, 0, &parent_tid, &child_tid, 0);

	if (pid == 0)
		_exit(child_tid == getpid() ? 0 : 1);
	bool ok = waitpid((pid_t)pid, &status, 0) == pid && status == 0 && parent_tid == pid;
	pid = syscall(SYS_clone, flags, 0, BAD, &constant, 0);
	if (pid == 0)
		_exit(*(const volatile int *)&constant == 5 ? 0 : 1);
	return ok && pid > 0 && waitpid((pid_t)pid, &status, 0) == pid && status == 0;
}

static void stay_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	signal(SIGUSR1, SIG_IGN);
	kill(getpid(), SIGUSR1);
	_exit(5);
}

static bool test_blocked_signal(void)
{
	int status = in_child(stay_blocked);

	return WIFEXITED(status) && WEXITSTATUS(status) == 5;
}

static bool test_unstoppable(void)
{
	sigset_t all, old;
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	bool ok = sigaction(SIGKILL, &ignore, NULL) == -1 && errno == EINVAL;

	sigfillset(&all);
	ok = sigprocmask(SIG_SETMASK, &all, &old) == 0 && ok;
	ok = sigprocmask(SIG_SETMASK, &old, &all) == 0 && ok;
	return ok && sigismember(&all, SIGTERM) && !sigismember(&all, SIGKILL) &&
	       !sigismember(&all, SIGSTOP);
}

static bool test_pids(void)
{
	int status;
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		_exit(getppid() == parent && getpid() != parent ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && pid != parent && status == 0;
}

static bool test_many_children(void)
{
	pid_t pids[20];
	int sum = 0, status;

	for (int i = 0; i < 20; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(i);
	}
	for (int i = 0; i < 20; i++)
		sum += wait(&status) > 0 ? WEXITSTATUS(status) : 1000;
	return sum == 190;
}

static bool test_many_generations(void)
{
	for (int i = 0; i < 100; i++)
		if (in_child(exit_seven) != 7 << 8)
			return false;
	return true;
}

static void leave_orphan(void)
{
	if (fork() == 0)
		_exit(fork() ? 0 : 1);
}

static bool test_orphans(void)
{
	for (int i = 0; i < 100; i++)
		if (in_child(leave_orphan) != 0)
			return false;
	return wait(NULL) == -1 && errno == ECHILD;
}

static void exec_self(void)
{
	char *const argv[] = {"tests", "echo-back", "two words", "", NULL};
	char *const envp[] = {"COLOUR=green", NULL};

	execve(self_path, argv, envp);
}

/* The other side of exec_self: exit status 42 if everything came through. */
static int echo_back(int argc, char **argv)
{
	const char *colour = getenv("COLOUR");

	if (argc == 4 && strcmp(argv[2], "two words") == 0 && !*argv[3] && colour &&
	    strcmp(colour, "green") == 0 && !getenv("PATH"))
		return 42;
	return 1;
}

static bool test_exec(void)
{
	return WEXITSTATUS(in_child(exec_self)) == 42;
}

static bool test_exec_errors(void)
{
	char *const argv[] = {"x", NULL};
	bool missing = execve("/bin/no-such-program", argv, argv) == -1 && errno == ENOENT;
	bool bad = execve(BAD, argv, argv) == -1 && errno == EFAULT;

	return missing && bad && execve(self_path, BAD, argv) == -1 && errno == EFAULT;
}

static void spin(void)
{
	for (;;)
		;
}

static bool test_pre_emption(void)
{
	int status;
	pid_t pid = fork();
	struct timespec pause = {0, 30000000};

	if (pid == 0)
		spin();
	nanosleep(&pause, NULL); /* comes back although the child never yields */
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL;
}

/* Two processes count in x87 and SSE registers while the timer switches between them. */
static void count_in_registers(void)
{
	double sum = 0, step = getpid() % 2 ? 1.0 : 3.0;

	for (int i = 0; i < 300000; i++)
		__asm__ volatile("addsd %1, %0" : "+x"(sum) : "x"(step));
	_exit(sum == step * 300000 ? 0 : 1);
}

static bool test_float_registers(void)
{
	int bad = 0, status;

	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			count_in_registers();
	for (int i = 0; i < 3; i++)
		bad += wait(&status) < 0 || status;
	return bad == 0;
}

#define TESTS_PROCESSES(T)                                                                         \
	T(exit_status, "wait sees a child's exit status")                                          \
	T(fault_status, "wait sees the signal of a child that faulted")                            \
	T(abort, "abort ends a process by SIGABRT")                                                \
	T(fork_copies, "a child's writes stay its own")                                            \
	T(wait_none, "waiting without children is ECHILD")                                         \
	T(wait_no_hang, "WNOHANG does not wait, and SIGKILL ends a sleeper")                       \
	T(killed_newborn, "a child killed before it ran does nothing any more")                    \
	T(clone_stores_pid, "clone stores the pid only where the program may write")               \
	T(blocked_signal, "blocked and ignored signals do not end a process")                      \
	T(unstoppable, "SIGKILL and SIGSTOP cannot be blocked or ignored")                         \
	T(pids, "getppid names the parent")                                                        \
	T(many_children, "twenty children at once are all waited for")                             \
	T(many_generations, "a hundred children one after another leave nothing behind")           \
	T(orphans, "two hundred processes that nobody waits for leave nothing behind")             \
	T(exec, "execve passes arguments and environment")                                         \
	T(exec_errors, "execve fails without harm")                                                \
	T(pre_emption, "a process that never yields is switched away from")                        \
	T(float_registers, "floating-point registers survive switches")

#endif
