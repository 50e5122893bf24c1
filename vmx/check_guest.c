#include "vmx/check_parts.h"

/* A segment register of the guest, and what applies to it ("Checks on Guest Segment Registers"). */
struct segment {
	u64 selector, limit;
	u32 type, dpl;
	bool code_or_data; /* neither LDTR nor TR */
	bool usable;
	bool v86;     /* holds what virtual-8086 mode makes of its selector */
	bool checked; /* its access rights count */
	bool data;    /* ... and it is DS, ES, FS or GS */
	bool wide;    /* its base is a 64-bit address */
};

static struct segment segment(const struct check *c, u32 at)
{
	const u64 access = check_field(c, PLACE_OF_guest_es_access + at);
	struct segment s = {.selector = check_field(c, PLACE_OF_guest_es_selector + at),
	                    .limit = check_field(c, PLACE_OF_guest_es_limit + at),
	                    .type = access & 15,
	                    .dpl = access >> 5 & 3};

	s.code_or_data = at < LDTR;
	s.usable = at == CS || at == TR || !(access & UNUSABLE);
	s.v86 = s.code_or_data && c->v86;
	s.checked = s.usable && !s.v86;
	s.data = s.checked && s.code_or_data && at != CS && at != SS;
	s.wide = at == FS || at == GS || at == TR || (at == LDTR && s.usable);
	return s;
}

static void check_guest_segments(struct check *c)
{
	const u32 ss_dpl = F(guest_ss_access) >> 5 & 3;

	for (u32 at = ES; at <= TR; at++) {
		const struct segment s = segment(c, at);
		RULES_guest_segments(CHECK_AT)
	}
}

/* True if the event that is injected ends this state: nothing ends the wait for a SIPI. */
static bool check_wakes(const struct check *c, u64 activity)
{
	const u32 vector = c->event & 0xff, type = c->event_type;
	const bool machine_check = type == 3 && vector == VECTOR_MC;

	if (activity == SHUTDOWN)
		return type == 2 || machine_check;
	if (activity == HALTED)
		return type == 0 || type == 2 || machine_check ||
		       (type == 3 && vector == VECTOR_DB) || (type == 7 && !vector);
	return activity != WAITING_FOR_SIPI;
}

static void check_state(struct check *c)
{
	const u64 link = F(vmcs_link_pointer), blocking = F(guest_interruptibility);
	const bool nmi = c->event && c->event_type == 2;
	const bool held = blocking & 3 || F(guest_activity) == HALTED;
	const bool stepping = F(guest_rflags) & RFLAGS_TF && !(F(guest_debugctl) & DEBUGCTL_BTF);
	u32 linked_word = 0;
	const bool linked = !(link & (c->beyond | 0xfff)) && c->read &&
	                    c->read(link, &linked_word, sizeof(linked_word));

	RULES_guest_state(CHECK)
}

/* PAE paging: the four entries are registers, loaded by the entry. */
static void check_pdptes(struct check *c)
{
	u64 entry;

	if (!(c->cr0 & CR0_PG) || !(F(guest_cr4) & CR4_PAE) || c->long_mode)
		return;
	for (u32 at = 0; at < 4; at++) {
		RULES_guest_pdpte(CHECK_AT) if (!ON(ept) && c->read &&
		                                c->read((F(guest_cr3) & 0xffffffe0) + 8 * at,
		                                        &entry, sizeof(entry)))
		{
			RULES_guest_pdpt(CHECK)
		}
	}
}

void check_guest(struct check *c)
{
	const bool long_code = c->long_mode && F(guest_cs_access) & BIT(13);

	RULES_guest_registers(CHECK) for (u32 at = 0; at < 2; at++) RULES_guest_sysenter(CHECK_AT)
		check_guest_segments(c);
	for (u32 at = 0; at < 2; at++) {
		RULES_guest_tables(CHECK_AT)
	}
	RULES_guest_flow(CHECK) check_state(c);
	check_pdptes(c);
}
