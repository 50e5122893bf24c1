#include "vmx/check_parts.h"

/* "TPR threshold": against the task priority of the virtual-APIC page, where that can be seen. */
static bool check_tpr(const struct check *c, u64 threshold)
{
	const u64 page = F(virtual_apic_address);
	u32 vtpr;

	if (ON(virtual_interrupts) || ON(apic_accesses) || page & (c->beyond | 0xfff))
		return true;
	if (!c->read || !c->read(page + 0x80, &vtpr, sizeof(vtpr)))
		return true;
	return (threshold & 15) <= (vtpr >> 4 & 15);
}

static bool check_ept_type(const struct check *c, u64 type)
{
	return type == 6 ? HAS(ept_write_back) : !type && HAS(ept_uncacheable);
}

static bool check_ept_walk(const struct check *c, u64 less_one)
{
	return less_one == 3 ? HAS(ept_walk_4) : less_one == 4 && HAS(ept_walk_5);
}

static void check_structures(struct check *c)
{
	static const u16 structures[] = {PLACE_OF_io_bitmap_a,
	                                 PLACE_OF_io_bitmap_b,
	                                 PLACE_OF_msr_bitmap,
	                                 PLACE_OF_virtual_apic_address,
	                                 PLACE_OF_apic_access_address,
	                                 PLACE_OF_pml_address,
	                                 PLACE_OF_sub_page_table,
	                                 PLACE_OF_eptp_list,
	                                 PLACE_OF_vmread_bitmap,
	                                 PLACE_OF_vmwrite_bitmap,
	                                 PLACE_OF_ve_information_address,
	                                 PLACE_OF_low_pasid_directory,
	                                 PLACE_OF_high_pasid_directory};

	for (u32 i = 0; i < ARRAY_SIZE(structures); i++) {
		const u32 at = structures[i] - PLACE_OF_io_bitmap_a;
		RULES_structure(CHECK_AT, execution);
	}
}

/* Types 1 and, without a monitor trap flag, 7 are reserved. */
static bool check_type(const struct check *c, u32 type)
{
	return type != 1 && (type != 7 || HAS(monitor_trap_flag));
}

static bool check_vector(u32 type, u32 vector)
{
	if (type == 2)
		return vector == VECTOR_NMI;
	return type == 3 ? vector < 32 : type != 7 || !vector;
}

static void check_event(struct check *c)
{
	const u32 type = c->event_type, vector = c->event & 0xff;
	const bool coded = c->event & BIT(11), soft = type >= 4 && type <= 6;
	const u64 least = !(c->caps->misc & BIT(30));
	/* Only an exception outside real mode pushes an error code; #CP only where there is CET. */
	const u64 with_code = 0x27d00 | (c->caps->cr4_fixed1 & CR4_CET ? BIT(VECTOR_CP) : 0);
	const bool pushes = type == 3 && (!c->unrestricted || c->cr0 & CR0_PE);
	const bool has_code = vector < 32 && with_code >> vector & 1;
	const bool must_code = pushes && has_code && !HAS(any_error_code);
	const bool may_code = pushes && (has_code || HAS(any_error_code));

	RULES_event(CHECK, entry);
}

/* The end of a list of MSRs, if its start is within the width. */
static bool check_end(const struct check *c, u64 address, u64 bytes)
{
	return address & c->beyond || !((address + bytes - 1) & c->beyond);
}

static void check_areas(struct check *c)
{
	for (u32 at = 0; at < 2; at++) {
		const u64 bytes = 16 * check_field(c, PLACE_OF_exit_msr_store_count + at);
		if (bytes) {
			RULES_exit_area(CHECK_AT, exit);
		}
	}
	const u64 bytes = 16 * F(entry_msr_load_count);
	if (bytes) {
		RULES_entry_area(CHECK, entry);
	}
}

void check_controls(struct check *c)
{
	const bool external = ON(external_interrupt_exiting);
	const bool virtual_apic = ON(x2apic_mode) || ON(apic_registers) || ON(virtual_interrupts);
	const u64 ept_bit7 = HAS(shadow_stack_control) ? 0 : BIT(7);

	RULES_execution(CHECK, execution);
	check_structures(c);
	RULES_exit(CHECK, exit);
	RULES_entry(CHECK, entry);
	if (c->event)
		check_event(c);
	check_areas(c);
}
