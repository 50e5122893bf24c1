/*
 * Would the processor accept this VM entry? Pure: from a snapshot of the VMCS and the capability
 * MSRs to every violation of the SDM's chapter "VM Entries", each with what the manual demands and
 * under which section's title. The same source runs in ring -1, in `ringscope explain` and under
 * the host's tests. A field that the processor lacks is never looked at.
 */
#ifndef VMX_CHECK_H
#define VMX_CHECK_H

#include "vmx/features.h"
#include "vmx/fields.h"

/*
 * Which checks, in the order in which the processor makes them, and how it says no: VM-instruction
 * error 7 or 8, exit reason 33 or 34.
 */
enum check_class { CHECK_NONE, CHECK_CONTROL, CHECK_HOST, CHECK_GUEST, CHECK_MSR_LOAD };

/* One thing that the manual demands: the checker's vocabulary (the table is in vmx/check_rules.h) */
struct check_rule {
	const char *token;    /* its name, for programs */
	u8 class;             /* enum check_class */
	const char *title;    /* of the section in the manual */
	u16 place;            /* enum vmcs_place: the field that is wrong when it is broken */
	const char *required; /* what must hold, as a clause: "bit 13 (VMXE) must be 1" */
	const char *advice;   /* one line: what to do about it */
};

struct check_finding {
	const struct check_rule *rule;
	u16 place; /* enum vmcs_place: of a rule that is made for several fields, which */
	u32 entry; /* of the VM-entry MSR-load list, from 1; 0: not of the list */
	u64 value; /* the field's; of the list, the entry's first 8 bytes: the MSR in bits 31:0 */
};

struct check_input {
	const struct vmcs_snapshot *vmcs;
	const struct vmx_capabilities *caps;
	/*
	 * Copies `bytes` at a host-physical address; false if there is nothing. NULL: what lies in
	 * memory (MSR-load lists, the VMCS that the link pointer names, PDPTEs without EPT, the
	 * virtual-APIC page) is not checked.
	 */
	bool (*read)(u64 physical, void *to, u64 bytes);
};

/*
 * Makes all checks. Writes the first `room` findings, in the processor's order of classes, and
 * returns how many there are in all: 0 if the processor must accept the entry.
 */
u32 vmx_check_entry(const struct check_input *input, struct check_finding *findings, u32 room);

/* All rules, for documents and tests. */
const struct check_rule *vmx_check_rules(u32 *count);

/* How the processor reports a class: "VM-instruction error 7" ... "exit reason 34". */
const char *check_class_text(enum check_class class);

#endif
