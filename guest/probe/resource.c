/*
 * Tries to take the machine, with the control that is to stop it on or, by the hypercall control, off.
 *
 *   deeds=NAME[,NAME...]   of abi/resource.h, one after the other
 *   off=NAME               what is taken off for each, of abi/resource.h
 *
 * For each deed a line "begin NAME", one with what was measured, and "end NAME"; a deed that takes
 * the machine has no end. Only what is measured in the guest is said: who contained it is in the
 * trace.
 */
#include "abi/hypercall.h"
#include "abi/resource.h"
#include "guest/probe/probe.h"
#include "lib/io.h"
#include "lib/string.h"
#include "lib/uart.h"

#define WAIT_MS          250u
#define SETTLE_MS        120u /* ring -1 writes its trace meanwhile */
#define PIC_DATA         0x21
#define PIT_CHANNEL0     0x40
#define PIT_CONTROL      0x43
#define PORT_RESET       0xcf9
#define PORT_KEYBOARD    0x64
#define KEYBOARD_RESET   0xfe
#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA    0xcfc
#define PCI_HOST_BRIDGE  0x80000000u
#define PCI_DISK_COMMAND 0x80000904u /* function 1 of device 1: PIIX's IDE */
#define PCI_BUS_MASTER   BIT(2)
#define PORT_DISK_STATUS 0x1f7
#define BEYOND           0xb0000000ul
#define HYPERCALL_NONE   0xbad
#define MSR_LOCKS        0x3a
#define MSR_LOCAL_APIC   0x1b
#define SEARCH_PAGES     6000u

static const char *const names[] = {
#define DEED(token, name) name,
	DEEDS(DEED)
#undef DEED
};

static enum deed_off off;
static enum deed deed;
static s64 answered; /* by the hypercall that took it off */

static void mark(enum deed_phase phase)
{
	if (probe_under_ringscope())
		probe_hypercall(HYPERCALL_nop, RESOURCE_MARK_OF((u32)deed, (u32)phase), 0, 0);
}

/* What `off` says of a word of controls. */
static u64 bits_of(u32 word)
{
	u64 bounds = BIT(0) | BIT(6), ports = BIT(24) | BIT(25);

	switch (off) {
	case OFF_hlt:
		return word == CONTROL_PRIMARY ? BIT(7) : 0;
	case OFF_timer:
		return word == CONTROL_PIN ? BIT(6) : 0;
	case OFF_bounds:
		return word == CONTROL_PIN                            ? bounds
		       : word == CONTROL_PRIMARY && deed == DEED_halt ? BIT(7)
		                                                      : 0;
	case OFF_bitmaps:
		return word != CONTROL_PRIMARY ? 0 : deed == DEED_msr ? BIT(28) : ports;
	case OFF_ept:
		return word == CONTROL_SECONDARY ? BIT(1) : 0;
	default:
		return 0;
	}
}

/* Between the two nothing may be printed: the ports may be the machine's own. */
static void take_off(void)
{
	answered = 0;
	for (u32 word = CONTROL_PIN; word <= CONTROL_SECONDARY; word++)
		if (bits_of(word)) {
			s64 answer = probe_hypercall(HYPERCALL_control, word, 0, bits_of(word));

			answered = answered ? answered : answer;
		}
}

/* All but unconditional I/O exiting, which ring -1 has off where it has I/O bitmaps. */
static void put_back(void)
{
	for (u32 word = CONTROL_PIN; word <= CONTROL_SECONDARY; word++)
		if (bits_of(word))
			probe_hypercall(HYPERCALL_control, word,
			                bits_of(word) & ~(word == CONTROL_PRIMARY ? BIT(24) : 0),
			                0);
}

/* Time in which ring -1's timer can interrupt; no line of the guest's own is open. */
static void wait(u64 ms)
{
	u64 begin = rdtsc(), ticks = ms * cpuid(CPUID_TSC_LEAF, 0).eax; /* kHz */

	__asm__ volatile("sti");
	while (rdtsc() - begin < ticks)
		cpu_pause();
	__asm__ volatile("cli");
}

static void say_answer(void)
{
	if (off != OFF_nothing)
		probe_print("%s: control answered %ld\n", names[deed], answered);
	uart_flush(COM1);
}

/*
 * What may be the last that is heard is said first: what the control answers when tried. Then ring -1
 * has time to write its trace.
 */
static void try_and_settle(void)
{
	take_off();
	put_back();
	say_answer();
	wait(SETTLE_MS);
	take_off();
}

static void do_halt(void)
{
	try_and_settle();
	__asm__ volatile("cli; hlt");
	put_back();
	probe_print("%s: came back\n", names[deed]);
}

static void do_spin(void)
{
	try_and_settle();
	__asm__ volatile("cli\n1: jmp 1b");
}

static void do_timer(void)
{
	wait(WAIT_MS);
	mark(DEED_WAITED);
	take_off();
	out8(PIT_CONTROL, 0x30); /* one shot, and no count: it stands still */
	wait(WAIT_MS);
	put_back();
	mark(DEED_DONE);
	/* Ring -1 sets its own timer anew whenever its virtual one is set. */
	out8(PIT_CONTROL, 0x30);
	out8(PIT_CHANNEL0, 0xff);
	out8(PIT_CHANNEL0, 0xff);
	say_answer();
}

static void do_mask(void)
{
	u8 before, between;

	wait(WAIT_MS);
	mark(DEED_WAITED);
	take_off();
	before = in8(PIC_DATA);
	out8(PIC_DATA, 0xff);
	between = in8(PIC_DATA);
	wait(WAIT_MS);
	mark(DEED_DONE); /* a request that waits behind the mask is none of the deed's */
	out8(PIC_DATA, before);
	put_back();
	probe_print("mask: found %x, set %x\n", before, between);
	say_answer();
}

