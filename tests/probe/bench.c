/* What HLT costs that has something to wake it at once: `make bench` prints the figure. */
#include "tests/probe/probe.h"
#include "lib/io.h"

#define PIC1          0x20
#define PIC1_DATA     0x21
#define ICW1          0x11 /* edge-triggered, cascaded, ICW4 follows */
#define ICW4_AUTO_EOI 0x03
#define OCW3_READ_IRR 0x0a
#define VECTOR_BASE   0x20
#define PIT_CHANNEL_0 0x40
#define PIT_COMMAND   0x43
#define PIT_ONE_SHOT  0x30 /* channel 0, both bytes, mode 0 */
#define ROUNDS        100u

static bool take(struct probe_frame *frame)
{
	(void)frame;
	return true;
}

static void start_pic(void)
{
	out8(PIC1, ICW1);
	out8(PIC1_DATA, VECTOR_BASE);
	out8(PIC1_DATA, 4);
	out8(PIC1_DATA, ICW4_AUTO_EOI);
	out8(PIC1_DATA, 0xfe);
	out8(PIC1, OCW3_READ_IRR);
}

/* Ticks from before STI until the interrupt is taken and HLT is over; interrupts are off. */
static u64 halted(void)
{
	out8(PIT_COMMAND, PIT_ONE_SHOT);
	out8(PIT_CHANNEL_0, 10);
	out8(PIT_CHANNEL_0, 0);
	while (!(in8(PIC1) & 1))
		;
	u64 start = rdtsc();
	__asm__ volatile("sti; hlt; cli" ::: "memory");
	return rdtsc() - start;
}

static s32 bench(void)
{
	u64 least = UINT64_MAX;

	probe_hooks[VECTOR_BASE] = take;
	start_pic();
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 ticks = halted();
		if (ticks < least)
			least = ticks;
	}
	probe_print("bench: hlt-pending %lu\n", least);
	return 0;
}

SUITE("bench", bench);
