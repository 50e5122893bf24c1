#include "guest/hostile.h"
#include "guest/console.h"
#include "guest/extable.h"
#include "guest/machine.h"
#include "guest/memory.h"
#include "guest/paging.h"
#include "guest/tables.h"
#include "lib/io.h"

#define MSR_UNKNOWN       0xc0001ffeu
#define EFER_RESERVED     BIT(63)
#define HYPERCALL_UNKNOWN 0xbad
#define PORT_RESET        0xcf9
#define RESET_FULL        0x06
#define PORT_KEYBOARD     0x64
#define KEYBOARD_RESET    0xfe
#define PORT_PCI_ADDRESS  0xcf8
#define PORT_PCI_DATA     0xcfc
#define PCI_ENABLE        0x80000000u
#define PORT_DISK_FIRST   0x1f1
#define PORT_DISK_LAST    0x1f7
#define PORT_ACPI_BOCHS   0xb004
#define PORT_ACPI_QEMU    0x604
#define ACPI_S5           0x2000
#define BEYOND_RAM        0x4000000000ul /* 256 GiB */
#define WINDOW            (STACKS_BASE + (1ul << 30))

/* Each returns the exit status with which the machine then ends, if it gets that far. */

static s32 triple_fault(void)
{
	tables_drop_idt();
	__asm__ volatile("int3");
	return 1;
}

static s32 spin(void)
{
	__asm__ volatile("cli\n1: jmp 1b");
	return 1;
}

static s32 outside_ram(void)
{
	if (!paging_map(paging_kernel_root(), WINDOW, BEYOND_RAM,
	                PTE_PRESENT | PTE_WRITE | PTE_UNCACHED | PTE_NX))
		return 1;
	volatile u64 *beyond = (volatile u64 *)WINDOW;
	log_line("hostile: reading physical address %lx", BEYOND_RAM);
	u64 read = *beyond;
	*beyond = 0;
	log_line("hostile: it read %lx, and a write went through", read);
	return 1;
}

static s32 msr(void)
{
	u64 value;
	bool unknown_read = try_rdmsr(MSR_UNKNOWN, &value);
	bool unknown_write = try_wrmsr(MSR_UNKNOWN, 1);
	bool reserved = try_wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_RESERVED);

	log_line("hostile: RDMSR of unknown %x %s, WRMSR %s; WRMSR of EFER with bit 63 %s",
	         MSR_UNKNOWN, unknown_read ? "worked" : "faulted",
	         unknown_write ? "worked" : "faulted", reserved ? "worked" : "faulted");
	return unknown_read || unknown_write || reserved;
}

static s32 unknown_hypercall(void)
{
	s64 result;

	if (!try_vmcall(HYPERCALL_UNKNOWN, 1, 2, 3, &result)) {
		log_line("hostile: VMCALL raised #UD");
		return under_ringscope();
	}
	log_line("hostile: VMCALL number %x answered %ld", HYPERCALL_UNKNOWN, result);
	return result != -38; /* -ENOSYS */
}

static s32 halt(void)
{
	__asm__ volatile("cli; hlt");
	return 1;
}

static s32 reset(void)
{
	out8(PORT_RESET, RESET_FULL);
	log_line("hostile: port 0xcf9 did not reset the machine");
	out8(PORT_KEYBOARD, KEYBOARD_RESET);
	log_line("hostile: nor did the keyboard controller");
	return 0;
}

static s32 power_off(void)
{
	out16(PORT_ACPI_QEMU, ACPI_S5);
	out16(PORT_ACPI_BOCHS, ACPI_S5);
	log_line("hostile: the ACPI port did not power off");
	return 1;
}

static s32 vmx(void)
{
	bool faulted;
	u64 region = 0;

	TRY(&faulted, "vmxon %[region]", , [region] "m"(region));
	log_line("hostile: VMXON %s", faulted ? "faulted" : "worked");
	return !faulted;
}

static s32 port(void)
{
	for (u16 p = PORT_DISK_FIRST; p <= PORT_DISK_LAST; p++)
		log_line("hostile: disk port %x reads %x", p, in8(p));
	out32(PORT_PCI_ADDRESS, PCI_ENABLE);
	log_line("hostile: PCI configuration of 0:0.0 reads %x", in32(PORT_PCI_DATA));
	return 0;
}

static s32 read_nothing(void)
{
	return (s32) * (volatile u64 *)STACKS_BASE; /* the first stack's guard page */
}

static s32 write_text(void)
{
	*(volatile u8 *)text_start = 0xcc;
	return 1;
}

static s32 overflow_stack(void)
{
	volatile u8 page[PAGE_BYTES / 2];

	page[0] = 1;
	return page[0] ? overflow_stack() + page[0] : 0;
}

static const struct {
	const char *name;
	s32 (*run)(void);
	const char *sentence;
} deeds[] = {
	{"triple-fault", triple_fault, "a breakpoint without an IDT"},
	{"spin", spin, "loops for ever with interrupts off"},
	{"outside-ram", outside_ram, "touches a physical address beyond its RAM"},
	{"msr", msr, "an unknown MSR, and reserved bits of EFER"},
	{"hypercall", unknown_hypercall, "VMCALL with an unknown number"},
	{"halt", halt, "HLT with interrupts off"},
	{"reset", reset, "resets by port 0xcf9, then by the keyboard controller"},
	{"power-off", power_off, "powers off by the ACPI port"},
	{"vmx", vmx, "VMXON"},
	{"panic", read_nothing, "reads a page that is not there: a panic"},
	{"write-text", write_text, "writes its own code: a panic, by W^X"},
	{"stack", overflow_stack, "grows its stack into the guard page: #DF, a panic"},
	{"port", port, "reads the trace disk's ports and PCI configuration"},
};

_Noreturn void hostile_run(struct piece name)
{
	for (u32 i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (!piece_is(name, deeds[i].name))
			continue;
		log_line("hostile: %s: %s", deeds[i].name, deeds[i].sentence);
		console_flush(); /* it may be the last that is heard */
		machine_end(deeds[i].run(), GUEST_END_exit, NULL);
	}
	for (u32 i = 0; i < ARRAY_SIZE(deeds); i++)
		log_line("hostile=%s: %s", deeds[i].name, deeds[i].sentence);
	machine_give_up(STATUS_BOOT, "hostile=%.*s is none of them", (int)name.length, name.text);
}
