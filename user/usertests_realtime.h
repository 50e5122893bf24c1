/*
 * Part of usertests.c: signals that queue, and those that are waited for.
 */
#ifndef USER_USERTESTS_REALTIME_H
#define USER_USERTESTS_REALTIME_H

#include "user/usertests_signals.h"

static int queued[8], queued_count;

static void note_value(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (queued_count < (int)SIZE(queued))
		queued[queued_count++] = info->si_value.sival_int;
}

static void test_signal_realtime(void)
{
	struct sigaction action = {.sa_sigaction = note_value, .sa_flags = SA_SIGINFO};

	EQUAL(sigaction(SIGRTMIN + 1, &action, NULL), 0);
	block(SIG_BLOCK, SIGRTMIN + 1);
	for (int i = 0; i < 4; i++)
		EQUAL(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 10 + i}), 0);
	EQUAL(queued_count, 0);
	block(SIG_UNBLOCK, SIGRTMIN + 1);
	EQUAL(queued_count, 4);
	for (int i = 0; i < 4; i++)
		EQUAL(queued[i], 10 + i);
}

static void exit_soon(void)
{
	sleep_ms(30);
}

/* Blocked, it waits for its taker, although without a handler it does nothing. */
static void test_signal_awaited(void)
{
	struct timespec limit = {5, 0};
	sigset_t set = set_of(SIGCHLD);
	siginfo_t info;

	block(SIG_BLOCK, SIGCHLD);
	pid_t pid = start(exit_soon);
	EQUAL(sigtimedwait(&set, &info, &limit), SIGCHLD);
	EQUAL(info.si_pid, pid);
	EQUAL(status_of(pid), 0);
}

static void test_signal_realtime_dropped(void)
{
	struct timespec none = {0, 0};
	sigset_t set = set_of(SIGRTMIN);
	siginfo_t info;

	block(SIG_BLOCK, SIGRTMIN);
	for (int i = 1; i <= 2; i++) {
		EQUAL(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}), 0);
		if (i == 1)
			signal(SIGRTMIN, SIG_IGN);
		signal(SIGRTMIN, SIG_DFL);
	}
	EQUAL(sigtimedwait(&set, &info, &none), SIGRTMIN);
	EQUAL(info.si_value.sival_int, 2);
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
}

/* Not one that was accepted is lost. */
static void test_signal_queue_full(void)
{
	struct timespec none = {0, 0};
	struct rlimit few = {50, 50};
	sigset_t set = set_of(SIGRTMIN);
	int sent = 0;

	setrlimit(RLIMIT_SIGPENDING, &few);
	block(SIG_BLOCK, SIGRTMIN);
	while (sent < 1000 && sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 1}) == 0)
		sent++;
	CHECK(sent > 10 && sent < 1000 && errno == EAGAIN);
	while (sent-- > 0)
		EQUAL(sigtimedwait(&set, NULL, &none), SIGRTMIN);
	FAILS(sigtimedwait(&set, NULL, &none), EAGAIN);
}

#define TESTS_REALTIME(T)                                                                          \
	T(signal_realtime, "real-time signals queue, in order, with their values")                 \
	T(signal_awaited, "sigtimedwait waits for SIGCHLD that nobody handles")                    \
	T(signal_realtime_dropped, "ignoring a signal drops what is queued of it")                 \
	T(signal_queue_full, "a queue of signals that is full says so")

#endif
