/*
 * The processor's own registers and instructions, shared by ring -1 and ring 0: control registers,
 * MSRs, CPUID, the time-stamp counter, and the architectural numbers that go with them.
 */
#ifndef LIB_CPU_H
#define LIB_CPU_H

#include "abi/types.h"
#include "abi/vectors.h"

#define CR0_PE BIT(0)
#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)

#define CR4_VME        BIT(0)
#define CR4_PVI        BIT(1)
#define CR4_TSD        BIT(2)
#define CR4_DE         BIT(3)
#define CR4_PSE        BIT(4)
#define CR4_PAE        BIT(5)
#define CR4_MCE        BIT(6)
#define CR4_PGE        BIT(7)
#define CR4_PCE        BIT(8)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP       BIT(11)
#define CR4_LA57       BIT(12)
#define CR4_VMXE       BIT(13)
#define CR4_SMXE       BIT(14)
#define CR4_FSGSBASE   BIT(16)
#define CR4_PCIDE      BIT(17)
#define CR4_OSXSAVE    BIT(18)
#define CR4_SMEP       BIT(20)
#define CR4_SMAP       BIT(21)
#define CR4_PKE        BIT(22)

#define RFLAGS_CF   BIT(0)
#define RFLAGS_ONE  BIT(1)
#define RFLAGS_PF   BIT(2)
#define RFLAGS_AF   BIT(4)
#define RFLAGS_ZF   BIT(6)
#define RFLAGS_SF   BIT(7)
#define RFLAGS_TF   BIT(8)
#define RFLAGS_IF   BIT(9)
#define RFLAGS_DF   BIT(10)
#define RFLAGS_OF   BIT(11)
#define RFLAGS_IOPL (BIT(12) | BIT(13))
#define RFLAGS_NT   BIT(14)
#define RFLAGS_RF   BIT(16)
#define RFLAGS_VM   BIT(17)
#define RFLAGS_AC   BIT(18)

#define MSR_TSC             0x10u
#define MSR_PLATFORM_ID     0x17u
#define MSR_APIC_BASE       0x1bu
#define MSR_FEATURE_CONTROL 0x3au
#define MSR_TSC_ADJUST      0x3bu
#define MSR_BIOS_SIGN_ID    0x8bu
#define MSR_MTRRCAP         0xfeu
#define MSR_ARCH_CAPS       0x10au
#define MSR_SYSENTER_CS     0x174u
#define MSR_SYSENTER_ESP    0x175u
#define MSR_SYSENTER_EIP    0x176u
#define MSR_MCG_CAP         0x179u
#define MSR_MCG_STATUS      0x17au
#define MSR_MISC_ENABLE     0x1a0u
#define MSR_DEBUGCTL        0x1d9u
#define MSR_MTRR_PHYSBASE0  0x200u
#define MSR_MTRR_FIX64K     0x250u
#define MSR_PAT             0x277u
#define MSR_MTRR_DEF_TYPE   0x2ffu
#define MSR_VMX_BASIC       0x480u
#define MSR_XSS             0xda0u
#define MSR_EFER            0xc0000080u
#define MSR_STAR            0xc0000081u
#define MSR_LSTAR           0xc0000082u
#define MSR_CSTAR           0xc0000083u
#define MSR_FMASK           0xc0000084u
#define MSR_FS_BASE         0xc0000100u
#define MSR_GS_BASE         0xc0000101u
#define MSR_KERNEL_GS_BASE  0xc0000102u
#define MSR_TSC_AUX         0xc0000103u

#define DEBUGCTL_LBR BIT(0)
#define DEBUGCTL_BTF BIT(1)

#define EFER_SCE BIT(0)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

/* IA32_PAT: a byte for each of eight memory types, of which 2, 3 and those from 8 on do not exist. */
static inline bool pat_is_valid(u64 value)
{
	const u64 each = 0x0101010101010101;

	return !(value & 0xf8 * each) && !(value >> 1 & ~(value >> 2) & each);
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;
	__asm__ volatile("cpuid"
	                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
	                 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u64 rdtsc(void)
{
	u64 low, high; /* in 64-bit mode RDTSC clears both upper halves */
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return high << 32 | low;
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

#define CONTROL_REGISTER(name)                                                                     \
	static inline u64 read_##name(void)                                                        \
	{                                                                                          \
		u64 value;                                                                         \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value)::"memory");                   \
		return value;                                                                      \
	}                                                                                          \
	static inline void write_##name(u64 value)                                                 \
	{                                                                                          \
		__asm__ volatile("mov %0, %%" #name ::"r"(value) : "memory");                      \
	}
CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
CONTROL_REGISTER(dr6)
CONTROL_REGISTER(dr7)
#undef CONTROL_REGISTER

static inline void xsetbv(u32 index, u64 value)
{
	__asm__ volatile("xsetbv" ::"c"(index), "a"((u32)value), "d"((u32)(value >> 32)));
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause");
}

/* Stops this processor for ever. */
static inline _Noreturn void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Selectors loaded into a descriptor-table register: limit, then base. */
struct descriptor_pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

/* "64-Bit TSS Format": rsp[n] is loaded on an entry into ring n, ist[n - 1] by a gate with IST n. */
struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base; /* beyond the segment's limit: ports are ring 0's alone */
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "a 64-bit TSS");

#endif
