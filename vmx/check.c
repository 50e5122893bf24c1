#include "vmx/check_parts.h"

#define RULE(in, token, field, holds, ...) {#token, IN_##in, PLACE_OF_##field, __VA_ARGS__},
static const struct check_rule rules[CHECK_RULE_COUNT] = {CHECK_RULES(RULE)};
#undef RULE

const struct check_rule *vmx_check_rules(u32 *count)
{
	*count = CHECK_RULE_COUNT;
	return rules;
}

const char *check_class_text(enum check_class class)
{
	static const char *const text[] = {[CHECK_NONE] = "nothing",
	                                   [CHECK_CONTROL] = "VM-instruction error 7",
	                                   [CHECK_HOST] = "VM-instruction error 8",
	                                   [CHECK_GUEST] = "exit reason 33",
	                                   [CHECK_MSR_LOAD] = "exit reason 34"};

	return text[class];
}

void check_report(struct check *c, u32 rule, u32 place, u64 value)
{
	if (c->count < c->room)
		c->findings[c->count] = (struct check_finding){&rules[rule], .place = (u16)place,
		                                               .entry = c->entry, .value = value};
	c->count++;
}

/* What is on: a control that the processor lacks is a wrong bit and switches nothing. */
static void find_words(struct check *c)
{
	static const u16 fields[CONTROL_WORDS] = {[PLACE_PIN] = PLACE_OF_pin_controls,
	                                          [PLACE_PRIMARY] = PLACE_OF_primary_controls,
	                                          [PLACE_SECONDARY] = PLACE_OF_secondary_controls,
	                                          [PLACE_EXIT] = PLACE_OF_exit_controls,
	                                          [PLACE_ENTRY] = PLACE_OF_entry_controls};

	for (u32 place = 0; place < CONTROL_WORDS; place++)
		c->word[place] = check_field(c, fields[place]) & c->caps->allowed1[place];
	c->word[PLACE_VMFUNC] = F(vm_function_controls) & c->caps->vmfunc;
}

/* "Loading MSRs": what WRMSR would refuse, of the MSRs whose values are known. */
static bool check_msr(const struct check *c, u32 index, u64 data)
{
	switch (index) {
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_KERNEL_GS_BASE:
		return canonical(c, data);
	case MSR_PAT:
		return pat_is_valid(data);
	case MSR_DEBUGCTL:
		return !(data & DEBUGCTL_RESERVED);
	case MSR_EFER: /* LME cannot change while paging is on */
		return !(data & EFER_RESERVED) &&
		       (!(c->cr0 & CR0_PG) || !(data & EFER_LME) == !c->long_mode);
	case MSR_TSC_AUX:
		return data <= UINT32_MAX;
	default:
		return true;
	}
}

static void check_msr_load(struct check *c)
{
	const u64 address = F(entry_msr_load_address);
	const u64 most = 512 * ((c->caps->misc >> 25 & 7) + 1); /* more is undefined behaviour */
	u64 count = F(entry_msr_load_count), entry[2];

	for (u64 i = 0; i < count && i < most; i++) {
		if (!c->read || !c->read(address + 16 * i, entry, sizeof(entry)))
			break;
		const u64 value = entry[0], data = entry[1];
		const u32 index = (u32)value;
		c->entry = (u32)i + 1;
#define CHECK_ENTRY(in, token, field, holds, ...)                                                  \
	if (!(holds))                                                                              \
		check_report(c, RULE_##token, PLACE_OF_##field, value);
		RULES_msr_load(CHECK_ENTRY, msr_load);
#undef CHECK_ENTRY
	}
}

u32 vmx_check_entry(const struct check_input *input, struct check_finding *findings, u32 room)
{
	struct check check = {.vmcs = input->vmcs,
	                      .caps = input->caps,
	                      .read = input->read,
	                      .findings = findings,
	                      .room = room},
		     *c = &check;

	find_words(c);
	c->above = ~0ull << (c->caps->physical_bits ? c->caps->physical_bits : 52);
	c->beyond = c->above | (c->caps->basic & BIT(48) ? ~0ull << 32 : 0);
	c->cr0 = F(guest_cr0);
	c->unrestricted = ON(unrestricted_guest);
	c->long_mode = ON(ia32e_guest);
	c->v86 = F(guest_rflags) & RFLAGS_VM;
	if (F(entry_interruption_info) & BIT(31))
		c->event = (u32)F(entry_interruption_info);
	c->event_type = c->event >> 8 & 7;
	check_controls(c);
	check_host(c);
	check_guest(c);
	check_msr_load(c);
	return c->count;
}
