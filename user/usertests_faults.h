/*
 * Part of usertests.c: what the processor refuses, as signals; and alternate stacks.
 */
#ifndef USER_USERTESTS_FAULTS_H
#define USER_USERTESTS_FAULTS_H

#include "user/usertests_signals.h"

static sigjmp_buf fault_exit;
static siginfo_t fault_info;

static void leave_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	fault_info = *info;
	siglongjmp(fault_exit, number);
}

static void handle_faults(int flags)
{
	struct sigaction action = {.sa_sigaction = leave_fault, .sa_flags = SA_SIGINFO | flags};
	const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

	for (size_t i = 0; i < SIZE(numbers); i++)
		EQUAL(sigaction(numbers[i], &action, NULL), 0);
}

/* The signal that it got: 0 if none. fault_info has the rest. */
static int fault_of(void (*run)(void *), void *argument)
{
	handle_faults(SA_ONSTACK);
	int number = sigsetjmp(fault_exit, 1);
	if (number == 0)
		run(argument);
	return number;
}

static void do_read(void *at)
{
	(void)*(volatile char *)at;
}

static void do_write(void *at)
{
	*(volatile char *)at = 1;
}

static void do_call(void *at)
{
	((void (*)(void))(uintptr_t)at)();
}

static void expect_segv(void (*run)(void *), void *at, int code, void *address)
{
	EQUAL(fault_of(run, at), SIGSEGV);
	EQUAL(fault_info.si_code, code);
	EQUAL((uintptr_t)fault_info.si_addr, (uintptr_t)address);
}

static void test_fault_unmapped(void)
{
	expect_segv(do_read, BAD, SEGV_MAPERR, BAD);
	expect_segv(do_write, BAD, SEGV_MAPERR, BAD);
	expect_segv(do_call, BAD, SEGV_MAPERR, BAD);
}

static void test_fault_protected(void)
{
	char *page = map(PAGE, PROT_NONE);

	expect_segv(do_read, page + 5, SEGV_ACCERR, page + 5);
	EQUAL(mprotect(page, PAGE, PROT_READ), 0);
	EQUAL(fault_of(do_read, page), 0);
	expect_segv(do_write, page + 6, SEGV_ACCERR, page + 6);
	EQUAL(mprotect(page, PAGE, DATA), 0);
	EQUAL(fault_of(do_write, page), 0);
	page[7] = '\xc3'; /* RET */
	expect_segv(do_call, page + 7, SEGV_ACCERR, page + 7);
	EQUAL(mprotect(page, PAGE, PROT_READ | PROT_EXEC), 0);
	EQUAL(fault_of(do_call, page + 7), 0);
}

static void test_fault_kernel(void)
{
	EQUAL(fault_of(do_read, KERNEL), SIGSEGV);
	EQUAL(fault_of(do_write, KERNEL), SIGSEGV);
	EQUAL(fault_of(do_call, KERNEL), SIGSEGV);
	EQUAL(fault_of(do_read, HOLE), SIGSEGV);
	EQUAL(fault_info.si_code, SI_KERNEL); /* #GP: no address */
}

static void do_ud2(void *unused)
{
	(void)unused;
	__asm__ volatile("ud2");
}

static void do_divide(void *by)
{
	__asm__ volatile("idivl %%ecx" : : "a"(1), "d"(0), "c"((int)(uintptr_t)by));
}

static void do_float(void *unused)
{
	static const volatile float zero = 0;

	(void)unused;
	__asm__ volatile("ldmxcsr %0\n\tmovss %1, %%xmm0\n\tdivss %1, %%xmm0"
	                 :
	                 : "m"((const unsigned){0x0000}), "m"(zero)
	                 : "xmm0");
}

static void do_breakpoint(void *unused)
{
	(void)unused;
	__asm__ volatile("int3");
}

static void do_in(void *port)
{
	__asm__ volatile("inb %%dx, %%al" : : "d"((short)(uintptr_t)port) : "eax");
}

static void do_cli(void *unused)
{
	(void)unused;
	__asm__ volatile("cli");
}

static void do_hlt(void *unused)
{
	(void)unused;
	__asm__ volatile("hlt");
}

static void test_fault_illegal(void)
{
	EQUAL(fault_of(do_ud2, NULL), SIGILL);
	EQUAL(fault_info.si_code, ILL_ILLOPN);
	EQUAL((uintptr_t)fault_info.si_addr >> 12 != 0, 1);
}

static void test_fault_arithmetic(void)
{
	EQUAL(fault_of(do_divide, NULL), SIGFPE);
	EQUAL(fault_info.si_code, FPE_INTDIV);
	EQUAL(fault_of(do_float, NULL), SIGFPE);
	EQUAL(fault_info.si_code, FPE_FLTINV);
	EQUAL(fault_of(do_divide, (void *)1), 0);
}

static void test_fault_breakpoint(void)
{
	EQUAL(fault_of(do_breakpoint, NULL), SIGTRAP);
}

static void test_fault_privileged(void)
{
	EQUAL(fault_of(do_in, (void *)0x70), SIGSEGV);
	EQUAL(fault_of(do_cli, NULL), SIGSEGV);
	EQUAL(fault_of(do_hlt, NULL), SIGSEGV);
}

static void blocked_fault(void)
{
	handle(SIGSEGV, 0);
	block(SIG_BLOCK, SIGSEGV);
	*(volatile char *)BAD = 1;
}

static void ignored_fault(void)
{
	signal(SIGSEGV, SIG_IGN);
	*(volatile char *)BAD = 1;
}

