/* Records of ring -1: exits and entries by decode_exit.c, all others here. */
#include "abi/hypercall.h"
#include "tools/decode.h"
#include "tools/decode_exit.h"
#include "tools/names.h"

static const char *const guest_ends[] = {
#define END(number, name, text) [number] = text,
	GUEST_ENDS(END)
#undef END
};

static void decode_ept_range(struct line *line, const struct trace_ept_range *range)
{
	line_add(line, "EPT maps ");
	decode_bytes(line, range->bytes);
	line_add(line, " at 0x%llx ", (unsigned long long)range->guest_physical);
	decode_access(line, range->access);
	line_add(line, " to host-physical 0x%llx, pages of ",
	         (unsigned long long)range->host_physical);
	decode_bytes(line, range->page_bytes);
	line_add(line, ", %s", decode_memory_type(range->memory_type));
}

static void decode_change(struct line *line, const struct trace_ept_change *change)
{
	static const char *const logs[] = {"stops", "starts"};

	line_add(line, "EPT: the guest ");
	if (change->call == HYPERCALL_view) {
		line_add(line,
		         change->access < 2 ? "goes on in view %u" : "may switch views by VMFUNC",
		         change->access);
		return;
	}
	if (change->call == HYPERCALL_dirty_log) {
		line_add(line, "%s the log of written pages",
		         change->access < ARRAY_SIZE(logs) ? logs[change->access] : "empties");
		return;
	}
	line_add(line, change->call == HYPERCALL_release     ? "gives back "
	               : change->call == HYPERCALL_integrity ? "has as its kernel's text "
	                                                     : "leaves itself ");
	if (change->call == HYPERCALL_protect) {
		decode_access(line, change->access);
		line_add(line, " of ");
	}
	decode_bytes(line, change->bytes);
	line_add(line, " at 0x%llx", (unsigned long long)change->guest_physical);
}

/* What a VM entry that failed leaves behind, and the capabilities it is judged by. */
static void decode_snapshot(struct line *line, const struct trace_record *record)
{
	const struct trace_vmcs_snapshot *snapshot = (const void *)record;
	const struct trace_vmcs_field *field = (const void *)record;
	const struct trace_capability *capability = (const void *)record;
	bool cpuid = record->id == EVENT_capability && capability->msr >> 31;

	switch (record->id) {
	case EVENT_vmcs_snapshot:
		line_add(line, "VM entry refused: ");
		if (snapshot->error)
			line_add(line, "VM-instruction error %u", snapshot->error);
		else
			decode_reason(line, snapshot->reason & 0xffffu);
		line_add(line, ", %u check%s violated (ringscope explain)", snapshot->findings,
		         snapshot->findings == 1 ? "" : "s");
		break;
	case EVENT_vmcs_field:
		line_add(line, "VMCS ");
		decode_named(line, field->encoding, vmcs_field_name(field->encoding));
		line_add(line, " = 0x%llx", (unsigned long long)field->value);
		break;
	default:
		line_add(line, "capability %s ", cpuid ? "CPUID leaf" : "MSR");
		decode_named(line, capability->msr,
		             cpuid ? cpuid_name(capability->msr) : msr_name(capability->msr));
		line_add(line, " = 0x%llx", (unsigned long long)capability->value);
	}
}

/* What ring -1 saw of system calls and page faults. */
static void decode_seen(struct line *line, const struct trace_record *record)
{
	const struct trace_seen_syscall *call = (const void *)record;
	const struct trace_seen_return *returned = (const void *)record;
	const struct trace_seen_fault *fault = (const void *)record;
	const struct trace_seen_text *text = (const void *)record;

	line_add(line, "saw ");
	switch (record->id) {
	case EVENT_seen_syscall:
		decode_call(line, call->number, CALL_ARGUMENTS(call));
		line_add(line, ", cr3 0x%llx", (unsigned long long)call->cr3);
		break;
	case EVENT_seen_return:
		if (returned->number == UINT32_MAX)
			line_add(line, "a call return %lld", (long long)returned->result);
		else
			decode_call_result(line, returned->number, returned->result);
		line_add(line, ", cr3 0x%llx", (unsigned long long)returned->cr3);
		break;
	case EVENT_seen_fault:
		line_add(line, "page fault at 0x%llx: ", (unsigned long long)fault->address);
		decode_fault_error(line, fault->error_code);
		line_add(line, ", rip 0x%llx, cr3 0x%llx", (unsigned long long)fault->rip,
		         (unsigned long long)fault->cr3);
		break;
	default:
		decode_text(line, &text->address);
	}
}

static void decode_feature(struct line *line, const struct trace_feature *feature)
{
	line_add(line, "feature ");
	line_add_text(line, feature->name, sizeof(feature->name));
	line_add(line, ": %s",
	         feature->granted && feature->forced && !feature->asked
	                 ? "on, the processor insists"
	         : feature->granted ? "on"
	         : feature->hidden  ? "hidden by --hide"
	         : !feature->asked  ? "not asked for"
	         : feature->allowed ? "off"
	                            : "the processor has none");
}

void decode_hypervisor(struct line *line, const struct trace_record *record,
                       const struct trace_record *begin)
{
	const struct trace_guest_end *end = (const void *)record;
	const struct trace_own_memory *own = (const void *)record;
	const struct trace_trace_drain *drain = (const void *)record;
	const struct trace_exit_record_cost *cost = (const void *)record;

	switch (record->id) {
	case EVENT_vm_exit:
		decode_exit(line, (const void *)record);
		break;
	case EVENT_vm_entry:
		decode_entry(line, (const void *)record, (const void *)begin);
		break;
	case EVENT_feature:
		decode_feature(line, (const void *)record);
		break;
	case EVENT_guest_end:
		line_add(line, "END %s",
		         end->cause < ARRAY_SIZE(guest_ends) ? guest_ends[end->cause] : "");
		if (end->cause == GUEST_END_exit)
			line_add(line, ", status %d", end->status);
		break;
	case EVENT_ept_range:
		decode_ept_range(line, (const void *)record);
		break;
	case EVENT_ept_change:
		decode_change(line, (const void *)record);
		break;
	case EVENT_own_memory:
		line_add(line, "ring -1 keeps ");
		decode_bytes(line, own->bytes);
		line_add(line, " at host-physical 0x%llx", (unsigned long long)own->host_physical);
		break;
	case EVENT_seen_syscall:
	case EVENT_seen_return:
	case EVENT_seen_fault:
	case EVENT_seen_text:
		decode_seen(line, record);
		break;
	case EVENT_exit_record_cost:
		line_add(line, "%u records of a VM exit cost %u ticks", cost->records, cost->ticks);
		break;
	case EVENT_vmcs_snapshot:
	case EVENT_vmcs_field:
	case EVENT_capability:
		decode_snapshot(line, record);
		break;
	default:
		line_add(line, "trace written: %u bytes of %s", drain->bytes,
		         drain->stream < TRACE_STREAMS ? tier_name(drain->stream) : "no stream");
	}
}
