/*
 * The machine under fuzz_exits: a VMCS in an array, MSRs, ports, memory below 4 GiB in which only
 * what was allocated may be touched, and the ends of a run.
 */
#include <sanitizer/asan_interface.h>

#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/explain.h"
#include "hv/memory.h"
#include "tests/fuzz/machine.h"
#include "tests/unit/no_disk.h"

#define POOL       0x20000000u
#define POOL_BYTES (32u << 20)
#define WAITS      64u /* timer interrupts after which a guest that waits is left waiting */

struct vmcs_snapshot vmcs;
u64 machine_msr[18], machine_time, machine_ports;
u32 machine_physical_bits;
bool machine_is_odd;
jmp_buf machine_end;

static u8 place_of[0x7000]; /* by encoding; 0xff: no such field */
static u64 pool_used;
static u32 waits;

_Noreturn void machine_wrong(const char *pattern, ...)
{
	va_list list;

	va_start(list, pattern);
	fputs("FINDING: ", stderr);
	vfprintf(stderr, pattern, list);
	fputc('\n', stderr);
	va_end(list);
	abort();
}

static void set_up(void)
{
	_Static_assert(VMCS_FIELD_COUNT < 0xff, "places fit into bytes");
	memset(place_of, 0xff, sizeof(place_of));
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		place_of[vmcs_fields[i].encoding] = (u8)i;
	if (mmap((void *)(uintptr_t)POOL, POOL_BYTES, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
		machine_wrong("no memory at %x for the machine", POOL);
	ASAN_POISON_MEMORY_REGION((void *)(uintptr_t)POOL, POOL_BYTES);
}

void machine_reset(void)
{
	if (!place_of[1])
		set_up();
	memset(&vmcs, 0, sizeof(vmcs));
	ASAN_POISON_MEMORY_REGION((void *)(uintptr_t)POOL, pool_used);
	pool_used = waits = 0;
	machine_time = 1000000;
}

/* Memory, each piece between bytes that may not be touched. */
u64 memory_allocate(u64 bytes, u64 align)
{
	bytes = (bytes + 7) & ~7ull; /* as whole words as ring -1's own gives */
	u64 at = (POOL + pool_used + 4096 + align - 1) & ~(align - 1);

	if (at + bytes > POOL + POOL_BYTES)
		return 0;
	pool_used = at + bytes - POOL;
	ASAN_UNPOISON_MEMORY_REGION((void *)(uintptr_t)at, bytes);
	if (bytes <= 1 << 16) /* nobody reads more of the rings than was written */
		memset((void *)(uintptr_t)at, 0, bytes);
	return at;
}

u64 memory_allocate_guest(u64 bytes, u64 align)
{
	return memory_allocate(bytes, align);
}

const struct memory_range *memory_taken(u32 i)
{
	(void)i;
	return NULL;
}

u64 memory_largest_free(void)
{
	return 0;
}

static u32 place(u32 encoding)
{
	u32 at = encoding < ARRAY_SIZE(place_of) ? place_of[encoding] : 0xff;

	if (at == 0xff)
		machine_wrong("access to a VMCS field %x, which the table does not know", encoding);
	return at;
}

bool fuzz_has_field(u32 encoding)
{
	s32 feature = vmcs_fields[place(encoding)].feature;

	return feature == FEATURE_ALWAYS || the_vcpu.vm->controls.allowed[feature];
}

u64 fuzz_vmread(u32 encoding)
{
	if (!fuzz_has_field(encoding))
		machine_wrong("VMREAD of %s, which this processor lacks",
		              vmcs_fields[place(encoding)].name);
	return vmcs.value[place(encoding)];
}

void fuzz_vmwrite(u32 encoding, u64 value)
{
	u32 bits = 8 * vmcs_field_bytes(encoding);

	if (!fuzz_has_field(encoding) || vmcs_field_type(encoding) == VMCS_READ_ONLY)
		machine_wrong("VMWRITE of %s, which this processor %s",
		              vmcs_fields[place(encoding)].name,
		              fuzz_has_field(encoding) ? "only lets be read" : "lacks");
	vmcs.value[place(encoding)] = bits == 64 ? value : value & ((1ull << bits) - 1);
}

/* "INVEPT", "INVVPID": a type that the processor lacks, or VPID 0, fails the instruction. */
void fuzz_invalidate(u32 type, u64 context, bool vpid)
{
	const bool *allowed = the_vcpu.vm->controls.allowed;
	bool single = allowed[vpid ? FEATURE_invvpid_single : FEATURE_invept_single];
	bool all = allowed[vpid ? FEATURE_invvpid_all : FEATURE_invept_all];
	bool there = allowed[vpid ? FEATURE_invvpid : FEATURE_invept];

	if (!there || (type == 1 ? !single || !context : type == 2 ? !all : true))
		machine_wrong("%s of type %u, context %lx", vpid ? "INVVPID" : "INVEPT", type,
		              context);
}

struct cpuid fuzz_cpuid(u32 leaf, u32 subleaf)
{
	if (leaf == 0x80000008)
		return (struct cpuid){48 << 8 | machine_physical_bits, 0, 0, 0};
	if (leaf == 0xd && subleaf == 0)
		return (struct cpuid){0xe7, 0x440, 0xa80, 0};
	return (struct cpuid){~leaf, 0xffffffff, ~subleaf, 0xffffffff};
}

u64 fuzz_rdmsr(u32 msr)
{
	if (msr - 0x480 < ARRAY_SIZE(machine_msr))
		return machine_msr[msr - 0x480];
	if (msr == MSR_PAT)
		return 0x0007040600070406ull;
	return msr == MSR_EFER ? EFER_LME | EFER_LMA | EFER_NXE : 0x1000 + msr;
}

static bool is_canonical(u64 address)
{
	return (u64)((s64)(address << 16) >> 16) == address;
}

/* What would raise #GP in ring -1. */
void fuzz_wrmsr(u32 msr, u64 value)
{
	bool address = msr == MSR_LSTAR || msr == MSR_CSTAR || msr == MSR_KERNEL_GS_BASE;
	bool narrow = msr == MSR_FMASK || msr == MSR_TSC_AUX || msr == MSR_XSS;

	if (address ? !is_canonical(value) : narrow ? value >> 32 != 0 : msr != MSR_STAR)
		machine_wrong("WRMSR of %x to %lx in ring -1", msr, value);
}

void fuzz_xsetbv(u32 index, u64 value)
{
	u64 avx512 = value >> 5 & 7;

	if (index || !(value & 1) || value & ~0xe7ull || (value & 6) == 4 ||
	    (avx512 && (avx512 != 7 || (value & 6) != 6)))
		machine_wrong("XSETBV of register %u to %lx in ring -1", index, value);
}

void fuzz_write_dr6(u64 value)
{
	if (value >> 32)
		machine_wrong("DR6 set to %lx in ring -1", value);
}

u64 fuzz_rdtsc(void)
{
	return machine_time += 7;
}

/* The assembly in ring -1's own files: NMIs and interrupts are taken here. */
void fuzz_assembly(const char *text)
{
	if (!strstr(text, "sti"))
		return;
	the_vcpu.own_interrupts |= 1;
	if (strstr(text, "hlt") && ++waits > WAITS)
		longjmp(machine_end, 1); /* for ever, as far as we are concerned */
	machine_time += the_vcpu.vm->tsc_hz / 100;
}

u8 in8(u16 port)
{
	machine_ports = machine_ports >> 8 | machine_ports << 56;
	return port % 8 == 5 ? (u8)machine_ports | 0x60 : (u8)machine_ports; /* never too busy */
}

void out8(u16 port, u8 value)
{
	(void)port;
	(void)value;
}

void out8_string(u16 port, const void *data, size_t count)
{
	(void)port;
	for (size_t i = 0; i < count; i++)
		if (*((const volatile u8 *)data + i) == 0xff)
			return; /* it can be read */
}

u64 cpu_exit_stack(void)
{
	return POOL;
}

bool cpu_is_guard_page(u64 page __attribute__((unused)))
{
	return false;
}

void cpu_describe_host(struct vmcs_host *host)
{
	host->tr_base = host->gdtr_base = host->idtr_base = POOL;
	host->code_selector = 8;
	host->data_selector = 16;
	host->tss_selector = 24;
}

void vmx_exit_point(void)
{
}

void vmx_untimed_exit_point(void)
{
}

void hv_log(const char *pattern, ...)
{
	(void)pattern;
}

void explain_capabilities(const struct vcpu *vcpu __attribute__((unused)))
{
}

/* Only what some processor lacks or insists on may be refused: else nothing would be tested. */
_Noreturn void end_refused(const char *pattern, ...)
{
	if (!machine_is_odd)
		machine_wrong("a common processor is refused: %s", pattern);
	longjmp(machine_end, 1);
}

/* The other ends of a run: all are valid outcomes. */
#define END(arguments)                                                                             \
	_Noreturn void arguments                                                                   \
	{                                                                                          \
		longjmp(machine_end, 1);                                                           \
	}
END(end_fault(const char *sentence __attribute__((unused))))
END(end_guest(struct vcpu *vcpu __attribute__((unused)),
              enum guest_end cause __attribute__((unused)), s32 status __attribute__((unused))))
END(explain_failed_entry(struct vcpu *vcpu __attribute__((unused)),
                         u32 reason __attribute__((unused)), u32 error __attribute__((unused)),
                         bool resumed __attribute__((unused))))
END(end_report(struct vcpu *vcpu __attribute__((unused)),
               enum guest_end cause __attribute__((unused)),
               const char *pattern __attribute__((unused)), ...))
