/* What a guest changes between exits: its state, and what its next exit will report. */
#include "tests/fuzz/exits_produce.h"
#include "hv/exit.h"
#include "hv/timer.h"
#include "tests/fuzz/machine.h"

#define COMPAT_CODE 0xc09bu
#define CODE16      0x009bu
#define DATA16      0x0093u
#define VM86        0x00f3u
#define USER        0x60u /* DPL 3 */

/* CR0 and CR4 here are what the guest asks for: what ring -1 owns stays. */
static const struct mode {
	u64 cr0, cr4, efer, rflags;
	u32 code, data;
} modes[] = {
	{CR0_PE | CR0_ET, 0, 0, 0, ACCESS_CODE32, ACCESS_DATA},
	{CR0_ET, 0, 0, 0, CODE16, DATA16},
	{CR0_PE | CR0_ET, CR4_VME, 0, RFLAGS_VM, VM86, VM86},
	{CR0_PE | CR0_PG | CR0_WP, CR4_PSE, 0, 0, ACCESS_CODE32, ACCESS_DATA},
	{CR0_PE | CR0_PG, 0, 0, RFLAGS_IF, ACCESS_CODE32 | USER, ACCESS_DATA | USER},
	{CR0_PE | CR0_PG | CR0_WP, CR4_PAE, 0, 0, ACCESS_CODE32, ACCESS_DATA},
	{CR0_PE | CR0_PG | CR0_WP, CR4_PAE, EFER_LME | EFER_LMA, 0, COMPAT_CODE, ACCESS_DATA},
	{CR0_PE | CR0_PG | CR0_WP, CR4_PAE | CR4_OSXSAVE, EFER_LME | EFER_LMA | EFER_NXE, RFLAGS_IF,
         ACCESS_CODE64, ACCESS_DATA},
	{CR0_PE | CR0_PG | CR0_WP, CR4_PAE | CR4_PCIDE, EFER_LME | EFER_LMA | EFER_SCE, RFLAGS_IF,
         ACCESS_CODE64 | USER, ACCESS_DATA | USER},
	{CR0_PE | CR0_ET, CR4_PAE, EFER_LME, 0, ACCESS_CODE32, ACCESS_DATA},
};

/* "Saving Guest State": with unrestricted guest, this control follows the mode. */
static void note_long_mode(void)
{
	u64 bit = BIT(vmx_features[FEATURE_ia32e_guest].bit);

	VALUE(entry_controls) &= ~bit;
	if (VALUE(guest_efer) & EFER_LMA)
		VALUE(entry_controls) |= bit;
}

static void set_mode(const struct mode *mode)
{
	VALUE(guest_cr0) = (VALUE(guest_cr0) & VALUE(cr0_mask)) | (mode->cr0 & ~VALUE(cr0_mask));
	VALUE(guest_cr4) = (VALUE(guest_cr4) & VALUE(cr4_mask)) | (mode->cr4 & ~VALUE(cr4_mask));
	VALUE(guest_efer) = mode->efer;
	VALUE(guest_rflags) = mode->rflags | RFLAGS_ONE;
	VALUE(guest_rip) = 0x1000;
	VALUE(guest_interruptibility) = VALUE(guest_pending_debug) = 0;
	for (u32 i = 0; i < 4; i++)
		vmcs.value[PLACE_OF_guest_pdpte0 + i] = 0;
	for (u32 i = 0; i < 6; i++) {
		bool vm86 = mode->rflags & RFLAGS_VM, big = mode->data & BIT(15);
		vmcs.value[PLACE_OF_guest_es_selector + i] =
			vm86 ? 0x100 : 0x10 | (mode->data >> 5 & 3);
		vmcs.value[PLACE_OF_guest_es_base + i] = vm86 ? 0x1000 : 0;
		vmcs.value[PLACE_OF_guest_es_limit + i] = big ? 0xffffffff : 0xffff;
		vmcs.value[PLACE_OF_guest_es_access + i] = mode->data;
	}
	VALUE(guest_cs_access) = mode->code;
	note_long_mode();
}

