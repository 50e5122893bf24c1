#include "hv/explain.h"
#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/memory.h"
#include "hv/trace.h"
#include "lib/string.h"
#include "vmx/check.h"

#define FINDINGS_SHOWN 8u

static struct vmcs_snapshot snapshot;
static bool unreadable; /* something that the VMCS points to */

void explain_capabilities(const struct vcpu *vcpu)
{
	const struct vmx_capabilities *caps = &vcpu->vm->capabilities;
	const u64 msrs[][2] = {{IA32_VMX_BASIC, caps->basic},
	                       {IA32_VMX_MISC, caps->misc},
	                       {IA32_VMX_CR0_FIXED0, caps->cr0_fixed0},
	                       {IA32_VMX_CR0_FIXED1, caps->cr0_fixed1},
	                       {IA32_VMX_CR4_FIXED0, caps->cr4_fixed0},
	                       {IA32_VMX_CR4_FIXED1, caps->cr4_fixed1},
	                       {IA32_VMX_EPT_VPID_CAP, caps->ept_vpid},
	                       {IA32_VMX_VMFUNC, caps->vmfunc},
	                       {IA32_VMX_PROCBASED_CTLS3, caps->tertiary},
	                       {IA32_VMX_EXIT_CTLS2, caps->secondary_exits},
	                       {CPUID_ADDRESS_SIZES, caps->linear_bits << 8 | caps->physical_bits}};

	for (u32 i = 0; i < CONTROL_WORDS; i++)
		TRACE(vcpu->ring, capability, rdtsc(), .msr = vmx_control_msr(caps, i),
		      .value = (u64)caps->allowed1[i] << 32 | caps->allowed0[i]);
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		if (msrs[i][1]) /* else it was not read, or says nothing */
			TRACE(vcpu->ring, capability, rdtsc(), .msr = (u32)msrs[i][0],
			      .value = msrs[i][1]);
}

void explain_break(const struct vm *vm, struct piece list)
{
	struct vmcs_change change;

	while (list.length) {
		struct piece item = next_item(&list);
		const char *wrong = vmcs_parse_change(item, &change);
		if (!wrong && !vm->fields[change.place])
			wrong = "this processor does not have the field";
		if (wrong)
			end_refused("break=%.*s: %s", (int)item.length, item.text, wrong);
		u32 encoding = vmcs_fields[change.place].encoding;
		u64 value = change.flip ? vmcs_read(encoding) ^ change.value : change.value;
		hv_log("break: %s = 0x%lx instead of 0x%lx", vmcs_fields[change.place].name, value,
		       vmcs_read(encoding));
		vmcs_write(encoding, value);
	}
}

/* Ring -1's eyes on memory: RAM that it maps, at itself. A piece spans two pages at most. */
static bool read_memory(u64 physical, void *to, u64 bytes)
{
	if (!memory_is_ram(physical, bytes) || cpu_is_guard_page(physical & ~(PAGE_BYTES - 1)) ||
	    cpu_is_guard_page((physical + bytes - 1) & ~(PAGE_BYTES - 1))) {
		unreadable = true;
		return false;
	}
	memcpy(to, at_physical(physical), bytes);
	return true;
}

/* An entry that VMLAUNCH or VMRESUME refused has not happened: ring -1 kept the processor. */
static void take_back_entry(struct vcpu *vcpu)
{
	struct trace_ring *ring = vcpu->ring;

	if (trace_wants(ring, EVENT_vm_entry)) { /* the ring's last record, and not drained */
		ring->write -= sizeof(struct trace_vm_entry);
		ring->sequence--;
		vcpu->context.entry_tsc = &vcpu->ignored_tsc;
	}
}

static void record_snapshot(struct vcpu *vcpu, u32 reason, u32 error, u32 findings)
{
	const bool *present = vcpu->vm->fields;
	u32 fields = 0;

	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		fields += present[i];
	TRACE(vcpu->ring, vmcs_snapshot, rdtsc(), .reason = reason, .error = error,
	      .fields = fields, .findings = findings);
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (present[i])
			TRACE(vcpu->ring, vmcs_field, rdtsc(), .encoding = vmcs_fields[i].encoding,
			      .value = snapshot.value[i]);
}

/* "guest_cr4 = 0x40: bit 13 (VMXE) must be 1 ("title")"; an entry of a list by its number. */
static const char *finding_words(const struct check_finding *finding)
{
	static char words[END_SENTENCE_BYTES];
	char entry[24] = "";

	if (finding->entry)
		format(entry, sizeof(entry), "entry %u at ", finding->entry);
	format(words, sizeof(words), "%s%s = 0x%lx: %s (\"%s\")", entry,
	       vmcs_fields[finding->place].name, finding->value, finding->rule->required,
	       finding->rule->title);
	return words;
}

/* The first one is in the sentence already. */
static void log_findings(const struct check_finding *findings, u32 count)
{
	if (count)
		hv_log("  advice: %s", findings[0].rule->advice);
	for (u32 i = 1; i < count && i < FINDINGS_SHOWN; i++)
		hv_log("  also: %s", finding_words(&findings[i]));
	if (count > FINDINGS_SHOWN)
		hv_log("  and %u more: see `ringscope explain`", count - FINDINGS_SHOWN);
}

/* What the processor itself said: its number, and the manual's words for it. */
static size_t processor_words(char *to, size_t room, u32 reason, u32 error, bool resumed)
{
	if (!reason)
		return format(to, room, "%s failed: VM-instruction error %u: %s",
		              resumed ? "VMRESUME" : "VMLAUNCH", error,
		              vm_instruction_error_text(error));
	return format(to, room, "VM entry failed: exit reason %u (%s), exit qualification %lu",
	              reason & 0xffff, exit_reason_name(reason),
	              vmcs_read(VMCS_exit_qualification));
}

static const char *no_finding(u32 reason)
{
	if ((reason & 0xffff) == EXIT_ENTRY_FAIL_MSR_LOADING)
		return "of the VM-entry MSR-load list the processor does not take the entry with "
		       "this number: WRMSR would fault";
	if ((reason & 0xffff) == EXIT_ENTRY_FAIL_MACHINE_CHECK)
		return "a machine check came during the entry";
	if (unreadable)
		return "the checker finds nothing, but cannot read all that the VMCS points to";
	return "the processor refused although the checker finds nothing: please report this "
	       "snapshot";
}

_Noreturn void explain_failed_entry(struct vcpu *vcpu, u32 reason, u32 error, bool resumed)
{
	static struct check_finding findings[FINDINGS_SHOWN];
	char text[END_SENTENCE_BYTES];

	if (!reason)
		take_back_entry(vcpu);
	size_t used = processor_words(text, sizeof(text), reason, error, resumed);
	vmcs_take_snapshot(vcpu->vm->fields, &snapshot);
	const struct check_input input = {&snapshot, &vcpu->vm->capabilities, read_memory};
	u32 count = vmx_check_entry(&input, findings, FINDINGS_SHOWN);
	format(text + used, sizeof(text) - used, ": %s",
	       count ? finding_words(&findings[0]) : no_finding(reason));
	hv_log("error: %s", text);
	log_findings(findings, count);
	record_snapshot(vcpu, reason, error, count);
	end_reported(vcpu, GUEST_END_entry_failed, text);
}
