/*
 * The instructions of `ringscope lab run popek-goldberg`: one row a stub, which the probe runs
 * (guest/probe/observatory.c) and the command judges by what was measured. Nothing here says what comes
 * out.
 *
 * ROW(token, "mnemonic", "form", list, mode, control, result, code)
 *   mnemonic  rows of the same are judged together: privileged only if all of them are
 *   form      the stub as the table shows it
 *   list      ROBIN: among the 18 of Robin and Irvine; SYSTEM: other instructions of the system;
 *             PLAIN: neither, for comparison
 *   mode      64 or 32: 64-bit mode, or compatibility mode
 *   control   the VMX control that concerns it, of OBSERVATORY_CONTROLS; none
 *   result    VALUE: what it shows is in RAX (EAX) at its end; NOTHING
 *   code      assembly
 *
 * CONTROL(token, "name in the manual", word, bit, inverted): as the hypercall control takes it;
 * inverted: the exit comes where the bit is off
 */
#ifndef ABI_OBSERVATORY_H
#define ABI_OBSERVATORY_H

#define OBSERVATORY_CONTROLS(CONTROL)                                                              \
	CONTROL(none, "none", CONTROL_PIN, 0, 0)                                                   \
	CONTROL(descriptor, "descriptor-table exiting", CONTROL_SECONDARY, 2, 0)                   \
	CONTROL(cr0_ne, "CR0 guest/host mask: NE", CONTROL_CR0, 5, 0)

#define OBSERVATORY(ROW)                                                                           \
	ROW(sgdt, "SGDT", "sgdt m", ROBIN, 64, descriptor, VALUE,                                  \
	    "sgdt -16(%rsp)\n mov -14(%rsp), %rax\n")                                              \
	ROW(smsw_r, "SMSW", "smsw r64", ROBIN, 64, cr0_ne, VALUE, "smsw %rax\n")                   \
	ROW(add, "ADD", "add r64, r64", PLAIN, 64, none, VALUE, "add %rcx, %rax\n")

#define CONTROL(token, name, word, bit, inverted) OBSERVED_CONTROL_##token,
enum observed_control { OBSERVATORY_CONTROLS(CONTROL) OBSERVED_CONTROLS };
#undef CONTROL

#define ROW(token, mnemonic, form, list, mode, control, result, code) OBSERVED_##token,
enum observed_row { OBSERVATORY(ROW) OBSERVATORY_ROWS };
#undef ROW

#endif
