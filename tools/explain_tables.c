#include <string.h>

#include "tools/explain.h"
#include "tools/names.h"
#include "tools/trace_command.h"
#include "tools/vmcs.h"
#include "vmx/exit_reasons.h"

/* FATE(as in the table of exit reasons, what ring -1 does) */
#define FATES(FATE)                                                                                \
	FATE(exception,                                                                            \
	     "recorded if observed, and given back to the guest; a machine check ends it")         \
	FATE(external_interrupt, "ring -1 serves its own devices, and raises the guest's lines")   \
	FATE(triple_fault, "the guest ends with a report")                                         \
	FATE(event_window, "the interrupt or NMI that waited is delivered")                        \
	FATE(task_switch, "the guest ends with a report: 64-bit kernels switch no tasks")          \
	FATE(cpuid, "answered by masks: what is not virtualised is hidden")                        \
	FATE(hlt, "ring -1 waits in the guest's stead for the next interrupt")                     \
	FATE(wbinvd, "skipped: caches belong to ring -1's machine")                                \
	FATE(vmcall, "a hypercall")                                                                \
	FATE(cr_access, "done on the guest's view of the register, #GP where bare would")          \
	FATE(io, "done by a virtual device; a port without one is an empty bus")                   \
	FATE(rdmsr, "answered by the table of MSRs; #GP for any that has no row")                  \
	FATE(wrmsr, "done by the table of MSRs; #GP for any that has no row")                      \
	FATE(entry_failed, "the run ends with the explanation of what the VMCS violates")          \
	FATE(ept_violation,                                                                        \
	     "memory given back returns, a first write is logged; else #GP(0), or the end")        \
	FATE(ept_misconfiguration, "the guest ends with a report: ring -1's tables are wrong")     \
	FATE(preemption_timer, "time to look after devices and at how long interrupts are off")    \
	FATE(pml_full, "the pages in the log are marked dirty, and it starts anew")                \
	FATE(xsetbv, "XCR0 is set if the processor would take the value, else #GP")                \
	FATE(descriptor_table, "observing: the processor does it, with the guest's own IDTR")      \
	FATE(undefined, "#UD, as on a processor without the feature that CPUID hides")             \
	FATE(protection, "#GP(0), as on a processor without the feature")                          \
	FATE(unexpected, "cannot happen with the controls that ring -1 sets: the guest ends")

