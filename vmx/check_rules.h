/*
 * Every demand of the SDM's chapter "VM Entries", in the order of its sections:
 *
 *   RULE(section, token, field, holds, "what must hold", "what to do")
 *     field  the field that is wrong when the rule is broken; of a rule that is made for several,
 *            the first. A field that belongs to a control is looked at only if that control is on.
 *     holds  the demand itself on `value`, the field's, in the words of vmx/check_parts.h
 *
 * Left out is what neither the VMCS nor a capability MSR tells: bits that only CPUID knows of, the
 * current VMCS's address, and fields that vmx/fields.h does not list. Ring -1 is in IA-32e mode and
 * outside SMM.
 */
#ifndef VMX_CHECK_RULES_H
#define VMX_CHECK_RULES_H

#define IN_execution .class = CHECK_CONTROL, .title = "VM-Execution Control Fields"
#define IN_exit      .class = CHECK_CONTROL, .title = "VM-Exit Control Fields"
#define IN_entry     .class = CHECK_CONTROL, .title = "VM-Entry Control Fields"
#define IN_host_registers                                                                          \
	.class = CHECK_HOST, .title = "Checks on Host Control Registers, MSRs, and SSP"
#define IN_host_segments                                                                           \
	.class = CHECK_HOST, .title = "Checks on Host Segment and Descriptor-Table Registers"
#define IN_host_mode .class = CHECK_HOST, .title = "Checks Related to Address-Space Size"
#define IN_guest_registers                                                                         \
	.class = CHECK_GUEST,                                                                      \
	.title = "Checks on Guest Control Registers, Debug Registers, and MSRs"
#define IN_guest_segments .class = CHECK_GUEST, .title = "Checks on Guest Segment Registers"
#define IN_guest_tables   .class = CHECK_GUEST, .title = "Checks on Guest Descriptor-Table Registers"
#define IN_guest_flow     .class = CHECK_GUEST, .title = "Checks on Guest RIP, RFLAGS, and SSP"
#define IN_guest_state    .class = CHECK_GUEST, .title = "Checks on Guest Non-Register State"
#define IN_guest_pdptes                                                                            \
	.class = CHECK_GUEST, .title = "Checks on Guest Page-Directory-Pointer-Table Entries"
#define IN_msr_load .class = CHECK_MSR_LOAD, .title = "Loading MSRs"

