/*
 * Port I/O: no port reaches the machine, registers change by their width alone, and the ways to
 * switch the machine off or reset it end the guest.
 *
 * Sources: hv/pic.c hv/pit.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "hv/exit_io.c"

#define IN     BIT(3)
#define STRING BIT(4)

static u32 last_port, last_value, last_bytes, armed;
static const char *device;
static s32 fake_status;

u32 serial_in(struct serial *serial, u16 port, u32 bytes)
{
	device = serial == &fake_vm.com1 ? "com1" : "com2";
	last_port = port;
	last_bytes = bytes;
	return 0xaabbccdd;
}

bool serial_take_edge(struct serial *serial)
{
	bool rose = serial->rose;

	serial->rose = false;
	return rose;
}

void serial_out(struct serial *serial, u16 port, u32 bytes, u32 value)
{
	serial_in(serial, port, bytes);
	last_value = value;
	serial->rose = value == 0xed;
}

u32 cmos_in(struct cmos *cmos, u16 port, u32 bytes)
{
	assert_ptr_equal(cmos, &fake_vm.cmos);
	device = "cmos";
	last_port = port;
	last_bytes = bytes;
	return 0x11;
}

void cmos_out(struct cmos *cmos, u16 port, u32 bytes, u32 value)
{
	cmos_in(cmos, port, bytes);
	last_value = value;
}

void timer_arm(struct vcpu *vcpu, u64 now)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	assert_int_equal(now, fake_tsc);
	armed++;
}

void handle_string_io(struct vcpu *vcpu, u64 qualification, port_in *in, port_out *out)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	assert_true(qualification & STRING);
	assert_true(in == in_port && out == out_port);
	device = "string";
}

_Noreturn void end_guest(struct vcpu *vcpu, enum guest_end cause, s32 status)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	fake_status = status;
	fake_cause = cause;
	fake_sentence[0] = 0;
	longjmp(fake_end_jump, 1);
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	pic_init(&fake_vm.pic);
	pit_init(&fake_vm.pit, 1000000000);
	device = NULL;
	armed = 0;
	return 0;
}

static void io(u32 port, u32 bytes, u64 flags)
{
	fake_fields[VMCS_guest_rip] = 0x1000;
	fake_fields[VMCS_exit_qualification] = (u64)port << 16 | flags | (bytes - 1);
	handle_io(&fake_vcpu);
}

static void out(u32 port, u32 bytes, u64 value)
{
	fake_vcpu.context.registers[RAX] = value;
	io(port, bytes, 0);
	ASSERT_SKIPPED();
}

static u64 in(u32 port, u32 bytes)
{
	fake_vcpu.context.registers[RAX] = 0x1122334455667788;
	io(port, bytes, IN);
	ASSERT_SKIPPED();
	return fake_vcpu.context.registers[RAX];
}

TEST(registers_change_by_their_width)
{
	assert_int_equal(in(0x3f8, 1), 0x11223344556677dd);
	assert_int_equal(in(0x3f8, 2), 0x112233445566ccdd);
	assert_int_equal(in(0x3f8, 4), 0xaabbccdd);
	assert_int_equal(fake_vcpu.result, 0xaabbccdd);
	out(0x3f8, 1, 0x1122334455667788);
	assert_int_equal(last_value, 0x88);
	out(0x3f8, 2, 0x1122334455667788);
	assert_int_equal(last_value, 0x7788);
	out(0x3f8, 4, 0x1122334455667788);
	assert_int_equal(last_value, 0x55667788);
	assert_int_equal(last_bytes, 4);
}

/* The guest may be there before ring -1's own interrupt that tells of the tick. */
TEST(a_tick_that_is_due_is_neither_lost_nor_late)
{
	out(0x43, 1, 0x30);
	out(0x40, 1, 10);
	out(0x40, 1, 0);
	assert_int_equal(in(0x20, 1) & 1, 0);
	fake_vcpu.attention = false;
	fake_tsc = 100000;
	out(0x43, 1, 0x30);
	assert_true(fake_vcpu.attention);
	assert_int_equal(in(0x20, 1) & 1, 1);
	pic_init(&fake_vm.pic);
	out(0x40, 1, 10);
	out(0x40, 1, 0);
	fake_tsc = 200000;
	assert_int_equal(in(0x20, 1) & 1, 1);
	pic_init(&fake_vm.pic);
	fake_tsc = 300000;
	assert_int_equal(in(0x20, 1) & 1, 0);
}

