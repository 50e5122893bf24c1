/*
 * What an operating system costs a program, in ticks of the time-stamp counter: a line
 * "oscost NAME TICKS" each, the median of several rounds after one to warm up. The same binary runs
 * here and on Linux, so that `make bench` can compare.
 *
 * getpid           a system call that does nothing
 * page-fault       memory mapped, and one byte of each page written: a page's share
 * signal           a signal to itself, handled
 * pipe-self        a byte written to a pipe and read again
 * pipe-round-trip  a byte to another process and another one back
 * switch           from one process to the other: half of what a round trip costs beyond two
 *                  of pipe-self, which make the same calls
 * fork-exit-wait   a child that ends at once
 * fork-exec-wait   a child that becomes a small program, which ends at once
 * thread           a thread made, run and joined
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "user/libticks.h"

#define ROUNDS 11
#define PAGE   4096ul

typedef unsigned long long ticks;

static const char *self;
static int to_self[2], to_other[2], from_other[2];

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

/* Each of these does it so often, and says what it took. */
static ticks getpids(unsigned count)
{
	ticks begin = ticks_now();

	for (unsigned i = 0; i < count; i++)
		raw_syscall(SYS_getpid);
	return ticks_now() - begin;
}

static ticks faults(unsigned count)
{
	size_t bytes = count * PAGE;
	ticks begin = ticks_now();
	volatile char *pages =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < bytes; i += PAGE)
		pages[i] = 1;
	ticks spent = ticks_now() - begin;
	munmap((void *)pages, bytes);
	return spent;
}

static void ignore(int number)
{
	(void)number;
}

static ticks signals(unsigned count)
{
	pid_t pid = getpid();

	signal(SIGUSR1, ignore);
	ticks begin = ticks_now();
	for (unsigned i = 0; i < count; i++)
		kill(pid, SIGUSR1);
	return ticks_now() - begin;
}

static void pass(int out, int in)
{
	char c = 'x';

	if (write(out, &c, 1) != 1 || read(in, &c, 1) != 1)
		give_up("oscost: pipe");
}

static ticks pipe_self(unsigned count)
{
	ticks begin = ticks_now();

	for (unsigned i = 0; i < count; i++)
		pass(to_self[1], to_self[0]);
	return ticks_now() - begin;
}

static ticks round_trips(unsigned count)
{
	ticks begin = ticks_now();

	for (unsigned i = 0; i < count; i++)
		pass(to_other[1], from_other[0]);
	return ticks_now() - begin;
}

static ticks forks(unsigned count)
{
	ticks begin = ticks_now();

	for (unsigned i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	return ticks_now() - begin;
}

static ticks execs(unsigned count)
{
	int status = 0;
	ticks begin = ticks_now();

	for (unsigned i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			execl(self, self, "nothing", NULL);
			_exit(1);
		}
		waitpid(pid, &status, 0);
	}
	if (status)
		give_up("oscost: exec");
	return ticks_now() - begin;
}

static void *nothing(void *argument)
{
	return argument;
}

static ticks threads(unsigned count)
{
	pthread_t thread;
	ticks begin = ticks_now();

	for (unsigned i = 0; i < count; i++) {
		if (pthread_create(&thread, NULL, nothing, NULL))
			give_up("oscost: thread");
		pthread_join(thread, NULL);
	}
	return ticks_now() - begin;
}

static int by_size(const void *a, const void *b)
{
	ticks x = *(const ticks *)a, y = *(const ticks *)b;

	return (x > y) - (x < y);
}

static ticks cost(ticks (*run)(unsigned), unsigned count)
{
	ticks spent[ROUNDS];

	run(count); /* warms up */
	for (int i = 0; i < ROUNDS; i++)
		spent[i] = run(count);
	qsort(spent, ROUNDS, sizeof(ticks), by_size);
	return (spent[ROUNDS / 2] + count / 2) / count;
}

static void say(const char *name, ticks n)
{
	printf("oscost %s %llu\n", name, n);
	fflush(stdout); /* a child must not print it again */
}

/* The other process: sends back whatever comes, until nobody is left who sends. */
static void echo(void)
{
	char c;

	close(to_other[1]);
	while (read(to_other[0], &c, 1) == 1)
		if (write(from_other[1], &c, 1) != 1)
			break;
	_exit(0);
}

static void measure_pipes(void)
{
	if (pipe(to_self) || pipe(to_other) || pipe(from_other))
		give_up("oscost: pipe");
	pid_t pid = fork();
	if (pid == 0)
		echo();
	ticks alone = cost(pipe_self, 100), together = cost(round_trips, 100);
	say("pipe-self", alone);
	say("pipe-round-trip", together);
	say("switch", together > 2 * alone ? (together - 2 * alone) / 2 : 0);
	close(to_other[1]);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc > 1) /* what execs runs */
		return 0;
	self = argv[0][0] == '/' ? argv[0] : "/bin/oscost";
	say("getpid", cost(getpids, 500));
	say("page-fault", cost(faults, 128));
	say("signal", cost(signals, 100));
	measure_pipes();
	say("fork-exit-wait", cost(forks, 4));
	say("fork-exec-wait", cost(execs, 4));
	say("thread", cost(threads, 4));
	return 0;
}