#define RULES_execution(RULE)                                                                      \
	RULE(execution, pin_reserved, pin_controls, check_allowed(c, PLACE_PIN, value),            \
	     "every bit must be as IA32_VMX_(TRUE_)PINBASED_CTLS allows", "see ringscope doctor")  \
	RULE(execution, primary_reserved, primary_controls,                                        \
	     check_allowed(c, PLACE_PRIMARY, value),                                               \
	     "every bit must be as IA32_VMX_(TRUE_)PROCBASED_CTLS allows", "see ringscope doctor") \
	RULE(execution, secondary_reserved, secondary_controls,                                    \
	     check_allowed(c, PLACE_SECONDARY, value),                                             \
	     "every bit must be as IA32_VMX_PROCBASED_CTLS2 allows", "see ringscope doctor")       \
	RULE(execution, tertiary_reserved, tertiary_controls, !(value & ~c->caps->tertiary),       \
	     "every bit must be as IA32_VMX_PROCBASED_CTLS3 allows", "clear what is not there")    \
	RULE(execution, cr3_targets, cr3_target_count, value <= (c->caps->misc >> 16 & 0x1ff),     \
	     "must not be above bits 24:16 of IA32_VMX_MISC", "use 4 at the most")                 \
	RULE(execution, tpr_reserved, tpr_threshold, value < 16 || ON(virtual_interrupts),         \
	     "bits 31:4 must be 0", "the threshold is a priority class, 0 to 15")                  \
	RULE(execution, tpr_vtpr, tpr_threshold, check_tpr(c, value),                              \
	     "bits 3:0 must not be above bits 7:4 of VTPR", "lower it, or raise the guest's TPR")  \
	RULE(execution, virtual_nmis, pin_controls, ON(nmi_exiting) || !ON(virtual_nmis),          \
	     "\"virtual NMIs\" (bit 5) needs \"NMI exiting\" (bit 3)",                             \
	     "set bit 3, or clear bit 5")                                                          \
	RULE(execution, nmi_window, primary_controls, ON(virtual_nmis) || !ON(nmi_window),         \
	     "\"NMI-window exiting\" (bit 22) needs \"virtual NMIs\"",                             \
	     "clear bit 22 of these controls")                                                     \
	RULE(execution, apic_shadow, primary_controls,                                             \
	     ON(tpr_shadow) || !(ON(x2apic_mode) || ON(apic_registers) || ON(virtual_interrupts)), \
	     "secondary controls 4, 8 and 9 need \"use TPR shadow\" (bit 21)",                     \
	     "set bit 21, or clear those")                                                         \
	RULE(execution, x2apic, secondary_controls, !ON(x2apic_mode) || !ON(apic_accesses),        \
	     "bits 0 and 4 (APIC accesses, x2APIC mode) cannot both be 1", "clear one of them")    \
	RULE(execution, delivery, secondary_controls,                                              \
	     !ON(virtual_interrupts) || ON(external_interrupt_exiting),                            \
	     "\"virtual-interrupt delivery\" (bit 9) needs \"external-interrupt exiting\"",        \
	     "set bit 0 of the pin-based controls")                                                \
	RULE(execution, posted_delivery, pin_controls,                                             \
	     !ON(posted_interrupts) || ON(virtual_interrupts),                                     \
	     "\"process posted interrupts\" (bit 7) needs \"virtual-interrupt delivery\"",         \
	     "clear bit 7")                                                                        \
	RULE(execution, posted_exit, pin_controls,                                                 \
	     !ON(posted_interrupts) || ON(acknowledge_interrupt),                                  \
	     "\"process posted interrupts\" (bit 7) needs \"acknowledge interrupt on exit\"",      \
	     "clear bit 7")                                                                        \
	RULE(execution, posted_vector, posted_interrupt_vector, value < 256,                       \
	     "bits 15:8 must be 0", "a vector is 0 to 255")                                        \
	RULE(execution, posted_aligned, posted_interrupt_descriptor, !(value & 63),                \
	     "bits 5:0 must be 0", "align the descriptor at 64 bytes")                             \
	RULE(execution, posted_width, posted_interrupt_descriptor, !(value & c->beyond),           \
	     "no bit must lie beyond the physical-address width", "give a physical address")       \
	RULE(execution, vpid, virtual_processor_id, value, "must not be 0",                        \
	     "0 is the host's: number guests from 1")                                              \
	RULE(execution, ept_type, ept_pointer, check_ept_type(c, value & 7),                       \
	     "bits 2:0 must be a memory type that IA32_VMX_EPT_VPID_CAP has", "use 6, write-back") \
	RULE(execution, ept_walk, ept_pointer, check_ept_walk(c, value >> 3 & 7),                  \
	     "bits 5:3 must be 1 less than a walk length that the processor has",                  \
	     "use 3, for 4 levels")                                                                \
	RULE(execution, ept_dirty, ept_pointer, HAS(ad_bits) || !(value & BIT(6)),                 \
	     "bit 6 must be 0 without accessed and dirty flags for EPT", "clear bit 6")            \
	RULE(execution, ept_reserved, ept_pointer,                                                 \
	     !(value & (c->above | 0xf00)) && (HAS(shadow_stack_control) || !(value & BIT(7))),    \
	     "reserved bits (11:7 and beyond the physical-address width) must be 0",               \
	     "give the physical address of the top table")                                         \
	RULE(execution, pml_ept, secondary_controls, !ON(pml) || ON(ept),                          \
	     "\"enable PML\" (bit 17) needs \"enable EPT\" (bit 1)", "set bit 1, or clear bit 17") \
	RULE(execution, unrestricted_ept, secondary_controls, !ON(unrestricted_guest) || ON(ept),  \
	     "\"unrestricted guest\" (bit 7) needs \"enable EPT\" (bit 1)",                        \
	     "set bit 1, or clear bit 7")                                                          \
	RULE(execution, execute_ept, secondary_controls, !ON(mode_based_execute) || ON(ept),       \
	     "\"mode-based execute control\" (bit 22) needs \"enable EPT\" (bit 1)",               \
	     "set bit 1, or clear bit 22")                                                         \
	RULE(execution, sub_page_ept, secondary_controls, !ON(sub_page) || ON(ept),                \
	     "\"sub-page write permissions\" (bit 23) needs \"enable EPT\" (bit 1)",               \
	     "set bit 1, or clear bit 23")                                                         \
	RULE(execution, vmfunc_reserved, vm_function_controls, !(value & ~c->caps->vmfunc),        \
	     "every bit must be as IA32_VMX_VMFUNC allows", "clear what is not there")             \
	RULE(execution, switching_ept, vm_function_controls, !ON(eptp_switching) || ON(ept),       \
	     "\"EPTP switching\" (bit 0) needs \"enable EPT\"", "clear bit 0")                     \
	RULE(execution, pt_ept, secondary_controls, !ON(pt_physical) || ON(ept),                   \
	     "bit 24 (PT's addresses) needs \"enable EPT\" (bit 1)", "set bit 1, or clear bit 24") \
	RULE(execution, pt_entry, secondary_controls, !ON(pt_physical) || ON(guest_rtit),          \
	     "bit 24 (PT's addresses) needs \"load IA32_RTIT_CTL\"",                               \
	     "set bit 18 of the VM-entry controls")                                                \
	RULE(execution, pt_exit, secondary_controls, !ON(pt_physical) || ON(clear_rtit),           \
	     "bit 24 (PT's addresses) needs \"clear IA32_RTIT_CTL\"",                              \
	     "set bit 25 of the VM-exit controls")                                                 \
	RULE(execution, tsc_multiplier, tsc_multiplier, value, "must not be 0",                    \
	     "1 << 48 is the host's own rate")                                                     \
	RULE(execution, tertiary_ept, tertiary_controls,                                           \
	     !(value & c->caps->tertiary & 0xe) || ON(ept),                                        \
	     "bits 3:1 (HLAT and its kin) need \"enable EPT\"", "clear them")                      \
	RULE(execution, tertiary_ipi, tertiary_controls,                                           \
	     !(value & c->caps->tertiary & BIT(4)) || ON(tpr_shadow),                              \
	     "bit 4 (IPI virtualization) needs \"use TPR shadow\"", "clear bit 4")

/* Made for each structure that a control turns on: check_structures lists them. */
#define RULES_structure(RULE)                                                                      \
	RULE(execution, structure_aligned, io_bitmap_a, !(value & 0xfff), "bits 11:0 must be 0",   \
	     "align the structure at 4 KiB")                                                       \
	RULE(execution, structure_width, io_bitmap_a, !(value & c->beyond),                        \
	     "no bit must lie beyond the physical-address width", "give a physical address")

#define RULES_exit(RULE)                                                                           \
	RULE(exit, exit_reserved, exit_controls, check_allowed(c, PLACE_EXIT, value),              \
	     "every bit must be as IA32_VMX_(TRUE_)EXIT_CTLS allows", "see ringscope doctor")      \
	RULE(exit, exit2_reserved, secondary_exit_controls, !(value & ~c->caps->secondary_exits),  \
	     "every bit must be as IA32_VMX_EXIT_CTLS2 allows", "clear what is not there")         \
	RULE(exit, save_timer, exit_controls, !ON(save_preemption_timer) || ON(preemption_timer),  \
	     "saving the preemption timer (bit 22) needs it activated", "clear bit 22")

