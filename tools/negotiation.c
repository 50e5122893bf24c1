#include <string.h>

#include "tools/negotiation.h"

#define WHY_BYTES 64

/* The places' control words and MSRs, in the order of enum feature_place. */
static const char *const places[] = {
	[PLACE_PIN] = "Pin-based VM-execution controls",
	[PLACE_PRIMARY] = "Primary processor-based VM-execution controls",
	[PLACE_SECONDARY] = "Secondary processor-based VM-execution controls",
	[PLACE_EXIT] = "Primary VM-exit controls",
	[PLACE_ENTRY] = "VM-entry controls",
	[PLACE_EPT_CAP] = "EPT and VPID capabilities",
	[PLACE_BASIC] = "Basic VMX information",
	[PLACE_VMFUNC] = "VM functions",
};

static const char *const asks[] = {
	[ASK_REQUIRED] = "required", [ASK_WANTED] = "wanted",  [ASK_UNWANTED] = "unwanted",
	[ASK_OFF] = "off",           [ASK_LATER] = "possible", [ASK_ON_DEMAND] = "on demand",
};

static s32 find(const struct trace_feature *record)
{
	for (s32 i = 0; i < VMX_FEATURE_COUNT; i++)
		if (!strncmp(record->name, vmx_features[i].name, sizeof(record->name)))
			return i;
	return -1;
}

void negotiation_read(struct negotiation *negotiation, const struct trace *trace)
{
	const struct trace_record *record;
	struct trace_cursor cursor;

	memset(negotiation, 0, sizeof(*negotiation));
	cursor_start(&cursor, trace);
	while ((record = cursor_next_of(&cursor, STREAM_HYPERVISOR))) {
		const struct trace_feature *feature = (const void *)record;
		s32 which = record->id == EVENT_feature ? find(feature) : -1;

		if (which < 0 || negotiation->records[which])
			continue;
		negotiation->records[which] = feature;
		negotiation->allowed[which] = feature->allowed;
		negotiation->count++;
	}
	/* Needs in turn: what is needed stands before what needs it. */
#define NEED(feature, one, other)                                                                  \
	if (!negotiation->allowed[FEATURE_##one] && !negotiation->allowed[FEATURE_##other])        \
		negotiation->allowed[FEATURE_##feature] = false;
	VMX_NEEDS(NEED)
#undef NEED
}

/* The name as --hide takes it. */
static void hide_name(char *name, size_t size, enum vmx_feature feature)
{
	snprintf(name, size, "%s", vmx_features[feature].token);
	for (char *at = name; *at; at++)
		if (*at == '_')
			*at = '-';
}

static const char *why_off(const struct negotiation *negotiation, enum vmx_feature feature,
                           char *text)
{
	const struct trace_feature *record = negotiation->records[feature];
	s32 lacking = vmx_lacks(negotiation->allowed, feature);
	u32 ask = vmx_features[feature].ask;

	if (record->hidden)
		return "hidden by --hide";
	if (!record->allowed)
		return "processor lacks it";
	if (ask == ASK_UNWANTED || ask == ASK_OFF)
		return "not asked for";
	if (lacking >= 0) {
		memcpy(text, "needs ", 6);
		hide_name(text + 6, WHY_BYTES - 6, (enum vmx_feature)lacking);
		return text;
	}
	return "there when needed";
}

static const char *why(const struct negotiation *negotiation, enum vmx_feature feature, char *text)
{
	const struct trace_feature *record = negotiation->records[feature];
	u32 ask = vmx_features[feature].ask;

	if (!record->granted)
		return why_off(negotiation, feature, text);
	if (ask == ASK_REQUIRED)
		return "required and there";
	if (ask == ASK_WANTED)
		return "wanted and there";
	return record->forced ? "processor insists" : "needed now";
}

static const char *yes(u32 value)
{
	return value ? "yes" : "no";
}

static void print_row(FILE *out, const struct negotiation *negotiation, enum vmx_feature feature)
{
	const struct trace_feature *record = negotiation->records[feature];
	const struct feature_row *row = &vmx_features[feature];
	char text[WHY_BYTES];

	fprintf(out, "%2u %-38s %-9s %-3s %-3s %s\n", row->bit, row->name, asks[row->ask],
	        yes(record->allowed), yes(record->granted), why(negotiation, feature, text));
}

void negotiation_print(FILE *out, const struct negotiation *negotiation,
                       const struct trace_info *info)
{
	fprintf(out, "processor: %s\nengine: %s\n\n", info->processor, info->engine);
	fprintf(out, "%2s %-38s %-9s %-3s %-3s %s\n", "", "bit and feature", "asked", "may", "on",
	        "why");
	for (u32 place = 0; place < ARRAY_SIZE(places); place++) {
		bool begun = false;

		for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
			const struct trace_feature *record = negotiation->records[i];

			if (!record || vmx_features[i].place != place)
				continue;
			if (!begun)
				fprintf(out, "\n%s, MSR 0x%x\n", places[place], record->msr);
			begun = true;
			print_row(out, negotiation, i);
		}
	}
}

static void print_object(FILE *out, const struct negotiation *negotiation, enum vmx_feature feature)
{
	const struct trace_feature *record = negotiation->records[feature];
	const struct feature_row *row = &vmx_features[feature];
	char text[WHY_BYTES], name[WHY_BYTES];

	hide_name(name, sizeof(name), feature);
	fprintf(out, "  {\"feature\": \"%s\", \"hide\": \"%s\", \"in\": \"%s\", ", row->name, name,
	        places[row->place]);
	fprintf(out, "\"msr\": \"0x%x\", \"bit\": %u, \"asked\": \"%s\", ", record->msr, row->bit,
	        asks[row->ask]);
	fprintf(out, "\"allowed\": %s, \"granted\": %s, \"hidden\": %s, \"forced\": %s, ",
	        record->allowed ? "true" : "false", record->granted ? "true" : "false",
	        record->hidden ? "true" : "false", record->forced ? "true" : "false");
	fprintf(out, "\"why\": \"%s\"}", why(negotiation, feature, text));
}

void negotiation_print_json(FILE *out, const struct negotiation *negotiation)
{
	const char *before = "[\n";

	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		if (!negotiation->records[i])
			continue;
		fputs(before, out);
		print_object(out, negotiation, i);
		before = ",\n";
	}
	fputs(negotiation->count ? "\n]\n" : "[]\n", out);
}
