/*
 * Part of usertests.c: process groups, sessions, stopping, and the scheduler.
 */
#ifndef USER_USERTESTS_JOBS_H
#define USER_USERTESTS_JOBS_H

#include <sys/select.h>
#include "user/usertests_fork.h"
#include "user/usertests_signals.h"

static void test_group_set(void)
{
	EQUAL(getpgrp(), getpid()); /* each test leads a group */
	pid_t pid = start(sleep_on);
	EQUAL(getpgid(pid), getpgrp());
	EQUAL(setpgid(pid, 0), 0);
	EQUAL(getpgid(pid), pid);
	EQUAL(setpgid(pid, getpgrp()), 0);
	EQUAL(getpgid(pid), getpgrp());
	FAILS(setpgid(pid, 0x3ffffff), EPERM);
	FAILS(setpgid(0x3ffffff, 0), ESRCH);
	FAILS(setpgid(pid, -1), EINVAL);
	FAILS(getpgid(0x3ffffff), ESRCH);
	kill(pid, SIGKILL);
	EQUAL(status_of(pid), SIGKILL);
}

static void test_group_kill(void)
{
	pid_t leader = start(sleep_on), member = start(sleep_on), other = start(sleep_on);

	EQUAL(setpgid(leader, leader), 0);
	EQUAL(setpgid(member, leader), 0);
	EQUAL(kill(-leader, SIGTERM), 0);
	EQUAL(status_of(leader), SIGTERM);
	EQUAL(status_of(member), SIGTERM);
	EQUAL(waitpid(other, NULL, WNOHANG), 0);
	FAILS(kill(-leader, SIGTERM), ESRCH);
	handle(SIGUSR1, 0);
	signal(SIGUSR2, SIG_IGN);
	EQUAL(kill(0, SIGUSR2), 0); /* the group of the caller: kills other, too */
	EQUAL(status_of(other), SIGUSR2);
}

static void new_session(void)
{
	EQUAL(setsid(), getpid());
	EQUAL(getsid(0), getpid());
	EQUAL(getpgrp(), getpid());
	FAILS(setsid(), EPERM);
	FAILS(setpgid(0, getppid()), EPERM);
}

static void test_session(void)
{
	FAILS(setsid(), EPERM); /* the leader of a group cannot */
	pid_t session = getsid(0);
	EQUAL(STATUS(new_session), 0);
	EQUAL(getsid(0), session);
	FAILS(getsid(0x3ffffff), ESRCH);
}

/* Stopped, in a group of its own, and then without a parent that could let it go on. */
static void leave_stopped(void)
{
	setsid(); /* where whoever inherits the child is not */
	pid_t pid = start(sleep_on);
	setpgid(pid, pid);
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
}

static void test_group_orphaned(void)
{
	int ends[2];
	char c;

	EQUAL(pipe(ends), 0);
	EQUAL(STATUS(leave_stopped), 0);
	EQUAL(close(ends[1]), 0);
	struct pollfd set = {.fd = ends[0], .events = POLLIN};
	EQUAL(poll(&set, 1, 2000), 1); /* SIGHUP has ended it, who had the other end */
	EQUAL(read(ends[0], &c, 1), 0);
}

static void wait_in_poll(int fd)
{
	struct pollfd set = {.fd = fd, .events = POLLIN};

	_exit(poll(&set, 1, 5000) == 1 ? 0 : 1);
}

static void wait_in_select(int fd)
{
	struct timeval limit = {5, 0};
	fd_set set;

	FD_ZERO(&set);
	FD_SET((size_t)fd, &set);
	_exit(select(fd + 1, &set, NULL, NULL, &limit) == 1 ? 0 : 1);
}