/* Made for the list that is stored and for the list that is loaded, unless empty. */
#define RULES_exit_area(RULE)                                                                      \
	RULE(exit, exit_area_aligned, exit_msr_store_address, !(value & 15), "bits 3:0 must be 0", \
	     "align the list at 16 bytes")                                                         \
	RULE(exit, exit_area_width, exit_msr_store_address, !(value & c->beyond),                  \
	     "no bit must lie beyond the physical-address width", "give a physical address")       \
	RULE(exit, exit_area_end, exit_msr_store_address,                                          \
	     value & c->beyond || !((value + bytes - 1) & c->beyond),                              \
	     "the list must end within the physical-address width", "shorten it, or move it down")

#define RULES_entry_area(RULE)                                                                     \
	RULE(entry, entry_area_aligned, entry_msr_load_address, !(value & 15),                     \
	     "bits 3:0 must be 0", "align the list at 16 bytes")                                   \
	RULE(entry, entry_area_width, entry_msr_load_address, !(value & c->beyond),                \
	     "no bit must lie beyond the physical-address width", "give a physical address")       \
	RULE(entry, entry_area_end, entry_msr_load_address,                                        \
	     value & c->beyond || !((value + bytes - 1) & c->beyond),                              \
	     "the list must end within the physical-address width", "shorten it, or move it down")

#define RULES_entry(RULE)                                                                          \
	RULE(entry, entry_reserved, entry_controls, check_allowed(c, PLACE_ENTRY, value),          \
	     "every bit must be as IA32_VMX_(TRUE_)ENTRY_CTLS allows", "see ringscope doctor")     \
	RULE(entry, entry_smm, entry_controls, !ON(entry_to_smm) && !ON(dual_monitor_off),         \
	     "bits 10 and 11 must be 0 outside SMM", "clear them")                                 \
	RULE(entry, entry_smm_both, entry_controls, !ON(entry_to_smm) || !ON(dual_monitor_off),    \
	     "bits 10 and 11 cannot both be 1", "clear them")

/* Made if an event is to be injected. */
#define RULES_event(RULE)                                                                          \
	RULE(entry, event_type, entry_interruption_info,                                           \
	     type != 1 && (type != 7 || HAS(monitor_trap_flag)),                                   \
	     "the type must not be 1, nor 7 without the monitor trap flag",                        \
	     "use 0, 2, 3, 4, 5 or 6")                                                             \
	RULE(entry, event_vector, entry_interruption_info,                                         \
	     type == 2   ? vector == 2                                                             \
	     : type == 3 ? vector < 32                                                             \
	                 : type != 7 || !vector,                                                   \
	     "the vector must be 2 for an NMI, below 32 for an exception, 0 for type 7",           \
	     "match type and vector")                                                              \
	RULE(entry, event_error_missing, entry_interruption_info,                                  \
	     value &BIT(11) || HAS(any_error_code) || !pushes || !has_error,                       \
	     "bit 11 must be 1 for an exception that has an error code",                           \
	     "set it, and give the error code")                                                    \
	RULE(entry, event_error_surplus, entry_interruption_info,                                  \
	     !(value & BIT(11)) || (pushes && (HAS(any_error_code) || has_error)),                 \
	     "bit 11 must be 0 for an event without error code, and in real mode", "clear it")     \
	RULE(entry, event_reserved, entry_interruption_info, !(value & 0x7ffff000),                \
	     "bits 30:12 must be 0", "clear bit 12 of what an exit reported")                      \
	RULE(entry, event_error_high, entry_exception_error_code,                                  \
	     !(event & BIT(11)) || value < BIT(16), "bits 31:16 must be 0",                        \
	     "an error code has 16 bits")                                                          \
	RULE(entry, event_length, entry_instruction_length,                                        \
	     type < 4 || type == 7 || (value < 16 && (value || c->caps->misc & BIT(30))),          \
	     "must be 1 to 15 for a software event (0 only with bit 30 of IA32_VMX_MISC)",         \
	     "give the length of INT n, INT3 or INTO")

