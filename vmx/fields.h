/*
 * The VMCS, field by field ("Field Encoding in VMCS" in the Intel SDM, volume 3's appendix):
 * encoding, name, the feature without which the field does not exist, and the manual's own name. A
 * field that does not exist is never read or written. Width and type are in the encoding: see
 * vmcs_field_bytes. Fields for SMM (0x200c, 0x4828, 0x6402 .. 0x6408) and CR3-target
 * values (0x6008 .. 0x600e) are left out: KVM's nested VMX has none of them.
 *
 * FIELD(encoding, name, exists, text): exists is ALWAYS or a feature of vmx/features.h.
 */
#ifndef VMX_FIELDS_H
#define VMX_FIELDS_H

#include "lib/items.h"

#define VMCS_FIELDS(FIELD)                                                                         \
	/* 16-bit control */                                                                       \
	FIELD(0x0000, virtual_processor_id, vpid, "Virtual-processor identifier")                  \
	FIELD(0x0002, posted_interrupt_vector, posted_interrupts,                                  \
	      "Posted-interrupt notification vector")                                              \
	FIELD(0x0004, eptp_index, ve, "EPTP index")                                                \
	/* 16-bit guest state */                                                                   \
	FIELD(0x0800, guest_es_selector, ALWAYS, "Guest ES selector")                              \
	FIELD(0x0802, guest_cs_selector, ALWAYS, "Guest CS selector")                              \
	FIELD(0x0804, guest_ss_selector, ALWAYS, "Guest SS selector")                              \
	FIELD(0x0806, guest_ds_selector, ALWAYS, "Guest DS selector")                              \
	FIELD(0x0808, guest_fs_selector, ALWAYS, "Guest FS selector")                              \
	FIELD(0x080a, guest_gs_selector, ALWAYS, "Guest GS selector")                              \
	FIELD(0x080c, guest_ldtr_selector, ALWAYS, "Guest LDTR selector")                          \
	FIELD(0x080e, guest_tr_selector, ALWAYS, "Guest TR selector")                              \
	FIELD(0x0810, guest_interrupt_status, virtual_interrupts, "Guest interrupt status")        \
	FIELD(0x0812, guest_pml_index, pml, "PML index")                                           \
	FIELD(0x0814, guest_uinv, guest_uinv, "Guest UINV")                                        \
	/* 16-bit host state */                                                                    \
	FIELD(0x0c00, host_es_selector, ALWAYS, "Host ES selector")                                \
	FIELD(0x0c02, host_cs_selector, ALWAYS, "Host CS selector")                                \
	FIELD(0x0c04, host_ss_selector, ALWAYS, "Host SS selector")                                \
	FIELD(0x0c06, host_ds_selector, ALWAYS, "Host DS selector")                                \
	FIELD(0x0c08, host_fs_selector, ALWAYS, "Host FS selector")                                \
	FIELD(0x0c0a, host_gs_selector, ALWAYS, "Host GS selector")                                \
	FIELD(0x0c0c, host_tr_selector, ALWAYS, "Host TR selector")                                \
	/* 64-bit control */                                                                       \
	FIELD(0x2000, io_bitmap_a, io_bitmaps, "Address of I/O bitmap A")                          \
	FIELD(0x2002, io_bitmap_b, io_bitmaps, "Address of I/O bitmap B")                          \
	FIELD(0x2004, msr_bitmap, msr_bitmaps, "Address of MSR bitmaps")                           \
	FIELD(0x2006, exit_msr_store_address, ALWAYS, "VM-exit MSR-store address")                 \
	FIELD(0x2008, exit_msr_load_address, ALWAYS, "VM-exit MSR-load address")                   \
	FIELD(0x200a, entry_msr_load_address, ALWAYS, "VM-entry MSR-load address")                 \
	FIELD(0x200e, pml_address, pml, "PML address")                                             \
	FIELD(0x2010, tsc_offset, ALWAYS, "TSC offset")                                            \
	FIELD(0x2012, virtual_apic_address, tpr_shadow, "Virtual-APIC address")                    \
	FIELD(0x2014, apic_access_address, apic_accesses, "APIC-access address")                   \
	FIELD(0x2016, posted_interrupt_descriptor, posted_interrupts,                              \
	      "Posted-interrupt descriptor address")                                               \
	FIELD(0x2018, vm_function_controls, vmfunc, "VM-function controls")                        \
	FIELD(0x201a, ept_pointer, ept, "EPT pointer")                                             \
	FIELD(0x201c, eoi_exit_bitmap0, virtual_interrupts, "EOI-exit bitmap 0")                   \
	FIELD(0x201e, eoi_exit_bitmap1, virtual_interrupts, "EOI-exit bitmap 1")                   \
	FIELD(0x2020, eoi_exit_bitmap2, virtual_interrupts, "EOI-exit bitmap 2")                   \
	FIELD(0x2022, eoi_exit_bitmap3, virtual_interrupts, "EOI-exit bitmap 3")                   \
	FIELD(0x2024, eptp_list, eptp_switching, "EPTP-list address")                              \
	FIELD(0x2026, vmread_bitmap, vmcs_shadowing, "VMREAD-bitmap address")                      \
	FIELD(0x2028, vmwrite_bitmap, vmcs_shadowing, "VMWRITE-bitmap address")                    \
	FIELD(0x202a, ve_information_address, ve, "Virtualization-exception information address")  \
	FIELD(0x202c, xss_exiting_bitmap, xsaves, "XSS-exiting bitmap")                            \
	FIELD(0x202e, encls_exiting_bitmap, encls_exiting, "ENCLS-exiting bitmap")                 \
	FIELD(0x2030, sub_page_table, sub_page, "Sub-page-permission-table pointer")               \
	FIELD(0x2032, tsc_multiplier, tsc_scaling, "TSC multiplier")                               \
	FIELD(0x2034, tertiary_controls, tertiary_controls,                                        \
	      "Tertiary processor-based VM-execution controls")                                    \
	FIELD(0x2036, enclv_exiting_bitmap, enclv_exiting, "ENCLV-exiting bitmap")                 \
	FIELD(0x2038, low_pasid_directory, pasid, "Low PASID directory address")                   \
	FIELD(0x203a, high_pasid_directory, pasid, "High PASID directory address")                 \
	FIELD(0x2044, secondary_exit_controls, secondary_exits, "Secondary VM-exit controls")      \
	/* 64-bit read-only */                                                                     \
	FIELD(0x2400, guest_physical_address, ept, "Guest-physical address")                       \
	/* 64-bit guest state */                                                                   \
	FIELD(0x2800, vmcs_link_pointer, ALWAYS, "VMCS link pointer")                              \
	FIELD(0x2802, guest_debugctl, ALWAYS, "Guest IA32_DEBUGCTL")                               \
	FIELD(0x2804, guest_pat, guest_pat, "Guest IA32_PAT")                                      \
	FIELD(0x2806, guest_efer, guest_efer, "Guest IA32_EFER")                                   \
	FIELD(0x2808, guest_perf_global_ctrl, guest_perf, "Guest IA32_PERF_GLOBAL_CTRL")           \
	FIELD(0x280a, guest_pdpte0, ept, "Guest PDPTE0")                                           \
	FIELD(0x280c, guest_pdpte1, ept, "Guest PDPTE1")                                           \
	FIELD(0x280e, guest_pdpte2, ept, "Guest PDPTE2")                                           \
	FIELD(0x2810, guest_pdpte3, ept, "Guest PDPTE3")                                           \
	FIELD(0x2812, guest_bndcfgs, guest_bndcfgs, "Guest IA32_BNDCFGS")                          \
	FIELD(0x2814, guest_rtit_ctl, guest_rtit, "Guest IA32_RTIT_CTL")                           \
	FIELD(0x2816, guest_lbr_ctl, guest_lbr, "Guest IA32_LBR_CTL")                              \
	FIELD(0x2818, guest_pkrs, guest_pkrs, "Guest IA32_PKRS")                                   \
	/* 64-bit host state */                                                                    \
	FIELD(0x2c00, host_pat, host_pat, "Host IA32_PAT")                                         \
	FIELD(0x2c02, host_efer, host_efer, "Host IA32_EFER")                                      \
	FIELD(0x2c04, host_perf_global_ctrl, host_perf, "Host IA32_PERF_GLOBAL_CTRL")              \
	FIELD(0x2c06, host_pkrs, host_pkrs, "Host IA32_PKRS")                                      \
	/* 32-bit control */                                                                       \
	FIELD(0x4000, pin_controls, ALWAYS, "Pin-based VM-execution controls")                     \
	FIELD(0x4002, primary_controls, ALWAYS, "Primary processor-based VM-execution controls")   \
	FIELD(0x4004, exception_bitmap, ALWAYS, "Exception bitmap")                                \
	FIELD(0x4006, page_fault_error_mask, ALWAYS, "Page-fault error-code mask")                 \
	FIELD(0x4008, page_fault_error_match, ALWAYS, "Page-fault error-code match")               \
	FIELD(0x400a, cr3_target_count, ALWAYS, "CR3-target count")                                \
	FIELD(0x400c, exit_controls, ALWAYS, "Primary VM-exit controls")                           \
	FIELD(0x400e, exit_msr_store_count, ALWAYS, "VM-exit MSR-store count")                     \
	FIELD(0x4010, exit_msr_load_count, ALWAYS, "VM-exit MSR-load count")                       \
	FIELD(0x4012, entry_controls, ALWAYS, "VM-entry controls")                                 \
	FIELD(0x4014, entry_msr_load_count, ALWAYS, "VM-entry MSR-load count")                     \
	FIELD(0x4016, entry_interruption_info, ALWAYS, "VM-entry interruption-information field")  \
	FIELD(0x4018, entry_exception_error_code, ALWAYS, "VM-entry exception error code")         \
	FIELD(0x401a, entry_instruction_length, ALWAYS, "VM-entry instruction length")             \
	FIELD(0x401c, tpr_threshold, tpr_shadow, "TPR threshold")                                  \
	FIELD(0x401e, secondary_controls, secondary_controls,                                      \
	      "Secondary processor-based VM-execution controls")                                   \
	FIELD(0x4020, ple_gap, pause_loop, "PLE_Gap")                                              \
	FIELD(0x4022, ple_window, pause_loop, "PLE_Window")                                        \
	/* 32-bit read-only */                                                                     \
	FIELD(0x4400, instruction_error, ALWAYS, "VM-instruction error")                           \
	FIELD(0x4402, exit_reason, ALWAYS, "Exit reason")                                          \
	FIELD(0x4404, exit_interruption_info, ALWAYS, "VM-exit interruption information")          \
	FIELD(0x4406, exit_interruption_error, ALWAYS, "VM-exit interruption error code")          \
	FIELD(0x4408, idt_vectoring_info, ALWAYS, "IDT-vectoring information field")               \
	FIELD(0x440a, idt_vectoring_error, ALWAYS, "IDT-vectoring error code")                     \
	FIELD(0x440c, exit_instruction_length, ALWAYS, "VM-exit instruction length")               \
	FIELD(0x440e, exit_instruction_info, ALWAYS, "VM-exit instruction information")            \
	/* 32-bit guest state */                                                                   \
	FIELD(0x4800, guest_es_limit, ALWAYS, "Guest ES limit")                                    \
	FIELD(0x4802, guest_cs_limit, ALWAYS, "Guest CS limit")                                    \
	FIELD(0x4804, guest_ss_limit, ALWAYS, "Guest SS limit")                                    \
	FIELD(0x4806, guest_ds_limit, ALWAYS, "Guest DS limit")                                    \
	FIELD(0x4808, guest_fs_limit, ALWAYS, "Guest FS limit")                                    \
	FIELD(0x480a, guest_gs_limit, ALWAYS, "Guest GS limit")                                    \
	FIELD(0x480c, guest_ldtr_limit, ALWAYS, "Guest LDTR limit")                                \
	FIELD(0x480e, guest_tr_limit, ALWAYS, "Guest TR limit")                                    \
	FIELD(0x4810, guest_gdtr_limit, ALWAYS, "Guest GDTR limit")                                \
	FIELD(0x4812, guest_idtr_limit, ALWAYS, "Guest IDTR limit")                                \
	FIELD(0x4814, guest_es_access, ALWAYS, "Guest ES access rights")                           \
	FIELD(0x4816, guest_cs_access, ALWAYS, "Guest CS access rights")                           \
	FIELD(0x4818, guest_ss_access, ALWAYS, "Guest SS access rights")                           \
	FIELD(0x481a, guest_ds_access, ALWAYS, "Guest DS access rights")                           \
	FIELD(0x481c, guest_fs_access, ALWAYS, "Guest FS access rights")                           \
	FIELD(0x481e, guest_gs_access, ALWAYS, "Guest GS access rights")                           \
	FIELD(0x4820, guest_ldtr_access, ALWAYS, "Guest LDTR access rights")                       \
	FIELD(0x4822, guest_tr_access, ALWAYS, "Guest TR access rights")                           \
	FIELD(0x4824, guest_interruptibility, ALWAYS, "Guest interruptibility state")              \
	FIELD(0x4826, guest_activity, ALWAYS, "Guest activity state")                              \
	FIELD(0x482a, guest_sysenter_cs, ALWAYS, "Guest IA32_SYSENTER_CS")                         \
	FIELD(0x482e, preemption_timer_value, preemption_timer, "VMX-preemption timer value")      \
	/* 32-bit host state */                                                                    \
	FIELD(0x4c00, host_sysenter_cs, ALWAYS, "Host IA32_SYSENTER_CS")                           \
	/* natural-width control */                                                                \
	FIELD(0x6000, cr0_mask, ALWAYS, "CR0 guest/host mask")                                     \
	FIELD(0x6002, cr4_mask, ALWAYS, "CR4 guest/host mask")                                     \
	FIELD(0x6004, cr0_shadow, ALWAYS, "CR0 read shadow")                                       \
	FIELD(0x6006, cr4_shadow, ALWAYS, "CR4 read shadow")                                       \
	/* natural-width read-only */                                                              \
	FIELD(0x6400, exit_qualification, ALWAYS, "Exit qualification")                            \
	FIELD(0x640a, guest_linear_address, ALWAYS, "Guest-linear address")                        \
	/* natural-width guest state */                                                            \
	FIELD(0x6800, guest_cr0, ALWAYS, "Guest CR0")                                              \
	FIELD(0x6802, guest_cr3, ALWAYS, "Guest CR3")                                              \
	FIELD(0x6804, guest_cr4, ALWAYS, "Guest CR4")                                              \
	FIELD(0x6806, guest_es_base, ALWAYS, "Guest ES base")                                      \
	FIELD(0x6808, guest_cs_base, ALWAYS, "Guest CS base")                                      \
	FIELD(0x680a, guest_ss_base, ALWAYS, "Guest SS base")                                      \
	FIELD(0x680c, guest_ds_base, ALWAYS, "Guest DS base")                                      \
	FIELD(0x680e, guest_fs_base, ALWAYS, "Guest FS base")                                      \
	FIELD(0x6810, guest_gs_base, ALWAYS, "Guest GS base")                                      \
	FIELD(0x6812, guest_ldtr_base, ALWAYS, "Guest LDTR base")                                  \
	FIELD(0x6814, guest_tr_base, ALWAYS, "Guest TR base")                                      \
	FIELD(0x6816, guest_gdtr_base, ALWAYS, "Guest GDTR base")                                  \
	FIELD(0x6818, guest_idtr_base, ALWAYS, "Guest IDTR base")                                  \
	FIELD(0x681a, guest_dr7, ALWAYS, "Guest DR7")                                              \
	FIELD(0x681c, guest_rsp, ALWAYS, "Guest RSP")                                              \
	FIELD(0x681e, guest_rip, ALWAYS, "Guest RIP")                                              \
	FIELD(0x6820, guest_rflags, ALWAYS, "Guest RFLAGS")                                        \
	FIELD(0x6822, guest_pending_debug, ALWAYS, "Guest pending debug exceptions")               \
	FIELD(0x6824, guest_sysenter_esp, ALWAYS, "Guest IA32_SYSENTER_ESP")                       \
	FIELD(0x6826, guest_sysenter_eip, ALWAYS, "Guest IA32_SYSENTER_EIP")                       \
	FIELD(0x6828, guest_s_cet, guest_cet, "Guest IA32_S_CET")                                  \
	FIELD(0x682a, guest_ssp, guest_cet, "Guest SSP")                                           \
	FIELD(0x682c, guest_ssp_table, guest_cet, "Guest IA32_INTERRUPT_SSP_TABLE_ADDR")           \
	/* natural-width host state */                                                             \
	FIELD(0x6c00, host_cr0, ALWAYS, "Host CR0")                                                \
	FIELD(0x6c02, host_cr3, ALWAYS, "Host CR3")                                                \
	FIELD(0x6c04, host_cr4, ALWAYS, "Host CR4")                                                \
	FIELD(0x6c06, host_fs_base, ALWAYS, "Host FS base")                                        \
	FIELD(0x6c08, host_gs_base, ALWAYS, "Host GS base")                                        \
	FIELD(0x6c0a, host_tr_base, ALWAYS, "Host TR base")                                        \
	FIELD(0x6c0c, host_gdtr_base, ALWAYS, "Host GDTR base")                                    \
	FIELD(0x6c0e, host_idtr_base, ALWAYS, "Host IDTR base")                                    \
	FIELD(0x6c10, host_sysenter_esp, ALWAYS, "Host IA32_SYSENTER_ESP")                         \
	FIELD(0x6c12, host_sysenter_eip, ALWAYS, "Host IA32_SYSENTER_EIP")                         \
	FIELD(0x6c14, host_rsp, ALWAYS, "Host RSP")                                                \
	FIELD(0x6c16, host_rip, ALWAYS, "Host RIP")                                                \
	FIELD(0x6c18, host_s_cet, host_cet, "Host IA32_S_CET")                                     \
	FIELD(0x6c1a, host_ssp, host_cet, "Host SSP")                                              \
	FIELD(0x6c1c, host_ssp_table, host_cet, "Host IA32_INTERRUPT_SSP_TABLE_ADDR")

