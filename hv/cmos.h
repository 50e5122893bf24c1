/*
 * A virtual CMOS clock: the time registers show the real clock, the memory behind them belongs to
 * the guest and starts as zeros. Nothing the guest writes reaches the real chip.
 */
#ifndef HV_CMOS_H
#define HV_CMOS_H

#include "abi/types.h"

struct cmos {
	u8 index;
	u8 memory[128];
};

u32 cmos_in(struct cmos *cmos, u16 port, u32 bytes);
void cmos_out(struct cmos *cmos, u16 port, u32 bytes, u32 value);

#endif
