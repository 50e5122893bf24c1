/* The part of vmx/check_rules.h that is about the guest's state, and the MSRs that are loaded. */
#ifndef VMX_CHECK_RULES_GUEST_H
#define VMX_CHECK_RULES_GUEST_H

#define RULES_guest_registers(RULE, in)                                                            \
	RULE(in, guest_cr0, guest_cr0, FIXED(cr0, CR0_UNCHECKED | CR0_PE | CR0_PG),                \
	     "bits must be as IA32_VMX_CR0_FIXED0 and FIXED1 allow: bit 5 (NE) 1",                 \
	     "set it; hide it by mask and read shadow")                                            \
	RULE(in, guest_cr0_paging, guest_cr0, c->unrestricted || FIXED(cr0, ~(CR0_PE | CR0_PG)),   \
	     "bits 0 and 31 (PE, PG) must be 1 without \"unrestricted guest\"",                    \
	     "set them, or that control")                                                          \
	RULE(in, guest_pg, guest_cr0, !(value & CR0_PG) || value & CR0_PE,                         \
	     "bit 31 (PG) needs bit 0 (PE)", "set PE, or clear PG")                                \
	RULE(in, guest_cr4, guest_cr4, FIXED(cr4, 0),                                              \
	     "bits must be as IA32_VMX_CR4_FIXED0 and FIXED1 allow: bit 13 (VMXE) 1",              \
	     "set it; hide it by mask and read shadow")                                            \
	RULE(in, guest_debugctl, guest_debugctl, !ON(load_debug) || !(value & DEBUGCTL_RESERVED),  \
	     "reserved bits (5:3, 63:16) must be 0", "clear them")                                 \
	RULE(in, guest_long_pg, guest_cr0, !c->long_mode || value & CR0_PG,                        \
	     "bit 31 (PG) must be 1 for an IA-32e mode guest", "set it, or clear that control")    \
	RULE(in, guest_long_pae, guest_cr4, !c->long_mode || value & CR4_PAE,                      \
	     "bit 5 (PAE) must be 1 for an IA-32e mode guest", "set it, or clear that control")    \
	RULE(in, guest_pcide, guest_cr4, c->long_mode || !(value & CR4_PCIDE),                     \
	     "bit 17 (PCIDE) must be 0 outside IA-32e mode", "clear it")                           \
	RULE(in, guest_dr7, guest_dr7, !ON(load_debug) || !(value >> 32), TEXT_HIGH)               \
	RULE(in, guest_efer_lma, guest_efer, !(value & EFER_LMA) == !c->long_mode,                 \
	     "bit 10 (LMA) must equal \"IA-32e mode guest\"", "change one of them")                \
	RULE(in, guest_lme, guest_efer, !paging || !(value & EFER_LMA) == !(value & EFER_LME),     \
	     "bits 8 and 10 (LME, LMA) must be equal with paging on", "set or clear both")         \
	RULE(in, guest_bndcfgs, guest_bndcfgs, !(value & 0xffc), "bits 11:2 must be 0",            \
	     "clear them")                                                                         \
	RULE(in, guest_bndcfgs_base, guest_bndcfgs, canonical(c, value), TEXT_LINEAR)              \
	RULE(in, guest_rtit, guest_rtit_ctl, !(value & RTIT_RESERVED), TEXT_RESERVED)              \
	RULE(in, guest_cet_base, guest_s_cet, canonical(c, value), TEXT_LINEAR)                    \
	RULE(in, guest_lbr, guest_lbr_ctl, !(value & LBR_RESERVED),                                \
	     "reserved bits (15:4, 63:23) must be 0", "clear them")                                \
	RULE(in, guest_uinv, guest_uinv, value < 256, TEXT_VECTOR)

