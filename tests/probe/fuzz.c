/*
 * Hostile operations, seeded: random bytes as code, and sensitive instructions with random operands,
 * from rings 0 and 3. Whatever they do, the kernel has to go on: after each the processor's state is put
 * back, a timer ends loops, and what would rightly end the guest (HLT with interrupts off, a triple
 * fault, the power switch) is left out as far as can be foreseen. The rest shows as the end of the run.
 *
 * Words: seed=N, count=N operations; text=1: under integrity, so that
 * what ring 0 would run of it is refused. Every 8,192 and at the end a line says how many were made.
 */
#include "tests/probe/fuzz.h"
#include "abi/hypercall.h"
#include "lib/io.h"
#include "lib/string.h"
#include "lib/uart.h"

#define TIMER_VECTOR 0x20
#define TIMER_RELOAD 1200 /* some 1,000 interrupts a second: loops are short */
#define CHUNK        8192u
#define PAGE_2M      (2ul << 20)

struct fuzz fuzz;
static u64 kernel_pages[512] __attribute__((aligned(4096)));

/* The window: a page of code and three of data, each for ring 0 and for ring 3, nothing between. */
static void make_window(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	for (u32 i = 0; i < FUZZ_PAGES;
	     i++) { /* data is not executed: it could turn interrupts off, and loop */
		u64 frame = (u64)probe_pages[i] | PTE_PRESENT | PTE_WRITABLE | (i ? BIT(63) : 0);
		probe_map(FUZZ_PAGE(false, i), frame);
		probe_map(FUZZ_PAGE(true, i), frame | PTE_USER);
	}
	/* Besides it only the kernel itself, which is ring 0's and lies between 1 and 2 MiB. */
	for (u64 i = 1; i < 4 * 512; i++)
		if (i != PROBE_WINDOW / PAGE_2M)
			probe_pd[i] = 0;
	for (u64 i = 256; i < 512; i++)
		kernel_pages[i] = i << 12 | PTE_PRESENT | PTE_WRITABLE;
	probe_pd[0] = (u64)kernel_pages | PTE_PRESENT | PTE_WRITABLE;
	write_cr3(read_cr3());
}

/* A timer that ends what does not end by itself; its interrupts need no acknowledgement. */
static void set_up_timer(void)
{
	out8(0x20, 0x11);
	out8(0x21, TIMER_VECTOR);
	out8(0x21, 4);
	out8(0x21, 3);
	out8(0xa0, 0x11);
	out8(0xa1, TIMER_VECTOR + 8);
	out8(0xa1, 2);
	out8(0xa1, 3);
	out8(0x21, 0xfe);
	out8(0xa1, 0xff);
	out8(0x43, 0x34);
	out8(0x40, TIMER_RELOAD & 0xff);
	out8(0x40, TIMER_RELOAD >> 8);
}

/* Its line is open, and it counts as it was told, however fast: a fifth of the exits of another set-up. */
static bool timer_works(void)
{
	out8(0x43, 0xe2); /* its status, next */
	return (in8(0x40) & 0x7f) == 0x34 && in8(0x21) == 0xfe;
}

static void report(u64 done)
{
	out8(COM1 + UART_LCR, 3);
	out8(COM1 + UART_IER, 0);
	out8(COM1 + UART_MCR, 0x0b);
	probe_print("\nfuzz: %lu operations\n", done);
}

static void write_msrs(void)
{
	wrmsr(MSR_EFER, fuzz.good.efer);
	wrmsr(MSR_DEBUGCTL, 0);
}

