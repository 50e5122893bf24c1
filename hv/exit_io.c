/*
 * Port I/O. No port is passed through: what the table names is a virtual device, everything else is
 * an empty bus, which reads as ones and swallows writes, as on a machine without that device. So no
 * DMA can be started, nothing reset, and the trace disk, PCI configuration and the real timer stay
 * out of reach.
 */
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/strings.h"
#include "hv/timer.h"
#include "lib/uart.h"

#define ACPI_PM1_CONTROL  0x604
#define ACPI_SLEEP_ENABLE BIT(13)
#define RESET_CONTROL     0xcf9
#define RESET_CPU         BIT(2)
#define KEYBOARD_COMMAND  0x64
#define KEYBOARD_PULSE    0xfe
#define SYSTEM_CONTROL_A  0x92
#define FAST_RESET        BIT(0)

static u32 in_pic(struct vcpu *vcpu, u16 port, u32 bytes)
{
	return pic_in(&vcpu->vm->pic, port, bytes);
}

static void out_pic(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	pic_out(&vcpu->vm->pic, port, bytes, value);
	vcpu->attention = true;
}

static u32 in_pit(struct vcpu *vcpu, u16 port, u32 bytes)
{
	(void)bytes;
	return pit_in(&vcpu->vm->pit, port, rdtsc());
}

static void out_pit(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	(void)bytes;
	pit_out(&vcpu->vm->pit, port, value, rdtsc());
	timer_arm(vcpu, rdtsc());
}

static u32 in_speaker(struct vcpu *vcpu, u16 port, u32 bytes)
{
	(void)port;
	(void)bytes;
	return pit_speaker_in(&vcpu->vm->pit, rdtsc());
}

static void out_speaker(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	(void)port;
	(void)bytes;
	pit_speaker_out(&vcpu->vm->pit, value, rdtsc());
}

static u32 in_cmos(struct vcpu *vcpu, u16 port, u32 bytes)
{
	return cmos_in(&vcpu->vm->cmos, port, bytes);
}

static void out_cmos(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	cmos_out(&vcpu->vm->cmos, port, bytes, value);
}

static struct serial *serial_at(struct vcpu *vcpu, u16 port)
{
	return port >= COM1 ? &vcpu->vm->com1 : &vcpu->vm->com2;
}

static u32 in_serial(struct vcpu *vcpu, u16 port, u32 bytes)
{
	return serial_in(serial_at(vcpu, port), port, bytes);
}

static void out_serial(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	serial_out(serial_at(vcpu, port), port, bytes, value);
}

static u32 in_nothing(struct vcpu *vcpu, u16 port, u32 bytes)
{
	(void)vcpu;
	(void)port;
	(void)bytes;
	return 0xffffffff;
}

static u32 in_zero(struct vcpu *vcpu, u16 port, u32 bytes)
{
	(void)vcpu;
	(void)port;
	(void)bytes;
	return 0;
}

static void out_nothing(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	(void)vcpu;
	(void)port;
	(void)bytes;
	(void)value;
}

/* ACPI: SLP_EN in PM1a_CNT powers the machine off, whatever the sleep type: it has no other. */
static void out_power(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	(void)port;
	if (bytes >= 2 && (value & ACPI_SLEEP_ENABLE))
		end_guest(vcpu, GUEST_END_power_off, 0);
}

static void out_reset(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	(void)bytes;
	if ((port == RESET_CONTROL && (value & RESET_CPU)) ||
	    (port == KEYBOARD_COMMAND && value == KEYBOARD_PULSE) ||
	    (port == SYSTEM_CONTROL_A && (value & FAST_RESET)))
		end_guest(vcpu, GUEST_END_reset, 1);
}

static const struct {
	u16 first, last;
	port_in *in;
	port_out *out;
} devices[] = {
	{COM1, COM1 + 7, in_serial, out_serial}, /* most used first */
	{COM2, COM2 + 7, in_serial, out_serial},
	{0x20, 0x21, in_pic, out_pic},
	{0xa0, 0xa1, in_pic, out_pic},
	{0x40, 0x43, in_pit, out_pit},
	{0x61, 0x61, in_speaker, out_speaker},
	{0x70, 0x71, in_cmos, out_cmos},
	{0x80, 0x80, in_nothing, out_nothing}, /* the port that kernels write to wait a little */
	{KEYBOARD_COMMAND, KEYBOARD_COMMAND, in_zero, out_reset}, /* no key, ready for commands */
	{SYSTEM_CONTROL_A, SYSTEM_CONTROL_A, in_zero, out_reset},
	{RESET_CONTROL, RESET_CONTROL, in_zero, out_reset},
	{ACPI_PM1_CONTROL, ACPI_PM1_CONTROL + 1, in_zero, out_power},
};

static u32 in_port(struct vcpu *vcpu, u16 port, u32 bytes)
{
	for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
		if (port >= devices[i].first && port <= devices[i].last)
			return devices[i].in(vcpu, port, bytes);
	return 0xffffffff;
}

static void out_port(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
		if (port >= devices[i].first && port <= devices[i].last) {
			devices[i].out(vcpu, port, bytes, value);
			return;
		}
}

/* "Exit Qualification for I/O Instructions". */
void handle_io(struct vcpu *vcpu)
{
	u64 qualification = vmcs_read(VMCS_exit_qualification);
	u32 bytes = (qualification & 7) + 1;
	u16 port = (u16)(qualification >> 16);
	u64 *rax = &vcpu->context.registers[RAX];
	u64 mask = (1ull << 8 * bytes) - 1;

	if (qualification & BIT(4)) {
		handle_string_io(vcpu, qualification, in_port, out_port);
		return;
	}
	if (qualification & BIT(3)) {
		u64 value = in_port(vcpu, port, bytes) & mask;
		vcpu->result = value;
		*rax = bytes == 4 ? value
		                  : (*rax & ~mask) | value; /* 32 bits clear the upper half */
	} else {
		out_port(vcpu, port, bytes, (u32)(*rax & mask));
	}
	skip_instruction();
}