#define RULES_host_registers(RULE)                                                                 \
	RULE(host_registers, host_cr0, host_cr0,                                                   \
	     check_fixed(value, c->caps->cr0_fixed0, c->caps->cr0_fixed1, CR0_UNCHECKED),          \
	     "every bit must be as IA32_VMX_CR0_FIXED0 and FIXED1 allow", "take the current CR0")  \
	RULE(host_registers, host_cr4, host_cr4,                                                   \
	     check_fixed(value, c->caps->cr4_fixed0, c->caps->cr4_fixed1, 0),                      \
	     "every bit must be as IA32_VMX_CR4_FIXED0 (bit 13, VMXE: 1) and FIXED1 allow",        \
	     "take the current CR4")                                                               \
	RULE(host_registers, host_cet_wp, host_cr4, !(value & CR4_CET) || F(host_cr0) & CR0_WP,    \
	     "bit 23 (CET) needs CR0.WP", "set bit 16 of CR0")                                     \
	RULE(host_registers, host_cr3, host_cr3, check_cr3(c, value),                              \
	     "no bit must lie beyond the physical-address width", "take the current CR3")          \
	RULE(host_registers, host_perf, host_perf_global_ctrl, !(value & PERF_RESERVED),           \
	     "reserved bits must be 0", "enable only counters that exist")                         \
	RULE(host_registers, host_pat, host_pat, check_pat(value),                                 \
	     "every byte must be 0, 1, 4, 5, 6 or 7", "take the current IA32_PAT")                 \
	RULE(host_registers, host_efer, host_efer, !(value & EFER_RESERVED),                       \
	     "reserved bits must be 0", "take the current IA32_EFER")                              \
	RULE(host_registers, host_efer_mode, host_efer,                                            \
	     (value & EFER_LONG) == (ON(host_64bit) ? EFER_LONG : 0),                              \
	     "bits 8 and 10 (LME, LMA) must equal \"host address-space size\"", "set both")        \
	RULE(host_registers, host_cet, host_s_cet, !(value & CET_RESERVED),                        \
	     "reserved bits (9:6) must be 0", "clear them")                                        \
	RULE(host_registers, host_cet_tracker, host_s_cet, ~value &CET_TRACKING,                   \
	     "bits 10 and 11 (SUPPRESS, TRACKER) cannot both be 1", "clear one")                   \
	RULE(host_registers, host_ssp, host_ssp, !(value & 3), "bits 1:0 must be 0",               \
	     "align the shadow stack")                                                             \
	RULE(host_registers, host_ssp_table, host_ssp_table, check_canonical(c, value),            \
	     "must be canonical", "give a linear address")                                         \
	RULE(host_registers, host_pkrs, host_pkrs, value <= UINT32_MAX, "bits 63:32 must be 0",    \
	     "clear them")

/* Made for IA32_SYSENTER_ESP and IA32_SYSENTER_EIP. */
#define RULES_host_sysenter(RULE)                                                                  \
	RULE(host_registers, host_sysenter, host_sysenter_esp, check_canonical(c, value),          \
	     "must be canonical", "give a linear address, or 0")

/* Made for ES to TR. */
#define RULES_host_selector(RULE)                                                                  \
	RULE(host_segments, host_selector, host_es_selector, !(value & 7),                         \
	     "bits 2:0 (RPL and TI) must be 0", "use a selector of the GDT, ring 0")

/* Made for FS, GS, TR, GDTR and IDTR. */
#define RULES_host_base(RULE)                                                                      \
	RULE(host_segments, host_base, host_fs_base, check_canonical(c, value),                    \
	     "must be canonical", "give a linear address")

#define RULES_host_segments(RULE)                                                                  \
	RULE(host_segments, host_cs, host_cs_selector, value, "must not be 0",                     \
	     "take the current CS")                                                                \
	RULE(host_segments, host_tr, host_tr_selector, value, "must not be 0",                     \
	     "the host needs a TSS: load TR")                                                      \
	RULE(host_segments, host_ss, host_ss_selector, value || ON(host_64bit),                    \
	     "must not be 0 for a 32-bit host", "take the current SS")

/* The first: VM entry is made in IA-32e mode. */
#define RULES_host_mode(RULE)                                                                      \
	RULE(host_mode, host_64bit, exit_controls, ON(host_64bit),                                 \
	     "\"host address-space size\" (bit 9) must be 1 in IA-32e mode", "set bit 9")          \
	RULE(host_mode, host_ia32e_guest, entry_controls, ON(host_64bit) || !c->long_mode,         \
	     "\"IA-32e mode guest\" (bit 9) needs \"host address-space size\"",                    \
	     "set bit 9 of the VM-exit controls")                                                  \
	RULE(host_mode, host_pcide, host_cr4, ON(host_64bit) || !(value & CR4_PCIDE),              \
	     "bit 17 (PCIDE) must be 0 for a 32-bit host", "set \"host address-space size\"")      \
	RULE(host_mode, host_rip_high, host_rip, ON(host_64bit) || value <= UINT32_MAX,            \
	     "bits 63:32 must be 0 for a 32-bit host", "set \"host address-space size\"")          \
	RULE(host_mode, host_s_cet_high, host_s_cet, ON(host_64bit) || value <= UINT32_MAX,        \
	     "bits 63:32 must be 0 for a 32-bit host", "set \"host address-space size\"")          \
	RULE(host_mode, host_ssp_high, host_ssp, ON(host_64bit) || value <= UINT32_MAX,            \
	     "bits 63:32 must be 0 for a 32-bit host", "set \"host address-space size\"")          \
	RULE(host_mode, host_pae, host_cr4, !ON(host_64bit) || value & CR4_PAE,                    \
	     "bit 5 (PAE) must be 1 for a 64-bit host", "take the current CR4")                    \
	RULE(host_mode, host_rip, host_rip, !ON(host_64bit) || check_canonical(c, value),          \
	     "must be canonical", "give the linear address of the exit handler")                   \
	RULE(host_mode, host_s_cet_base, host_s_cet, !ON(host_64bit) || check_canonical(c, value), \
	     "must be canonical", "give a linear address")                                         \
	RULE(host_mode, host_ssp_base, host_ssp, !ON(host_64bit) || check_canonical(c, value),     \
	     "must be canonical", "give a linear address")

