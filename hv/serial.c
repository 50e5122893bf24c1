#include "hv/serial.h"
#include "lib/io.h"
#include "lib/uart.h"

#define FIFO_BYTES     16u
#define LCR_DIVISOR    0x80
#define IIR_NONE       0x01
#define IIR_FIFOS      0xc0
#define MODEM_READY    0xb0 /* carrier, data set ready, clear to send */
#define MCR_LOOPBACK   0x10
#define REGISTER(port) ((port)&7)

static u32 waiting(const struct serial *serial)
{
	return serial->tail - serial->head;
}

static void send(struct serial *serial, u32 most)
{
	char batch[FIFO_BYTES];
	u32 n = 0;

	while (n < most && waiting(serial))
		batch[n++] = serial->buffer[serial->head++ % SERIAL_BUFFER];
	uart_write(serial->port, batch, n);
}

void serial_pump(struct serial *serial)
{
	if (waiting(serial) && (in8(serial->port + UART_LSR) & UART_LSR_THR_EMPTY))
		send(serial, FIFO_BYTES);
}

void serial_drain(struct serial *serial)
{
	while (waiting(serial))
		send(serial, FIFO_BYTES);
}

u32 serial_in(struct serial *serial, u16 port, u32 bytes)
{
	bool latch = serial->lcr & LCR_DIVISOR;

	(void)bytes;
	serial_pump(serial);
	switch (REGISTER(port)) {
	case UART_DATA:
		return latch ? serial->divisor & 0xff : 0;
	case UART_IER:
		return latch ? serial->divisor >> 8 : serial->ier;
	case UART_FCR:
		return IIR_NONE | (serial->fcr & 1 ? IIR_FIFOS : 0);
	case UART_LCR:
		return serial->lcr;
	case UART_MCR:
		return serial->mcr;
	case UART_LSR:
		/* What is buffered here is sent for certain: the guest need not wait. */
		return waiting(serial) == SERIAL_BUFFER ? 0 : UART_LSR_IDLE;
	case UART_MSR:
		return MODEM_READY;
	default:
		return serial->scratch;
	}
}

void serial_out(struct serial *serial, u16 port, u32 bytes, u32 value)
{
	bool latch = serial->lcr & LCR_DIVISOR;
	u8 byte = (u8)value;

	(void)bytes;
	switch (REGISTER(port)) {
	case UART_DATA:
		if (latch) {
			serial->divisor = (u16)((serial->divisor & 0xff00) | byte);
			break;
		}
		if (serial->mcr & MCR_LOOPBACK)
			break;
		if (waiting(serial) == SERIAL_BUFFER)
			send(serial, FIFO_BYTES);
		serial->buffer[serial->tail++ % SERIAL_BUFFER] = (char)byte;
		break;
	case UART_IER:
		if (latch)
			serial->divisor = (u16)((serial->divisor & 0xff) | byte << 8);
		else
			serial->ier = byte & 0x0f;
		break;
	case UART_FCR:
		serial->fcr = byte;
		break;
	case UART_LCR:
		serial->lcr = byte;
		break;
	case UART_MCR:
		serial->mcr = byte & 0x1f;
		break;
	case UART_SCR:
		serial->scratch = byte;
		break;
	default:
		break;
	}
	serial_pump(serial);
}