static void do_reset(void)
{
	try_and_settle();
	if (deed == DEED_keyboard) {
		out8(PORT_KEYBOARD, KEYBOARD_RESET);
	} else {
		out8(PORT_RESET, 0x02);
		out8(PORT_RESET, 0x06);
	}
	put_back();
	probe_print("%s: came back\n", names[deed]);
}

static u32 pci_read(u32 address)
{
	out32(PORT_PCI_ADDRESS, address);
	return in32(PORT_PCI_DATA);
}

static void do_dma(void)
{
	u32 bridge, command, after;
	u8 status;

	take_off();
	bridge = pci_read(PCI_HOST_BRIDGE);
	command = pci_read(PCI_DISK_COMMAND);
	out32(PORT_PCI_DATA, (command & 0xffff) | PCI_BUS_MASTER);
	after = pci_read(PCI_DISK_COMMAND);
	out32(PORT_PCI_DATA, command & 0xffff);
	status = in8(PORT_DISK_STATUS);
	put_back();
	probe_print("dma: bridge %x, disk command %x, then %x, disk status %x\n", bridge,
	            command & 0xffff, after & 0xffff, status);
	say_answer();
}

static void do_memory(void)
{
	try_and_settle();
	u64 read = *(volatile u64 *)BEYOND;
	probe_print("memory: read %lx\n", read);
}

/* The words lie at a page's start in ring -1's memory, wherever that is from here. */
static bool find_secret(u64 *value)
{
	u64 words;

	memcpy(&words, PEEK_SECRET_WORDS, sizeof(words));
	for (u64 i = 1; i <= SEARCH_PAGES; i++) {
		u64 page = -(i * 4096);

		if ((u64)probe_hypercall(HYPERCALL_peek, page, 0, 0) != words)
			continue;
		*value = (u64)probe_hypercall(HYPERCALL_peek, page + PEEK_SECRET_AT, 0, 0);
		return true;
	}
	return false;
}

static void do_hypercall(void)
{
	u64 value = 0;
	s64 none = probe_hypercall(HYPERCALL_NONE, 1, 2, 3);
	s64 ring = probe_hypercall(HYPERCALL_trace_ring, 1, ~0ull - 0xfff, 0);
	s64 protect = probe_hypercall(HYPERCALL_protect, 0x4000000000, 0x1000, 0);
	s64 peek = probe_hypercall(HYPERCALL_peek, -4096ull, 0, 0);

	probe_print("hypercall: unknown %ld, ring %ld, protect %ld, peek %ld\n", none, ring,
	            protect, peek == -14 || peek == -1 ? peek : 0);
	if (find_secret(&value))
		probe_print("hypercall: secret %lx\n", value);
	else
		probe_print("hypercall: no secret\n");
}

/* The vector of the exception that it ended by, or PROBE_END_VECTOR. */
static u64 try(const void *code, u64 msr, u64 *value)
{
	struct probe_state state = probe_at(code, PLACE_RING0);

	state.registers[RCX] = msr;
	state.registers[RAX] = (u32)*value;
	state.registers[RDX] = *value >> 32;
	probe_run(&state);
	*value = (u32)state.registers[RAX] | state.registers[RDX] << 32;
	return state.vector;
}

__asm__(".pushsection .text\n"
        "resource_rdmsr: rdmsr\n" PROBE_END "resource_wrmsr: wrmsr\n" PROBE_END ".popsection\n");
extern const u8 resource_rdmsr[], resource_wrmsr[];

static void do_msr(void)
{
	u64 control = 0, base = 0;

	take_off();
	u64 read = try(resource_rdmsr, MSR_LOCKS, &control);
	u64 write = try(resource_wrmsr, MSR_LOCAL_APIC, &base);
	put_back();
	probe_print("msr: read %s, ", probe_vector_name(read));
	probe_print("write %s\n", probe_vector_name(write));
	say_answer();
}

static void (*const deeds[DEED_COUNT])(void) = {
	[DEED_halt] = do_halt, [DEED_spin] = do_spin,     [DEED_timer] = do_timer,
	[DEED_mask] = do_mask, [DEED_reset] = do_reset,   [DEED_keyboard] = do_reset,
	[DEED_dma] = do_dma,   [DEED_memory] = do_memory, [DEED_hypercall] = do_hypercall,
	[DEED_msr] = do_msr,
};

static const char *const offs[] = {
#define OFF(token, name) name,
	OFFS(OFF)
#undef OFF
};

static void run(void)
{
	probe_print("begin %s\n", names[deed]);
	uart_flush(COM1);
	mark(DEED_BEGIN);
	deeds[deed]();
	mark(DEED_END);
	probe_print("end %s\n", names[deed]);
}

/* The deeds in the order in which they are asked for. */
static s32 resource(void)
{
	struct piece list = probe_word("deeds"), wanted = probe_word("off");
	u32 done = 0;

	for (u32 i = 0; i < OFF_COUNT; i++)
		if (piece_is(wanted, offs[i]))
			off = (enum deed_off)i;
	while (list.length) {
		struct piece name = list;

		name.length = 0;
		while (name.length < list.length && name.text[name.length] != ',')
			name.length++;
		size_t passed = name.length + (name.length < list.length);
		list.text += passed;
		list.length -= passed;
		for (u32 i = 0; i < DEED_COUNT; i++)
			if (piece_is(name, names[i])) {
				deed = (enum deed)i;
				run();
				done++;
			}
	}
	return done ? 0 : 1;
}

SUITE("resource", resource);
