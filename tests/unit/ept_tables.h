/*
 * Frames for extended page tables on the host, and what the tests of ept/ share: a pool, MTRRs that
 * say write-back everywhere, and rules by which a guest's memory lies at GUEST_HOST.
 */
#ifndef TESTS_EPT_TABLES_H
#define TESTS_EPT_TABLES_H

#include "tests/unit/unit.h"
#include "ept/ept.h"

#define FRAMES     2048u
#define FIRST      0x10000000ull /* host-physical address of the first frame */
#define GUEST_HOST 0x40000000ull /* where the guest's memory lies */
#define KIB4       0x1000ull
#define MIB2       0x200000ull
#define GIB1       0x40000000ull
#define RAM        MEMORY_WRITE_BACK

static u64 frames[FRAMES][512];
static struct ept_pool pool;
static struct mtrrs mtrrs;
static u64 guest_bytes;

static u64 *fake_frame(u64 physical)
{
	if (physical % KIB4 || physical < FIRST || physical >= FIRST + FRAMES * KIB4)
		fail_msg("no table's frame: %lx", (unsigned long)physical);
	return frames[(physical - FIRST) / KIB4];
}

static bool in_guest_memory(u64 host, u64 bytes, const void *context)
{
	(void)context;
	return host >= GUEST_HOST && host + bytes <= GUEST_HOST + guest_bytes;
}

static bool in_frames(u64 frame, const void *context)
{
	(void)context;
	return frame >= FIRST && frame < FIRST + FRAMES * KIB4;
}

/* A hierarchy without a root. */
static inline struct ept fake_ept(void)
{
	return (struct ept){.frame = fake_frame,
	                    .pool = &pool,
	                    .mtrrs = &mtrrs,
	                    .largest = 3,
	                    .accessed_dirty = true,
	                    .write_back = true,
	                    .physical_bits = 40};
}

/* All frames zeroed, so many of them in the pool, the first on top. */
static inline void fake_pool(u32 count)
{
	struct ept any = fake_ept();

	memset(frames, 0, sizeof(frames));
	pool = (struct ept_pool){0};
	mtrrs = (struct mtrrs){.default_type = BIT(11) | RAM};
	for (u32 i = count; i-- > 0;)
		ept_give(&any, FIRST + i * KIB4);
}

static inline struct ept_fault fake_check(const struct ept *ept, u64 bytes)
{
	const struct ept_rules rules = {in_guest_memory, in_frames, NULL, .write_execute = true};

	guest_bytes = bytes;
	return ept_check(ept, &rules);
}

#endif
