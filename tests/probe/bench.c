/* What HLT costs that has something to wake it at once: `make bench` prints the figure. */
#include "guest/probe/probe.h"
#include "lib/io.h"

#define VECTOR_BASE    0x20
#define VECTOR_COM1    0x24
#define COM1_IER       0x3f9
#define COM1_MCR       0x3fc
#define TRANSMITTER    0x02 /* interrupt when there is nothing to send: at once, that is */
#define LINE_CONNECTED 0x08
#define ROUNDS         100u

static bool take(struct probe_frame *frame)
{
	(void)frame;
	return true;
}

static void start_pic(void)
{
	probe_start_pic(VECTOR_BASE, PIC_AUTOMATIC_EOI, 0xef);
	out8(COM1_MCR, LINE_CONNECTED);
}

/* Ticks from before STI until the interrupt is taken and HLT is over; interrupts are off. */
static u64 halted(void)
{
	out8(COM1_IER, TRANSMITTER);
	u64 start = rdtsc();
	__asm__ volatile("sti; hlt; cli" ::: "memory");
	u64 ticks = rdtsc() - start;
	out8(COM1_IER, 0);
	return ticks;
}

static s32 bench(void)
{
	u64 least = UINT64_MAX;

	probe_hooks[VECTOR_COM1] = take;
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
