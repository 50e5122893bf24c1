/*
 * What ring -1 asks of the processor, feature by feature: control bits of the VMCS and abilities
 * that the capability MSRs report. One table drives negotiation, the boot report, the trace's
 * `feature` records and the names that `hide=` takes.
 *
 * FEATURE(token, place, bit, ask, "name in the manual")
 *   place  PIN PRIMARY SECONDARY EXIT ENTRY: a VM-execution, VM-exit or VM-entry control
 *          EPT_CAP: a bit of IA32_VMX_EPT_VPID_CAP; BASIC: a bit of IA32_VMX_BASIC; VMFUNC: a bit
 *          of IA32_VMX_VMFUNC
 *   ask    REQUIRED  Ringscope does not run without it
 *          WANTED    used where the processor has it
 *          UNWANTED  kept off where the processor lets it be off; on, it does no harm
 *          OFF       must be off: on, it would exit, or use structures, that ring -1 does not serve
 *          LATER     must be possible; on only when it is needed
 *          ON_DEMAND on only when it is needed; done without where the processor lacks it
 * Ringscope refuses a processor that insists on one of the last three. The hide= name is the token
 * with - for _.
 */
#ifndef VMX_FEATURES_H
#define VMX_FEATURES_H

#include "lib/items.h"

#define VMX_FEATURES(FEATURE)                                                                      \
	FEATURE(dual_monitor, BASIC, 49, UNWANTED, "Dual-monitor treatment of SMIs")               \
	FEATURE(ins_outs_information, BASIC, 54, WANTED, "INS and OUTS information")               \
	FEATURE(true_controls, BASIC, 55, WANTED, "TRUE capability MSRs")                          \
	FEATURE(any_error_code, BASIC, 56, UNWANTED, "Exceptions with or without error code")      \
	FEATURE(external_interrupt_exiting, PIN, 0, REQUIRED, "External-interrupt exiting")        \
	FEATURE(nmi_exiting, PIN, 3, REQUIRED, "NMI exiting")                                      \
	FEATURE(virtual_nmis, PIN, 5, WANTED, "Virtual NMIs")                                      \
	FEATURE(preemption_timer, PIN, 6, WANTED, "Activate VMX-preemption timer")                 \
	FEATURE(posted_interrupts, PIN, 7, OFF, "Process posted interrupts")                       \
	FEATURE(interrupt_window, PRIMARY, 2, LATER, "Interrupt-window exiting")                   \
	FEATURE(tsc_offsetting, PRIMARY, 3, UNWANTED, "Use TSC offsetting")                        \
	FEATURE(hlt_exiting, PRIMARY, 7, REQUIRED, "HLT exiting")                                  \
	FEATURE(invlpg_exiting, PRIMARY, 9, OFF, "INVLPG exiting")                                 \
	FEATURE(mwait_exiting, PRIMARY, 10, WANTED, "MWAIT exiting")                               \
	FEATURE(rdpmc_exiting, PRIMARY, 11, WANTED, "RDPMC exiting")                               \
	FEATURE(rdtsc_exiting, PRIMARY, 12, OFF, "RDTSC exiting")                                  \
	FEATURE(cr3_load_exiting, PRIMARY, 15, UNWANTED, "CR3-load exiting")                       \
	FEATURE(cr3_store_exiting, PRIMARY, 16, UNWANTED, "CR3-store exiting")                     \
	FEATURE(tertiary_controls, PRIMARY, 17, UNWANTED, "Activate tertiary controls")            \
	FEATURE(cr8_load_exiting, PRIMARY, 19, WANTED, "CR8-load exiting")                         \
	FEATURE(cr8_store_exiting, PRIMARY, 20, WANTED, "CR8-store exiting")                       \
	FEATURE(tpr_shadow, PRIMARY, 21, OFF, "Use TPR shadow")                                    \
	FEATURE(nmi_window, PRIMARY, 22, ON_DEMAND, "NMI-window exiting")                          \
	FEATURE(mov_dr_exiting, PRIMARY, 23, OFF, "MOV-DR exiting")                                \
	FEATURE(io_exiting, PRIMARY, 24, LATER, "Unconditional I/O exiting")                       \
	FEATURE(io_bitmaps, PRIMARY, 25, WANTED, "Use I/O bitmaps")                                \
	FEATURE(monitor_trap_flag, PRIMARY, 27, OFF, "Monitor trap flag")                          \
	FEATURE(msr_bitmaps, PRIMARY, 28, WANTED, "Use MSR bitmaps")                               \
	FEATURE(monitor_exiting, PRIMARY, 29, WANTED, "MONITOR exiting")                           \
	FEATURE(pause_exiting, PRIMARY, 30, OFF, "PAUSE exiting")                                  \
	FEATURE(secondary_controls, PRIMARY, 31, REQUIRED, "Activate secondary controls")          \
	FEATURE(apic_accesses, SECONDARY, 0, OFF, "Virtualize APIC accesses")                      \
	FEATURE(ept, SECONDARY, 1, REQUIRED, "Enable EPT")                                         \
	FEATURE(descriptor_table_exiting, SECONDARY, 2, ON_DEMAND, "Descriptor-table exiting")     \
	FEATURE(rdtscp, SECONDARY, 3, WANTED, "Enable RDTSCP")                                     \
	FEATURE(x2apic_mode, SECONDARY, 4, OFF, "Virtualize x2APIC mode")                          \
	FEATURE(vpid, SECONDARY, 5, WANTED, "Enable VPID")                                         \
	FEATURE(wbinvd_exiting, SECONDARY, 6, WANTED, "WBINVD exiting")                            \
	FEATURE(unrestricted_guest, SECONDARY, 7, REQUIRED, "Unrestricted guest")                  \
	FEATURE(apic_registers, SECONDARY, 8, OFF, "APIC-register virtualization")                 \
	FEATURE(virtual_interrupts, SECONDARY, 9, OFF, "Virtual-interrupt delivery")               \
	FEATURE(pause_loop, SECONDARY, 10, OFF, "PAUSE-loop exiting")                              \
	FEATURE(rdrand_exiting, SECONDARY, 11, OFF, "RDRAND exiting")                              \
	FEATURE(invpcid, SECONDARY, 12, WANTED, "Enable INVPCID")                                  \
	FEATURE(vmfunc, SECONDARY, 13, ON_DEMAND, "Enable VM functions")                           \
	FEATURE(vmcs_shadowing, SECONDARY, 14, OFF, "VMCS shadowing")                              \
	FEATURE(encls_exiting, SECONDARY, 15, UNWANTED, "ENCLS exiting")                           \
	FEATURE(rdseed_exiting, SECONDARY, 16, OFF, "RDSEED exiting")                              \
	FEATURE(pml, SECONDARY, 17, ON_DEMAND, "Enable PML")                                       \
	FEATURE(ve, SECONDARY, 18, OFF, "EPT-violation #VE")                                       \
	FEATURE(conceal_pt, SECONDARY, 19, UNWANTED, "Conceal VMX from PT")                        \
	FEATURE(xsaves, SECONDARY, 20, WANTED, "Enable XSAVES/XRSTORS")                            \
	FEATURE(pasid, SECONDARY, 21, OFF, "PASID translation")                                    \
	FEATURE(mode_based_execute, SECONDARY, 22, OFF, "Mode-based execute control for EPT")      \
	FEATURE(sub_page, SECONDARY, 23, UNWANTED, "Sub-page write permissions for EPT")           \
	FEATURE(pt_physical, SECONDARY, 24, OFF, "Intel PT uses guest physical addresses")         \
	FEATURE(tsc_scaling, SECONDARY, 25, OFF, "Use TSC scaling")                                \
	FEATURE(user_wait, SECONDARY, 26, UNWANTED, "Enable user wait and pause")                  \
	FEATURE(pconfig, SECONDARY, 27, OFF, "Enable PCONFIG")                                     \
	FEATURE(enclv_exiting, SECONDARY, 28, UNWANTED, "ENCLV exiting")                           \
	FEATURE(bus_lock, SECONDARY, 30, OFF, "VMM bus-lock detection")                            \
	FEATURE(instruction_timeout, SECONDARY, 31, OFF, "Instruction timeout")                    \
	FEATURE(save_debug, EXIT, 2, WANTED, "Save debug controls")                                \
	FEATURE(host_64bit, EXIT, 9, REQUIRED, "Host address-space size")                          \
	FEATURE(host_perf, EXIT, 12, UNWANTED, "Load IA32_PERF_GLOBAL_CTRL (exit)")                \
	FEATURE(acknowledge_interrupt, EXIT, 15, WANTED, "Acknowledge interrupt on exit")          \
	FEATURE(save_pat, EXIT, 18, WANTED, "Save IA32_PAT")                                       \
	FEATURE(host_pat, EXIT, 19, WANTED, "Load IA32_PAT (exit)")                                \
	FEATURE(save_efer, EXIT, 20, REQUIRED, "Save IA32_EFER")                                   \
	FEATURE(host_efer, EXIT, 21, REQUIRED, "Load IA32_EFER (exit)")                            \
	FEATURE(save_preemption_timer, EXIT, 22, OFF, "Save VMX-preemption timer value")           \
	FEATURE(clear_bndcfgs, EXIT, 23, UNWANTED, "Clear IA32_BNDCFGS")                           \
	FEATURE(conceal_exits, EXIT, 24, UNWANTED, "Conceal VMX from PT (exit)")                   \
	FEATURE(clear_rtit, EXIT, 25, UNWANTED, "Clear IA32_RTIT_CTL")                             \
	FEATURE(clear_lbr, EXIT, 26, UNWANTED, "Clear IA32_LBR_CTL")                               \
	FEATURE(clear_uinv, EXIT, 27, UNWANTED, "Clear UINV")                                      \
	FEATURE(host_cet, EXIT, 28, UNWANTED, "Load CET state (exit)")                             \
	FEATURE(host_pkrs, EXIT, 29, UNWANTED, "Load PKRS (exit)")                                 \
	FEATURE(save_perf, EXIT, 30, UNWANTED, "Save IA32_PERF_GLOBAL_CTRL")                       \
	FEATURE(secondary_exits, EXIT, 31, UNWANTED, "Activate secondary VM-exit controls")        \
	FEATURE(load_debug, ENTRY, 2, WANTED, "Load debug controls")                               \
	FEATURE(ia32e_guest, ENTRY, 9, LATER, "IA-32e mode guest")                                 \
	FEATURE(entry_to_smm, ENTRY, 10, OFF, "Entry to SMM")                                      \
	FEATURE(dual_monitor_off, ENTRY, 11, OFF, "Deactivate dual-monitor treatment")             \
	FEATURE(guest_perf, ENTRY, 13, UNWANTED, "Load IA32_PERF_GLOBAL_CTRL (entry)")             \
	FEATURE(guest_pat, ENTRY, 14, WANTED, "Load IA32_PAT (entry)")                             \
	FEATURE(guest_efer, ENTRY, 15, REQUIRED, "Load IA32_EFER (entry)")                         \
	FEATURE(guest_bndcfgs, ENTRY, 16, UNWANTED, "Load IA32_BNDCFGS")                           \
	FEATURE(conceal_entries, ENTRY, 17, UNWANTED, "Conceal VMX from PT (entry)")               \
	FEATURE(guest_rtit, ENTRY, 18, UNWANTED, "Load IA32_RTIT_CTL")                             \
	FEATURE(guest_uinv, ENTRY, 19, UNWANTED, "Load UINV")                                      \
	FEATURE(guest_cet, ENTRY, 20, UNWANTED, "Load CET state (entry)")                          \
	FEATURE(guest_lbr, ENTRY, 21, UNWANTED, "Load guest IA32_LBR_CTL")                         \
	FEATURE(guest_pkrs, ENTRY, 22, UNWANTED, "Load PKRS (entry)")                              \
	FEATURE(execute_only, EPT_CAP, 0, WANTED, "EPT execute-only translations")                 \
	FEATURE(ept_walk_4, EPT_CAP, 6, REQUIRED, "EPT page-walk length of 4")                     \
	FEATURE(ept_walk_5, EPT_CAP, 7, UNWANTED, "EPT page-walk length of 5")                     \
	FEATURE(ept_uncacheable, EPT_CAP, 8, UNWANTED, "EPT structures uncacheable")               \
	FEATURE(ept_write_back, EPT_CAP, 14, WANTED, "EPT structures write-back")                  \
	FEATURE(ept_2m, EPT_CAP, 16, WANTED, "EPT 2-MByte pages")                                  \
	FEATURE(ept_1g, EPT_CAP, 17, WANTED, "EPT 1-GByte pages")                                  \
	FEATURE(invept, EPT_CAP, 20, REQUIRED, "INVEPT")                                           \
	FEATURE(ad_bits, EPT_CAP, 21, WANTED, "EPT accessed and dirty flags")                      \
	FEATURE(advanced_violations, EPT_CAP, 22, UNWANTED, "Advanced EPT-violation information")  \
	FEATURE(shadow_stack_control, EPT_CAP, 23, UNWANTED, "Supervisor shadow-stack control")    \
	FEATURE(invept_single, EPT_CAP, 25, WANTED, "INVEPT single-context")                       \
	FEATURE(invept_all, EPT_CAP, 26, WANTED, "INVEPT all-context")                             \
	FEATURE(invvpid, EPT_CAP, 32, WANTED, "INVVPID")                                           \
	FEATURE(invvpid_address, EPT_CAP, 40, UNWANTED, "INVVPID individual-address")              \
	FEATURE(invvpid_single, EPT_CAP, 41, WANTED, "INVVPID single-context")                     \
	FEATURE(invvpid_all, EPT_CAP, 42, WANTED, "INVVPID all-context")                           \
	FEATURE(invvpid_retaining, EPT_CAP, 43, UNWANTED, "INVVPID retaining globals")             \
	FEATURE(eptp_switching, VMFUNC, 0, ON_DEMAND, "EPTP switching")

