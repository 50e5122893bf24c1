/*
 * attack NAME does one thing that ring 3 must not do; attack all tries each in a child and compares
 * what became of it with what Linux does; attack alone lists them. Each row is one lesson: look for
 * its exception_entry or page_fault_entry in the trace.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "user/libmarks.h"
#include "user/libticks.h"

#define KERNEL_ADDRESS 0xffffffff80200000ul
#define DIRECT_ADDRESS 0xffff800000200000ul
#define NON_CANONICAL  0x0000800000000000ul
#define LAST_PAGE      0x00007ffffffff000ul
#define FLAG_TF        0x100
#define FLAG_AC        0x40000
#define RET_CODE       0xc3
#define SIZE(array)    (sizeof(array) / sizeof((array)[0]))

/* Outcomes beside signals. An attack that returns has been refused or has leaked something. */
enum { REFUSED = 0, LEAKS = 200, WENT_THROUGH = 201 };

typedef int (*attack)(void);

/* MACHINE(cli, "cli"): one instruction that is expected not to get through. */
#define MACHINE(name, ...)                                                                         \
	static int name(void)                                                                      \
	{                                                                                          \
		__asm__ volatile(__VA_ARGS__);                                                     \
		return WENT_THROUGH;                                                               \
	}

static uint64_t scratch[2];
static const int constants[] = {42, 43};

MACHINE(do_cli, "cli")
MACHINE(do_sti, "sti")
MACHINE(do_hlt, "hlt")
MACHINE(do_in, "in $0x71, %%al" ::: "rax")
MACHINE(do_out, "out %%al, $0x70" ::"a"(0))
MACHINE(do_in_com1, "in %%dx, %%al" ::"d"(0x3f8) : "rax")
MACHINE(do_ins, "insb" ::"d"(0x71), "D"(scratch) : "memory")
MACHINE(do_read_cr0, "mov %%cr0, %%rax" ::: "rax")
MACHINE(do_read_cr3, "mov %%cr3, %%rax" ::: "rax")
MACHINE(do_write_cr0, "mov %0, %%cr0" ::"r"(0x80000011ul))
MACHINE(do_write_cr3, "mov %0, %%cr3" ::"r"(0ul))
MACHINE(do_write_cr4, "mov %0, %%cr4" ::"r"(0x20ul))
MACHINE(do_read_dr7, "mov %%dr7, %%rax" ::: "rax")
MACHINE(do_clts, "clts")
MACHINE(do_lmsw, "lmsw %%ax" ::"a"(0))
MACHINE(do_rdmsr, "rdmsr" ::"c"(0xc0000080u) : "rax", "rdx")
MACHINE(do_wrmsr, "wrmsr" ::"c"(0xc0000082u), "a"(0), "d"(0))
MACHINE(do_rdpmc, "rdpmc" ::"c"(0) : "rax", "rdx")
MACHINE(do_lgdt, "lgdt %0" ::"m"(scratch))
MACHINE(do_lidt, "lidt %0" ::"m"(scratch))
MACHINE(do_lldt, "lldt %%ax" ::"a"(0))
MACHINE(do_ltr, "ltr %%ax" ::"a"(0))
MACHINE(do_invlpg, "invlpg %0" ::"m"(scratch))
MACHINE(do_invd, "invd")
MACHINE(do_wbinvd, "wbinvd")
MACHINE(do_swapgs, "swapgs")
MACHINE(do_sysret, "sysretq")
MACHINE(do_stac, "stac")
MACHINE(do_load_ss, "mov %%eax, %%ss" ::"a"(0x10))
MACHINE(do_divide, "xor %%ecx, %%ecx\n\tdiv %%ecx" ::: "rax", "rcx", "rdx")
MACHINE(do_undefined, "ud2")
MACHINE(do_breakpoint, "int3")
MACHINE(do_icebp, ".byte 0xf1")
MACHINE(do_int_gate, "int $14")
MACHINE(do_int_irq, "int $0x20")
MACHINE(do_far_call, "pushq $0x08\n\tpushq $1f\n\tlretq\n1:")
MACHINE(do_iret, "mov %%rsp, %%rax\n\tpushq $0x10\n\tpushq %%rax\n\tpushfq\n\tpushq $0x08\n\t"
                 "pushq $1f\n\tiretq\n1:" ::
                : "rax", "memory")
