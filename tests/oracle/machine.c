#include "tests/oracle/machine.h"
#include "hv/cpu.h"
#include "hv/memory.h"
#include "hv/support.h"
#include "lib/cpu.h"
#include "lib/multiboot2.h"
#include "lib/string.h"
#include "vmx/instructions.h"
#include "vmx/vmcs.h"

#define TRIPWIRE        0xc0000100u /* IA32_FS_BASE, which no list may load */
#define VTPR            0x80u       /* in the virtual-APIC page */
#define ENTRY_FAILURE   BIT(31)     /* of the exit reason */
#define FAILED_GUEST    33u
#define FAILED_MSR_LOAD 34u
#define READABLE        (1ull << 32) /* what boot.asm's tables map */

struct machine machine;

static struct {
	u64 efer, pat;
} own;

/* tests/oracle/launch.asm */
u32 oracle_launch(void);
void oracle_exit(void);

struct msr_entry *machine_entries(void)
{
	return at_physical(machine.tripwires);
}

static u64 page(void)
{
	return memory_allocate(PAGE_BYTES, PAGE_BYTES);
}

static u64 vmx_region(void)
{
	u64 region = page();

	*(u32 *)at_physical(region) = (u32)machine.caps.basic & 0x7fffffff;
	return region;
}

/* "Page-Directory-Pointer-Table Entry" (PAE): bits 2:1, 8:5 and those beyond MAXPHYADDR. */
static void lay_out_page_tables(void)
{
	static const u8 reserved[] = {1, 2, 5, 6, 7, 8, 52, 63};

	machine.page_tables = page();
	u64 *entries = at_physical(machine.page_tables);
	for (u32 table = 0; table < PAGE_BYTES / 32; table++) {
		entries[4 * table] = entries[4 * table + 3] = machine.zeros | 1;
		if (table & 1)
			entries[4 * table + (table >> 1) % 4] =
				machine.zeros | 1 | BIT(reserved[(table >> 3) % sizeof(reserved)]);
	}
}

static void lay_out_memory(void)
{
	machine.vmcs = vmx_region();
	machine.other_vmcs = vmx_region();
	machine.zeros = page();
	lay_out_page_tables();
	machine.virtual_apic = page();
	((u8 *)at_physical(machine.virtual_apic))[VTPR] = 0x50;
	machine.harmless = memory_allocate(2 * PAGE_BYTES, PAGE_BYTES);
	struct msr_entry *entries = at_physical(machine.harmless);
	for (u32 i = 0; i < 2 * MSR_LIST_ENTRIES; i++)
		entries[i].index = MSR_SYSENTER_CS;
	machine.tripwires = memory_allocate(2 * PAGE_BYTES, PAGE_BYTES);
	entries = machine_entries();
	for (u32 i = 0; i < MSR_LIST_ENTRIES; i++)
		entries[i].index = i < FREE_ENTRIES ? MSR_SYSENTER_CS : TRIPWIRE;
}

/* The field is there where the capability MSRs promise it and VMREAD agrees. */
static const char *find_fields(void)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++) {
		u32 encoding = vmcs_fields[i].encoding;
		machine.exists[i] = vmcs_has_field(&machine.caps, i);
		if (machine.exists[i] && !vmcs_field_exists(encoding))
			return vmcs_fields[i].name;
		machine.writable[i] =
			machine.exists[i] && vmcs_field_type(encoding) != VMCS_READ_ONLY;
	}
	return NULL;
}

#define HOST(name) machine.host.value[PLACE_OF_host_##name]

static void describe_host(void)
{
	struct vmcs_host tables;

	cpu_describe_host(&tables);
	own.efer = rdmsr(MSR_EFER);
	own.pat = rdmsr(MSR_PAT);
	HOST(cr0) = read_cr0();
	HOST(cr3) = read_cr3();
	HOST(cr4) = read_cr4();
	HOST(efer) = own.efer;
	HOST(pat) = own.pat;
	HOST(cs_selector) = tables.code_selector;
	HOST(ss_selector) = tables.data_selector;
	HOST(ds_selector) = tables.data_selector;
	HOST(es_selector) = tables.data_selector;
	HOST(tr_selector) = tables.tss_selector;
	HOST(tr_base) = tables.tr_base;
	HOST(gdtr_base) = tables.gdtr_base;
	HOST(idtr_base) = tables.idtr_base;
	HOST(rip) = (u64)oracle_exit;
}

