/*
 * sees: what a program sees of the machine, one line a thing, for comparing a bare machine and one
 * with ring -1: every leaf of CPUID, SMSW, how much memory, ticks, and the control registers as
 * the kernel reads them. Values have a fixed width, so that lines of equal length differ in them.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "user/libticks.h"

#define LEAVES     0x20u
#define SUBLEAVES  4u
#define HYPERVISOR (1u << 31) /* of leaf 1, ECX */
#define CALLS      100

static sigjmp_buf back;

/* A line is one system call, so that the trace has it by itself. */
static void __attribute__((format(printf, 1, 2))) say(const char *pattern, ...)
{
	char line[160];
	va_list list;

	va_start(list, pattern);
	int length = vsnprintf(line, sizeof(line), pattern, list);
	va_end(list);
	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		_exit(1);
}

/* Short enough for the trace to have it whole. */
static void show_leaf(unsigned leaf, unsigned subleaf)
{
	unsigned r[4];

	raw_cpuid(leaf, subleaf, r);
	if (leaf == 1) {
		say("cpuid bit hypervisor %u\n", r[2] >> 31);
		r[2] &= ~HYPERVISOR;
	}
	say("cpuid %08x.%u eax %08x ebx %08x\n", leaf, subleaf, r[0], r[1]);
	say("cpuid %08x.%u ecx %08x edx %08x\n", leaf, subleaf, r[2], r[3]);
}

static void show_leaves(unsigned first)
{
	unsigned r[4];

	raw_cpuid(first, 0, r);
	for (unsigned leaf = first; leaf <= r[0] && leaf - first < LEAVES; leaf++)
		for (unsigned i = 0; i < (leaf == 4 || leaf == 7 || leaf == 0xd ? SUBLEAVES : 1);
		     i++)
			show_leaf(leaf, i);
}

static void show_cpuid(void)
{
	show_leaves(0);
	show_leaves(0x80000000u);
	show_leaf(0x40000000u, 0);
	show_leaf(0x40000010u, 0);
}

static void caught(int number)
{
	siglongjmp(back, number);
}

static void show_smsw(void)
{
	unsigned long word = 0;

	signal(SIGSEGV, caught);
	if (sigsetjmp(back, 1)) {
		say("smsw #GP\n");
		return;
	}
	__asm__ volatile("smsw %0" : "=r"(word));
	say("smsw %04lx\n", word & 0xffff);
}

static void show_amounts(void)
{
	struct sysinfo info;
	unsigned long long begin = ticks_now();

	for (int i = 0; i < CALLS; i++)
		raw_syscall(SYS_getpid);
	say("ticks of %d calls %016llx\n", CALLS, ticks_now() - begin);
	if (sysinfo(&info) == 0)
		say("memory bytes %016lx\n", info.totalram * info.mem_unit);
}

/* As it stands there, a line at a time. */
static int show_registers(void)
{
	FILE *in = fopen("/sys/kernel/ringscope/registers", "r");
	char line[128];

	if (!in) {
		perror("sees: /sys/kernel/ringscope/registers");
		return 1;
	}
	while (fgets(line, sizeof(line), in))
		say("%s", line);
	fclose(in);
	return 0;
}

int main(void)
{
	show_cpuid();
	show_smsw();
	show_amounts();
	return show_registers();
}
