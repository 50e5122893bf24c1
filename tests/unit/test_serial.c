/*
 * The virtual 16550 in front of a real one with a FIFO of 16 bytes: every byte arrives, once, in
 * order, in both directions; its interrupt line rises when an 8259 has to see it.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_ports.h"
#include "lib/uart.c"
#include "hv/serial.c"

#define SENT_BYTES 100000u

static struct serial serial;
static char sent[SENT_BYTES];
static u32 count, in_fifo, polls_until_empty, polls;
static u32 typed, received; /* bytes that came over the wire, and were read from the real port */
static u8 scratch, interrupts;
static bool absent;

static u8 fake_in8(u16 port)
{
	if (absent)
		return 0xff;
	if (port == COM1 + UART_SCR)
		return scratch;
	if (port == COM1 + UART_DATA && received < typed)
		return (u8)(received++ * 31);
	if (port != COM1 + UART_LSR)
		return 0;
	if (in_fifo && ++polls >= polls_until_empty) {
		in_fifo = 0;
		polls = 0;
	}
	return (in_fifo ? 0 : UART_LSR_IDLE) | (received < typed ? UART_LSR_DATA_READY : 0);
}

static void fake_out8(u16 port, u8 value)
{
	if (port == COM1 + UART_SCR)
		scratch = value;
	if (port == COM1 + UART_IER)
		interrupts = value;
	if (port != COM1 + UART_DATA)
		return;
	assert_true(in_fifo < 16); /* the 17th would be lost */
	assert_true(count < SENT_BYTES);
	in_fifo++;
	sent[count++] = (char)value;
}

static int set_up(void **state)
{
	(void)state;
	memset(&serial, 0, sizeof(serial));
	serial.port = COM1;
	count = in_fifo = polls = typed = received = interrupts = 0;
	polls_until_empty = 3;
	absent = false;
	return 0;
}

static void out(u32 reg, u32 value)
{
	serial_out(&serial, (u16)(COM1 + reg), 1, value);
}

static u32 in(u32 reg)
{
	return serial_in(&serial, (u16)(COM1 + reg), 1);
}

static void all_arrived(u32 bytes)
{
	serial_drain(&serial);
	assert_int_equal(count, bytes);
	for (u32 i = 0; i < bytes; i++)
		assert_int_equal((u8)sent[i], (u8)(i * 31 + i / 256));
}

static void put(u32 i)
{
	out(UART_DATA, (u8)(i * 31 + i / 256));
}

TEST(bytes_arrive_in_order)
{
	for (u32 i = 0; i < 1000; i++)
		put(i);
	all_arrived(1000);
}

/* A guest faster than the wire fills the buffer, and does not even look whether there is room. */
TEST(a_guest_that_never_waits_loses_nothing)
{
	polls_until_empty = 50;
	for (u32 i = 0; i < 30000; i++)
		put(i);
	all_arrived(30000);
}

TEST(counters_that_wrap_lose_nothing)
{
	serial.head = serial.tail = UINT32_MAX - 100;
	polls_until_empty = 1000;
	for (u32 i = 0; i < 9000; i++)
		put(i);
	all_arrived(9000);
}

TEST(the_line_is_busy_only_while_the_buffer_is_full)
{
	polls_until_empty = 1000000;
	assert_int_equal(in(UART_LSR), 0x60);
	u32 bytes = 0;
	while (in(UART_LSR)&0x20)
		put(bytes++);
	assert_int_equal(bytes, SERIAL_BUFFER + 1); /* the first one left at once */
	polls_until_empty = 1;
	assert_int_equal(in(UART_LSR), 0x60);
	all_arrived(bytes);
}

TEST(registers_as_drivers_probe_them)
{
	out(UART_SCR, 0xa5);
	assert_int_equal(in(UART_SCR), 0xa5);
	out(UART_IER, 0xff);
	assert_int_equal(in(UART_IER), 0x0f);
	assert_int_equal(in(UART_FCR), 0x02); /* nothing to send, no FIFOs */
	assert_int_equal(in(UART_FCR), 0x01); /* no interrupt, no FIFOs */
	out(UART_FCR, 0x07);
	assert_int_equal(in(UART_FCR), 0xc1);
	out(UART_MCR, 0xff);
	assert_int_equal(in(UART_MCR), 0x1f);
	assert_int_equal(in(UART_MSR), 0xf0);
	out(UART_MCR, 0);
	assert_int_equal(in(UART_MSR), 0xb0);
	assert_int_equal(in(UART_DATA), 0); /* nothing came in */
	assert_int_equal(count, 0);
}