/* The capability MSRs ("Capability Reporting Facility" in the SDM's appendix on VMX). */
#define IA32_VMX_BASIC           0x480u
#define IA32_VMX_PINBASED_CTLS   0x481u
#define IA32_VMX_PROCBASED_CTLS  0x482u
#define IA32_VMX_EXIT_CTLS       0x483u
#define IA32_VMX_ENTRY_CTLS      0x484u
#define IA32_VMX_MISC            0x485u
#define IA32_VMX_CR0_FIXED0      0x486u
#define IA32_VMX_CR0_FIXED1      0x487u
#define IA32_VMX_CR4_FIXED0      0x488u
#define IA32_VMX_CR4_FIXED1      0x489u
#define IA32_VMX_PROCBASED_CTLS2 0x48bu
#define IA32_VMX_EPT_VPID_CAP    0x48cu
#define IA32_VMX_VMFUNC          0x491u
#define IA32_VMX_PROCBASED_CTLS3 0x492u
#define IA32_VMX_EXIT_CTLS2      0x493u
#define IA32_VMX_TRUE_OFFSET     0x0cu /* from a control's plain MSR to its TRUE one */

/* CPUID's leaf of address sizes, in EAX: physical in bits 7:0, linear in bits 15:8. */
#define CPUID_ADDRESS_SIZES 0x80000008u

