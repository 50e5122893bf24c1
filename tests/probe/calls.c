/*
 * System calls, and what holds the descriptor tables: the same bare and under ring -1, also where that
 * watches them (run --observe), line by line.
 */
#include "guest/probe/probe.h"
#include "lib/io.h"
#include "lib/string.h"

#define STAR_USUAL (0x001bull << 48 | 0x0008ull << 32)
#define FLAGS_MOST                                                                                 \
	(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_DF | RFLAGS_OF)
#define KERNEL_MASK (RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC)
#define GATE        0x80u
#define IRQ_BASE    0x88u
#define EVENTS      8u
#define EFLAGS_IOPL 0x3000u
#define FAR         ".byte 0x0f, 0x1f, 0x40, 0x5a\n" /* a NOP by which it is found */
#define THERE       FAR PROBE_END
#define MEMORY      (PROBE_WINDOW + 0x3000)
#define BYTES_MOST  96u
#define STEP        "pushf\n orl $0x100, (%rsp)\n popf\n"

/*
 * PIECE(name, place, sce, fmask, rflags, rcx, r11, code): LSTAR, and RCX if that is 0, are where FAR
 * is. RBX is a stack selector, RSI points to one, RDI to memory.
 */
#define R0  PLACE_RING0
#define R3  PLACE_RING3
#define C0  PLACE_RING0_32
#define C3  PLACE_RING3_32
#define OUT "syscall\n ud2\n" THERE
#define RET "sysretq\n ud2\n" THERE