/* Made for each of ES to TR, with the register's own values: see struct segment. */
#define RULES_guest_segments(RULE, in)                                                             \
	RULE(in, table_ti, guest_es_selector, s.plain || !s.usable || !(value & 4),                \
	     "bit 2 (TI) must be 0: TR and LDTR lie in the GDT", "use one of the GDT, or 0")       \
	RULE(in, ss_rpl, guest_es_selector, !s.ss || !strict || s.rpl == cs_rpl,                   \
	     "bits 1:0 (RPL) must equal CS's", "give both the same RPL")                           \
	RULE(in, v86_base, guest_es_base, !s.v86 || value == s.selector << 4,                      \
	     "must be the selector times 16 in virtual-8086 mode", "shift the selector")           \
	RULE(in, base_canonical, guest_es_base, !s.wide || canonical(c, value), TEXT_CANONICAL)    \
	RULE(in, base_high, guest_es_base, s.wide || !s.usable || !(value >> 32), TEXT_HIGH)       \
	RULE(in, v86_limit, guest_es_limit, !s.v86 || value == 0xffff,                             \
	     "must be FFFFH in virtual-8086 mode", "set it")                                       \
	RULE(in, v86_access, guest_es_access, !s.v86 || value == 0xf3,                             \
	     "must be F3H in virtual-8086 mode", "set it")                                         \
	RULE(in, cs_type, guest_es_access, !s.cs || s.code || (s.type == 3 && !strict),            \
	     "bits 3:0 (type) must be 9, 11, 13, 15 (or 3 if unrestricted)", "use 9BH and flags")  \
	RULE(in, ss_type, guest_es_access, at != SS || !s.checked || s.type == 3 || s.type == 7,   \
	     "bits 3:0 (type) must be 3 or 7: writable data, accessed", "use 93H and flags")       \
	RULE(in, data_accessed, guest_es_access, !s.data || s.type & 1,                            \
	     "bit 0 (accessed) must be 1", "set it, as loading the register does")                 \
	RULE(in, data_readable, guest_es_access, !s.data || !(s.type & 8) || s.type & 2,           \
	     "bit 1 (readable) must be 1 in a code segment", "set it, or use data")                \
	RULE(in, segment_s, guest_es_access, !s.checked || !s.plain || value & 0x10,               \
	     "bit 4 (S) must be 1: code or data", "set it")                                        \
	RULE(in, cs_dpl_data, guest_es_access, !s.cs || s.type != 3 || !s.dpl,                     \
	     "bits 6:5 (DPL) must be 0 for a data segment in CS", "clear them")                    \
	RULE(in, cs_dpl, guest_es_access, !s.cs || (s.type & 13) != 9 || s.dpl == ss_dpl,          \
	     "bits 6:5 (DPL) must equal SS's for nonconforming code", "give both one DPL")         \
	RULE(in, cs_conforming, guest_es_access, !s.cs || (s.type & 13) != 13 || s.dpl <= ss_dpl,  \
	     "bits 6:5 (DPL) must not be above SS's for conforming code", "lower CS's")            \
	RULE(in, ss_dpl_rpl, guest_es_access, !s.ss || !strict || s.dpl == s.rpl,                  \
	     "bits 6:5 (DPL) must equal the selector's RPL", "give SS one privilege level")        \
	RULE(in, ss_dpl_zero, guest_es_access, !s.ss || !s.dpl || !ss_zero,                        \
	     "bits 6:5 (DPL) must be 0 in real mode, and where CS holds data", "clear them")       \
	RULE(in, data_dpl, guest_es_access, !s.data || !strict || s.type > 11 || s.dpl >= s.rpl,   \
	     "bits 6:5 (DPL) must not be below the selector's RPL", "raise the DPL")               \
	RULE(in, segment_present, guest_es_access, !s.checked || value & 0x80,                     \
	     "bit 7 (present) must be 1", "set it, or make the register unusable")                 \
	RULE(in, segment_reserved, guest_es_access, !s.checked || !(value & 0xf00),                \
	     "bits 11:8 must be 0", "clear them")                                                  \
	RULE(in, cs_long, guest_es_access, !s.cs || !c->long_mode || (value & 0x6000) != 0x6000,   \
	     "bit 14 (D) must be 0 in 64-bit mode (bit 13, L)", "clear one of them")               \
	RULE(in, limit_low, guest_es_access, !s.checked || !s.pages || (s.limit & 0xfff) == 0xfff, \
	     "bit 15 (G) must be 0 unless bits 11:0 of the limit are all 1", "clear it")           \
	RULE(in, limit_high, guest_es_access, !s.checked || s.pages || s.limit < BIT(20),          \
	     "bit 15 (G) must be 1 if any of bits 31:20 of the limit is", "set it")                \
	RULE(in, segment_high, guest_es_access, !s.checked || !(value >> 17),                      \
	     "bits 31:17 must be 0", "clear them")                                                 \
	RULE(in, tr_type, guest_es_access, at != TR || (s.type | (c->long_mode ? 0 : 8)) == 11,    \
	     "bits 3:0 (type) must be 11 (3 too outside IA-32e mode): a busy TSS", "use 8BH")      \
	RULE(in, tr_usable, guest_es_access, at != TR || !(value & UNUSABLE),                      \
	     "bit 16 (unusable) must be 0", "a guest needs a TSS: use 8BH")                        \
	RULE(in, ldtr_type, guest_es_access, at != LDTR || !s.usable || s.type == 2,               \
	     "bits 3:0 (type) must be 2: an LDT", "use 82H, or make it unusable")                  \
	RULE(in, table_s, guest_es_access, s.plain || !s.usable || !(value & 0x10),                \
	     "bit 4 (S) must be 0: a system segment", "clear it")

