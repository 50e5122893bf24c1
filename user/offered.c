/*
 * Whether the processor does what CPUID says: instructions that a hypervisor has to switch on. One
 * that CPUID shows runs, or is ring 0's (#GP); one that it does not show is undefined (#UD). One
 * line each; the exit status counts those that are otherwise. And no register of ring -1 shows.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "user/libticks.h"

enum word { EAX, EBX, ECX, EDX };

static sigjmp_buf back;
static _Alignas(64) char area[4096];

static void caught(int number)
{
	siglongjmp(back, number);
}

static void do_rdtscp(void)
{
	__asm__ volatile("rdtscp" ::: "rax", "rcx", "rdx");
}

static void do_rdpid(void)
{
	__asm__ volatile(".byte 0xf3, 0x0f, 0xc7, 0xf8" ::: "rax"); /* rdpid rax */
}

static void do_invpcid(void)
{
	__asm__ volatile(".byte 0x66, 0x0f, 0x38, 0x82, 0x07" ::"D"(area), "a"(0)
	                 : "memory"); /* invpcid rax, [rdi] */
}

static void do_xsaves(void)
{
	__asm__ volatile(".byte 0x0f, 0xc7, 0x2f" ::"D"(area), "a"(0), "d"(0)
	                 : "memory"); /* xsaves [rdi] */
}

static void do_vmfunc(void)
{
	__asm__ volatile(".byte 0x0f, 0x01, 0xd4" ::"a"(0), "c"(0));
}

static void do_tpause(void)
{
	__asm__ volatile(".byte 0x66, 0x0f, 0xae, 0xf1" ::"a"(0), "d"(0), "c"(0)); /* tpause ecx */
}

#define NO_BIT 32 /* CPUID never shows it to a guest */

/*
 * Privileged ones are #GP where they are there at all. Of XSAVES that is not there, nothing says
 * which comes first for ring 3, #UD or #GP.
 */
static const struct {
	const char *name;
	void (*run)(void);
	unsigned leaf, subleaf;
	enum word word;
	unsigned bit;
	bool privileged;
} instructions[] = {
	{"rdtscp", do_rdtscp, 0x80000001, 0, EDX, 27, false},
	{"rdpid", do_rdpid, 7, 0, ECX, 22, false},
	{"invpcid", do_invpcid, 7, 0, EBX, 10, true},
	{"xsaves", do_xsaves, 0xd, 1, EAX, 3, true},
	{"vmfunc", do_vmfunc, 0, 0, EAX, NO_BIT, false},
	{"tpause", do_tpause, 7, 0, ECX, 5, false},
};

/* CPUID exits, here by three different ways through ring -1: no register but its own may change. */
static bool keeps_registers(unsigned leaf)
{
	static unsigned long long out[11];

	__asm__ volatile(
		"lea -128(%%rsp), %%rsp\n\tpush %%rbp\n\tpush %%rsi\n\t"
		"mov %%eax, %%r8d\n\tmov $0x1234567890, %%rbp\n\t"
		"lea 1(%%rbp), %%rsi\n\tlea 2(%%rbp), %%rdi\n\tlea 3(%%rbp), %%r9\n\t"
		"lea 4(%%rbp), %%r10\n\tlea 5(%%rbp), %%r11\n\tlea 6(%%rbp), %%r12\n\t"
		"lea 7(%%rbp), %%r13\n\tlea 8(%%rbp), %%r14\n\tlea 9(%%rbp), %%r15\n\t"
		"cpuid\n\tpop %%rax\n\t"
		"mov %%rbp, (%%rax)\n\tmov %%rsi, 8(%%rax)\n\tmov %%rdi, 16(%%rax)\n\t"
		"mov %%r9, 24(%%rax)\n\tmov %%r10, 32(%%rax)\n\tmov %%r11, 40(%%rax)\n\t"
		"mov %%r12, 48(%%rax)\n\tmov %%r13, 56(%%rax)\n\tmov %%r14, 64(%%rax)\n\t"
		"mov %%r15, 72(%%rax)\n\tmov %%r8, 80(%%rax)\n\tpop %%rbp\n\tlea 128(%%rsp), %%rsp"
		: "+a"(leaf)
		: "S"(out)
		: "rbx", "rcx", "rdx", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "memory", "cc");
	for (unsigned i = 0; i < 10; i++)
		if (out[i] != 0x1234567890ull + i)
			return false;
	return true;
}

static int fault_of(void (*run)(void))
{
	int number = sigsetjmp(back, 1);

	if (!number)
		run();
	return number;
}

int main(void)
{
	struct sigaction action = {.sa_handler = caught};
	int wrong = 0;

	sigaction(SIGILL, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	for (size_t i = 0; i < sizeof(instructions) / sizeof(*instructions); i++) {
		unsigned r[4];
		raw_cpuid(instructions[i].leaf, instructions[i].subleaf, r);
		bool shown = (unsigned long long)r[instructions[i].word] >> instructions[i].bit & 1;
		int fault = fault_of(instructions[i].run);
		bool either = !shown && instructions[i].run == do_xsaves && fault == SIGSEGV;
		int due = !shown ? SIGILL : instructions[i].privileged ? SIGSEGV : 0;
		bool right = fault == due || either;
		wrong += !right;
		printf("%-8s %-6s %-9s %s\n", instructions[i].name, shown ? "shown" : "hidden",
		       fault == SIGILL ? "undefined"
		       : fault         ? "refused"
		                       : "runs",
		       right ? "ok" : "WRONG");
	}
	static const unsigned leaves[] = {0, 1, 0x40000000};
	for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
		bool right = keeps_registers(leaves[i]);
		wrong += !right;
		printf("cpuid %-8x  registers  %s\n", leaves[i], right ? "ok" : "WRONG");
	}
	return wrong;
}
