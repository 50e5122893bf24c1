/*
 * Every demand of the SDM's chapter "VM Entries", in the order of its sections:
 *
 *   RULE(in, token, field, holds, "what must hold", "what to do")
 *     in     the section: see below
 *     field  the field that is wrong when the rule is broken; of a rule that is made for several,
 *            the first. A field that belongs to a control is looked at only if that control is on.
 *     holds  the demand itself on `value`, the field's, in the words of vmx/check_parts.h and of
 *            the function that makes these checks
 *
 * Left out is what neither the VMCS nor a capability MSR tells: bits that only CPUID knows of, the
 * current VMCS's address, and fields that vmx/fields.h does not list. Ring -1 is in IA-32e mode and
 * outside SMM.
 */
#ifndef VMX_CHECK_RULES_H
#define VMX_CHECK_RULES_H

#include "vmx/check_rules_guest.h"

/* clang-format off */
#define IN_execution       CHECK_CONTROL, "VM-Execution Control Fields"
#define IN_exit            CHECK_CONTROL, "VM-Exit Control Fields"
#define IN_entry           CHECK_CONTROL, "VM-Entry Control Fields"
#define IN_host_registers  CHECK_HOST, "Checks on Host Control Registers, MSRs, and SSP"
#define IN_host_segments   CHECK_HOST, "Checks on Host Segment and Descriptor-Table Registers"
#define IN_host_mode       CHECK_HOST, "Checks Related to Address-Space Size"
#define IN_guest_registers \
	CHECK_GUEST, "Checks on Guest Control Registers, Debug Registers, and MSRs"
#define IN_guest_segments  CHECK_GUEST, "Checks on Guest Segment Registers"
#define IN_guest_tables    CHECK_GUEST, "Checks on Guest Descriptor-Table Registers"
#define IN_guest_flow      CHECK_GUEST, "Checks on Guest RIP, RFLAGS, and SSP"
#define IN_guest_state     CHECK_GUEST, "Checks on Guest Non-Register State"
#define IN_guest_pdptes    CHECK_GUEST, "Checks on Guest Page-Directory-Pointer-Table Entries"
#define IN_msr_load        CHECK_MSR_LOAD, "Loading MSRs"
/* clang-format on */

/* What several demands have in common. */
#define TEXT_CANONICAL "must be canonical", "give a linear address"
#define TEXT_WIDTH     "no bit may be beyond the physical-address width", "give a physical address"
#define TEXT_EQUAL     "bits beyond the linear-address width must be equal", "give a linear address"
#define TEXT_RESERVED  "reserved bits must be 0", "clear them"
#define TEXT_HIGH      "bits 63:32 must be 0", "clear them"
#define TEXT_HIGH32    "bits 63:32 must be 0 for a 32-bit host", "set \"host address-space size\""
#define TEXT_PAIR      "bits 1:0 must be 0", "align the shadow stack"
#define TEXT_PAGE      "bits 11:0 must be 0", "align it at 4 KiB"
#define TEXT_LIST      "bits 3:0 must be 0", "align the list at 16 bytes"
#define TEXT_LIST_END  "the list must end within the physical-address width", "shorten it"
#define TEXT_NOT_0     "must not be 0", "take what is current"
#define TEXT_TYPES     "every byte must be 0, 1, 4, 5, 6 or 7", "take the current IA32_PAT"
#define TEXT_TRACKING  "bits 10 and 11 (SUPPRESS, TRACKER) cannot both be 1", "clear one"
#define TEXT_SUPPRESS  "reserved bits (9:6) must be 0", "clear them"
#define TEXT_VECTOR    "bits 15:8 must be 0", "a vector is 0 to 255"
#define TEXT_CET_WP    "bit 23 (CET) needs CR0.WP", "set bit 16 of CR0"
#define TEXT_LINEAR    "must hold a canonical address", "give a linear address"