/*
 * What a feature cannot do without: the first or the second ("Checks on VMX Controls"; and a cache
 * of translations is used only where it can be flushed). What is needed has its own needs above.
 */
#define VMX_NEEDS(NEED)                                                                            \
	NEED(ept, ept_write_back, ept_uncacheable)                                                 \
	NEED(virtual_nmis, nmi_exiting, nmi_exiting)                                               \
	NEED(nmi_window, virtual_nmis, virtual_nmis)                                               \
	NEED(save_preemption_timer, preemption_timer, preemption_timer)                            \
	NEED(x2apic_mode, tpr_shadow, tpr_shadow)                                                  \
	NEED(apic_registers, tpr_shadow, tpr_shadow)                                               \
	NEED(virtual_interrupts, tpr_shadow, tpr_shadow)                                           \
	NEED(posted_interrupts, virtual_interrupts, virtual_interrupts)                            \
	NEED(invvpid_address, invvpid, invvpid)                                                    \
	NEED(invvpid_single, invvpid, invvpid)                                                     \
	NEED(invvpid_all, invvpid, invvpid)                                                        \
	NEED(invvpid_retaining, invvpid, invvpid)                                                  \
	NEED(vpid, invvpid_single, invvpid_all)                                                    \
	NEED(invept, invept_single, invept_all)                                                    \
	NEED(unrestricted_guest, ept, ept)                                                         \
	NEED(ad_bits, ept, ept)                                                                    \
	NEED(pml, ad_bits, ad_bits)                                                                \
	NEED(ve, ept, ept)                                                                         \
	NEED(mode_based_execute, ept, ept)                                                         \
	NEED(sub_page, ept, ept)                                                                   \
	NEED(pt_physical, ept, ept)                                                                \
	NEED(vmfunc, ept, ept)                                                                     \
	NEED(eptp_switching, vmfunc, vmfunc)

