#include "abi/events.h"
#include "abi/hypercall.h"
#include "abi/syscalls.h"
#include "abi/vectors.h"
#include "tools/errnos.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"
#include "vmx/fields.h"

const struct event_kind event_kinds[EVENT_LIMIT] = {
#define EVENT(number, name, tier, phase, text)                                                     \
	[number] = {#name, sizeof(struct trace_##name), EVENT_HEAD_##name, STREAM_##tier,          \
	            PHASE_##phase},
#define FIELD(type, name, display, text)
#define TEXT(name, bytes, text)
#define END(name)
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
};

static const char *const tier_names[] = {
#define TIER(name, ring, stream, text) [stream] = text,
	TRACE_TIERS(TIER)
#undef TIER
};

static const char *const reason_names[] = {
#define EXIT(number, name, kind, fate) [number] = #name,
	EXIT_REASONS(EXIT)
#undef EXIT
};

static const char *const syscall_names[] = {
#define CALL(number, name, ...) [number] = #name,
	SYSCALLS(CALL)
#undef CALL
};

static const char *const signal_names[] = {
#define SIGNAL(number, name) [number] = #name,
	SIGNALS(SIGNAL)
#undef SIGNAL
};

static const char *const gate_names[] = {
#define GATE(number, name) [number] = #name,
	USER_GATES(GATE)
#undef GATE
};

static const char *const outcome_names[] = {
#define OUTCOME(number, name) [number] = #name,
	FAULT_OUTCOMES(OUTCOME)
#undef OUTCOME
};

static const char *const hypercall_names[] = {
#define CALL(number, name, text) [number] = #name,
	HYPERCALLS(CALL)
#undef CALL
};

static const char *const vector_names[] = {
#define VECTOR(number, token, mnemonic, name) [number] = mnemonic,
	VECTORS(VECTOR)
#undef VECTOR
};

static const char *const errno_names[] = {
#define ERRNO(number, name, text) [number] = #name,
	ERRNOS(ERRNO)
#undef ERRNO
};

static const char *const errno_texts[] = {
#define ERRNO(number, name, text) [number] = text,
	ERRNOS(ERRNO)
#undef ERRNO
};

struct range {
	u64 first;
	u64 last;
	const char *name;
};

static const struct range msrs[] = {
	{0x10, 0x10, "IA32_TIME_STAMP_COUNTER"},
	{0x1b, 0x1b, "IA32_APIC_BASE"},
	{0x3a, 0x3a, "IA32_FEATURE_CONTROL"},
	{0x48, 0x48, "IA32_SPEC_CTRL"},
	{0x49, 0x49, "IA32_PRED_CMD"},
	{0x79, 0x79, "IA32_BIOS_UPDT_TRIG"},
	{0x8b, 0x8b, "IA32_BIOS_SIGN_ID"},
	{0xce, 0xce, "MSR_PLATFORM_INFO"},
	{0xfe, 0xfe, "IA32_MTRRCAP"},
	{0x10a, 0x10a, "IA32_ARCH_CAPABILITIES"},
	{0x174, 0x174, "IA32_SYSENTER_CS"},
	{0x175, 0x175, "IA32_SYSENTER_ESP"},
	{0x176, 0x176, "IA32_SYSENTER_EIP"},
	{0x179, 0x179, "IA32_MCG_CAP"},
	{0x1a0, 0x1a0, "IA32_MISC_ENABLE"},
	{0x1d9, 0x1d9, "IA32_DEBUGCTL"},
	{0x200, 0x20f, "IA32_MTRR_PHYS"},
	{0x277, 0x277, "IA32_PAT"},
	{0x2ff, 0x2ff, "IA32_MTRR_DEF_TYPE"},
	{0x38f, 0x38f, "IA32_PERF_GLOBAL_CTRL"},
	{0x480, 0x480, "IA32_VMX_BASIC"},
	{0x481, 0x481, "IA32_VMX_PINBASED_CTLS"},
	{0x482, 0x482, "IA32_VMX_PROCBASED_CTLS"},
	{0x483, 0x483, "IA32_VMX_EXIT_CTLS"},
	{0x484, 0x484, "IA32_VMX_ENTRY_CTLS"},
	{0x485, 0x485, "IA32_VMX_MISC"},
	{0x486, 0x486, "IA32_VMX_CR0_FIXED0"},
	{0x487, 0x487, "IA32_VMX_CR0_FIXED1"},
	{0x488, 0x488, "IA32_VMX_CR4_FIXED0"},
	{0x489, 0x489, "IA32_VMX_CR4_FIXED1"},
	{0x48a, 0x48a, "IA32_VMX_VMCS_ENUM"},
	{0x48b, 0x48b, "IA32_VMX_PROCBASED_CTLS2"},
	{0x48c, 0x48c, "IA32_VMX_EPT_VPID_CAP"},
	{0x48d, 0x48d, "IA32_VMX_TRUE_PINBASED_CTLS"},
	{0x48e, 0x48e, "IA32_VMX_TRUE_PROCBASED_CTLS"},
	{0x48f, 0x48f, "IA32_VMX_TRUE_EXIT_CTLS"},
	{0x490, 0x490, "IA32_VMX_TRUE_ENTRY_CTLS"},
	{0x491, 0x491, "IA32_VMX_VMFUNC"},
	{0x492, 0x492, "IA32_VMX_PROCBASED_CTLS3"},
	{0x493, 0x493, "IA32_VMX_EXIT_CTLS2"},
	{0x6e0, 0x6e0, "IA32_TSC_DEADLINE"},
	{0x800, 0x83f, "x2APIC"},
	{0xda0, 0xda0, "IA32_XSS"},
	{0xc0000080, 0xc0000080, "IA32_EFER"},
	{0xc0000081, 0xc0000081, "IA32_STAR"},
	{0xc0000082, 0xc0000082, "IA32_LSTAR"},
	{0xc0000083, 0xc0000083, "IA32_CSTAR"},
	{0xc0000084, 0xc0000084, "IA32_FMASK"},
	{0xc0000100, 0xc0000100, "IA32_FS_BASE"},
	{0xc0000101, 0xc0000101, "IA32_GS_BASE"},
	{0xc0000102, 0xc0000102, "IA32_KERNEL_GS_BASE"},
	{0xc0000103, 0xc0000103, "IA32_TSC_AUX"},
};

static const struct range cpuid_leaves[] = {
	{0x0, 0x0, "vendor"},
	{0x1, 0x1, "features"},
	{0x2, 0x2, "caches"},
	{0x4, 0x4, "cache parameters"},
	{0x5, 0x5, "MONITOR/MWAIT"},
	{0x6, 0x6, "power"},
	{0x7, 0x7, "extended features"},
	{0xa, 0xa, "performance counters"},
	{0xb, 0xb, "topology"},
	{0xd, 0xd, "XSAVE"},
	{0x15, 0x15, "TSC frequency"},
	{0x16, 0x16, "processor frequency"},
	{0x40000000, 0x40000000, "hypervisor"},
	{0x40000001, 0x400000ff, "hypervisor's own"},
	{0x80000000, 0x80000000, "extended limit"},
	{0x80000001, 0x80000001, "extended features"},
	{0x80000002, 0x80000004, "brand"},
	{0x80000007, 0x80000007, "invariant TSC"},
	{0x80000008, 0x80000008, "address widths"},
};

static const struct range ports[] = {
	{0x20, 0x21, "PIC 1"},          {0x40, 0x43, "timer"},          {0x60, 0x60, "keyboard"},
	{0x61, 0x61, "system control"}, {0x64, 0x64, "keyboard"},       {0x70, 0x71, "CMOS clock"},
	{0x80, 0x80, "POST"},           {0x92, 0x92, "system control"}, {0xa0, 0xa1, "PIC 2"},
	{0xcf8, 0xcff, "PCI"},          {0x1f0, 0x1f7, "disk"},         {0x3f6, 0x3f6, "disk"},
	{0x2f8, 0x2ff, "COM2"},         {0x3f8, 0x3ff, "COM1"},         {0x3c0, 0x3df, "VGA"},
	{0x402, 0x402, "debug"},        {0x600, 0x60f, "ACPI"},         {0xb000, 0xb03f, "ACPI"},
	{0x8900, 0x8900, "power-off"},
};

#define LOOK_UP(table, number) ((number) < ARRAY_SIZE(table) ? (table)[number] : NULL)

static const char *in_ranges(const struct range *ranges, size_t count, u64 number)
{
	for (size_t i = 0; i < count; i++)
		if (number >= ranges[i].first && number <= ranges[i].last)
			return ranges[i].name;
	return NULL;
}

const char *tier_name(u32 stream)
{
	return LOOK_UP(tier_names, stream);
}

const char *reason_name(u32 reason)
{
	return LOOK_UP(reason_names, reason);
}

const char *syscall_name(u32 number)
{
	return LOOK_UP(syscall_names, number);
}

const char *signal_name(u32 number)
{
	return LOOK_UP(signal_names, number);
}

/* Of a negated errno as a call returns it; 0 if it is none. */
static u64 errno_of(s64 result)
{
	return result < 0 && result >= -4095 ? (u64)-result : 0;
}

const char *errno_name(s64 result)
{
	return LOOK_UP(errno_names, errno_of(result));
}

const char *errno_text(s64 result)
{
	return LOOK_UP(errno_texts, errno_of(result));
}

const char *vector_name(u32 vector)
{
	return LOOK_UP(vector_names, vector);
}

const char *gate_name(u32 cause)
{
	return LOOK_UP(gate_names, cause);
}

const char *outcome_name(u32 outcome)
{
	return LOOK_UP(outcome_names, outcome);
}

const char *hypercall_name(u64 number)
{
	return LOOK_UP(hypercall_names, number);
}

const char *msr_name(u64 number)
{
	return in_ranges(msrs, ARRAY_SIZE(msrs), number);
}

const char *vmcs_field_name(u32 encoding)
{
	switch (encoding) {
#define FIELD(encoding, name, exists, text)                                                        \
	case encoding:                                                                             \
		return #name;
		VMCS_FIELDS(FIELD)
#undef FIELD
	default:
		return NULL;
	}
}

const char *cpuid_name(u64 leaf)
{
	return in_ranges(cpuid_leaves, ARRAY_SIZE(cpuid_leaves), leaf);
}

const char *port_name(u64 port)
{
	return in_ranges(ports, ARRAY_SIZE(ports), port);
}