/* Made for GDTR and IDTR. */
#define RULES_guest_tables(RULE, in)                                                               \
	RULE(in, table_base, guest_gdtr_base, canonical(c, value), TEXT_CANONICAL)                 \
	RULE(in, table_limit, guest_gdtr_limit, value < BIT(16), "bits 31:16 must be 0",           \
	     "a limit has 16 bits")

#define RULES_guest_flow(RULE, in)                                                                 \
	RULE(in, rip_high, guest_rip, long_code || !(value >> 32),                                 \
	     "bits 63:32 must be 0 outside 64-bit mode", "give an offset below 4 GiB")             \
	RULE(in, rip_wide, guest_rip, !long_code || extended(c, value), TEXT_EQUAL)                \
	RULE(in, rflags_reserved, guest_rflags, !(value & ~0x3f7fd7ull) && value & RFLAGS_ONE,     \
	     "bits 63:22, 15, 5 and 3 must be 0 and bit 1 must be 1", "2 is its value at reset")   \
	RULE(in, rflags_vm, guest_rflags, !c->v86 || (!c->long_mode && c->cr0 & CR0_PE),           \
	     "bit 17 (VM) must be 0 in IA-32e mode and in real mode", "clear it")                  \
	RULE(in, rflags_if, guest_rflags, !check_external(c) || value & RFLAGS_IF,                 \
	     "bit 9 (IF) must be 1 if an external interrupt is injected",                          \
	     "ask for an interrupt window")                                                        \
	RULE(in, ssp_aligned, guest_ssp, !(value & 3), TEXT_PAIR)                                  \
	RULE(in, ssp_wide, guest_ssp, extended(c, value), TEXT_EQUAL)

