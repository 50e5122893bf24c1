/*
 * How each exit reason is provoked by the tests, or why it cannot be: every number of
 * vmx/exit_reasons.h once.
 *
 *   ROWS(number, rows)    by these rows of exit_rows.h and exit_rows_io.h ("probe=exits")
 *   DEED(number, deed)    it ends the guest: by this deed of die.c ("probe=die deed=...")
 *   NEVER(number, why)    not by a guest: what stands in the way
 */
#ifndef TESTS_PROBE_EXITS_H
#define TESTS_PROBE_EXITS_H

#define EXITS_PROVOKED(ROWS, DEED, NEVER)                                                          \
	ROWS(0, "step_*, break_*, icebp, dr_gd, unaligned")                                        \
	ROWS(1, "hlt")                                                                             \
	DEED(2, "triple-fault")                                                                    \
	NEVER(3, "no local APIC is within the guest's reach, and there is one processor")          \
	NEVER(4, "as INIT; and no processor waits for it")                                         \
	NEVER(5, "only with the dual-monitor treatment of SMIs, which is off")                     \
	NEVER(6, "as IO_SMI")                                                                      \
	ROWS(7, "sti_shadow, mov_ss_shadow")                                                       \
	NEVER(8, "the control is off until an NMI has to wait")                                    \
	DEED(9, "task-switch")                                                                     \
	ROWS(10, "cpuid_*, real_cpuid, step_cpuid")                                                \
	NEVER(11, "#UD comes first: CR4.SMXE is ring -1's and off (getsec, real_getsec)")          \
	ROWS(12, "hlt, hlt_pending")                                                               \
	ROWS(13, "invd, real_invd, step_invd")                                                     \
	NEVER(14, "the control is off (invlpg)")                                                   \
	ROWS(15, "rdpmc")                                                                          \
	NEVER(16, "the control is off (rdtsc)")                                                    \
	NEVER(17, "#UD comes first outside SMM (rsm, real_rsm)")                                   \
	ROWS(18, "vmcall_nop, vmcall_unknown, vmcall_user, real_vmcall")                           \
	ROWS(19, "vmclear")                                                                        \
	ROWS(20, "vmlaunch, step_undefined")                                                       \
	ROWS(21, "vmptrld")                                                                        \
	ROWS(22, "vmptrst")                                                                        \
	ROWS(23, "vmread")                                                                         \
	ROWS(24, "vmresume")                                                                       \
	ROWS(25, "vmwrite")                                                                        \
	ROWS(26, "vmxoff")                                                                         \
	ROWS(27, "vmxon")                                                                          \
	ROWS(28, "cr0_*, cr4_*, cr8, cr8_*, step_mov_cr0, real_cr0_*, real_cr4_vmxe")              \
	NEVER(29, "the control is off (dr, dr_gd)")                                                \
	ROWS(30, "in_*, out_*, ins*, outs*, rep_*, step_in, real_in, real_insb ...")               \
	ROWS(31, "rdmsr_*, real_rdmsr, real_rdmsr_unlisted, step_rdmsr")                           \
	ROWS(32, "wrmsr_*, real_wrmsr, step_wrmsr")                                                \
	NEVER(33, "only by an error of ring -1's, or by --break")                                  \
	NEVER(34, "no MSRs are loaded by a list")                                                  \
	NEVER(35, "reserved")                                                                      \
	ROWS(36, "mwait")                                                                          \
	NEVER(37, "the control is off")                                                            \
	NEVER(38, "reserved")                                                                      \
	ROWS(39, "monitor, real_monitor")                                                          \
	NEVER(40, "the controls are off (pause)")                                                  \
	NEVER(41, "only by a machine check during an entry")                                       \
	NEVER(42, "reserved")                                                                      \
	NEVER(43, "the TPR shadow is off (cr8)")                                                   \
	NEVER(44, "the control is off")                                                            \
	NEVER(45, "virtual-interrupt delivery is off")                                             \
	NEVER(46, "the control is off (sgdt)")                                                     \
	NEVER(47, "the control is off (sldt, lldt)")                                               \
	DEED(48, "ept-read, ept-write-user, ept-fetch-user, ept-walk")                             \
	NEVER(49, "only by an error of ring -1's in its tables")                                   \
	ROWS(50, "invept, invept_bad_type")                                                        \
	NEVER(51, "RDTSC exiting is off (rdtscp)")                                                 \
	DEED(52, "spin")                                                                           \
	ROWS(53, "invvpid, invvpid_bad_type")                                                      \
	ROWS(54, "wbinvd, real_wbinvd, step_wbinvd")                                               \
	ROWS(55, "xsetbv_*, real_xsetbv, step_xsetbv")                                             \
	NEVER(56, "the control is off")                                                            \
	NEVER(57, "the control is off (rdrand)")                                                   \
	NEVER(58, "INVLPG exiting is off (invpcid_all, invpcid_bad_type)")                         \
	NEVER(59, "#UD comes first: VM functions are off (vmfunc)")                                \
	NEVER(60, "#UD comes first: no processor of Bochs has SGX (encls)")                        \
	NEVER(61, "the control is off (rdseed)")                                                   \
	NEVER(62, "the control is off until dirty pages are logged")                               \
	NEVER(63, "the XSS-exiting bitmap is 0 (xsaves)")                                          \
	NEVER(64, "as XSAVES (xrstors)")                                                           \
	NEVER(65, "#UD comes first: the control is off (pconfig)")                                 \
	NEVER(66, "the control is off")                                                            \
	NEVER(67, "#UD comes first: the control is off (umwait)")                                  \
	NEVER(68, "#UD comes first: the control is off (tpause)")                                  \
	NEVER(69, "no processor of Bochs has Key Locker (loadiwkey)")                              \
	NEVER(70, "#UD comes first: no processor of Bochs has SGX (enclv)")                        \
	NEVER(71, "reserved")                                                                      \
	NEVER(72, "the control is off (enqcmd)")                                                   \
	NEVER(73, "the control is off")                                                            \
	NEVER(74, "the control is off")                                                            \
	NEVER(75, "the control is off")

#endif
