#include "ept/mtrr.h"

#define IA32_MTRRCAP           0xfeu
#define IA32_MTRR_PHYSBASE0    0x200u
#define IA32_MTRR_PHYSMASK0    0x201u
#define IA32_MTRR_FIX64K_00000 0x250u
#define IA32_MTRR_FIX16K_80000 0x258u
#define IA32_MTRR_FIX4K_C0000  0x268u
#define IA32_MTRR_DEF_TYPE     0x2ffu

#define CAPABILITY_FIXED BIT(8)
#define CAPABILITY_COUNT 0xffu
#define DEFAULT_FIXED    BIT(10)
#define DEFAULT_ENABLED  BIT(11)
#define MASK_VALID       BIT(11)
#define FRAME_BITS       0x000ffffffffff000ull
#define TYPE_BITS        0xffu
#define FIXED_END        0x100000ull
#define PAGE             0x1000ull
#define NO_TYPE          0x100u

void mtrr_read(struct mtrrs *mtrrs, u64 (*read_msr)(u32 msr))
{
	u64 capability = read_msr(IA32_MTRRCAP);

	*mtrrs = (struct mtrrs){.default_type = read_msr(IA32_MTRR_DEF_TYPE)};
	if (!(capability & CAPABILITY_FIXED))
		mtrrs->default_type &= ~DEFAULT_FIXED;
	for (u32 i = 0; i < MTRR_FIXED && (capability & CAPABILITY_FIXED); i++)
		mtrrs->fixed[i] = read_msr(i == 0  ? IA32_MTRR_FIX64K_00000
		                           : i < 3 ? IA32_MTRR_FIX16K_80000 + i - 1
		                                   : IA32_MTRR_FIX4K_C0000 + i - 3);
	for (u32 i = 0; i < (capability & CAPABILITY_COUNT); i++) {
		u64 mask = read_msr(IA32_MTRR_PHYSMASK0 + 2 * i);
		if (!(mask & MASK_VALID) || mtrrs->variables == MTRR_VARIABLES)
			continue;
		mtrrs->variable[mtrrs->variables].mask = mask & FRAME_BITS;
		mtrrs->variable[mtrrs->variables++].base = read_msr(IA32_MTRR_PHYSBASE0 + 2 * i);
	}
}

/* "Fixed Range MTRRs": eight types in each, a byte for each part. */
static u32 fixed_type(const struct mtrrs *mtrrs, u64 address)
{
	u32 part;

	if (address < 0x80000)
		part = (u32)(address / 0x10000);
	else if (address < 0xc0000)
		part = 8 + (u32)((address - 0x80000) / 0x4000);
	else
		part = 24 + (u32)((address - 0xc0000) / PAGE);
	return mtrrs->fixed[part / 8] >> part % 8 * 8 & TYPE_BITS;
}

/* "MTRR Precedences": uncacheable wins, write-through over write-back; all else is undefined. */
static u32 combined(u32 one, u32 other)
{
	if (one == other || other == NO_TYPE)
		return one;
	if (one == NO_TYPE)
		return other;
	bool writes = (one == MEMORY_WRITE_THROUGH && other == MEMORY_WRITE_BACK) ||
	              (one == MEMORY_WRITE_BACK && other == MEMORY_WRITE_THROUGH);
	return writes ? MEMORY_WRITE_THROUGH : MEMORY_UNCACHEABLE;
}

/*
 * A variable range holds the addresses that agree with its base in all bits of its mask, which need
 * not be one piece. Of an aligned page of 2^n bytes it holds all or nothing if no bit of the mask
 * below n is set; nothing if a bit from n on disagrees; else a part.
 */
bool mtrr_type(const struct mtrrs *mtrrs, u64 address, u64 bytes, u32 *type)
{
	u32 found = NO_TYPE;

	*type = MEMORY_UNCACHEABLE;
	if (!(mtrrs->default_type & DEFAULT_ENABLED))
		return true;
	if (address < FIXED_END && (mtrrs->default_type & DEFAULT_FIXED)) {
		*type = fixed_type(mtrrs, address);
		return bytes <= PAGE;
	}
	for (u32 i = 0; i < mtrrs->variables; i++) {
		u64 base = mtrrs->variable[i].base, mask = mtrrs->variable[i].mask;
		if ((address ^ base) & mask & ~(bytes - 1))
			continue;
		if (mask & (bytes - 1))
			return false;
		found = combined(found, base & TYPE_BITS);
	}
	*type = found == NO_TYPE ? mtrrs->default_type & TYPE_BITS : found;
	return true;
}