#define PIECES(PIECE)                                                                              \
	PIECE(call, R3, 1, KERNEL_MASK, FLAGS_MOST, 0, 0, OUT)                                     \
	PIECE(call_ring0, R0, 1, KERNEL_MASK, FLAGS_MOST, 0, 0, OUT)                               \
	PIECE(call_off, R3, 0, 0, 0, 0, 0, OUT)                                                    \
	PIECE(call_off_ring0, R0, 0, 0, 0, 0, 0, OUT)                                              \
	PIECE(call_compat, C3, 1, 0, 0, 0, 0, OUT)                                                 \
	PIECE(call_compat_ring0, C0, 1, 0, 0, 0, 0, OUT)                                           \
	PIECE(call_66, R3, 1, 0, 0, 0, 0, ".byte 0x66\n" OUT)                                      \
	PIECE(call_f2, R3, 1, 0, 0, 0, 0, ".byte 0xf2\n" OUT)                                      \
	PIECE(call_f3, R3, 1, 0, 0, 0, 0, ".byte 0xf3\n" OUT)                                      \
	PIECE(call_many, R3, 1, 0, 0, 0, 0, ".byte 0x2e, 0x64, 0x67, 0x48\n" OUT)                  \
	PIECE(call_15, R3, 1, 0, 0, 0, 0, ".fill 13, 1, 0x3e\n" OUT)                               \
	PIECE(call_16, R3, 1, 0, 0, 0, 0, ".fill 14, 1, 0x3e\n" OUT)                               \
	PIECE(call_lock, R3, 1, 0, 0, 0, 0, ".byte 0xf0\n" OUT)                                    \
	PIECE(call_mask_all, R3, 1, 0xffffffff, FLAGS_MOST | RFLAGS_AC | RFLAGS_NT, 0, 0, OUT)     \
	PIECE(call_mask_none, R3, 1, 0, FLAGS_MOST | RFLAGS_AC | RFLAGS_NT | RFLAGS_IF, 0, 0, OUT) \
	PIECE(call_resume, R3, 1, 0, RFLAGS_RF, 0, 0, OUT)                                         \
	PIECE(call_step, R3, 1, KERNEL_MASK, RFLAGS_TF, 0, 0, OUT)                                 \
	PIECE(call_step_on, R3, 1, 0, RFLAGS_TF, 0, 0, "syscall\n ud2\n" FAR "nop\n" PROBE_END)    \
	PIECE(call_sti, R0, 1, KERNEL_MASK, 0, 0, 0, "sti\n" OUT)                                  \
	PIECE(call_ss, R0, 1, KERNEL_MASK, 0, 0, 0, "mov %ebx, %ss\n" OUT)                         \
	PIECE(call_ss_break, R0, 1, KERNEL_MASK, 0, 0, 0, "mov (%rsi), %ss\n" OUT)                 \
	PIECE(call_ss_step, R0, 1, KERNEL_MASK, 0, 0, 0, STEP "mov %ebx, %ss\n" OUT)               \
	PIECE(ret, R0, 1, 0, 0, 0, FLAGS_MOST | RFLAGS_ONE, RET)                                   \
	PIECE(ret_flags, R0, 1, 0, 0, 0, ~(u64)(RFLAGS_TF | RFLAGS_IF), RET)                       \
	PIECE(ret_interrupts, R0, 1, 0, 0, 0, RFLAGS_IF, RET)                                      \
	PIECE(ret_off, R0, 0, 0, 0, 0, 0, RET)                                                     \
	PIECE(ret_user, R3, 1, 0, 0, 0, 0, RET)                                                    \
	PIECE(ret_user_off, R3, 0, 0, 0, 0, 0, RET)                                                \
	PIECE(ret_compat, C0, 1, 0, 0, 0, 0, "sysretl\n ud2\n" THERE)                              \
	PIECE(ret_not_canonical, R0, 1, 0, 0, 1ull << 47, 0, RET)                                  \
	PIECE(ret_last, R0, 1, 0, 0, (1ull << 47) - 1, 0, RET)                                     \
	PIECE(ret_32, R0, 1, 0, 0, 0, 0, "sysretl\n ud2\n" THERE)                                  \
	PIECE(ret_32_high, R0, 1, 0, 0, 0, 0, "bts $47, %rcx\n sysretl\n ud2\n" THERE)             \
	PIECE(ret_66, R0, 1, 0, 0, 0, 0, ".byte 0x66\n" RET)                                       \
	PIECE(ret_rex_first, R0, 1, 0, 0, 0, 0, ".byte 0x48, 0x66\n sysretl\n ud2\n" THERE)        \
	PIECE(ret_lock, R0, 1, 0, 0, 0, 0, ".byte 0xf0\n" RET)                                     \
	PIECE(ret_step, R0, 1, 0, 0, 0, RFLAGS_TF, "sysretq\n ud2\n" FAR "nop\n nop\n" PROBE_END)  \
	PIECE(ret_stepped, R0, 1, 0, RFLAGS_TF, 0, 0, RET)                                         \
	PIECE(ret_sti, R0, 1, 0, 0, 0, RFLAGS_IF, "sti\n" RET)                                     \
	PIECE(there_and_back, R3, 1, KERNEL_MASK, 0, 0, 0,                                         \
	      "syscall\n nop\n" PROBE_END FAR "sysretq\n")                                         \
	PIECE(gate, R3, 1, 0, FLAGS_MOST, 0, 0, "int $0x80\n nop\n" PROBE_END)                     \
	PIECE(gate_ring0, R0, 1, 0, FLAGS_MOST, 0, 0, "int $0x80\n nop\n" PROBE_END)               \
	PIECE(gate_compat, C3, 1, 0, 0, 0, 0, "int $0x80\n nop\n" PROBE_END)                       \
	PIECE(gate_long, R3, 1, 0, 0, 0, 0, ".byte 0x66, 0x2e\n int $0x80\n nop\n" PROBE_END)      \
	PIECE(gate_resume, R3, 1, 0, RFLAGS_RF, 0, 0, "int $0x80\n nop\n" PROBE_END)               \
	PIECE(gate_step, R3, 1, 0, RFLAGS_TF, 0, 0, "int $0x80\n nop\n" PROBE_END)                 \
	PIECE(gate_sti, R0, 1, 0, 0, 0, 0, "sti\n int $0x80\n nop\n" PROBE_END)                    \
	PIECE(gate_ss, R0, 1, 0, 0, 0, 0, "mov (%rsi), %ss\n int $0x80\n nop\n" PROBE_END)         \
	PIECE(gate_other, R3, 1, 0, 0, 0, 0, "int $0x7f\n int $0x81\n int $0xff\n" PROBE_END)      \
	PIECE(tables, R0, 1, 0, 0, 0, 0, "sidt (%rdi)\n sgdt 16(%rdi)\n" PROBE_END)                \
	PIECE(tables_user, R3, 1, 0, 0, 0, 0, "sidt (%rdi)\n sgdt 16(%rdi)\n" PROBE_END)           \
	PIECE(tables_compat, C3, 1, 0, 0, 0, 0, "sidt (%edi)\n .byte 0x66\n" PROBE_END)            \
	PIECE(tables_load, R0, 1, 0, 0, 0, 0,                                                      \
	      "sidt (%rdi)\n sgdt 16(%rdi)\n lidt (%rdi)\n lgdt 16(%rdi)\n" PROBE_END)             \
	PIECE(tables_load_user, R3, 1, 0, 0, 0, 0, "sidt (%rdi)\n lidt (%rdi)\n" PROBE_END)        \
	PIECE(tables_step, R0, 1, 0, 0, 0, 0, STEP "sidt (%rdi)\n lidt (%rdi)\n nop\n" PROBE_END)  \
	PIECE(tables_ss, R0, 1, 0, 0, 0, 0, "mov %ebx, %ss\n sidt (%rdi)\n nop\n" PROBE_END)       \
	PIECE(tables_ss_break, R0, 1, 0, 0, 0, 0,                                                  \
	      "mov (%rsi), %ss\n sidt (%rdi)\n nop\n" PROBE_END)                                   \
	PIECE(tables_ss_step, R0, 1, 0, 0, 0, 0,                                                   \
	      STEP "mov %ebx, %ss\n sidt (%rdi)\n nop\n" PROBE_END)                                \
	PIECE(tables_sti, R0, 1, 0, 0, 0, 0, "sti\n sidt (%rdi)\n nop\n" PROBE_END)                \
	PIECE(tables_fault, R0, 1, 0, 0, 0, 0, "add $0x7000, %rdi\n sidt (%rdi)\n" PROBE_END)      \
	PIECE(tables_fault_user, R3, 1, 0, 0, 0, 0, "add $0x7000, %rdi\n sidt (%rdi)\n" PROBE_END) \
	PIECE(tables_fault_step, R3, 1, 0, RFLAGS_TF, 0, 0,                                        \
	      "add $0x7000, %rdi\n sidt (%rdi)\n nop\n" PROBE_END)                                 \
	PIECE(tables_not_canonical, R0, 1, 0, 0, 0, 0, "bts $63, %rdi\n sidt (%rdi)\n" PROBE_END)  \
	PIECE(tables_stack, R0, 1, 0, 0, 0, 0,                                                     \
	      "mov %rdi, %rbp\n bts $63, %rbp\n sidt (%rbp)\n" PROBE_END)                          \
	PIECE(tasks, R0, 1, 0, 0, 0, 0,                                                            \
	      "str %eax\n sldt %ecx\n xor %edx, %edx\n lldt %dx\n" PROBE_END)                      \
	PIECE(tasks_memory, R3, 1, 0, 0, 0, 0, "str (%rdi)\n sldt 8(%rdi)\n" PROBE_END)            \
	PIECE(tasks_bad, R0, 1, 0, 0, 0, 0, "mov $0x38, %eax\n ltr %ax\n" PROBE_END)               \
	PIECE(tasks_data, R0, 1, 0, 0, 0, 0, "mov $0x10, %eax\n lldt %ax\n" PROBE_END)             \
	PIECE(irq, R3, 1, 0, RFLAGS_IF | EFLAGS_IOPL, 0, 0, "nop\n nop\n" PROBE_END)               \
	PIECE(tasks_user, R3, 1, 0, 0, 0, 0, "lldt %ax\n" PROBE_END)

