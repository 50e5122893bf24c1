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

static const u32 control_msr[CONTROL_WORDS] = {
	[PLACE_PIN] = IA32_VMX_PINBASED_CTLS,         [PLACE_PRIMARY] = IA32_VMX_PROCBASED_CTLS,
	[PLACE_SECONDARY] = IA32_VMX_PROCBASED_CTLS2, [PLACE_EXIT] = IA32_VMX_EXIT_CTLS,
	[PLACE_ENTRY] = IA32_VMX_ENTRY_CTLS,
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
	bool tru = vmx_has(caps, FEATURE_true_controls) && place != PLACE_SECONDARY;

	return control_msr[place] + (tru ? IA32_VMX_TRUE_OFFSET : 0);
}

bool vmx_insists(const struct vmx_capabilities *caps, enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	return row->place < CONTROL_WORDS && caps->allowed0[row->place] >> row->bit & 1;
}

u32 vmx_feature_msr(const struct vmx_capabilities *caps, enum vmx_feature feature)
{
	u32 place = vmx_features[feature].place;

	if (place == PLACE_BASIC)
		return IA32_VMX_BASIC;
	if (place == PLACE_EPT_CAP)
		return IA32_VMX_EPT_VPID_CAP;
	if (place == PLACE_VMFUNC)
		return IA32_VMX_VMFUNC;
	return vmx_control_msr(caps, place);
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

static void read_control(struct vmx_capabilities *caps, u32 place, u32 msr, u64 (*read_msr)(u32))
{
	u64 value = read_msr(msr);

	caps->allowed0[place] = (u32)value;
	caps->allowed1[place] = (u32)(value >> 32);
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
		if (place == PLACE_SECONDARY)
			continue;
		read_control(caps, place, vmx_control_msr(caps, place), read_msr);
		if (!vmx_has(caps, FEATURE_true_controls))
			caps->allowed0[place] |= default1[place];
	}
	/*
	 * The secondary controls' MSR exists only where they can be activated; the EPT one only
	 * with EPT or VPID.
	 */
	if (vmx_has(caps, FEATURE_secondary_controls))
		read_control(caps, PLACE_SECONDARY, IA32_VMX_PROCBASED_CTLS2, read_msr);
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
	bool asked = row->ask == ASK_REQUIRED || row->ask == ASK_WANTED;
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
static bool names(const char *name, size_t length, const char *token)
{
	size_t i = 0;

	for (; i < length && token[i]; i++)
		if ((name[i] == '-' ? '_' : name[i]) != token[i])
			return false;
	return i == length && !token[i];
}

static s32 find_feature(const char *name, size_t length)
{
	static const struct {
		const char *alias;
		s32 feature;
	} aliases[] = {
		{"1g", FEATURE_ept_1g},
		{"2m", FEATURE_ept_2m},
		{"msr_bitmap", FEATURE_msr_bitmaps},
		{"io_bitmap", FEATURE_io_bitmaps},
	};

	for (u32 i = 0; i < ARRAY_SIZE(aliases); i++)
		if (names(name, length, aliases[i].alias))
			return aliases[i].feature;
	for (s32 i = 0; i < VMX_FEATURE_COUNT; i++)
		if (names(name, length, vmx_features[i].token))
			return i;
	return -1;
}

const char *vmx_hide(const char *list, size_t list_length, bool hidden[VMX_FEATURE_COUNT],
                     size_t *length)
{
	for (size_t at = 0; at < list_length;) {
		size_t n = 0;
		while (at + n < list_length && list[at + n] != ',')
			n++;
		s32 feature = find_feature(list + at, n);
		if (feature < 0) {
			*length = n;
			return list + at;
		}
		hidden[feature] = true;
		at += n + 1;
	}
	return NULL;
}
