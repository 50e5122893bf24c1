/*
 * Where Bochs 2.7 decides otherwise than the manual: every disagreement between the checker
 * (vmx/check.h) and the emulated processor must follow from these rows, and every row must be seen
 * at work (tests/boot/oracle.sh). docs/vm-entry-deviations.md is made of them.
 *
 *   DEVIATION(token, effect, class, when, "section's title", "the manual", "Bochs 2.7")
 *     effect  MISSES: when is asked of a finding (f) of the checker: the emulator does not make that check
 *             ADDS: when is asked of the VMCS: the emulator refuses it, reporting this class
 *     class   control, host, guest, msr_load
 *
 * A row is as narrow as what is seen: it must hold for every case that it applies to.
 */
#ifndef TESTS_ORACLE_DEVIATIONS_H
#define TESTS_ORACLE_DEVIATIONS_H

#define REGISTERS "Checks on Guest Control Registers, Debug Registers, and MSRs"
#define SEGMENTS  "Checks on Guest Segment Registers"
#define STATE     "Checks on Guest Non-Register State"

#define DEVIATIONS(DEVIATION)                                                                      \
	DEVIATION(host_perf, MISSES, host, BREAKS(host_perf),                                      \
	          "Checks on Host Control Registers, MSRs, and SSP",                               \
	          "with \"load IA32_PERF_GLOBAL_CTRL\" the field's reserved bits must be 0",       \
	          "does not look at the field")                                                    \
	DEVIATION(guest_perf, MISSES, guest, BREAKS(guest_perf), REGISTERS,                        \
	          "with \"load IA32_PERF_GLOBAL_CTRL\" the field's reserved bits must be 0",       \
	          "does not look at the field")                                                    \
	DEVIATION(debugctl, MISSES, guest, BREAKS(guest_debugctl), REGISTERS,                      \
	          "with \"load debug controls\" the reserved bits of IA32_DEBUGCTL must be 0",     \
	          "does not look at the field")                                                    \
	DEVIATION(long_without_paging, MISSES, guest, BREAKS(guest_long_pg), REGISTERS,            \
	          "with \"IA-32e mode guest\" CR0.PG must be 1",                                   \
	          "does not check it where \"unrestricted guest\" frees the bit")                  \
	DEVIATION(entry_to_smm, MISSES, control,                                                   \
	          BREAKS(entry_smm) && !(V(entry_controls) & BIT(11)), "VM-Entry Control Fields",  \
	          "outside SMM \"entry to SMM\" must be 0",                                        \
	          "does not check the control as such, only that the guest's state fits it")       \
	DEVIATION(list_end, ADDS, control, ENDS_AT_0(exit_msr_store) || ENDS_AT_0(exit_msr_load),  \
	          "VM-Exit Control Fields",                                                        \
	          "the last byte of an MSR area, 16 times the count behind its address, must be "  \
	          "within the physical-address width",                                             \
	          "calculates the product with 32 bits, so that it may become 0")                  \
	DEVIATION(other_event, MISSES, control,                                                    \
	          (BREAKS(event_type) || BREAKS(event_vector)) &&                                  \
	                  (V(entry_interruption_info) >> 8 & 7) == 7 && !HAS(monitor_trap_flag),   \
	          "VM-Entry Control Fields",                                                       \
	          "interruption type 7 is reserved on processors without \"monitor trap flag\", "  \
	          "and its vector must be 0",                                                      \
	          "checks neither where the control is not there")                                 \
	DEVIATION(error_code, MISSES, control, BREAKS(event_error_surplus) && HAS(any_error_code), \
	          "VM-Entry Control Fields",                                                       \
	          "with bit 56 of IA32_VMX_BASIC any exception may have an error code, but still " \
	          "no other event, and none in real mode",                                         \
	          "makes no such check where that bit is 1")                                       \
	DEVIATION(cs_dpl_is_ss_dpl, MISSES, guest,                                                 \
	          (BREAKS(cs_dpl) || BREAKS(cs_dpl_conforming)) && ON(unrestricted_guest),         \
	          SEGMENTS,                                                                        \
	          "the DPL of nonconforming code in CS must equal that of SS, and that of "        \
	          "conforming code not be above it",                                               \
	          "compares it with the RPL of CS instead; without \"unrestricted guest\" that "   \
	          "comes to the same")                                                             \
	DEVIATION(cs_dpl_is_cs_rpl, ADDS, guest,                                                   \
	          ON(unrestricted_guest) && !(V(guest_rflags) & RFLAGS_VM) &&                      \
	                  V(guest_cs_access) & 8 &&                                                \
	                  (V(guest_cs_access) & 4 ? RPL(cs) < DPL(cs) : RPL(cs) != DPL(cs)),       \
	          SEGMENTS,                                                                        \
	          "of CS's selector only TI and RPL in relation to SS are looked at, and that "    \
	          "not with \"unrestricted guest\"",                                               \
	          "refuses code whose DPL is not the RPL of CS")                                   \
	DEVIATION(null_ss, MISSES, guest,                                                          \
	          (IS(guest_ss_base) || IS(guest_ss_limit) || IS(guest_ss_access)) &&              \
	                  !BREAKS(ss_dpl_rpl) && !BREAKS(ss_dpl_zero) && ON(ia32e_guest) &&        \
	                  V(guest_cs_access) & BIT(13) && !(V(guest_ss_selector) >> 2),            \
	          SEGMENTS, "SS is checked unless its access rights say that it is unusable",      \
	          "does not check SS in 64-bit mode if its selector is null")                      \
	DEVIATION(nonconforming_data, MISSES, guest, BREAKS(data_dpl) && (f->value & 15) == 11,    \
	          SEGMENTS,                                                                        \
	          "without \"unrestricted guest\" the DPL of types 0 to 11 in DS, ES, FS and GS "  \
	          "must not be below the selector's RPL",                                          \
	          "stops at type 10")                                                              \
	DEVIATION(virtual_8086, MISSES, guest, BREAKS(rflags_vm) && !ON(ia32e_guest),              \
	          "Checks on Guest RIP, RFLAGS, and SSP", "RFLAGS.VM must be 0 where CR0.PE is",   \
	          "does not check it where \"unrestricted guest\" frees CR0.PE")                   \
	DEVIATION(rip, MISSES, guest, BREAKS(rip_wide), "Checks on Guest RIP, RFLAGS, and SSP",    \
	          "in 64-bit mode the bits of RIP beyond the linear-address width must be equal",  \
	          "does not check it")                                                             \
	DEVIATION(cet_high, ADDS, guest,                                                           \
	          ON(guest_cet) && !ON(ia32e_guest) && (V(guest_s_cet) | V(guest_ssp)) >> 32,      \
	          REGISTERS,                                                                       \
	          "with \"load CET state\" IA32_S_CET must be canonical, and the bits of SSP "     \
	          "beyond the linear-address width equal, whatever the guest's mode",              \
	          "wants bits 63:32 of both to be 0 outside IA-32e mode, as they must be of a "    \
	          "32-bit host")                                                                   \
	DEVIATION(ssp_canonical, ADDS, guest,                                                      \
	          ON(guest_cet) && (V(guest_ssp) >> 47 == 1 || V(guest_ssp) >> 47 == 0x1fffe),     \
	          "Checks on Guest RIP, RFLAGS, and SSP",                                          \
	          "the bits of SSP beyond the linear-address width must be equal",                 \
	          "wants SSP to be canonical, so the highest bit within the width too")            \
	DEVIATION(pending_high, MISSES, guest,                                                     \
	          BREAKS(pending_reserved) && !(V(guest_pending_debug) & 0xfffeaff0), STATE,       \
	          "reserved bits of the pending debug exceptions must be 0",                       \
	          "looks at bits 31:0 only")                                                       \
	DEVIATION(pending_rtm, ADDS, guest, V(guest_pending_debug) & BIT(16), STATE,               \
	          "bit 16 (RTM) of the pending debug exceptions may be 1 only on processors with " \
	          "RTM, which CPUID tells and the checker does not ask",                           \
	          "has no RTM")                                                                    \
	DEVIATION(pending_bs, MISSES, guest, BREAKS(pending_bs) || BREAKS(pending_no_bs), STATE,   \
	          "under blocking by STI or MOV SS, or halted, bit 14 (BS) must be as RFLAGS.TF "  \
	          "and IA32_DEBUGCTL.BTF say",                                                     \
	          "does not check it")                                                             \
	DEVIATION(blocked_nmi, MISSES, guest, BREAKS(blocking_nmi), STATE,                         \
	          "with \"virtual NMIs\" no NMI may be injected under blocking by NMI",            \
	          "does not check it")                                                             \
	DEVIATION(halted_event, MISSES, guest, BREAKS(activity_event) && V(guest_activity) == 1,   \
	          STATE,                                                                           \
	          "into the HLT state only external interrupts, NMIs, #DB, #MC and a pending MTF " \
	          "exit may be injected",                                                          \
	          "allows any event there")

#endif