#define PIECE(name, place, sce, fmask, rflags, rcx, r11, code)                                     \
	__asm__(".pushsection .text\n calls_" #name ":\n" code ".popsection\n");                   \
	extern const u8 calls_##name[];
PIECES(PIECE)
#undef PIECE

static const struct row {
	const char *name;
	const u8 *code;
	u64 fmask, rflags, rcx, r11;
	enum probe_place place;
	bool sce;
} rows[] = {
#define PIECE(name, place, sce, fmask, rflags, rcx, r11, code)                                     \
	{#name, calls_##name, fmask, rflags, rcx, r11, place, sce},
	PIECES(PIECE)
#undef PIECE
};

static struct probe_frame events[EVENTS];
static u64 dr6_seen[EVENTS];
static u32 count;
static u16 watched = SELECTOR_DATA;

static bool note(struct probe_frame *frame)
{
	if (count < EVENTS) {
		dr6_seen[count] = read_dr6() & 0xe00f;
		events[count] = *frame;
	}
	count++;
	if (frame->vector == VECTOR_DB)
		write_dr6(0xffff0ff0);
	if (frame->vector == IRQ_BASE)
		out8(0x20, 0x20);
	return true;
}

static u64 there(const u8 *code)
{
	for (u32 i = 0; i < BYTES_MOST; i++)
		if (memcmp(code + i, "\x0f\x1f\x40\x5a", 4) == 0)
			return (u64)(code + i);
	return (u64)code;
}

/* Addresses in the code are told as what they are from its start. */
static void print_value(const char *name, u64 value, const u8 *code)
{
	if (value - (u64)code < BYTES_MOST)
		probe_print(" %s +%lu", name, value - (u64)code);
	else
		probe_print(" %s %lx", name, value);
}

static void print_memory(void)
{
	for (u32 i = 0; i < 32; i++)
		if (probe_pages[0][i] != 0x5a)
			probe_print(" %u=%x", i, probe_pages[0][i]);
}

static void try_at(const char *name, const struct row *row, const u8 *code)
{
	struct probe_state state = probe_at(code, row->place);
	u64 stack = state.registers[RSP];

	count = 0;
	memset(probe_pages[0], 0x5a, 32);
	wrmsr(MSR_STAR, STAR_USUAL);
	wrmsr(MSR_LSTAR, there(code));
	wrmsr(MSR_FMASK, row->fmask);
	wrmsr(MSR_EFER, EFER_LME | EFER_LMA | (row->sce ? EFER_SCE : 0));
	state.rflags |= row->rflags;
	state.registers[RCX] = row->rcx ? row->rcx : there(code);
	state.registers[11] = row->r11;
	state.registers[RBX] = SELECTOR_DATA;
	state.registers[RSI] = (u64)&watched;
	state.registers[RDI] = MEMORY;
	probe_run(&state);
	probe_print("%s:", name);
	for (u32 i = 0; i < count && i < EVENTS; i++) {
		probe_print(" (%s", probe_vector_name(events[i].vector));
		print_value("at", events[i].rip, code);
		probe_print(" cs %lx ss %lx flags %lx dr6 %lx)", events[i].cs, events[i].ss,
		            events[i].rflags, dr6_seen[i]);
	}
	probe_print(" %s error %lx", probe_vector_name(state.vector), state.error);
	print_value("at", state.rip, code);
	print_value("rcx", state.registers[RCX], code);
	probe_print(" cs %lx ss %lx flags %lx rax %lx r11 %lx rsp %ld cr2 %lx dr6 %lx efer %lx",
	            state.cs, state.ss, state.rflags, state.registers[RAX], state.registers[11],
	            (s64)(state.registers[RSP] - stack), state.cr2, state.dr6, rdmsr(MSR_EFER));
	print_memory();
	probe_print("\n");
}

static const struct row *row(const char *name)
{
	const struct row *found = rows;

	while (strcmp(found->name, name))
		found++;
	return found;
}

static void try(const char *name, const char *which)
{
	try_at(name, row(which), row(which)->code);
}

static void load_idt(u16 limit)
{
	struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) pointer = {limit, (u64)probe_idt};

	__asm__ volatile("lidt %0" ::"m"(pointer));
}

/* INT 0x80 where its gate is bad, and where the IDT's limit excludes it. */
static void bad_gates(void)
{
	static const u64 defects[][2] = {
		{BIT(47), 0},                      /* not present */
		{3ull << 45, 0},                   /* ring 0's own */
		{0xffff0000, SELECTOR_DATA << 16}, /* no code */
		{7ull << 32, 4ull << 32},          /* a stack that is not mapped */
		{0x1full << 40, 0},                /* no gate */
	};
	static const u16 limits[] = {0x7ff, 0x800, 0x80e, 0x80f, 0xffff};
	u64 *gate = &probe_idt[2 * GATE], good = *gate;

	probe_tss.ist[3] = PROBE_WINDOW + 0x2000;
	for (u32 i = 0; i < ARRAY_SIZE(defects); i++) {
		*gate = (good & ~defects[i][0]) | defects[i][1];
		try("a bad gate", "gate");
		try("a bad gate in ring 0", "gate_ring0");
		try("a bad gate in a step", "gate_step");
	}
	*gate = good;
	for (u32 i = 0; i < ARRAY_SIZE(limits); i++) {
		load_idt(limits[i]);
		try("a limit", "gate");
		try("a limit read", "tables");
	}
	load_idt(256 * 16 - 1);
}

/* Breakpoints on the instruction that exits, and on what it writes. */
static void breakpoints(void)
{
	static const char *const which[] = {"tables", "tables_step", "tables_ss", "tables_user"};

	for (u32 i = 0; i < ARRAY_SIZE(which); i++) {
		const u8 *code = row(which[i])->code;
		while (memcmp(code, "\x0f\x01\x0f", 3))
			code++;
		__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(code), "r"(0x402ull));
		probe_hooks[VECTOR_DB] = NULL;
		try("a breakpoint on it", which[i]);
		probe_hooks[VECTOR_DB] = note;
		__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(MEMORY), "r"(0x10402ull));
		try("a breakpoint on what it writes", which[i]);
	}
	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(&watched), "r"(0x70402ull));
	try("a breakpoint that waits", "call_ss_break");
	try("a breakpoint on the selector", "gate_ss");
	try("a breakpoint on the selector", "tables_ss_break");
	write_dr7(0x400);
}

