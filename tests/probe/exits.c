/* Every row of exit_rows.h, in each of its places: what the guest sees of it. */
#include "guest/probe/probe.h"
#include "lib/io.h"
#include "lib/string.h"
#include "lib/uart.h"

#define SCRATCH  0xdeadbeef0000ull
#define BASE_CR0 (CR0_PG | CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM)

/* A CPUID of this leaf, subleaf the number of what is tried, stands before and behind each. */
#define MARK_BEGIN 0x4fbe0000u
#define MARK_END   0x4fed0000u

/* Places. */
#define R0         BIT(PLACE_RING0)
#define R3         BIT(PLACE_RING3)
#define C0         BIT(PLACE_RING0_32)
#define C3         BIT(PLACE_RING3_32)
#define REAL_PLACE PROBE_PLACES
#define REAL       BIT(REAL_PLACE)
#define PLACES     (REAL_PLACE + 1)

/* How to begin: with a breakpoint n bytes into the code; with IRQ 0 pending, or coming in a while. */
#define BREAK(n) (BIT(32) | (n)*BIT(40))
#define IRQ      BIT(33)
#define IRQ_SOON BIT(34)

#define IRQ_VECTOR   0x20
#define PIT_COUNT    4000
#define CHANGES_MOST 12
#define WINDOW_USED  8

#include "tests/probe/exit_rows_io.h"

