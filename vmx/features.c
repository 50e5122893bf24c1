#include "vmx/features.h"

#define FEATURE(token, place, bit, ask, text) {#token, text, PLACE_##place, bit, ASK_##ask},
const struct feature_row vmx_features[VMX_FEATURE_COUNT] = {VMX_FEATURES(FEATURE)};
#undef FEATURE

static const struct {
	u8 feature, one, other;
} needs[] = {
#define NEED(feature, one, other) {FEATURE_##feature, FEATURE_##one, FEATURE_##other},
	VMX_NEEDS(NEED)
#undef NEED
};

static const u32 msr_of[] = {
	[PLACE_PIN] = IA32_VMX_PINBASED_CTLS,
	[PLACE_PRIMARY] = IA32_VMX_PROCBASED_CTLS,
	[PLACE_SECONDARY] = IA32_VMX_PROCBASED_CTLS2,
	[PLACE_EXIT] = IA32_VMX_EXIT_CTLS,
	[PLACE_ENTRY] = IA32_VMX_ENTRY_CTLS,
	[PLACE_EPT_CAP] = IA32_VMX_EPT_VPID_CAP,
	[PLACE_BASIC] = IA32_VMX_BASIC,
	[PLACE_VMFUNC] = IA32_VMX_VMFUNC,
};

/* Bits that processors without TRUE MSRs insist on being 1 (the "default1 class"). */
static const u32 default1[CONTROL_WORDS] = {
	[PLACE_PIN] = 0x16,
	[PLACE_PRIMARY] = 0x0401e172,
	[PLACE_EXIT] = 0x36dff,
	[PLACE_ENTRY] = 0x11ff,
};

bool vmx_has(const struct vmx_capabilities *caps, enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	if (row->place == PLACE_BASIC)
		return caps->basic >> row->bit & 1;
	if (row->place == PLACE_EPT_CAP)
		return caps->ept_vpid >> row->bit & 1;
	if (row->place == PLACE_VMFUNC)
		return caps->vmfunc >> row->bit & 1;
	return caps->allowed1[row->place] >> row->bit & 1;
}

u32 vmx_control_msr(const struct vmx_capabilities *caps, u32 place)
{
	bool tru = vmx_has(caps, FEATURE_true_controls) && place < CONTROL_WORDS &&
	           place != PLACE_SECONDARY;

	return msr_of[place] + (tru ? IA32_VMX_TRUE_OFFSET : 0);
}

bool vmx_insists(const struct vmx_capabilities *caps, enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	return row->place < CONTROL_WORDS && caps->allowed0[row->place] >> row->bit & 1;
}

u32 vmx_feature_msr(const struct vmx_capabilities *caps, enum vmx_feature feature)
{
	return vmx_control_msr(caps, vmx_features[feature].place);
}

static void hide_feature(struct vmx_capabilities *caps, enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	if (row->place == PLACE_BASIC)
		caps->basic &= ~BIT(row->bit);
	else if (row->place == PLACE_EPT_CAP)
		caps->ept_vpid &= ~BIT(row->bit);
	else if (row->place == PLACE_VMFUNC)
		caps->vmfunc &= ~BIT(row->bit);
	else
		caps->allowed1[row->place] &= (u32)~BIT(row->bit) | caps->allowed0[row->place];
}

void vmx_read_capabilities(struct vmx_capabilities *caps, u64 (*read_msr)(u32 msr),
                           const bool hidden[VMX_FEATURE_COUNT])
{
	*caps = (struct vmx_capabilities){.basic = read_msr(IA32_VMX_BASIC)};
	caps->misc = read_msr(IA32_VMX_MISC);
	caps->cr0_fixed0 = read_msr(IA32_VMX_CR0_FIXED0);
	caps->cr0_fixed1 = read_msr(IA32_VMX_CR0_FIXED1);
	caps->cr4_fixed0 = read_msr(IA32_VMX_CR4_FIXED0);
	caps->cr4_fixed1 = read_msr(IA32_VMX_CR4_FIXED1);

	/* A hidden TRUE MSR means the old rules: the default1 class must be 1. */
	if (hidden[FEATURE_true_controls])
		hide_feature(caps, FEATURE_true_controls);
	for (u32 place = 0; place < CONTROL_WORDS; place++) {
		/* Behind the primary controls: this MSR is there only if they can activate it. */
		if (place == PLACE_SECONDARY && !vmx_has(caps, FEATURE_secondary_controls))
			continue;
		u64 value = read_msr(vmx_control_msr(caps, place));
		caps->allowed0[place] = (u32)value;
		caps->allowed1[place] = (u32)(value >> 32);
		if (!vmx_has(caps, FEATURE_true_controls))
			caps->allowed0[place] |= default1[place];
	}
	if (vmx_has(caps, FEATURE_ept) || vmx_has(caps, FEATURE_vpid))
		caps->ept_vpid = read_msr(IA32_VMX_EPT_VPID_CAP);
	if (vmx_has(caps, FEATURE_vmfunc))
		caps->vmfunc = read_msr(IA32_VMX_VMFUNC);
	if (vmx_has(caps, FEATURE_tertiary_controls))
		caps->tertiary = read_msr(IA32_VMX_PROCBASED_CTLS3);
	if (vmx_has(caps, FEATURE_secondary_exits))
		caps->secondary_exits = read_msr(IA32_VMX_EXIT_CTLS2);

	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		if (hidden[i])
			hide_feature(caps, i);
}

