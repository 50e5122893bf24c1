#include "tests/oracle/explain.h"
#include "lib/cpu.h"
#include "lib/string.h"
#include "tests/oracle/deviations.h"

/* The words in which deviations.h asks. */
#define V(name)      (v->value[PLACE_OF_##name])
#define IS(name)     (f->place == PLACE_OF_##name)
#define BREAKS(name) (!strcmp(f->rule->token, #name))
#define HAS(name)    vmx_has(&machine.caps, FEATURE_##name)
#define ON(name)     is_on(v, FEATURE_##name)
#define RPL(name)    (V(guest_##name##_selector) & 3)
#define ENDS_AT_0(list)                                                                            \
	(!V(list##_address) && V(list##_count) && !(V(list##_count) << 4 & UINT32_MAX))
#define DPL(name) (V(guest_##name##_access) >> 5 & 3)

enum effect { MISSES, ADDS };

#define CLASS_control  CHECK_CONTROL
#define CLASS_host     CHECK_HOST
#define CLASS_guest    CHECK_GUEST
#define CLASS_msr_load CHECK_MSR_LOAD

struct deviation {
	const char *token;
	u8 effect, class;
	bool (*when)(const struct vmcs_snapshot *v, const struct check_finding *f);
	const char *title, *manual, *bochs;
};

static bool is_on(const struct vmcs_snapshot *v, enum vmx_feature feature)
{
	static const u8 field[] = {
		[PLACE_PIN] = PLACE_OF_pin_controls,
		[PLACE_PRIMARY] = PLACE_OF_primary_controls,
		[PLACE_SECONDARY] = PLACE_OF_secondary_controls,
		[PLACE_EXIT] = PLACE_OF_exit_controls,
		[PLACE_ENTRY] = PLACE_OF_entry_controls,
	};
	const struct feature_row *row = &vmx_features[feature];

	if (row->place == PLACE_SECONDARY && !is_on(v, FEATURE_secondary_controls))
		return false;
	return v->value[field[row->place]] >> row->bit & 1;
}

#define DEVIATION(token, effect, class, when, ...)                                                 \
	static bool when_##token(const struct vmcs_snapshot *v, const struct check_finding *f)     \
	{                                                                                          \
		(void)v, (void)f;                                                                  \
		return when;                                                                       \
	}
DEVIATIONS(DEVIATION)
#undef DEVIATION

#define DEVIATION(token, effect, class, when, title, manual, bochs)                                \
	{#token, effect, CLASS_##class, when_##token, title, manual, bochs},
static const struct deviation deviations[] = {DEVIATIONS(DEVIATION)};
#undef DEVIATION

static u32 seen[ARRAY_SIZE(deviations)];

u32 deviation_count(void)
{
	return ARRAY_SIZE(deviations);
}

void deviation_describe(u32 row, char *to, size_t bytes)
{
	const struct deviation *d = &deviations[row];

	format(to, bytes, "%s | %s: %s. Bochs %s.", d->token, d->title, d->manual, d->bochs);
}

u32 deviation_seen(u32 row)
{
	return seen[row];
}

/* classes: a bit for each class of which something is wrong. */
static bool allows(u32 classes, u8 verdict)
{
	static const u8 order[] = {CHECK_GUEST, CHECK_MSR_LOAD};

	if (classes & (BIT(CHECK_CONTROL) | BIT(CHECK_HOST)))
		return (verdict == CHECK_CONTROL || verdict == CHECK_HOST) &&
		       classes >> verdict & 1;
	for (u32 i = 0; i < ARRAY_SIZE(order); i++)
		if (classes >> order[i] & 1)
			return verdict == order[i];
	return verdict == CHECK_NONE;
}

bool comparison_agrees(const struct comparison *comparison)
{
	u32 classes = 0;

	for (u32 i = 0; i < comparison->count; i++)
		classes |= 1u << comparison->findings[i].rule->class;
	return !comparison->verdict.strange && allows(classes, comparison->verdict.class);
}

/* The row that says that the emulator does not make the check; its number, or the table's end. */
static u32 missed_by(const struct comparison *comparison, const struct check_finding *finding)
{
	u32 row = 0;

	for (; row < ARRAY_SIZE(deviations); row++)
		if (deviations[row].effect == MISSES &&
		    deviations[row].class == finding->rule->class &&
		    deviations[row].when(&comparison->vmcs, finding))
			break;
	return row;
}

bool comparison_is_explained(const struct comparison *comparison, bool credit)
{
	bool used[ARRAY_SIZE(deviations)] = {false};
	u32 classes = 0;

	for (u32 i = 0; i < comparison->count; i++) {
		u32 row = missed_by(comparison, &comparison->findings[i]);
		if (row == ARRAY_SIZE(deviations))
			classes |= 1u << comparison->findings[i].rule->class;
		else
			used[row] = true;
	}
	for (u32 row = 0; row < ARRAY_SIZE(deviations); row++)
		if (deviations[row].effect == ADDS &&
		    deviations[row].when(&comparison->vmcs, NULL)) {
			classes |= 1u << deviations[row].class;
			used[row] = true;
		}
	if (comparison->verdict.strange || !allows(classes, comparison->verdict.class))
		return false;
	for (u32 row = 0; row < ARRAY_SIZE(deviations); row++)
		seen[row] += credit && used[row];
	return true;
}
