/*
 * What the parts of usertests.c share: how a test says what it saw, children, and memory. Each part
 * is a header with its tests, in the program once, and a list T(name, sentence) of them.
 *
 * A test is a function that returns if all is well. It runs in a process of its own, in an empty
 * directory; whatever it leaves open or mapped goes with it.
 */
#ifndef USER_USERTESTS_H
#define USER_USERTESTS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "abi/marks.h"

#define PAGE    4096ul
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BAD     ((void *)low_address)          /* no page there */
#define KERNEL  ((void *)0xffffffff80100000ul) /* the kernel's half */
#define HOLE    ((void *)0x0000900000000000ul) /* no address at all: not canonical */
#define DATA    (PROT_READ | PROT_WRITE)
#define ANON    (MAP_PRIVATE | MAP_ANONYMOUS)

static char *volatile low_address = (char *)8; /* volatile: the compiler must not know */
static int report_fd;                          /* takes what a test saw */

/* Ends this process; what it saw reaches the one who started the test. */
__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	int length = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (length > (int)sizeof(text) - 1)
		length = (int)sizeof(text) - 1;
	text[length] = '\n';
	_exit(write(report_fd, text, (size_t)length + 1) > 0 ? 99 : 98);
}

static inline void check(bool ok, const char *what, const char *file, int line)
{
	if (!ok)
		fail("%s:%d: not so: %s (errno %d)", file, line, what, errno);
}

static inline void check_equal(long long is, long long ought, const char *what, const char *file,
                               int line)
{
	if (is != ought)
		fail("%s:%d: %s is %lld, not %lld (errno %d)", file, line, what, is, ought, errno);
}

static inline void check_fails(long long is, int error, const char *what, const char *file,
                               int line)
{
	if (is != -1)
		fail("%s:%d: %s is %lld, not error %d", file, line, what, is, error);
	if (errno != error)
		fail("%s:%d: %s is error %d, not %d", file, line, what, errno, error);
}

/* Without its directory: what is printed is the same wherever it was built. */
#define HERE           (strrchr("/" __FILE__, '/') + 1)
#define CHECK(e)       check((e), #e, HERE, __LINE__)
#define EQUAL(e, n)    check_equal((long long)(e), (long long)(n), #e, HERE, __LINE__)
#define FAILS(e, code) check_fails((long long)(e), code, #e, HERE, __LINE__)

/* A child that runs it, and exits with 0 if it returns. */
static pid_t start(void (*run)(void))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	run();
	_exit(0);
}

static int status_of(pid_t pid)
{
	int status = -1;

	EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

/* The wait status that a child has who does this; the parent waits for it. */
#define EXIT_OF(code) ((code) << 8)
#define STATUS(run)   status_of(start(run))

static char *map(size_t bytes, int protection)
{
	char *at = mmap(NULL, bytes, protection, ANON, -1, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

/* Memory that relatives share. */
static void *shared(size_t bytes)
{
	void *at = mmap(NULL, bytes, DATA, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

static void sleep_ms(long ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&pause, &pause) == -1 && errno == EINTR)
		;
}

static long long now_ms(void)
{
	struct timespec t;

	EQUAL(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* Waits for another to set it, as long as a test may last. */
static void wait_for(volatile int *flag)
{
	for (int i = 0; i < 2000 && !*flag; i++)
		sleep_ms(1);
	CHECK(*flag);
}

static inline bool on_ringscope_kernel(void)
{
	return getauxval(AT_RINGSCOPE_MARKS);
}

#endif
