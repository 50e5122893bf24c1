#include <string.h>

#include "lib/cpu.h"
#include "tools/explain.h"
#include "tools/json.h"
#include "tools/names.h"
#include "tools/trace_command.h"
#include "tools/vmcs.h"
#include "vmx/exit_reasons.h"
#include "vmx/vm_errors.h"

typedef unsigned long long ull;

void explain_snapshot(struct explanation *explanation, const struct snapshot *snapshot)
{
	const struct check_input input = {.vmcs = &snapshot->vmcs, .caps = &snapshot->caps};

	explanation->snapshot = snapshot;
	explanation->total = vmx_check_entry(&input, explanation->findings, FINDINGS_ROOM);
	explanation->count =
		explanation->total < FINDINGS_ROOM ? explanation->total : FINDINGS_ROOM;
}

/* The class whose violation the processor reports as it did. */
static enum check_class said_class(const struct snapshot *snapshot)
{
	u32 reason = snapshot->reason & 0xffff;

	if (snapshot->error == 7 || snapshot->error == 8)
		return snapshot->error == 7 ? CHECK_CONTROL : CHECK_HOST;
	if (reason == EXIT_ENTRY_FAIL_GUEST_STATE)
		return CHECK_GUEST;
	return reason == EXIT_ENTRY_FAIL_MSR_LOADING ? CHECK_MSR_LOAD : CHECK_NONE;
}

static bool found_class(const struct explanation *explanation, enum check_class class)
{
	for (u32 i = 0; i < explanation->count; i++)
		if (explanation->findings[i].rule->class == class)
			return true;
	return false;
}

/* "VM-Entry Failures During or After Loading Guest State": what the exit qualification says. */
static void add_qualification(struct line *line, const struct snapshot *snapshot)
{
	static const char *const of_guest[] = {
		[2] = ", about the PDPTEs",
		[3] = ", about an NMI while events are blocked by STI",
		[4] = ", about the VMCS link pointer"};
	u64 number = snapshot->vmcs.value[PLACE_OF_exit_qualification];
	enum check_class class = said_class(snapshot);

	line_add(line, "exit qualification %llu", (ull)number);
	if (class == CHECK_GUEST && number < ARRAY_SIZE(of_guest) && of_guest[number])
		line_add(line, "%s", of_guest[number]);
	else if (class == CHECK_MSR_LOAD)
		line_add(line, ", the entry's number in the VM-entry MSR-load list");
}

static void add_processor(struct line *line, const struct snapshot *snapshot)
{
	const char *name = reason_name(snapshot->reason & 0xffff);

	if (snapshot->error)
		line_add(line, "VM entry refused: VM-instruction error %llu (%s).",
		         (ull)snapshot->error, vm_instruction_error_text((u32)snapshot->error));
	else if (snapshot->reason)
		line_add(line, "VM entry refused: exit reason %u (%s), ",
		         (u32)snapshot->reason & 0xffff, name ? name : "reserved");
	else
		line_add(line, "What the processor said of this VM entry is not known.");
	if (!snapshot->error && snapshot->reason) {
		add_qualification(line, snapshot);
		line_add(line, ".");
	}
}

/* Why an entry that was refused may have nothing wrong with it. */
static const char *nothing_found(const struct snapshot *snapshot)
{
	bool link = snapshot->vmcs.value[PLACE_OF_vmcs_link_pointer] != UINT64_MAX;

	if (snapshot->counted)
		return "What the snapshot holds violates no check.";
	if ((snapshot->reason & 0xffff) == EXIT_ENTRY_FAIL_MACHINE_CHECK)
		return "A machine check came during the entry: look at the machine, not at the "
		       "VMCS.";
	if (said_class(snapshot) == CHECK_MSR_LOAD)
		return "What the snapshot holds violates no check: the list lies in memory, and "
		       "WRMSR decides about its entries.";
	if (said_class(snapshot) == CHECK_GUEST && link)
		return "What the snapshot holds violates no check: what the VMCS link pointer "
		       "names lies in memory.";
	if (snapshot->error || snapshot->reason)
		return "The checker finds nothing: please report this snapshot (ringscope explain "
		       "--snapshot).";
	return "No check is violated: a processor with these capabilities must accept it, as far "
	       "as the snapshot tells.";
}

