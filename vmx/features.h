/*
 * What ring -1 asks of the processor, feature by feature: control bits of the VMCS and abilities
 * that the capability MSRs report. One table drives negotiation, the boot report, the trace's
 * `feature` records and the names that `hide=` takes.
 *
 * FEATURE(token, place, bit, ask, "name in the manual")
 *   place  PIN PRIMARY SECONDARY EXIT ENTRY: a VM-execution, VM-exit or VM-entry control
 *          EPT_CAP: a bit of IA32_VMX_EPT_VPID_CAP; BASIC: a bit of IA32_VMX_BASIC
 *   ask    REQUIRED  Ringscope does not run without it
 *          WANTED    used where the processor has it
 *          UNWANTED  kept off where the processor lets it be off
 *          LATER     must be possible; on only when it is needed
 * The hide= name is the token with - for _.
 */
#ifndef VMX_FEATURES_H
#define VMX_FEATURES_H

#include "abi/types.h"

#define VMX_FEATURES(FEATURE)                                                                      \
	FEATURE(true_controls, BASIC, 55, WANTED, "TRUE capability MSRs")                          \
	FEATURE(external_interrupt_exiting, PIN, 0, REQUIRED, "External-interrupt exiting")        \
	FEATURE(nmi_exiting, PIN, 3, REQUIRED, "NMI exiting")                                      \
	FEATURE(virtual_nmis, PIN, 5, WANTED, "Virtual NMIs")                                      \
	FEATURE(preemption_timer, PIN, 6, WANTED, "Activate VMX-preemption timer")                 \
	FEATURE(posted_interrupts, PIN, 7, UNWANTED, "Process posted interrupts")                  \
	FEATURE(interrupt_window, PRIMARY, 2, LATER, "Interrupt-window exiting")                   \
	FEATURE(tsc_offsetting, PRIMARY, 3, UNWANTED, "Use TSC offsetting")                        \
	FEATURE(hlt_exiting, PRIMARY, 7, REQUIRED, "HLT exiting")                                  \
	FEATURE(invlpg_exiting, PRIMARY, 9, UNWANTED, "INVLPG exiting")                            \
	FEATURE(mwait_exiting, PRIMARY, 10, WANTED, "MWAIT exiting")                               \
	FEATURE(rdpmc_exiting, PRIMARY, 11, WANTED, "RDPMC exiting")                               \
	FEATURE(rdtsc_exiting, PRIMARY, 12, UNWANTED, "RDTSC exiting")                             \
	FEATURE(cr3_load_exiting, PRIMARY, 15, UNWANTED, "CR3-load exiting")                       \
	FEATURE(cr3_store_exiting, PRIMARY, 16, UNWANTED, "CR3-store exiting")                     \
	FEATURE(cr8_load_exiting, PRIMARY, 19, WANTED, "CR8-load exiting")                         \
	FEATURE(cr8_store_exiting, PRIMARY, 20, WANTED, "CR8-store exiting")                       \
	FEATURE(tpr_shadow, PRIMARY, 21, UNWANTED, "Use TPR shadow")                               \
	FEATURE(nmi_window, PRIMARY, 22, UNWANTED, "NMI-window exiting")                           \
	FEATURE(mov_dr_exiting, PRIMARY, 23, UNWANTED, "MOV-DR exiting")                           \
	FEATURE(io_exiting, PRIMARY, 24, LATER, "Unconditional I/O exiting")                       \
	FEATURE(io_bitmaps, PRIMARY, 25, WANTED, "Use I/O bitmaps")                                \
	FEATURE(monitor_trap_flag, PRIMARY, 27, UNWANTED, "Monitor trap flag")                     \
	FEATURE(msr_bitmaps, PRIMARY, 28, WANTED, "Use MSR bitmaps")                               \
	FEATURE(monitor_exiting, PRIMARY, 29, WANTED, "MONITOR exiting")                           \
	FEATURE(pause_exiting, PRIMARY, 30, UNWANTED, "PAUSE exiting")                             \
	FEATURE(secondary_controls, PRIMARY, 31, REQUIRED, "Activate secondary controls")          \
	FEATURE(apic_accesses, SECONDARY, 0, UNWANTED, "Virtualize APIC accesses")                 \
	FEATURE(ept, SECONDARY, 1, REQUIRED, "Enable EPT")                                         \
	FEATURE(descriptor_table_exiting, SECONDARY, 2, UNWANTED, "Descriptor-table exiting")      \
	FEATURE(rdtscp, SECONDARY, 3, WANTED, "Enable RDTSCP")                                     \
	FEATURE(x2apic_mode, SECONDARY, 4, UNWANTED, "Virtualize x2APIC mode")                     \
	FEATURE(vpid, SECONDARY, 5, WANTED, "Enable VPID")                                         \
	FEATURE(wbinvd_exiting, SECONDARY, 6, WANTED, "WBINVD exiting")                            \
	FEATURE(unrestricted_guest, SECONDARY, 7, REQUIRED, "Unrestricted guest")                  \
	FEATURE(rdrand_exiting, SECONDARY, 11, UNWANTED, "RDRAND exiting")                         \
	FEATURE(invpcid, SECONDARY, 12, WANTED, "Enable INVPCID")                                  \
	FEATURE(vmfunc, SECONDARY, 13, UNWANTED, "Enable VM functions")                            \
	FEATURE(vmcs_shadowing, SECONDARY, 14, UNWANTED, "VMCS shadowing")                         \
	FEATURE(rdseed_exiting, SECONDARY, 16, UNWANTED, "RDSEED exiting")                         \
	FEATURE(pml, SECONDARY, 17, UNWANTED, "Enable PML")                                        \
	FEATURE(ve, SECONDARY, 18, UNWANTED, "EPT-violation #VE")                                  \
	FEATURE(xsaves, SECONDARY, 20, WANTED, "Enable XSAVES/XRSTORS")                            \
	FEATURE(tsc_scaling, SECONDARY, 25, UNWANTED, "Use TSC scaling")                           \
	FEATURE(save_debug, EXIT, 2, WANTED, "Save debug controls")                                \
	FEATURE(host_64bit, EXIT, 9, REQUIRED, "Host address-space size")                          \
	FEATURE(acknowledge_interrupt, EXIT, 15, WANTED, "Acknowledge interrupt on exit")          \
	FEATURE(save_pat, EXIT, 18, WANTED, "Save IA32_PAT")                                       \
	FEATURE(host_pat, EXIT, 19, WANTED, "Load IA32_PAT (exit)")                                \
	FEATURE(save_efer, EXIT, 20, REQUIRED, "Save IA32_EFER")                                   \
	FEATURE(host_efer, EXIT, 21, REQUIRED, "Load IA32_EFER (exit)")                            \
	FEATURE(save_preemption_timer, EXIT, 22, UNWANTED, "Save VMX-preemption timer value")      \
	FEATURE(load_debug, ENTRY, 2, WANTED, "Load debug controls")                               \
	FEATURE(ia32e_guest, ENTRY, 9, LATER, "IA-32e mode guest")                                 \
	FEATURE(guest_pat, ENTRY, 14, WANTED, "Load IA32_PAT (entry)")                             \
	FEATURE(guest_efer, ENTRY, 15, REQUIRED, "Load IA32_EFER (entry)")                         \
	FEATURE(execute_only, EPT_CAP, 0, WANTED, "EPT execute-only translations")                 \
	FEATURE(ept_walk_4, EPT_CAP, 6, REQUIRED, "EPT page-walk length of 4")                     \
	FEATURE(ept_write_back, EPT_CAP, 14, WANTED, "EPT structures write-back")                  \
	FEATURE(ept_2m, EPT_CAP, 16, WANTED, "EPT 2-MByte pages")                                  \
	FEATURE(ept_1g, EPT_CAP, 17, WANTED, "EPT 1-GByte pages")                                  \
	FEATURE(invept, EPT_CAP, 20, REQUIRED, "INVEPT")                                           \
	FEATURE(ad_bits, EPT_CAP, 21, WANTED, "EPT accessed and dirty flags")                      \
	FEATURE(invept_single, EPT_CAP, 25, WANTED, "INVEPT single-context")                       \
	FEATURE(invept_all, EPT_CAP, 26, WANTED, "INVEPT all-context")                             \
	FEATURE(invvpid, EPT_CAP, 32, WANTED, "INVVPID")                                           \
	FEATURE(invvpid_single, EPT_CAP, 41, WANTED, "INVVPID single-context")                     \
	FEATURE(invvpid_all, EPT_CAP, 42, WANTED, "INVVPID all-context")

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
};

