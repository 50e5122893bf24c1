/*
 * A virtual 16550: what the guest sends is buffered and goes out through the real port whenever
 * that has room; nothing comes in yet. Promise: no byte the guest sent is lost or reordered.
 */
#ifndef HV_SERIAL_H
#define HV_SERIAL_H

#include "abi/types.h"

#define SERIAL_BUFFER 8192u

struct serial {
	u16 port; /* the real one, and the virtual one: the same */
	u8 ier, lcr, mcr, scratch, fcr;
	u16 divisor;
	u32 head, tail; /* bytes head .. tail of buffer wait, both count up for ever */
	char buffer[SERIAL_BUFFER];
};

u32 serial_in(struct serial *serial, u16 port, u32 bytes);
void serial_out(struct serial *serial, u16 port, u32 bytes, u32 value);

/* Sends what the real port takes without waiting; or everything. */
void serial_pump(struct serial *serial);
void serial_drain(struct serial *serial);

#endif
