/*
 * The input of fuzz_exits: a head that chooses the processor, then steps that change the guest,
 * what the next exit reports, memory and time, or make an exit. Written by seeds.c too.
 */
#ifndef TESTS_FUZZ_EXITS_INPUT_H
#define TESTS_FUZZ_EXITS_INPUT_H

#include "abi/types.h"

struct exits_head {
	u8 processor; /* bit 0: its MSRs are mutated by `insists`; bit 1: Lynnfield's controls; bit 2: observe */
	u8 mode;      /* in which the guest starts, see modes[] */
	u8 hidden[4]; /* features by number, 0: none (number 0 cannot be hidden) */
	u8 recorded;  /* bit 0: exits, bit 1: entries */
	u8 physical_bits;
	u32 insists; /* which word of MSRs, and from bit 8 on which bit, is another */
};

enum exits_step_kind {
	STEP_GUEST,    /* a field of the guest's: how & 3: set, exclusive-or, flip a bit */
	STEP_REGISTER, /* likewise; 3: flip a bit of what CR0 (or CR4, bit 6 of the value) is */
	STEP_INFO,     /* what the exit reports, likewise */
	STEP_MEMORY,   /* 8 bytes of guest memory at 8 * how */
	STEP_TIME,     /* so many ticks pass */
	STEP_EXIT,     /* an exit of reason `which` */
	STEP_MODE,     /* the guest is in another mode */
	STEP_PORT,     /* what the real machine's ports read as */
	STEP_KINDS,
};

struct exits_step {
	u8 kind; /* modulo STEP_KINDS */
	u8 which;
	u16 how;
	u64 value;
} __attribute__((packed));

_Static_assert(sizeof(struct exits_head) == 12 && sizeof(struct exits_step) == 12, "no padding");

#endif
