/* CPUID, deny by default: a leaf without a row reads as zeros, a bit without a reason is off. */
#include "abi/hypercall.h"
#include "hv/exit.h"
#include "lib/string.h"

#define ALL             0xffffffffu
#define OSXSAVE         BIT(27)
#define HYPERVISOR      BIT(31)
#define SYSCALL         BIT(11) /* of leaf 80000001, EDX: shows in 64-bit mode alone */
#define BASIC_LEAVES    0x20u
#define EXTENDED_LEAVES 0x09u
#define EXTENDED        0x80000000u

/* XSAVE components that a guest may have: x87, SSE, AVX, AVX-512 (three). */
#define XSAVE_COMPONENTS 0xe7u

/* What leaf 1 does not show, and why. */
#define LEAF1_ECX_HIDDEN                                                                           \
	(BIT(2) | BIT(3) | BIT(4) /* DTES64, MONITOR, DS-CPL: debug store and idle states */       \
	 | BIT(5) | BIT(6)        /* VMX, SMX: ring -1's own */                                    \
	 | BIT(7) | BIT(8)        /* EIST, TM2: power management is the machine's */               \
	 | BIT(10) | BIT(11)      /* L1 context, silicon debug */                                  \
	 | BIT(14)                /* xTPR update control: a bit of IA32_MISC_ENABLE */             \
	 | BIT(15) | BIT(18)      /* PDCM, DCA */                                                  \
	 | BIT(21) | BIT(24)      /* x2APIC, TSC deadline: there is no local APIC */               \
	 | OSXSAVE)               /* mirrors the guest's own CR4 */
#define LEAF1_EDX_HIDDEN                                                                           \
	(BIT(7) | BIT(14)     /* MCE, MCA: machine checks are ring -1's */                         \
	 | BIT(9)             /* local APIC: not virtualised */                                    \
	 | BIT(12)            /* MTRR: memory types are ring -1's, through EPT */                  \
	 | BIT(18)            /* the processor's serial number */                                  \
	 | BIT(21) | BIT(22)  /* debug store, ACPI thermal */                                      \
	 | BIT(28)            /* HTT: the guest has one logical processor */                       \
	 | BIT(29) | BIT(31)) /* thermal monitor, PBE */
#define LEAF1_EBX 0xffffu     /* brand, CLFLUSH; no APIC ID, no count of processors */
#define LEAF4_EAX 0x3ffu      /* the cache, not how many processors share it */
/* Leaf 7 shows only what works without more MSRs or state than the guest has. */
#define LEAF7_EBX_SHOWN                                                                            \
	(BIT(0) | BIT(3) | BIT(5)                 /* FSGSBASE, BMI1, AVX2 */                       \
	 | BIT(7) | BIT(8) | BIT(10)              /* SMEP, BMI2, INVPCID */                        \
	 | BIT(16) | BIT(17)                      /* AVX512F, DQ */                                \
	 | BIT(18) | BIT(19) | BIT(20)            /* RDSEED, ADX, SMAP */                          \
	 | BIT(21) | BIT(23) | BIT(24)            /* IFMA, CLFLUSHOPT, CLWB */                     \
	 | BIT(28) | BIT(29) | BIT(30) | BIT(31)) /* CD, SHA, BW, VL */
#define LEAF7_ECX_SHOWN                                                                            \
	(BIT(1) | BIT(2)                                          /* VBMI, UMIP */                 \
	 | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) /* VBMI2, GFNI, VAES ... */      \
	 | BIT(14) | BIT(22))                                     /* VPOPCNTDQ, RDPID */

/* Masks: the bits of a leaf that show through. */
static struct cpuid basic[BASIC_LEAVES], extended[EXTENDED_LEAVES];

static const struct {
	u32 leaf;
	struct cpuid mask;
} rows[] = {
	{0x0, {ALL, ALL, ALL, ALL}},                                             /* vendor */
	{0x1, {ALL, LEAF1_EBX, (u32)~LEAF1_ECX_HIDDEN, (u32)~LEAF1_EDX_HIDDEN}}, /* features */
	{0x2, {ALL, ALL, ALL, ALL}},                                             /* caches */
	{0x4, {LEAF4_EAX, ALL, ALL, ALL}},                                       /* caches */
	{0x7, {0, (u32)LEAF7_EBX_SHOWN, (u32)LEAF7_ECX_SHOWN, 0}},               /* more features */
	{0xd, {ALL, ALL, ALL, ALL}}, /* XSAVE: see handle_xsave */
	{0x15, {ALL, ALL, ALL, 0}},  /* TSC and crystal */
	{0x16, {ALL, ALL, ALL, 0}},  /* frequencies */
	{EXTENDED + 0, {ALL, ALL, ALL, ALL}},
	{EXTENDED + 1,
         {ALL, 0, (u32)BIT(0) | (u32)BIT(5) | (u32)BIT(8),
          (u32)(SYSCALL | BIT(20) | BIT(26) | BIT(27) | BIT(29))}},
	{EXTENDED + 2, {ALL, ALL, ALL, ALL}}, /* brand string */
	{EXTENDED + 3, {ALL, ALL, ALL, ALL}},
	{EXTENDED + 4, {ALL, ALL, ALL, ALL}},
	{EXTENDED + 6, {0, 0, ALL, 0}},         /* cache */
	{EXTENDED + 7, {0, 0, 0, (u32)BIT(8)}}, /* invariant TSC */
	{EXTENDED + 8, {0xffff, 0, 0, 0}},      /* address sizes */
};

