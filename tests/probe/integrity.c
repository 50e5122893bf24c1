/*
 * The kernel's text, stated once: nothing writes it, and ring 0 executes nothing else. What is ring 3's
 * own goes on as it did: each row is tried before and after, and prints the same.
 */
#include "guest/probe/probe.h"
#include "abi/hypercall.h"
#include "lib/io.h"
#include "lib/string.h"

#define PAGE           4096ul
#define REGION         (16ul << 20) /* guest-physical; nothing of the probe's is beyond */
#define BITMAP         (24ul << 20)
#define IRQ_VECTOR     0x20
#define ROUNDS         100u
#define READ           1u
#define WRITE          2u
#define EXECUTE        4u
#define GATE           0x90 /* of a vector that is open to no ring 3 */
#define SYSENTER(name) MSR_SYSENTER_##name

#define ROWS(ROW)                                                                                  \
	ROW(plain, 0, "mov $7, %eax\n")                                                            \
	ROW(ud2, 0, "ud2\n")                                                                       \
	ROW(divide, 0, "xor %ecx, %ecx\n div %ecx\n")                                              \
	ROW(hlt, 0, "hlt\n")                                                                       \
	ROW(int3, 0, "int3\n")                                                                     \
	ROW(int1, 0, ".byte 0xf1\n")                                                               \
	ROW(int80, 0, "int $0x80\n")                                                               \
	ROW(int_closed, 0, "int $0x90\n")                                                          \
	ROW(int_absent, 0, "int $0x91\n")                                                          \
	ROW(page_fault, 0, "mov $0xbfe07123, %eax\n mov (%rax), %ecx\n")                           \
	ROW(not_canonical, 0, "mov $1, %eax\n shl $63, %rax\n mov (%rax), %ecx\n")                 \
	ROW(single_step, RFLAGS_TF, "nop\n nop\n")                                                 \
	ROW(step_syscall, RFLAGS_TF, "syscall\n")                                                  \
	ROW(syscall, 0, "mov $0x1234, %eax\n syscall\n")                                           \
	ROW(sysret, 0, "sysretl\n")                                                                \
	ROW(sysret_wide, 0, "sysretq\n")                                                           \
	ROW(sysexit, 0, "sysexitl\n")                                                              \
	ROW(sysenter, 0, "sysenter\n")                                                             \
	ROW(call_gate, 0, ".byte 0xff, 0x18\n")                                                    \
	ROW(selector, 0, "mov $0x23, %eax\n mov %eax, %ds\n mov %ds, %ecx\n")                      \
	ROW(bad_selector, 0, "mov $0x13, %eax\n mov %eax, %ss\n")                                  \
	ROW(local_selector, 0, "mov $0x7, %eax\n mov %eax, %es\n mov %es, %ecx\n")                 \
	ROW(null_selector, 0, "xor %eax, %eax\n mov %eax, %gs\n")                                  \
	ROW(mov_ss_syscall, 0, "mov $0x23, %eax\n mov %eax, %ss\n syscall\n")                      \
	ROW(mov_ss_sysenter, 0, "mov $0x23, %eax\n mov %eax, %ss\n sysenter\n")                    \
	ROW(mov_ss_int, 0, "mov $0x23, %eax\n mov %eax, %ss\n int $0x80\n")                        \
	ROW(mov_ss_load, 0, "mov $0x23, %eax\n mov %eax, %ss\n mov %eax, %ds\n")                   \
	ROW(step_mov_ss, RFLAGS_TF, "nop\n mov %ss, %eax\n mov %eax, %ss\n nop\n")                 \
	ROW(mov_ss_fault, 0, "mov $0x23, %eax\n mov %eax, %ss\n ud2\n")                            \
	ROW(iret, 0,                                                                               \
	    "mov %rsp, %rcx\n push $0x23\n push %rcx\n pushf\n push $0x2b\n lea 1f(%rip), %rax\n"  \
	    "push %rax\n iretq\n 1: mov $9, %eax\n")                                               \
	ROW(far_return, 0,                                                                         \
	    "push $0x1b\n lea 1f(%rip), %rax\n push %rax\n lretq\n .code32\n 1: "                  \
	    "mov $3, %ecx\n int $0xfe\n .code64\n")                                                \
	ROW(cpuid, 0, "mov $0x40000000, %eax\n cpuid\n")                                           \
	ROW(vmcall, 0, "vmcall\n")                                                                 \
	ROW(mov_cr3, 0, "mov %cr3, %rax\n")                                                        \
	ROW(store_idt, 0, "sub $16, %rsp\n sidt (%rsp)\n mov (%rsp), %cx\n")

