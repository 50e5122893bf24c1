/*
 * What the files of the VM-entry checker share: one check under way, and the words in which
 * vmx/check_rules.h states the manual's demands.
 */
#ifndef VMX_CHECK_PARTS_H
#define VMX_CHECK_PARTS_H

#include "lib/cpu.h"
#include "vmx/check.h"
#include "vmx/check_rules.h"

#define RULE(in, token, ...) RULE_##token,
enum check_rule_number { CHECK_RULES(RULE) CHECK_RULE_COUNT };
#undef RULE

/* "The bits corresponding to CR0.NW and CR0.CD are never checked": an entry changes neither. */
#define CR0_UNCHECKED       (CR0_NW | CR0_CD)
#define CR4_CET             BIT(23)
#define CR4_LAM_SUP         BIT(28)
#define EFER_LONG           (EFER_LME | EFER_LMA)
#define EFER_RESERVED       (~(EFER_SCE | EFER_LONG | EFER_NXE))
#define DEBUGCTL_RESERVED   (~0xffc7ull)
#define PERF_RESERVED       (~(BIT(49) - 1))
#define RTIT_RESERVED       (~0x0180ffff8f7bffffull)
#define LBR_RESERVED        (~0x7f000full)
#define CET_RESERVED        0x3c0ull
#define TRACKING            (BIT(10) | BIT(11))
#define TERTIARY_EPT        (c->caps->tertiary & 0xe) /* HLAT, EPT paging-write, guest-paging */
#define TERTIARY_IPI        (c->caps->tertiary & BIT(4))
#define NO_LINK             UINT64_MAX
#define UNUSABLE            BIT(16)
#define MSR_BIOS_UPDT_TRIG  0x79u
#define MSR_SMM_MONITOR_CTL 0x9bu

enum { ES, CS, SS, DS, FS, GS, LDTR, TR };           /* in the order of their fields */
enum { ACTIVE, HALTED, SHUTDOWN, WAITING_FOR_SIPI }; /* "Guest Non-Register State" */

struct check {
	const struct vmcs_snapshot *vmcs;
	const struct vmx_capabilities *caps;
	bool (*read)(u64 physical, void *to, u64 bytes);
	struct check_finding *findings;
	u32 room, count;
	u32 entry;                  /* of the MSR-load list, while that is checked */
	u64 word[PLACE_VMFUNC + 1]; /* what is on and exists, by enum feature_place */
	u64 above;                  /* bits of addresses that the processor does not have */
	u64 beyond; /* ... in what the VMCS points to: IA32_VMX_BASIC may keep it below 4 GiB */
	u64 cr0;    /* the guest's */
	u32 event, event_type; /* to be injected; 0: none */
	bool unrestricted, long_mode, v86;
};

void check_report(struct check *c, u32 rule, u32 place, u64 value);
void check_controls(struct check *c);
void check_host(struct check *c);
void check_guest(struct check *c);

static inline bool check_on(const struct check *c, u32 feature)
{
	return c->word[vmx_features[feature].place] >> vmx_features[feature].bit & 1;
}

/* Reads a field; false if its control is off or not there. */
static inline bool check_value(const struct check *c, u32 place, u64 *value)
{
	const struct vmcs_field_row *row = &vmcs_fields[place];

	*value = 0;
	if (row->feature != FEATURE_ALWAYS && !check_on(c, (u32)row->feature))
		return false;
	*value = c->vmcs->value[place] & ~0ull >> (64 - 8 * vmcs_field_bytes(row->encoding));
	return true;
}

static inline u64 check_field(const struct check *c, u32 place)
{
	u64 value;

	check_value(c, place, &value);
	return value;
}

#define F(field)   check_field(c, PLACE_OF_##field)
#define ON(token)  check_on(c, FEATURE_##token)
#define HAS(token) vmx_has(c->caps, FEATURE_##token)

/* Makes the check of a row of the table: of its field, or of the field `at` places further on. */
#define CHECK_PLACE(token, place, holds)                                                           \
	{                                                                                          \
		u64 value;                                                                         \
		if (check_value(c, place, &value) && !(holds))                                     \
			check_report(c, RULE_##token, place, value);                               \
	}
#define CHECK(in, token, field, holds, ...)    CHECK_PLACE(token, PLACE_OF_##field, holds)
#define CHECK_AT(in, token, field, holds, ...) CHECK_PLACE(token, PLACE_OF_##field + at, holds)

/* "Restrictions on VMX Operation"; bits of `open` may have either value. */
#define FIXED(cr, open)                                                                            \
	(!(((~value & c->caps->cr##_fixed0) | (value & ~c->caps->cr##_fixed1)) & ~(u64)(open)))

static inline bool allowed(const struct check *c, u32 place, u64 value)
{
	return !(~value & c->caps->allowed0[place]) && !(value & ~(u64)c->caps->allowed1[place]);
}

/* Bits 63:N are equal, for N bits of a linear address: less than being canonical. */
static inline bool extended(const struct check *c, u64 value)
{
	u32 bits = c->caps->linear_bits ? c->caps->linear_bits : 48;

	return !(value >> bits) || !(~value >> bits);
}

static inline bool canonical(const struct check *c, u64 value)
{
	return extended(c, value) && extended(c, value << 1 | value >> 63);
}

/* True if an external interrupt is to be injected. */
static inline bool check_external(const struct check *c)
{
	return c->event && c->event_type == 0;
}

static inline bool check_cr3(const struct check *c, u64 value)
{
	/* Bits 62:61 are linear-address masking's, where there is that. */
	return !(value & c->above & ~(c->caps->cr4_fixed1 & CR4_LAM_SUP ? 3ull << 61 : 0));
}

#endif
