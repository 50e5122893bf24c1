/*
 * Port I/O. No port is passed through: what is named here is a virtual device, everything else is
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
#define SPEAKER           0x61
#define FAST_RESET        BIT(0)

/* The ways to reset a PC. */
static bool is_reset(u16 port, u32 value)
{
	return (port == KEYBOARD_COMMAND && value == KEYBOARD_PULSE) ||
	       (port == SYSTEM_CONTROL_A && value & FAST_RESET) ||
	       (port == RESET_CONTROL && value & RESET_CPU);
}

static u32 in_port(struct vcpu *vcpu, u16 port, u32 bytes)
{
	struct vm *vm = vcpu->vm;
	u32 value;

	switch (port) {
	case COM1 ... COM1 + 7:
		value = serial_in(&vm->com1, port, bytes);
		raise_com1(vcpu);
		return value;
	case COM2 ... COM2 + 7:
		return serial_in(&vm->com2, port, bytes);
	case 0x20 ... 0x21:
	case 0xa0 ... 0xa1:
		raise_timer(vcpu, rdtsc());
		return pic_in(&vm->pic, port, bytes);
	case 0x40 ... 0x43:
		return pit_in(&vm->pit, port, rdtsc());
	case SPEAKER:
		return pit_speaker_in(&vm->pit, rdtsc());
	case 0x70 ... 0x71:
		return cmos_in(&vm->cmos, port, bytes);
	case KEYBOARD_COMMAND: /* no key, ready for commands */
	case SYSTEM_CONTROL_A:
	case RESET_CONTROL:
	case ACPI_PM1_CONTROL ... ACPI_PM1_CONTROL + 1:
		return 0;
	default:
		return 0xffffffff;
	}
}

static void out_port(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	struct vm *vm = vcpu->vm;

	switch (port) {
	case COM1 ... COM1 + 7:
		serial_out(&vm->com1, port, bytes, value);
		raise_com1(vcpu);
		break;
	case COM2 ... COM2 + 7:
		serial_out(&vm->com2, port, bytes, value);
		break;
	case 0x20 ... 0x21:
	case 0xa0 ... 0xa1:
		raise_timer(vcpu, rdtsc());
		pic_out(&vm->pic, port, bytes, value);
		vcpu->attention = true;
		break;
	case 0x40 ... 0x43:
		raise_timer(vcpu, rdtsc());
		pit_out(&vm->pit, port, value, rdtsc());
		timer_arm(vcpu, rdtsc());
		break;
	case SPEAKER:
		pit_speaker_out(&vm->pit, value, rdtsc());
		break;
	case 0x70 ... 0x71:
		cmos_out(&vm->cmos, port, bytes, value);
		break;
	case ACPI_PM1_CONTROL: /* whatever the sleep type: this machine has no other */
		if (bytes >= 2 && (value & ACPI_SLEEP_ENABLE))
			end_guest(vcpu, GUEST_END_power_off, 0);
		break;
	default: /* also port 0x80, to which kernels write to wait a little */
		if (is_reset(port, value))
			end_guest(vcpu, GUEST_END_reset, 1);
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
