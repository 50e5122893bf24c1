#include "tests/unit/failed_story.h"
#include "tools/vmcs.h"
#include "vmx/exit_reasons.h"

static void build_vmcs(struct builder *b, const struct snapshot *snapshot)
{
	BUILD(b, vmcs_snapshot, .reason = EXIT_REASON_ENTRY_FAILED | EXIT_ENTRY_FAIL_GUEST_STATE,
	      .findings = 1);
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (snapshot->has_field[i])
			BUILD(b, vmcs_field, .encoding = vmcs_fields[i].encoding,
			      .value = snapshot->vmcs.value[i]);
}

void build_failed(struct builder *b, const struct snapshot *snapshot, bool recorded)
{
	build_start(b);
	for (u32 i = 0; i < CAPABILITIES; i++)
		if (snapshot->wants_msr[i])
			BUILD(b, capability, .msr = FIRST_CAPABILITY + i,
			      .value = snapshot->msr[i]);
	BUILD(b, capability, .msr = CPUID_ADDRESS_SIZES, .value = snapshot->sizes);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 10);
	BUILD(b, vm_exit, .reason = EXIT_REASON_ENTRY_FAILED | EXIT_ENTRY_FAIL_GUEST_STATE);
	if (recorded)
		build_vmcs(b, snapshot);
	BUILD(b, guest_end, .cause = GUEST_END_entry_failed);
	b->info.cause = GUEST_END_entry_failed;
}
