#include "tests/oracle/cases.h"
#include "lib/cpu.h"
#include "tests/oracle/baselines.h"

#define V(name) c->vmcs.value[PLACE_OF_##name]

#define LIST_BYTES(count) ((count) * sizeof(struct msr_entry))
#define LOCAL_APIC        0xfee00000u
#define HOST_CR3_FREE     0xfffull             /* bits that do not say where the tables lie */
#define HOST_CR4_HELD     (CR4_LA57 | BIT(24)) /* one level more; protection keys of ring -1 */

/* Values that some rule or other turns on. */
static const u64 stock[] = {
	0x00007fffffffffff,
	0x0000800000000000,
	0xffff7fffffffffff,
	0xffff800000000000,
	0x00ffffffffffffff,
	0x0100000000000000,
	0x00000000ffffffff,
	0x0000000100000000,
	0x000000000000ffff,
	0x0000000000010000,
	0x0000000000000fff,
	0x0000000000001000,
	0x00000000000fffff,
	0x0000000080000000,
	0x0000000f00000000,
	0x0000100000000000,
	0x0606060606060606,
	0x0202020202020202,
	0x8000000000000000,
	0x000000000000001f,
	0x80000001,
	0x80000202,
	0x80000b0d,
	0x80000b08,
	0x80000308,
	0x80000400,
	0x80000603,
	0x80000700,
	0x80000701,
	0x80000500,
	0x80000120,
	0x8000030d,
	0x93,
	0x9b,
	0x8b,
	0x83,
	0xf3,
	0xfb,
	0xc0f3,
	0xa0fb,
	0xc09f,
	0x1008b,
	0x81,
	0x89,
};

/* Fields whose rules speak of each other. */
#define ROW 10u
static const u8 related[][ROW] = {
#define P(name) PLACE_OF_##name
	{P(guest_cr0), P(guest_cr4), P(entry_controls), P(guest_efer), P(guest_cs_access),
         P(guest_rflags), P(secondary_controls), P(guest_cr3), P(guest_pdpte0), P(guest_rip)},
	{P(guest_cs_selector), P(guest_cs_access), P(guest_ss_selector), P(guest_ss_access),
         P(guest_cs_limit), P(guest_ss_limit), P(guest_cs_base), P(guest_ss_base), P(guest_rflags),
         P(entry_controls)},
	{P(guest_ds_selector), P(guest_ds_access), P(guest_ds_limit), P(guest_ds_base),
         P(guest_es_selector), P(guest_es_access), P(guest_fs_access), P(guest_fs_base),
         P(guest_gs_limit), P(guest_gs_access)},
	{P(guest_tr_selector), P(guest_tr_access), P(guest_tr_limit), P(guest_tr_base),
         P(guest_ldtr_selector), P(guest_ldtr_access), P(guest_ldtr_limit), P(guest_ldtr_base),
         P(entry_controls), P(guest_gdtr_limit)},
	{P(guest_rflags), P(guest_interruptibility), P(guest_activity), P(entry_interruption_info),
         P(guest_pending_debug), P(entry_exception_error_code), P(entry_instruction_length),
         P(guest_ss_access), P(pin_controls), P(guest_debugctl)},
	{P(pin_controls), P(primary_controls), P(secondary_controls), P(exit_controls),
         P(entry_controls), P(virtual_processor_id), P(ept_pointer), P(tpr_threshold),
         P(virtual_apic_address), P(apic_access_address)},
	{P(ept_pointer), P(secondary_controls), P(pml_address), P(vm_function_controls),
         P(eptp_list), P(ve_information_address), P(vmread_bitmap), P(vmwrite_bitmap),
         P(vmcs_link_pointer), P(guest_cr0)},
	{P(entry_msr_load_address), P(entry_msr_load_count), P(exit_msr_load_address),
         P(exit_msr_load_count), P(exit_msr_store_address), P(exit_msr_store_count), P(io_bitmap_a),
         P(io_bitmap_b), P(msr_bitmap), P(primary_controls)},
	{P(host_cr0), P(host_cr4), P(host_efer), P(exit_controls), P(host_cr3), P(host_rip),
         P(host_pat), P(host_tr_selector), P(host_cs_selector), P(host_ss_selector)},
#undef P
};