/* Ring -1's sentence behind what the processor said, which stands above already. */
static const char *finding_of(const char *sentence)
{
	const char *said = strstr(sentence, "exit qualification ");
	const char *behind = said ? strstr(said, ": ") : NULL;

	return behind ? behind + 2 : sentence;
}

static void add_verdict(struct line *line, const struct explanation *explanation)
{
	const struct snapshot *snapshot = explanation->snapshot;
	enum check_class said = said_class(snapshot);

	if (explanation->total)
		line_add(line, "%u check%s violated.", explanation->total,
		         explanation->total == 1 ? " is" : "s are");
	else
		line_add(line, "%s", nothing_found(snapshot));
	if (snapshot->counted > explanation->total)
		line_add(line, " Ring -1, with memory at hand, found %llu: %s.",
		         (ull)snapshot->counted, finding_of(snapshot->sentence));
	else if (explanation->total && said != CHECK_NONE && !found_class(explanation, said))
		line_add(line, " None is of the kind that the processor reported: please report "
		               "this snapshot.");
}

/* Which bits are wrong of a field whose bits an MSR decides about: the rule's words tell few. */
struct wrong {
	u64 must_be_1, must_be_0;
	s32 place; /* of controls: enum feature_place; else -1 */
};

static struct wrong wrong_bits(const struct vmx_capabilities *caps,
                               const struct check_finding *finding)
{
	const u64 open = CR0_CD | CR0_NW | CR0_PE | CR0_PG;
	const struct {
		const char *rule;
		s32 place;
		u64 fixed0, fixed1, open;
	} rules[] = {
#define WORD(name, in) {name, in, caps->allowed0[in], caps->allowed1[in], 0}
		WORD("pin_reserved", PLACE_PIN),
		WORD("primary_reserved", PLACE_PRIMARY),
		WORD("secondary_reserved", PLACE_SECONDARY),
		WORD("exit_reserved", PLACE_EXIT),
		WORD("entry_reserved", PLACE_ENTRY),
#undef WORD
		{"guest_cr0", -1, caps->cr0_fixed0, caps->cr0_fixed1, open},
		{"guest_cr0_paging", -1, caps->cr0_fixed0, caps->cr0_fixed1, ~(CR0_PE | CR0_PG)},
		{"guest_cr4", -1, caps->cr4_fixed0, caps->cr4_fixed1, 0},
		{"host_cr0", -1, caps->cr0_fixed0, caps->cr0_fixed1, CR0_CD | CR0_NW},
		{"host_cr4", -1, caps->cr4_fixed0, caps->cr4_fixed1, 0},
		{"tertiary_reserved", -1, 0, caps->tertiary, 0},
		{"exit2_reserved", -1, 0, caps->secondary_exits, 0},
		{"vmfunc_reserved", -1, 0, caps->vmfunc, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!strcmp(rules[i].rule, finding->rule->token))
			return (struct wrong){~finding->value & rules[i].fixed0 & ~rules[i].open,
			                      finding->value & ~rules[i].fixed1 & ~rules[i].open,
			                      rules[i].place};
	return (struct wrong){.place = -1};
}

static void add_bits(struct line *line, u64 bits, s32 place, const char *text)
{
	const char *before = text;

	for (u32 bit = 0; bit < 64; bit++) {
		if (!(bits >> bit & 1))
			continue;
		line_add(line, "%s%s%u", *line->text && before == text ? "; " : "", before, bit);
		before = ", ";
		for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
			if (vmx_features[i].place == place && vmx_features[i].bit == bit)
				line_add(line, " (%s)", vmx_features[i].name);
	}
}

static void print_bits(FILE *out, const struct wrong *wrong)
{
	struct line line = {0};

	add_bits(&line, wrong->must_be_1, wrong->place, "must be 1: ");
	add_bits(&line, wrong->must_be_0, wrong->place, "must be 0: ");
	if (*line.text)
		print_wrapped(out, "    bits      ", line.text);
}

static void print_finding(FILE *out, const struct wrong *wrong, const struct check_finding *finding,
                          u32 number)
{
	const struct vmcs_field_row *field = &vmcs_fields[finding->place];
	struct line line = {0};

	line_add(&line, "%2u. ", number);
	if (finding->entry)
		line_add(&line, "entry %u at ", finding->entry);
	line_add(&line, "%s = 0x%llx", field->name, (ull)finding->value);
	fprintf(out, "\n%s\n", line.text);
	print_wrapped(out, "    required  ", finding->rule->required);
	print_bits(out, wrong);
	line_clear(&line);
	line_add(&line, "\"%s\" (%s)", finding->rule->title,
	         check_class_text(finding->rule->class));
	print_wrapped(out, "    manual    ", line.text);
	print_wrapped(out, "    advice    ", finding->rule->advice);
}

void explain_print(FILE *out, const struct explanation *explanation)
{
	const struct snapshot *snapshot = explanation->snapshot;
	struct line line = {0};

	add_processor(&line, snapshot);
	print_wrapped(out, "", line.text);
	line_clear(&line);
	add_verdict(&line, explanation);
	print_wrapped(out, "", line.text);
	for (u32 i = 0; i < explanation->count; i++) {
		struct wrong wrong = wrong_bits(&snapshot->caps, &explanation->findings[i]);

		print_finding(out, &wrong, &explanation->findings[i], i + 1);
	}
	if (explanation->count < explanation->total)
		fprintf(out, "\n... and %u more\n", explanation->total - explanation->count);
}

static void put_text(FILE *out, const char *before, const char *key, const char *text)
{
	fprintf(out, "%s\"%s\": ", before, key);
	json_string(out, text);
}

/* Values are text: a reader's numbers may have no 64 bits. */
static void put_finding(FILE *out, const struct wrong *wrong, const struct check_finding *finding)
{
	const struct vmcs_field_row *field = &vmcs_fields[finding->place];

	put_text(out, "    {", "field", field->name);
	put_text(out, ", ", "name", field->text);
	fprintf(out, ", \"encoding\": \"0x%04x\", \"value\": \"0x%llx\",\n", field->encoding,
	        (ull)finding->value);
	if (finding->entry)
		fprintf(out, "     \"entry\": %u,\n", finding->entry);
	if (wrong->must_be_1 | wrong->must_be_0)
		fprintf(out, "     \"must_be_1\": \"0x%llx\", \"must_be_0\": \"0x%llx\",\n",
		        (ull)wrong->must_be_1, (ull)wrong->must_be_0);
	put_text(out, "     ", "required", finding->rule->required);
	put_text(out, ",\n     ", "title", finding->rule->title);
	put_text(out, ",\n     ", "reported_as", check_class_text(finding->rule->class));
	put_text(out, ",\n     ", "advice", finding->rule->advice);
	fputc('}', out);
}

void explain_print_json(FILE *out, const struct explanation *explanation)
{
	const struct snapshot *snapshot = explanation->snapshot;
	struct line line = {0};

	fprintf(out,
	        "{\n  \"error\": %llu, \"reason\": \"0x%llx\", \"violations\": %u, "
	        "\"found_by_ring_-1\": %llu,\n",
	        (ull)snapshot->error, (ull)snapshot->reason, explanation->total,
	        (ull)snapshot->counted);
	add_processor(&line, snapshot);
	put_text(out, "  ", "processor", line.text);
	line_clear(&line);
	add_verdict(&line, explanation);
	put_text(out, ",\n  ", "verdict", line.text);
	fprintf(out, ",\n  \"findings\": [");
	for (u32 i = 0; i < explanation->count; i++) {
		struct wrong wrong = wrong_bits(&snapshot->caps, &explanation->findings[i]);

		fputs(i ? ",\n" : "\n", out);
		put_finding(out, &wrong, &explanation->findings[i]);
	}
	fprintf(out, "%s]\n}\n", explanation->count ? "\n  " : "");
}
