/*
 * A virtual 16550: what the guest sends is buffered and goes out through the real port whenever
 * that has room; what the real port received waits here until the guest reads it. Promise: no byte
 * is lost or reordered; where the guest does not read, bytes stay in the real port.
 */
#ifndef HV_SERIAL_H
#define HV_SERIAL_H

#include "abi/types.h"

#define SERIAL_BUFFER 8192u
#define SERIAL_INPUT  1024u

struct serial {
	u16 port; /* the real one, and the virtual one: the same */
	u8 ier, lcr, mcr, scratch, fcr;
	u16 divisor;
	u32 head, tail; /* bytes head .. tail of buffer wait, both count up for ever */
	char buffer[SERIAL_BUFFER];
	u32 input_head, input_tail; /* the same of input */
	u8 input[SERIAL_INPUT];
	bool sent; /* the transmitter went empty, and the guest has not seen it in IIR */
	bool line; /* the interrupt line is up */
	bool rose; /* it went up, and serial_take_edge has not told */
};

u32 serial_in(struct serial *serial, u16 port, u32 bytes);
void serial_out(struct serial *serial, u16 port, u32 bytes, u32 value);

/* Takes what the real port has received, as far as there is room. */
void serial_receive(struct serial *serial);

/* True once for every time that the chip's interrupt line went up. */
bool serial_take_edge(struct serial *serial);

/* Sends what the real port takes without waiting, which may make the line go up; or everything. */
void serial_pump(struct serial *serial);
void serial_drain(struct serial *serial);

#endif
