#include "vmx/check_parts.h"

/* A segment register of the guest, and what applies to it ("Checks on Guest Segment Registers"). */
struct segment {
	u64 selector, limit;
	u32 type, rpl, dpl;
	bool plain; /* not LDTR or TR */
	bool usable;
	bool v86;          /* holds what virtual-8086 mode makes of its selector */
	bool checked;      /* else: its access rights count, if it is usable */
	bool cs, ss, data; /* ... and which it is; data: DS, ES, FS or GS */
	bool code;         /* its type: code, accessed */
	bool pages;        /* its limit is counted in pages */
	bool wide;         /* its base has 64 bits */
};

static struct segment segment(const struct check *c, u32 at)
{
	const u64 access = check_field(c, PLACE_OF_guest_es_access + at);
	struct segment s = {.selector = check_field(c, PLACE_OF_guest_es_selector + at),
	                    .limit = check_field(c, PLACE_OF_guest_es_limit + at),
	                    .type = access & 15,
	                    .dpl = access >> 5 & 3,
	                    .plain = at < LDTR};

	s.rpl = s.selector & 3;
	s.usable = at == CS || at == TR || !(access & UNUSABLE);
	s.v86 = s.plain && c->v86;
	s.checked = s.usable && !s.v86;
	s.cs = at == CS && !s.v86;
	s.ss = at == SS && !s.v86;
	s.data = s.plain && s.checked && at != CS && at != SS;
	s.code = (s.type & 9) == 9;
	s.pages = access & BIT(15);
	s.wide = at == FS || at == GS || at == TR || (at == LDTR && s.usable);
	return s;
}

static void check_segments(struct check *c)
{
	const u32 ss_dpl = F(guest_ss_access) >> 5 & 3, cs_rpl = F(guest_cs_selector) & 3;
	const bool ss_zero = (F(guest_cs_access) & 15) == 3 || !(c->cr0 & CR0_PE);
	const bool strict = !c->unrestricted;

	for (u32 at = ES; at <= TR; at++) {
		const struct segment s = segment(c, at);
		RULES_guest_segments(CHECK_AT, guest_segments);
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
	const u64 rflags = F(guest_rflags), rtm = F(guest_pending_debug) & BIT(16);
	const u64 states = c->caps->misc >> 5 | BIT(ACTIVE);
	const u64 pending = 0x1500f | (HAS(bus_lock) ? BIT(11) : 0);
	const bool sgx = HAS(encls_exiting);
	const bool nmi = c->event && c->event_type == 2;
	const bool held = blocking & 3 || F(guest_activity) == HALTED;
	const bool stepping = rflags & RFLAGS_TF && !(F(guest_debugctl) & DEBUGCTL_BTF);
	u32 word = 0;
	const bool linked =
		!(link & (c->beyond | 0xfff)) && c->read && c->read(link, &word, sizeof(word));
	const u32 foreign = (word ^ (u32)c->caps->basic) & 0x7fffffff;

	RULES_guest_state(CHECK, guest_state);
}

static bool check_pdpte(const struct check *c, u64 entry)
{
	return !(entry & 1) || !(entry & (c->above | 0x1e6));
}

/* PAE paging: the four entries are registers, loaded by the entry. */
static void check_pdptes(struct check *c)
{
	const u64 table = F(guest_cr3) & 0xffffffe0;
	u64 entry;

	if (!(c->cr0 & CR0_PG) || !(F(guest_cr4) & CR4_PAE) || c->long_mode)
		return;
	for (u32 at = 0; at < 4; at++) {
		RULES_guest_pdpte(CHECK_AT, guest_pdptes);
		if (!ON(ept) && c->read && c->read(table + 8 * at, &entry, sizeof(entry)))
			RULES_guest_pdpt(CHECK, guest_pdptes);
	}
}

void check_guest(struct check *c)
{
	const bool paging = c->cr0 & CR0_PG;
	const bool long_code = c->long_mode && F(guest_cs_access) & BIT(13);

	RULES_guest_registers(CHECK, guest_registers);
	RULES_registers(CHECK, guest_registers, guest);
	for (u32 at = 0; at < 2; at++)
		RULES_sysenter(CHECK_AT, guest_registers, guest);
	check_segments(c);
	for (u32 at = 0; at < 2; at++) {
		RULES_guest_tables(CHECK_AT, guest_tables);
	}
	RULES_guest_flow(CHECK, guest_flow);
	check_state(c);
	check_pdptes(c);
}
