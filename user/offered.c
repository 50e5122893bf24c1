/*
 * Whether the processor does what CPUID says: instructions that a hypervisor has to switch on. One
 * that CPUID shows runs, or is ring 0's (#GP); one that it does not show is undefined (#UD). One
 * line each; the exit status counts those that are otherwise.
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
	return wrong;
}
