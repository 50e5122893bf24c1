/*
 * Basic VM-exit reasons ("Basic Exit Reasons" in the Intel SDM, volume 3's appendix): number, name
 * as in the manual, kind of details that come with it, fate in Ringscope.
 *
 * Kinds say which VMCS fields are defined and how operands are recorded and shown:
 *   NONE   nothing beyond the qualification        EVENT  VM-exit interruption information, error
 * code CPUID  operands: leaf, subleaf                 MSR    operands: number, value written IO
 * qualification: port, size, direction; operand0: data written CR     qualification; operand0:
 * value written  DR     qualification CALL   operands: hypercall number, first argument EPT
 * guest-physical and guest-linear address MISCONFIG  guest-physical address
 *
 * Fates (the function hv/ calls; one table, no default):
 *   a handler's own name   ring -1 does what the instruction or event asks for, virtualised
 *   undefined              #UD, as on a processor without the feature that CPUID hides
 *   protection             #GP(0), as on that processor
 *   unexpected             cannot happen with the controls ring -1 sets: the guest ends with a
 * report
 */
#ifndef VMX_EXIT_REASONS_H
#define VMX_EXIT_REASONS_H

#define EXIT_REASONS(EXIT)                                                                         \
	EXIT(0, EXCEPTION_NMI, EVENT, exception)                                                   \
	EXIT(1, EXTERNAL_INTERRUPT, EVENT, external_interrupt)                                     \
	EXIT(2, TRIPLE_FAULT, NONE, triple_fault)                                                  \
	EXIT(3, INIT, NONE, unexpected)                                                            \
	EXIT(4, SIPI, NONE, unexpected)                                                            \
	EXIT(5, IO_SMI, NONE, unexpected)                                                          \
	EXIT(6, OTHER_SMI, NONE, unexpected)                                                       \
	EXIT(7, INTERRUPT_WINDOW, NONE, event_window)                                              \
	EXIT(8, NMI_WINDOW, NONE, event_window)                                                    \
	EXIT(9, TASK_SWITCH, NONE, task_switch)                                                    \
	EXIT(10, CPUID, CPUID, cpuid)                                                              \
	EXIT(11, GETSEC, NONE, undefined)                                                          \
	EXIT(12, HLT, NONE, hlt)                                                                   \
	EXIT(13, INVD, NONE, wbinvd)                                                               \
	EXIT(14, INVLPG, NONE, unexpected)                                                         \
	EXIT(15, RDPMC, NONE, protection)                                                          \
	EXIT(16, RDTSC, NONE, unexpected)                                                          \
	EXIT(17, RSM, NONE, undefined)                                                             \
	EXIT(18, VMCALL, CALL, vmcall)                                                             \
	EXIT(19, VMCLEAR, NONE, undefined)                                                         \
	EXIT(20, VMLAUNCH, NONE, undefined)                                                        \
	EXIT(21, VMPTRLD, NONE, undefined)                                                         \
	EXIT(22, VMPTRST, NONE, undefined)                                                         \
	EXIT(23, VMREAD, NONE, undefined)                                                          \
	EXIT(24, VMRESUME, NONE, undefined)                                                        \
	EXIT(25, VMWRITE, NONE, undefined)                                                         \
	EXIT(26, VMXOFF, NONE, undefined)                                                          \
	EXIT(27, VMXON, NONE, undefined)                                                           \
	EXIT(28, CR_ACCESS, CR, cr_access)                                                         \
	EXIT(29, MOV_DR, DR, unexpected)                                                           \
	EXIT(30, IO_INSTRUCTION, IO, io)                                                           \
	EXIT(31, RDMSR, MSR, rdmsr)                                                                \
	EXIT(32, WRMSR, MSR, wrmsr)                                                                \
	EXIT(33, ENTRY_FAIL_GUEST_STATE, NONE, entry_failed)                                       \
	EXIT(34, ENTRY_FAIL_MSR_LOADING, NONE, entry_failed)                                       \
	EXIT(35, RESERVED_35, NONE, unexpected)                                                    \
	EXIT(36, MWAIT, NONE, undefined)                                                           \
	EXIT(37, MONITOR_TRAP_FLAG, NONE, unexpected)                                              \
	EXIT(38, RESERVED_38, NONE, unexpected)                                                    \
	EXIT(39, MONITOR, NONE, undefined)                                                         \
	EXIT(40, PAUSE, NONE, unexpected)                                                          \
	EXIT(41, ENTRY_FAIL_MACHINE_CHECK, NONE, entry_failed)                                     \
	EXIT(42, RESERVED_42, NONE, unexpected)                                                    \
	EXIT(43, TPR_BELOW_THRESHOLD, NONE, unexpected)                                            \
	EXIT(44, APIC_ACCESS, NONE, unexpected)                                                    \
	EXIT(45, VIRTUALIZED_EOI, NONE, unexpected)                                                \
	EXIT(46, GDTR_IDTR_ACCESS, NONE, descriptor_table)                                         \
	EXIT(47, LDTR_TR_ACCESS, NONE, descriptor_table)                                           \
	EXIT(48, EPT_VIOLATION, EPT, ept_violation)                                                \
	EXIT(49, EPT_MISCONFIGURATION, MISCONFIG, ept_misconfiguration)                            \
	EXIT(50, INVEPT, NONE, undefined)                                                          \
	EXIT(51, RDTSCP, NONE, undefined)                                                          \
	EXIT(52, PREEMPTION_TIMER, NONE, preemption_timer)                                         \
	EXIT(53, INVVPID, NONE, undefined)                                                         \
	EXIT(54, WBINVD, NONE, wbinvd)                                                             \
	EXIT(55, XSETBV, NONE, xsetbv)                                                             \
	EXIT(56, APIC_WRITE, NONE, unexpected)                                                     \
	EXIT(57, RDRAND, NONE, unexpected)                                                         \
	EXIT(58, INVPCID, NONE, undefined)                                                         \
	EXIT(59, VMFUNC, NONE, undefined)                                                          \
	EXIT(60, ENCLS, NONE, undefined)                                                           \
	EXIT(61, RDSEED, NONE, unexpected)                                                         \
	EXIT(62, PAGE_MODIFICATION_LOG_FULL, NONE, pml_full)                                       \
	EXIT(63, XSAVES, NONE, unexpected)                                                         \
	EXIT(64, XRSTORS, NONE, unexpected)                                                        \
	EXIT(65, PCONFIG, NONE, undefined)                                                         \
	EXIT(66, SPP_EVENT, NONE, unexpected)                                                      \
	EXIT(67, UMWAIT, NONE, undefined)                                                          \
	EXIT(68, TPAUSE, NONE, undefined)                                                          \
	EXIT(69, LOADIWKEY, NONE, undefined)                                                       \
	EXIT(70, ENCLV, NONE, undefined)                                                           \
	EXIT(71, RESERVED_71, NONE, unexpected)                                                    \
	EXIT(72, ENQCMD_PASID, NONE, unexpected)                                                   \
	EXIT(73, ENQCMDS_PASID, NONE, unexpected)                                                  \
	EXIT(74, BUS_LOCK, NONE, unexpected)                                                       \
	EXIT(75, NOTIFY, NONE, unexpected)

#define EXIT(number, name, kind, fate) EXIT_##name = (number),
enum exit_reason { EXIT_REASONS(EXIT) EXIT_REASON_LIMIT };
#undef EXIT

enum exit_kind {
	EXIT_KIND_NONE,
	EXIT_KIND_EVENT,
	EXIT_KIND_CPUID,
	EXIT_KIND_MSR,
	EXIT_KIND_IO,
	EXIT_KIND_CR,
	EXIT_KIND_DR,
	EXIT_KIND_CALL,
	EXIT_KIND_EPT,
	EXIT_KIND_MISCONFIG,
};

/* Bit 31 of the exit reason: the entry failed, the guest did not run. */
#define EXIT_REASON_ENTRY_FAILED (1u << 31)

#endif
