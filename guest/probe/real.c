#include "guest/probe/probe.h"
#include "lib/string.h"

#define LOW        0x7000ul
#define IVT        0x5000ul
#define STUB_BYTES 8u
#define CODE_BYTES 128u
#define PUSHED     6u /* IP, CS and FLAGS, and no error code */

/* What real.asm lays into low memory, and its registers there. */
struct low_state {
	u32 registers[8];
	u16 ip, cs, flags, vector;
};

extern u8 probe_low[], probe_low_end[], probe_low_stubs[], probe_low_state[], probe_low_mark[];
void probe_enter_real(void);

static void *low(const u8 *label)
{
	return (void *)(LOW + (u64)(label - probe_low));
}

void probe_real(struct probe_state *state, const void *code, u32 mark)
{
	struct low_state *real = low(probe_low_state);
	u32 *vectors = (void *)IVT;

	memcpy((void *)LOW, probe_low, (size_t)(probe_low_end - probe_low));
	memcpy((void *)PROBE_REAL_CODE, code, CODE_BYTES);
	for (u32 i = 0; i < 256; i++)
		vectors[i] = (u32)(u64)low(probe_low_stubs) + i * STUB_BYTES;
	*(u32 *)low(probe_low_mark) = mark;
	for (u32 i = 0; i < 8; i++)
		real->registers[i] = (u32)state->registers[i];
	real->flags = (u16)state->rflags;
	write_dr6(0xffff0ff0);
	probe_enter_real();
	for (u32 i = 0; i < 8; i++)
		state->registers[i] = real->registers[i];
	state->registers[RSP] += PUSHED;
	state->rip = real->ip;
	state->rflags = real->flags;
	state->vector = real->vector;
	state->dr6 = read_dr6() ^ 0xffff0ff0;
}
