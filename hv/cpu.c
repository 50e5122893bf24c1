#include "hv/cpu.h"
#include "lib/cpu.h"
#include "lib/string.h"

#define STACK_BYTES 16384u
#define CODE        0x08
#define DATA        0x10
#define TSS         0x18
#define VECTORS_ALL 256u
#define GATE        0x8e00ull /* present, DPL 0, interrupt gate */

/* Interrupt stack table: which stack a vector runs on. */
enum ist { IST_TRAP = 1, IST_NMI, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_INTERRUPT };

struct stack {
	u8 guard[4096]; /* never mapped: an overrun faults */
	u8 bytes[STACK_BYTES];
};

enum stack_use {
	STACK_BOOT,
	STACK_EXIT,
	STACK_TRAP,
	STACK_NMI,
	STACK_DOUBLE_FAULT,
	STACK_MACHINE_CHECK,
	STACK_INTERRUPT,
	STACKS,
};

static struct stack stacks[STACKS] __attribute__((section(".bss.stacks"), aligned(4096)));

/* For boot.asm, which runs before C can compute an address. */
extern u8 boot_stack_top[];
__asm__(".globl boot_stack_top\n.set boot_stack_top, stacks + 4096 + 16384");

struct gate {
	u64 low, high;
};

extern u8 hv_vector_table[];
static struct tss tss __attribute__((aligned(16)));
static struct gate idt[VECTORS_ALL]; /* all there are: VM exits set the limit to 64 KiB */
static u64 gdt[5];

u64 __stack_chk_guard;

static u64 top(enum stack_use use)
{
	return (u64)(stacks[use].bytes + STACK_BYTES);
}

u64 cpu_exit_stack(void)
{
	return top(STACK_EXIT);
}

bool cpu_is_guard_page(u64 page)
{
	for (u32 i = 0; i < STACKS; i++)
		if (page == (u64)stacks[i].guard)
			return true;
	return false;
}

static u32 ist_of(u32 vector)
{
	switch (vector) {
	case VECTOR_NMI:
		return IST_NMI;
	case VECTOR_DF:
		return IST_DOUBLE_FAULT;
	case VECTOR_MC:
		return IST_MACHINE_CHECK;
	default:
		return vector < 32 ? IST_TRAP : IST_INTERRUPT;
	}
}

static void load_gdt(void)
{
	u64 base = (u64)&tss;
	const struct descriptor_pointer pointer = {sizeof(gdt) - 1, (u64)gdt};

	gdt[CODE / 8] = 0x00af9b000000ffff;
	gdt[DATA / 8] = 0x00cf93000000ffff;
	gdt[TSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
	               (base >> 24 & 0xff) << 56;
	gdt[TSS / 8 + 1] = base >> 32;
	__asm__ volatile("lgdt %0" ::"m"(pointer));
	__asm__ volatile("ltr %w0" ::"r"(TSS));
}

void cpu_init(void)
{
	const struct descriptor_pointer pointer = {sizeof(idt) - 1, (u64)idt};

	tss.ist[IST_TRAP - 1] = top(STACK_TRAP);
	tss.ist[IST_NMI - 1] = top(STACK_NMI);
	tss.ist[IST_DOUBLE_FAULT - 1] = top(STACK_DOUBLE_FAULT);
	tss.ist[IST_MACHINE_CHECK - 1] = top(STACK_MACHINE_CHECK);
	tss.ist[IST_INTERRUPT - 1] = top(STACK_INTERRUPT);
	tss.iomap_base = sizeof(tss);
	load_gdt();
	for (u32 i = 0; i < VECTORS_ALL; i++) {
		u64 entry = (u64)hv_vector_table + 16 * i;
		idt[i].low = (entry & 0xffff) | CODE << 16 | (u64)ist_of(i) << 32 | GATE << 32 |
		             (entry >> 16 & 0xffff) << 48;
		idt[i].high = entry >> 32;
	}
	__asm__ volatile("lidt %0" ::"m"(pointer));
}

void cpu_describe_host(struct vmcs_host *host)
{
	host->tr_base = (u64)&tss;
	host->gdtr_base = (u64)gdt;
	host->idtr_base = (u64)idt;
	host->code_selector = CODE;
	host->data_selector = DATA;
	host->tss_selector = TSS;
}