TEST(the_divisor_hides_behind_its_latch)
{
	out(UART_IER, 5);
	out(UART_LCR, 0x83);
	out(UART_DATA, 0x34);
	out(UART_IER, 0x12);
	assert_int_equal(in(UART_DATA), 0x34);
	assert_int_equal(in(UART_IER), 0x12);
	out(UART_LCR, 0x03);
	assert_int_equal(in(UART_LCR), 0x03);
	assert_int_equal(in(UART_IER), 5);
	assert_int_equal(serial.divisor, 0x1234);
	all_arrived(0);
}

TEST(loopback_reaches_no_wire)
{
	out(UART_MCR, 0x10);
	out(UART_DATA, 'x');
	all_arrived(0);
	assert_int_equal(in(UART_LSR), 0x61);
	assert_int_equal(in(UART_DATA), 'x');
	assert_int_equal(in(UART_LSR), 0x60);
	for (u32 i = 0; i < 2 * SERIAL_INPUT; i++) /* nobody reads */
		out(UART_DATA, i);
	for (u32 i = 0; i < SERIAL_INPUT; i++)
		assert_int_equal(in(UART_DATA), (u8)i);
	assert_int_equal(in(UART_LSR), 0x60);
}

/* Linux takes a port for a 16550 if what it puts out for the modem comes back: autoconfig() in 8250_port.c. */
TEST(loopback_returns_the_modem_s_lines)
{
	out(UART_MCR, 0x1a);                       /* RTS and OUT2 ... */
	assert_int_equal(in(UART_MSR)&0xf0, 0x90); /* ... are CTS and carrier */
	out(UART_MCR, 0x15);                       /* DTR and OUT1 ... */
	assert_int_equal(in(UART_MSR)&0xf0, 0x60); /* ... are data set ready and ring */
	out(UART_MCR, 0x0b);
	assert_int_equal(in(UART_MSR)&0xf0, 0xb0);
}

#define OUT2 0x08

/* Bytes come over the wire, and ring -1 hears of them. */
static void type(u32 bytes)
{
	typed += bytes;
	serial_receive(&serial);
}

static void reads(u32 from, u32 to)
{
	for (u32 i = from; i < to; i++) {
		assert_int_equal(in(UART_LSR), 0x61);
		assert_int_equal(in(UART_DATA), (u8)(i * 31));
	}
}

TEST(what_comes_in_is_read_once_and_in_order)
{
	assert_int_equal(in(UART_LSR), 0x60);
	type(3);
	reads(0, 2);
	type(2);
	reads(2, 5);
	assert_int_equal(in(UART_LSR), 0x60);
	assert_int_equal(in(UART_DATA), 0);
}

/* Nobody reads: what does not fit stays in the real port, whose line is up; no interrupt follows. */
TEST(a_full_buffer_loses_nothing)
{
	serial.input_head = serial.input_tail = UINT32_MAX - 10;
	type(3 * SERIAL_INPUT);
	assert_int_equal(received, SERIAL_INPUT);
	reads(0, 3 * SERIAL_INPUT);
	assert_int_equal(in(UART_LSR), 0x60);
}

TEST(the_guest_may_empty_the_buffer)
{
	type(5);
	out(UART_FCR, 0x01);
	assert_int_equal(in(UART_LSR), 0x61);
	out(UART_FCR, 0x03);
	assert_int_equal(in(UART_LSR), 0x60);
	type(1);
	reads(5, 6);
	type(SERIAL_INPUT +
	     2); /* what waits in the real port behind a full buffer comes after all */
	out(UART_FCR, 0x03);
	reads(6 + SERIAL_INPUT, 8 + SERIAL_INPUT);
	assert_int_equal(in(UART_LSR), 0x60);
}

TEST(the_real_port_interrupts_when_asked)
{
	uart_interrupts(serial.port);
	assert_int_equal(interrupts, 0x01);
}

