/*
 * Valid states, built by the rules rather than taken from a list: a mode of the guest, then each
 * optional control and kind of event where its own rules let it be.
 */
#include "tests/oracle/baselines.h"
#include "lib/cpu.h"
#include "vmx/vmcs.h"

#define V(name) vmcs->value[PLACE_OF_##name]

#define NO_LINK      UINT64_MAX
#define PAT_AT_RESET 0x0007040600070406ull
#define DR7_AT_RESET 0x400u
#define RPL3         3u
#define DPL3         (3u << 5)
#define EVENT_VALID  BIT(31)
#define DELIVER_CODE BIT(11)
#define EPT_WALK_4   (3u << 3)
#define WRITE_BACK   6u
#define APIC_BASE    0xfee00000u

/* Event types ("Format of the VM-Entry Interruption-Information Field"). */
enum event {
	EXTERNAL,
	NMI = 2,
	HARDWARE,
	SOFTWARE_INTERRUPT,
	PRIVILEGED,
	SOFTWARE_EXCEPTION,
	OTHER
};
enum activity { ACTIVE, HALTED, SHUTDOWN, WAIT_FOR_SIPI };

#define NO_EVENT 99u

static bool has(enum vmx_feature feature)
{
	return vmx_has(&machine.caps, feature);
}

static u64 *control_word(struct vmcs_snapshot *vmcs, u32 place)
{
	static const u8 field[CONTROL_WORDS] = {
		[PLACE_PIN] = PLACE_OF_pin_controls,
		[PLACE_PRIMARY] = PLACE_OF_primary_controls,
		[PLACE_SECONDARY] = PLACE_OF_secondary_controls,
		[PLACE_EXIT] = PLACE_OF_exit_controls,
		[PLACE_ENTRY] = PLACE_OF_entry_controls,
	};

	return &vmcs->value[field[place]];
}

static bool is_on(struct vmcs_snapshot *vmcs, enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	return *control_word(vmcs, row->place) >> row->bit & 1;
}

/* Switches a control on where the processor has it; true if it is on. */
static bool on(struct vmcs_snapshot *vmcs, enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	if (!has(feature))
		return false;
	*control_word(vmcs, row->place) |= BIT(row->bit);
	if (row->place == PLACE_SECONDARY)
		on(vmcs, FEATURE_secondary_controls);
	return true;
}

static bool maybe(struct vmcs_snapshot *vmcs, struct dice *dice, enum vmx_feature feature)
{
	return below(dice, 2) && on(vmcs, feature);
}

/* Controls that no other field depends on. */
static void set_free_controls(struct vmcs_snapshot *vmcs, struct dice *dice)
{
	static const u8 features[] = {
		FEATURE_external_interrupt_exiting,
		FEATURE_interrupt_window,
		FEATURE_tsc_offsetting,
		FEATURE_hlt_exiting,
		FEATURE_invlpg_exiting,
		FEATURE_rdtsc_exiting,
		FEATURE_mov_dr_exiting,
		FEATURE_io_exiting,
		FEATURE_io_bitmaps,
		FEATURE_msr_bitmaps,
		FEATURE_rdtscp,
		FEATURE_descriptor_table_exiting,
		FEATURE_wbinvd_exiting,
		FEATURE_pause_loop,
		FEATURE_rdrand_exiting,
		FEATURE_invpcid,
		FEATURE_rdseed_exiting,
		FEATURE_xsaves,
		FEATURE_save_debug,
		FEATURE_acknowledge_interrupt,
		FEATURE_save_pat,
		FEATURE_host_pat,
		FEATURE_save_efer,
		FEATURE_host_efer,
		FEATURE_host_perf,
		FEATURE_load_debug,
		FEATURE_guest_pat,
		FEATURE_guest_efer,
		FEATURE_guest_perf,
		FEATURE_host_cet,
		FEATURE_guest_cet,
		FEATURE_host_pkrs,
		FEATURE_guest_pkrs,
	};

	for (u32 i = 0; i < ARRAY_SIZE(features); i++)
		maybe(vmcs, dice, features[i]);
	V(msr_bitmap) = V(io_bitmap_a) = V(io_bitmap_b) = machine.zeros;
}

/* Controls that need one another, or a field. */
static void set_bound_controls(struct vmcs_snapshot *vmcs, struct dice *dice)
{
	if (maybe(vmcs, dice, FEATURE_nmi_exiting) && maybe(vmcs, dice, FEATURE_virtual_nmis))
		maybe(vmcs, dice, FEATURE_nmi_window);
	if (maybe(vmcs, dice, FEATURE_preemption_timer))
		maybe(vmcs, dice, FEATURE_save_preemption_timer);
	if (maybe(vmcs, dice, FEATURE_vpid))
		V(virtual_processor_id) = 1 + below(dice, 0xffff);
	if (maybe(vmcs, dice, FEATURE_tpr_shadow)) {
		V(virtual_apic_address) = machine.virtual_apic;
		V(tpr_threshold) = below(dice, 6); /* VTPR is 0x50 */
		if (maybe(vmcs, dice, FEATURE_apic_registers) &&
		    is_on(vmcs, FEATURE_external_interrupt_exiting))
			maybe(vmcs, dice, FEATURE_virtual_interrupts);
	}
	if (!below(dice, 4) && on(vmcs, FEATURE_apic_accesses))
		V(apic_access_address) = APIC_BASE;
	else if (is_on(vmcs, FEATURE_tpr_shadow))
		maybe(vmcs, dice, FEATURE_x2apic_mode);
	if (!below(dice, 4) && on(vmcs, FEATURE_vmcs_shadowing))
		V(vmread_bitmap) = V(vmwrite_bitmap) = machine.zeros;
}

