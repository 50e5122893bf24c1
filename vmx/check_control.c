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
	static const u16 structures[] = {
		PLACE_OF_io_bitmap_a,
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
		PLACE_OF_high_pasid_directory,
	};

	for (u32 i = 0; i < ARRAY_SIZE(structures); i++) {
		const u32 at = structures[i] - PLACE_OF_io_bitmap_a;
		RULES_structure(CHECK_AT)
	}
}

static void check_event(struct check *c)
{
	const u32 event = c->event, type = c->event_type, vector = event & 0xff;
	/* Only an exception outside real mode pushes an error code; #CP only where there is CET. */
	const u64 with_error = 0x27d00 | (c->caps->cr4_fixed1 & CR4_CET ? BIT(VECTOR_CP) : 0);
	const bool pushes = type == 3 && (!c->unrestricted || c->cr0 & CR0_PE);
	const bool has_error = vector < 32 && with_error >> vector & 1;

	RULES_event(CHECK)
}

void check_controls(struct check *c)
{
	RULES_execution(CHECK) check_structures(c);
	RULES_exit(CHECK) for (u32 at = 0; at < 2; at++)
	{
		const u64 bytes = 16 * check_field(c, PLACE_OF_exit_msr_store_count + at);
		if (bytes) {
			RULES_exit_area(CHECK_AT)
		}
	}
	RULES_entry(CHECK) if (c->event) check_event(c);
	const u64 bytes = 16 * F(entry_msr_load_count);
	if (bytes) {
		RULES_entry_area(CHECK)
	}
}