#define PIECE(name, code)                                                                          \
	__asm__(".pushsection .text\n integrity_" #name ":\n" code PROBE_END                       \
	        "integrity_end_" #name ": .popsection\n");                                         \
	extern const u8 integrity_##name[], integrity_end_##name[]
#define ROW(name, flags, code) PIECE(name, code);
ROWS(ROW)
#undef ROW
PIECE(write, "mov %al, (%rax)\n");
PIECE(jump, "jmp *%rax\n");
PIECE(wait, "mov %rax, %rcx\n 1: pause\n cmpl $20, (%rcx)\n jb 1b\n");
PIECE(make, "movl $0xfecdc031, (%rax)\n mov $5, %ecx\n"); /* xor %eax, %eax; int $0xfe */
PIECE(switch_view, "mov $1, %ecx\n xor %eax, %eax\n vmfunc\n");

static const struct row {
	const char *name;
	u64 flags;
	const u8 *code, *end;
} rows[] = {
#define ROW(name, flags, code) {#name, flags, integrity_##name, integrity_end_##name},
	ROWS(ROW)
#undef ROW
};

static volatile u32 interrupts;

static u8 *page(u32 i)
{
	return (u8 *)(REGION + i * PAGE);
}

/* From a page that is no text, or where it stands. */
static struct probe_state run(const u8 *code, const u8 *end, bool copy, enum probe_place place,
                              u64 rax, u64 flags)
{
	struct probe_state state;

	if (copy)
		memcpy(page(0), code, (size_t)(end - code));
	state = probe_at(copy ? page(0) : code, place);
	state.registers[RAX] = rax;
	state.rflags |= flags;
	probe_run(&state);
	state.rip -= copy ? REGION : (u64)code;
	return state;
}

static void print_end(const char *name, const struct probe_state *state)
{
	probe_print("%s: %s error %lx rip +%lx cs %lx", name, probe_vector_name(state->vector),
	            state->error, state->rip, state->cs);
}

static void ring_3(const char *when)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct probe_state end = run(rows[i].code, rows[i].end, true, PLACE_RING3,
		                             (u64)page(1), rows[i].flags);
		probe_print("%s ", when);
		print_end(rows[i].name, &end);
		probe_print(" flags %lx ss %lx rax %lx rcx %lx cr2 %lx dr6 %lx\n",
		            end.rflags & ~0xd5ul, end.ss, end.registers[RAX] & 0xffff,
		            end.registers[RCX] & 0xffff, end.cr2, end.dr6);
	}
}

/* Gates of a ring 3: SYSCALL, SYSENTER and a call gate lead to `to`. */
static void lead_to(u64 to)
{
	u64 *spare = &probe_gdt[SELECTOR_SPARE / 8];
	static u64 local[2] = {0x00cff3000000ffff, 0};

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (u64)SELECTOR_CODE64 << 32 | (u64)SELECTOR_USER_CODE32 << 48);
	wrmsr(MSR_LSTAR, to);
	wrmsr(MSR_FMASK, RFLAGS_IF);
	wrmsr(SYSENTER(CS), SELECTOR_CODE64);
	wrmsr(SYSENTER(ESP), probe_tss.ist[0] - 4096);
	wrmsr(SYSENTER(EIP), to);
	spare[0] =
		(to & 0xffff) | SELECTOR_CODE64 << 16 | 0xecull << 40 | (to >> 16 & 0xffff) << 48;
	spare[1] = to >> 32;
	spare[2] = 15 | ((u64)local & 0xffffff) << 16 | 0x82ull << 40;
	spare[3] = 0;
	__asm__ volatile("lldt %w0" ::"r"(SELECTOR_SPARE + 16));
	*(u32 *)(void *)page(1) = 0; /* a far pointer */
	*(u16 *)(void *)(page(1) + 4) = SELECTOR_SPARE | 3;
}