static void set_ept(struct vmcs_snapshot *vmcs, struct dice *dice)
{
	on(vmcs, FEATURE_ept);
	V(ept_pointer) = machine.zeros | EPT_WALK_4;
	if (has(FEATURE_ept_write_back))
		V(ept_pointer) |= WRITE_BACK;
	if (has(FEATURE_ad_bits) && below(dice, 2))
		V(ept_pointer) |= BIT(6);
	if (maybe(vmcs, dice, FEATURE_pml)) {
		V(pml_address) = machine.zeros;
		V(guest_pml_index) = 511;
	}
	if (!below(dice, 4) && on(vmcs, FEATURE_vmfunc) && has(FEATURE_eptp_switching)) {
		V(vm_function_controls) = below(dice, 2);
		V(eptp_list) = machine.zeros;
	}
	if (!below(dice, 4) && on(vmcs, FEATURE_ve))
		V(ve_information_address) = machine.zeros;
}

static void set_lists(struct vmcs_snapshot *vmcs, struct dice *dice)
{
	u32 in_front = below(dice, FREE_ENTRIES + 1);

	V(entry_msr_load_address) =
		machine.tripwires + (FREE_ENTRIES - in_front) * sizeof(struct msr_entry);
	V(entry_msr_load_count) = in_front + 1 + below(dice, 4);
	V(exit_msr_load_address) = V(exit_msr_store_address) = machine.harmless;
	V(exit_msr_load_count) = below(dice, 4);
	V(exit_msr_store_count) = below(dice, 4);
}

static void set_host(struct vmcs_snapshot *vmcs)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_field_type(vmcs_fields[i].encoding) == VMCS_HOST)
			vmcs->value[i] = machine.host.value[i];
	on(vmcs, FEATURE_host_64bit);
}

/* ES CS SS DS FS GS LDTR TR: each of their four fields lies in this order. */
static void set_segment(struct vmcs_snapshot *vmcs, u32 i, u32 selector, u32 limit, u32 access)
{
	vmcs->value[PLACE_OF_guest_es_selector + i] = selector;
	vmcs->value[PLACE_OF_guest_es_limit + i] = limit;
	vmcs->value[PLACE_OF_guest_es_access + i] = access;
	vmcs->value[PLACE_OF_guest_es_base + i] = 0;
}

enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

static void set_flat_segments(struct vmcs_snapshot *vmcs, struct dice *dice, enum mode mode)
{
	bool user = !below(dice, 4);
	u32 rpl = user ? RPL3 : 0, dpl = user ? DPL3 : 0;

	for (u32 i = 0; i < LDTR; i++) {
		bool unusable = i != CS && i != SS && !below(dice, 4);
		set_segment(vmcs, i, 0x10 | rpl, UINT32_MAX,
		            unusable ? (u32)ACCESS_UNUSABLE : ACCESS_DATA | dpl);
	}
	set_segment(vmcs, CS, 0x08 | rpl, UINT32_MAX,
	            (mode == LONG64 ? ACCESS_CODE64 : ACCESS_CODE32) | dpl);
}

/* Segments as 8086 code loads them. */
static void set_paragraphs(struct vmcs_snapshot *vmcs, struct dice *dice, u32 access)
{
	for (u32 i = 0; i < LDTR; i++) {
		u32 selector = below(dice, 0x10000);
		set_segment(vmcs, i, selector, 0xffff, access);
		vmcs->value[PLACE_OF_guest_es_base + i] = selector << 4;
	}
}

static void set_segments(struct vmcs_snapshot *vmcs, struct dice *dice, enum mode mode)
{
	if (mode == VIRTUAL_8086)
		set_paragraphs(vmcs, dice, 0xf3);
	else if (mode == REAL)
		set_paragraphs(vmcs, dice, 0x93);
	else
		set_flat_segments(vmcs, dice, mode);
	set_segment(vmcs, LDTR, 0, 0, (u32)ACCESS_UNUSABLE);
	if (below(dice, 2))
		set_segment(vmcs, LDTR, 0x28, 0xfff, 0x82);
	set_segment(vmcs, TR, 0x18, 0x67, ACCESS_TSS);
	V(guest_gdtr_limit) = V(guest_idtr_limit) = below(dice, 0x10000);
}

