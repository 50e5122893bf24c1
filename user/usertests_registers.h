/*
 * Part of usertests.c: registers across calls, signals and switches.
 */
#ifndef USER_USERTESTS_REGISTERS_H
#define USER_USERTESTS_REGISTERS_H

#include <sys/utsname.h>
#include "user/usertests_signals.h"

/* After a system call only RAX, RCX and R11 have changed, and RFLAGS is as it was. */
static void test_call_registers(void)
{
	long rbx = 11, r12 = 12, rdi = 13, rsi = 14, rdx = 15, result = SYS_getpid, flags;
	register long r8 __asm__("r8") = 16;
	register long r9 __asm__("r9") = 17;
	register long r10 __asm__("r10") = 18;

	__asm__ volatile("std\n\tsyscall\n\tpushfq\n\tcld\n\tpop %%rcx"
	                 : "+a"(result), "+b"(rbx), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8),
	                   "+r"(r9), "+r"(r10), "+r"(r12), "=c"(flags)
	                 :
	                 : "r11", "memory");
	CHECK(rbx == 11 && r12 == 12 && rdi == 13 && rsi == 14 && rdx == 15 && r8 == 16);
	CHECK(r9 == 17 && r10 == 18 && result == getpid() && (flags & 0x400));
}

/* All general registers, flags, and the vector registers are again what they were. */
static void clobber(int number)
{
	__asm__ volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\tpxor "
	                 "%%xmm\\n,%%xmm\\n\n\t.endr\n\t"
	                 "fninit\n\tldmxcsr %0"
	                 :
	                 : "m"((const unsigned){0x1f80}));
	caught = number;
}

/* Fills the registers, makes the call (or spins until *flag, if number is -1), and looks at them. */
static void keep_registers(long number, long a, long b, volatile int *flag)
{
	static uint64_t in[32], out[32];
	uint64_t sum = 0;

	for (size_t i = 0; i < SIZE(in); i++)
		in[i] = 0x0101010101010101u * (i + 1);
	__asm__ volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
	                 "movdqu 16*\\n(%[in]), %%xmm\\n\n\t.endr\n\t"
	                 "fldpi\n\tmov $9, %%r9d\n\tmov $12, %%r12d\n\tmov $13, %%r13d\n\tstd\n\t"
	                 "test %%rax, %%rax\n\tjs 1f\n\tsyscall\n"
	                 "1:\n\tpause\n\tcmpl $0, (%[flag])\n\tje 1b\n\t"
	                 "pushfq\n\tcld\n\tpop %%rax\n\tand $0x400, %%eax\n\t"
	                 "add %%r9, %%rax\n\tadd %%r12, %%rax\n\tadd %%r13, %%rax\n\t"
	                 ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
	                 "movdqu %%xmm\\n, 16*\\n(%[out])\n\t.endr\n\t"
	                 "mov %%rax, %%rcx\n\tfldpi\n\tfcompp\n\tfnstsw %%ax\n\tand $0x4000, "
	                 "%%eax\n\tadd %%rcx, %%rax"
	                 : "=a"(sum)
	                 : "0"(number), "D"(a),
	                   "S"(b), [in] "b"(in), [out] "d"(out), [flag] "r"(flag)
	                 : "rcx", "r9", "r11", "r12", "r13", "memory", "cc", "st", "xmm0", "xmm1",
	                   "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
	                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	EQUAL(sum, 0x4000 + 0x400 + 9 + 12 + 13);
	EQUAL(memcmp(in, out, sizeof(in)), 0);
}

static void test_signal_registers(void)
{
	signal(SIGUSR1, clobber);
	caught = 0;
	keep_registers(SYS_kill, getpid(), SIGUSR1, &caught);
	signal(SIGALRM, clobber);
	caught = 0;
	alarm_ms(30);
	keep_registers(-1, 0, 0, &caught);
	EQUAL(caught, SIGALRM);
}

/* The upper halves of the YMM registers, where the processor and the kernel have them. */
__attribute__((target("avx"))) static void keep_avx(volatile int *flag, uint64_t mine)
{
	uint64_t in[4] = {mine, ~mine, mine * 3, mine * 5}, out[4];

	__asm__ volatile("vmovdqu (%0), %%ymm9\n1:\n\tpause\n\tcmpl $0, (%2)\n\tje 1b\n\t"
	                 "vmovdqu %%ymm9, (%1)\n\tvzeroupper"
	                 :
	                 : "r"(in), "r"(out), "r"(flag)
	                 : "ymm9", "memory", "cc");
	EQUAL(memcmp(in, out, sizeof(in)), 0);
}

__attribute__((target("avx"))) static void clobber_avx(int number)
{
	__asm__ volatile("vzeroall" ::: "memory");
	caught = number;
}

static void test_signal_avx(void)
{
	if (!__builtin_cpu_supports("avx"))
		return;
	caught = 0;
	signal(SIGALRM, clobber_avx);
	alarm_ms(30);
	keep_avx(&caught, 1);
	EQUAL(caught, SIGALRM);
}

static volatile int context_rax;

static void change_context(int number, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	(void)number, (void)info;
	context_rax = (int)c->uc_mcontext.gregs[16 /* RIP */];
	c->uc_mcontext.gregs[16] += 2; /* over UD2 */
	c->uc_mcontext.gregs[13 /* RAX */] = 77;
}