MACHINE(do_vmcall, "vmcall" ::"a"(3), "D"(0), "S"(1))
MACHINE(do_vmlaunch, "vmlaunch")
MACHINE(do_vmxoff, "vmxoff")
MACHINE(do_vmxon, "vmxon %0" ::"m"(scratch))
MACHINE(do_single_step, "pushfq\n\torl %0, (%%rsp)\n\tpopfq\n\tnop" ::"i"(FLAG_TF) : "memory")
MACHINE(do_unaligned, "pushfq\n\torl %0, (%%rsp)\n\tpopfq\n\tmov 1(%%rsp), %%rax" ::"i"(FLAG_AC)
        : "rax", "memory")
MACHINE(do_lost_stack, "mov %0, %%rsp\n\tpush %%rax" ::"r"(NON_CANONICAL + 64))

static int touch(uintptr_t address)
{
	volatile char *byte = (volatile char *)address;

	(void)*byte;
	return WENT_THROUGH;
}

static int change(uintptr_t address)
{
	*(volatile char *)address = (char)RET_CODE;
	return WENT_THROUGH;
}

static __attribute__((noipa)) int run(uintptr_t address)
{
	((void (*)(void))address)();
	return WENT_THROUGH;
}

static int read_null(void)
{
	return touch(0);
}

static int jump_null(void)
{
	return run(0);
}

static int read_kernel(void)
{
	return touch(KERNEL_ADDRESS);
}

static int write_kernel(void)
{
	return change(KERNEL_ADDRESS);
}

static int jump_kernel(void)
{
	return run(KERNEL_ADDRESS);
}

static int read_direct(void)
{
	return touch(DIRECT_ADDRESS);
}

static int read_edge(void)
{
	return touch(NON_CANONICAL);
}

static int write_text(void)
{
	return change((uintptr_t)&run);
}

static int write_constant(void)
{
	return change((uintptr_t)constants);
}

static int run_stack(void)
{
	volatile unsigned char code[16] = {RET_CODE};

	return run((uintptr_t)code);
}

static int run_heap(void)
{
	unsigned char *code = malloc(16);

	if (!code)
		return REFUSED;
	code[0] = RET_CODE;
	return run((uintptr_t)code);
}

static int run_data(void)
{
	*(unsigned char *)scratch = RET_CODE;
	return run((uintptr_t)scratch);
}

static int recurse(volatile int levels)
{
	volatile char page[4096];

	page[0] = 1;
	return levels ? recurse(levels + 1) + page[0] : 0;
}

static int overflow_stack(void)
{
	return recurse(1) ? WENT_THROUGH : REFUSED;
}

/* The kernel is asked to do what the program may not. */
static int read_through_kernel(void)
{
	int refused = write(STDOUT_FILENO, (void *)KERNEL_ADDRESS, 8) == -1 && errno == EFAULT;

	return refused ? REFUSED : WENT_THROUGH;
}

