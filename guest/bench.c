#include "guest/bench.h"
#include "guest/console.h"
#include "guest/extable.h"
#include "guest/machine.h"
#include "lib/io.h"

#define ROUNDS	   20u
#define ITERATIONS 100u /* few enough that some rounds see no interrupt and no full ring */

#define PORT_POST 0x80
#define PORT_PIC  0x21
#define PORT_COM1 0x3fd
#define PORT_CMOS 0x71

static void do_nothing(void)
{
	__asm__ volatile("" ::: "memory");
}

static void do_cpuid(void)
{
	cpuid(0, 0);
}

static void do_vmcall(void)
{
	hypercall(HYPERCALL_nop, 0, 0);
}

static void do_rdmsr_misc_enable(void)
{
	rdmsr(MSR_MISC_ENABLE);
}

static void do_rdmsr_efer(void)
{
	rdmsr(MSR_EFER);
}

static void do_rdmsr_fs_base(void)
{
	rdmsr(MSR_FS_BASE);
}

static void do_wrmsr_fs_base(void)
{
	wrmsr(MSR_FS_BASE, 0);
}

static void do_out_post(void)
{
	out8(PORT_POST, 0);
}

static void do_in_pic(void)
{
	in8(PORT_PIC);
}

static void do_in_com1(void)
{
	in8(PORT_COM1);
}

static void do_in_cmos(void)
{
	in8(PORT_CMOS);
}

static void do_read_cr3(void)
{
	write_cr3(read_cr3());
}

static void do_read_cr0(void)
{
	read_cr0();
}

static void do_write_cr4(void)
{
	write_cr4(read_cr4());
}

static const struct bench {
	const char *name;
	void (*run)(void);
	bool ringscope_only;
} benches[] = {
	{"cpuid", do_cpuid, false},
	{"vmcall-nop", do_vmcall, true},
	{"rdmsr-misc-enable", do_rdmsr_misc_enable, false},
	{"rdmsr-efer", do_rdmsr_efer, false},
	{"rdmsr-fs-base", do_rdmsr_fs_base, false},
	{"wrmsr-fs-base", do_wrmsr_fs_base, false},
	{"out-0x80", do_out_post, false},
	{"in-pic", do_in_pic, false},
	{"in-com1", do_in_com1, false},
	{"in-cmos", do_in_cmos, false},
	{"mov-cr3", do_read_cr3, false},
	{"read-cr0", do_read_cr0, false},
	{"mov-cr4", do_write_cr4, false},
};

/* Ticks of all iterations, the least of several rounds. */
static u64 measure(void (*run)(void))
{
	u64 least = UINT64_MAX;

	for (u32 round = 0; round < ROUNDS; round++) {
		u64 start = rdtsc();
		for (u32 i = 0; i < ITERATIONS; i++)
			run();
		u64 ticks = rdtsc() - start;
		if (ticks < least)
			least = ticks;
	}
	return least;
}

_Noreturn void bench_run(void)
{
	u64 overhead = measure(do_nothing);

	for (u32 i = 0; i < ARRAY_SIZE(benches); i++) {
		if (benches[i].ringscope_only && !under_ringscope())
			continue;
		u64 ticks = measure(benches[i].run) - overhead;
		log_line("bench: %s %lu", benches[i].name, (ticks + ITERATIONS / 2) / ITERATIONS);
	}
	machine_end(0, GUEST_END_exit, NULL);
}