#define RULES_guest_registers(RULE)                                                                \
	RULE(guest_registers, guest_cr0, guest_cr0,                                                \
	     check_fixed(value, c->caps->cr0_fixed0, c->caps->cr0_fixed1,                          \
	                 CR0_UNCHECKED | (c->unrestricted ? CR0_PE | CR0_PG : 0)),                 \
	     "every bit must be as IA32_VMX_CR0_FIXED0 and FIXED1 allow (PE and PG free if "       \
	     "unrestricted)",                                                                      \
	     "set NE (bit 5) and mask it")                                                         \
	RULE(guest_registers, guest_pg, guest_cr0, value &CR0_PE || !(value & CR0_PG),             \
	     "bit 31 (PG) needs bit 0 (PE)", "set PE, or clear PG")                                \
	RULE(guest_registers, guest_cr4, guest_cr4,                                                \
	     check_fixed(value, c->caps->cr4_fixed0, c->caps->cr4_fixed1, 0),                      \
	     "every bit must be as IA32_VMX_CR4_FIXED0 (bit 13, VMXE: 1) and FIXED1 allow",        \
	     "set VMXE and hide it by mask and read shadow")                                       \
	RULE(guest_registers, guest_cet_wp, guest_cr4, !(value & CR4_CET) || c->cr0 & CR0_WP,      \
	     "bit 23 (CET) needs CR0.WP", "set bit 16 of CR0")                                     \
	RULE(guest_registers, guest_debugctl, guest_debugctl,                                      \
	     !ON(load_debug) || !(value & DEBUGCTL_RESERVED),                                      \
	     "reserved bits (5:3, 63:16) must be 0", "clear them")                                 \
	RULE(guest_registers, guest_long_pg, guest_cr0, !c->long_mode || value & CR0_PG,           \
	     "bit 31 (PG) must be 1 for an IA-32e mode guest",                                     \
	     "set PG, or clear bit 9 of the VM-entry controls")                                    \
	RULE(guest_registers, guest_long_pae, guest_cr4, !c->long_mode || value & CR4_PAE,         \
	     "bit 5 (PAE) must be 1 for an IA-32e mode guest",                                     \
	     "set PAE, or clear bit 9 of the VM-entry controls")                                   \
	RULE(guest_registers, guest_pcide, guest_cr4, c->long_mode || !(value & CR4_PCIDE),        \
	     "bit 17 (PCIDE) must be 0 outside IA-32e mode", "clear it")                           \
	RULE(guest_registers, guest_cr3, guest_cr3, check_cr3(c, value),                           \
	     "no bit must lie beyond the physical-address width", "give a physical address")       \
	RULE(guest_registers, guest_dr7, guest_dr7, !ON(load_debug) || value <= UINT32_MAX,        \
	     "bits 63:32 must be 0", "400H is its value at reset")                                 \
	RULE(guest_registers, guest_perf, guest_perf_global_ctrl, !(value & PERF_RESERVED),        \
	     "reserved bits must be 0", "enable only counters that exist")                         \
	RULE(guest_registers, guest_pat, guest_pat, check_pat(value),                              \
	     "every byte must be 0, 1, 4, 5, 6 or 7", "0007040600070406H is its value at reset")   \
	RULE(guest_registers, guest_efer, guest_efer, !(value & EFER_RESERVED),                    \
	     "reserved bits must be 0", "only SCE, LME, LMA and NXE exist")                        \
	RULE(guest_registers, guest_efer_lma, guest_efer, !(value & EFER_LMA) == !c->long_mode,    \
	     "bit 10 (LMA) must equal \"IA-32e mode guest\"",                                      \
	     "change LMA, or bit 9 of the VM-entry controls")                                      \
	RULE(guest_registers, guest_efer_lme, guest_efer,                                          \
	     !(c->cr0 & CR0_PG) || !(value & EFER_LMA) == !(value & EFER_LME),                     \
	     "bits 8 and 10 (LME, LMA) must be equal with paging on", "set or clear both")         \
	RULE(guest_registers, guest_bndcfgs, guest_bndcfgs, !(value & 0xffc),                      \
	     "bits 11:2 must be 0", "clear them")                                                  \
	RULE(guest_registers, guest_bndcfgs_base, guest_bndcfgs, check_canonical(c, value),        \
	     "must hold a canonical address", "give a linear address")                             \
	RULE(guest_registers, guest_rtit, guest_rtit_ctl, !(value & RTIT_RESERVED),                \
	     "reserved bits must be 0", "clear them")                                              \
	RULE(guest_registers, guest_cet, guest_s_cet, !(value & CET_RESERVED),                     \
	     "reserved bits (9:6) must be 0", "clear them")                                        \
	RULE(guest_registers, guest_cet_tracker, guest_s_cet, ~value &CET_TRACKING,                \
	     "bits 10 and 11 (SUPPRESS, TRACKER) cannot both be 1", "clear one")                   \
	RULE(guest_registers, guest_cet_base, guest_s_cet, check_canonical(c, value),              \
	     "must hold a canonical address", "give a linear address")                             \
	RULE(guest_registers, guest_ssp_table, guest_ssp_table, check_canonical(c, value),         \
	     "must be canonical", "give a linear address")                                         \
	RULE(guest_registers, guest_lbr, guest_lbr_ctl, !(value & LBR_RESERVED),                   \
	     "reserved bits (15:4, 63:23) must be 0", "clear them")                                \
	RULE(guest_registers, guest_pkrs, guest_pkrs, value <= UINT32_MAX, "bits 63:32 must be 0", \
	     "clear them")                                                                         \
	RULE(guest_registers, guest_uinv, guest_uinv, value < 256, "bits 15:8 must be 0",          \
	     "a vector is 0 to 255")

/* Made for IA32_SYSENTER_ESP and IA32_SYSENTER_EIP. */
#define RULES_guest_sysenter(RULE)                                                                 \
	RULE(guest_registers, guest_sysenter, guest_sysenter_esp, check_canonical(c, value),       \
	     "must be canonical", "give a linear address, or 0")