#define FIELD(encoding, name, exists, text) VMCS_##name = (encoding),
enum vmcs_field { VMCS_FIELDS(FIELD) };
#undef FIELD

/* A field's place in this table, and so in a snapshot. */
#define FIELD(encoding, name, exists, text) PLACE_OF_##name,
enum vmcs_place { VMCS_FIELDS(FIELD) VMCS_FIELD_COUNT };
#undef FIELD

struct vmcs_field_row {
	u32 encoding;
	s32 feature; /* enum vmx_feature, or FEATURE_ALWAYS */
	const char *name, *text;
};

extern const struct vmcs_field_row vmcs_fields[VMCS_FIELD_COUNT];

/* The values of all fields, by place; what does not exist is 0. */
struct vmcs_snapshot {
	u64 value[VMCS_FIELD_COUNT];
};

struct vmx_capabilities;

/* True if a processor with these capabilities has the field. */
bool vmcs_has_field(const struct vmx_capabilities *caps, enum vmcs_place place);

/* Width in bytes, from bits 14:13 of the encoding; natural width is 8 on a 64-bit processor. */
static inline u32 vmcs_field_bytes(u32 encoding)
{
	static const u8 bytes[4] = {2, 8, 4, 8};

	return bytes[encoding >> 13 & 3];
}

/* The place of the field of that name, or -1. */
s32 vmcs_find_field(struct piece name);

/* One change of a VMCS, on purpose: a field's new value, or the bits of it to flip. */
struct vmcs_change {
	u16 place; /* enum vmcs_place */
	bool flip;
	u64 value;
};

/* What stands before = or ^: all of it, if neither is there. */
struct piece vmcs_change_name(struct piece text);

/* Reads "FIELD=VALUE" or "FIELD^BIT". Returns NULL, or in words what is wrong with it. */
const char *vmcs_parse_change(struct piece text, struct vmcs_change *change);

/* Bits 11:10 of the encoding. */
enum vmcs_field_type { VMCS_CONTROL, VMCS_READ_ONLY, VMCS_GUEST, VMCS_HOST };

static inline enum vmcs_field_type vmcs_field_type(u32 encoding)
{
	return (enum vmcs_field_type)(encoding >> 10 & 3);
}

#endif
