#include "hv/cmos.h"
#include "lib/io.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71
#define CENTURY    0x32
#define STATUS_C   0x0c /* interrupt flags: none, as no alarm is ever armed */
#define STATUS_D   0x0d

static bool is_clock(u8 index)
{
	return index <= 0x0b || index == STATUS_D || index == CENTURY;
}

u32 cmos_in(struct cmos *cmos, u16 port, u32 bytes)
{
	(void)bytes;
	if (port == CMOS_INDEX)
		return cmos->index;
	if (cmos->index == STATUS_C)
		return 0;
	if (!is_clock(cmos->index))
		return cmos->memory[cmos->index];
	out8(CMOS_INDEX, cmos->index);
	return in8(CMOS_DATA);
}

void cmos_out(struct cmos *cmos, u16 port, u32 bytes, u32 value)
{
	(void)bytes;
	if (port == CMOS_INDEX)
		cmos->index = value & 0x7f;
	else if (!is_clock(cmos->index))
		cmos->memory[cmos->index] = (u8)value;
}
