/*
 * Part of usertests.c: execve.
 */
#ifndef USER_USERTESTS_EXEC_H
#define USER_USERTESTS_EXEC_H

#include "user/usertests.h"

#define SELF "/proc/self/exe"

static char *const green[] = {"COLOUR=green", NULL};

static void exec_self(const char *what, const char *more)
{
	char *const argv[] = {"usertests", "echo-back", (char *)what, (char *)more, "", NULL};

	execve(SELF, argv, green);
	fail("execve of " SELF ": errno %d", errno);
}

/* The other side of exec_self: exit status 42 if what is to be seen there is so. */
static int echo_back(int argc, char **argv)
{
	const char *what = argv[2], *more = argv[3];
	struct sigaction action;
	sigset_t mask;

	if (argc != 5 || *argv[4] || argv[5] || strcmp(getenv("COLOUR"), "green") || environ[1])
		return 1;
	if (strcmp(what, "tid") == 0)
		return syscall(SYS_gettid) == getpid() ? 42 : 3;
	if (strcmp(what, "auxv") == 0)
		return getauxval(AT_PAGESZ) == PAGE && getauxval(AT_PHDR) && getauxval(AT_PHNUM) &&
		                       getauxval(AT_ENTRY) && getauxval(AT_RANDOM)
		               ? 42
		               : 2;
	if (strcmp(what, "closed") == 0)
		return fcntl(atoi(more), F_GETFD) == -1 && errno == EBADF ? 42 : 3;
	if (strcmp(what, "open") == 0)
		return fcntl(atoi(more), F_GETFD) == 0 ? 42 : 4;
	if (strcmp(what, "signals") == 0) {
		sigaction(SIGUSR1, NULL, &action); /* handled before: default; ignored: still */
		bool handled = action.sa_handler != SIG_DFL;
		sigaction(SIGUSR2, NULL, &action);
		sigprocmask(SIG_BLOCK, NULL, &mask);
		return !handled && action.sa_handler == SIG_IGN && sigismember(&mask, SIGTERM) ? 42
		                                                                               : 5;
	}
	return strcmp(what, "two words") == 0 && strcmp(more, "äöü") == 0 ? 42 : 6;
}

static void exec_words(void)
{
	exec_self("two words", "äöü");
}

static void exec_auxv(void)
{
	exec_self("auxv", "");
}

static void test_exec_arguments(void)
{
	EQUAL(STATUS(exec_words), EXIT_OF(42));
}

static void test_exec_auxv(void)
{
	EQUAL(STATUS(exec_auxv), EXIT_OF(42));
}

static void exec_with_fd(const char *what, int fd)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", fd);
	pid_t pid = fork();
	if (pid == 0)
		exec_self(what, number);
	EQUAL(status_of(pid), EXIT_OF(42));
}

static void test_exec_closes(void)
{
	int kept = dup(0), closed = fcntl(0, F_DUPFD_CLOEXEC, 20);

	CHECK(kept > 2 && closed >= 20);
	exec_with_fd("open", kept);
	exec_with_fd("closed", closed);
	EQUAL(fcntl(closed, F_GETFD), FD_CLOEXEC); /* here it is still open */
	EQUAL(fcntl(closed, F_SETFD, 0), 0);
	exec_with_fd("open", closed);
}

static void ignore_it(int number)
{
	(void)number;
}

static void exec_signals(void)
{
	sigset_t mask;

	signal(SIGUSR1, ignore_it);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	exec_self("signals", "");
}

static void test_exec_signals(void)
{
	EQUAL(STATUS(exec_signals), EXIT_OF(42));
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, mode);

	CHECK(fd >= 0);
	EQUAL(write(fd, text, strlen(text)), strlen(text));
	EQUAL(close(fd), 0);
}

static void test_exec_errors(void)
{
	char *const argv[] = {"x", NULL};
	static volatile int value = 3;

	make_file("text", "no program\n", 0755);
	make_file("locked", "no program\n", 0644);
	FAILS(execve("missing", argv, argv), ENOENT);
	FAILS(execve("text", argv, argv), ENOEXEC);
	FAILS(execve("locked", argv, argv), EACCES);
	FAILS(execve("/tmp", argv, argv), EACCES);
	FAILS(execve("text/x", argv, argv), ENOTDIR);
	FAILS(execve(BAD, argv, argv), EFAULT);
	FAILS(execve(SELF, BAD, argv), EFAULT);
	FAILS(execve(SELF, argv, BAD), EFAULT);
	EQUAL(value, 3); /* the caller is whole */
	EQUAL(STATUS(exec_words), EXIT_OF(42));
}

/* A file that begins like a program and is none fails before the caller is lost. */
static void test_exec_broken(void)
{
	char *const argv[] = {"x", NULL};
	char start_of_self[64];
	int from = open(SELF, O_RDONLY);

	EQUAL(read(from, start_of_self, sizeof(start_of_self)), sizeof(start_of_self));
	int to = open("stub", O_CREAT | O_WRONLY, 0755);
	EQUAL(write(to, start_of_self, 40), 40);
	EQUAL(close(to), 0);
	FAILS(execve("stub", argv, argv), ENOEXEC);
}

static void test_exec_too_long(void)
{
	static char *argv[40000];

	for (size_t i = 0; i < SIZE(argv) - 1; i++)
		argv[i] = "0123456789012345678901234567890123456789012345678901234567890123456789";
	FAILS(execve(SELF, argv, green), E2BIG);
}

static void test_exec_vfork(void)
{
	char *const argv[] = {"usertests", "echo-back", "two words", "äöü", "", NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve(SELF, argv, green);
		_exit(1);
	}
	EQUAL(status_of(pid), EXIT_OF(42));
}

static void test_exec_script(void)
{
	char *const argv[] = {"x", NULL};

	if (access("/bin/sh", X_OK) == -1)
		return;
	make_file("script", "#!/bin/sh\nexit 9\n", 0755);
	pid_t pid = fork();
	if (pid == 0) {
		execve("./script", argv, green);
		_exit(errno == ENOEXEC ? 9 : 1); /* a kernel may leave scripts to the shell */
	}
	EQUAL(status_of(pid), EXIT_OF(9));
}

#define TESTS_EXEC(T)                                                                              \
	T(exec_arguments, "execve passes arguments and environment as they are")                   \
	T(exec_auxv, "execve passes the auxiliary vector")                                         \
	T(exec_closes, "close-on-exec closes there and not here, others stay open")                \
	T(exec_signals, "execve resets handlers, keeps ignored signals and the mask")              \
	T(exec_errors, "execve that fails says why and leaves the caller whole")                   \
	T(exec_broken, "a torn program is ENOEXEC")                                                \
	T(exec_too_long, "arguments without end are E2BIG")                                        \
	T(exec_vfork, "vfork and execve together")                                                 \
	T(exec_script, "a script runs by its interpreter, or is ENOEXEC")

#endif
