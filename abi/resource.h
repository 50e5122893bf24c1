/*
 * The deeds by which the probe (guest/probe/resource.c) tries to take the machine, for `ringscope lab run
 * popek-goldberg`. Each stands between two hypercalls that do nothing, whose first argument is
 * RESOURCE_MARK | deed << 4 | phase; so the trace tells which exits are its own.
 *
 * DEED(token, "name")
 */
#ifndef ABI_RESOURCE_H
#define ABI_RESOURCE_H

#define DEEDS(DEED)                                                                                \
	DEED(halt, "halt")           /* CLI, then HLT */                                           \
	DEED(spin, "spin")           /* CLI, then a loop without end */                            \
	DEED(timer, "timer")         /* stops channel 0 of the 8254 */                             \
	DEED(mask, "mask")           /* masks all lines of the 8259s */                            \
	DEED(reset, "reset")         /* port 0xcf9 */                                              \
	DEED(keyboard, "keyboard")   /* the keyboard controller's reset line */                    \
	DEED(dma, "dma")             /* makes the disk controller bus master */                    \
	DEED(memory, "memory")       /* touches memory beyond its own */                           \
	DEED(hypercall, "hypercall") /* numbers and addresses that make no sense */                \
	DEED(msr, "msr")             /* IA32_FEATURE_CONTROL and IA32_APIC_BASE */

#define DEED(token, name) DEED_##token,
enum deed { DEEDS(DEED) DEED_COUNT };
#undef DEED

#define RESOURCE_MARK 0x7a4e0000u

/*
 * Phases: the deed begins, it is done. Those of timer and mask, which stop the ticks of ring -1's own
 * timer, let the same time pass before and behind what they do, WAITED in between.
 */
enum deed_phase { DEED_BEGIN, DEED_WAITED, DEED_DONE, DEED_END };

#define RESOURCE_MARK_OF(deed, phase) (RESOURCE_MARK | (deed) << 4 | (phase))

/* What is taken off for it: the word off= of the probe. */
#define OFFS(OFF)                                                                                  \
	OFF(nothing, "nothing")                                                                    \
	OFF(hlt, "hlt")       /* HLT exiting */                                                    \
	OFF(timer, "timer")   /* the VMX-preemption timer */                                       \
	OFF(bounds, "bounds") /* that and external-interrupt exiting; of halt: HLT exiting too */  \
	OFF(bitmaps, "bitmaps") /* I/O bitmaps, unconditional I/O exiting; of msr: MSR bitmaps */  \
	OFF(ept, "ept")         /* EPT */

#define OFF(token, name) OFF_##token,
enum deed_off { OFFS(OFF) OFF_COUNT };
#undef OFF

#endif
