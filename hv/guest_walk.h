/*
 * Guest-linear memory as the guest's own page tables map it: for what ring -1 must read or write on
 * a guest's behalf. The tables are the guest's, so nothing in them is believed: every step is
 * bounds-checked and each entry read once.
 */
#ifndef HV_GUEST_WALK_H
#define HV_GUEST_WALK_H

#include "hv/vm.h"

/* What the guest's paging looks like: its registers as it set them. */
struct guest_paging {
	u64 cr0, cr3, cr4, efer, rflags;
	u32 cpl;
};

struct guest_paging guest_paging(void);

/* The last two only look: accessed flags stay as they are. */
enum guest_access { GUEST_READ, GUEST_WRITE, GUEST_PEEK, GUEST_FETCH };

struct guest_translation {
	bool ok;
	u64 physical;
	u32 error; /* page-fault error code, if not ok */
};

/* "4-Level Paging", "PAE Paging", "32-Bit Paging" and "Access Rights". */
struct guest_translation guest_translate(const struct vm *vm, const struct guest_paging *paging,
                                         u64 linear, enum guest_access access);

#endif