enum feature_ask { ASK_REQUIRED, ASK_WANTED, ASK_UNWANTED, ASK_LATER };

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
	u32 allowed0[CONTROL_WORDS]; /* bits that must be 1 */
	u32 allowed1[CONTROL_WORDS]; /* bits that may be 1 */
	u64 cr0_fixed0, cr0_fixed1;
	u64 cr4_fixed0, cr4_fixed1;
};

/* The outcome of negotiation. */
struct vmx_controls {
	u32 word[CONTROL_WORDS];
	bool granted[VMX_FEATURE_COUNT];
	bool allowed[VMX_FEATURE_COUNT];
	s32 missing; /* the first required feature that is not there, or -1 */
};

/*
 * Reads the capability MSRs through read_msr ("VMX Capability Reporting Facility"). Features whose
 * bit is set in hidden[] are made to look absent.
 */
void vmx_read_capabilities(struct vmx_capabilities *caps, u64 (*read_msr)(u32 msr),
                           const bool hidden[VMX_FEATURE_COUNT]);

/* Decides every control bit. Nothing is dropped silently: see granted, allowed and missing. */
void vmx_negotiate(const struct vmx_capabilities *caps, struct vmx_controls *controls);

/* The capability MSR that decides about a feature, given these capabilities. */
u32 vmx_feature_msr(const struct vmx_capabilities *caps, enum vmx_feature feature);

/*
 * Marks the features named in a comma-separated list (tokens, with - or _ between words; 1g and 2m
 * are ept_1g and ept_2m; msr-bitmap is msr_bitmaps). Returns NULL, or the first unknown name in the
 * list, its length in *length.
 */
const char *vmx_hide(const char *list, size_t list_length, bool hidden[VMX_FEATURE_COUNT],
                     size_t *length);

#endif
