#include "guest/tables.h"
#include "guest/paging.h"
#include "guest/protect.h"
#include "guest/stacks.h"
#include "lib/cpu.h"

#define STUBS       48u /* vectors 0 .. 47; behind them the one of INT 80h */
#define IDT_ENTRIES 256u

#define GATE_INTERRUPT (0x8eull << 40) /* present, DPL 0, interrupts off */
#define GATE_USER      (0x60ull << 40) /* DPL 3 */

#define TSS_SELECTOR (6u * 8)

extern const u64 vector_stubs[STUBS + 1];
extern const u8 syscall_entry[];

/* Segments are flat; the accessed bit is set beforehand. STAR asks for this order. */
static const u64 flat_segments[GDT_ENTRIES] = {
	[KERNEL_CS / 8] = 0x00af9b000000ffff,
	[KERNEL_SS / 8] = 0x00cf93000000ffff,
	[USER_SS / 8] = 0x00cff3000000ffff,
	[USER_CS / 8] = 0x00affb000000ffff,
};

/* Read by all processors, never written again; a page of its own, that ring -1 may protect. */
static _Alignas(PAGE_BYTES) u64 idt[IDT_ENTRIES][2];

_Static_assert(sizeof(idt) == PAGE_BYTES, "nothing else is in its page");

const void *tables_idt(void)
{
	return idt;
}

static void set_gate(u32 vector, u64 stub, u64 bits)
{
	idt[vector][0] = (stub & 0xffff) | KERNEL_CS << 16 | bits | (stub >> 16 & 0xffff) << 48;
	idt[vector][1] = stub >> 32;
}

static void load_idt(u16 limit)
{
	struct descriptor_pointer pointer = {limit, (u64)idt};

	__asm__ volatile("lidt %0" ::"m"(pointer));
}

static void init_idt(const u64 *stubs)
{
	for (u32 i = 0; i < STUBS; i++)
		set_gate(i, stubs[i], GATE_INTERRUPT);
	set_gate(VECTOR_BP, stubs[VECTOR_BP], GATE_INTERRUPT | GATE_USER);
	set_gate(VECTOR_OF, stubs[VECTOR_OF], GATE_INTERRUPT | GATE_USER);
	set_gate(VECTOR_SYSCALL, stubs[STUBS], GATE_INTERRUPT | GATE_USER);
	load_idt(sizeof(idt) - 1);
}

/* The four that may strike anywhere. */
static void init_ist(void)
{
	static const u8 vectors[IST_STACKS] = {VECTOR_DF, VECTOR_NMI, VECTOR_DB, VECTOR_MC};

	for (u32 i = 0; i < IST_STACKS && protection_on(PROTECTION_IST); i++)
		idt[vectors[i]][0] |= (u64)(i + 1) << 32;
}

static void init_gdt(struct cpu *cpu)
{
	u64 base = (u64)&cpu->tss;
	u64 limit = sizeof(cpu->tss) + sizeof(cpu->port_bitmap) - 1;
	struct descriptor_pointer pointer = {sizeof(cpu->gdt) - 1, (u64)cpu->gdt};

	for (u32 i = 0; i < GDT_ENTRIES; i++)
		cpu->gdt[i] = flat_segments[i];
	cpu->gdt[TSS_SELECTOR / 8] =
		limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	cpu->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
	cpu->tss.iomap_base = PORTS_CLOSED;

	__asm__ volatile("lgdt %0\n\t"
	                 "pushq %1\n\t"
	                 "leaq 1f(%%rip), %%rax\n\t"
	                 "pushq %%rax\n\t"
	                 "lretq\n"
	                 "1: movl %2, %%ss\n\t"
	                 "movl %3, %%ds\n\t"
	                 "movl %3, %%es\n\t"
	                 "movl %3, %%fs\n\t"
	                 "movl %3, %%gs\n\t"
	                 "ltr %w4" ::"m"(pointer),
	                 "i"(KERNEL_CS), "r"(KERNEL_SS), "r"(0), "r"(TSS_SELECTOR)
	                 : "rax", "memory");
}

void tables_mask_flags(bool all)
{
	wrmsr(MSR_FMASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_NT | (all ? RFLAGS_DF | RFLAGS_AC : 0));
}

void tables_init(struct cpu *cpu)
{
	cpu->self = cpu;
	cpu->current = &cpu->idle;
	init_gdt(cpu);
	wrmsr(MSR_GS_BASE, (u64)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	init_idt(vector_stubs);

	wrmsr(MSR_STAR, (u64)KERNEL_CS << 32 | (u64)(USER_CS - 16) << 48);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_CSTAR, 0);
	tables_mask_flags(true);
	wrmsr(MSR_SYSENTER_CS, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

bool tables_init_stacks(struct cpu *cpu)
{
	for (u32 i = 0; i < IST_STACKS; i++) {
		cpu->tss.ist[i] = kernel_stack_alloc();
		if (!cpu->tss.ist[i])
			return false;
	}
	init_ist();
	return true;
}

void tables_enter_at(const u64 *stubs, const void *syscall)
{
	struct cpu *cpu = this_cpu();

	cpu->tss.rsp[0] = (u64)(cpu->entry_stack + ENTRY_STACK_WORDS);
	init_idt(stubs);
	init_ist();
	wrmsr(MSR_LSTAR, (u64)syscall);
}

void tables_drop_idt(void)
{
	load_idt(0);
}
