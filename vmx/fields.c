#include "vmx/fields.h"
#include "vmx/features.h"

#define FIELD(encoding, name, exists, text) {encoding, FEATURE_##exists, #name, text},
const struct vmcs_field_row vmcs_fields[VMCS_FIELD_COUNT] = {VMCS_FIELDS(FIELD)};
#undef FIELD

bool vmcs_has_field(const struct vmx_capabilities *caps, enum vmcs_place place)
{
	s32 feature = vmcs_fields[place].feature;

	return feature == FEATURE_ALWAYS || vmx_has(caps, (enum vmx_feature)feature);
}