static void test_signal_context(void)
{
	struct sigaction action = {.sa_sigaction = change_context, .sa_flags = SA_SIGINFO};
	long rax = 1;

	sigaction(SIGILL, &action, NULL);
	__asm__ volatile("ud2" : "+a"(rax)::"memory");
	EQUAL(rax, 77);
	CHECK(context_rax);
}

/* Each process its own values in all SSE registers, while the timer switches between them. */
static void keep_vectors(void)
{
	struct rusage usage;

	caught = 0;
	signal(SIGALRM, clobber);
	uint64_t mine = (uint64_t)getpid(), sum = 0;
	for (long i = 0; i < 400000; i++)
		__asm__ volatile("movq %1, %%xmm15\n\tmovq %1, %%xmm3\n\tpause\n\t"
		                 "paddq %%xmm15, %%xmm3\n\tmovq %%xmm3, %0"
		                 : "=r"(sum)
		                 : "r"(mine)
		                 : "xmm3", "xmm15");
	CHECK(sum == 2 * mine && getrusage(RUSAGE_SELF, &usage) == 0);
	alarm_ms(60);
	keep_registers(-1, 0, 0, &caught);
}

static void test_switch_registers(void)
{
	pid_t pids[3];

	for (size_t i = 0; i < SIZE(pids); i++)
		pids[i] = start(keep_vectors);
	for (size_t i = 0; i < SIZE(pids); i++)
		EQUAL(status_of(pids[i]), 0);
}

/* As keep_vectors, with the upper halves. */
static void switch_avx(void)
{
	caught = 0;
	signal(SIGALRM, clobber_avx);
	alarm_ms(60);
	keep_avx(&caught, (uint64_t)getpid());
}

static void test_switch_avx(void)
{
	pid_t pids[3];

	if (!__builtin_cpu_supports("avx"))
		return;
	for (size_t i = 0; i < SIZE(pids); i++)
		pids[i] = start(switch_avx);
	for (size_t i = 0; i < SIZE(pids); i++)
		EQUAL(status_of(pids[i]), 0);
}

static uint16_t read_es(void)
{
	uint16_t es;

	__asm__ volatile("mov %%es, %0" : "=r"(es));
	return es;
}

static void keep_another_es(void)
{
	uint16_t es;

	__asm__ volatile("mov %%ss, %%eax\n\tmov %%eax, %%es" ::: "eax");
	es = read_es();
	CHECK(es != 0);
	for (int i = 0; i < 300; i++) {
		sched_yield();
		EQUAL(read_es(), es);
	}
}

static void test_switch_segments(void)
{
	uint16_t es = read_es();
	pid_t pid = start(keep_another_es);

	for (int i = 0; i < 300; i++) {
		sched_yield();
		EQUAL(read_es(), es);
	}
	EQUAL(status_of(pid), 0);
}

/* Ends a single-stepped stretch: the handler returns without the trap flag. */
static void stop_stepping(int number, siginfo_t *info, void *context)
{
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[17 /* EFL */] &= ~0x100l;
	caught = number;
}

/* A system call that copies 390 bytes, with that flag set; what it says is what it says without. */
static long call_with_flag(long flag, void *buffer)
{
	long flags, result = SYS_uname;

	__asm__ volatile("pushfq\n\tor %[flag], (%%rsp)\n\tpopfq\n\tsyscall\n\tpushfq\n\tpop "
	                 "%[flags]\n\tpushfq\n\tandq $~0x44500, (%%rsp)\n\tpopfq"
	                 : "+a"(result), [flags] "=&r"(flags)
	                 : [flag] "r"(flag), "D"(buffer)
	                 : "rcx", "r11", "memory", "cc");
	EQUAL(result, 0);
	return flags;
}

/* DF, NT, AC and TF in a system call, and DF in a fault in which the kernel copies a page. */
static void test_call_flags(void)
{
	static const long flags[] = {0x400, 0x4000, 0x40000, 0x100};
	struct sigaction action = {.sa_sigaction = stop_stepping, .sa_flags = SA_SIGINFO};
	struct utsname plain, flagged;
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	sigaction(SIGTRAP, &action, NULL);
	memset(&plain, 0, sizeof(plain));
	EQUAL(uname(&plain), 0);
	for (size_t i = 0; i < SIZE(flags); i++) {
		memset(&flagged, 0, sizeof(flagged));
		caught = 0;
		long after = call_with_flag(flags[i], &flagged);
		EQUAL(memcmp(&plain, &flagged, sizeof(plain)), 0);
		EQUAL(caught, flags[i] == 0x100 ? SIGTRAP : 0);
		CHECK(after & flags[i] || caught);
	}
	memset(page, 7, PAGE);
	pid_t pid = fork();
	if (pid == 0) {
		__asm__ volatile("std\n\tmovb $9, 5(%0)\n\tcld" ::"r"(page) : "memory");
		for (size_t i = 0; i < PAGE; i++)
			EQUAL(page[i], i == 5 ? 9 : 7);
		_exit(0);
	}
	EQUAL(status_of(pid), 0);
}

#define TESTS_REGISTERS(T)                                                                         \
	T(call_flags, "a system call and a fault come through whatever RFLAGS holds")              \
	T(call_registers, "a system call keeps registers and flags")                               \
	T(signal_registers, "a handler disturbs no register, at a call or between instructions")   \
	T(signal_avx, "nor the upper halves of YMM registers")                                     \
	T(signal_context, "a handler may change the registers it returns to")                      \
	T(switch_registers, "vector registers survive switches between processes")                 \
	T(switch_avx, "and so do YMM registers")                                                   \
	T(switch_segments, "a segment register is its process's own")

#endif
