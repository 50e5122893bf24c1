/*
 * The guest as ring -1 holds it: its memory, its virtual PC, its processors, and where its trace
 * goes. Everything that a second processor could break hangs off these two structures.
 */
#ifndef HV_VM_H
#define HV_VM_H

#include "ept/ept.h"
#include "hv/cmos.h"
#include "hv/integrity.h"
#include "hv/lab.h"
#include "hv/pic.h"
#include "hv/pit.h"
#include "hv/serial.h"
#include "hv/witness.h"
#include "lib/trace.h"
#include "vmx/entry.h"
#include "vmx/events.h"
#include "vmx/features.h"
#include "vmx/fields.h"

#define VIEWS 2u /* of the guest's memory: hv/guest_memory.h */

struct vm {
	struct vmx_capabilities capabilities;
	struct vmx_controls controls;
	bool fields[VMCS_FIELD_COUNT]; /* of the VMCS: those that are there */
	union {
		struct ept ept; /* the first view by its short name */
		struct ept views[VIEWS];
	};
	struct ept_pool tables;
	struct mtrrs mtrrs;
	u64 memory_host;               /* host-physical address of the guest's RAM, one piece */
	u64 memory_bytes;              /* guest-physical RAM is [0, memory_bytes) */
	u64 tables_host, tables_bytes; /* frames of the pool */
	u64 *log;                      /* bitmap of the pages written since the last time */
	u64 *pml, *eptp_list;          /* a page each, for the processor */
	bool logging, uses_pml;
	bool refuses;         /* what the guest forbids itself is a #GP(0), not its end */
	u64 text, text_bytes; /* what the guest has stated as its kernel's: see hv/integrity.h */
	bool special;         /* some page may not be mapped, or not with all rights */
	bool stale[VIEWS];    /* the processor may have cached what is no more */
	u64 tsc_hz;
	u64 watchdog_ms;
	bool long_mode_start;
	struct pic pic;
	struct pit pit;
	struct serial com1, com2;
	struct cmos cmos;
	struct lab lab;
	struct open_call calls[OPEN_CALLS];
	u64 next_flush; /* TSC at which the rings are drained even if not full */
};

struct vcpu {
	struct vmx_context context; /* first: entry.asm finds it there */
	struct vm *vm;
	struct trace_ring *ring; /* ring -1's own */
	u64 ignored_tsc;         /* where entries are stamped that nobody records */
	u64 result;              /* for vm_entry: what the guest was given */
	struct vmx_event event;  /* to be delivered at the next entry */
	u32 reason;              /* of the last exit */
	bool attention;          /* events or interrupts may have to be delivered */
	bool nmi;                /* one is due; there can be no second */
	bool told;               /* of a hypercall that there is not, in the log */
	u64 windows;     /* those of the primary controls' window-exiting bits that are on */
	u64 cr8;         /* the guest's, which masks nothing: there is no local APIC */
	u64 stuck_since; /* TSC of the first of a row of exits without progress, or 0 */
	u64 looping_at;  /* guest RIP at the last exception that was handed on */
	struct witness witness;
	struct integrity integrity;
	u32 own_interrupts; /* ring -1's own that came: bit per IRQ, OWN_NMI, OWN_STRAY */
};

/* The only processor there is so far. */
extern struct vcpu the_vcpu;

/* A virtual device's interrupt: the line of the guest's 8259 pair rises. */
static inline void raise_guest_line(struct vcpu *vcpu, u32 line)
{
	pic_raise(&vcpu->vm->pic, line);
	vcpu->attention = true;
}

/*
 * A guest-physical range as ring -1 sees it, for an access that needs these rights (EPT_READ ...) in
 * the view that the guest is in; NULL if it is not all RAM, or lacks one. With EPT_WRITE it counts
 * as written.
 */
void *guest_memory_for(const struct vm *vm, u64 guest_physical, u64 bytes, u64 rights);

static inline void *guest_memory(const struct vm *vm, u64 guest_physical, u64 bytes)
{
	if (unlikely(vm->special))
		return guest_memory_for(vm, guest_physical, bytes, EPT_READ);
	if (guest_physical > vm->memory_bytes || bytes > vm->memory_bytes - guest_physical)
		return NULL;
	return (void *)(uintptr_t)(vm->memory_host + guest_physical);
}

#endif
