/*
 * The tour: what happens on the three tiers when a program does ordinary things, and when it does
 * forbidden ones. Each stop does one thing, says what to look for in the trace, and puts a mark
 * there so that it can be found.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "user/libmarks.h"
#include "user/libticks.h"

#define PAGES      8
#define PAGE_BYTES 4096

static int stops;

/* Opens a stop of the tour: a heading, and a mark of the same name in ring 3's lane. */
static void stop(const char *name, const char *sentence)
{
	printf("\n%d. %s\n   %s\n", ++stops, name, sentence);
	fflush(stdout);
	mark(name, (unsigned long long)stops);
}

static void look(const char *sentence)
{
	printf("   Trace: %s\n", sentence);
}

static void welcome(void)
{
	printf("Welcome to Ringscope. This is process %d, running in ring 3.\n", (int)getpid());
	printf("Beneath it, in ring 0, a small kernel; beneath that, in ring -1, a hypervisor\n");
	printf("(or the bare machine, with --bare). Every crossing between them is recorded.\n");
	fflush(stdout);
}

static void visit_system_call(void)
{
	stop("system call", "getpid(): the shortest way down to ring 0 and back.");
	unsigned long long start = ticks_now();
	long pid = raw_syscall(SYS_getpid);
	unsigned long long ticks = ticks_now() - start;

	printf("   It answered %ld after %llu ticks of the time-stamp counter.\n", pid, ticks);
	look("user_leave, syscall_entry getpid, syscall_exit, user_enter.");
	look("no vm_exit in between: ring -1 has no part in it.");
}

static void visit_memory(void)
{
	stop("demand-zero memory", "malloc() of 8 pages, each then written once.");
	volatile char *pages = malloc(PAGES * PAGE_BYTES);

	if (!pages)
		return;
	mark("first touch", 0);
	for (int i = 0; i < PAGES; i++)
		pages[i * PAGE_BYTES] = 1;
	mark("last touch", PAGES);
	free((void *)pages);
	look("brk or mmap promises the memory; a page_fault_entry at each first touch,");
	look("outcome demand_zero, makes it real. The marks stand around them.");
}

static void visit_cpuid(void)
{
	unsigned r[4];
	char name[13] = "";

	stop("CPUID", "An instruction that a hypervisor must answer itself.");
	raw_cpuid(0x40000000, 0, r);
	memcpy(name, &r[1], 12);
	if (strncmp(name, "RingscopeHV", 11) != 0)
		strcpy(name, "nobody");
	printf("   Leaf 0x40000000 says that beneath the kernel there is: %s.\n", name);
	look("vm_exit CPUID from cpl 3, vm_entry: straight from ring 3 to ring -1 and");
	look("back; ring 0 never knows. (Bare, there is no exit.)");
}

static void visit_fork(void)
{
	int status = 0;

	stop("fork and wait", "A child with a copy of this memory, which ends with status 7.");
	pid_t pid = fork();
	if (pid == 0) {
		mark("the child", 7);
		_exit(7);
	}
	waitpid(pid, &status, 0);
	printf("   Child %d ended with status %d.\n", (int)pid, WEXITSTATUS(status));
	look("process_fork, then context_switch to the child while this process waits,");
	look("process_exit, context_switch back, and at last syscall_exit of wait4.");
}

static char *volatile wild = (char *)8; /* volatile: the compiler must not know */

static void read_nothing(void)
{
	(void)*(volatile char *)wild;
}

static void clear_interrupts(void)
{
	__asm__ volatile("cli");
}

static void read_kernel(void)
{
	(void)*(volatile char *)0xffffffff80200000ul;
}

static void read_port(void)
{
	__asm__ volatile("in $0x71, %%al" ::: "rax");
}

/* Lets a child do it, and says by which signal that ended. */
static void refused(void (*deed)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		deed();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("   Child %d was ended by signal %d (%s).\n", (int)pid, WTERMSIG(status),
		       WTERMSIG(status) == SIGSEGV ? "SIGSEGV" : "not SIGSEGV");
	else
		printf("   Child %d got away with it!\n", (int)pid);
}

static void visit_refusals(void)
{
	stop("a wild pointer", "A child reads address 8.");
	refused(read_nothing);
	look("page_fault_entry with error code 4 (user, read, not present), outcome signal.");

	stop("the kernel's memory", "A child reads ring 0's half of the address space.");
	refused(read_kernel);
	look("page_fault_entry again: the page tables keep ring 0's pages for ring 0.");

	stop("a privileged instruction", "A child executes CLI, to stop all interrupts.");
	refused(clear_interrupts);
	look("exception_entry, vector 13 (#GP): the processor refuses; ring 0 sends SIGSEGV.");

	stop("a port", "A child reads the CMOS clock by IN.");
	refused(read_port);
	look("exception_entry, vector 13 too: the I/O bitmap of the TSS denies every port.");
	look("The processor asks it before any exit, so ring -1 is not even asked.");
}

static long milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void visit_timer(void)
{
	stop("the timer", "30 milliseconds of a loop that never gives the processor up.");
	for (long start = milliseconds(); milliseconds() - start < 30;)
		for (volatile int i = 0; i < 20000; i++)
			;
	look("interrupt_entry, vector 32, in the middle of it. Under ring -1 a vm_exit");
	look("EXTERNAL_INTERRUPT comes first: the real timer is ring -1's own.");
}

int main(void)
{
	welcome();
	visit_system_call();
	visit_memory();
	visit_cpuid();
	visit_fork();
	visit_refusals();
	visit_timer();
	stop("the end", "exit(0): this was the first program, so the machine ends with it.");
	look("process_exit, and the last packet of each lane.");
	printf("\nNext: ringscope timeline, stat and verify on the trace; ringscope run -- attack "
	       "all.\n");
	return 0;
}