static void set_registers(struct vmcs_snapshot *vmcs, struct dice *dice, enum mode mode)
{
	u64 cr0 = machine.caps.cr0_fixed0 | CR0_PE | CR0_PG, efer = below(dice, 2) ? EFER_SCE : 0;

	if (mode == UNPAGED || mode == REAL)
		cr0 &= ~CR0_PG;
	if (mode == REAL)
		cr0 &= ~CR0_PE;
	V(guest_cr0) = cr0 | (below(dice, 2) ? CR0_WP | CR0_MP : 0);
	V(guest_cr4) = machine.caps.cr4_fixed0 | (below(dice, 2) ? CR4_PSE | CR4_OSFXSR : 0);
	if (mode == LONG64 || mode == COMPATIBILITY || mode == PAE)
		V(guest_cr4) |= CR4_PAE;
	if (mode == LONG64 || mode == COMPATIBILITY) {
		on(vmcs, FEATURE_ia32e_guest);
		efer |= EFER_LME | EFER_LMA;
	}
	V(guest_efer) = efer;
	V(guest_cr3) = machine.page_tables;
	V(guest_pat) = PAT_AT_RESET;
	V(guest_dr7) = DR7_AT_RESET;
	V(guest_rip) = V(guest_rsp) = 0x1000;
	V(guest_rflags) = RFLAGS_ONE | (below(dice, 2) ? RFLAGS_IF : 0) |
	                  (mode == VIRTUAL_8086 ? RFLAGS_VM : 0);
	V(vmcs_link_pointer) = below(dice, 4) || is_on(vmcs, FEATURE_vmcs_shadowing)
	                               ? NO_LINK
	                               : machine.other_vmcs;
}

static u32 event_of(struct dice *dice, enum event type, enum mode mode)
{
	static const u8 with_code[] = {VECTOR_DF, VECTOR_TS, VECTOR_NP, VECTOR_SS,
	                               VECTOR_GP, VECTOR_PF, VECTOR_AC};
	static const u8 without[] = {VECTOR_DE, VECTOR_DB, VECTOR_BR,
	                             VECTOR_UD, VECTOR_NM, VECTOR_MC};
	u32 info = (u32)EVENT_VALID | (u32)type << 8;

	if (type == NMI)
		return info | VECTOR_NMI;
	if (type == OTHER)
		return info;
	if (type != HARDWARE)
		return info | below(dice, 256);
	if (below(dice, 2))
		return info | without[below(dice, ARRAY_SIZE(without))];
	info |= with_code[below(dice, ARRAY_SIZE(with_code))];
	return mode == REAL ? info : info | (u32)DELIVER_CODE;
}

static void set_event(struct vmcs_snapshot *vmcs, struct dice *dice, enum mode mode)
{
	static const u8 types[] = {EXTERNAL,   NMI,      HARDWARE,           SOFTWARE_INTERRUPT,
	                           PRIVILEGED, HARDWARE, SOFTWARE_EXCEPTION, OTHER};
	u8 type = types[below(dice, ARRAY_SIZE(types))];

	if (type == OTHER && !has(FEATURE_monitor_trap_flag))
		return;
	V(entry_interruption_info) = event_of(dice, type, mode);
	V(entry_exception_error_code) = below(dice, 0x8000);
	V(entry_instruction_length) = 1 + below(dice, 15);
	if (type == EXTERNAL)
		V(guest_rflags) |= RFLAGS_IF;
}

/* Without an event to inject, whatever state of sleep and blocking goes together. */
static void set_state(struct vmcs_snapshot *vmcs, struct dice *dice)
{
	u32 activity = below(dice, 8);
	bool user = vmcs->value[PLACE_OF_guest_es_access + SS] & DPL3;

	if (below(dice, 2))
		V(guest_interruptibility) = BIT(3);
	if (activity <= WAIT_FOR_SIPI && activity != ACTIVE) {
		if (machine.caps.misc >> (5 + activity) & 1 && !(activity == HALTED && user))
			V(guest_activity) = activity;
	} else if (V(guest_rflags) & RFLAGS_IF) {
		V(guest_interruptibility) |= below(dice, 3);
	} else {
		V(guest_interruptibility) |= below(dice, 2) ? BLOCKING_BY_MOV_SS : 0;
	}
}

enum mode baseline_make(struct vmcs_snapshot *vmcs, struct dice *dice)
{
	bool unrestricted = has(FEATURE_ept) && has(FEATURE_unrestricted_guest);
	enum mode mode = below(dice, unrestricted ? MODES : UNPAGED);
	bool needs_it = mode == UNPAGED || mode == REAL;

	*vmcs = (struct vmcs_snapshot){0};
	for (u32 place = 0; place < CONTROL_WORDS; place++)
		*control_word(vmcs, place) = machine.caps.allowed0[place];
	if (has(FEATURE_ept) && (needs_it || below(dice, 4))) {
		set_ept(vmcs, dice);
		if (needs_it || below(dice, 2))
			on(vmcs, FEATURE_unrestricted_guest);
	}
	set_free_controls(vmcs, dice);
	set_bound_controls(vmcs, dice);
	set_lists(vmcs, dice);
	set_host(vmcs);
	set_segments(vmcs, dice, mode);
	set_registers(vmcs, dice, mode);
	if (below(dice, 3))
		set_state(vmcs, dice);
	else
		set_event(vmcs, dice, mode);
	return mode;
}
