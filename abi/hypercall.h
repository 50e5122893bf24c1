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
	     "RDI guest-physical, RSI bytes, RDX rights (1 read, 2 write, 4 execute).")            \
	CALL(6, release, "RDI guest-physical, RSI bytes: given back; a touch brings zeros.")       \
	CALL(7, dirty_log,                                                                         \
	     "RDI 1 start, 0 stop, 2 collect: RSI guest-physical of a bitmap, RDX its bytes.")     \
	CALL(8, view, "RDI 0 or 1: which of two EPT hierarchies; as VMFUNC leaf 0 does.")

#define CALL(number, name, text) HYPERCALL_##name = (number),
enum hypercall { HYPERCALLS(CALL) };
#undef CALL

#endif