/* Rare combinations that a row of tests/oracle/deviations.h is about: the first cases try them. */
#define DIRECTED_CHANGES 2u
#define DIRECTED_CASES   750u
static const struct {
	u8 place;
	u64 value;
} directed[][DIRECTED_CHANGES] = {
#define P(name) PLACE_OF_##name
	{{P(entry_interruption_info), 0x80000b0d}, {P(guest_cr0), 0x20}},
	{{P(entry_interruption_info), 0x80000b03}, {P(guest_cr0), 0x80000021}},
	{{P(entry_interruption_info), 0x80000701}, {P(guest_rflags), 0x202}},
	{{P(entry_interruption_info), 0x80000202}, {P(guest_interruptibility), 8}},
	{{P(entry_interruption_info), 0x8000030d}, {P(guest_activity), 1}},
	{{P(guest_pending_debug), 0x4000}, {P(guest_interruptibility), 1}},
	{{P(guest_pending_debug), 0x11000}, {P(guest_interruptibility), 0}},
	{{P(guest_cr0), 0x80000021}, {P(guest_cr4), 0x2020}},
	{{P(guest_cr0), 0x21}, {P(guest_efer), 0x500}},
	{{P(guest_rip), 0x8000000001000}, {P(guest_rsp), 0}},
	{{P(guest_es_selector), 0xf}, {P(guest_es_access), 0xc09b}},
	{{P(guest_ss_selector), 0}, {P(guest_ss_limit), 0x1000}},
	{{P(guest_cs_selector), 0x9}, {P(guest_cs_access), 0xc09f}},
	{{P(guest_cs_access), 0xc09f}, {P(guest_ss_access), 0xc0f3}},
	{{P(exit_msr_store_count), 0x80000000}, {P(exit_msr_store_address), 0}},
	{{P(guest_cr0), 0x20}, {P(entry_interruption_info), 0}},
	{{P(exit_msr_store_count), 2}, {P(exit_msr_store_address), 0xfffffffff0}},
	{{P(guest_s_cet), 0xc00}, {P(guest_ssp), 8}},
	{{P(guest_s_cet), 0x40}, {P(guest_ssp_table), 1ull << 62}},
	{{P(host_s_cet), 0xc00}, {P(host_rsp), 0}},
	{{P(host_s_cet), 0x40}, {P(host_rsp), 0}},
	{{P(host_ssp), 1ull << 62}, {P(host_rsp), 0}},
	{{P(host_ssp), 2}, {P(host_rsp), 0}},
	{{P(guest_ssp), 2}, {P(guest_rsp), 0}},
	{{P(guest_ssp), 0x1000000000}, {P(guest_rsp), 0}},
	{{P(guest_ssp), 0x800000000000}, {P(guest_rsp), 0}},
	{{P(guest_cr3), UINT64_MAX}, {P(guest_pdpte1), 0x1e7}},
#undef P
};

/* Entries for the MSR-load list: the manual forbids the loading of all but the last two. */
static const struct msr_entry entry_stock[] = {
	{0xc0000101, 0, 0}, /* IA32_GS_BASE */
	{0x800, 0, 0},      /* the x2APIC's MSRs */
	{0x8ff, 0, 0},
	{MSR_SYSENTER_CS, 1, 0},          /* bits 63:32 are not 0 */
	{0x9b, 0, 0},                     /* IA32_SMM_MONITOR_CTL, outside SMM */
	{0x79, 0, 0},                     /* IA32_BIOS_UPDT_TRIG */
	{MSR_SYSENTER_ESP, 0, BIT(63)},   /* WRMSR would fault: not canonical */
	{MSR_PAT, 0, 0x0202020202020202}, /* ... a reserved memory type */
	{MSR_EFER, 0, BIT(1)},            /* ... a reserved bit */
	{MSR_SYSENTER_ESP, 0, 0x1000},
	{MSR_SYSENTER_EIP, 0, 0xffff800000000000},
};

const char *case_mode_name(const struct oracle_case *c)
{
	static const char *const names[MODES] = {
		[LONG64] = "64-bit",    [COMPATIBILITY] = "compatibility", [PAE] = "PAE",
		[PROTECTED] = "32-bit", [VIRTUAL_8086] = "8086",           [UNPAGED] = "unpaged",
		[REAL] = "real",
	};

	return names[c->mode];
}

static u64 width_mask(u8 place)
{
	u32 bytes = vmcs_field_bytes(vmcs_fields[place].encoding);

	return bytes == 8 ? UINT64_MAX : BIT(8 * bytes) - 1;
}

static u64 new_value(const struct oracle_case *c, struct dice *dice, u8 place)
{
	u64 old = c->vmcs.value[place];
	u32 bits = 8 * vmcs_field_bytes(vmcs_fields[place].encoding);

	switch (below(dice, 12)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return c->vmcs.value[(place + 1u) % VMCS_FIELD_COUNT];
	case 3:
		return old + 1 - 2 * below(dice, 2);
	case 4:
		return old ^ BIT(below(dice, bits)) ^ BIT(below(dice, bits));
	case 5:
		return stock[below(dice, ARRAY_SIZE(stock))];
	case 6:
		return below(dice, 2) ? below(dice, 16) : roll(dice);
	default:
		return old ^ BIT(below(dice, bits));
	}
}

static void change(struct oracle_case *c, u8 place, u64 value)
{
	u64 before = c->vmcs.value[place];

	value &= width_mask(place);
	if (value == before || !machine.writable[place])
		return;
	c->change[c->changes].place = place;
	c->change[c->changes].before = before;
	c->changes++;
	c->vmcs.value[place] = value;
}

static void change_somehow(struct oracle_case *c, struct dice *dice, u8 place)
{
	change(c, place, new_value(c, dice, place));
}

/* A field that can be written, of a row of related ones or of all. */
static u8 pick(struct dice *dice, const u8 *row)
{
	for (u32 tries = 0; tries < 32; tries++) {
		u32 place = row ? row[below(dice, ROW)] : below(dice, VMCS_FIELD_COUNT);
		if (machine.writable[place])
			return (u8)place;
	}
	return PLACE_OF_guest_rflags;
}

