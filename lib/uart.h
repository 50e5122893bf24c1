/*
 * A 16550 serial port, polled: ring -1's and a bare kernel's way out, and the console's way in.
 * Promise: 115200 8N1, never waits for ever on a port that is not there.
 */
#ifndef LIB_UART_H
#define LIB_UART_H

#include "abi/types.h"

#define COM1 0x3f8
#define COM2 0x2f8

enum uart_register {
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2, /* IIR when read */
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_MSR = 6,
	UART_SCR = 7,
};

#define UART_IER_RECEIVED   0x01
#define UART_IER_SENT       0x02
#define UART_LSR_DATA_READY 0x01
#define UART_LSR_THR_EMPTY  0x20
#define UART_LSR_IDLE       0x60

/* Programs the port and switches its FIFOs on; false if nothing answers there. */
bool uart_init(u16 port);

/* Sends the bytes, waiting for room; gives up on a port that stays busy. */
void uart_write(u16 port, const char *data, size_t bytes);

/* Lets the port interrupt (and what it drives: line 4 or 3) when bytes came in. */
void uart_interrupts(u16 port);

/* A byte that came in; false: there is none. */
bool uart_read(u16 port, u8 *byte);

/* Waits until everything has left the port. */
void uart_flush(u16 port);

#endif
