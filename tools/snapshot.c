#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "abi/trace.h"
#include "tools/names.h"
#include "tools/snapshot.h"
#include "tools/trace.h"
#include "tools/vmcs.h"
#include "vmx/exit_reasons.h"

typedef unsigned long long ull;

/* vmx_read_capabilities has no context to pass on. */
static struct snapshot *asked;
static u32 absent; /* the first MSR that was asked for and is not there, or 0 */

static u64 read_msr(u32 msr)
{
	u32 index = msr - FIRST_CAPABILITY;

	if (index < CAPABILITIES)
		asked->wants_msr[index] = true;
	if (index < CAPABILITIES && asked->has_msr[index])
		return asked->msr[index];
	if (!absent)
		absent = msr;
	return 0;
}

/* Whether the checks look at the field: only where its control is on. */
static bool in_use(const struct snapshot *snapshot, enum vmcs_place place)
{
	static const u16 words[] = {[PLACE_PIN] = PLACE_OF_pin_controls,
	                            [PLACE_PRIMARY] = PLACE_OF_primary_controls,
	                            [PLACE_SECONDARY] = PLACE_OF_secondary_controls,
	                            [PLACE_EXIT] = PLACE_OF_exit_controls,
	                            [PLACE_ENTRY] = PLACE_OF_entry_controls};
	s32 feature = vmcs_fields[place].feature;
	const struct feature_row *row;

	if (feature == FEATURE_ALWAYS)
		return vmcs_field_type(vmcs_fields[place].encoding) != VMCS_READ_ONLY;
	row = &vmx_features[feature];
	return vmx_has(&snapshot->caps, (enum vmx_feature)feature) &&
	       row->place < ARRAY_SIZE(words) &&
	       snapshot->vmcs.value[words[row->place]] >> row->bit & 1;
}

