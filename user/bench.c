/*
 * What the way down costs, measured in ring 3 by RDTSC: a line "NAME TICKS" each, the least of
 * several rounds so short that in some no trace ring has to be drained, the loop's own cost
 * subtracted. What only ring 0 can do is measured by the guest kernel (boot word bench).
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "user/libticks.h"

#define ROUNDS 8

typedef unsigned long long ticks;

static void nothing(int count)
{
	for (int i = 0; i < count; i++)
		__asm__ volatile("" ::: "memory");
}

static void getpids(int count)
{
	for (int i = 0; i < count; i++)
		raw_syscall(SYS_getpid);
}

static void interrupts(int count)
{
	for (int i = 0; i < count; i++) {
		long number = SYS_getpid;
		__asm__ volatile("int $0x80" : "+a"(number)::"memory");
	}
}

/* A call with memory behind an argument, which the trace tells. */
static void writes(int count)
{
	static int nowhere = -1;

	if (nowhere < 0)
		nowhere = open("/dev/null", O_WRONLY);
	for (int i = 0; i < count; i++)
		if (write(nowhere, "sixteen letters.", 16) != 16)
			_exit(1);
}

static void cpuids(int count)
{
	unsigned r[4];

	for (int i = 0; i < count; i++)
		raw_cpuid(0, 0, r);
}

static void faults(int count)
{
	size_t bytes = (size_t)count * 4096;
	volatile char *pages =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i++)
		pages[(size_t)i * 4096] = 1;
	munmap((void *)pages, bytes);
}

static void forks(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void execs(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			execl("/bin/bench", "bench", "nothing", NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
}

static const struct {
	const char *name;
	void (*run)(int count);
	int count;
} benches[] = {
	{"getpid", getpids, 100},          {"getpid-int80", interrupts, 100},
	{"write-16", writes, 100},         {"cpuid", cpuids, 100},
	{"page-fault", faults, 100},       {"fork-exit-wait", forks, 4},
	{"fork-exec-exit-wait", execs, 4},
};

static ticks measure(void (*run)(int), int count)
{
	ticks least = ~0ull;

	for (int round = 0; round < ROUNDS; round++) {
		ticks start = ticks_now();
		run(count);
		ticks spent = ticks_now() - start;
		if (spent < least)
			least = spent;
	}
	return least;
}

int main(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] == 'n') /* "nothing": the program that execs measures */
		return 0;
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		int count = benches[i].count;
		ticks loop = measure(nothing, count);
		ticks spent = measure(benches[i].run, count);
		spent = spent > loop ? spent - loop : 0;
		printf("%s %llu\n", benches[i].name, (spent + (ticks)count / 2) / (ticks)count);
	}
	return 0;
}
