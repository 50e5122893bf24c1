/*
 * The VMCS, field by field ("Field Encoding in VMCS" in the Intel SDM, volume 3's appendix):
 * encoding, name, and the feature without which the field does not exist. A field that does not
 * exist is never read or written. Width and type are in the encoding: see vmcs_field_bytes. Fields
 * for SMM (0x200c, 0x4828, 0x6402 .. 0x6408) are left out: KVM's nested VMX has none of them.
 *
 * FIELD(encoding, name, exists): exists is ALWAYS or a feature of vmx/features.h.
 */
#ifndef VMX_FIELDS_H
#define VMX_FIELDS_H

#include "abi/types.h"

#define VMCS_FIELDS(FIELD)                                                                         \
	/* 16-bit control */                                                                       \
	FIELD(0x0000, virtual_processor_id, vpid)                                                  \
	/* 16-bit guest state */                                                                   \
	FIELD(0x0800, guest_es_selector, ALWAYS)                                                   \
	FIELD(0x0802, guest_cs_selector, ALWAYS)                                                   \
	FIELD(0x0804, guest_ss_selector, ALWAYS)                                                   \
	FIELD(0x0806, guest_ds_selector, ALWAYS)                                                   \
	FIELD(0x0808, guest_fs_selector, ALWAYS)                                                   \
	FIELD(0x080a, guest_gs_selector, ALWAYS)                                                   \
	FIELD(0x080c, guest_ldtr_selector, ALWAYS)                                                 \
	FIELD(0x080e, guest_tr_selector, ALWAYS)                                                   \
	/* 16-bit host state */                                                                    \
	FIELD(0x0c00, host_es_selector, ALWAYS)                                                    \
	FIELD(0x0c02, host_cs_selector, ALWAYS)                                                    \
	FIELD(0x0c04, host_ss_selector, ALWAYS)                                                    \
	FIELD(0x0c06, host_ds_selector, ALWAYS)                                                    \
	FIELD(0x0c08, host_fs_selector, ALWAYS)                                                    \
	FIELD(0x0c0a, host_gs_selector, ALWAYS)                                                    \
	FIELD(0x0c0c, host_tr_selector, ALWAYS)                                                    \
	/* 64-bit control */                                                                       \
	FIELD(0x2000, io_bitmap_a, io_bitmaps)                                                     \
	FIELD(0x2002, io_bitmap_b, io_bitmaps)                                                     \
	FIELD(0x2004, msr_bitmap, msr_bitmaps)                                                     \
	FIELD(0x2006, exit_msr_store_address, ALWAYS)                                              \
	FIELD(0x2008, exit_msr_load_address, ALWAYS)                                               \
	FIELD(0x200a, entry_msr_load_address, ALWAYS)                                              \
	FIELD(0x2010, tsc_offset, ALWAYS)                                                          \
	FIELD(0x201a, ept_pointer, ept)                                                            \
	FIELD(0x202c, xss_exiting_bitmap, xsaves)                                                  \
	/* 64-bit read-only */                                                                     \
	FIELD(0x2400, guest_physical_address, ept)                                                 \
	/* 64-bit guest state */                                                                   \
	FIELD(0x2800, vmcs_link_pointer, ALWAYS)                                                   \
	FIELD(0x2802, guest_debugctl, ALWAYS)                                                      \
	FIELD(0x2804, guest_pat, guest_pat)                                                        \
	FIELD(0x2806, guest_efer, guest_efer)                                                      \
	FIELD(0x280a, guest_pdpte0, ept)                                                           \
	FIELD(0x280c, guest_pdpte1, ept)                                                           \
	FIELD(0x280e, guest_pdpte2, ept)                                                           \
	FIELD(0x2810, guest_pdpte3, ept)                                                           \
	/* 64-bit host state */                                                                    \
	FIELD(0x2c00, host_pat, host_pat)                                                          \
	FIELD(0x2c02, host_efer, host_efer)                                                        \
	/* 32-bit control */                                                                       \
	FIELD(0x4000, pin_controls, ALWAYS)                                                        \
	FIELD(0x4002, primary_controls, ALWAYS)                                                    \
	FIELD(0x4004, exception_bitmap, ALWAYS)                                                    \
	FIELD(0x4006, page_fault_error_mask, ALWAYS)                                               \
	FIELD(0x4008, page_fault_error_match, ALWAYS)                                              \
	FIELD(0x400a, cr3_target_count, ALWAYS)                                                    \
	FIELD(0x400c, exit_controls, ALWAYS)                                                       \
	FIELD(0x400e, exit_msr_store_count, ALWAYS)                                                \
	FIELD(0x4010, exit_msr_load_count, ALWAYS)                                                 \
	FIELD(0x4012, entry_controls, ALWAYS)                                                      \
	FIELD(0x4014, entry_msr_load_count, ALWAYS)                                                \
	FIELD(0x4016, entry_interruption_info, ALWAYS)                                             \
	FIELD(0x4018, entry_exception_error_code, ALWAYS)                                          \
	FIELD(0x401a, entry_instruction_length, ALWAYS)                                            \
	FIELD(0x401e, secondary_controls, secondary_controls)                                      \
	/* 32-bit read-only */                                                                     \
	FIELD(0x4400, instruction_error, ALWAYS)                                                   \
	FIELD(0x4402, exit_reason, ALWAYS)                                                         \
	FIELD(0x4404, exit_interruption_info, ALWAYS)                                              \
	FIELD(0x4406, exit_interruption_error, ALWAYS)                                             \
	FIELD(0x4408, idt_vectoring_info, ALWAYS)                                                  \
	FIELD(0x440a, idt_vectoring_error, ALWAYS)                                                 \
	FIELD(0x440c, exit_instruction_length, ALWAYS)                                             \
	FIELD(0x440e, exit_instruction_info, ALWAYS)                                               \
	/* 32-bit guest state */                                                                   \
	FIELD(0x4800, guest_es_limit, ALWAYS)                                                      \
	FIELD(0x4802, guest_cs_limit, ALWAYS)                                                      \
	FIELD(0x4804, guest_ss_limit, ALWAYS)                                                      \
	FIELD(0x4806, guest_ds_limit, ALWAYS)                                                      \
	FIELD(0x4808, guest_fs_limit, ALWAYS)                                                      \
	FIELD(0x480a, guest_gs_limit, ALWAYS)                                                      \
	FIELD(0x480c, guest_ldtr_limit, ALWAYS)                                                    \
	FIELD(0x480e, guest_tr_limit, ALWAYS)                                                      \
	FIELD(0x4810, guest_gdtr_limit, ALWAYS)                                                    \
	FIELD(0x4812, guest_idtr_limit, ALWAYS)                                                    \
	FIELD(0x4814, guest_es_access, ALWAYS)                                                     \
	FIELD(0x4816, guest_cs_access, ALWAYS)                                                     \
	FIELD(0x4818, guest_ss_access, ALWAYS)                                                     \
	FIELD(0x481a, guest_ds_access, ALWAYS)                                                     \
	FIELD(0x481c, guest_fs_access, ALWAYS)                                                     \
	FIELD(0x481e, guest_gs_access, ALWAYS)                                                     \
	FIELD(0x4820, guest_ldtr_access, ALWAYS)                                                   \
	FIELD(0x4822, guest_tr_access, ALWAYS)                                                     \
	FIELD(0x4824, guest_interruptibility, ALWAYS)                                              \
	FIELD(0x4826, guest_activity, ALWAYS)                                                      \
	FIELD(0x482a, guest_sysenter_cs, ALWAYS)                                                   \
	FIELD(0x482e, preemption_timer_value, preemption_timer)                                    \
	/* 32-bit host state */                                                                    \
	FIELD(0x4c00, host_sysenter_cs, ALWAYS)                                                    \
	/* natural-width control */                                                                \
	FIELD(0x6000, cr0_mask, ALWAYS)                                                            \
	FIELD(0x6002, cr4_mask, ALWAYS)                                                            \
	FIELD(0x6004, cr0_shadow, ALWAYS)                                                          \
	FIELD(0x6006, cr4_shadow, ALWAYS)                                                          \
	/* natural-width read-only */                                                              \
	FIELD(0x6400, exit_qualification, ALWAYS)                                                  \
	FIELD(0x640a, guest_linear_address, ALWAYS)                                                \
	/* natural-width guest state */                                                            \
	FIELD(0x6800, guest_cr0, ALWAYS)                                                           \
	FIELD(0x6802, guest_cr3, ALWAYS)                                                           \
	FIELD(0x6804, guest_cr4, ALWAYS)                                                           \
	FIELD(0x6806, guest_es_base, ALWAYS)                                                       \
	FIELD(0x6808, guest_cs_base, ALWAYS)                                                       \
	FIELD(0x680a, guest_ss_base, ALWAYS)                                                       \
	FIELD(0x680c, guest_ds_base, ALWAYS)                                                       \
	FIELD(0x680e, guest_fs_base, ALWAYS)                                                       \
	FIELD(0x6810, guest_gs_base, ALWAYS)                                                       \
	FIELD(0x6812, guest_ldtr_base, ALWAYS)                                                     \
	FIELD(0x6814, guest_tr_base, ALWAYS)                                                       \
	FIELD(0x6816, guest_gdtr_base, ALWAYS)                                                     \
	FIELD(0x6818, guest_idtr_base, ALWAYS)                                                     \
	FIELD(0x681a, guest_dr7, ALWAYS)                                                           \
	FIELD(0x681c, guest_rsp, ALWAYS)                                                           \
	FIELD(0x681e, guest_rip, ALWAYS)                                                           \
	FIELD(0x6820, guest_rflags, ALWAYS)                                                        \
	FIELD(0x6822, guest_pending_debug, ALWAYS)                                                 \
	FIELD(0x6824, guest_sysenter_esp, ALWAYS)                                                  \
	FIELD(0x6826, guest_sysenter_eip, ALWAYS)                                                  \
	/* natural-width host state */                                                             \
	FIELD(0x6c00, host_cr0, ALWAYS)                                                            \
	FIELD(0x6c02, host_cr3, ALWAYS)                                                            \
	FIELD(0x6c04, host_cr4, ALWAYS)                                                            \
	FIELD(0x6c06, host_fs_base, ALWAYS)                                                        \
	FIELD(0x6c08, host_gs_base, ALWAYS)                                                        \
	FIELD(0x6c0a, host_tr_base, ALWAYS)                                                        \
	FIELD(0x6c0c, host_gdtr_base, ALWAYS)                                                      \
	FIELD(0x6c0e, host_idtr_base, ALWAYS)                                                      \
	FIELD(0x6c10, host_sysenter_esp, ALWAYS)                                                   \
	FIELD(0x6c12, host_sysenter_eip, ALWAYS)                                                   \
	FIELD(0x6c14, host_rsp, ALWAYS)                                                            \
	FIELD(0x6c16, host_rip, ALWAYS)

#define FIELD(encoding, name, exists) VMCS_##name = (encoding),
enum vmcs_field { VMCS_FIELDS(FIELD) };
#undef FIELD

/* Width in bytes, from bits 14:13 of the encoding; natural width is 8 on a 64-bit processor. */
static inline u32 vmcs_field_bytes(u32 encoding)
{
	static const u8 bytes[4] = {2, 8, 4, 8};

	return bytes[encoding >> 13 & 3];
}

/* Bits 11:10 of the encoding. */
enum vmcs_field_type { VMCS_CONTROL, VMCS_READ_ONLY, VMCS_GUEST, VMCS_HOST };

static inline enum vmcs_field_type vmcs_field_type(u32 encoding)
{
	return (enum vmcs_field_type)(encoding >> 10 & 3);
}

#endif