/* Fields that change without an exit. The guest has no way to the others. */
static bool guest_changes(u32 place)
{
	switch (place) {
	case PLACE_OF_vmcs_link_pointer:
	case PLACE_OF_guest_activity:
	case PLACE_OF_guest_interrupt_status:
	case PLACE_OF_guest_pml_index:
	case PLACE_OF_preemption_timer_value:
	case PLACE_OF_guest_perf_global_ctrl:
		return false;
	default:
		return vmcs_field_type(vmcs_fields[place].encoding) == VMCS_GUEST &&
		       vmcs_has_field(&the_vcpu.vm->capabilities, place);
	}
}

static u64 changed(const struct exits_step *step, u64 old)
{
	switch (step->how & 3) {
	case 0:
		return step->value;
	case 1:
		return old ^ step->value;
	default:
		return old ^ BIT(step->value & 63);
	}
}

static u64 owned(u32 place)
{
	switch (place) {
	case PLACE_OF_guest_cr0:
		return VALUE(cr0_mask);
	case PLACE_OF_guest_cr4:
		return VALUE(cr4_mask);
	case PLACE_OF_guest_efer: /* WRMSR lets no others through */
		return ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
	case PLACE_OF_guest_debugctl:
		return ~(u64)(DEBUGCTL_LBR | DEBUGCTL_BTF);
	case PLACE_OF_guest_interruptibility:
		return ~0xbull;
	default:
		return 0;
	}
}

static bool is_ring_0s(u32 place)
{
	return place == PLACE_OF_guest_debugctl || place == PLACE_OF_guest_efer ||
	       place == PLACE_OF_guest_sysenter_cs || place == PLACE_OF_guest_gdtr_limit ||
	       place == PLACE_OF_guest_idtr_limit || place == PLACE_OF_guest_ldtr_access;
}

static void change_guest(const struct exits_step *step)
{
	u32 place = step->which % VMCS_FIELD_COUNT;

	if (!guest_changes(place) || (is_ring_0s(place) && VALUE(guest_ss_access) & USER))
		return;
	u64 *value = &vmcs.value[place], fixed = owned(place);
	u32 bits = 8 * vmcs_field_bytes(vmcs_fields[place].encoding);
	*value = (*value & fixed) | (changed(step, *value) & ~fixed);
	if (bits < 64)
		*value &= (1ull << bits) - 1;
	if (place == PLACE_OF_guest_efer)
		note_long_mode();
}

static void change_information(const struct exits_step *step)
{
	static const u8 places[] = {
		PLACE_OF_exit_qualification,      PLACE_OF_exit_interruption_info,
		PLACE_OF_exit_interruption_error, PLACE_OF_idt_vectoring_info,
		PLACE_OF_idt_vectoring_error,     PLACE_OF_exit_instruction_length,
		PLACE_OF_exit_instruction_info,   PLACE_OF_guest_linear_address,
		PLACE_OF_guest_physical_address};
	u64 *value = &vmcs.value[places[step->which % ARRAY_SIZE(places)]];

	*value = changed(step, *value);
}

void produce_repaired(void)
{
	u64 *blocking = &VALUE(guest_interruptibility), *pending = &VALUE(guest_pending_debug);

	VALUE(guest_rflags) = (VALUE(guest_rflags) & 0x3f7fd5) | RFLAGS_ONE;
	if (*blocking & BLOCKING_BY_MOV_SS || !(VALUE(guest_rflags) & RFLAGS_IF))
		*blocking &= ~(u64)BLOCKING_BY_STI;
	if (*blocking & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)) {
		*pending &= ~(u64)PENDING_DEBUG_BS;
		if (VALUE(guest_rflags) & RFLAGS_TF && !(VALUE(guest_debugctl) & DEBUGCTL_BTF))
			*pending |= PENDING_DEBUG_BS;
	}
}

void produce_step(const struct exits_step *step)
{
	u64 *registers = the_vcpu.context.registers;

	switch (step->kind % STEP_KINDS) {
	case STEP_GUEST:
		change_guest(step);
		break;
	case STEP_REGISTER:
		if ((step->how & 3) == 3) /* near what CR0 or CR4 is to the guest */
			registers[step->which & 15] =
				(step->value & 64 ? VALUE(cr4_shadow) : VALUE(cr0_shadow));
		registers[step->which & 15] = changed(step, registers[step->which & 15]);
		break;
	case STEP_INFO:
		change_information(step);
		break;
	case STEP_MODE:
		set_mode(&modes[step->which % ARRAY_SIZE(modes)]);
		break;
	}
}
