#include "lib/uart.h"
#include "lib/cpu.h"
#include "lib/io.h"

#define UART_FIFO_BYTES 16
#define UART_PATIENCE   10000000 /* polls; a byte takes some hundreds at most */

bool uart_init(u16 port)
{
	out8(port + UART_SCR, 0x5a);
	if (in8(port + UART_SCR) != 0x5a)
		return false;
	out8(port + UART_IER, 0);
	out8(port + UART_LCR, 0x80); /* divisor latch: 115200 / 1 */
	out8(port + UART_DATA, 1);
	out8(port + UART_IER, 0);
	out8(port + UART_LCR, 0x03); /* 8N1 */
	out8(port + UART_FCR, 0x07); /* FIFOs on and empty */
	out8(port + UART_MCR, 0x0b); /* DTR, RTS, interrupt line enabled */
	return true;
}

void uart_interrupts(u16 port)
{
	out8(port + UART_IER, UART_IER_RECEIVED);
}

bool uart_read(u16 port, u8 *byte)
{
	u8 status = in8(port + UART_LSR);

	if (!(status & UART_LSR_DATA_READY) || status == 0xff) /* 0xff: there is no port */
		return false;
	*byte = in8(port + UART_DATA);
	return true;
}

static bool wait_for(u16 port, u8 bits)
{
	for (u32 i = 0; i < UART_PATIENCE; i++) {
		if ((in8(port + UART_LSR) & bits) == bits)
			return true;
		cpu_pause();
	}
	return false;
}

void uart_write(u16 port, const char *data, size_t bytes)
{
	for (size_t sent = 0; sent < bytes;) {
		if (!wait_for(port, UART_LSR_THR_EMPTY))
			return;
		size_t batch = bytes - sent < UART_FIFO_BYTES ? bytes - sent : UART_FIFO_BYTES;
		out8_string(port + UART_DATA, data + sent, batch);
		sent += batch;
	}
}

void uart_flush(u16 port)
{
	wait_for(port, UART_LSR_IDLE);
}