/* Puts the processor's state back, what was changed at least. */
static void restore(void)
{
	const struct fuzz_state *good = &fuzz.good;
	struct descriptor_pointer gdt, idt;
	u64 dr7 = read_dr7();
	u16 task;

	if (fuzz.touched & TOUCHED_MEMORY)
		fuzz_restore_masks();
	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	__asm__ volatile("str %0" : "=r"(task));
	if (dr7 != 0x400)
		write_dr7(0x400);
	if (gdt.base != good->gdt.base || gdt.limit != good->gdt.limit)
		__asm__ volatile("lgdt %0" ::"m"(good->gdt));
	if (idt.base != good->idt.base || idt.limit != good->idt.limit)
		__asm__ volatile("lidt %0" ::"m"(good->idt));
	if (task != SELECTOR_TSS) {
		probe_gdt[SELECTOR_TSS / 8] &= ~BIT(41); /* not busy */
		__asm__ volatile("ltr %w0" ::"r"(SELECTOR_TSS));
	}
	if (read_cr4() != good->cr4)
		write_cr4(good->cr4);
	if (read_cr0() != good->cr0)
		write_cr0(good->cr0);
	if (read_cr3() != good->cr3)
		write_cr3(good->cr3);
	if (fuzz.touched & TOUCHED_MSRS)
		write_msrs();
	if ((fuzz.touched & TOUCHED_TIMER) || ((fuzz.touched & MAYBE_TIMER) && !timer_works()))
		set_up_timer();
	if (fuzz.touched & TOUCHED_MEMORY)
		fuzz_restore_memory();
	fuzz.touched = 0;
}

/* One operation: made, run, and undone. A timer that was due already does not count. */
static void operate(void)
{
	struct probe_state state;

	fuzz_make(&state);
	u64 start = state.rip;
	u32 touched = fuzz.touched;
	for (u32 tries = 0;; tries++) {
		struct probe_state attempt = state;
		probe_run(&attempt);
		fuzz.touched = touched;
		restore();
		if (attempt.vector == TIMER_VECTOR && attempt.rip == start && tries < 3)
			continue;
		fuzz.ends[attempt.vector & 255]++;
		return;
	}
}

static void remember(void)
{
	struct fuzz_state *good = &fuzz.good;

	__asm__ volatile("sgdt %0" : "=m"(good->gdt));
	__asm__ volatile("sidt %0" : "=m"(good->idt));
	write_cr4(read_cr4() | (cpuid(1, 0).ecx & BIT(26) ? CR4_OSXSAVE : 0) | CR4_PGE);
	write_cr0(read_cr0() | CR0_WP);
	good->cr0 = read_cr0();
	good->cr3 = read_cr3();
	good->cr4 = read_cr4();
	good->efer = rdmsr(MSR_EFER) | EFER_NXE | EFER_SCE;
	write_msrs();
	for (u32 i = 0; i < ARRAY_SIZE(fuzz_answered); i++)
		fuzz_answered[i] = i != HYPERCALL_end && i != HYPERCALL_nmi &&
		                   probe_under_ringscope() && probe_hypercall(i, ~0ul, 0, 0) != -38;
	fuzz_answered[HYPERCALL_nmi] = fuzz_answered[HYPERCALL_nop];
}

static s32 run(void)
{
	u64 count = probe_number("count", 100000);
	fuzz.random = probe_number("seed", 1) * 0x9e3779b97f4a7c15ull + 1;

	make_window();
	set_up_timer();
	remember();
	fuzz.text = probe_number("text", 0);
	if (fuzz.text)
		probe_print("fuzz: integrity answers %ld\n",
		            probe_hypercall(HYPERCALL_integrity, (u64)probe_start,
		                            (u64)(probe_text_end - probe_start), 0));
	for (u64 done = 0; done < count;) {
		operate();
		if (++done % CHUNK == 0 || done == count)
			report(done);
	}
	probe_print("fuzz: ended by #UD %u, #GP %u, #PF %u, #DB %u, the timer %u, NMI %u, "
	            "themselves %u\n",
	            fuzz.ends[VECTOR_UD], fuzz.ends[VECTOR_GP], fuzz.ends[VECTOR_PF],
	            fuzz.ends[VECTOR_DB], fuzz.ends[TIMER_VECTOR], fuzz.ends[VECTOR_NMI],
	            fuzz.ends[PROBE_END_VECTOR]);
	return 0;
}

SUITE("fuzz", run);
