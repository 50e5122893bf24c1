/* What the word lab of ring -1's opens: control and peek. Prints what it saw, a line each. */
#include "guest/probe/probe.h"
#include "abi/hypercall.h"
#include "lib/io.h"
#include "lib/string.h"
#include "vmx/features.h"

#define IRQ_VECTOR 0x20
#define KEYBOARD   0x64 /* no guest's: it reads 0 */

#define ROWS(ROW)                                                                                  \
	ROW(rdtsc, PRIMARY, 12, "rdtsc\n")                                                         \
	ROW(rdtscp, PRIMARY, 12, "rdtscp\n")                                                       \
	ROW(invlpg, PRIMARY, 9, "invlpg (%rsp)\n")                                                 \
	ROW(invpcid, PRIMARY, 9, "xor %eax, %eax\n push $0\n push $0\n invpcid (%rsp), %rax\n")    \
	ROW(load_cr3, PRIMARY, 15, "mov %cr3, %rax\n mov %rax, %cr3\n")                            \
	ROW(store_cr3, PRIMARY, 16, "mov %cr3, %rax\n")                                            \
	ROW(mov_dr, PRIMARY, 23, "mov %dr3, %rax\n")                                               \
	ROW(pause, PRIMARY, 30, "pause\n")                                                         \
	ROW(sgdt, SECONDARY, 2, "sub $32, %rsp\n sgdt (%rsp)\n")                                   \
	ROW(str, SECONDARY, 2, "str %eax\n")                                                       \
	ROW(rdrand, SECONDARY, 11, "rdrand %eax\n")                                                \
	ROW(rdseed, SECONDARY, 16, "rdseed %eax\n")

#define PIECE(name, code)                                                                          \
	__asm__(".pushsection .text\n lab_" #name ":\n" code PROBE_END ".popsection\n");           \
	extern const u8 lab_##name[]
#define ROW(name, word, bit, code) PIECE(name, code);
ROWS(ROW)
#undef ROW
PIECE(clear_ne, "mov %cr0, %rax\n and $~0x20, %rax\n mov %rax, %cr0\n");
PIECE(clear_ne_cd, "mov %cr0, %rax\n and $~0x20, %rax\n bts $30, %rax\n mov %rax, %cr0\n");
PIECE(set_cd, "mov %cr0, %rax\n bts $30, %rax\n mov %rax, %cr0\n btr $30, %rax\n mov %rax, %cr0\n");
PIECE(clear_vmxe, "mov %cr4, %rax\n and $~0x2000, %rax\n mov %rax, %cr4\n");
PIECE(keep_vmxe, "mov %cr4, %rax\n mov %rax, %cr4\n");
PIECE(halt, "sti\n hlt\n cli\n");
PIECE(wbinvd, "wbinvd\n");
PIECE(mwait, "xor %ecx, %ecx\n xor %eax, %eax\n mwait\n");
PIECE(rdmsr, "mov $0xc0000102, %ecx\n rdmsr\n");
PIECE(cr8, "mov %cr8, %rax\n mov %rax, %cr8\n");

static const struct row {
	const char *name;
	u32 word, bit;
	const u8 *code;
} rows[] = {
#define ROW(name, word, bit, code) {#name, CONTROL_##word, bit, lab_##name},
	ROWS(ROW)
#undef ROW
};

static s64 control(u64 word, u64 on, u64 off)
{
	return probe_hypercall(HYPERCALL_control, word, on, off);
}

static const char *run(const u8 *code)
{
	struct probe_state state = probe_at(code, PLACE_RING0);

	probe_run(&state);
	return probe_vector_name(state.vector);
}

/* Each exits once: then its bit is off again. */
static void instructions(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		s64 on = control(rows[i].word, BIT(rows[i].bit), 0);
		const char *first = run(rows[i].code), *second = run(rows[i].code);
		probe_print("%s: %ld, %s, %s\n", rows[i].name, on, first, second);
	}
}

static bool on_irq(struct probe_frame *frame)
{
	(void)frame;
	return true;
}

/* Nothing is printed while it is off: COM1's ports might be the machine's own. */
static void without(const char *name, u64 word, u64 bit, const u8 *code)
{
	s64 off = control(word, 0, BIT(bit));
	const char *end = run(code);
	s64 on = control(word, BIT(bit), 0);

	probe_print("without %s: %ld, %s, %ld\n", name, off, end, on);
}

static void halt(void)
{
	probe_hooks[IRQ_VECTOR] = on_irq;
	probe_start_pic(IRQ_VECTOR, PIC_AUTOMATIC_EOI, 0xfe);
	out8(0x43, 0x34); /* again and again: it might come before HLT */
	out8(0x40, 0);
	out8(0x40, 16);
	without("hlt", CONTROL_PRIMARY, 7, lab_halt);
	out8(0x21, 0xff);
}

static void ports(void)
{
	u8 before = in8(KEYBOARD);
	s64 off = control(CONTROL_PRIMARY, 0, BIT(25));
	u8 real = in8(KEYBOARD);
	s64 all = control(CONTROL_PRIMARY, BIT(24), 0);
	u8 exits = in8(KEYBOARD);
	s64 back = control(CONTROL_PRIMARY, BIT(25), BIT(24));

	probe_print("ports: %x, off %ld %s, all %ld %x, back %ld\n", before, off,
	            real == before ? "the same" : "the machine's own", all, exits, back);
}

