/*
 * Where Bochs 2.7 decides otherwise than the manual: every disagreement between the checker
 * (vmx/check.h) and the emulated processor must follow from these rows, and every row must be seen
 * at work (tests/boot/oracle.sh). docs/vm-entry-deviations.md is made of them.
 *
 *   DEVIATION(token, effect, class, when, models, "section's title", "the manual", "Bochs 2.7")
 *     effect  MISSES: when is asked of a finding (f) of the checker: the emulator does not make that check
 *             ADDS: when is asked of the VMCS: the emulator refuses it, reporting this class
 *     class   control, host, guest, msr_load
 *     models  a list with commas; "" for all
 */
#ifndef TESTS_ORACLE_DEVIATIONS_H
#define TESTS_ORACLE_DEVIATIONS_H

#define DEVIATIONS(DEVIATION)                                                                      \
	DEVIATION(perf_global_ctrl, MISSES, guest, IS(guest_perf_global_ctrl), "",                 \
	          "Checks on Guest Control Registers, Debug Registers, and MSRs",                  \
	          "with \"load IA32_PERF_GLOBAL_CTRL\" the reserved bits of the field must be 0",  \
	          "does not look at the field")

#endif