/* Code whose second byte is on another page, which may be missing. */
static void over_the_edge(void)
{
	u8 *edge = probe_pages[3] + 4095;

	probe_map(PROBE_WINDOW + 0x5000, (u64)probe_pages[2] | PTE_PRESENT | PTE_USER);
	*edge = 0x0f;
	memcpy(probe_pages[2], "\x05\x0f\x1f\x40\x5a\xcd\xfe", 7);
	try_at("over the edge", row("call"), (const u8 *)(PROBE_WINDOW + 0x4fff));
	probe_pages[2][0] = 0x07;
	try_at("back over the edge", row("ret_32"), (const u8 *)(PROBE_WINDOW + 0x4fff));
	probe_map(PROBE_WINDOW + 0x5000, 0);
}

static s32 calls(void)
{
	static const u32 noted[] = {VECTOR_DB, 0x7f, GATE, 0x81, 0xff, IRQ_BASE};
	const u64 user = PTE_PRESENT | PTE_USER;

	probe_start_pic(IRQ_BASE, PIC_EXPLICIT_EOI, 0xff);
	for (u32 i = 0; i < ARRAY_SIZE(noted); i++)
		probe_hooks[noted[i]] = note;
	probe_map(PROBE_WINDOW + 0x3000, (u64)probe_pages[0] | user | PTE_WRITABLE);
	probe_map(PROBE_WINDOW + 0x4000, (u64)probe_pages[3] | user);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		try_at(rows[i].name, &rows[i], rows[i].code);
	bad_gates();
	breakpoints();
	over_the_edge();
	probe_start_pic(IRQ_BASE, PIC_EXPLICIT_EOI, 0xfe);
	probe_request_irq();
	try("an interrupt from on high", "irq");
	return 0;
}

SUITE("calls", calls);
