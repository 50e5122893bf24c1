#include "guest/probe/probe.h"
#include "abi/events.h"
#include "abi/hypercall.h"
#include "lib/ata.h"
#include "lib/io.h"
#include "lib/multiboot2.h"
#include "lib/power.h"
#include "lib/string.h"
#include "lib/trace.h"
#include "lib/uart.h"

#define LINE_BYTES     512
#define STATUS_TRAP    98 /* a trap that no suite expected */
#define STATUS_NO_SUCH 99
#define TSC_HZ         1000000000ull /* of a bare run: emulated ticks, never shown as time */

u64 __stack_chk_guard = 0x5052f0be00;
_Noreturn void __stack_chk_fail(void);
void probe_start_pic(u8 vector, u8 mode, u8 mask)
{
	out8(0x20, 0x11);
	out8(0x21, vector);
	out8(0x21, 4);
	out8(0x21, mode);
	out8(0x21, mask);
}

void probe_request_irq(void)
{
	out8(0x43, 0x30);
	out8(0x40, 20);
	out8(0x40, 0);
	out8(0x20, 0x0a); /* read the requests (Bochs: also after ICW1) */
	while (!(in8(0x20) & 1))
		cpu_pause();
}

_Noreturn void probe_main(const void *info);
void probe_trap(struct probe_frame *frame);
void probe_enter(const struct probe_state *state);
_Noreturn void probe_leave(void);

extern const struct probe_suite probe_suites[], probe_suites_end[];

bool (*probe_hooks[256])(struct probe_frame *frame);
u8 probe_pages[4][4096] __attribute__((aligned(4096)));

static u64 window[PROBE_WINDOW_PAGES] __attribute__((aligned(4096)));
static u8 stacks[2][8192] __attribute__((aligned(16))); /* of code that is tried: for each ring */
static const char *words = "";
static bool under_ringscope;
static struct probe_state *volatile running; /* what probe_run runs */

void probe_print(const char *pattern, ...)
{
	char line[LINE_BYTES];
	va_list list;

	va_start(list, pattern);
	size_t length = format_list(line, sizeof(line), pattern, list);
	va_end(list);
	uart_write(COM1, line, length < sizeof(line) ? length : sizeof(line) - 1);
}

struct piece probe_word(const char *name)
{
	return word_value(words, name);
}

u64 probe_number(const char *name, u64 otherwise)
{
	u64 value;

	return parse_size(probe_word(name), &value) ? value : otherwise;
}

bool probe_under_ringscope(void)
{
	return under_ringscope;
}

s64 probe_hypercall(u64 number, u64 a, u64 b, u64 c)
{
	u64 result = number;

	__asm__ volatile("vmcall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "memory");
	return (s64)result;
}

const char *probe_vector_name(u64 vector)
{
	static char number[24];

	switch (vector) {
#define VECTOR(number, token, mnemonic, name)                                                      \
	case number:                                                                               \
		return mnemonic;
		VECTORS(VECTOR)
#undef VECTOR
	case PROBE_END_VECTOR:
		return "ok";
	default:
		format(number, sizeof(number), "vector-%lu", vector);
		return number;
	}
}

void probe_map(u64 address, u64 entry)
{
	probe_pd[PROBE_WINDOW >> 21] = (u64)window | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	window[address >> 12 & 511] = entry;
	__asm__ volatile("mov %0, %%cr3" ::"r"(read_cr3()) : "memory");
}

u64 probe_entry(u64 address)
{
	return *(volatile u64 *)&window[address >> 12 & 511];
}

struct probe_state probe_at(const void *code, enum probe_place place)
{
	static const u16 codes[] = {SELECTOR_CODE64, SELECTOR_USER_CODE64, SELECTOR_CODE32,
	                            SELECTOR_USER_CODE32};
	bool user = place == PLACE_RING3 || place == PLACE_RING3_32;
	struct probe_state state = {
		.rip = (u64)code,
		.cs = codes[place],
		.ss = user ? SELECTOR_USER_DATA : SELECTOR_DATA,
		.rflags = RFLAGS_ONE,
	};

	state.registers[RSP] = (u64)stacks[user] + sizeof(stacks[0]) / 2;
	return state;
}

void probe_run_on(struct probe_state *state)
{
	running = state;
	probe_enter(state);
}

void probe_run(struct probe_state *state)
{
	write_cr2(0);
	write_dr6(0xffff0ff0);
	probe_run_on(state);
}

/* Every trap comes here. Code that is tried ends with it. */
void probe_trap(struct probe_frame *frame)
{
	struct probe_state *state = running;

	if (probe_hooks[frame->vector] && probe_hooks[frame->vector](frame))
		return;
	if (!state) {
		uart_init(COM1); /* whatever was done to it */
		probe_print("unexpected %s error %lx at %lx cs %lx cr2 %lx\n",
		            probe_vector_name(frame->vector), frame->error, frame->rip, frame->cs,
		            read_cr2());
		probe_end(STATUS_TRAP);
	}
	running = NULL;
	memcpy(state->registers, frame->registers, sizeof(state->registers));
	state->registers[RSP] = frame->rsp;
	state->rip = frame->rip;
	state->cs = frame->cs;
	state->rflags = frame->rflags;
	state->ss = frame->ss;
	state->vector = frame->vector;
	state->error = frame->error;
	state->cr2 = read_cr2();
	state->dr6 = read_dr6() ^ 0xffff0ff0;
	probe_leave();
}

/* Only the rings of a kernel with a trace fill up. */
void trace_ring_full(struct trace_ring *ring)
{
	(void)ring;
}

/* The machine's result, as ring -1 would write it. */
static void write_result(s32 status)
{
	static struct trace_disk disk = {.read = ata_read, .write = ata_write};

	disk.result.bare = 1;
	disk.result.tsc_hz = TSC_HZ;
	disk.result.cause = GUEST_END_exit;
	disk.result.exit_status = status;
	if (ata_present() && trace_disk_open(&disk))
		trace_disk_close(&disk, rdtsc());
}

_Noreturn void probe_end(s32 status)
{
	uart_flush(COM1);
	if (under_ringscope)
		probe_hypercall(HYPERCALL_end, (u64)status, GUEST_END_exit, 0);
	write_result(status);
	power_off();
	cpu_halt();
}

_Noreturn void __stack_chk_fail(void)
{
	probe_print("a stack canary died\n");
	probe_end(STATUS_TRAP);
}

_Noreturn void probe_main(const void *info)
{
	const struct multiboot2_tag *tag = multiboot2_find(info, MULTIBOOT2_COMMAND_LINE, NULL);
	struct cpuid c = cpuid(CPUID_HYPERVISOR_LEAF, 0);
	u32 signature[3] = {c.ebx, c.ecx, c.edx};

	under_ringscope = memcmp(signature, RINGSCOPE_SIGNATURE, sizeof(signature)) == 0;
	out8(0x21, 0xff);
	out8(0xa1, 0xff);
	uart_init(COM1);
	probe_map(PROBE_WINDOW, 0);
	if (tag)
		words = ((const struct multiboot2_command_line *)(const void *)tag)->text;
	for (const struct probe_suite *suite = probe_suites; suite < probe_suites_end; suite++)
		if (piece_is(probe_word("probe"), suite->name))
			probe_end(suite->run());
	probe_print("there is no such suite; these are:");
	for (const struct probe_suite *suite = probe_suites; suite < probe_suites_end; suite++)
		probe_print(" %s", suite->name);
	probe_print("\n");
	probe_end(STATUS_NO_SUCH);
}