/* Made for each of ES to TR, with the register's own values: see struct segment. */
#define RULES_guest_segments(RULE)                                                                 \
	RULE(guest_segments, table_ti, guest_es_selector,                                          \
	     s.code_or_data || !s.usable || !(value & 4),                                          \
	     "bit 2 (TI) must be 0: TR and LDTR lie in the GDT",                                   \
	     "use a selector of the GDT, or 0")                                                    \
	RULE(guest_segments, ss_rpl, guest_es_selector,                                            \
	     at != SS || c->v86 || c->unrestricted || (value & 3) == (F(guest_cs_selector) & 3),   \
	     "bits 1:0 (RPL) must equal CS's", "give both the same RPL")                           \
	RULE(guest_segments, v86_base, guest_es_base, !s.v86 || value == s.selector << 4,          \
	     "must be the selector times 16 in virtual-8086 mode", "shift the selector")           \
	RULE(guest_segments, base_canonical, guest_es_base, !s.wide || check_canonical(c, value),  \
	     "must be canonical", "give a linear address")                                         \
	RULE(guest_segments, base_high, guest_es_base, s.wide || !s.usable || value <= UINT32_MAX, \
	     "bits 63:32 must be 0", "give an address below 4 GiB")                                \
	RULE(guest_segments, v86_limit, guest_es_limit, !s.v86 || value == 0xffff,                 \
	     "must be FFFFH in virtual-8086 mode", "set it")                                       \
	RULE(guest_segments, v86_access, guest_es_access, !s.v86 || value == 0xf3,                 \
	     "must be F3H in virtual-8086 mode", "set it")                                         \
	RULE(guest_segments, cs_type, guest_es_access,                                             \
	     at != CS || s.v86 || (0xaa00 | (c->unrestricted ? 8u : 0)) >> s.type & 1,             \
	     "bits 3:0 (type) must be 9, 11, 13 or 15 (3 too if unrestricted): accessed code",     \
	     "use 9BH, and flags")                                                                 \
	RULE(guest_segments, ss_type, guest_es_access,                                             \
	     at != SS || !s.checked || s.type == 3 || s.type == 7,                                 \
	     "bits 3:0 (type) must be 3 or 7: writable data, accessed", "use 93H, and flags")      \
	RULE(guest_segments, data_accessed, guest_es_access, !s.data || s.type & 1,                \
	     "bit 0 (accessed) must be 1", "set it, as loading the register does")                 \
	RULE(guest_segments, data_readable, guest_es_access,                                       \
	     !s.data || !(s.type & 8) || s.type & 2,                                               \
	     "bit 1 (readable) must be 1 in a code segment", "set it, or use data")                \
	RULE(guest_segments, segment_s, guest_es_access,                                           \
	     !s.checked || !s.code_or_data || value & 0x10, "bit 4 (S) must be 1: code or data",   \
	     "set it")                                                                             \
	RULE(guest_segments, cs_dpl_data, guest_es_access,                                         \
	     at != CS || s.v86 || s.type != 3 || !s.dpl,                                           \
	     "bits 6:5 (DPL) must be 0 for a data segment in CS", "clear them")                    \
	RULE(guest_segments, cs_dpl, guest_es_access,                                              \
	     at != CS || s.v86 || (s.type & 13) != 9 || s.dpl == ss_dpl,                           \
	     "bits 6:5 (DPL) must equal SS's for nonconforming code", "give CS and SS one DPL")    \
	RULE(guest_segments, cs_dpl_conforming, guest_es_access,                                   \
	     at != CS || s.v86 || (s.type & 13) != 13 || s.dpl <= ss_dpl,                          \
	     "bits 6:5 (DPL) must not be above SS's for conforming code", "lower CS's")            \
	RULE(guest_segments, ss_dpl_rpl, guest_es_access,                                          \
	     at != SS || s.v86 || c->unrestricted || s.dpl == (s.selector & 3),                    \
	     "bits 6:5 (DPL) must equal the selector's RPL", "give SS one privilege level")        \
	RULE(guest_segments, ss_dpl_zero, guest_es_access,                                         \
	     at != SS || s.v86 || !s.dpl || ((F(guest_cs_access) & 15) != 3 && c->cr0 & CR0_PE),   \
	     "bits 6:5 (DPL) must be 0 in real mode, and where CS holds data", "clear them")       \
	RULE(guest_segments, data_dpl, guest_es_access,                                            \
	     !s.data || c->unrestricted || s.type > 11 || s.dpl >= (s.selector & 3),               \
	     "bits 6:5 (DPL) must not be below the selector's RPL", "raise the DPL")               \
	RULE(guest_segments, segment_present, guest_es_access, !s.checked || value & 0x80,         \
	     "bit 7 (present) must be 1", "set it, or make the register unusable")                 \
	RULE(guest_segments, segment_reserved, guest_es_access, !s.checked || !(value & 0xf00),    \
	     "bits 11:8 must be 0", "clear them")                                                  \
	RULE(guest_segments, cs_long, guest_es_access,                                             \
	     at != CS || s.v86 || !c->long_mode || (value & 0x6000) != 0x6000,                     \
	     "bit 14 (D) must be 0 in 64-bit mode (bit 13, L)", "clear one of them")               \
	RULE(guest_segments, granularity_clear, guest_es_access,                                   \
	     !s.checked || !(value & 0x8000) || (s.limit & 0xfff) == 0xfff,                        \
	     "bit 15 (G) must be 0 unless bits 11:0 of the limit are all 1",                       \
	     "make limit and G agree")                                                             \
	RULE(guest_segments, granularity_set, guest_es_access,                                     \
	     !s.checked || value & 0x8000 || s.limit < BIT(20),                                    \
	     "bit 15 (G) must be 1 if any of bits 31:20 of the limit is",                          \
	     "make limit and G agree")                                                             \
	RULE(guest_segments, segment_high, guest_es_access, !s.checked || !(value >> 17),          \
	     "bits 31:17 must be 0", "clear them")                                                 \
	RULE(guest_segments, tr_type, guest_es_access,                                             \
	     at != TR || s.type == 11 || (s.type == 3 && !c->long_mode),                           \
	     "bits 3:0 (type) must be 11 (3 too outside IA-32e mode): a busy TSS", "use 8BH")      \
	RULE(guest_segments, tr_usable, guest_es_access, at != TR || !(value & UNUSABLE),          \
	     "bit 16 (unusable) must be 0", "a guest needs a TSS: use 8BH")                        \
	RULE(guest_segments, ldtr_type, guest_es_access, at != LDTR || !s.usable || s.type == 2,   \
	     "bits 3:0 (type) must be 2: an LDT", "use 82H, or make it unusable")                  \
	RULE(guest_segments, table_s, guest_es_access,                                             \
	     s.code_or_data || !s.usable || !(value & 0x10),                                       \
	     "bit 4 (S) must be 0: a system segment", "clear it")

