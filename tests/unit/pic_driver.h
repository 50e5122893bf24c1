/*
 * How a kernel drives a pair of 8259s, for the tests of the virtual one: lines 0..15 at vectors 0x30
 * onward.
 */
#ifndef TESTS_PIC_DRIVER_H
#define TESTS_PIC_DRIVER_H

#include "tests/unit/unit.h"
#include "hv/pic.h"

#define MASTER 0x20
#define SLAVE  0xa0
#define EOI    0x20

static struct pic pic;

static inline void out(u16 port, u32 value)
{
	pic_out(&pic, port, 1, value);
}

static inline u32 in(u16 port)
{
	return pic_in(&pic, port, 1);
}

/* As Linux and most kernels do it; everything unmasked afterwards. */
static inline void initialise(u32 icw4)
{
	out(MASTER, 0x11);
	out(MASTER + 1, 0x30);
	out(MASTER + 1, 0x04);
	out(MASTER + 1, icw4);
	out(SLAVE, 0x11);
	out(SLAVE + 1, 0x38);
	out(SLAVE + 1, 0x02);
	out(SLAVE + 1, icw4);
	out(MASTER + 1, 0);
	out(SLAVE + 1, 0);
}

#endif