static void control_registers(const char *when)
{
	probe_print("%s: NE %u, VMXE %u, clear NE %s, with CD %s, CD alone %s, clear VMXE %s, keep "
	            "it %s\n",
	            when, !!(read_cr0() & CR0_NE), !!(read_cr4() & CR4_VMXE), run(lab_clear_ne),
	            run(lab_clear_ne_cd), run(lab_set_cd), run(lab_clear_vmxe), run(lab_keep_vmxe));
}

static void masks(void)
{
	control_registers("masked");
	s64 cr0 = control(CONTROL_CR0, 0, CR0_NE), cr4 = control(CONTROL_CR4, 0, CR4_VMXE);
	probe_print("unmask: %ld %ld\n", cr0, cr4);
	control_registers("shown");
	cr0 = control(CONTROL_CR0, CR0_NE, 0);
	cr4 = control(CONTROL_CR4, CR4_VMXE, 0);
	probe_print("mask: %ld %ld\n", cr0, cr4);
	control_registers("masked again");
}

static void refused(void)
{
	static const struct {
		u64 word, on, off;
	} calls[] = {
		{CONTROL_PIN, BIT(6), BIT(6)},
		{5, 0, 0},
		{~0ul, 0, 0},
		{CONTROL_PIN, 0, BIT(3)},        /* virtual NMIs need it */
		{CONTROL_PIN, BIT(7), 0},        /* posted interrupts */
		{CONTROL_PIN, BIT(32), 0},       /* no such bit */
		{CONTROL_PRIMARY, 0, BIT(31)},   /* the secondary controls */
		{CONTROL_PRIMARY, BIT(2), 0},    /* the window */
		{CONTROL_PRIMARY, BIT(21), 0},   /* the TPR shadow */
		{CONTROL_SECONDARY, 0, BIT(1)},  /* EPT */
		{CONTROL_SECONDARY, 0, BIT(7)},  /* unrestricted guest */
		{CONTROL_SECONDARY, 0, BIT(5)},  /* VPID */
		{CONTROL_SECONDARY, BIT(17), 0}, /* PML */
		{CONTROL_CR0, 0, CR0_CD},
		{CONTROL_CR4, 0, CR4_MCE},
		{CONTROL_CR0, CR0_NE, CR0_NE},
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		probe_print("refused %u: %ld\n", i,
		            control(calls[i].word, calls[i].on, calls[i].off));
	probe_print("nmis: %ld", control(CONTROL_PIN, 0, BIT(5)));
	probe_print(" %ld", control(CONTROL_PIN, 0, BIT(3)));
	if (control(CONTROL_PIN, 0, 0) == 0)
		probe_print(" %ld", probe_hypercall(HYPERCALL_nmi, 0, 0, 0));
	probe_print(" %ld", control(CONTROL_PIN, BIT(5), 0));
	probe_print(" %ld\n", control(CONTROL_PIN, BIT(3) | BIT(5), 0));
}

/* The secret is looked for around the guest's own memory. */
static void peek(void)
{
	static const char words[] = PEEK_SECRET_WORDS;
	static u64 here = 0x1122334455667788;
	s64 text[4], value = probe_hypercall(HYPERCALL_peek, (u64)&here, 0, 0);
	u64 found = 0;
	s64 first;

	memcpy(&first, words, sizeof(first));

	probe_print("peek: %lx, last byte %ld, beyond %ld, far %ld\n", (u64)value,
	            probe_hypercall(HYPERCALL_peek, (64ul << 20) - 7, 0, 0),
	            probe_hypercall(HYPERCALL_peek, 1ul << 40, 0, 0),
	            probe_hypercall(HYPERCALL_peek, BIT(63), 0, 0));
	for (s64 at = -(8l << 20); at < (72l << 20) && !found; at += 4096) {
		for (u32 i = 0; i < ARRAY_SIZE(text) && (!i || text[0] == first); i++)
			text[i] = probe_hypercall(HYPERCALL_peek, (u64)(at + 8 * i), 0, 0);
		if (text[0] == first && memcmp(text, words, sizeof(words)) == 0)
			found = (u64)at;
	}
	probe_print("secret: ");
	if (found)
		probe_print("%lx\n",
		            (u64)probe_hypercall(HYPERCALL_peek, found + PEEK_SECRET_AT, 0, 0));
	else
		probe_print("not found\n");
}

static s32 lab(void)
{
	instructions();
	halt();
	without("wbinvd", CONTROL_SECONDARY, 6, lab_wbinvd);
	without("mwait", CONTROL_PRIMARY, 10, lab_mwait);
	without("rdtscp", CONTROL_SECONDARY, 3, lab_rdtscp);
	without("invpcid", CONTROL_SECONDARY, 12, lab_invpcid);
	without("cr8", CONTROL_PRIMARY, 20, lab_cr8);
	without("msr bitmaps", CONTROL_PRIMARY, 28, lab_rdmsr);
	without("interrupts", CONTROL_PIN, 0, lab_wbinvd);
	without("timer", CONTROL_PIN, 6, lab_wbinvd);
	ports();
	masks();
	refused();
	peek();
	return 0;
}

SUITE("lab", lab);
