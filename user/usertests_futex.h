/*
 * Part of usertests.c: futexes, and the locks made of them.
 */
#ifndef USER_USERTESTS_FUTEX_H
#define USER_USERTESTS_FUTEX_H

#include <pthread.h>
#include <semaphore.h>
#include "user/usertests_signals.h"

/* Of linux/futex.h, which musl has not. */
enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_PRIVATE = 128,
	FUTEX_WAIT_PRIVATE = FUTEX_WAIT | FUTEX_PRIVATE,
	FUTEX_WAKE_PRIVATE = FUTEX_WAKE | FUTEX_PRIVATE,
	FUTEX_CMP_REQUEUE_PRIVATE = FUTEX_CMP_REQUEUE | FUTEX_PRIVATE,
};

static long futex(volatile int *at, int operation, int value, const struct timespec *limit)
{
	return syscall(SYS_futex, at, operation, value, limit, NULL, 0);
}

static sem_t semaphore;

static void *post(void *unused)
{
	for (int i = 0; i < 20; i++)
		sem_post(&semaphore);
	return unused;
}

static void test_thread_semaphore(void)
{
	pthread_t thread;

	sem_init(&semaphore, 0, 0);
	EQUAL(pthread_create(&thread, NULL, post, NULL), 0);
	for (int i = 0; i < 20; i++)
		EQUAL(sem_wait(&semaphore), 0);
	EQUAL(pthread_join(thread, NULL), 0);
	FAILS(sem_trywait(&semaphore), EAGAIN);
}

static void test_futex_basics(void)
{
	static volatile int word = 3;
	struct timespec soon = {0, 30000000};

	FAILS(futex(&word, FUTEX_WAIT, 4, NULL), EAGAIN);
	long long before = now_ms();
	FAILS(futex(&word, FUTEX_WAIT, 3, &soon), ETIMEDOUT);
	CHECK(now_ms() - before >= 29);
	EQUAL(futex(&word, FUTEX_WAKE, 1, NULL), 0);
	FAILS(futex(BAD, FUTEX_WAIT, 0, NULL), EFAULT);
	FAILS(futex((int *)((char *)&word + 1), FUTEX_WAIT, 0, NULL), EINVAL);
	FAILS(futex(&word, 99, 0, NULL), ENOSYS);
	handle(SIGALRM, 0);
	alarm_ms(20);
	FAILS(futex(&word, FUTEX_WAIT, 3, NULL), EINTR);
}

static volatile int *futex_word;

static void wait_on_word(void)
{
	futex_word[1] = 1;
	while (*futex_word == 0)
		futex(futex_word, FUTEX_WAIT, 0, NULL);
}

/* Two processes, one page: the same futex. */
static void test_futex_shared(void)
{
	futex_word = shared(PAGE);
	pid_t pid = start(wait_on_word);
	wait_for(futex_word + 1);
	sleep_ms(20);
	*futex_word = 1;
	EQUAL(futex(futex_word, FUTEX_WAKE, 10, NULL), 1);
	EQUAL(status_of(pid), 0);
}

static void *wait_private(void *word)
{
	return (void *)futex(word, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static void test_futex_requeue(void)
{
	static volatile int first, second;
	pthread_t threads[3];

	for (size_t i = 0; i < SIZE(threads); i++)
		pthread_create(&threads[i], NULL, wait_private, (void *)&first);
	sleep_ms(30);
	FAILS(syscall(SYS_futex, &first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 10l, &second, 7), EAGAIN);
	EQUAL(syscall(SYS_futex, &first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 10l, &second, 0), 3);
	EQUAL(futex(&first, FUTEX_WAKE_PRIVATE, 10, NULL), 0);
	EQUAL(futex(&second, FUTEX_WAKE_PRIVATE, 10, NULL), 2);
	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_join(threads[i], NULL), 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile int counter, turn;

static void *count_locked(void *unused)
{
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&mutex);
		int old = counter;
		if (i % 500 == 0)
			sched_yield(); /* while it holds the lock */
		counter = old + 1;
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void test_thread_mutex(void)
{
	pthread_t threads[4];

	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_create(&threads[i], NULL, count_locked, NULL), 0);
	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_join(threads[i], NULL), 0);
	EQUAL(counter, 8000);
}

static void *take_turns(void *who)
{
	int mine = (int)(intptr_t)who;

	for (int i = 0; i < 30; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % 3 != mine)
			pthread_cond_wait(&condition, &mutex);
		turn++;
		pthread_cond_broadcast(&condition);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void test_thread_cond(void)
{
	pthread_t threads[3];

	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_create(&threads[i], NULL, take_turns, (void *)(intptr_t)i), 0);
	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_join(threads[i], NULL), 0);
	EQUAL(turn, 90);
}

static void test_thread_cond_timeout(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 30000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	EQUAL(pthread_cond_timedwait(&condition, &mutex, &until), ETIMEDOUT);
}

static void wait_once(void)
{
	futex_word[PAGE / sizeof(int)] = 1;
	EQUAL(futex(futex_word, FUTEX_WAIT, 0, NULL), 0);
}

/* Who wakes need not have touched the page. */
static void test_futex_untouched(void)
{
	int woken = 0;

	futex_word = shared(2 * PAGE);
	pid_t pid = start(wait_once);
	wait_for(futex_word + PAGE / sizeof(int));
	for (int i = 0; i < 1000 && !woken; i++) {
		sleep_ms(1);
		woken = (int)futex(futex_word, FUTEX_WAKE, 1, NULL);
	}
	kill(pid, woken == 1 ? 0 : SIGKILL);
	EQUAL(status_of(pid), 0);
}

#define TESTS_FUTEX(T)                                                                             \
	T(thread_semaphore, "a semaphore counts")                                                  \
	T(futex_basics, "futex waits only for the value it names, so long and no longer")          \
	T(futex_shared, "processes meet at a futex in shared memory")                              \
	T(futex_requeue, "FUTEX_CMP_REQUEUE wakes one and moves the others")                       \
	T(thread_mutex, "a mutex keeps four threads apart")                                        \
	T(thread_cond, "three threads take turns by a condition")                                  \
	T(thread_cond_timeout, "waiting for a condition ends in time")                             \
	T(futex_untouched, "a futex wakes from a page that the waker has not touched")

#endif