static void attempt(const char *name, const u8 *code, const u8 *end, enum probe_place place,
                    u64 rax)
{
	struct probe_state state = run(code, end, place == PLACE_RING3, place, rax, 0);

	print_end(name, &state);
	probe_print(" ring%u%s\n", place == PLACE_RING3 ? 3 : 0,
	            state.rip + (place == PLACE_RING3 ? REGION : (u64)code) == rax ? " there" : "");
}
#define ATTEMPT(name, piece, place, rax)                                                           \
	attempt(name, integrity_##piece, integrity_end_##piece, place, rax)

static void text(void)
{
	u64 alias = PROBE_WINDOW + PAGE, data = PROBE_WINDOW + 2 * PAGE;
	u64 start = (u64)probe_start;

	for (enum probe_place place = PLACE_RING0; place <= PLACE_RING3; place++)
		ATTEMPT("write text", write, place, start);
	probe_map(alias, start | PTE_PRESENT | PTE_WRITABLE | PTE_USER);
	ATTEMPT("write alias", write, PLACE_RING0, alias);
	ATTEMPT("write alias", write, PLACE_RING3, alias);
	ATTEMPT("jump", jump, PLACE_RING0, (u64)integrity_plain);
	ATTEMPT("jump", jump, PLACE_RING3, (u64)integrity_plain);
	probe_map(alias, ((u64)integrity_plain & ~(PAGE - 1)) | PTE_PRESENT);
	ATTEMPT("jump to alias", jump, PLACE_RING0, alias + (u64)integrity_plain % PAGE);
	memcpy(page(2), integrity_plain, 16);
	probe_map(data, (u64)page(2) | PTE_PRESENT);
	ATTEMPT("jump to data", jump, PLACE_RING0, (u64)page(2));
	ATTEMPT("jump to data alias", jump, PLACE_RING0, data);
	ATTEMPT("jump to data", jump, PLACE_RING3, (u64)page(2));
	ATTEMPT("make", make, PLACE_RING3, (u64)page(3));
	ATTEMPT("jump to made", jump, PLACE_RING3, (u64)page(3));
	ATTEMPT("jump to made", jump, PLACE_RING0, (u64)page(3));
}

static bool on_irq(struct probe_frame *frame)
{
	(void)frame;
	interrupts++;
	return true;
}

/* Both rings, taken turns with, and interrupted. */
static void rounds(void)
{
	u32 right = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		struct probe_state user =
			run(integrity_plain, integrity_end_plain, true, PLACE_RING3, 0, 0);
		struct probe_state kernel =
			run(integrity_plain, integrity_end_plain, false, PLACE_RING0, 0, 0);
		right += user.registers[RAX] == 7 && user.vector == PROBE_END_VECTOR &&
		         kernel.registers[RAX] == 7 && kernel.vector == PROBE_END_VECTOR;
	}
	probe_print("rounds: %u right of %u\n", right, ROUNDS);
	probe_hooks[IRQ_VECTOR] = on_irq;
	probe_start_pic(IRQ_VECTOR, PIC_AUTOMATIC_EOI, 0xfe);
	out8(0x43, 0x34);
	out8(0x40, 0);
	out8(0x40, 64);
	for (enum probe_place place = PLACE_RING0; place <= PLACE_RING3; place++) {
		interrupts = 0;
		struct probe_state end =
			run(integrity_wait, integrity_end_wait, place == PLACE_RING3, place,
		            (u64)&interrupts, RFLAGS_IF);
		print_end("interrupted", &end);
		probe_print(" %s\n", interrupts >= 20 ? "20 times" : "not");
	}
	out8(0x21, 0xff);
}

static void set_gate(u32 vector, u64 to, u16 type)
{
	u64 *gate = &probe_idt[vector * 2];

	gate[0] =
		(to & 0xffff) | SELECTOR_CODE64 << 16 | (u64)type << 32 | (to >> 16 & 0xffff) << 48;
	gate[1] = to >> 32;
}

/* Every way into ring 0 leads out of the text. */
static void gates(void)
{
	static const char *const ways[] = {"syscall", "sysenter", "call_gate", "int80"};
	u64 old[2] = {probe_idt[0x80 * 2], probe_idt[0x80 * 2 + 1]};

	memcpy(page(2), integrity_plain, 16);
	lead_to((u64)page(2));
	set_gate(0x80, (u64)page(2), 0xee01);
	set_gate(IRQ_VECTOR, (u64)page(2), 0x8e01);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		for (u32 j = 0; j < ARRAY_SIZE(ways); j++)
			if (strcmp(rows[i].name, ways[j]) == 0) {
				struct probe_state end = run(rows[i].code, rows[i].end, true,
				                             PLACE_RING3, (u64)page(1), 0);
				probe_print("gate ");
				print_end(rows[i].name, &end);
				probe_print("\n");
			}
	probe_idt[0x80 * 2] = old[0];
	probe_idt[0x80 * 2 + 1] = old[1];
	out8(0x40, 0);
	out8(0x40, 64);
	out8(0x21, 0xfe);
	struct probe_state end = run(integrity_wait, integrity_end_wait, true, PLACE_RING3,
	                             (u64)&interrupts - 4, RFLAGS_IF);
	probe_print("gate ");
	print_end("irq", &end);
	probe_print("\n");
	out8(0x21, 0xff);
}

static void call(const char *what, u64 number, u64 a, u64 b, u64 c)
{
	probe_print("%s: %ld\n", what, probe_hypercall(number, a, b, c));
}