static struct cpuid *mask_of(u32 leaf)
{
	if (leaf < BASIC_LEAVES)
		return &basic[leaf];
	if (leaf - EXTENDED < EXTENDED_LEAVES)
		return &extended[leaf - EXTENDED];
	return NULL;
}

void cpuid_init(const struct vm *vm)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		*mask_of(rows[i].leaf) = rows[i].mask;
	/* Instructions that take a control of their own show only if it was granted. */
	if (!vm->controls.granted[FEATURE_invpcid])
		basic[7].ebx &= (u32)~BIT(10);
	if (!vm->controls.granted[FEATURE_rdtscp]) {
		extended[1].edx &= (u32)~BIT(27);
		basic[7].ecx &= (u32)~BIT(22); /* RDPID reads the same MSR */
	}
}

/* The leaves that ring -1 answers itself. Not inline: its array would cost every CPUID a canary. */
static __attribute__((noinline)) struct cpuid hypervisor_leaf(const struct vm *vm, u32 leaf)
{
	struct cpuid answer = {0};

	if (leaf == CPUID_HYPERVISOR_LEAF) {
		answer.eax = CPUID_TSC_LEAF;
		memcpy(&answer.ebx, RINGSCOPE_SIGNATURE, 12);
	} else if (leaf == CPUID_TSC_LEAF) {
		answer.eax = (u32)(vm->tsc_hz / 1000);
	}
	return answer;
}

/* Bytes of an XSAVE area with all components that a guest may have ("XSAVE Area"). */
static u32 xsave_bytes(u32 components)
{
	u32 bytes = 576; /* legacy region and header */

	for (u32 i = 2; i < 8; i++) {
		if (!(components >> i & 1))
			continue;
		struct cpuid part = cpuid(0xd, i); /* size in EAX, offset in EBX */
		if (part.eax + part.ebx > bytes)
			bytes = part.eax + part.ebx;
	}
	return bytes;
}

/* What XCR0 enables shows by itself: the real one is the guest's, as is the size in EBX. */
static void adjust_xsave(const struct vm *vm, u32 subleaf, struct cpuid *answer)
{
	if (subleaf == 0) {
		answer->eax &= XSAVE_COMPONENTS;
		answer->ecx = xsave_bytes(answer->eax);
		answer->edx = 0;
	} else if (subleaf == 1) {
		/* XSAVEOPT, XSAVEC, XGETBV of 1, XSAVES; no XFD, whose MSRs fault. */
		answer->eax &= vm->controls.granted[FEATURE_xsaves] ? 0xf : 0x7;
		answer->ecx = 0; /* no supervisor components */
		answer->edx = 0;
	} else if (subleaf >= 32 || !(XSAVE_COMPONENTS >> subleaf & 1)) {
		*answer = (struct cpuid){0};
	}
}

static inline struct cpuid masked(u32 leaf, u32 subleaf, const struct cpuid *mask)
{
	struct cpuid answer = cpuid(leaf, subleaf);

	return (struct cpuid){answer.eax & mask->eax, answer.ebx & mask->ebx,
	                      answer.ecx & mask->ecx, answer.edx & mask->edx};
}

static inline void give(u64 *registers, struct cpuid answer)
{
	registers[RAX] = answer.eax;
	registers[RBX] = answer.ebx;
	registers[RCX] = answer.ecx;
	registers[RDX] = answer.edx;
}

static struct cpuid shown(const struct vm *vm, u32 leaf, u32 subleaf)
{
	const struct cpuid *mask = mask_of(leaf);

	if (!mask)
		return hypervisor_leaf(vm, leaf);
	struct cpuid answer = masked(leaf, subleaf, mask);
	if (leaf == 1) {
		answer.ecx |= (u32)HYPERVISOR;
		if (vmcs_read(VMCS_guest_cr4) & CR4_OSXSAVE)
			answer.ecx |= (u32)OSXSAVE;
	} else if (leaf == 7 && subleaf) {
		answer = (struct cpuid){0};
	} else if (leaf == EXTENDED + 1 && !in_64_bit_mode()) {
		answer.edx &= (u32)~SYSCALL;
	} else if (leaf == 0xd) {
		adjust_xsave(vm, subleaf, &answer);
	}
	return answer;
}

void handle_cpuid(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;
	struct cpuid answer = shown(vcpu->vm, (u32)registers[RAX], (u32)registers[RCX]);

	give(registers, answer);
	vcpu->result = answer.eax;
	skip_instruction();
}

/* Leaves whose answer is not the processor's under a mask alone. */
#define SPECIAL_LEAVES (1u << 1 | 1u << 7 | 1u << 0xd)

bool quick_cpuid(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;
	u32 leaf = (u32)registers[RAX];

	if (leaf >= BASIC_LEAVES || SPECIAL_LEAVES >> leaf & 1 || !skip_simply())
		return false;
	give(registers, masked(leaf, (u32)registers[RCX], &basic[leaf]));
	return true;
}