/* Made for GDTR and IDTR. */
#define RULES_guest_tables(RULE)                                                                   \
	RULE(guest_tables, table_base, guest_gdtr_base, check_canonical(c, value),                 \
	     "must be canonical", "give a linear address")                                         \
	RULE(guest_tables, table_limit, guest_gdtr_limit, value < BIT(16), "bits 31:16 must be 0", \
	     "a limit has 16 bits")

#define RULES_guest_flow(RULE)                                                                     \
	RULE(guest_flow, rip_high, guest_rip, long_code || value <= UINT32_MAX,                    \
	     "bits 63:32 must be 0 outside 64-bit mode", "give an offset below 4 GiB")             \
	RULE(guest_flow, rip_wide, guest_rip, !long_code || check_extended(c, value),              \
	     "bits beyond the linear-address width must be equal", "give a linear address")        \
	RULE(guest_flow, rflags_reserved, guest_rflags,                                            \
	     !(value & ~0x3f7fd7ull) && value & RFLAGS_ONE,                                        \
	     "bits 63:22, 15, 5 and 3 must be 0 and bit 1 must be 1", "2 is its value at reset")   \
	RULE(guest_flow, rflags_vm, guest_rflags,                                                  \
	     !(value & RFLAGS_VM) || (!c->long_mode && c->cr0 & CR0_PE),                           \
	     "bit 17 (VM) must be 0 in IA-32e mode and in real mode", "clear it")                  \
	RULE(guest_flow, rflags_if, guest_rflags,                                                  \
	     !c->event || c->event_type != 0 || value & RFLAGS_IF,                                 \
	     "bit 9 (IF) must be 1 if an external interrupt is injected",                          \
	     "wait for the interrupt window")                                                      \
	RULE(guest_flow, ssp_aligned, guest_ssp, !(value & 3), "bits 1:0 must be 0",               \
	     "align the shadow stack")                                                             \
	RULE(guest_flow, ssp_wide, guest_ssp, check_extended(c, value),                            \
	     "bits beyond the linear-address width must be equal", "give a linear address")

#define RULES_guest_state(RULE)                                                                    \
	RULE(guest_state, activity, guest_activity,                                                \
	     !value || (value < 4 && c->caps->misc >> (5 + value) & 1),                            \
	     "must be 0 to 3 and have its bit (6 to 8) in IA32_VMX_MISC", "use 0, active")         \
	RULE(guest_state, activity_hlt, guest_activity,                                            \
	     value != HALTED || !(F(guest_ss_access) & 0x60),                                      \
	     "must not be HLT (1) unless SS's DPL is 0", "use 0, active")                          \
	RULE(guest_state, activity_blocking, guest_activity, !value || !(blocking & 3),            \
	     "must be 0 (active) during blocking by STI or MOV SS", "use 0, or end the blocking")  \
	RULE(guest_state, activity_event, guest_activity, !c->event || check_wakes(c, value),      \
	     "must be a state that the injected event ends", "use 0, active")                      \
	RULE(guest_state, activity_smm, guest_activity, value != 3 || !ON(entry_to_smm),           \
	     "must not be wait-for-SIPI (3) on an entry to SMM", "use 0, active")                  \
	RULE(guest_state, blocking_reserved, guest_interruptibility, value < 32,                   \
	     "bits 31:5 must be 0", "clear them")                                                  \
	RULE(guest_state, blocking_both, guest_interruptibility, (value & 3) != 3,                 \
	     "bits 0 and 1 (STI, MOV SS) cannot both be 1", "clear one")                           \
	RULE(guest_state, blocking_sti, guest_interruptibility,                                    \
	     !(value & 1) || F(guest_rflags) & RFLAGS_IF, "bit 0 (STI) needs RFLAGS.IF",           \
	     "clear it")                                                                           \
	RULE(guest_state, blocking_external, guest_interruptibility,                               \
	     !(value & 3) || !c->event || c->event_type != 0,                                      \
	     "bits 1:0 must be 0 if an external interrupt is injected",                            \
	     "wait for the interrupt window")                                                      \
	RULE(guest_state, blocking_mov_ss, guest_interruptibility, !(value & 2) || !nmi,           \
	     "bit 1 (MOV SS) must be 0 if an NMI is injected", "wait for the NMI window")          \
	RULE(guest_state, blocking_smi, guest_interruptibility, !(value & 4) || ON(entry_to_smm),  \
	     "bit 2 (SMI) must be 0 outside SMM", "clear it")                                      \
	RULE(guest_state, blocking_smm, guest_interruptibility, value & 4 || !ON(entry_to_smm),    \
	     "bit 2 (SMI) must be 1 on an entry to SMM", "clear \"entry to SMM\"")                 \
	RULE(guest_state, blocking_sti_nmi, guest_interruptibility, !(value & 1) || !nmi,          \
	     "bit 0 (STI) must be 0 if an NMI is injected, on some processors",                    \
	     "wait for the NMI window")                                                            \
	RULE(guest_state, blocking_nmi, guest_interruptibility,                                    \
	     !(value & 8) || !nmi || !ON(virtual_nmis),                                            \
	     "bit 3 (NMI) must be 0 if an NMI is injected with \"virtual NMIs\"",                  \
	     "wait for the NMI window")                                                            \
	RULE(guest_state, blocking_enclave, guest_interruptibility,                                \
	     !(value & 16) || (!(value & 2) && HAS(encls_exiting)),                                \
	     "bit 4 (enclave) needs SGX, and bit 1 (MOV SS) to be 0", "clear it")                  \
	RULE(guest_state, pending_reserved, guest_pending_debug,                                   \
	     !(value & ~(0x1500full | (HAS(bus_lock) ? BIT(11) : 0))),                             \
	     "reserved bits (11:4, 13, 15, 63:17) must be 0", "clear them")                        \
	RULE(guest_state, pending_bs, guest_pending_debug, !held || !stepping || value & BIT(14),  \
	     "bit 14 (BS) must be 1 when blocked or halted with TF on and BTF off", "set it")      \
	RULE(guest_state, pending_no_bs, guest_pending_debug,                                      \
	     !held || stepping || !(value & BIT(14)),                                              \
	     "bit 14 (BS) must be 0 when blocked or halted with TF off or BTF on", "clear it")     \
	RULE(guest_state, pending_rtm, guest_pending_debug,                                        \
	     !(value & BIT(16)) || (value & BIT(12) && !(value & 0xefff)),                         \
	     "bit 16 (RTM) needs bit 12 alone", "clear it")                                        \
	RULE(guest_state, pending_rtm_mov_ss, guest_pending_debug,                                 \
	     !(value & BIT(16)) || !(blocking & 2),                                                \
	     "bit 16 (RTM) must be 0 during blocking by MOV SS", "clear it")                       \
	RULE(guest_state, link_aligned, vmcs_link_pointer,                                         \
	     value == UINT64_MAX || !(value & 0xfff), "bits 11:0 must be 0",                       \
	     "set all bits: no linked VMCS")                                                       \
	RULE(guest_state, link_width, vmcs_link_pointer,                                           \
	     value == UINT64_MAX || !(value & c->beyond),                                          \
	     "no bit must lie beyond the physical-address width", "set all bits: no linked VMCS")  \
	RULE(guest_state, link_revision, vmcs_link_pointer,                                        \
	     !linked || !((linked_word ^ c->caps->basic) & 0x7fffffff),                            \
	     "must point to the VMCS revision identifier", "set all bits: no linked VMCS")         \
	RULE(guest_state, link_shadow, vmcs_link_pointer,                                          \
	     !linked || linked_word >> 31 == ON(vmcs_shadowing),                                   \
	     "bit 31 at that address must equal \"VMCS shadowing\"",                               \
	     "set all bits: no linked VMCS")