static void memory(void)
{
	u64 start = (u64)probe_start;

	call("again", HYPERCALL_integrity, start, PAGE, 0);
	call("protect text", HYPERCALL_protect, start, PAGE, READ | WRITE | EXECUTE);
	call("protect around", HYPERCALL_protect, 0, REGION, READ | WRITE | EXECUTE);
	call("release text", HYPERCALL_release, start, PAGE, 0);
	for (u64 view = 0; view < 3; view++)
		call("view", HYPERCALL_view, view, 0, 0);
	ATTEMPT("vmfunc", switch_view, PLACE_RING0, 0);
	ATTEMPT("vmfunc", switch_view, PLACE_RING3, 0);
	call("protect", HYPERCALL_protect, (u64)page(4), PAGE, READ | EXECUTE);
	ATTEMPT("write protected", write, PLACE_RING0, (u64)page(4));
	ATTEMPT("write protected", write, PLACE_RING3, (u64)page(4));
	probe_print("protected before: ");
	ATTEMPT("write", write, PLACE_RING3, (u64)page(6));
	call("protect back", HYPERCALL_protect, (u64)page(4), PAGE, READ | WRITE | EXECUTE);
	ATTEMPT("jump to it", jump, PLACE_RING0, (u64)page(4));
	ATTEMPT("write it", write, PLACE_RING0, (u64)page(4));
	call("release", HYPERCALL_release, (u64)page(5), PAGE, 0);
	ATTEMPT("jump to released", jump, PLACE_RING0, (u64)page(5));
	ATTEMPT("write released", write, PLACE_RING3, (u64)page(5));
	call("release again", HYPERCALL_release, (u64)page(5), PAGE, 0);
	ATTEMPT("make", make, PLACE_RING3, (u64)page(5));
	ATTEMPT("jump to released", jump, PLACE_RING3, (u64)page(5));
	call("log", HYPERCALL_dirty_log, DIRTY_LOG_START, 0, 0);
	ATTEMPT("write logged", write, PLACE_RING3, (u64)page(7));
	ATTEMPT("write logged", write, PLACE_RING0, (u64)page(8));
	ATTEMPT("write text", write, PLACE_RING0, start);
	call("log into text", HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, start, 64 << 10);
	s64 pages = probe_hypercall(HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, BITMAP, 64 << 10);
	u8 byte0 = *(u8 *)(BITMAP + REGION / PAGE / 8),
	   byte1 = *(u8 *)(BITMAP + REGION / PAGE / 8 + 1);
	probe_print("log: %s, region %x %x, text %x\n", pages > 0 ? "some" : "none", byte0, byte1,
	            *(u8 *)(BITMAP + start / PAGE / 8));
	call("log", HYPERCALL_dirty_log, DIRTY_LOG_STOP, 0, 0);
}

/* Ticks of a way to ring 3 and back: back by INT; and by SYSCALL, on to INT. */
static void bench(const char *when, const u8 *code, const u8 *end)
{
	u64 least = ~0ul, start;

	memcpy(page(0), code, (size_t)(end - code));
	for (u32 i = 0; i < ROUNDS; i++) {
		struct probe_state state = probe_at(page(0), PLACE_RING3);
		start = rdtsc();
		probe_run(&state);
		u64 ticks = rdtsc() - start;
		least = ticks < least ? ticks : least;
	}
	probe_print("%s: %lu ticks\n", when, least);
}

static s32 integrity(void)
{
	u64 start = (u64)probe_start, bytes = (u64)(probe_text_end - probe_start);

	probe_idt[GATE * 2] &= ~(3ull << 45);       /* ring 0's */
	probe_idt[(GATE + 1) * 2] &= ~(1ull << 47); /* not present */
	lead_to((u64)integrity_end_plain - 2);
	bench("before: INT", integrity_plain, integrity_end_plain);
	bench("before: SYSCALL", integrity_syscall, integrity_end_syscall);
	ring_3("before");
	probe_hypercall(HYPERCALL_release, REGION + 64 * PAGE, 64 * PAGE, 0);
	probe_hypercall(HYPERCALL_protect, (u64)page(6), PAGE, READ);
	call("not whole pages", HYPERCALL_integrity, start + 1, PAGE, 0);
	call("none", HYPERCALL_integrity, start, 0, 0);
	call("beyond", HYPERCALL_integrity, 64ul << 20, PAGE, 0);
	s64 answer = probe_hypercall(HYPERCALL_integrity, start, bytes, 0);
	probe_print("integrity: %ld\n", answer);
	if (answer)
		return 0;
	bench("after: INT", integrity_plain, integrity_end_plain);
	bench("after: SYSCALL", integrity_syscall, integrity_end_syscall);
	ring_3("after");
	text();
	rounds();
	memory();
	gates();
	return 0;
}

SUITE("integrity", integrity);
