#include <stdlib.h>
#include <string.h>

#include "tools/names.h"
#include "tools/vmcs.h"

#define NEAR_SHOWN 4u

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters to add, drop or change to make one name of the other (Levenshtein). */
static size_t distance(const char *a, size_t a_length, const char *b)
{
	size_t row[64], b_length = strlen(b);

	if (b_length >= ARRAY_SIZE(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 0; i < a_length; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b_length; j++) {
			size_t change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = least(row[j + 1] + 1, row[j] + 1, change);
		}
	}
	return row[b_length];
}

struct near {
	size_t distance;
	const char *name;
};

static int compare(const void *a, const void *b)
{
	const struct near *one = a, *other = b;

	if (one->distance != other->distance)
		return one->distance < other->distance ? -1 : 1;
	return strcmp(one->name, other->name);
}

bool refuse_field(struct error *error, struct piece name)
{
	struct near near[VMCS_FIELD_COUNT];
	struct line line = {0};

	if (!name.length)
		return refuse(error, "a VMCS field's name is missing; `ringscope explain --fields` "
		                     "lists all.");
	for (size_t i = 0; i < VMCS_FIELD_COUNT; i++)
		near[i] = (struct near){distance(name.text, name.length, vmcs_fields[i].name),
		                        vmcs_fields[i].name};
	qsort(near, VMCS_FIELD_COUNT, sizeof(near[0]), compare);
	for (size_t i = 0; i < NEAR_SHOWN; i++)
		line_add(&line, "%s%s", i ? ", " : "", near[i].name);
	return refuse(error,
	              "there is no VMCS field \"%.*s\"; near: %s; `ringscope explain --fields` "
	              "lists all.",
	              (int)name.length, name.text, line.text);
}

bool check_breaks(const char *list, struct error *error)
{
	struct piece rest = {list, strlen(list)};
	struct vmcs_change change;

	if (!rest.length)
		return refuse(error, "--break wants FIELD=VALUE or FIELD^BIT, as in guest_cr4^13.");
	while (rest.length) {
		struct piece item = next_item(&rest);
		struct piece name = vmcs_change_name(item);
		const char *wrong = vmcs_parse_change(item, &change);

		if (wrong && vmcs_find_field(name) < 0)
			return refuse_field(error, name);
		if (wrong)
			return refuse(error, "--break %.*s: %s.", (int)item.length, item.text,
			              wrong);
	}
	return true;
}

const char *field_area(u32 encoding)
{
	static const char *const areas[] = {[VMCS_CONTROL] = "control",
	                                    [VMCS_READ_ONLY] = "read-only",
	                                    [VMCS_GUEST] = "guest state",
	                                    [VMCS_HOST] = "host state"};

	return areas[vmcs_field_type(encoding)];
}

const char *field_width(u32 encoding)
{
	static const char *const widths[] = {"16 bits", "64 bits", "32 bits",
	                                     "natural width: 64 bits"};

	return widths[encoding >> 13 & 3];
}

void add_feature_place(struct line *line, enum vmx_feature feature)
{
	struct vmx_capabilities old = {0}, new = {.basic = 1ull << 55};
	u32 msr = vmx_feature_msr(&old, feature), true_msr = vmx_feature_msr(&new, feature);

	line_add(line, "bit %u of MSR 0x%x (%s)", vmx_allowed_bit(feature), msr, msr_name(msr));
	if (true_msr != msr)
		line_add(line, ", or 0x%x where there are TRUE MSRs", true_msr);
}
