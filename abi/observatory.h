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
 *   code      assembly; it finds all general registers 0 but RSP, and must end with the processor
 *             fit to go on, in ring 0 too. A value must follow from the state alone: time and random
 *             numbers are no two runs' the same, so RDTSC and RDRAND show NOTHING. INVD is for
 *             emulators and hypervisors, which lose nothing by it.
 *
 * CONTROL(token, "name in the manual", word, bit, inverted): as the hypercall control takes it;
 * inverted: the exit comes where the bit is off. A cell's [control] is the bit: 0 off, 1 on. Rows of
 * the control none have only [control] 0, as ring -1 always runs the guest; bare machines too.
 *
 * STATE(token, "what it is"): privileged state, which a stub may change: a cell's `changed` has
 * BIT(CHANGED_token) if it did. What its trap itself changed does not count.
 */
#ifndef ABI_OBSERVATORY_H
#define ABI_OBSERVATORY_H

#include "abi/observatory_stores.h"
#include "abi/observatory_system.h"
#include "abi/observatory_transfers.h"

#define OBSERVATORY_CONTROLS(CONTROL)                                                              \
	CONTROL(none, "none", CONTROL_PIN, 0, 0)                                                   \
	CONTROL(descriptor, "descriptor-table exiting", CONTROL_SECONDARY, 2, 0)                   \
	CONTROL(cr0_ne, "CR0 guest/host mask: NE", CONTROL_CR0, 5, 0)                              \
	CONTROL(cr4_vmxe, "CR4 guest/host mask: VMXE", CONTROL_CR4, 13, 0)                         \
	CONTROL(cr3_load, "CR3-load exiting", CONTROL_PRIMARY, 15, 0)                              \
	CONTROL(cr3_store, "CR3-store exiting", CONTROL_PRIMARY, 16, 0)                            \
	CONTROL(cr8_load, "CR8-load exiting", CONTROL_PRIMARY, 19, 0)                              \
	CONTROL(cr8_store, "CR8-store exiting", CONTROL_PRIMARY, 20, 0)                            \
	CONTROL(mov_dr, "MOV-DR exiting", CONTROL_PRIMARY, 23, 0)                                  \
	CONTROL(hlt, "HLT exiting", CONTROL_PRIMARY, 7, 0)                                         \
	CONTROL(invlpg, "INVLPG exiting", CONTROL_PRIMARY, 9, 0)                                   \
	CONTROL(mwait, "MWAIT exiting", CONTROL_PRIMARY, 10, 0)                                    \
	CONTROL(rdpmc, "RDPMC exiting", CONTROL_PRIMARY, 11, 0)                                    \
	CONTROL(rdtsc, "RDTSC exiting", CONTROL_PRIMARY, 12, 0)                                    \
	CONTROL(io_bitmaps, "use I/O bitmaps", CONTROL_PRIMARY, 25, 0)                             \
	CONTROL(msr_bitmaps, "use MSR bitmaps", CONTROL_PRIMARY, 28, 1)                            \
	CONTROL(monitor, "MONITOR exiting", CONTROL_PRIMARY, 29, 0)                                \
	CONTROL(pause, "PAUSE exiting", CONTROL_PRIMARY, 30, 0)                                    \
	CONTROL(wbinvd, "WBINVD exiting", CONTROL_SECONDARY, 6, 0)                                 \
	CONTROL(rdrand, "RDRAND exiting", CONTROL_SECONDARY, 11, 0)                                \
	CONTROL(rdseed, "RDSEED exiting", CONTROL_SECONDARY, 16, 0)

#define OBSERVATORY_STATES(STATE)                                                                  \
	STATE(cpl, "CPL")                                                                          \
	STATE(if, "RFLAGS.IF")                                                                     \
	STATE(iopl, "RFLAGS.IOPL")                                                                 \
	STATE(ac, "RFLAGS.AC")                                                                     \
	STATE(cr0, "CR0")                                                                          \
	STATE(cr2, "CR2")                                                                          \
	STATE(cr3, "CR3")                                                                          \
	STATE(cr4, "CR4")                                                                          \
	STATE(cr8, "CR8")                                                                          \
	STATE(xcr0, "XCR0")                                                                        \
	STATE(dr, "DR0 to DR3")                                                                    \
	STATE(dr7, "DR7")                                                                          \
	STATE(gdtr, "GDTR")                                                                        \
	STATE(idtr, "IDTR")                                                                        \
	STATE(ldtr, "LDTR")                                                                        \
	STATE(tr, "TR")                                                                            \
	STATE(efer, "IA32_EFER")                                                                   \
	STATE(kernel_gs_base, "IA32_KERNEL_GS_BASE")                                               \
	STATE(port, "a device register")

#define OBSERVATORY(ROW)                                                                           \
	OBSERVATORY_STORES(ROW)                                                                    \
	OBSERVATORY_TRANSFERS(ROW)                                                                 \
	OBSERVATORY_SYSTEM(ROW)

/*
 * How the probe numbers cells, places being those of tools/observatory.h; and the leaves of the CPUIDs
 * that stand, with that number as subleaf, before and behind each stub of a guest.
 */
#define OBSERVED_WORLDS 2u
#define OBSERVED_CELL(row, place, umip, control, world)                                            \
	((((((row)*4u + (place)) * 2u + (umip)) * 2u + (control)) * OBSERVED_WORLDS) + (world))
#define OBSERVED_BEGIN 0x4fbe0000u
#define OBSERVED_END   0x4fed0000u

/* Selectors that stubs name, in the probe's GDT: call gates into ring 0, a TSS that is not busy. */
#define OBSERVED_GATE_DPL3 "0x88"
#define OBSERVED_GATE_DPL0 "0x98"
#define OBSERVED_TSS_FREE  "0xa8"

#define CONTROL(token, name, word, bit, inverted) OBSERVED_CONTROL_##token,
enum observed_control { OBSERVATORY_CONTROLS(CONTROL) OBSERVED_CONTROLS };
#undef CONTROL

#define STATE(token, name) CHANGED_##token,
enum control_state { OBSERVATORY_STATES(STATE) CONTROL_STATES };
#undef STATE

#define ROW(token, mnemonic, form, list, mode, control, result, code) OBSERVED_##token,
enum observed_row { OBSERVATORY(ROW) OBSERVATORY_ROWS };
#undef ROW

#endif
