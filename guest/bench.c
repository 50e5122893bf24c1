#include "guest/bench.h"
#include "guest/console.h"
#include "guest/frames.h"
#include "guest/extable.h"
#include "guest/machine.h"
#include "guest/memory.h"
#include "lib/cpu.h"

#define ROUNDS     20u
#define ITERATIONS 100u /* few enough that some rounds see no interrupt and no full ring */

/*
 * BENCH(identifier, "name", only under Ringscope, "set-up", "instruction"): each is measured as a
 * loop of set-up and instruction, less the same loop with the set-up alone.
 */
#define BENCHES(BENCH)                                                                             \
	BENCH(cpuid, "cpuid", false, "xor %%eax, %%eax", "cpuid")                                  \
	BENCH(vmcall, "vmcall-nop", true, "xor %%eax, %%eax", "vmcall")                            \
	BENCH(rdmsr_misc, "rdmsr-misc-enable", false, "mov $0x1a0, %%ecx", "rdmsr")                \
	BENCH(rdmsr_efer, "rdmsr-efer", false, "mov $0xc0000080, %%ecx", "rdmsr")                  \
	BENCH(rdmsr_fs, "rdmsr-fs-base", false, "mov $0xc0000100, %%ecx", "rdmsr")                 \
	BENCH(out_post, "out-0x80", false, "xor %%eax, %%eax", "out %%al, $0x80")                  \
	BENCH(in_pic, "in-pic", false, "", "in $0x21, %%al")                                       \
	BENCH(in_com1, "in-com1", false, "mov $0x3fd, %%edx", "in %%dx, %%al")                     \
	BENCH(in_cmos, "in-cmos", false, "", "in $0x71, %%al")                                     \
	BENCH(mov_cr3, "mov-cr3", false, "mov %%cr3, %%rax", "mov %%rax, %%cr3")                   \
	BENCH(read_cr0, "read-cr0", false, "", "mov %%cr0, %%rax")                                 \
	BENCH(mov_cr4, "mov-cr4", false, "mov %%cr4, %%rax", "mov %%rax, %%cr4")

#define LOOP(text)                                                                                 \
	u64 start = rdtsc();                                                                       \
	for (u32 i = 0; i < ITERATIONS; i++)                                                       \
		__asm__ volatile(text ::: "rax", "rbx", "rcx", "rdx", "memory");                   \
	return rdtsc() - start;

#define BENCH(identifier, name, ringscope_only, setup, instruction)                                \
	static u64 with_##identifier(void)                                                         \
	{                                                                                          \
		LOOP(setup "\n\t" instruction)                                                     \
	}                                                                                          \
	static u64 without_##identifier(void)                                                      \
	{                                                                                          \
		LOOP(setup)                                                                        \
	}
BENCHES(BENCH)
#undef BENCH

static const struct bench {
	const char *name;
	bool ringscope_only;
	u64 (*with)(void), (*without)(void);
} benches[] = {
#define BENCH(identifier, name, ringscope_only, setup, instruction)                                \
	{name, ringscope_only, with_##identifier, without_##identifier},
	BENCHES(BENCH)
#undef BENCH
};

/* The least of several rounds. */
static u64 least_of(u64 (*run)(void))
{
	u64 least = UINT64_MAX;

	for (u32 round = 0; round < ROUNDS; round++) {
		u64 ticks = run();
		if (ticks < least)
			least = ticks;
	}
	return least;
}

static s64 ask(enum hypercall call, u64 a, u64 b, u64 c)
{
	s64 result = -1;

	return try_vmcall(call, a, b, c, &result) ? result : -1;
}

/*
 * What the first write to a page takes after a hypercall, less what the next one takes. The tables on
 * the way, which walks may write too, are through with it when another page has been written.
 */
static void bench_page(const char *name, u64 frame, u64 other, enum hypercall call, u64 a, u64 b,
                       u64 c)
{
	u64 least[2] = {UINT64_MAX, UINT64_MAX};
	volatile u8 *page = direct(frame);

	for (u32 round = 0; round < ROUNDS; round++) {
		if (ask(call, a, b, c) < 0)
			return;
		*(volatile u8 *)direct(other) = (u8)round;
		for (u32 i = 0; i < 2; i++) {
			u64 start = rdtsc();
			*page = (u8)round;
			u64 ticks = rdtsc() - start;
			if (ticks < least[i])
				least[i] = ticks;
		}
	}
	log_line("bench: %s %lu", name, least[0] - least[1]);
}

/* A page that was given back comes anew; a write is logged: by an exit where there is no PML. */
static void bench_violations(void)
{
	u64 frame = frame_alloc(), bitmap = frame_alloc();

	bench_page("ept-violation-fresh-page", frame, bitmap, HYPERCALL_release, frame, PAGE_BYTES,
	           0);
	if (ask(HYPERCALL_dirty_log, DIRTY_LOG_START, 0, 0) == 0) {
		bench_page("first-write-logged", frame, bitmap, HYPERCALL_dirty_log,
		           DIRTY_LOG_COLLECT, bitmap, PAGE_BYTES);
		ask(HYPERCALL_dirty_log, DIRTY_LOG_STOP, 0, 0);
	}
	frame_free(frame);
	frame_free(bitmap);
}

_Noreturn void bench_run(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(benches); i++) {
		if (benches[i].ringscope_only && !under_ringscope())
			continue;
		u64 ticks = least_of(benches[i].with) - least_of(benches[i].without);
		log_line("bench: %s %lu", benches[i].name, (ticks + ITERATIONS / 2) / ITERATIONS);
	}
	if (under_ringscope())
		bench_violations();
	machine_end(0, GUEST_END_exit, NULL);
}