#define RULES_guest_state(RULE, in)                                                                \
	RULE(in, activity, guest_activity, value < 4 && states >> value & 1,                       \
	     "must be 0 to 3 and have its bit in IA32_VMX_MISC (8:6)", "use 0, active")            \
	RULE(in, activity_hlt, guest_activity, value != HALTED || !(F(guest_ss_access) & 0x60),    \
	     "must not be HLT (1) unless SS's DPL is 0", "use 0, active")                          \
	RULE(in, activity_blocking, guest_activity, !value || !(blocking & 3),                     \
	     "must be 0 (active) during blocking by STI or MOV SS", "use 0")                       \
	RULE(in, activity_event, guest_activity, !c->event || check_wakes(c, value),               \
	     "must be a state that the injected event ends", "use 0, active")                      \
	RULE(in, activity_smm, guest_activity, value != 3 || !ON(entry_to_smm),                    \
	     "must not be wait-for-SIPI (3) on an entry to SMM", "use 0, active")                  \
	RULE(in, blocking_reserved, guest_interruptibility, value < 32, "bits 31:5 must be 0",     \
	     "clear them")                                                                         \
	RULE(in, blocking_both, guest_interruptibility, (value & 3) != 3,                          \
	     "bits 0 and 1 (STI, MOV SS) cannot both be 1", "clear one")                           \
	RULE(in, blocking_sti, guest_interruptibility, !(value & 1) || rflags & RFLAGS_IF,         \
	     "bit 0 (STI) needs RFLAGS.IF", "clear it")                                            \
	RULE(in, blocking_external, guest_interruptibility, !(value & 3) || !check_external(c),    \
	     "bits 1:0 must be 0 if an external interrupt is injected",                            \
	     "ask for an interrupt window")                                                        \
	RULE(in, blocking_mov_ss, guest_interruptibility, !(value & 2) || !nmi,                    \
	     "bit 1 (MOV SS) must be 0 if an NMI is injected", "ask for an NMI window")            \
	RULE(in, blocking_smi, guest_interruptibility, !(value & 4) || ON(entry_to_smm),           \
	     "bit 2 (SMI) must be 0 outside SMM", "clear it")                                      \
	RULE(in, blocking_smm, guest_interruptibility, value & 4 || !ON(entry_to_smm),             \
	     "bit 2 (SMI) must be 1 on an entry to SMM", "clear \"entry to SMM\"")                 \
	RULE(in, blocking_sti_nmi, guest_interruptibility, !(value & 1) || !nmi,                   \
	     "bit 0 (STI) must be 0 if an NMI is injected, on some processors",                    \
	     "ask for an NMI window")                                                              \
	RULE(in, blocking_nmi, guest_interruptibility, !(value & 8) || !nmi || !ON(virtual_nmis),  \
	     "bit 3 (NMI) must be 0 if a virtual NMI is injected", "ask for an NMI window")        \
	RULE(in, blocking_enclave, guest_interruptibility, !(value & 16) || (!(value & 2) && sgx), \
	     "bit 4 (enclave) needs SGX, and bit 1 (MOV SS) to be 0", "clear it")                  \
	RULE(in, pending_reserved, guest_pending_debug, !(value & ~pending),                       \
	     "reserved bits (11:4, 13, 15, 63:17) must be 0", "clear them")                        \
	RULE(in, pending_bs, guest_pending_debug, !held || !stepping || value & BIT(14),           \
	     "bit 14 (BS) must be 1 when blocked or halted with TF on and BTF off", "set it")      \
	RULE(in, pending_no_bs, guest_pending_debug, !held || stepping || !(value & BIT(14)),      \
	     "bit 14 (BS) must be 0 when blocked or halted with TF off or BTF on", "clear it")     \
	RULE(in, pending_rtm, guest_pending_debug, !rtm || (value & BIT(12) && !(value & 0xefff)), \
	     "bit 16 (RTM) needs bit 12 alone", "clear it")                                        \
	RULE(in, pending_rtm_mov_ss, guest_pending_debug, !rtm || !(blocking & 2),                 \
	     "bit 16 (RTM) must be 0 during blocking by MOV SS", "clear it")                       \
	RULE(in, link_aligned, vmcs_link_pointer, value == NO_LINK || !(value & 0xfff), TEXT_PAGE) \
	RULE(in, link_width, vmcs_link_pointer, value == NO_LINK || !(value & c->beyond),          \
	     TEXT_WIDTH)                                                                           \
	RULE(in, link_revision, vmcs_link_pointer, !linked || !foreign,                            \
	     "must point to the VMCS revision identifier", "set all bits: no linked VMCS")         \
	RULE(in, link_shadow, vmcs_link_pointer, !linked || word >> 31 == ON(vmcs_shadowing),      \
	     "bit 31 at that address must equal \"VMCS shadowing\"", "VMCLEAR and mark it right")

/* Made for each entry that is present: of the fields with EPT, else of memory. */
#define RULES_guest_pdpte(RULE, in)                                                                \
	RULE(in, pdpte_field, guest_pdpte0, check_pdpte(c, value),                                 \
	     "reserved bits (2:1, 8:5, beyond the address width) must be 0",                       \
	     "take the guest's own")

#define RULES_guest_pdpt(RULE, in)                                                                 \
	RULE(in, pdpte_memory, guest_cr3, check_pdpte(c, entry),                                   \
	     "reserved bits of the PDPTEs that it points to must be 0", "mend the guest's table")

/* Made for each entry of the list. */
#define RULES_msr_load(RULE, in)                                                                   \
	RULE(in, msr_base, entry_msr_load_address, index != MSR_FS_BASE && index != MSR_GS_BASE,   \
	     "must not be IA32_FS_BASE or IA32_GS_BASE", "use the guest's base fields")            \
	RULE(in, msr_x2apic, entry_msr_load_address, index >> 8 != 8,                              \
	     "must not be an MSR of the local APIC (8xxH)", "take it out")                         \
	RULE(in, msr_smm, entry_msr_load_address, index != MSR_SMM_MONITOR_CTL,                    \
	     "must not be an MSR that can be written only in SMM", "take it out")                  \
	RULE(in, msr_model, entry_msr_load_address, index != MSR_BIOS_UPDT_TRIG,                   \
	     "must not be an MSR that cannot be loaded by VM entries", "take it out")              \
	RULE(in, msr_reserved, entry_msr_load_address, !(value >> 32), TEXT_HIGH)                  \
	RULE(in, msr_value, entry_msr_load_address, check_msr(c, index, data),                     \
	     "the value must be one that WRMSR would take", "mend the value")

#endif
