/*
 * So many one-shot ticks of the timer, each armed by the handler of the one before, while interrupts
 * go on and off in every way: none may be lost, none may come twice.
 *
 *   ticks=N   how many (default 1000)
 *   seed=N    of the masking
 *   wide=1    arm it by two bytes: a single one does nothing on Bochs's own timer
 *   aeoi=1    with automatic end of interrupt
 */
#include "guest/probe/probe.h"
#include "lib/io.h"

#define IRQ_VECTOR 0x30u
#define PATIENCE   1000000u /* rounds, within which a tick that is armed must come */

static volatile u64 armed, taken, doubled, spurious;
static u64 seed, ways[8];
static bool automatic, wide;

static u64 random(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dull >> 32;
}

/* Channel 0 counts in mode 0; its last byte starts it. */
static void arm(void)
{
	armed++;
	out8(0x40, (u8)(1 + random() % 40));
	if (wide)
		out8(0x40, 0);
}

static void init(void)
{
	probe_start_pic(IRQ_VECTOR, automatic ? PIC_AUTOMATIC_EOI : PIC_EXPLICIT_EOI, 0xfe);
}

static bool tick(struct probe_frame *frame)
{
	u64 dice = random();

	(void)frame;
	if (taken == armed)
		doubled++;
	else
		taken++;
	if (dice & 1) /* the next may be due before this one ends */
		arm();
	if (dice & 2)
		__asm__ volatile("cpuid" ::: "rax", "rbx", "rcx", "rdx");
	if (!automatic)
		out8(0x20, dice & 4 ? 0x20 : 0x60);
	if (!(dice & 1))
		arm();
	return true;
}

static bool stray(struct probe_frame *frame)
{
	(void)frame;
	spurious++;
	return true;
}

/* A little while, in which interrupts may be off, masked, or held back by a shadow. */
static void pass(void)
{
	u64 dice = random(), way = dice % 8;

	ways[way]++;
	switch (way) {
	case 0:
		__asm__ volatile("cli; nop; nop; cpuid; sti" ::: "rax", "rbx", "rcx", "rdx");
		break;
	case 1:
		out8(0x21, 0xff);
		__asm__ volatile("nop; nop; nop");
		out8(0x21, 0xfe);
		break;
	case 2:
		__asm__ volatile("cli; nop; sti; cpuid" ::: "rax", "rbx", "rcx", "rdx");
		break;
	case 3:
		__asm__ volatile(
			"cli; nop; nop; sti; cli; nop; sti; mov %%ss, %%eax; mov %%eax, %%ss; "
			"in $0x61, %%al" ::
				: "rax");
		break;
	case 4:
		__asm__ volatile(
			"cli; mov $0xff, %%al; out %%al, $0x21; mov $0xfe, %%al; sti; out %%al, "
			"$0x21" ::
				: "rax");
		break;
	case 5:
		__asm__ volatile("pushf; cli; nop; nop; nop; nop; nop; nop; popf");
		break;
	case 6:
		__asm__ volatile("sti; hlt");
		break;
	default:
		for (u32 i = 0; i < (dice >> 8) % 64; i++)
			cpu_pause();
	}
}

static s32 ticks(void)
{
	u64 wanted = probe_number("ticks", 1000), waited = 0, before = 0;

	seed = probe_number("seed", 7) + 1;
	automatic = probe_number("aeoi", 0);
	wide = probe_number("wide", 0);
	probe_hooks[IRQ_VECTOR] = tick;
	for (u32 vector = IRQ_VECTOR + 1; vector < IRQ_VECTOR + 16; vector++)
		probe_hooks[vector] = stray;
	init();
	out8(0x43, wide ? 0x30 : 0x10);
	arm();
	__asm__ volatile("sti");
	while (taken < wanted && waited < PATIENCE) {
		waited = taken == before ? waited + 1 : 0;
		before = taken;
		pass();
	}
	/* The last one; then no more are armed, so no more come. */
	__asm__ volatile("cli");
	for (u32 i = 0; i < 1000; i++)
		in8(0x61);
	probe_print("%lu ticks taken of %lu armed, %lu doubled, %lu spurious\n", taken, armed,
	            doubled, spurious);
	if (taken < wanted)
		probe_print("a tick was lost\n");
	for (u32 i = 0; i < 8; i++)
		probe_print("way %u: %lu\n", i, ways[i]);
	return taken >= wanted && armed == taken + 1 && !doubled && !spurious ? 0 : 1;
}

SUITE("ticks", ticks);
