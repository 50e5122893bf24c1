#include "vmx/fields.h"
#include "lib/string.h"
#include "vmx/features.h"

#define FIELD(encoding, name, exists, text) {encoding, FEATURE_##exists, #name, text},
const struct vmcs_field_row vmcs_fields[VMCS_FIELD_COUNT] = {VMCS_FIELDS(FIELD)};
#undef FIELD

bool vmcs_has_field(const struct vmx_capabilities *caps, enum vmcs_place place)
{
	s32 feature = vmcs_fields[place].feature;

	return feature == FEATURE_ALWAYS || vmx_has(caps, (enum vmx_feature)feature);
}

s32 vmcs_find_field(struct piece name)
{
	for (s32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (strlen(vmcs_fields[i].name) == name.length &&
		    !memcmp(vmcs_fields[i].name, name.text, name.length))
			return i;
	return -1;
}

struct piece vmcs_change_name(struct piece text)
{
	struct piece name = {text.text, 0};

	while (name.length < text.length && name.text[name.length] != '=' &&
	       name.text[name.length] != '^')
		name.length++;
	return name;
}

const char *vmcs_parse_change(struct piece text, struct vmcs_change *change)
{
	struct piece name = vmcs_change_name(text);
	s32 place = vmcs_find_field(name);
	if (place < 0)
		return "there is no such field";
	u32 encoding = vmcs_fields[place].encoding, bits = 8 * vmcs_field_bytes(encoding);
	if (vmcs_field_type(encoding) == VMCS_READ_ONLY)
		return "only the processor writes this field";
	bool flip = name.length < text.length && text.text[name.length] == '^';
	size_t behind = name.length + (name.length < text.length);
	u64 value;
	if (!parse_number((struct piece){text.text + behind, text.length - behind}, &value))
		return "neither FIELD=VALUE nor FIELD^BIT";
	if (flip ? value >= bits : bits < 64 && value >> bits)
		return flip ? "the field has no such bit" : "the value is wider than the field";
	*change = (struct vmcs_change){(u16)place, flip, flip ? BIT(value) : value};
	return NULL;
}