#define ROW(name, places, flags, exits0, exits3, why, code)                                        \
	__asm__(".pushsection .text\n exit_row_" #name ":\n" code PROBE_END ".popsection\n");      \
	extern const u8 exit_row_##name[];
#define ROW32(name, places, flags, exits0, exits3, why, code)                                      \
	ROW(name, places, flags, exits0, exits3, why, ".code32\n" code ".code64\n")
EXIT_ROWS
#define ROW16(name, exits, why, code)                                                              \
	__asm__(".pushsection .text\n exit_row_" #name ":\n.code16\n" code PROBE_END               \
	        ".code64\n.popsection\n");                                                         \
	extern const u8 exit_row_##name[];
ROWS_REAL
#undef ROW
#undef ROW32
#undef ROW16

struct row {
	const char *name;
	u32 places;
	u64 flags;
	const char *exits[2]; /* in ring 0 and 3 */
	const char *why;
	const u8 *code;
};

#define ROW(name, places, flags, exits0, exits3, why, code)                                        \
	{#name, (u32)(places), flags, {exits0, exits3}, why, exit_row_##name},
#define ROW32                         ROW
#define ROW16(name, exits, why, code) ROW(name, REAL, 0, exits, "-", why, code)
static const struct row rows[] = {EXIT_ROWS ROWS_REAL};
#undef ROW
#undef ROW32
#undef ROW16

static const char *const place_names[] = {"ring0", "ring3", "ring0/32", "ring3/32", "ring0/16"};

static void mark(u32 leaf, u32 number)
{
	cpuid(leaf, number);
}

/* Segments that exit_rows.h names by number: 0x58 and up. */
static void set_descriptors(void)
{
	u64 *spare = &probe_gdt[SELECTOR_SPARE / 8];

	spare[0] = 0x0040f30000000fff; /* 58: data, ring 3, up to 0xfff */
	spare[1] = 0x00cff1000000ffff; /* 60: data, ring 3, read-only */
	spare[2] = 0x0040930000000fff; /* 68: data, ring 0, up to 0xfff */
	spare[3] = 0x00c0f70000000000; /* 70: data, ring 3, expanding down to 0x1000 */
}

static void fill_pages(void)
{
	for (u32 page = 0; page < ARRAY_SIZE(probe_pages); page++)
		for (u32 i = 0; i < sizeof(probe_pages[0]); i++)
			probe_pages[page][i] = (u8)(i * 7 + page);
}

static void print_changed_bytes(void)
{
	u32 printed = 0;

	for (u32 page = 0; page < ARRAY_SIZE(probe_pages); page++)
		for (u32 i = 0; i < sizeof(probe_pages[0]); i++)
			if (probe_pages[page][i] != (u8)(i * 7 + page) && printed++ < CHANGES_MOST)
				probe_print(" %u:%x=%x", page, i, probe_pages[page][i]);
	if (printed > CHANGES_MOST)
		probe_print(" and %u more", printed - CHANGES_MOST);
}

/* Accessed and dirty flags of the window's pages, ring -1's part in which nobody may notice. */
static void print_flags(void)
{
	for (u32 page = 0; page < WINDOW_USED; page++) {
		u64 flags = probe_entry(PROBE_WINDOW + page * 4096ul) & (PTE_ACCESSED | PTE_DIRTY);
		if (flags)
			probe_print(" w%u%s%s", page, flags & PTE_ACCESSED ? "A" : "",
			            flags & PTE_DIRTY ? "D" : "");
	}
}

static u64 base_cr4(void)
{
	static u64 xsave = ~0ull;

	if (xsave == ~0ull)
		xsave = cpuid(1, 0).ecx & BIT(26) ? CR4_OSXSAVE : 0;
	return CR4_PAE | xsave;
}

static u64 read_xcr0(void)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

static u64 read_cr8(void)
{
	u64 value;

	__asm__ volatile("mov %%cr8, %0" : "=r"(value));
	return value;
}

static void map_window(void)
{
	const u64 user = PTE_PRESENT | PTE_USER, full = user | PTE_WRITABLE;

	probe_map(PROBE_WINDOW + 0x0000, (u64)probe_pages[0] | full);
	probe_map(PROBE_WINDOW + 0x2000, (u64)probe_pages[1] | user);
	probe_map(PROBE_WINDOW + 0x3000, (u64)probe_pages[2] | PTE_PRESENT | PTE_WRITABLE);
	probe_map(PROBE_WINDOW + 0x4000, (u64)probe_pages[3] | full);
	probe_map(PROBE_WINDOW + 0x5000, (u64)probe_pages[1] | full);
	probe_map(PROBE_WINDOW + 0x7000, (u64)probe_pages[0] | full | BIT(51));
}

/* Whatever the last piece of code did to the processor. */
static void set_base_state(void)
{
	__asm__ volatile("clts");
	write_cr0(BASE_CR0);
	write_cr4(base_cr4());
	if (base_cr4() & CR4_OSXSAVE)
		xsetbv(0, 1);
	__asm__ volatile("mov %0, %%cr8" ::"r"(0ul));
	wrmsr(MSR_EFER, EFER_LME | EFER_LMA);
	wrmsr(MSR_FS_BASE, 0);
	write_dr7(0x400);
	map_window();
	__asm__ volatile("mov %0, %%dr3" ::"r"(0ul));
	fill_pages();
}

/* Pending at once: COM1's transmitter is empty. In a while: the timer's one shot. */
static void start_irq(u64 flags)
{
	out8(0x20, 0x11);
	out8(0x21, IRQ_VECTOR);
	out8(0x21, 4);
	out8(0x21, 1);
	if (flags & IRQ) {
		uart_flush(COM1);
		out8(0x21, 0xef);
		out8(COM1 + UART_IER, UART_IER_SENT);
	} else {
		out8(0x21, 0xfe);
		out8(0x43, 0x30); /* channel 0, one shot */
		out8(0x40, (u8)PIT_COUNT);
		out8(0x40, (u8)(PIT_COUNT >> 8));
	}
}

static void end_irq(void)
{
	out8(COM1 + UART_IER, 0);
	out8(0x21, 0xff);
	out8(0x20, 0x20);
}

static void begin(const struct row *row)
{
	if (row->flags & BREAK(0)) {
		u64 at = (u64)row->code + (row->flags >> 40);
		__asm__ volatile("mov %0, %%dr0" ::"r"(at));
		write_dr7(0x402);
	}
	if (row->flags & (IRQ | IRQ_SOON))
		start_irq(row->flags);
}

static void print_registers(const struct probe_state *state, const struct probe_state *before,
                            bool narrow)
{
	static const char *const names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	                                    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
	const u64 mask = narrow ? 0xffffffff : ~0ull;

	for (u32 i = 0; i < (narrow ? 8u : PROBE_REGISTERS); i++)
		if ((state->registers[i] ^ before->registers[i]) & mask)
			probe_print(" %s=%lx", names[i], state->registers[i] & mask);
}

static void print_system(void)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4(), cr8 = read_cr8(), efer = rdmsr(MSR_EFER);
	u64 dr7 = read_dr7();

	if (cr0 != BASE_CR0)
		probe_print(" cr0=%lx", cr0);
	if (cr4 != base_cr4())
		probe_print(" cr4=%lx", cr4);
	if (cr4 & CR4_OSXSAVE && read_xcr0() != 1)
		probe_print(" xcr0=%lx", read_xcr0());
	if (cr8)
		probe_print(" cr8=%lx", cr8);
	if (efer != (EFER_LME | EFER_LMA))
		probe_print(" efer=%lx", efer);
	if (dr7 != 0x400)
		probe_print(" dr7=%lx", dr7);
}

/* What the guest sees of it. Real mode and 32-bit code have eight registers of 32 bits. */
static void print_outcome(const struct row *row, u32 number, u32 place,
                          const struct probe_state *before, const struct probe_state *state)
{
	bool user = place == PLACE_RING3 || place == PLACE_RING3_32;

	probe_print("0x%x %s %s %s | %s | %s", number, row->name, place_names[place],
	            !row->why          ? "="
	            : *row->why == '?' ? "?"
	                               : "~",
	            row->exits[user], probe_vector_name(state->vector));
	if (state->error)
		probe_print("(%lx)", state->error);
	probe_print(" +%lu flags=%lx", state->rip - before->rip, state->rflags);
	if (state->cr2)
		probe_print(" cr2=%lx", state->cr2);
	if (state->dr6)
		probe_print(" dr6=%lx", state->dr6);
	print_registers(state, before, place >= PLACE_RING0_32);
	print_system();
	print_flags();
	print_changed_bytes();
	probe_print("\n");
}

static void try(const struct row *row, u32 number, enum probe_place place)
{
	struct probe_state before = probe_at(row->code, place), state;

	set_base_state();
	for (u32 i = 0; i < PROBE_REGISTERS; i++)
		if (i != RSP)
			before.registers[i] = SCRATCH + i;
	before.rflags |= row->flags & 0xffffffff;
	state = before;
	begin(row);
	mark(MARK_BEGIN, number);
	probe_run(&state);
	mark(MARK_END, number);
	if (row->flags & (IRQ | IRQ_SOON))
		end_irq();
	print_outcome(row, number, place, &before, &state);
}

/* The marks are made in real mode. */
static void try_real(const struct row *row, u32 number)
{
	struct probe_state before = {.rip = PROBE_REAL_CODE, .rflags = RFLAGS_ONE}, state;

	set_base_state();
	for (u32 i = 0; i < PROBE_REGISTERS; i++)
		before.registers[i] = (u32)SCRATCH + i;
	before.registers[RSP] = PROBE_REAL_STACK;
	state = before;
	probe_real(&state, row->code, number);
	print_outcome(row, number, REAL_PLACE, &before, &state);
}

/* IN at the last two bytes of the first 4 GiB, PROBE_END at address 0. */
#define LAST_BYTES 0xfffffffeul
static const struct row wraps[] = {
	{"wrap", C0, 0, {IN_AL, "-"}, NULL, (const u8 *)LAST_BYTES},
	{"wrap_user", C3, EFLAGS_IOPL, {"-", IN_AL}, NULL, (const u8 *)LAST_BYTES},
	{"no_wrap_in_64", R0, 0, {IN_AL, "-"}, NULL, (const u8 *)LAST_BYTES},
};

static void map_last_page(void)
{
	static u64 table[512] __attribute__((aligned(4096)));
	static u8 page[4096] __attribute__((aligned(4096)));

	page[4094] = 0xe4; /* in $0xee, %al */
	page[4095] = 0xee;
	__asm__ volatile("movw $0xfecd, 0" ::: "memory");
	table[511] = (u64)page | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	probe_pd[LAST_BYTES >> 21] = (u64)table | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	write_cr3(read_cr3());
}

/* One row in all its places. Numbers count on through all tables. */
static void try_places(const struct row *row, u32 index)
{
	for (u32 place = 0; place < PLACES; place++) {
		u32 number = index * PLACES + place;
		if (!(row->places >> place & 1))
			continue;
		if (place == REAL_PLACE)
			try_real(row, number);
		else
			try(row, number, place);
	}
}

static s32 exits(void)
{
	u64 only = probe_number("only", ~0ull);

	set_descriptors();
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (only == ~0ull || only == i)
			try_places(&rows[i], i);
	map_last_page();
	for (u32 i = 0; i < ARRAY_SIZE(wraps) && only == ~0ull; i++)
		try_places(&wraps[i], ARRAY_SIZE(rows) + i);
	set_base_state();
	return 0;
}

SUITE("exits", exits);
