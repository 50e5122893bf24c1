/*
 * Part of usertests.c: threads and what comes at them: signals, kills, an execve of the last one.
 */
#ifndef USER_USERTESTS_THREAD_SIGNALS_H
#define USER_USERTESTS_THREAD_SIGNALS_H

#include "user/usertests_threads.h"

static void *spin_until_signalled(void *unused)
{
	other_tid = (int)syscall(SYS_gettid);
	while (!signalled_tid)
		;
	return unused;
}

/* Who sleeps while the signal is another thread's to take is not told by half. */
static void test_thread_signal_sleep(void)
{
	struct timespec tick = {0, 1000000};
	pthread_t thread;

	signal(SIGUSR1, note_tid);
	pthread_create(&thread, NULL, spin_until_signalled, NULL);
	wait_for(&other_tid);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	CHECK(nanosleep(&tick, NULL) == 0 || errno == EINTR);
	EQUAL(pthread_join(thread, NULL), 0);
}

static void one_sleeps_one_spins(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spin_for_ever, NULL);
	wait_for_ever(NULL);
}

static void test_thread_kill_stopping(void)
{
	pid_t pid = start(one_sleeps_one_spins);

	sleep_ms(30);
	EQUAL(syscall(SYS_tgkill, pid, pid, SIGKILL), 0);
	kill(pid, SIGSTOP);
	EQUAL(status_of(pid), SIGKILL);
}

static void *queue_and_leave(void *value)
{
	siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};

	info.si_value.sival_ptr = value;
	EQUAL(syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGRTMIN, &info), 0);
	return value;
}

static void *queue_and_take(void *value)
{
	struct timespec none = {0, 0};
	sigset_t set = set_of(SIGRTMIN);
	siginfo_t info;

	queue_and_leave(value);
	EQUAL(sigtimedwait(&set, &info, &none), SIGRTMIN);
	CHECK(info.si_value.sival_ptr == value);
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	return value;
}

/* What was queued for a thread goes with it. */
static void test_thread_signal_leaves(void)
{
	pthread_t thread;

	block(SIG_BLOCK, SIGRTMIN);
	for (int i = 0; i < 100; i++) {
		EQUAL(pthread_create(&thread, NULL, queue_and_leave, (void *)1), 0);
		EQUAL(pthread_join(thread, NULL), 0);
	}
	EQUAL(pthread_create(&thread, NULL, queue_and_take, (void *)2), 0);
	EQUAL(pthread_join(thread, NULL), 0);
}

static char own_path[256]; /* /proc/self is the first thread's, which will be gone */

static void *exec_alone(void *unused)
{
	char *const argv[] = {"usertests", "echo-back", "tid", "", "", NULL};

	sleep_ms(30);
	execve(own_path, argv, green);
	return unused;
}

static void leave_and_exec(void)
{
	pthread_t thread;

	CHECK(readlink(SELF, own_path, sizeof(own_path) - 1) > 0);
	pthread_create(&thread, NULL, exec_alone, NULL);
	pthread_exit(NULL);
}

static void test_thread_exec_last(void)
{
	EQUAL(STATUS(leave_and_exec), EXIT_OF(42));
}

static int wake_ends[2];

static void *read_one(void *c)
{
	other_tid = 1;
	return (void *)(intptr_t)read(wake_ends[0], c, 1);
}

/* The reader may be woken for a signal that another thread is faster to take. */
static void test_thread_signal_reader(void)
{
	struct timespec tick = {0, 1000000};
	pthread_t thread;
	void *result;
	char c;

	EQUAL(pipe(wake_ends), 0);
	handle(SIGUSR1, SA_RESTART);
	pthread_create(&thread, NULL, read_one, &c);
	wait_for(&other_tid);
	sleep_ms(10);
	for (int i = 0; i < 3; i++) {
		EQUAL(kill(getpid(), SIGUSR1), 0);
		nanosleep(&tick, NULL);
	}
	EQUAL(write(wake_ends[1], "x", 1), 1);
	EQUAL(pthread_join(thread, &result), 0);
	EQUAL((intptr_t)result, 1);
	EQUAL(caught_count, 3);
}

#define TESTS_THREAD_SIGNALS(T)                                                                    \
	T(thread_signal_sleep, "a signal that another thread takes leaves a sleeper alone")        \
	T(thread_kill_stopping, "SIGKILL to one thread ends a process that another one stops")     \
	T(thread_signal_leaves, "signals queued for a thread go with it")                          \
	T(thread_exec_last, "the last thread's execve makes it the first")                         \
	T(thread_signal_reader, "a read goes on if another thread took the signal")

#endif
