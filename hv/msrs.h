/*
 * Which MSRs a guest has, and how. Whatever is not listed does not exist for it: #GP(0), as on a
 * processor without that MSR; tests/unit/denied_msrs.h names those that a guest might try, and why
 * it has none.
 *
 * MSR(number, name, read, write, field, reason)
 *   PASS   the real MSR, without an exit where MSR bitmaps are granted
 *   FIELD  kept in the VMCS field; the processor switches it
 *   EFER PAT DEBUGCTL XSS  like FIELD, but values are checked first
 *   ZERO   reads as 0        DROP  the write is accepted and has no effect
 *   FIXED  a constant        FAULT #GP(0)
 */
#ifndef HV_MSRS_H
#define HV_MSRS_H

#define GUEST_MSRS(MSR)                                                                            \
	MSR(0x10, TSC, PASS, DROP, none, "one clock for all tiers: it is never set back")          \
	MSR(0x17, PLATFORM_ID, ZERO, FAULT, none, "microcode updates are the machine's")           \
	MSR(0x8b, BIOS_SIGN_ID, ZERO, DROP, none, "as above; kernels read the revision")           \
	MSR(0x174, SYSENTER_CS, PASS, PASS, guest_sysenter_cs, "switched by VMX")                  \
	MSR(0x175, SYSENTER_ESP, PASS, PASS, guest_sysenter_esp, "switched by VMX")                \
	MSR(0x176, SYSENTER_EIP, PASS, PASS, guest_sysenter_eip, "switched by VMX")                \
	MSR(0x1a0, MISC_ENABLE, FIXED, DROP, none, "fast strings on, no debug store")              \
	MSR(0x1d9, DEBUGCTL, FIELD, DEBUGCTL, guest_debugctl, "switched by VMX; only LBR and BTF") \
	MSR(0x277, PAT, PAT, PAT, none, "switched by VMX where granted, else kept aside")          \
	MSR(0xda0, XSS, ZERO, XSS, none, "no supervisor state is offered: only 0")                 \
	MSR(0xc0000080, EFER, EFER, EFER, guest_efer, "switched by VMX")                           \
	MSR(0xc0000081, STAR, PASS, PASS, none, "ring -1 makes no system calls: the guest's own")  \
	MSR(0xc0000082, LSTAR, PASS, PASS, none, "as above")                                       \
	MSR(0xc0000083, CSTAR, PASS, PASS, none, "as above")                                       \
	MSR(0xc0000084, FMASK, PASS, PASS, none, "as above")                                       \
	MSR(0xc0000100, FS_BASE, PASS, PASS, guest_fs_base, "switched by VMX")                     \
	MSR(0xc0000101, GS_BASE, PASS, PASS, guest_gs_base, "switched by VMX")                     \
	MSR(0xc0000102, KERNEL_GS_BASE, PASS, PASS, none, "ring -1 executes no SWAPGS")            \
	MSR(0xc0000103, TSC_AUX, PASS, PASS, none, "ring -1 does not use it; only with RDTSCP")

#endif
