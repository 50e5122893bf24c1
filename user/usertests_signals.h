/*
 * Part of usertests.c: signals, their handlers, and what they interrupt.
 */
#ifndef USER_USERTESTS_SIGNALS_H
#define USER_USERTESTS_SIGNALS_H

#include <setjmp.h>
#include "user/usertests.h"

static volatile int caught, caught_count, caught_code;
static siginfo_t caught_info;

static void catch (int number, siginfo_t *info, void *context)
{
	(void)context;
	caught = number;
	caught_code = info->si_code;
	caught_info = *info;
	caught_count++;
}

static void handle(int number, int flags)
{
	struct sigaction action = {.sa_sigaction = catch, .sa_flags = SA_SIGINFO | flags};

	caught = caught_count = 0;
	EQUAL(sigaction(number, &action, NULL), 0);
}

static sigset_t set_of(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	return set;
}

static void block(int how, int number)
{
	sigset_t set = set_of(number);

	EQUAL(sigprocmask(how, &set, NULL), 0);
}

/* Soon, once. */
static void alarm_ms(long ms)
{
	struct itimerval timer = {{0, 0}, {ms / 1000, ms % 1000 * 1000}};

	EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void test_signal_handler(void)
{
	handle(SIGUSR1, 0);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	EQUAL(caught, SIGUSR1);
	EQUAL(caught_info.si_signo, SIGUSR1);
	EQUAL(caught_code, SI_USER);
	EQUAL(caught_info.si_pid, getpid());
}

static void test_signal_mask(void)
{
	sigset_t pending;

	handle(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	for (int i = 0; i < 3; i++)
		EQUAL(kill(getpid(), SIGUSR1), 0);
	EQUAL(caught_count, 0);
	EQUAL(sigpending(&pending), 0);
	CHECK(sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGUSR2));
	block(SIG_UNBLOCK, SIGUSR1);
	EQUAL(caught_count, 1); /* one of a number pends */
	EQUAL(sigpending(&pending), 0);
	CHECK(!sigismember(&pending, SIGUSR1));
}

static void test_signal_fork(void)
{
	sigset_t pending;

	handle(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	pid_t pid = fork();
	if (pid == 0) {
		sigpending(&pending);
		block(SIG_UNBLOCK, SIGUSR1); /* the mask is inherited, what pends is not */
		bool none = !sigismember(&pending, SIGUSR1) && caught_count == 0;
		kill(getpid(), SIGUSR1);
		_exit(none && caught_count == 1 ? 0 : 1);
	}
	EQUAL(status_of(pid), 0);
}

static void test_signal_ignored(void)
{
	signal(SIGTERM, SIG_IGN);
	EQUAL(kill(getpid(), SIGTERM), 0);
	EQUAL(kill(getpid(), SIGCHLD), 0);
	EQUAL(kill(getpid(), SIGWINCH), 0);
	EQUAL(kill(getpid(), SIGCONT), 0);
}

static void test_signal_unstoppable(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t all;

	FAILS(sigaction(SIGKILL, &ignore, NULL), EINVAL);
	FAILS(sigaction(SIGSTOP, &ignore, NULL), EINVAL);
	sigfillset(&all);
	EQUAL(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	EQUAL(sigprocmask(SIG_SETMASK, NULL, &all), 0);
	CHECK(sigismember(&all, SIGTERM) && !sigismember(&all, SIGKILL));
	CHECK(!sigismember(&all, SIGSTOP));
}

static void test_signal_errors(void)
{
	FAILS(kill(getpid(), 65), EINVAL);
	EQUAL(kill(getpid(), 0), 0);
	FAILS(kill(0x3ffffff, 0), ESRCH);
	FAILS(kill(-0x3ffffff, SIGTERM), ESRCH);
	FAILS(syscall(SYS_rt_sigaction, SIGUSR1, BAD, NULL, 8), EFAULT);
	FAILS(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL);
	FAILS(syscall(SYS_rt_sigprocmask, 9, &(uint64_t){0}, NULL, 8), EINVAL);
}

static int depth, deepest, sent;

static void nest(int number)
{
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (++sent < 3)
		kill(getpid(), number);
	depth--;
}

static void test_signal_nodefer(void)
{
	struct sigaction action = {.sa_handler = nest};

	sigaction(SIGUSR1, &action, NULL);
	kill(getpid(), SIGUSR1);
	EQUAL(sent, 3);
	EQUAL(deepest, 1);
	action.sa_flags = SA_NODEFER;
	sigaction(SIGUSR1, &action, NULL);
	sent = 0;
	kill(getpid(), SIGUSR1);
	EQUAL(deepest, 3);
}

static volatile int masked_inside;

static void look_at_mask(int number)
{
	sigset_t now;

	(void)number;
	sigprocmask(SIG_BLOCK, NULL, &now);
	masked_inside = sigismember(&now, SIGUSR1) && sigismember(&now, SIGUSR2);
}

static void test_signal_sa_mask(void)
{
	struct sigaction action = {.sa_handler = look_at_mask, .sa_mask = set_of(SIGUSR2)};
	sigset_t now;

	sigaction(SIGUSR1, &action, NULL);
	kill(getpid(), SIGUSR1);
	CHECK(masked_inside);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
}

static void reset_and_again(void)
{
	handle(SIGUSR1, (int)SA_RESETHAND);
	kill(getpid(), SIGUSR1);
	EQUAL(caught_count, 1);
	kill(getpid(), SIGUSR1);
}

static void test_signal_resethand(void)
{
	EQUAL(STATUS(reset_and_again), SIGUSR1);
}

static void test_signal_suspend(void)
{
	sigset_t none;

	handle(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	sigemptyset(&none);
	FAILS(sigsuspend(&none), EINTR);
	EQUAL(caught_count, 1);
	EQUAL(kill(getpid(), SIGUSR1), 0); /* blocked again */
	EQUAL(caught_count, 1);
}

static void test_signal_sigtimedwait(void)
{
	struct timespec soon = {0, 20000000};
	sigset_t set = set_of(SIGUSR1);
	siginfo_t info;

	block(SIG_BLOCK, SIGUSR1);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	EQUAL(sigtimedwait(&set, &info, &soon), SIGUSR1);
	EQUAL(info.si_pid, getpid());
	FAILS(sigtimedwait(&set, &info, &soon), EAGAIN);
	FAILS(sigtimedwait(&set, &info, BAD), EFAULT);
}

static void test_signal_eintr(void)
{
	int ends[2];
	char c;

	EQUAL(pipe(ends), 0);
	handle(SIGALRM, 0);
	alarm_ms(30);
	FAILS(read(ends[0], &c, 1), EINTR);
	EQUAL(caught, SIGALRM);
}

static void test_signal_restart(void)
{
	int ends[2];
	char c = 0;

	EQUAL(pipe(ends), 0);
	handle(SIGALRM, SA_RESTART);
	pid_t pid = fork();
	if (pid == 0) {
		sleep_ms(100);
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	}
	alarm_ms(30);
	EQUAL(read(ends[0], &c, 1), 1);
	EQUAL(caught_count, 1); /* came first */
	EQUAL(status_of(pid), 0);
}

static void test_signal_sleep(void)
{
	struct timespec pause_time = {5, 0}, left = {0, 0};

	handle(SIGALRM, SA_RESTART); /* sleeping is never begun again */
	alarm_ms(30);
	FAILS(nanosleep(&pause_time, &left), EINTR);
	CHECK(left.tv_sec == 4 && left.tv_nsec > 0);
}

static void test_signal_alarm(void)
{
	handle(SIGALRM, 0);
	EQUAL(alarm(100), 0);
	unsigned left = alarm(1);
	CHECK(left == 100 || left == 99);
	FAILS(pause(), EINTR);
	EQUAL(caught_count, 1);
	EQUAL(alarm(0), 0);
}

static void test_signal_interval(void)
{
	struct itimerval timer = {{0, 20000}, {0, 20000}}, now;

	handle(SIGALRM, 0);
	EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
	for (int i = 0; i < 3; i++)
		pause();
	CHECK(caught_count >= 3);
	EQUAL(getitimer(ITIMER_REAL, &now), 0);
	EQUAL(now.it_interval.tv_usec, 20000);
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= 20000);
	memset(&timer, 0, sizeof(timer));
	EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void write_nowhere(void)
{
	int ends[2];

	EQUAL(pipe(ends), 0);
	close(ends[0]);
	write(ends[1], "x", 1);
}

static void test_signal_sigpipe(void)
{
	EQUAL(STATUS(write_nowhere), SIGPIPE);
	handle(SIGPIPE, 0);
	write_nowhere();
	EQUAL(errno, EPIPE);
	EQUAL(caught_count, 1);
}

static void exit_seven(void)
{
	_exit(7);
}

static void test_signal_sigchld(void)
{
	handle(SIGCHLD, SA_RESTART);
	pid_t pid = start(exit_seven);
	EQUAL(status_of(pid), EXIT_OF(7));
	EQUAL(caught_count, 1);
	EQUAL(caught_info.si_pid, pid);
	EQUAL(caught_code, CLD_EXITED);
	EQUAL(caught_info.si_status, 7);
	signal(SIGCHLD, SIG_IGN); /* children are reaped at once */
	start(exit_seven);
	FAILS(wait(NULL), ECHILD);
}

static sigjmp_buf way_out;

static void jump(int number)
{
	siglongjmp(way_out, number);
}

static void test_signal_longjmp(void)
{
	volatile int rounds = 0;

	signal(SIGSEGV, jump);
	for (int i = 0; i < 3; i++)
		if (sigsetjmp(way_out, 1) == 0)
			*(volatile char *)BAD = 1;
		else
			rounds++;
	EQUAL(rounds, 3); /* the mask was restored each time */
}

#define TESTS_SIGNALS(T)                                                                           \
	T(signal_handler, "a handler runs at once and is told who sent the signal")                \
	T(signal_mask, "blocked signals pend, one of a number")                                    \
	T(signal_fork, "a child inherits handlers and mask, not what pends")                       \
	T(signal_ignored, "ignored signals and those ignored by default do nothing")               \
	T(signal_unstoppable, "SIGKILL and SIGSTOP cannot be handled, ignored or blocked")         \
	T(signal_errors, "senseless signals, processes and pointers are refused")                  \
	T(signal_nodefer, "a signal waits for its own handler, with SA_NODEFER not")               \
	T(signal_sa_mask, "sa_mask holds while the handler runs, and no longer")                   \
	T(signal_resethand, "SA_RESETHAND handles once")                                           \
	T(signal_suspend, "sigsuspend takes another mask until a handler has run")                 \
	T(signal_sigtimedwait, "sigtimedwait takes a pending signal, or gives up in time")         \
	T(signal_eintr, "a handler interrupts a read: EINTR")                                      \
	T(signal_restart, "with SA_RESTART the read goes on")                                      \
	T(signal_sleep, "a handler interrupts nanosleep, which tells the rest")                    \
	T(signal_alarm, "alarm sends SIGALRM and tells what was left")                             \
	T(signal_interval, "an interval timer comes again and again")                              \
	T(signal_sigpipe, "writing without a reader is SIGPIPE, or EPIPE if that is handled")      \
	T(signal_sigchld, "SIGCHLD tells how a child ended; ignored, nobody need wait")            \
	T(signal_longjmp, "siglongjmp leaves a handler and restores the mask")

#endif