/* Made for each entry that is present: of the fields with EPT, else of memory. */
#define RULES_guest_pdpte(RULE)                                                                    \
	RULE(guest_pdptes, pdpte_field, guest_pdpte0,                                              \
	     !(value & 1) || !(value & (c->above | 0x1e6)),                                        \
	     "reserved bits (2:1, 8:5 and beyond the physical-address width) must be 0",           \
	     "take the guest's own PDPTEs")

#define RULES_guest_pdpt(RULE)                                                                     \
	RULE(guest_pdptes, pdpte_memory, guest_cr3, !(entry & 1) || !(entry & (c->above | 0x1e6)), \
	     "reserved bits of the PDPTEs that it points to must be 0",                            \
	     "mend the guest's page tables")

/* Made for each entry of the list. */
#define RULES_msr_load(RULE)                                                                       \
	RULE(msr_load, msr_base, entry_msr_load_address,                                           \
	     index != MSR_FS_BASE && index != MSR_GS_BASE,                                         \
	     "must not be IA32_FS_BASE or IA32_GS_BASE", "use the guest's base fields")            \
	RULE(msr_load, msr_x2apic, entry_msr_load_address, index >> 8 != 8,                        \
	     "must not be an MSR of the local APIC (8xxH)", "take it out")                         \
	RULE(msr_load, msr_smm, entry_msr_load_address, index != MSR_SMM_MONITOR_CTL,              \
	     "must not be an MSR that can be written only in SMM", "take it out")                  \
	RULE(msr_load, msr_model, entry_msr_load_address, index != MSR_BIOS_UPDT_TRIG,             \
	     "must not be an MSR that cannot be loaded by VM entries", "take it out")              \
	RULE(msr_load, msr_reserved, entry_msr_load_address, !(value >> 32),                       \
	     "bits 63:32 must be 0", "clear them")                                                 \
	RULE(msr_load, msr_value, entry_msr_load_address, check_msr(c, index, data),               \
	     "the value must be one that WRMSR would take", "mend the value")

#define CHECK_RULES(RULE)                                                                          \
	RULES_execution(RULE) RULES_structure(RULE) RULES_exit(RULE) RULES_exit_area(RULE)         \
		RULES_entry_area(RULE) RULES_entry(RULE) RULES_event(RULE) RULES_host_registers(   \
			RULE) RULES_host_sysenter(RULE) RULES_host_selector(RULE)                  \
			RULES_host_base(RULE) RULES_host_segments(RULE) RULES_host_mode(RULE)      \
				RULES_guest_registers(RULE) RULES_guest_sysenter(RULE)             \
					RULES_guest_segments(RULE) RULES_guest_tables(RULE)        \
						RULES_guest_flow(RULE) RULES_guest_state(RULE)     \
							RULES_guest_pdpte(RULE)                    \
								RULES_guest_pdpt(RULE)             \
									RULES_msr_load(RULE)

#endif