static void test_fault_blocked(void)
{
	EQUAL(STATUS(blocked_fault), SIGSEGV);
	EQUAL(STATUS(ignored_fault), SIGSEGV);
}

static uintptr_t handler_stack;

static void note_stack(int number, siginfo_t *info, void *context)
{
	stack_t now;

	(void)info, (void)context;
	handler_stack = (uintptr_t)__builtin_frame_address(0);
	sigaltstack(NULL, &now);
	caught = number;
	caught_code = now.ss_flags;
}

static void test_altstack(void)
{
	static char stack[16384];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)}, old;
	struct sigaction action = {.sa_sigaction = note_stack, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	EQUAL(sigaltstack(&alternate, NULL), 0);
	sigaction(SIGUSR1, &action, NULL);
	kill(getpid(), SIGUSR1);
	EQUAL(caught, SIGUSR1);
	CHECK(handler_stack >= (uintptr_t)stack &&
	      handler_stack < (uintptr_t)stack + sizeof(stack));
	EQUAL(caught_code, SS_ONSTACK);
	EQUAL(sigaltstack(NULL, &old), 0);
	CHECK(old.ss_sp == stack && old.ss_flags == 0);
	alternate.ss_flags = SS_DISABLE;
	EQUAL(sigaltstack(&alternate, NULL), 0);
	alternate = (stack_t){.ss_sp = stack, .ss_size = 100};
	FAILS(sigaltstack(&alternate, NULL), ENOMEM);
}

/* A page each; the pointer keeps the compiler from making a loop of it. */
static int recurse(int levels, volatile char *below)
{
	volatile char frame[PAGE];

	frame[0] = 1;
	return levels == 0 ? 0 : recurse(levels - 1, frame) + below[0];
}

static void overflow(void *unused)
{
	volatile char first = 1;

	(void)unused;
	recurse(1 << 30, &first);
}

static void test_altstack_overflow(void)
{
	stack_t alternate = {.ss_sp = map(16384, DATA), .ss_size = 16384};

	EQUAL(sigaltstack(&alternate, NULL), 0);
	EQUAL(fault_of(overflow, NULL), SIGSEGV);
	EQUAL(fault_of(do_ud2, NULL), SIGILL); /* and all is well again */
}

static void overflow_alone(void)
{
	overflow(NULL);
}

/* Where the frame of a handler finds no stack, the process ends. */
static void no_stack_for_handler(void)
{
	handle(SIGUSR1, 0);
	__asm__ volatile("mov %0, %%rsp\n\tsyscall"
	                 :
	                 : "r"(BAD), "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1)
	                 : "memory", "rcx", "r11");
	__builtin_unreachable();
}

static void test_stack_overflow(void)
{
	EQUAL(STATUS(overflow_alone), SIGSEGV);
	handle(SIGSEGV, 0);
	EQUAL(STATUS(overflow_alone), SIGSEGV); /* the handler has no stack either */
	signal(SIGSEGV, SIG_DFL);
	EQUAL(STATUS(no_stack_for_handler), SIGSEGV);
}

static void test_stack_grows(void)
{
	volatile char first = 1;

	EQUAL(recurse(1000, &first), 1000); /* 4 of the 8 MiB */
}

/* A forged frame must not lead into ring 0, nor harm anyone but its process. */
static void forge_return(void)
{
	static uint64_t frame[128];

	memset(frame, 0xff, sizeof(frame));
	__asm__ volatile("mov %0, %%rsp\n\tsyscall"
	                 :
	                 : "r"(frame), "a"(SYS_rt_sigreturn)
	                 : "memory");
	__builtin_unreachable();
}

static void test_forged_sigreturn(void)
{
	CHECK(WIFSIGNALED(STATUS(forge_return)));
}

/* MXCSR with bits that are none, and a header of XSAVE's with everything in it. */
static void spoil_state(int number, siginfo_t *info, void *context)
{
	char *state = (char *)((ucontext_t *)context)->uc_mcontext.fpregs;

	(void)number, (void)info;
	memset(state + 24, 0xff, 8);
	memset(state + 512, 0xff, 64);
}

static void return_with_spoilt_state(void)
{
	struct sigaction action = {.sa_sigaction = spoil_state, .sa_flags = SA_SIGINFO};

	EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
}

static void test_forged_fpu_state(void)
{
	int status = STATUS(return_with_spoilt_state);

	CHECK(status == 0 || status == SIGSEGV);
}

#define TESTS_FAULTS(T)                                                                            \
	T(fault_unmapped, "SIGSEGV tells the address where nothing is mapped")                     \
	T(fault_protected, "SIGSEGV for reading, writing and executing what is protected")         \
	T(fault_kernel, "the kernel's addresses and no addresses are SIGSEGV")                     \
	T(fault_illegal, "UD2 is SIGILL")                                                          \
	T(fault_arithmetic, "division by zero is SIGFPE, of integers and SSE")                     \
	T(fault_breakpoint, "INT3 is SIGTRAP")                                                     \
	T(fault_privileged, "IN, CLI and HLT are SIGSEGV")                                         \
	T(fault_blocked, "a fault whose signal is blocked or ignored kills")                       \
	T(altstack, "a handler runs on the alternate stack")                                       \
	T(altstack_overflow, "a stack overflow can be handled there, again and again")             \
	T(stack_overflow, "without it, a stack overflow kills")                                    \
	T(stack_grows, "the stack grows as far as its limit")                                      \
	T(forged_sigreturn, "a forged signal frame kills its process only")                        \
	T(forged_fpu_state, "a forged FPU state is refused, or made fit")

#endif