#define RULES_execution(RULE, in)                                                                  \
	RULE(in, pin_reserved, pin_controls, allowed(c, PLACE_PIN, value),                         \
	     "every bit must be as IA32_VMX_(TRUE_)PINBASED_CTLS allows", "see ringscope doctor")  \
	RULE(in, primary_reserved, primary_controls, allowed(c, PLACE_PRIMARY, value),             \
	     "every bit must be as IA32_VMX_(TRUE_)PROCBASED_CTLS allows", "see ringscope doctor") \
	RULE(in, secondary_reserved, secondary_controls, allowed(c, PLACE_SECONDARY, value),       \
	     "every bit must be as IA32_VMX_PROCBASED_CTLS2 allows", "see ringscope doctor")       \
	RULE(in, tertiary_reserved, tertiary_controls, !(value & ~c->caps->tertiary),              \
	     "every bit must be as IA32_VMX_PROCBASED_CTLS3 allows", "clear what is not there")    \
	RULE(in, cr3_targets, cr3_target_count, value <= (c->caps->misc >> 16 & 0x1ff),            \
	     "must not be above bits 24:16 of IA32_VMX_MISC", "use 4 at the most")                 \
	RULE(in, tpr_reserved, tpr_threshold, value < 16 || ON(virtual_interrupts),                \
	     "bits 31:4 must be 0", "the threshold is a priority class, 0 to 15")                  \
	RULE(in, tpr_vtpr, tpr_threshold, check_tpr(c, value),                                     \
	     "bits 3:0 must not be above bits 7:4 of VTPR", "lower it, or raise the TPR")          \
	RULE(in, virtual_nmis, pin_controls, ON(nmi_exiting) || !ON(virtual_nmis),                 \
	     "\"virtual NMIs\" (bit 5) needs \"NMI exiting\" (bit 3)", "set bit 3")                \
	RULE(in, nmi_window, primary_controls, ON(virtual_nmis) || !ON(nmi_window),                \
	     "\"NMI-window exiting\" (bit 22) needs \"virtual NMIs\"", "clear bit 22")             \
	RULE(in, apic_shadow, primary_controls, ON(tpr_shadow) || !virtual_apic,                   \
	     "secondary controls 4, 8 and 9 need \"use TPR shadow\" (bit 21)", "set bit 21")       \
	RULE(in, x2apic, secondary_controls, !ON(x2apic_mode) || !ON(apic_accesses),               \
	     "bits 0 and 4 (APIC accesses, x2APIC mode) cannot both be 1", "clear one of them")    \
	RULE(in, delivery, secondary_controls, external || !ON(virtual_interrupts),                \
	     "\"virtual-interrupt delivery\" needs \"external-interrupt exiting\"", "clear bit 9") \
	RULE(in, posted_delivery, pin_controls, !ON(posted_interrupts) || ON(virtual_interrupts),  \
	     "posted interrupts (bit 7) need \"virtual-interrupt delivery\"", "clear bit 7")       \
	RULE(in, posted_exit, pin_controls, !ON(posted_interrupts) || ON(acknowledge_interrupt),   \
	     "posted interrupts (bit 7) need \"acknowledge interrupt on exit\"", "clear bit 7")    \
	RULE(in, posted_vector, posted_interrupt_vector, value < 256, TEXT_VECTOR)                 \
	RULE(in, posted_aligned, posted_interrupt_descriptor, !(value & 63), "bits 5:0 must be 0", \
	     "align the descriptor at 64 bytes")                                                   \
	RULE(in, posted_width, posted_interrupt_descriptor, !(value & c->beyond), TEXT_WIDTH)      \
	RULE(in, vpid, virtual_processor_id, value, "must not be 0",                               \
	     "0 is the host's: number guests from 1")                                              \
	RULE(in, ept_type, ept_pointer, check_ept_type(c, value & 7),                              \
	     "bits 2:0 must be a memory type that IA32_VMX_EPT_VPID_CAP has", "use 6, write-back") \
	RULE(in, ept_walk, ept_pointer, check_ept_walk(c, value >> 3 & 7),                         \
	     "bits 5:3 must be a walk length, less 1, that there is", "use 3, for 4 levels")       \
	RULE(in, ept_dirty, ept_pointer, HAS(ad_bits) || !(value & BIT(6)),                        \
	     "bit 6 must be 0 without accessed and dirty flags for EPT", "clear bit 6")            \
	RULE(in, ept_reserved, ept_pointer, !(value & (c->above | 0xf00 | ept_bit7)),              \
	     "reserved bits (11:7, beyond the address width) must be 0",                           \
	     "give the top table's address")                                                       \
	RULE(in, pml_ept, secondary_controls, !ON(pml) || ON(ept),                                 \
	     "\"enable PML\" (bit 17) needs \"enable EPT\" (bit 1)", "set bit 1")                  \
	RULE(in, unrestricted_ept, secondary_controls, !ON(unrestricted_guest) || ON(ept),         \
	     "\"unrestricted guest\" (bit 7) needs \"enable EPT\" (bit 1)", "set bit 1")           \
	RULE(in, execute_ept, secondary_controls, !ON(mode_based_execute) || ON(ept),              \
	     "\"mode-based execute control\" (bit 22) needs \"enable EPT\"", "clear bit 22")       \
	RULE(in, sub_page_ept, secondary_controls, !ON(sub_page) || ON(ept),                       \
	     "\"sub-page write permissions\" (bit 23) needs \"enable EPT\"", "clear bit 23")       \
	RULE(in, vmfunc_reserved, vm_function_controls, !(value & ~c->caps->vmfunc),               \
	     "every bit must be as IA32_VMX_VMFUNC allows", "clear what is not there")             \
	RULE(in, switching_ept, vm_function_controls, !ON(eptp_switching) || ON(ept),              \
	     "\"EPTP switching\" (bit 0) needs \"enable EPT\"", "clear bit 0")                     \
	RULE(in, pt_ept, secondary_controls, !ON(pt_physical) || ON(ept),                          \
	     "bit 24 (PT by guest-physical addresses) needs \"enable EPT\"", "clear bit 24")       \
	RULE(in, pt_entry, secondary_controls, !ON(pt_physical) || ON(guest_rtit),                 \
	     "bit 24 needs \"load IA32_RTIT_CTL\", a VM-entry control", "clear bit 24")            \
	RULE(in, pt_exit, secondary_controls, !ON(pt_physical) || ON(clear_rtit),                  \
	     "bit 24 needs \"clear IA32_RTIT_CTL\", a VM-exit control", "clear bit 24")            \
	RULE(in, tsc_multiplier, tsc_multiplier, value, "must not be 0",                           \
	     "1 << 48 is the host's own rate")                                                     \
	RULE(in, tertiary_ept, tertiary_controls, !(value & TERTIARY_EPT) || ON(ept),              \
	     "bits 3:1 (HLAT and its kin) need \"enable EPT\"", "clear them")                      \
	RULE(in, tertiary_ipi, tertiary_controls, !(value & TERTIARY_IPI) || ON(tpr_shadow),       \
	     "bit 4 (IPI virtualization) needs \"use TPR shadow\"", "clear bit 4")

