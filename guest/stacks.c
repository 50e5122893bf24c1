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

static u64 top_of(u64 slot)
{
	return STACKS_BASE + (slot + 1) * SLOT_BYTES;
}

static u64 slot_of(u64 top)
{
	return (top - STACKS_BASE) / SLOT_BYTES - 1;
}

static bool is_used(u64 slot)
{
	return stacks.used[slot / 64] & BIT(slot % 64);
}

static void set_unused(u64 slot)
{
	stacks.used[slot / 64] &= ~BIT(slot % 64);
}

/* As much of it as there is. */
static void unmap_stack(u64 top)
{
	for (u64 at = top - KERNEL_STACK_BYTES; at < top; at += PAGE_BYTES) {
		u64 *entry = paging_entry(paging_kernel_root(), at, false);
		if (!entry || !pte_read(entry))
			continue;
		frame_free(pte_read(entry) & PTE_FRAME);
		pte_write(entry, 0);
		tlb_drop(at);
	}
}

static bool map_stack(u64 top)
{
	for (u64 at = top - KERNEL_STACK_BYTES; at < top; at += PAGE_BYTES) {
		u64 frame = frame_alloc_dirty();
		if (frame && paging_map(paging_kernel_root(), at, frame, KERNEL_WRITE))
			continue;
		if (frame)
			frame_free(frame);
		unmap_stack(top);
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
		if (is_used(slot))
			continue;
		if (!stacks.sealed && !map_stack(top_of(slot)))
			return 0;
		stacks.used[slot / 64] |= BIT(slot % 64);
		return top_of(slot);
	}
	return 0;
}

void kernel_stack_free(u64 top)
{
	if (!stacks.sealed && !stacks.spare) {
		stacks.spare = top;
		return;
	}
	if (!stacks.sealed)
		unmap_stack(top);
	set_unused(slot_of(top));
}

bool kernel_stacks_seal(u32 count)
{
	for (u32 slot = 0; slot < count; slot++) {
		if (is_used(slot) || map_stack(top_of(slot)))
			continue;
		while (slot--)
			if (!is_used(slot))
				unmap_stack(top_of(slot));
		return false;
	}
	stacks.sealed = count;
	return true;
}

bool kernel_stack_slot(u64 address, u64 *start, u64 *end)
{
	u64 slot = (address - STACKS_BASE) / SLOT_BYTES;

	*end = top_of(slot);
	*start = *end - KERNEL_STACK_BYTES;
	return address >= STACKS_BASE && slot < STACK_SLOTS;
}
