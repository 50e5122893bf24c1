/*
 * One system call, seen from all sides: path calls makes a getpid() and a write() of 20 bytes, each
 * between two marks; path registers fills the general registers, makes a getpid(), and says which have
 * changed.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "user/libmarks.h"
#include "user/libticks.h"

#define REGISTERS 14
#define PATTERN   0x5a5a000000000000ull

static const char *const names[REGISTERS] = {"RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "R8",
                                             "R9",  "R10", "R11", "R12", "R13", "R14", "R15"};

static int make_calls(void)
{
	static const char line[] = "nineteen characters\n";

	mark("before getpid", 0);
	long pid = raw_syscall(SYS_getpid);
	mark("after getpid", (unsigned long long)pid);
	mark("before write", 0);
	ssize_t written = write(STDOUT_FILENO, line, sizeof(line) - 1);
	mark("after write", (unsigned long long)written);
	return pid <= 0 || written != sizeof(line) - 1;
}

/* Loads all from `before` but RAX, which is the call's number; stores all to `after`. */
static void call_with(const uint64_t before[REGISTERS], uint64_t after[REGISTERS])
{
	__asm__ volatile(
		"push %%rbx\n\tpush %%rbp\n\tpush %%r12\n\tpush %%r13\n\tpush %%r14\n\t"
		"push %%r15\n\tpush %1\n\tmov %0, %%rbp\n\t"
		"mov 0(%%rbp), %%rax\n\tmov 8(%%rbp), %%rbx\n\tmov 16(%%rbp), %%rcx\n\t"
		"mov 24(%%rbp), %%rdx\n\tmov 32(%%rbp), %%rsi\n\tmov 40(%%rbp), %%rdi\n\t"
		"mov 48(%%rbp), %%r8\n\tmov 56(%%rbp), %%r9\n\tmov 64(%%rbp), %%r10\n\t"
		"mov 72(%%rbp), %%r11\n\tmov 80(%%rbp), %%r12\n\tmov 88(%%rbp), %%r13\n\t"
		"mov 96(%%rbp), %%r14\n\tmov 104(%%rbp), %%r15\n\tsyscall\n\t"
		"pop %%rbp\n\tmov %%rax, 0(%%rbp)\n\tmov %%rbx, 8(%%rbp)\n\t"
		"mov %%rcx, 16(%%rbp)\n\tmov %%rdx, 24(%%rbp)\n\tmov %%rsi, 32(%%rbp)\n\t"
		"mov %%rdi, 40(%%rbp)\n\tmov %%r8, 48(%%rbp)\n\tmov %%r9, 56(%%rbp)\n\t"
		"mov %%r10, 64(%%rbp)\n\tmov %%r11, 72(%%rbp)\n\tmov %%r12, 80(%%rbp)\n\t"
		"mov %%r13, 88(%%rbp)\n\tmov %%r14, 96(%%rbp)\n\tmov %%r15, 104(%%rbp)\n\t"
		"pop %%r15\n\tpop %%r14\n\tpop %%r13\n\tpop %%r12\n\tpop %%rbp\n\tpop %%rbx"
		:
		: "D"(before), "S"(after)
		: "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
}

static int say_registers(void)
{
	uint64_t before[REGISTERS], after[REGISTERS];

	for (int i = 0; i < REGISTERS; i++)
		before[i] = PATTERN + (unsigned)i;
	before[0] = SYS_getpid;
	memset(after, 0, sizeof(after));
	call_with(before, after);
	for (int i = 0; i < REGISTERS; i++)
		printf("register %s %s\n", names[i], before[i] == after[i] ? "kept" : "changed");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "calls"))
		return make_calls();
	if (argc == 2 && !strcmp(argv[1], "registers"))
		return say_registers();
	printf("usage: path calls | path registers\n");
	return 2;
}
