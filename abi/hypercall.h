/*
 * Hypercalls: VMCALL from guest ring 0 with the number in RAX and arguments in RDI, RSI, RDX; the
 * result comes back in RAX, a negated Linux errno on failure; no other register changes. From ring
 * 3, and on a processor without Ringscope beneath, VMCALL raises #UD. A guest knows that Ringscope
 * is there by CPUID leaf 0x40000000, whose EBX, ECX, EDX spell RINGSCOPE_SIGNATURE.
 */
#ifndef ABI_HYPERCALL_H
#define ABI_HYPERCALL_H

#include "abi/types.h"

#define RINGSCOPE_SIGNATURE   "RingscopeHV"
#define CPUID_HYPERVISOR_LEAF 0x40000000u
#define CPUID_TSC_LEAF        0x40000010u /* EAX: TSC frequency in kHz */

#define HYPERCALLS(CALL)                                                                           \
	CALL(0, nop, "Does nothing: what a hypercall costs.")                                      \
	CALL(1, trace_ring,                                                                        \
	     "RDI stream, RSI guest-physical address of a struct trace_ring: drain it.")           \
	CALL(2, trace_flush, "RDI stream: take all records of that ring and empty it.")            \
	CALL(3, end, "RDI exit status, RSI enum guest_end (exit or panic): ends the guest.")       \
	CALL(4, nmi, "Sends this processor an NMI, as its local APIC would.")                      \
	CALL(5, protect,                                                                           \
	     "RDI guest-physical, RSI bytes, RDX rights in view 0 (1 read, 2 write, 4 execute): "  \
	     "what then lacks one ends the guest; with PROTECT_REFUSE among them, from then on, "  \
	     "raises #GP(0) at the instruction instead, and those pages' rights come back "        \
	     "neither "                                                                            \
	     "by protect nor by release or view: -EPERM.")                                         \
	CALL(6, release,                                                                           \
	     "RDI guest-physical, RSI bytes: given back; a touch brings zeros, with all rights.")  \
	CALL(7, dirty_log,                                                                         \
	     "RDI DIRTY_LOG_START, _STOP, or _COLLECT: RSI guest-physical address, RDX bytes of "  \
	     "a bitmap of the pages of RAM; those written since the last time, by page walks "     \
	     "and ring -1 too. Answers how many.")                                                 \
	CALL(8, view,                                                                              \
	     "RDI 0 or 1: on with RAM as protected, or all of it with all rights; 2: let VMFUNC "  \
	     "leaf 0 do that too, where there is one, and in every ring.")                         \
	CALL(9, control,                                                                           \
	     "Only with ring -1's word lab. RDI enum control_word, RSI bits to turn on, RDX bits " \
	     "to turn off. An exit that only a bit of RSI asked for is recorded, turns that bit "  \
	     "off again, and the instruction runs.")                                               \
	CALL(10, integrity,                                                                        \
	     "RDI guest-physical, RSI bytes: the guest kernel's text. From now on nothing writes " \
	     "it and ring 0 executes nothing else; what tries raises #GP(0). Given once, never "   \
	     "taken back; answers -EPERM from then on, as do view, and what would change the "     \
	     "text's rights.")                                                                     \
	CALL(11, peek,                                                                             \
	     "Only with ring -1's word lab. RDI guest-physical: the u64 there, or -EFAULT; "       \
	     "without validation (word lab=novalidate) whatever lies there, ring -1's or not.")    \
	CALL(12, student,                                                                          \
	     "Only in a ring -1 linked with a student's answer to lab 5: RDI guest-physical, RSI " \
	     "bytes, at most a page: their sum.")

/* With the rights of protect. */
#define PROTECT_REFUSE 8u

/* RDI of control: a word of the VMCS's controls, or the bits of CR0 or CR4 that ring -1 masks. */
enum control_word { CONTROL_PIN, CONTROL_PRIMARY, CONTROL_SECONDARY, CONTROL_CR0, CONTROL_CR4 };

/* RDI of dirty_log. */
enum dirty_log { DIRTY_LOG_STOP, DIRTY_LOG_START, DIRTY_LOG_COLLECT };

#define CALL(number, name, text) HYPERCALL_##name = (number),
enum hypercall { HYPERCALLS(CALL) };
#undef CALL

/* Ring -1's word secret=HEX: a u64 so far behind these words, which begin a page. For peek to find. */
#define PEEK_SECRET_WORDS "ringscope's secret is next: "
#define PEEK_SECRET_AT    32u

#endif