#define FEATURE_ALWAYS (-1) /* no feature is needed */

enum vmx_feature {
#define FEATURE(token, place, bit, ask, text) FEATURE_##token,
	VMX_FEATURES(FEATURE)
#undef FEATURE
		VMX_FEATURE_COUNT
};

enum feature_place {
	PLACE_PIN,
	PLACE_PRIMARY,
	PLACE_SECONDARY,
	PLACE_EXIT,
	PLACE_ENTRY,
	CONTROL_WORDS,
	PLACE_EPT_CAP = CONTROL_WORDS,
	PLACE_BASIC,
	PLACE_VMFUNC,
};

enum feature_ask { ASK_REQUIRED, ASK_WANTED, ASK_UNWANTED, ASK_OFF, ASK_LATER, ASK_ON_DEMAND };

struct feature_row {
	const char *token;
	const char *name;
	u8 place; /* enum feature_place */
	u8 bit;
	u8 ask; /* enum feature_ask */
};

extern const struct feature_row vmx_features[VMX_FEATURE_COUNT];

/* What a processor (less what is hidden) can do, as the capability MSRs say. */
struct vmx_capabilities {
	u64 basic;
	u64 ept_vpid;
	u64 misc;
	u64 vmfunc;
	u32 allowed0[CONTROL_WORDS]; /* bits that must be 1 */
	u32 allowed1[CONTROL_WORDS]; /* bits that may be 1 */
	u64 cr0_fixed0, cr0_fixed1;
	u64 cr4_fixed0, cr4_fixed1;
	u64 tertiary, secondary_exits;  /* bits that may be 1 */
	u32 physical_bits, linear_bits; /* MAXPHYADDR; canonical addresses: 48 or 57; 0: unknown */
};