/* The line stays up until the last byte is read: an 8259 sees one edge, a driver reads them all. */
TEST(received_bytes_raise_the_line_once)
{
	out(UART_MCR, OUT2);
	type(1);
	assert_false(serial_take_edge(&serial)); /* not enabled */
	assert_int_equal(in(UART_FCR), 0x01);
	out(UART_IER, 1);
	assert_true(serial_take_edge(&serial)); /* now it is, and the byte still waits */
	assert_false(serial_take_edge(&serial));
	assert_int_equal(in(UART_FCR), 0x04);
	assert_int_equal(in(UART_FCR), 0x04);
	type(2);
	assert_false(serial_take_edge(&serial));
	reads(0, 2);
	assert_int_equal(in(UART_FCR), 0x04);
	reads(2, 3);
	assert_int_equal(in(UART_FCR), 0x01);
	assert_false(serial_take_edge(&serial));
	type(1);
	assert_true(serial_take_edge(&serial));
}

TEST(out2_gates_the_line)
{
	out(UART_IER, 1);
	type(1);
	assert_false(serial_take_edge(&serial));
	assert_int_equal(in(UART_FCR), 0x04); /* the chip itself asks all the same */
	out(UART_MCR, OUT2);
	assert_true(serial_take_edge(&serial));
	out(UART_MCR, 0);
	out(UART_MCR, OUT2);
	assert_true(serial_take_edge(&serial));
}

TEST(an_empty_transmitter_interrupts_as_drivers_expect)
{
	out(UART_MCR, OUT2);
	out(UART_IER, 2);
	assert_true(serial_take_edge(&serial)); /* it was empty when they asked */
	assert_int_equal(in(UART_FCR), 0x02);
	assert_int_equal(in(UART_FCR), 0x01); /* reading IIR was the acknowledge */
	out(UART_DATA, 0);
	assert_true(serial_take_edge(&serial));
	out(UART_DATA, 31);
	assert_true(serial_take_edge(&serial)); /* without a look at IIR as well */
	type(1);
	assert_int_equal(in(UART_FCR), 0x02); /* received bytes are not asked for */
	out(UART_IER, 3);
	assert_true(serial_take_edge(&serial));
	assert_int_equal(in(UART_FCR), 0x04); /* they go first */
	out(UART_IER, 0);
	assert_int_equal(in(UART_FCR), 0x01);
	all_arrived(2);
}

/* A driver that found no room goes on when the next interrupt says that there is some. */
TEST(a_full_buffer_that_gets_room_interrupts)
{
	u32 bytes = 0;

	polls_until_empty = 1000000;
	out(UART_MCR, OUT2);
	out(UART_IER, 2);
	while (in(UART_LSR)&0x20)
		put(bytes++);
	serial_take_edge(&serial);
	assert_int_equal(in(UART_FCR), 0x01); /* it is not empty */
	out(UART_IER, 0);
	out(UART_IER, 2); /* nor does asking make it so */
	assert_false(serial_take_edge(&serial));
	polls_until_empty = 1;
	serial_pump(&serial);
	assert_true(serial_take_edge(&serial));
	assert_int_equal(in(UART_FCR), 0x02);
	assert_int_equal(in(UART_LSR), 0x60);
	serial_pump(&serial); /* it had room before */
	assert_false(serial_take_edge(&serial));
	all_arrived(bytes);
}

TEST(a_port_that_is_not_there_is_found_out)
{
	assert_true(uart_init(COM1));
	absent = true;
	assert_false(uart_init(COM1));
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(bytes_arrive_in_order),
		RUN(a_guest_that_never_waits_loses_nothing),
		RUN(counters_that_wrap_lose_nothing),
		RUN(the_line_is_busy_only_while_the_buffer_is_full),
		RUN(registers_as_drivers_probe_them),
		RUN(the_divisor_hides_behind_its_latch),
		RUN(loopback_reaches_no_wire),
		RUN(loopback_returns_the_modem_s_lines),
		RUN(what_comes_in_is_read_once_and_in_order),
		RUN(a_full_buffer_loses_nothing),
		RUN(the_guest_may_empty_the_buffer),
		RUN(the_real_port_interrupts_when_asked),
		RUN(received_bytes_raise_the_line_once),
		RUN(out2_gates_the_line),
		RUN(an_empty_transmitter_interrupts_as_drivers_expect),
		RUN(a_full_buffer_that_gets_room_interrupts),
		RUN(a_port_that_is_not_there_is_found_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