/* Made for each structure that a control turns on: check_structures lists them. */
#define RULES_structure(RULE, in)                                                                  \
	RULE(in, structure_aligned, io_bitmap_a, !(value & 0xfff), TEXT_PAGE)                      \
	RULE(in, structure_width, io_bitmap_a, !(value & c->beyond), TEXT_WIDTH)

#define RULES_exit(RULE, in)                                                                       \
	RULE(in, exit_reserved, exit_controls, allowed(c, PLACE_EXIT, value),                      \
	     "every bit must be as IA32_VMX_(TRUE_)EXIT_CTLS allows", "see ringscope doctor")      \
	RULE(in, exit2_reserved, secondary_exit_controls, !(value & ~c->caps->secondary_exits),    \
	     "every bit must be as IA32_VMX_EXIT_CTLS2 allows", "clear what is not there")         \
	RULE(in, save_timer, exit_controls, !ON(save_preemption_timer) || ON(preemption_timer),    \
	     "saving the preemption timer (bit 22) needs it activated", "clear bit 22")

/*
 * Made for each list of MSRs, unless empty: for those that exits store and load, and for the one
 * that entries load.
 */
#define RULES_area(RULE, in, area, field)                                                          \
	RULE(in, area##_aligned, field, !(value & 15), TEXT_LIST)                                  \
	RULE(in, area##_width, field, !(value & c->beyond), TEXT_WIDTH)                            \
	RULE(in, area##_end, field, check_end(c, value, bytes), TEXT_LIST_END)
#define RULES_exit_area(RULE, in)  RULES_area(RULE, in, exit_area, exit_msr_store_address)
#define RULES_entry_area(RULE, in) RULES_area(RULE, in, entry_area, entry_msr_load_address)

#define RULES_entry(RULE, in)                                                                      \
	RULE(in, entry_reserved, entry_controls, allowed(c, PLACE_ENTRY, value),                   \
	     "every bit must be as IA32_VMX_(TRUE_)ENTRY_CTLS allows", "see ringscope doctor")     \
	RULE(in, entry_smm, entry_controls, !ON(entry_to_smm) && !ON(dual_monitor_off),            \
	     "bits 10 and 11 must be 0 outside SMM", "clear them")                                 \
	RULE(in, entry_smm_both, entry_controls, !ON(entry_to_smm) || !ON(dual_monitor_off),       \
	     "bits 10 and 11 cannot both be 1", "clear them")

/* Made if an event is to be injected. */
#define RULES_event(RULE, in)                                                                      \
	RULE(in, event_type, entry_interruption_info, check_type(c, type),                         \
	     "the type must not be 1, nor 7 without the monitor trap flag",                        \
	     "use 0, 2, 3, 4, 5 or 6")                                                             \
	RULE(in, event_vector, entry_interruption_info, check_vector(type, vector),                \
	     "the vector must be 2 (NMI), below 32 (exception) or 0 (type 7)", "match the two")    \
	RULE(in, event_error_missing, entry_interruption_info, coded || !must_code,                \
	     "bit 11 must be 1 for an exception that has an error code", "set it")                 \
	RULE(in, event_error_surplus, entry_interruption_info, !coded || may_code,                 \
	     "bit 11 must be 0 for an event without error code, and in real mode", "clear it")     \
	RULE(in, event_reserved, entry_interruption_info, !(value & 0x7ffff000),                   \
	     "bits 30:12 must be 0", "clear bit 12 of what an exit reported")                      \
	RULE(in, event_error_high, entry_exception_error_code, !coded || value < BIT(16),          \
	     "bits 31:16 must be 0", "an error code has 16 bits")                                  \
	RULE(in, event_length, entry_instruction_length, !soft || (value >= least && value < 16),  \
	     "must be 1 to 15 for a software event (0 by IA32_VMX_MISC bit 30)",                   \
	     "give the length of INT n")

/* The same for the host's registers and for the guest's. */
#define RULES_registers(RULE, in, who)                                                             \
	RULE(in, who##_cet_wp, who##_cr4, !(value & CR4_CET) || F(who##_cr0) & CR0_WP,             \
	     TEXT_CET_WP)                                                                          \
	RULE(in, who##_cr3, who##_cr3, check_cr3(c, value), TEXT_WIDTH)                            \
	RULE(in, who##_perf, who##_perf_global_ctrl, !(value & PERF_RESERVED), TEXT_RESERVED)      \
	RULE(in, who##_pat, who##_pat, pat_is_valid(value), TEXT_TYPES)                            \
	RULE(in, who##_efer, who##_efer, !(value & EFER_RESERVED), TEXT_RESERVED)                  \
	RULE(in, who##_cet, who##_s_cet, !(value & CET_RESERVED), TEXT_SUPPRESS)                   \
	RULE(in, who##_cet_tracker, who##_s_cet, (value & TRACKING) != TRACKING, TEXT_TRACKING)    \
	RULE(in, who##_ssp_table, who##_ssp_table, canonical(c, value), TEXT_CANONICAL)            \
	RULE(in, who##_pkrs, who##_pkrs, !(value >> 32), TEXT_HIGH)

/* Made for IA32_SYSENTER_ESP and IA32_SYSENTER_EIP. */
#define RULES_sysenter(RULE, in, who)                                                              \
	RULE(in, who##_sysenter, who##_sysenter_esp, canonical(c, value), TEXT_CANONICAL)

#define RULES_host_registers(RULE, in)                                                             \
	RULE(in, host_cr0, host_cr0, FIXED(cr0, CR0_UNCHECKED),                                    \
	     "bits must be as IA32_VMX_CR0_FIXED0 and FIXED1 allow", "take the current CR0")       \
	RULE(in, host_cr4, host_cr4, FIXED(cr4, 0),                                                \
	     "bits must be as IA32_VMX_CR4_FIXED0 and FIXED1 allow: bit 13 (VMXE) 1",              \
	     "take the current CR4")                                                               \
	RULE(in, host_efer_mode, host_efer, (value & EFER_LONG) == host_long,                      \
	     "bits 8 and 10 (LME, LMA) must equal \"host address-space size\"", "set both")        \
	RULE(in, host_ssp, host_ssp, !(value & 3), TEXT_PAIR)

/* Made for ES to TR. */
#define RULES_host_selector(RULE, in)                                                              \
	RULE(in, host_selector, host_es_selector, !(value & 7), "bits 2:0 (RPL and TI) must be 0", \
	     "use a selector of the GDT, ring 0")

/* Made for FS, GS, TR, GDTR and IDTR. */
#define RULES_host_base(RULE, in)                                                                  \
	RULE(in, host_base, host_fs_base, canonical(c, value), TEXT_CANONICAL)

#define RULES_host_segments(RULE, in)                                                              \
	RULE(in, host_cs, host_cs_selector, value, TEXT_NOT_0)                                     \
	RULE(in, host_tr, host_tr_selector, value, TEXT_NOT_0)                                     \
	RULE(in, host_ss, host_ss_selector, value || wide, "must not be 0 for a 32-bit host",      \
	     "take the current SS")

/* The first: VM entry is made in IA-32e mode. */
#define RULES_host_mode(RULE, in)                                                                  \
	RULE(in, host_64bit, exit_controls, wide,                                                  \
	     "\"host address-space size\" (bit 9) must be 1 in IA-32e mode", "set bit 9")          \
	RULE(in, host_ia32e_guest, entry_controls, wide || !c->long_mode,                          \
	     "\"IA-32e mode guest\" (bit 9) needs a 64-bit host", "set bit 9 of VM-exit controls") \
	RULE(in, host_pcide, host_cr4, wide || !(value & CR4_PCIDE),                               \
	     "bit 17 (PCIDE) must be 0 for a 32-bit host", "set \"host address-space size\"")      \
	RULE(in, host_rip_high, host_rip, wide || !(value >> 32), TEXT_HIGH32)                     \
	RULE(in, host_s_cet_high, host_s_cet, wide || !(value >> 32), TEXT_HIGH32)                 \
	RULE(in, host_ssp_high, host_ssp, wide || !(value >> 32), TEXT_HIGH32)                     \
	RULE(in, host_pae, host_cr4, !wide || value & CR4_PAE,                                     \
	     "bit 5 (PAE) must be 1 for a 64-bit host", "take the current CR4")                    \
	RULE(in, host_rip, host_rip, !wide || canonical(c, value), TEXT_CANONICAL)                 \
	RULE(in, host_s_cet_base, host_s_cet, !wide || canonical(c, value), TEXT_CANONICAL)        \
	RULE(in, host_ssp_base, host_ssp, !wide || canonical(c, value), TEXT_CANONICAL)

/* All, for those who want a table. */
/* clang-format off */
#define CHECK_RULES(RULE) \
	RULES_execution(RULE, execution) RULES_structure(RULE, execution) RULES_exit(RULE, exit) \
	RULES_exit_area(RULE, exit) RULES_entry_area(RULE, entry) RULES_entry(RULE, entry) \
	RULES_event(RULE, entry) RULES_host_registers(RULE, host_registers) \
	RULES_registers(RULE, host_registers, host) RULES_sysenter(RULE, host_registers, host) \
	RULES_host_selector(RULE, host_segments) RULES_host_base(RULE, host_segments) \
	RULES_host_segments(RULE, host_segments) RULES_host_mode(RULE, host_mode) \
	RULES_guest_registers(RULE, guest_registers) \
	RULES_registers(RULE, guest_registers, guest) \
	RULES_sysenter(RULE, guest_registers, guest) RULES_guest_segments(RULE, guest_segments) \
	RULES_guest_tables(RULE, guest_tables) RULES_guest_flow(RULE, guest_flow) \
	RULES_guest_state(RULE, guest_state) RULES_guest_pdpte(RULE, guest_pdptes) \
	RULES_guest_pdpt(RULE, guest_pdptes) RULES_msr_load(RULE, msr_load)
/* clang-format on */

#endif