/* The outcome of negotiation. */
struct vmx_controls {
	u32 word[CONTROL_WORDS];
	bool granted[VMX_FEATURE_COUNT]; /* on, from the first entry */
	bool allowed[VMX_FEATURE_COUNT]; /* the processor has it, and what it needs */
	s32 missing;                     /* the first that is required and not there, or -1 */
	s32 insisted;                    /* the first that must be off and cannot be, or -1 */
};

/*
 * Reads the capability MSRs through read_msr ("VMX Capability Reporting Facility"). Features whose
 * bit is set in hidden[] are made to look absent.
 */
void vmx_read_capabilities(struct vmx_capabilities *caps, u64 (*read_msr)(u32 msr),
                           const bool hidden[VMX_FEATURE_COUNT]);

/* Whether ring -1 asks for it, if only it is there. */
static inline bool vmx_asks(enum vmx_feature feature)
{
	u8 ask = vmx_features[feature].ask;

	return ask == ASK_REQUIRED || ask == ASK_WANTED;
}

/* The bit of vmx_feature_msr that says whether it may be on: controls have theirs in the upper half. */
static inline u32 vmx_allowed_bit(enum vmx_feature feature)
{
	const struct feature_row *row = &vmx_features[feature];

	return row->bit + (row->place < CONTROL_WORDS ? 32u : 0);
}

/* True if the processor allows it to be on; if it insists that it is. */
bool vmx_has(const struct vmx_capabilities *caps, enum vmx_feature feature);
bool vmx_insists(const struct vmx_capabilities *caps, enum vmx_feature feature);

/* What the feature needs and is not allowed, or -1. */
s32 vmx_lacks(const bool allowed[VMX_FEATURE_COUNT], enum vmx_feature feature);

/*
 * Decides every control bit. Nothing is dropped silently: see granted, allowed, missing, insisted.
 */
void vmx_negotiate(const struct vmx_capabilities *caps, struct vmx_controls *controls);

/* The capability MSR of a word (enum feature_place), the TRUE one where there is one. */
u32 vmx_control_msr(const struct vmx_capabilities *caps, u32 place);

/* The capability MSR that decides about a feature, given these capabilities. */
u32 vmx_feature_msr(const struct vmx_capabilities *caps, enum vmx_feature feature);

/*
 * Marks the feature of that name: a token, with - or _ between words (1g and 2m are ept_1g and
 * ept_2m; msr-bitmap is msr_bitmaps). False if there is none.
 */
bool vmx_hide(struct piece name, bool hidden[VMX_FEATURE_COUNT]);

#endif
