/* The privileged state of the observatory's worlds: set, and read back. */
#include "guest/probe/observatory.h"
#include "lib/io.h"
#include "lib/string.h"
#include "lib/uart.h"

/* Selectors of the worlds' GDTs, in the place of SELECTOR_SPARE and up; and see abi/observatory.h. */
#define LDT_A       0x58u
#define LDT_B       0x68u
#define TSS_B       0x78u
#define GATE_OPEN   0x88u
#define GATE_CLOSED 0x98u
#define TSS_FREE    0xa8u

#define GDT_ENTRIES 28u /* the last is empty: world B does without */
#define IDT_BYTES   4096u
#define TABLES      3u /* one for each world, and one that stubs load */

#define TYPE_LDT     0x82u
#define TYPE_TSS     0x89u
#define TYPE_GATE    0x8cu
#define DPL3         0x60u
#define BASE_CR0     (CR0_PG | CR0_AM | CR0_WP | CR0_ET | CR0_TS | CR0_PE)
#define CR3_PWT      BIT(3)
#define BASE_CR4     CR4_PAE
#define CPUID_XSAVE  BIT(26) /* leaf 1, ECX */
#define CPUID_RDTSCP BIT(27) /* leaf 0x80000001, EDX */

static const struct {
	u64 cr0, cr2, cr3, cr4, cr8, xcr0, dr3, dr7, kernel_gs_base, tsc_aux, rflags;
	u16 gdt_limit, idt_limit, ldtr, tr;
	u8 port;
} worlds[] = {
	{.cr0 = BASE_CR0 | CR0_MP,
         .cr2 = 0x1000,
         .cr4 = BASE_CR4,
         .cr8 = 2,
         .xcr0 = 1,
         .dr3 = 0x1000,
         .dr7 = 0x400,
         .kernel_gs_base = 0x1000,
         .tsc_aux = 1,
         .rflags = RFLAGS_ONE | RFLAGS_IF,
         .gdt_limit = GDT_ENTRIES * 8 - 1,
         .idt_limit = IDT_BYTES - 1,
         .ldtr = LDT_A,
         .tr = SELECTOR_TSS,
         .port = 0x11},
	{.cr0 = BASE_CR0,
         .cr2 = 0x2000,
         .cr3 = CR3_PWT,
         .cr4 = BASE_CR4 | CR4_PGE,
         .cr8 = 5,
         .xcr0 = 3,
         .dr3 = 0x2000,
         .dr7 = 0x30000400,
         .kernel_gs_base = 0x2000,
         .tsc_aux = 2,
         .rflags = RFLAGS_ONE,
         .gdt_limit = GDT_ENTRIES * 8 - 9,
         .idt_limit = IDT_BYTES - 17,
         .ldtr = LDT_B,
         .tr = TSS_B,
         .port = 0x22},
};

#define GS_BASE_OF_ALL 0x7000u

static u64 gdts[TABLES][GDT_ENTRIES] __attribute__((aligned(16)));
static u8 idts[TABLES][IDT_BYTES] __attribute__((aligned(16)));
static u64 ldt[2];
static struct tss tasks[2];
static u8 entry_stack[4096] __attribute__((aligned(16)));

/* What the stubs of LGDT and LIDT load. */
extern struct descriptor_pointer observatory_gdtr, observatory_idtr;
struct descriptor_pointer observatory_gdtr, observatory_idtr;

/* "Segment Descriptor Tables in IA-32e Mode": system descriptors have 16 bytes. */
static void set_system(u32 selector, u32 type, u64 base, u64 limit)
{
	for (u32 i = 0; i < TABLES; i++) {
		u64 *entry = &gdts[i][selector / 8];
		entry[0] = limit | (base & 0xffffff) << 16 | (u64)type << 40 |
		           (base >> 24 & 0xff) << 56;
		entry[1] = base >> 32;
	}
}

static void set_gate(u32 selector, u32 type, u64 target)
{
	for (u32 i = 0; i < TABLES; i++) {
		u64 *entry = &gdts[i][selector / 8];
		entry[0] = (target & 0xffff) | (u64)SELECTOR_CODE64 << 16 | (u64)type << 40 |
		           (target >> 16 & 0xffff) << 48;
		entry[1] = target >> 32;
	}
}

/* None is busy afterwards, so that each can be loaded. */
static void set_tasks(void)
{
	set_system(SELECTOR_TSS, TYPE_TSS, (u64)&tasks[0], sizeof(tasks[0]) - 1);
	set_system(TSS_B, TYPE_TSS, (u64)&tasks[1], sizeof(tasks[1]) - 1);
	set_system(TSS_FREE, TYPE_TSS, (u64)&tasks[0], sizeof(tasks[0]) - 1);
}

static struct cpuid features(u32 leaf)
{
	struct cpuid none = {0};

	return cpuid(leaf & 0x80000000, 0).eax >= leaf ? cpuid(leaf, 0) : none;
}

static bool has_xsave(void)
{
	static s32 has = -1;

	if (has < 0)
		has = features(1).ecx & CPUID_XSAVE ? 1 : 0;
	return has;
}

static bool has_tsc_aux(void)
{
	static s32 has = -1;

	if (has < 0)
		has = features(0x80000001).edx & CPUID_RDTSCP ? 1 : 0;
	return has;
}

