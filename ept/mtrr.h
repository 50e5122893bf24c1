/*
 * Memory types as the machine's firmware set them up in the MTRRs: what EPT entries must say, as
 * with EPT the processor asks the entry and no longer the MTRRs ("Memory Type Used for Translated
 * Guest-Physical Addresses"). Pure over MSR values. Titles cited are of the Intel SDM's chapter on
 * memory cache control.
 */
#ifndef EPT_MTRR_H
#define EPT_MTRR_H

#include "abi/types.h"

#define MEMORY_UNCACHEABLE     0u
#define MEMORY_WRITE_COMBINING 1u
#define MEMORY_WRITE_THROUGH   4u
#define MEMORY_WRITE_PROTECTED 5u
#define MEMORY_WRITE_BACK      6u

#define MTRR_FIXED     11u
#define MTRR_VARIABLES 32u /* more than any processor has */

struct mtrrs {
	u64 default_type; /* IA32_MTRR_DEF_TYPE */
	u64 fixed[MTRR_FIXED];
	struct {
		u64 base, mask; /* those that are valid; of the mask the address bits */
	} variable[MTRR_VARIABLES];
	u32 variables;
};

/* Reads them all through read_msr; to be asked for only where CPUID says that there are some. */
void mtrr_read(struct mtrrs *mtrrs, u64 (*read_msr)(u32 msr));

/*
 * The type of [address, address + bytes), a page of any size, aligned to it: false if it may have
 * more than one.
 */
bool mtrr_type(const struct mtrrs *mtrrs, u64 address, u64 bytes, u32 *type);

#endif
