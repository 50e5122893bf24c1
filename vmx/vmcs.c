#include "vmx/vmcs.h"
#include "lib/cpu.h"
#include "vmx/instructions.h"

#define NO_LINK      UINT64_MAX /* "VMCS link pointer": none */
#define PAT_AT_RESET 0x0007040600070406ull
#define DR7_AT_RESET 0x400u

/* Outer hypervisors may lack a field whose feature they allow: that is no matter if it is unused. */
static bool needs(const struct vmx_controls *controls, s32 feature)
{
	if (feature == FEATURE_ALWAYS || controls->granted[feature])
		return true;
	u32 ask = vmx_features[feature].ask;
	return controls->allowed[feature] && (ask == ASK_LATER || ask == ASK_ON_DEMAND);
}

const char *vmcs_probe_fields(const struct vmx_controls *controls, bool present[VMCS_FIELD_COUNT])
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++) {
		s32 feature = vmcs_fields[i].feature;
		present[i] = (feature == FEATURE_ALWAYS || controls->allowed[feature]) &&
		             vmcs_field_exists(vmcs_fields[i].encoding);
		if (!present[i] && needs(controls, feature))
			return vmcs_fields[i].name;
	}
	return NULL;
}

void vmcs_take_snapshot(const bool present[VMCS_FIELD_COUNT], struct vmcs_snapshot *snapshot)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		snapshot->value[i] = present[i] ? vmcs_read(vmcs_fields[i].encoding) : 0;
}

void vmcs_set_controls(const struct vmx_controls *controls, const bool present[VMCS_FIELD_COUNT],
                       const struct vmcs_structures *to)
{
	const bool *granted = controls->granted;

	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (present[i] && vmcs_field_type(vmcs_fields[i].encoding) != VMCS_READ_ONLY)
			vmcs_write(vmcs_fields[i].encoding, 0);
	vmcs_write(VMCS_pin_controls, controls->word[PLACE_PIN]);
	vmcs_write(VMCS_primary_controls, controls->word[PLACE_PRIMARY]);
	vmcs_write(VMCS_secondary_controls, controls->word[PLACE_SECONDARY]);
	vmcs_write(VMCS_exit_controls, controls->word[PLACE_EXIT]);
	vmcs_write(VMCS_entry_controls, controls->word[PLACE_ENTRY]);
	vmcs_write(VMCS_exception_bitmap, to->exception_bitmap);
	vmcs_write(VMCS_cr0_mask, to->cr0_mask);
	vmcs_write(VMCS_cr4_mask, to->cr4_mask);
	vmcs_write(VMCS_ept_pointer, to->ept_pointer);
	if (granted[FEATURE_io_bitmaps]) {
		vmcs_write(VMCS_io_bitmap_a, to->io_bitmap_a);
		vmcs_write(VMCS_io_bitmap_b, to->io_bitmap_b);
	}
	if (granted[FEATURE_msr_bitmaps])
		vmcs_write(VMCS_msr_bitmap, to->msr_bitmap);
	if (granted[FEATURE_vpid])
		vmcs_write(VMCS_virtual_processor_id, to->vpid);
	if (granted[FEATURE_preemption_timer])
		vmcs_write(VMCS_preemption_timer_value, to->preemption_timer);
}

void vmcs_set_host(const struct vmx_controls *controls, const struct vmcs_host *host)
{
	vmcs_write(VMCS_host_cr0, read_cr0());
	vmcs_write(VMCS_host_cr3, read_cr3());
	vmcs_write(VMCS_host_cr4, read_cr4());
	vmcs_write(VMCS_host_efer, rdmsr(MSR_EFER));
	if (controls->granted[FEATURE_host_pat])
		vmcs_write(VMCS_host_pat, rdmsr(MSR_PAT));
	vmcs_write(VMCS_host_cs_selector, host->code_selector);
	vmcs_write(VMCS_host_ss_selector, host->data_selector);
	vmcs_write(VMCS_host_ds_selector, host->data_selector);
	vmcs_write(VMCS_host_es_selector, host->data_selector);
	vmcs_write(VMCS_host_tr_selector, host->tss_selector);
	vmcs_write(VMCS_host_tr_base, host->tr_base);
	vmcs_write(VMCS_host_gdtr_base, host->gdtr_base);
	vmcs_write(VMCS_host_idtr_base, host->idtr_base);
	vmcs_write(VMCS_host_rsp, host->stack);
	vmcs_write(VMCS_host_rip, host->entry);
}

static void set_segments(bool long_mode)
{
	/* ES CS SS DS FS GS LDTR TR: selectors, limits and access rights lie in this order. */
	for (u32 i = 0; i < 6; i++) {
		vmcs_write(VMCS_guest_es_selector + 2 * i, 0x10);
		vmcs_write(VMCS_guest_es_limit + 2 * i, 0xffffffff);
		vmcs_write(VMCS_guest_es_access + 2 * i, ACCESS_DATA);
	}
	vmcs_write(VMCS_guest_cs_selector, 0x08);
	vmcs_write(VMCS_guest_cs_access, long_mode ? ACCESS_CODE64 : ACCESS_CODE32);
	vmcs_write(VMCS_guest_ldtr_access, ACCESS_UNUSABLE);
	vmcs_write(VMCS_guest_tr_limit, 0x67);
	vmcs_write(VMCS_guest_tr_access, ACCESS_TSS);
}

void vmcs_set_guest(const struct vmx_capabilities *caps, const struct vmx_controls *controls,
                    const struct vmcs_guest_start *start)
{
	u64 cr0 = CR0_PE | CR0_ET, cr4 = 0, efer = 0;

	if (start->long_mode) {
		cr0 |= CR0_PG | CR0_WP;
		cr4 |= CR4_PAE;
		efer = EFER_LME | EFER_LMA;
		vmcs_write(VMCS_entry_controls, controls->word[PLACE_ENTRY] |
		                                        BIT(vmx_features[FEATURE_ia32e_guest].bit));
	}
	/* The guest reads the shadows; VMX itself wants some bits set that it does not see. */
	vmcs_write(VMCS_cr0_shadow, cr0);
	vmcs_write(VMCS_cr4_shadow, cr4);
	vmcs_write(VMCS_guest_cr0, cr0 | (caps->cr0_fixed0 & ~(CR0_PE | CR0_PG)));
	vmcs_write(VMCS_guest_cr4, cr4 | caps->cr4_fixed0 | (caps->cr4_fixed1 & CR4_MCE));
	vmcs_write(VMCS_guest_cr3, start->cr3);
	vmcs_write(VMCS_guest_efer, efer);
	if (controls->granted[FEATURE_guest_pat])
		vmcs_write(VMCS_guest_pat, PAT_AT_RESET);
	set_segments(start->long_mode);
	vmcs_write(VMCS_guest_rip, start->rip);
	vmcs_write(VMCS_guest_rflags, RFLAGS_ONE);
	vmcs_write(VMCS_guest_dr7, DR7_AT_RESET);
	vmcs_write(VMCS_vmcs_link_pointer, NO_LINK);
}
