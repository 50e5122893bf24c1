/*
 * The processor that is asked: VMX operation, one VMCS, one VMLAUNCH at a time, and what came of it.
 * No guest instruction ever runs. Each VM-entry MSR-load list has a tripwire: an entry that the
 * processor must refuse (IA32_FS_BASE). MSRs are loaded last of all, so an entry that fails there,
 * and nowhere before, has passed every check; and any state may be accepted without harm, also one
 * that would sleep for ever.
 */
#ifndef TESTS_ORACLE_MACHINE_H
#define TESTS_ORACLE_MACHINE_H

#include "vmx/check.h"

#define MSR_LIST_ENTRIES 256u /* a page of them */

/* "Loading MSRs": an entry of an MSR-load list. */
struct msr_entry {
	u32 index, reserved;
	u64 value;
};

/* What a VMCS of this oracle may point to, all below 4 GiB. */
struct machine {
	struct vmx_capabilities caps;
	bool exists[VMCS_FIELD_COUNT]; /* the field, here */
	bool writable[VMCS_FIELD_COUNT];
	u64 vmcs;         /* the one and only */
	u64 zeros;        /* a page: bitmaps, tables without entries */
	u64 virtual_apic; /* a page of zeros but for VTPR */
	u64 page_tables;  /* a page of PDPTs, each second one with a reserved bit set */
	u64 other_vmcs;   /* a page with this processor's revision identifier */
	u64 harmless;     /* two pages of MSR entries that load nothing of weight */
	/*
	 * A page of tripwires, some entries in front free to use. No list is read to its end, so
	 * for the checker there is nothing behind it.
	 */
	u64 tripwires;
	struct vmcs_snapshot host; /* the host-state fields as the oracle needs them */
};
extern struct machine machine;

/* Enters VMX operation. Returns NULL, or why this processor cannot be asked. */
const char *machine_init(const void *multiboot);

/* VM-entry MSR-load entries in front of the tripwires. */
#define FREE_ENTRIES 4u
struct msr_entry *machine_entries(void);
bool machine_is_tripwire(u64 physical);

/* For the checker: memory, tripwires looking like entries that can be loaded. */
bool machine_read(u64 physical, void *to, u64 bytes);

/* Writes all fields that can be written; then reads all back. */
void machine_load(const struct vmcs_snapshot *vmcs);
void machine_snapshot(struct vmcs_snapshot *vmcs);

struct verdict {
	u8 class;     /* enum check_class: CHECK_NONE if the entry passed all checks */
	u32 number;   /* the VM-instruction error, or the exit reason */
	u64 detail;   /* exit qualification */
	bool strange; /* neither of the outcomes that the manual names */
};

struct verdict machine_launch(void);

#endif