const char *fate_sentence(const char *fate)
{
#define FATE(name, text)                                                                           \
	if (!strcmp(fate, #name))                                                                  \
		return text;
	FATES(FATE)
#undef FATE
	return NULL;
}

/* What comes with an exit beyond its qualification, by kind. */
static const char *const kinds[] = {
	[EXIT_KIND_NONE] = "",
	[EXIT_KIND_EVENT] = "interruption information",
	[EXIT_KIND_CPUID] = "leaf, subleaf",
	[EXIT_KIND_MSR] = "MSR, value",
	[EXIT_KIND_IO] = "port, size, direction",
	[EXIT_KIND_CR] = "register, access",
	[EXIT_KIND_DR] = "register",
	[EXIT_KIND_CALL] = "number, argument",
	[EXIT_KIND_EPT] = "addresses",
	[EXIT_KIND_MISCONFIG] = "guest-physical address",
};

void explain_exits(FILE *out)
{
	fputs("# VM exits and their fate\n\n"
	      "Every exit reason of the manual (\"Basic Exit Reasons\" in the Intel SDM, volume "
	      "3's appendix) has a\nrow in `vmx/exit_reasons.h`, from which code, decoder and "
	      "this page are made\n(`ringscope explain --exits`). There is no default: an exit "
	      "that ring -1 never asked for ends the\nguest with a report.\n\n"
	      "## Fates\n\n"
	      "| fate | what ring -1 does |\n| --- | --- |\n",
	      out);
#define FATE(name, text) fprintf(out, "| %s | %s |\n", #name, text);
	FATES(FATE)
#undef FATE
	fputs("\n## Exits\n\n"
	      "| number | name | fate | recorded beside the qualification |\n"
	      "| --- | --- | --- | --- |\n",
	      out);
#define EXIT(number, name, kind, fate)                                                             \
	fprintf(out, "| %d | %s | %s | %s |\n", number, #name, #fate, kinds[EXIT_KIND_##kind]);
	EXIT_REASONS(EXIT)
#undef EXIT
}

void explain_fields(FILE *out)
{
	fprintf(out, "%-8s %-28s %5s  %-11s  %s\n", "encoding", "name", "bytes", "area",
	        "exists with");
	for (size_t i = 0; i < VMCS_FIELD_COUNT; i++) {
		const struct vmcs_field_row *field = &vmcs_fields[i];

		fprintf(out, "0x%04x   %-28s %5u  %-11s  %s\n", field->encoding, field->name,
		        vmcs_field_bytes(field->encoding), field_area(field->encoding),
		        field->feature == FEATURE_ALWAYS ? "every VMX"
		                                         : vmx_features[field->feature].token);
	}
}

/* Rules that are made for several fields stand with the first; these are the others. */
static const struct {
	u16 first, from, to;
} shared[] = {
#define SHARED(first, from, to)                                                                    \
	{                                                                                          \
		PLACE_OF_##first, PLACE_OF_##from, PLACE_OF_##to                                   \
	}
	SHARED(guest_es_selector, guest_cs_selector, guest_tr_selector),
	SHARED(guest_es_limit, guest_cs_limit, guest_tr_limit),
	SHARED(guest_es_access, guest_cs_access, guest_tr_access),
	SHARED(guest_es_base, guest_cs_base, guest_tr_base),
	SHARED(guest_gdtr_limit, guest_idtr_limit, guest_idtr_limit),
	SHARED(guest_gdtr_base, guest_idtr_base, guest_idtr_base),
	SHARED(guest_sysenter_esp, guest_sysenter_eip, guest_sysenter_eip),
	SHARED(guest_pdpte0, guest_pdpte1, guest_pdpte3),
	SHARED(host_es_selector, host_cs_selector, host_tr_selector),
	SHARED(host_fs_base, host_gs_base, host_idtr_base),
	SHARED(host_sysenter_esp, host_sysenter_eip, host_sysenter_eip),
	SHARED(exit_msr_store_address, exit_msr_load_address, exit_msr_load_address),
	SHARED(io_bitmap_a, io_bitmap_b, msr_bitmap),
	SHARED(io_bitmap_a, virtual_apic_address, apic_access_address),
	SHARED(io_bitmap_a, pml_address, pml_address),
	SHARED(io_bitmap_a, sub_page_table, sub_page_table),
	SHARED(io_bitmap_a, eptp_list, ve_information_address),
	SHARED(io_bitmap_a, low_pasid_directory, high_pasid_directory),
#undef SHARED
};

bool rule_concerns(const struct check_rule *rule, enum vmcs_place place)
{
	if (rule->place == place)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (shared[i].first == rule->place && place >= shared[i].from &&
		    place <= shared[i].to)
			return true;
	return false;
}

static void print_rules(FILE *out, enum vmcs_place place)
{
	u32 count, found = 0;
	const struct check_rule *rules = vmx_check_rules(&count);
	const char *title = "";

	for (u32 i = 0; i < count; i++) {
		if (!rule_concerns(&rules[i], place))
			continue;
		if (!found++)
			fprintf(out, "\nChecked at VM entry, where it applies%s:\n",
			        rules[i].place == place ? ""
			                                : " (rules of all fields of this kind)");
		if (strcmp(title, rules[i].title))
			fprintf(out, "  \"%s\" (%s)\n", rules[i].title,
			        check_class_text(rules[i].class));
		title = rules[i].title;
		print_wrapped(out, "    * ", rules[i].required);
	}
	if (!found)
		fprintf(out, "\nNo check of VM entry is about this field alone.\n");
}

void explain_field(FILE *out, enum vmcs_place place)
{
	const struct vmcs_field_row *field = &vmcs_fields[place];
	struct line line = {0};

	fprintf(out, "%s: %s\n", field->name, field->text);
	fprintf(out, "  encoding  0x%04x\n", field->encoding);
	fprintf(out, "  width     %s\n", field_width(field->encoding));
	fprintf(out, "  area      %s\n", field_area(field->encoding));
	if (field->feature == FEATURE_ALWAYS) {
		fprintf(out, "  exists    on every processor with VMX\n");
	} else {
		line_add(&line, "with \"%s\": ", vmx_features[field->feature].name);
		add_feature_place(&line, (enum vmx_feature)field->feature);
		print_wrapped(out, "  exists    ", line.text);
	}
	print_rules(out, place);
}