void worlds_make(u64 entry)
{
	const u64 stack = (u64)entry_stack + sizeof(entry_stack);

	for (u32 i = 0; i < TABLES; i++) {
		memcpy(gdts[i], probe_gdt, SELECTOR_SPARE);
		memcpy(idts[i], probe_idt, IDT_BYTES);
		idts[i][GATE_DPL0 * 16 + 5] &= (u8)~DPL3;
	}
	for (u32 i = 0; i < ARRAY_SIZE(tasks); i++) {
		tasks[i] = probe_tss;
		tasks[i].rsp[0] = stack;
	}
	set_tasks();
	set_system(LDT_A, TYPE_LDT, (u64)ldt, sizeof(ldt) - 1);
	set_system(LDT_B, TYPE_LDT, (u64)ldt, sizeof(ldt) - 1);
	set_gate(GATE_OPEN, TYPE_GATE | DPL3, entry);
	set_gate(GATE_CLOSED, TYPE_GATE, entry);
	observatory_gdtr = (struct descriptor_pointer){sizeof(gdts[0]) - 1, (u64)gdts[2]};
	observatory_idtr = (struct descriptor_pointer){sizeof(idts[0]) - 1, (u64)idts[2]};
	wrmsr(MSR_STAR, (u64)SELECTOR_USER_CODE32 << 48 | (u64)SELECTOR_CODE64 << 32);
	wrmsr(MSR_LSTAR, entry);
	wrmsr(MSR_CSTAR, entry);
	wrmsr(MSR_FMASK, 0);
	wrmsr(MSR_SYSENTER_CS, SELECTOR_CODE64);
	wrmsr(MSR_SYSENTER_ESP, stack);
	wrmsr(MSR_SYSENTER_EIP, entry);
}

static void load_tables(u32 world)
{
	struct descriptor_pointer gdtr = {worlds[world].gdt_limit, (u64)gdts[world]};
	struct descriptor_pointer idtr = {worlds[world].idt_limit, (u64)idts[world]};

	__asm__ volatile("lgdt %0\n lidt %1" ::"m"(gdtr), "m"(idtr));
	set_tasks();
	__asm__ volatile("lldt %0\n ltr %1" ::"r"(worlds[world].ldtr), "r"(worlds[world].tr)
	                 : "memory");
}

static u64 read_xcr0(void)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (u64)high << 32 | low;
}

void world_enter(u32 world, bool umip, struct privileged *state)
{
	write_cr0(worlds[world].cr0);
	write_cr4(worlds[world].cr4 | (umip ? CR4_UMIP : 0) | (has_xsave() ? CR4_OSXSAVE : 0));
	write_cr3((u64)probe_pml4 | worlds[world].cr3);
	if (has_xsave())
		xsetbv(0, worlds[world].xcr0);
	__asm__ volatile("mov %0, %%cr8" ::"r"(worlds[world].cr8));
	__asm__ volatile("mov %0, %%dr0\n mov %0, %%dr1\n mov %0, %%dr2\n mov %1, %%dr3" ::"r"(0ul),
	                 "r"(worlds[world].dr3));
	write_dr7(worlds[world].dr7);
	write_dr6(0xffff0ff0);
	load_tables(world);
	__asm__ volatile("mov %0, %%fs\n mov %0, %%gs" ::"r"(0));
	wrmsr(MSR_EFER, EFER_LME | EFER_LMA | EFER_SCE);
	wrmsr(MSR_GS_BASE, GS_BASE_OF_ALL);
	wrmsr(MSR_KERNEL_GS_BASE, worlds[world].kernel_gs_base);
	if (has_tsc_aux())
		wrmsr(MSR_TSC_AUX, worlds[world].tsc_aux);
	out8(COM1 + UART_SCR, worlds[world].port);
	write_cr2(worlds[world].cr2);
	world_read(state);
}

u64 world_flags(u32 world)
{
	return worlds[world].rflags;
}

static u64 table(const struct descriptor_pointer *pointer)
{
	return pointer->base ^ (u64)pointer->limit << 48;
}

/* One number for all four. */
static u64 breakpoints(void)
{
	u64 dr0, dr1, dr2, dr3;

	__asm__ volatile("mov %%dr0, %0\n mov %%dr1, %1\n mov %%dr2, %2\n mov %%dr3, %3"
	                 : "=r"(dr0), "=r"(dr1), "=r"(dr2), "=r"(dr3));
	return ((dr0 * 31 + dr1) * 31 + dr2) * 31 + dr3;
}

void world_read(struct privileged *state)
{
	struct descriptor_pointer gdtr, idtr;
	u64 *values = state->values, ldtr = 0, tr = 0;

	__asm__ volatile("sgdt %0\n sidt %1\n sldt %2\n str %3"
	                 : "=m"(gdtr), "=m"(idtr), "+r"(ldtr), "+r"(tr));
	memset(state, 0, sizeof(*state));
	values[CHANGED_cr0] = read_cr0();
	values[CHANGED_cr2] = read_cr2();
	values[CHANGED_cr3] = read_cr3();
	values[CHANGED_cr4] = read_cr4();
	__asm__ volatile("mov %%cr8, %0" : "=r"(values[CHANGED_cr8]));
	if (values[CHANGED_cr4] & CR4_OSXSAVE)
		values[CHANGED_xcr0] = read_xcr0();
	values[CHANGED_dr] = breakpoints();
	values[CHANGED_dr7] = read_dr7();
	values[CHANGED_gdtr] = table(&gdtr);
	values[CHANGED_idtr] = table(&idtr);
	values[CHANGED_ldtr] = ldtr;
	values[CHANGED_tr] = tr;
	values[CHANGED_efer] = rdmsr(MSR_EFER);
	values[CHANGED_kernel_gs_base] = rdmsr(MSR_KERNEL_GS_BASE);
	values[CHANGED_port] = in8(COM1 + UART_SCR);
}