/* Half of the cases have one change, three in ten a few among related fields, the rest anywhere. */
static void mutate(struct oracle_case *c, struct dice *dice)
{
	u32 kind = below(dice, 10);
	u32 changes = kind < 5 ? 1 : 2 + below(dice, kind < 8 ? 2 : CHANGES - 1);
	const u8 *row = kind >= 5 && kind < 8 ? related[below(dice, ARRAY_SIZE(related))] : NULL;

	for (u32 i = 0; i < changes; i++)
		change_somehow(c, dice, pick(dice, row));
}

static void provoke(struct oracle_case *c, u64 which)
{
	for (u32 i = 0; i < DIRECTED_CHANGES; i++)
		change(c, directed[which][i].place, directed[which][i].value);
}

/* One case in ten tries an MSR of its own, just in front of the tripwires if that is in the list. */
static void fill_list(struct oracle_case *c, struct dice *dice)
{
	struct msr_entry *last = machine_entries() + FREE_ENTRIES - 1;

	*last = entry_stock[ARRAY_SIZE(entry_stock) - 1];
	c->list_entry = 0;
	if (below(dice, 10) ||
	    V(entry_msr_load_address) > machine.tripwires + LIST_BYTES(FREE_ENTRIES - 1))
		return;
	c->list_entry = 1 + below(dice, ARRAY_SIZE(entry_stock));
	*last = entry_stock[c->list_entry - 1];
}

void case_make(struct oracle_case *c, u64 seed, u64 number)
{
	struct dice dice = {(seed << 32 ^ number) * 0x9e3779b97f4a7c15ull | 1};

	roll(&dice);
	*c = (struct oracle_case){.number = number};
	c->mode = baseline_make(&c->vmcs, &dice);
	fill_list(c, &dice);
	if (number < DIRECTED_CASES)
		provoke(c, number % ARRAY_SIZE(directed));
	else if (below(&dice, 32))
		mutate(c, &dice);
}

static bool is_physical(u64 address)
{
	return !(address >> machine.caps.physical_bits);
}

/* An address that the processor must refuse, whatever the count. */
static bool is_refused(u64 address)
{
	return address % sizeof(struct msr_entry) || !is_physical(address);
}

/* The list leads to a tripwire before it leads anywhere else. */
static bool entry_list_is_safe(const struct oracle_case *c)
{
	u64 at = V(entry_msr_load_address), count = V(entry_msr_load_count);
	u64 offset = at - machine.tripwires, last = LIST_BYTES(MSR_LIST_ENTRIES - 1);

	if (is_refused(at))
		return count > 0;
	return offset <= last &&
	       count > (offset < LIST_BYTES(FREE_ENTRIES) ? FREE_ENTRIES - offset / LIST_BYTES(1)
	                                                  : 0);
}

static bool exit_list_is_safe(u64 at, u64 count)
{
	u64 offset = at - machine.harmless;

	return !count || is_refused(at) ||
	       (offset < LIST_BYTES(MSR_LIST_ENTRIES) && count <= MSR_LIST_ENTRIES);
}

/* The checker can look where the processor does; and does not know the current VMCS's address. */
static bool link_is_readable(const struct oracle_case *c)
{
	u64 link = V(vmcs_link_pointer);

	return link != machine.vmcs && (link % 4096 || !is_physical(link) || !(link >> 32));
}

/* Bochs 2.7 accepts IA-32e mode without protection, and then its own consistency check ends it. */
static bool ends_bochs(const struct oracle_case *c)
{
	return V(entry_controls) >> vmx_features[FEATURE_ia32e_guest].bit & 1 &&
	       !(V(guest_cr0) & CR0_PE);
}

static bool host_is_safe(const struct oracle_case *c)
{
	u64 rip = V(host_rip), cr3 = V(host_cr3);
	u32 shift = 64 - machine.caps.linear_bits;
	bool canonical = (u64)((s64)(rip << shift) >> shift) == rip;
	bool same_tables = !((cr3 ^ machine.host.value[PLACE_OF_host_cr3]) & ~HOST_CR3_FREE);

	return (!canonical || rip == machine.host.value[PLACE_OF_host_rip]) &&
	       (same_tables || !is_physical(cr3)) && !(V(host_cr4) & HOST_CR4_HELD);
}

/* VTPR would be the real local APIC's register, or behind the tripwires: other eyes, other values. */
static bool virtual_apic_is_readable(const struct oracle_case *c)
{
	u64 at = V(virtual_apic_address);

	return at != LOCAL_APIC && at != machine.tripwires + LIST_BYTES(MSR_LIST_ENTRIES);
}

bool case_can_be_launched(const struct oracle_case *c)
{
	return entry_list_is_safe(c) && host_is_safe(c) &&
	       exit_list_is_safe(V(exit_msr_load_address), V(exit_msr_load_count)) &&
	       link_is_readable(c) && virtual_apic_is_readable(c) && !ends_bochs(c);
}
