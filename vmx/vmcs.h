/*
 * Setting up a VMCS: the host's state as it is, a guest's state as a boot loader would leave a
 * machine. Promise: every field that exists is written, none that does not.
 */
#ifndef VMX_VMCS_H
#define VMX_VMCS_H

#include "vmx/features.h"
#include "vmx/instructions.h"
#include "vmx/fields.h"

/* Segment attributes in the VMCS's format ("Format of Access Rights"). */
#define ACCESS_CODE32   0xc09bu /* 4 GiB, execute/read, accessed, DPL 0 */
#define ACCESS_CODE64   0xa09bu
#define ACCESS_DATA     0xc093u /* 4 GiB, read/write, accessed, DPL 0 */
#define ACCESS_TSS      0x008bu /* busy TSS */
#define ACCESS_UNUSABLE BIT(16)

/* Interruptibility state and activity state ("Guest Non-Register State"). */
#define BLOCKING_BY_STI    BIT(0)
#define BLOCKING_BY_MOV_SS BIT(1)
#define BLOCKING_BY_NMI    BIT(3)
#define PENDING_DEBUG_BS   BIT(14)
/* Pending debug exceptions: a breakpoint that was met is enabled in DR7. */
#define PENDING_DEBUG_ENABLED BIT(12)

/* What differs from processor to processor in the host's state. */
struct vmcs_host {
	u64 stack; /* RSP at an exit */
	u64 entry; /* RIP at an exit */
	u64 tr_base, gdtr_base, idtr_base;
	u16 code_selector, data_selector, tss_selector;
};

/* How the guest starts. */
struct vmcs_guest_start {
	bool long_mode; /* 64-bit mode with paging, else 32-bit protected mode without */
	u64 rip;
	u64 cr3; /* long mode: physical address of the top page table */
};

/* What the controls point to. */
struct vmcs_structures {
	u64 io_bitmap_a, io_bitmap_b, msr_bitmap; /* physical addresses */
	u64 ept_pointer;
	u16 vpid;
	u32 exception_bitmap;
	u64 cr0_mask, cr4_mask; /* bits that ring -1 owns */
	u64 preemption_timer;   /* ticks of that timer a guest may run without an exit */
};

/*
 * Finds out which fields of the table are there, hidden features' left out. Returns NULL, or the
 * name of the first field that is not although a feature that Ringscope uses needs it.
 */
const char *vmcs_probe_fields(const struct vmx_controls *controls, bool present[VMCS_FIELD_COUNT]);

/* Reads every field that is there. */
void vmcs_take_snapshot(const bool present[VMCS_FIELD_COUNT], struct vmcs_snapshot *snapshot);

/* The first of the three: fields that none of them sets are 0 from here on. */
void vmcs_set_controls(const struct vmx_controls *controls, const bool present[VMCS_FIELD_COUNT],
                       const struct vmcs_structures *to);
void vmcs_set_host(const struct vmx_controls *controls, const struct vmcs_host *host);
void vmcs_set_guest(const struct vmx_capabilities *caps, const struct vmx_controls *controls,
                    const struct vmcs_guest_start *start);

/* Turns a secondary control on or off. */
static inline void vmcs_switch(enum vmx_feature feature, bool on)
{
	u64 bit = BIT(vmx_features[feature].bit), controls = vmcs_read(VMCS_secondary_controls);

	vmcs_write(VMCS_secondary_controls, on ? controls | bit : controls & ~bit);
}

#endif