static int map_kernel(void)
{
	void *got = mmap((void *)KERNEL_ADDRESS, 4096, PROT_READ,
	                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return got == MAP_FAILED ? REFUSED : WENT_THROUGH;
}

/* A SYSCALL that ends at the canonical edge would return to a non-canonical address. */
static int map_edge(void)
{
	void *got = mmap((void *)LAST_PAGE, 4096, PROT_READ | PROT_EXEC,
	                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return got == MAP_FAILED ? REFUSED : WENT_THROUGH;
}

#define LEAK(name, instruction)                                                                    \
	static int name(void)                                                                      \
	{                                                                                          \
		__asm__ volatile(instruction : "=m"(scratch));                                     \
		return LEAKS;                                                                      \
	}
LEAK(do_sgdt, "sgdt %0")
LEAK(do_sidt, "sidt %0")
LEAK(do_sldt, "sldt %0")
LEAK(do_str, "str %0")
LEAK(do_smsw, "smsw %0")

/*
 * Rows for UMIP leak without it; the row for VMCALL is up to whoever lies beneath another kernel.
 */
enum kind { ALWAYS, UMIP, OURS };

static const struct row {
	const char *name;
	attack run;
	int expected;
	enum kind kind;
	const char *sentence;
} rows[] = {
	{"null", read_null, SIGSEGV, ALWAYS, "reads address 0"},
	{"jump-null", jump_null, SIGSEGV, ALWAYS, "calls address 0"},
	{"read-kernel", read_kernel, SIGSEGV, ALWAYS, "reads the kernel's memory"},
	{"write-kernel", write_kernel, SIGSEGV, ALWAYS, "writes the kernel's memory"},
	{"jump-kernel", jump_kernel, SIGSEGV, ALWAYS, "calls into the kernel"},
	{"read-direct", read_direct, SIGSEGV, ALWAYS, "reads RAM where the kernel maps all of it"},
	{"read-edge", read_edge, SIGSEGV, ALWAYS, "reads a non-canonical address (#GP, not #PF)"},
	{"read-by-call", read_through_kernel, REFUSED, ALWAYS,
         "asks write() to print the kernel's memory: EFAULT"},
	{"map-kernel", map_kernel, REFUSED, ALWAYS, "asks mmap() for an address of the kernel's"},
	{"map-edge", map_edge, REFUSED, ALWAYS,
         "asks for the last page, from which SYSCALL would return to a non-canonical address"},
	{"write-text", write_text, SIGSEGV, ALWAYS, "overwrites its own code"},
	{"write-constant", write_constant, SIGSEGV, ALWAYS, "overwrites its own constants"},
	{"exec-stack", run_stack, SIGSEGV, ALWAYS, "executes its stack (NX)"},
	{"exec-heap", run_heap, SIGSEGV, ALWAYS, "executes its heap (NX)"},
	{"exec-data", run_data, SIGSEGV, ALWAYS, "executes its data (NX)"},
	{"stack-overflow", overflow_stack, SIGSEGV, ALWAYS, "grows its stack without end"},
	{"lost-stack", do_lost_stack, SIGBUS, ALWAYS, "pushes to a non-canonical stack (#SS)"},
	{"cli", do_cli, SIGSEGV, ALWAYS, "turns interrupts off"},
	{"sti", do_sti, SIGSEGV, ALWAYS, "turns interrupts on"},
	{"hlt", do_hlt, SIGSEGV, ALWAYS, "halts the processor"},
	{"in", do_in, SIGSEGV, ALWAYS, "reads the CMOS clock's port"},
	{"out", do_out, SIGSEGV, ALWAYS, "writes the CMOS clock's port"},
	{"in-com1", do_in_com1, SIGSEGV, ALWAYS, "reads the serial port"},
	{"ins", do_ins, SIGSEGV, ALWAYS, "reads a port into memory"},
	{"read-cr0", do_read_cr0, SIGSEGV, ALWAYS, "reads CR0"},
	{"read-cr3", do_read_cr3, SIGSEGV, ALWAYS, "reads where the page tables are"},
	{"write-cr0", do_write_cr0, SIGSEGV, ALWAYS, "turns write protection off"},
	{"write-cr3", do_write_cr3, SIGSEGV, ALWAYS, "loads page tables of its own"},
	{"write-cr4", do_write_cr4, SIGSEGV, ALWAYS, "turns SMEP and SMAP off"},
	{"read-dr7", do_read_dr7, SIGSEGV, ALWAYS, "reads a debug register"},
	{"clts", do_clts, SIGSEGV, ALWAYS, "clears CR0.TS"},
	{"lmsw", do_lmsw, SIGSEGV, ALWAYS, "loads CR0's low half"},
	{"rdmsr", do_rdmsr, SIGSEGV, ALWAYS, "reads EFER"},
	{"wrmsr", do_wrmsr, SIGSEGV, ALWAYS, "moves the system-call entry (LSTAR)"},
	{"rdpmc", do_rdpmc, SIGSEGV, ALWAYS, "reads a performance counter"},
	{"lgdt", do_lgdt, SIGSEGV, ALWAYS, "loads a GDT of its own"},
	{"lidt", do_lidt, SIGSEGV, ALWAYS, "loads an IDT of its own"},
	{"lldt", do_lldt, SIGSEGV, ALWAYS, "loads an LDT"},
	{"ltr", do_ltr, SIGSEGV, ALWAYS, "loads the task register"},
	{"invlpg", do_invlpg, SIGSEGV, ALWAYS, "drops a TLB entry"},
	{"invd", do_invd, SIGSEGV, ALWAYS, "drops the caches"},
	{"wbinvd", do_wbinvd, SIGSEGV, ALWAYS, "writes the caches back"},
	{"swapgs", do_swapgs, SIGSEGV, ALWAYS, "takes the kernel's GS"},
	{"sysret", do_sysret, SIGSEGV, ALWAYS, "returns from a system call that was none"},
	{"stac", do_stac, SIGILL, ALWAYS, "suspends SMAP: undefined in ring 3"},
	{"load-ss", do_load_ss, SIGSEGV, ALWAYS, "loads the kernel's stack segment"},
	{"far-return", do_far_call, SIGSEGV, ALWAYS, "returns far, to ring 0"},
	{"iret", do_iret, SIGSEGV, ALWAYS, "IRETQ to ring 0"},
	{"int-gate", do_int_gate, SIGSEGV, ALWAYS, "INT 14, a gate for ring 0 only"},
	{"int-irq", do_int_irq, SIGSEGV, ALWAYS, "INT 20h, pretending to be the timer"},
	{"divide", do_divide, SIGFPE, ALWAYS, "divides by zero"},
	{"undefined", do_undefined, SIGILL, ALWAYS, "executes UD2"},
	{"breakpoint", do_breakpoint, SIGTRAP, ALWAYS, "INT3: allowed, and it ends it"},
	{"icebp", do_icebp, SIGTRAP, ALWAYS, "INT1, a #DB without a debugger"},
	{"single-step", do_single_step, SIGTRAP, ALWAYS, "sets RFLAGS.TF"},
	{"unaligned", do_unaligned, SIGBUS, ALWAYS, "sets RFLAGS.AC and reads unaligned"},
	{"vmcall", do_vmcall, SIGILL, OURS, "asks ring -1 to end the guest"},
	{"vmlaunch", do_vmlaunch, SIGILL, ALWAYS, "starts a guest of its own"},
	{"vmxon", do_vmxon, SIGILL, ALWAYS, "becomes a hypervisor"},
	{"vmxoff", do_vmxoff, SIGILL, ALWAYS, "ends hypervising"},
	{"sgdt", do_sgdt, SIGSEGV, UMIP, "reads where the GDT is"},
	{"sidt", do_sidt, SIGSEGV, UMIP, "reads where the IDT is"},
	{"sldt", do_sldt, SIGSEGV, UMIP, "reads the LDT's selector"},
	{"str", do_str, SIGSEGV, UMIP, "reads the task register"},
	{"smsw", do_smsw, SIGSEGV, UMIP, "reads CR0's low half"},
};

/* Linux hides UMIP from programs by answering in the processor's place; we do not. */
static int has_umip(void)
{
	unsigned r[4];

	raw_cpuid(7, 0, r);
	return on_ringscope() && r[2] >> 2 & 1;
}

static int expected_of(const struct row *row)
{
	return row->kind == UMIP && !has_umip() ? LEAKS : row->expected;
}

static const char *outcome_name(int outcome)
{
	static const struct {
		int outcome;
		const char *name;
	} names[] = {
		{SIGSEGV, "SIGSEGV"}, {SIGILL, "SIGILL"},   {SIGFPE, "SIGFPE"},
		{SIGBUS, "SIGBUS"},   {SIGTRAP, "SIGTRAP"}, {SIGKILL, "SIGKILL"},
		{REFUSED, "refused"}, {LEAKS, "leaks"},     {WENT_THROUGH, "went through"},
	};
	for (size_t i = 0; i < SIZE(names); i++)
		if (names[i].outcome == outcome)
			return names[i].name;
	return "another end";
}

/* What became of the attack in a child of its own. */
static int outcome_of(const struct row *row)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		mark(row->name, 0);
		_exit(row->run());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int attack_all(void)
{
	int disagreements = 0;

	for (size_t i = 0; i < SIZE(rows); i++) {
		int expected = expected_of(&rows[i]), got;

		fflush(stdout);
		got = outcome_of(&rows[i]);
		int agree = got == expected || (rows[i].kind == OURS && !on_ringscope());
		disagreements += !agree;
		printf("%-15s  expected %-8s got %-8s %s\n", rows[i].name, outcome_name(expected),
		       outcome_name(got), agree ? "ok" : "DIFFERS");
	}
	printf("%d attacks, %d not as on Linux\n", (int)SIZE(rows), disagreements);
	return disagreements;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "all") == 0)
		return attack_all();
	for (size_t i = 0; argc == 2 && i < SIZE(rows); i++) {
		if (strcmp(argv[1], rows[i].name) != 0)
			continue;
		int outcome = rows[i].run();
		printf("%s: %s\n", rows[i].name, outcome_name(outcome));
		return outcome == expected_of(&rows[i]) ? 0 : 1;
	}
	printf("usage: attack NAME | attack all\n");
	for (size_t i = 0; i < SIZE(rows); i++)
		printf("  %-15s %-8s %s\n", rows[i].name, outcome_name(expected_of(&rows[i])),
		       rows[i].sentence);
	return 2;
}
