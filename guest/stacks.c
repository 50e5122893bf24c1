#include "guest/stacks.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/paging.h"

#define STACK_SLOTS (PAGE_BYTES / sizeof(u64))
#define SLOT_BYTES  (KERNEL_STACK_BYTES + PAGE_BYTES)

static struct {
	u64 used[STACK_SLOTS / 64];
	u64 spare;  /* one that is free but still mapped, or 0 */
	u32 sealed; /* that many are mapped for good, others never */
} stacks;

static void unmap_stack(u64 top)
{
	u64 slot = (top - STACKS_BASE) / SLOT_BYTES - 1;

	for (u64 at = top - KERNEL_STACK_BYTES; at < top; at += PAGE_BYTES) {
		u64 *entry = paging_entry(paging_kernel_root(), at, false);
		if (!entry || !pte_read(entry))
			continue;
		frame_free(pte_read(entry) & PTE_FRAME);
		pte_write(entry, 0);
		tlb_drop(at);
	}
	stacks.used[slot / 64] &= ~BIT(slot % 64);
}

static bool map_stack(u64 top)
{
	for (u64 at = top - KERNEL_STACK_BYTES; at < top; at += PAGE_BYTES) {
		u64 *entry = paging_entry(paging_kernel_root(), at, false);
		if (entry && pte_read(entry))
			continue;
		u64 frame = frame_alloc_dirty();
		if (frame && paging_map(paging_kernel_root(), at, frame, KERNEL_WRITE))
			continue;
		if (frame)
			frame_free(frame);
		return false;
	}
	return true;
}

u64 kernel_stack_alloc(void)
{
	u64 spare = stacks.spare;
	u32 slots = stacks.sealed ? stacks.sealed : STACK_SLOTS;

	stacks.spare = 0;
	if (spare)
		return spare;
	for (u32 slot = 0; slot < slots; slot++) {
		u64 top = STACKS_BASE + (slot + 1) * SLOT_BYTES;
		if (stacks.used[slot / 64] & BIT(slot % 64))
			continue;
		stacks.used[slot / 64] |= BIT(slot % 64);
		if (stacks.sealed || map_stack(top))
			return top;
		unmap_stack(top);
		return 0;
	}
	return 0;
}

void kernel_stack_free(u64 top)
{
	u64 slot = (top - STACKS_BASE) / SLOT_BYTES - 1;

	if (stacks.sealed)
		stacks.used[slot / 64] &= ~BIT(slot % 64);
	else if (stacks.spare)
		unmap_stack(top);
	else
		stacks.spare = top;
}

bool kernel_stacks_seal(u32 count)
{
	for (u32 slot = 0; slot < count; slot++)
		if (!map_stack(STACKS_BASE + (slot + 1) * SLOT_BYTES))
			return false;
	stacks.sealed = count;
	return true;
}

bool kernel_stack_slot(u64 address, u64 *start, u64 *end)
{
	u64 slot = (address - STACKS_BASE) / SLOT_BYTES;

	*end = STACKS_BASE + (slot + 1) * SLOT_BYTES;
	*start = *end - KERNEL_STACK_BYTES;
	return address >= STACKS_BASE && slot < STACK_SLOTS;
}