s32 vmx_lacks(const bool allowed[VMX_FEATURE_COUNT], enum vmx_feature feature)
{
	for (u32 i = 0; i < ARRAY_SIZE(needs); i++)
		if (needs[i].feature == feature && !allowed[needs[i].one] &&
		    !allowed[needs[i].other])
			return needs[i].one;
	return -1;
}

static void decide(const struct vmx_capabilities *caps, struct vmx_controls *controls, u32 i)
{
	const struct feature_row *row = &vmx_features[i];
	bool asked = vmx_asks(i);
	bool forced = vmx_insists(caps, i);

	controls->granted[i] = forced || (asked && controls->allowed[i]);
	if (row->place < CONTROL_WORDS && controls->granted[i])
		controls->word[row->place] |= (u32)BIT(row->bit);
	bool needed = row->ask == ASK_REQUIRED || row->ask == ASK_LATER;
	if (needed && !controls->allowed[i] && controls->missing < 0) {
		s32 lacking = vmx_has(caps, i) ? vmx_lacks(controls->allowed, i) : -1;
		controls->missing = lacking < 0 ? (s32)i : lacking;
	}
	bool served = controls->allowed[i] && (asked || row->ask == ASK_UNWANTED);
	if (forced && !served && controls->insisted < 0)
		controls->insisted = (s32)i;
}

void vmx_negotiate(const struct vmx_capabilities *caps, struct vmx_controls *controls)
{
	*controls = (struct vmx_controls){.missing = -1, .insisted = -1};
	for (u32 place = 0; place < CONTROL_WORDS; place++)
		controls->word[place] = caps->allowed0[place];
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		controls->allowed[i] = vmx_has(caps, i);
	for (u32 i = 0; i < ARRAY_SIZE(needs); i++)
		if (vmx_lacks(controls->allowed, needs[i].feature) >= 0)
			controls->allowed[needs[i].feature] = false;
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		decide(caps, controls, i);
	if (!controls->granted[FEATURE_io_bitmaps]) { /* then every port exits by this bit */
		controls->word[PLACE_PRIMARY] |= (u32)BIT(vmx_features[FEATURE_io_exiting].bit);
		controls->granted[FEATURE_io_exiting] = true;
	}
}

/* Compares a hide= name with a token, - standing for _. */
static bool names(struct piece name, const char *token)
{
	size_t i = 0;

	for (; i < name.length && token[i]; i++)
		if ((name.text[i] == '-' ? '_' : name.text[i]) != token[i])
			return false;
	return i == name.length && !token[i];
}

bool vmx_hide(struct piece name, bool hidden[VMX_FEATURE_COUNT])
{
	static const struct {
		const char *alias;
		u8 feature;
	} aliases[] = {
		{"1g", FEATURE_ept_1g},
		{"2m", FEATURE_ept_2m},
		{"msr_bitmap", FEATURE_msr_bitmaps},
		{"io_bitmap", FEATURE_io_bitmaps},
	};
	u32 feature = 0;

	while (feature < VMX_FEATURE_COUNT && !names(name, vmx_features[feature].token))
		feature++;
	for (u32 i = 0; i < ARRAY_SIZE(aliases); i++)
		if (names(name, aliases[i].alias))
			feature = aliases[i].feature;
	if (feature == VMX_FEATURE_COUNT)
		return false;
	hidden[feature] = true;
	return true;
}
