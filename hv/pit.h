/*
 * A virtual 8254 timer, driven by the time-stamp counter: channel 0 raises interrupt line 0,
 * channel 2 can be watched through port 0x61. Pure over its state and the time it is told, so it is
 * tested on the host.
 */
#ifndef HV_PIT_H
#define HV_PIT_H

#include "abi/types.h"

#define PIT_HZ 1193182u

struct pit_channel {
	u64 start;    /* TSC at which counting began */
	u32 reload;   /* 1 .. 65536 */
	u8 mode;      /* 0 .. 5 */
	u8 access;    /* 1 low byte, 2 high byte, 3 both */
	bool high;    /* the second byte is due: write */
	bool high_in; /* the same for reads */
	u8 low;       /* first byte of a pair written */
	bool counting;
	bool gate;
	bool latched, status_latched;
	u16 latch;
	u8 status;
	u64 edges; /* channel 0: rising edges already delivered */
};

struct pit {
	struct pit_channel channel[3];
	u64 tsc_hz;
	u8 speaker; /* port 0x61, bits 0 and 1 */
};

void pit_init(struct pit *pit, u64 tsc_hz);

/* Timer ticks in that many of the TSC's, rounded down. */
u64 pit_ticks(const struct pit *pit, u64 tsc);

u32 pit_in(struct pit *pit, u16 port, u64 now);
void pit_out(struct pit *pit, u16 port, u32 value, u64 now);

/* Port 0x61: gate and output of channel 2. */
u32 pit_speaker_in(const struct pit *pit, u64 now);
void pit_speaker_out(struct pit *pit, u32 value, u64 now);

/* True if channel 0 had a rising edge since the last call: several count as one, as on the wire. */
bool pit_take_edge(struct pit *pit, u64 now);

/* TSC of channel 0's next rising edge, UINT64_MAX if there is none to come. */
u64 pit_next_edge(const struct pit *pit);

#endif