static void stop_and_continue(void (*wait_in)(int fd))
{
	int ends[2];

	EQUAL(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		wait_in(ends[0]);
	sleep_ms(20); /* it waits by now */
	EQUAL(kill(pid, SIGSTOP), 0);
	EQUAL(waitpid(pid, NULL, WUNTRACED), pid);
	EQUAL(kill(pid, SIGCONT), 0);
	sleep_ms(20);
	EQUAL(write(ends[1], "x", 1), 1);
	EQUAL(status_of(pid), 0);
}

static void test_stop_in_poll(void)
{
	stop_and_continue(wait_in_poll);
	stop_and_continue(wait_in_select);
}

static void stop_for_long(int fd)
{
	struct pollfd set = {.fd = fd, .events = POLLIN};
	long long before = now_ms();

	_exit(poll(&set, 1, 200) == 0 && now_ms() - before < 450 ? 0 : 1);
}

/* The time goes on while it is stopped: 310 ms then, not 500. */
static void test_stop_time(void)
{
	int ends[2];

	EQUAL(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		stop_for_long(ends[0]);
	sleep_ms(10);
	EQUAL(kill(pid, SIGSTOP), 0);
	EQUAL(waitpid(pid, NULL, WUNTRACED), pid);
	sleep_ms(300);
	EQUAL(kill(pid, SIGCONT), 0);
	EQUAL(status_of(pid), 0);
}

static volatile int *progress;

static void count_on(void)
{
	for (;;)
		(*progress)++;
}

static void test_stop_continue(void)
{
	int status;

	progress = shared(PAGE);
	pid_t pid = start(count_on);
	wait_for(progress);
	EQUAL(kill(pid, SIGSTOP), 0);
	EQUAL(waitpid(pid, &status, WUNTRACED), pid);
	int then = *progress;
	sleep_ms(50);
	EQUAL(*progress, then);
	EQUAL(kill(pid, SIGCONT), 0);
	for (int i = 0; i < 1000 && *progress == then; i++)
		sleep_ms(1);
	CHECK(*progress != then);
	EQUAL(kill(pid, SIGSTOP), 0);
	EQUAL(kill(pid, SIGKILL), 0); /* ends stopped ones, too */
	EQUAL(status_of(pid), SIGKILL);
}

static void test_stop_handler(void)
{
	int status;
	volatile int *ran = shared(PAGE);
	pid_t pid = fork();

	if (pid == 0) {
		handle(SIGUSR1, 0);
		*ran = 1;
		while (!caught)
			pause();
		*ran = 2;
		_exit(0);
	}
	wait_for(ran);
	sleep_ms(20); /* it pauses by now */
	kill(pid, SIGTSTP);
	EQUAL(waitpid(pid, &status, WUNTRACED), pid);
	EQUAL(WSTOPSIG(status), SIGTSTP);
	kill(pid, SIGUSR1);
	sleep_ms(30);
	EQUAL(*ran, 1); /* handlers wait for SIGCONT */
	kill(pid, SIGCONT);
	EQUAL(status_of(pid), 0);
}

static void test_stop_sigchld(void)
{
	pid_t pid = start(sleep_on);

	handle(SIGCHLD, SA_RESTART);
	EQUAL(kill(pid, SIGSTOP), 0);
	EQUAL(waitpid(pid, NULL, WUNTRACED), pid);
	EQUAL(caught_code, CLD_STOPPED);
	handle(SIGCHLD, SA_RESTART | SA_NOCLDSTOP);
	kill(pid, SIGCONT);
	EQUAL(waitpid(pid, NULL, WCONTINUED), pid);
	EQUAL(caught_count, 0);
	kill(pid, SIGKILL);
	EQUAL(status_of(pid), SIGKILL);
	EQUAL(caught_code, CLD_KILLED);
}

static void test_pre_emption(void)
{
	progress = shared(PAGE);
	pid_t pid = start(count_on); /* never yields */
	sleep_ms(30);
	kill(pid, SIGKILL);
	EQUAL(status_of(pid), SIGKILL);
}

static void test_yield(void)
{
	volatile int *turn = shared(PAGE);
	pid_t pid = fork();

	for (int i = 0; i < 20; i++) {
		while (*turn != 2 * i + (pid == 0))
			sched_yield();
		(*turn)++;
	}
	if (pid == 0)
		_exit(0);
	EQUAL(status_of(pid), 0);
	EQUAL(*turn, 40);
}

static void block_in_read(void)
{
	int ends[2];
	char c;

	pipe(ends);
	read(ends[0], &c, 1);
}

static void block_in_write(void)
{
	static char page[PAGE];
	int ends[2];

	pipe(ends);
	while (write(ends[1], page, PAGE) > 0)
		;
}

static void block_in_sleep(void)
{
	sleep(1000);
}

static void block_in_poll(void)
{
	poll(NULL, 0, -1);
}

static void block_in_wait(void)
{
	start(sleep_on);
	wait(NULL);
}

static void block_in_futex(void)
{
	static int word;

	syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, NULL);
}

static void block_in_vfork(void)
{
	if (vfork() == 0)
		sleep_on();
}

static const struct {
	void (*run)(void);
	const char *in;
} waits[] = {
	{sleep_on, "pause"},       {block_in_read, "read"},   {block_in_write, "write"},
	{block_in_sleep, "sleep"}, {block_in_poll, "poll"},   {block_in_wait, "wait"},
	{block_in_futex, "futex"}, {block_in_vfork, "vfork"},
};

static void test_kill_blocked(void)
{
	for (size_t i = 0; i < SIZE(waits); i++) {
		int status = -1;
		pid_t pid = start(waits[i].run);
		sleep_ms(10);
		EQUAL(waitpid(pid, NULL, WNOHANG), 0);
		EQUAL(kill(pid, SIGKILL), 0);
		for (int ms = 0; ms < 500 && waitpid(pid, &status, WNOHANG) == 0; ms += 10)
			sleep_ms(10);
		if (status != SIGKILL)
			fail("SIGKILL does not end a process that waits in %s", waits[i].in);
	}
}

/* Of a terminal or not: a process without one has no /dev/tty. */
static void open_tty(void)
{
	setsid();
	FAILS(open("/dev/tty", O_RDWR), ENXIO);
}

static void test_no_tty(void)
{
	EQUAL(STATUS(open_tty), 0);
}

#define TESTS_JOBS(T)                                                                              \
	T(group_set, "setpgid moves children between groups and refuses others")                   \
	T(group_kill, "kill(-pgid) reaches the group, the whole group and nobody else")            \
	T(session, "setsid makes a session, but not for leaders of groups")                        \
	T(group_orphaned, "who is stopped when nobody is left to continue it gets SIGHUP")         \
	T(stop_in_poll, "poll and select go on behind a stop")                                     \
	T(stop_time, "a stop does not make poll's time longer")                                    \
	T(stop_continue, "SIGSTOP stops, SIGCONT continues, SIGKILL ends even the stopped")        \
	T(stop_handler, "who is stopped handles nothing until continued")                          \
	T(stop_sigchld, "SIGCHLD tells of stops too, unless SA_NOCLDSTOP")                         \
	T(pre_emption, "a process that never yields is switched away from")                        \
	T(yield, "sched_yield lets others run")                                                    \
	T(no_tty, "a new session has no terminal")                                                 \
	T(kill_blocked, "SIGKILL ends who waits, for whatever")

#endif
