/*
 * MSRs that a guest does not have, by decision: each of them has no row in hv/msrs.h, so RDMSR and
 * WRMSR give #GP(0), as on a processor without it; CPUID does not announce it either. Those of
 * which a guest has anything have a row there.
 *
 * DENIED(first, last, "name", "reason")
 */
#ifndef TESTS_DENIED_MSRS_H
#define TESTS_DENIED_MSRS_H

#define DENIED_MSRS(DENIED)                                                                        \
	DENIED(0x0, 0x1, "IA32_P5_MC_*", "machine checks are ring -1's")                           \
	DENIED(0x6, 0x6, "IA32_MONITOR_FILTER_SIZE", "MONITOR and MWAIT are not offered")          \
	DENIED(0x1b, 0x1b, "IA32_APIC_BASE", "would move or disable the real local APIC")          \
	DENIED(0x34, 0x34, "MSR_SMI_COUNT", "the machine's")                                       \
	DENIED(0x3a, 0x3a, "IA32_FEATURE_CONTROL", "VMX, SMX and SGX are hidden")                  \
	DENIED(0x3b, 0x3b, "IA32_TSC_ADJUST", "one clock for all tiers: it is never moved")        \
	DENIED(0x48, 0x48, "IA32_SPEC_CTRL", "would outlive the guest in ring -1")                 \
	DENIED(0x49, 0x49, "IA32_PRED_CMD", "one guest: it has nobody to be parted from")          \
	DENIED(0x79, 0x79, "IA32_BIOS_UPDT_TRIG", "microcode updates are the machine's")           \
	DENIED(0x8c, 0x8f, "IA32_SGXLEPUBKEYHASH*", "SGX is hidden")                               \
	DENIED(0x9b, 0x9b, "IA32_SMM_MONITOR_CTL", "SMM is the firmware's")                        \
	DENIED(0x9e, 0x9e, "IA32_SMBASE", "SMM is the firmware's")                                 \
	DENIED(0xc1, 0xc8, "IA32_PMC*", "counters would tell of ring -1")                          \
	DENIED(0xce, 0xcf, "MSR_PLATFORM_INFO, IA32_CORE_CAPABILITIES", "the machine's")           \
	DENIED(0xe1, 0xe1, "IA32_UMWAIT_CONTROL", "user wait is not enabled")                      \
	DENIED(0xe2, 0xe8, "MSR_PKG_CST_CONFIG_CONTROL, IA32_MPERF, IA32_APERF", "power")          \
	DENIED(0xfe, 0xfe, "IA32_MTRRCAP", "memory types are ring -1's, through EPT")              \
	DENIED(0x10a, 0x10b, "IA32_ARCH_CAPABILITIES, IA32_FLUSH_CMD", "as SPEC_CTRL")             \
	DENIED(0x122, 0x123, "IA32_TSX_CTRL, IA32_MCU_OPT_CTRL", "as SPEC_CTRL")                   \
	DENIED(0x179, 0x17b, "IA32_MCG_*", "machine checks are ring -1's")                         \
	DENIED(0x186, 0x18d, "IA32_PERFEVTSEL*", "counters would tell of ring -1")                 \
	DENIED(0x198, 0x19d, "IA32_PERF_CTL, IA32_THERM_*", "power and heat: the machine's")       \
	DENIED(0x1a2, 0x1a2, "MSR_TEMPERATURE_TARGET", "the machine's")                            \
	DENIED(0x1ad, 0x1ad, "MSR_TURBO_RATIO_LIMIT", "the machine's")                             \
	DENIED(0x1b0, 0x1b2, "IA32_ENERGY_PERF_BIAS, package thermal", "the machine's")            \
	DENIED(0x1c4, 0x1c5, "IA32_XFD*", "no such state component is offered")                    \
	DENIED(0x1f2, 0x1f3, "IA32_SMRR_*", "SMM is the firmware's")                               \
	DENIED(0x200, 0x21f, "IA32_MTRR_PHYS*", "memory types are ring -1's, through EPT")         \
	DENIED(0x250, 0x26f, "IA32_MTRR_FIX*", "as above")                                         \
	DENIED(0x280, 0x29f, "IA32_MC*_CTL2", "machine checks are ring -1's")                      \
	DENIED(0x2ff, 0x2ff, "IA32_MTRR_DEF_TYPE", "as the other MTRRs")                           \
	DENIED(0x309, 0x30c, "IA32_FIXED_CTR*", "counters would tell of ring -1")                  \
	DENIED(0x345, 0x345, "IA32_PERF_CAPABILITIES", "as above; PDCM is hidden")                 \
	DENIED(0x38d, 0x396, "IA32_PERF_GLOBAL_CTRL and its kin", "as above")                      \
	DENIED(0x3f1, 0x3f1, "IA32_PEBS_ENABLE", "as above")                                       \
	DENIED(0x400, 0x47f, "IA32_MC*_CTL ...", "machine checks are ring -1's")                   \
	DENIED(0x480, 0x493, "IA32_VMX_*", "VMX is hidden")                                        \
	DENIED(0x4c1, 0x4c8, "IA32_A_PMC*", "counters would tell of ring -1")                      \
	DENIED(0x560, 0x587, "IA32_RTIT_*", "PT is hidden; it writes to physical memory")          \
	DENIED(0x600, 0x600, "IA32_DS_AREA", "the debug store is hidden")                          \
	DENIED(0x601, 0x65f, "MSR_RAPL_* and package states", "power: the machine's")              \
	DENIED(0x6a0, 0x6a8, "IA32_U_CET ...", "CET is hidden")                                    \
	DENIED(0x6e0, 0x6e1, "IA32_TSC_DEADLINE, IA32_PKRS", "no local APIC; PKS is hidden")       \
	DENIED(0x770, 0x777, "IA32_PM_ENABLE, IA32_HWP_*", "power: the machine's")                 \
	DENIED(0x800, 0x8ff, "x2APIC", "its ICR sends INIT and SIPI to other processors")          \
	DENIED(0x981, 0x982, "IA32_TME_*", "memory encryption is the machine's")                   \
	DENIED(0xc80, 0xc80, "IA32_DEBUG_INTERFACE", "the machine's")                              \
	DENIED(0xc8d, 0xc8f, "IA32_QM_*, IA32_PQR_ASSOC", "resource control is the machine's")     \
	DENIED(0xd10, 0xd8f, "IA32_L2_MASK_* ...", "as above")                                     \
	DENIED(0xd90, 0xd93, "IA32_BNDCFGS, IA32_PASID", "MPX and ENQCMD are hidden")              \
	DENIED(0x1200, 0x121f, "IA32_LBR_*_INFO", "the last branches would tell of ring -1")       \
	DENIED(0x14ce, 0x14cf, "IA32_LBR_CTL, IA32_LBR_DEPTH", "as above")                         \
	DENIED(0x17d0, 0x17d2, "IA32_HW_FEEDBACK_*", "the machine's; writes to memory")            \
	DENIED(0x40000000, 0x400001ff, "a hypervisor's own", "Ringscope has none")                 \
	DENIED(0x4b564d00, 0x4b564dff, "KVM's own", "Ringscope is not KVM")                        \
	DENIED(0xc0010000, 0xc00102ff, "AMD's", "outside the bitmaps; no such processor")

#endif
