#include "hv/serial.h"
#include "lib/io.h"
#include "lib/uart.h"

#define FIFO_BYTES     16u
#define LCR_DIVISOR    0x80
#define IIR_NONE       0x01
#define IIR_SENT       0x02
#define IIR_RECEIVED   0x04
#define IIR_FIFOS      0xc0
#define MCR_DTR        0x01
#define MCR_RTS        0x02
#define MCR_OUT1       0x04
#define MCR_OUT2       0x08 /* on a PC the gate of the interrupt line */
#define MCR_LOOPBACK   0x10
#define MSR_CTS        0x10
#define MSR_DSR        0x20
#define MSR_RING       0x40
#define MSR_CARRIER    0x80
#define FCR_CLEAR_IN   0x02
#define REGISTER(port) ((port)&7)

static u32 waiting(const struct serial *serial)
{
	return serial->tail - serial->head;
}

/* To the guest, room in the buffer is the empty transmitter. */
static bool has_room(const struct serial *serial)
{
	return waiting(serial) < SERIAL_BUFFER;
}

static u32 arrived(const struct serial *serial)
{
	return serial->input_tail - serial->input_head;
}

/* Why the chip asks for service: IIR without the bits about FIFOs. */
static u8 cause(const struct serial *serial)
{
	if ((serial->ier & UART_IER_RECEIVED) && arrived(serial))
		return IIR_RECEIVED;
	if ((serial->ier & UART_IER_SENT) && serial->sent)
		return IIR_SENT;
	return IIR_NONE;
}

/* The line is a level, and the 8259 behind it sees only how it rises. */
static void settle(struct serial *serial)
{
	bool open = (serial->mcr & (MCR_OUT2 | MCR_LOOPBACK)) == MCR_OUT2;
	bool line = open && cause(serial) != IIR_NONE;

	serial->rose |= line && !serial->line;
	serial->line = line;
}

bool serial_take_edge(struct serial *serial)
{
	bool rose = serial->rose;

	serial->rose = false;
	return rose;
}

static void send(struct serial *serial, u32 most)
{
	char batch[FIFO_BYTES];
	u32 n = 0;

	serial->sent |= !has_room(serial);
	while (n < most && waiting(serial))
		batch[n++] = serial->buffer[serial->head++ % SERIAL_BUFFER];
	uart_write(serial->port, batch, n);
	settle(serial);
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

void serial_receive(struct serial *serial)
{
	u8 byte;

	while (arrived(serial) < SERIAL_INPUT && uart_read(serial->port, &byte))
		serial->input[serial->input_tail++ % SERIAL_INPUT] = byte;
	settle(serial);
}

static u8 take(struct serial *serial)
{
	bool full = arrived(serial) == SERIAL_INPUT;
	u8 byte = 0;

	if (arrived(serial))
		byte = serial->input[serial->input_head++ % SERIAL_INPUT];
	if (full) /* the real port's line may have stayed up: no interrupt tells of what is there */
		serial_receive(serial);
	return byte;
}

static u8 identify(struct serial *serial)
{
	u8 why = cause(serial);

	if (why == IIR_SENT)
		serial->sent = false;
	return why | (serial->fcr & 1 ? IIR_FIFOS : 0);
}

static u32 line_status(const struct serial *serial)
{
	/* What is buffered here is sent for certain: the guest need not wait. */
	return (has_room(serial) ? UART_LSR_IDLE : 0) | (arrived(serial) ? UART_LSR_DATA_READY : 0);
}

/* A modem that is ready; in loopback what the guest itself puts out for it. */
static u32 modem_status(const struct serial *serial)
{
	u32 out = serial->mcr;

	if (!(out & MCR_LOOPBACK))
		return MSR_CARRIER | MSR_DSR | MSR_CTS;
	return (out & MCR_RTS ? MSR_CTS : 0) | (out & MCR_DTR ? MSR_DSR : 0) |
	       (out & MCR_OUT1 ? MSR_RING : 0) | (out & MCR_OUT2 ? MSR_CARRIER : 0);
}

static u32 read_register(struct serial *serial, u32 which)
{
	bool latch = serial->lcr & LCR_DIVISOR;

	switch (which) {
	case UART_DATA:
		return latch ? serial->divisor & 0xff : take(serial);
	case UART_IER:
		return latch ? serial->divisor >> 8 : serial->ier;
	case UART_FCR:
		return identify(serial);
	case UART_LCR:
		return serial->lcr;
	case UART_MCR:
		return serial->mcr;
	case UART_LSR:
		return line_status(serial);
	case UART_MSR:
		return modem_status(serial);
	default:
		return serial->scratch;
	}
}

u32 serial_in(struct serial *serial, u16 port, u32 bytes)
{
	(void)bytes;
	serial_pump(serial);
	u32 value = read_register(serial, REGISTER(port));
	settle(serial);
	return value;
}

static void transmit(struct serial *serial, u8 byte)
{
	if (!(serial->mcr & MCR_LOOPBACK)) {
		if (!has_room(serial))
			send(serial, FIFO_BYTES);
		serial->buffer[serial->tail++ % SERIAL_BUFFER] = (char)byte;
	} else if (arrived(serial) < SERIAL_INPUT) {
		serial->input[serial->input_tail++ % SERIAL_INPUT] = byte;
	}
	/* Full for an instant, then empty again: a driver that waits for that sees the edge. */
	serial->sent = false;
	settle(serial);
	serial->sent = has_room(serial);
}

static void enable(struct serial *serial, u8 byte)
{
	if (byte & ~serial->ier & UART_IER_SENT)
		serial->sent = has_room(serial);
	serial->ier = byte & 0x0f;
}

void serial_out(struct serial *serial, u16 port, u32 bytes, u32 value)
{
	bool latch = serial->lcr & LCR_DIVISOR;
	u8 byte = (u8)value;

	(void)bytes;
	switch (REGISTER(port)) {
	case UART_DATA:
		if (latch)
			serial->divisor = (u16)((serial->divisor & 0xff00) | byte);
		else
			transmit(serial, byte);
		break;
	case UART_IER:
		if (latch)
			serial->divisor = (u16)((serial->divisor & 0xff) | byte << 8);
		else
			enable(serial, byte);
		break;
	case UART_FCR:
		serial->fcr = byte;
		if (byte & FCR_CLEAR_IN) {
			serial->input_head = serial->input_tail;
			serial_receive(serial); /* as in take() */
		}
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
	settle(serial);
}