static s32 first_missing_field(const struct snapshot *snapshot)
{
	for (s32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (!snapshot->has_field[i] && in_use(snapshot, (enum vmcs_place)i))
			return i;
	return -1;
}

static bool fits(s32 field, u64 value)
{
	u32 bits = 8 * vmcs_field_bytes(vmcs_fields[field].encoding);

	return bits == 64 || !(value >> bits);
}

static s32 first_too_wide(const struct snapshot *snapshot)
{
	for (s32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (snapshot->has_field[i] && !fits(i, snapshot->vmcs.value[i]))
			return i;
	return -1;
}

/* The checks shift by them: what no processor has is no snapshot of one. */
static bool plausible(u64 sizes)
{
	u64 physical = sizes & 0xff, linear = sizes >> 8 & 0xff;

	return physical >= 32 && physical <= 52 && linear >= 48 && linear <= 57;
}

/* Makes the capabilities of what was read, and sees that nothing is missing. */
static bool settle(struct snapshot *snapshot, const char *name, struct error *error)
{
	static const bool nothing_hidden[VMX_FEATURE_COUNT];
	s32 field = first_too_wide(snapshot);

	if (field >= 0)
		return refuse(error, "%s: %s has %u bits, 0x%llx has more.", name,
		              vmcs_fields[field].name,
		              8 * vmcs_field_bytes(vmcs_fields[field].encoding),
		              (ull)snapshot->vmcs.value[field]);
	asked = snapshot;
	absent = 0;
	vmx_read_capabilities(&snapshot->caps, read_msr, nothing_hidden);
	snapshot->caps.physical_bits = snapshot->sizes & 0xff;
	snapshot->caps.linear_bits = snapshot->sizes >> 8 & 0xff;
	if (absent)
		return refuse(error, "%s: the capability MSR 0x%x (%s) is missing.", name, absent,
		              msr_name(absent));
	if (!snapshot->has_sizes)
		return refuse(error, "%s: the sizes of addresses are missing (cpuid 0x%x).", name,
		              CPUID_ADDRESS_SIZES);
	if (!plausible(snapshot->sizes))
		return refuse(error,
		              "%s: cpuid 0x%x = 0x%llx: no processor's sizes of addresses "
		              "(physical 32 to 52 bits, linear 48 to 57).",
		              name, CPUID_ADDRESS_SIZES, (ull)snapshot->sizes);
	field = first_missing_field(snapshot);
	if (field >= 0)
		return refuse(error, "%s: the field %s is missing, which is in use.", name,
		              vmcs_fields[field].name);
	return true;
}

static void take_capability(struct snapshot *snapshot, u32 number, u64 value)
{
	u32 index = number - FIRST_CAPABILITY;

	if (number == CPUID_ADDRESS_SIZES) {
		snapshot->sizes = value;
		snapshot->has_sizes = true;
	} else if (index < CAPABILITIES) {
		snapshot->msr[index] = value;
		snapshot->has_msr[index] = true;
	}
}

static void take_field(struct snapshot *snapshot, u32 encoding, u64 value)
{
	for (size_t i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_fields[i].encoding == encoding) {
			snapshot->vmcs.value[i] = value;
			snapshot->has_field[i] = true;
		}
}

static void take_record(struct snapshot *snapshot, const struct trace_record *record, bool *found)
{
	const struct trace_vmcs_snapshot *head = (const void *)record;
	const struct trace_vmcs_field *field = (const void *)record;
	const struct trace_capability *capability = (const void *)record;

	if (record->id == EVENT_capability) {
		take_capability(snapshot, capability->msr, capability->value);
	} else if (record->id == EVENT_vmcs_field) {
		take_field(snapshot, field->encoding, field->value);
	} else if (record->id == EVENT_vmcs_snapshot) {
		memset(&snapshot->vmcs, 0, sizeof(snapshot->vmcs));
		memset(snapshot->has_field, 0, sizeof(snapshot->has_field));
		snapshot->error = head->error;
		snapshot->reason = head->reason;
		snapshot->counted = head->findings;
		*found = true;
	}
}

/* MSRs that ring -1 did not record say 0: it leaves those out. */
static void fill_up(struct snapshot *snapshot)
{
	for (u32 i = 0; i < CAPABILITIES; i++)
		snapshot->has_msr[i] |= snapshot->has_msr[0];
}

enum snapshot_outcome snapshot_of_trace(struct snapshot *snapshot, const char *directory,
                                        struct error *error)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct trace trace;
	bool found = false, failed;

	memset(snapshot, 0, sizeof(*snapshot));
	if (!trace_open(&trace, directory, error))
		return SNAPSHOT_BAD;
	cursor_start(&cursor, &trace);
	while ((record = cursor_next_of(&cursor, STREAM_HYPERVISOR)))
		take_record(snapshot, record, &found);
	failed = trace.info.has_result && trace.info.cause == GUEST_END_entry_failed;
	_Static_assert(sizeof(snapshot->sentence) == sizeof(trace.info.message), "one sentence");
	memcpy(snapshot->sentence, trace.info.message, sizeof(snapshot->sentence));
	trace_close(&trace);
	if (!found && failed)
		refuse(error,
		       "%s: a VM entry failed, but its VMCS was not recorded: run with the events "
		       "vmcs_snapshot, vmcs_field and capability (--events all, the default).",
		       directory);
	else if (!found)
		refuse(error, "%s: no VM entry failed in this run: there is nothing to explain.",
		       directory);
	if (!found)
		return failed ? SNAPSHOT_BAD : SNAPSHOT_NONE;
	fill_up(snapshot);
	return settle(snapshot, directory, error) ? SNAPSHOT_READ : SNAPSHOT_BAD;
}

/* A line of text that is being read. */
struct place {
	const char *name;
	size_t line;
	struct error *error;
};

#define REFUSE(place, text, ...)                                                                   \
	refuse((place)->error, "%s, line %zu: " text, (place)->name, (place)->line, __VA_ARGS__)

static bool read_field(struct snapshot *snapshot, struct piece key, u64 value,
                       const struct place *place)
{
	s32 field = vmcs_find_field(key);
	struct error unknown;

	if (field < 0) {
		refuse_field(&unknown, key);
		return REFUSE(place, "%s", unknown.text);
	}
	if (!fits(field, value))
		return REFUSE(place, "%s has %u bits, 0x%llx has more.", vmcs_fields[field].name,
		              8 * vmcs_field_bytes(vmcs_fields[field].encoding), (ull)value);
	if (snapshot->has_field[field])
		return REFUSE(place, "%s is given twice.", vmcs_fields[field].name);
	snapshot->vmcs.value[field] = value;
	snapshot->has_field[field] = true;
	return true;
}

/* "0x480" of "msr 0x480", or of a "cpuid" line. */
static bool read_capability(struct snapshot *snapshot, struct piece key, bool cpuid, u64 value,
                            const struct place *place)
{
	u64 number;
	bool known;

	while (key.length && *key.text == ' ') {
		key.text++;
		key.length--;
	}
	known = parse_number(key, &number) &&
	        (cpuid ? number == CPUID_ADDRESS_SIZES
	               : number >= FIRST_CAPABILITY && number < FIRST_CAPABILITY + CAPABILITIES);
	if (!known)
		return REFUSE(place, "%.*s is no %s.", (int)key.length, key.text,
		              cpuid ? "CPUID leaf that is of use here (0x80000008)"
		                    : "capability MSR (0x480 to 0x49f)");
	if (cpuid ? snapshot->has_sizes : snapshot->has_msr[number - FIRST_CAPABILITY])
		return REFUSE(place, "%.*s is given twice.", (int)key.length, key.text);
	take_capability(snapshot, (u32)number, value);
	return true;
}

static bool starts(struct piece piece, const char *word)
{
	return piece.length > strlen(word) && !memcmp(piece.text, word, strlen(word));
}

static struct piece without_blanks(const char *text, size_t length)
{
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	while (length && isspace((unsigned char)*text)) {
		text++;
		length--;
	}
	return (struct piece){text, length};
}

static bool read_line(struct snapshot *snapshot, const char *text, const struct place *place)
{
	struct piece line = without_blanks(text, strcspn(text, "#")), key, number;
	const char *equals = line.length ? memchr(line.text, '=', line.length) : NULL;
	u64 value;

	if (!line.length)
		return true;
	if (!equals)
		return REFUSE(place, "\"%.*s\" is not FIELD=VALUE, nor msr NUMBER=VALUE.",
		              line.length > 60 ? 60 : (int)line.length, line.text);
	key = without_blanks(line.text, (size_t)(equals - line.text));
	number = without_blanks(equals + 1, line.length - (size_t)(equals + 1 - line.text));
	if (!parse_number(number, &value))
		return REFUSE(place, "\"%.*s\" is no number of at most 64 bits.",
		              number.length > 60 ? 60 : (int)number.length, number.text);
	if (starts(key, "msr ") || starts(key, "cpuid ")) {
		size_t word = key.text[0] == 'c' ? 6 : 4;

		key = (struct piece){key.text + word, key.length - word};
		return read_capability(snapshot, key, word == 6, value, place);
	}
	if (key.length == 5 && !memcmp(key.text, "error", 5))
		snapshot->error = (u32)value;
	else if (key.length == 6 && !memcmp(key.text, "reason", 6))
		snapshot->reason = (u32)value;
	else
		return read_field(snapshot, key, value, place);
	return true;
}

bool snapshot_read(struct snapshot *snapshot, FILE *file, const char *name, struct error *error)
{
	struct place place = {.name = name, .error = error};
	char *text = NULL;
	size_t room = 0;
	bool fine = true;

	memset(snapshot, 0, sizeof(*snapshot));
	while (fine && getline(&text, &room, file) >= 0) {
		place.line++;
		fine = read_line(snapshot, text, &place);
	}
	free(text);
	if (fine && ferror(file))
		return refuse(error, "%s: cannot be read.", name);
	return fine && settle(snapshot, name, error);
}

void snapshot_write(FILE *out, const struct snapshot *snapshot)
{
	fprintf(out, "# A VMCS as a VM entry found it, for `ringscope explain FILE`.\n");
	if (snapshot->error)
		fprintf(out, "error=%llu\n", (ull)snapshot->error);
	if (snapshot->reason)
		fprintf(out, "reason=0x%llx\n", (ull)snapshot->reason);
	for (u32 i = 0; i < CAPABILITIES; i++)
		if (snapshot->wants_msr[i])
			fprintf(out, "msr 0x%x=0x%llx\n", FIRST_CAPABILITY + i,
			        (ull)snapshot->msr[i]);
	fprintf(out, "cpuid 0x%x=0x%llx\n", CPUID_ADDRESS_SIZES, (ull)snapshot->sizes);
	for (size_t i = 0; i < VMCS_FIELD_COUNT; i++)
		if (snapshot->has_field[i])
			fprintf(out, "%s=0x%llx\n", vmcs_fields[i].name,
			        (ull)snapshot->vmcs.value[i]);
}