TEST(ports_lead_to_their_devices)
{
	in(0x3ff, 1);
	assert_string_equal(device, "com1");
	in(0x2f8, 1);
	assert_string_equal(device, "com2");
	out(0x70, 1, 0);
	assert_string_equal(device, "cmos");
	in(0x71, 1);
	assert_int_equal(last_port, 0x71);
	out(0x21, 1, 0xa5);
	assert_int_equal(in(0x21, 1) & 0xff, 0xa5);
	assert_true(fake_vcpu.attention); /* the mask may let an interrupt through */
	out(0xa1, 1, 0x5a);
	assert_int_equal(in(0xa1, 1) & 0xff, 0x5a);
	out(0x43, 1, 0x34);
	out(0x40, 1, 0x10);
	out(0x40, 1, 0x00);
	assert_int_equal(armed, 3);
	assert_int_equal(in(0x40, 1) & 0xff, 0x10);
	out(0x61, 1, 3);
	assert_int_equal(in(0x61, 1) & 3, 3);
	io(0x3f8, 1, STRING | IN);
	assert_string_equal(device, "string");
}

TEST(com1_s_line_reaches_the_8259)
{
	out(0x3f9, 1, 0x00);
	assert_false(fake_vcpu.attention);
	out(0x2f9, 1, 0xed); /* COM2 has none */
	assert_false(fake_vcpu.attention);
	out(0x3f9, 1, 0xed);
	assert_true(fake_vcpu.attention);
	assert_int_equal(fake_vm.pic.chip[0].irr, 1u << 4);
	fake_vcpu.attention = false;
	fake_vm.com1.rose = true; /* a read sends what waited, and so makes room */
	in(0x3fd, 1);
	assert_true(fake_vcpu.attention);
}

/* Among them the disk, DMA, PCI configuration, the real timer's page, SMI and VGA. */
TEST(every_other_port_is_an_empty_bus)
{
	for (u32 port = 0; port < 0x10000; port++) {
		bool known = (port >= 0x20 && port < 0x22) || (port >= 0xa0 && port < 0xa2) ||
		             (port >= 0x40 && port < 0x44) || port == 0x61 || port == 0x64 ||
		             port == 0x70 || port == 0x71 || port == 0x92 || port == 0xcf9 ||
		             (port >= 0x3f8 && port < 0x400) || (port >= 0x2f8 && port < 0x300) ||
		             port == 0x604 || port == 0x605;
		if (known)
			continue;
		device = NULL;
		assert_int_equal(in(port, 4), 0xffffffff);
		out(port, 4, 0xffffffff);
		assert_null(device);
	}
	assert_int_equal(armed, 0);
}

static void ends(u32 port, u32 bytes, u32 value, enum guest_end cause, s32 status)
{
	ASSERT_ENDS(out(port, bytes, value), cause, "");
	assert_int_equal(fake_status, status);
}

TEST(power_off_and_reset_end_the_guest)
{
	ends(0x604, 2, 0x2000, GUEST_END_power_off, 0);
	ends(0x604, 4, 0x3c00, GUEST_END_power_off, 0);
	ends(0xcf9, 1, 0x06, GUEST_END_reset, 1);
	ends(0x64, 1, 0xfe, GUEST_END_reset, 1);
	ends(0x92, 1, 0x01, GUEST_END_reset, 1);
}

TEST(what_only_looks_like_it_does_nothing)
{
	out(0x604, 2, 0x1c00); /* no SLP_EN */
	out(0x604, 1, 0x00);
	out(0xcf9, 1, 0x02); /* the kind of reset, not yet the reset */
	out(0x64, 1, 0xd1);
	out(0x92, 1, 0x02); /* A20 */
	assert_int_equal(in(0x64, 1) & 0xff, 0);
	assert_int_equal(in(0x92, 1) & 0xff, 0);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(registers_change_by_their_width),
		RUN(ports_lead_to_their_devices),
		RUN(a_tick_that_is_due_is_neither_lost_nor_late),
		RUN(com1_s_line_reaches_the_8259),
		RUN(every_other_port_is_an_empty_bus),
		RUN(power_off_and_reset_end_the_guest),
		RUN(what_only_looks_like_it_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