const char *machine_init(const void *multiboot)
{
	static const bool nothing_hidden[VMX_FEATURE_COUNT];
	enum vmx_support support = vmx_support(cpuid(1, 0).ecx, rdmsr);

	if (support == VMX_ABSENT || support == VMX_LOCKED_OFF)
		return vmx_support_sentence(support);
	if (support == VMX_MUST_UNLOCK)
		wrmsr(MSR_FEATURE_CONTROL,
		      rdmsr(MSR_FEATURE_CONTROL) | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
	memory_init(multiboot);
	vmx_read_capabilities(&machine.caps, rdmsr, nothing_hidden);
	u32 bits = cpuid(0x80000008, 0).eax;
	machine.caps.physical_bits = bits & 0xff;
	machine.caps.linear_bits = bits >> 8 & 0xff;
	write_cr0((read_cr0() | machine.caps.cr0_fixed0) & machine.caps.cr0_fixed1);
	write_cr4(read_cr4() | CR4_VMXE | machine.caps.cr4_fixed0);
	if (vmxon(vmx_region()) != VMX_SUCCEED)
		return "VMXON failed";
	lay_out_memory();
	if (vmclear(machine.vmcs) != VMX_SUCCEED || vmptrld(machine.vmcs) != VMX_SUCCEED)
		return "VMPTRLD failed";
	describe_host();
	return find_fields();
}

bool machine_is_tripwire(u64 physical)
{
	const struct msr_entry *entries = machine_entries();
	u64 offset = physical - machine.tripwires;

	return offset < PAGE_BYTES && offset % sizeof(*entries) == 0 &&
	       entries[offset / sizeof(*entries)].index == TRIPWIRE;
}

bool machine_read(u64 physical, void *to, u64 bytes)
{
	if (bytes > READABLE || physical > READABLE - bytes ||
	    physical - (machine.tripwires + PAGE_BYTES) < PAGE_BYTES)
		return false;
	memcpy(to, at_physical(physical), bytes);
	if (bytes == sizeof(struct msr_entry) && machine_is_tripwire(physical))
		((struct msr_entry *)to)->index = MSR_SYSENTER_CS;
	return true;
}

void machine_load(const struct vmcs_snapshot *vmcs)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (machine.writable[i])
			vmcs_write(vmcs_fields[i].encoding, vmcs->value[i]);
}

void machine_snapshot(struct vmcs_snapshot *vmcs)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		vmcs->value[i] = machine.exists[i] ? vmcs_read(vmcs_fields[i].encoding) : 0;
}

/* What the exit loaded, and what the guest's state left where the exit loads nothing. */
static void restore_host(void)
{
	wrmsr(MSR_EFER, own.efer);
	wrmsr(MSR_PAT, own.pat);
	cpu_init();
}

static struct verdict after_failure(void)
{
	u32 error = (u32)vmcs_read(VMCS_instruction_error);

	return (struct verdict){.class = error == 8 ? CHECK_HOST : CHECK_CONTROL,
	                        .number = error,
	                        .strange = error != 7 && error != 8};
}

static struct verdict after_exit(void)
{
	u32 reason = (u32)vmcs_read(VMCS_exit_reason);
	struct verdict verdict = {.number = reason, .detail = vmcs_read(VMCS_exit_qualification)};

	if (reason == (ENTRY_FAILURE | FAILED_GUEST)) {
		verdict.class = CHECK_GUEST;
	} else if (reason == (ENTRY_FAILURE | FAILED_MSR_LOAD)) {
		u64 list = vmcs_read(VMCS_entry_msr_load_address);
		u64 entry = list + (verdict.detail - 1) * sizeof(struct msr_entry);
		verdict.class = machine_is_tripwire(entry) ? CHECK_NONE : CHECK_MSR_LOAD;
	} else {
		verdict.strange = true;
	}
	return verdict;
}

struct verdict machine_launch(void)
{
	u32 outcome = oracle_launch();

	if (outcome == 0) {
		restore_host();
		return after_exit();
	}
	if (outcome == 1)
		return after_failure();
	return (struct verdict){.strange = true};
}
