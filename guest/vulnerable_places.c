/* Where things are: what /dev/vulnerable tells everybody. */
#include "guest/memory.h"
#include "guest/paging.h"
#include "guest/process.h"
#include "guest/secret.h"
#include "guest/syscall.h"
#include "guest/tables.h"
#include "guest/vulnerable_parts.h"

extern u64 __stack_chk_guard;

static u64 place_of_user(u64 address)
{
	const u64 *entry = user_range(address, 1)
	                           ? paging_entry(current_process()->space->root, address, false)
	                           : NULL;

	if (!entry || !(pte_read(entry) & PTE_PRESENT))
		return 0;
	return (u64)direct(pte_read(entry) & PTE_FRAME) + address % PAGE_BYTES;
}

static u64 physical_of(u64 address)
{
	const u64 *entry = paging_entry(paging_kernel_root(), address, false);

	return entry ? (pte_read(entry) & PTE_FRAME) + address % PAGE_BYTES : 0;
}

u64 vulnerable_where(u64 place, u64 of)
{
	const u64 places[] = {
		[PLACE_SECRET] = (u64)secret_page,
		[PLACE_TOKEN] = (u64)&vulnerable_token,
		[PLACE_NOTE] = (u64)&vulnerable_note,
		[PLACE_BUFFER] = (u64)&vulnerable_buffer,
		[PLACE_CONSTANT] = (u64)&vulnerable_constant,
		[PLACE_MEMORY] = (u64)&vulnerable_memory.password,
		[PLACE_CHECK] = (u64)vulnerable_check,
		[PLACE_LEAF] = (u64)vulnerable_leaf,
		[PLACE_KEY] = (u64)keyed_start,
		[PLACE_REVEAL] = (u64)vulnerable_reveal,
		[PLACE_GATE] = (u64)vulnerable_gate,
		[PLACE_INT] = (u64)vulnerable_int,
		[PLACE_WRITE_CR0] = (u64)vulnerable_write_cr0,
		[PLACE_WRITE_CR4] = (u64)vulnerable_write_cr4,
		[PLACE_CANARY] = (u64)&__stack_chk_guard,
		[PLACE_LANDING] = (u64)vulnerable_landing,
		[PLACE_CALLS] = (u64)syscall_handlers,
		[PLACE_IDT] = (u64)tables_idt(),
	};
	u64 moved = KERNEL_BASE - KERNEL_LINKED;

	if (place >= PLACE_LINKED && place - PLACE_LINKED < ARRAY_SIZE(places))
		return places[place - PLACE_LINKED] - moved;
	switch (place) {
	case PLACE_ENTRY:
		return of < USER_END ? 0 : (u64)paging_entry(paging_kernel_root(), of, false);
	case PLACE_DIRECT:
		return place_of_user(of);
	case PLACE_DIRECT + PLACE_LINKED:
		of = place_of_user(of);
		return of ? of - DIRECT_BASE + DIRECT_LINKED : 0;
	case PLACE_PHYSICAL:
		return of < USER_END ? 0 : physical_of(of);
	case PLACE_CR0:
		return read_cr0();
	case PLACE_CR4:
		return read_cr4();
	default:
		return place < ARRAY_SIZE(places) ? places[place] : 0;
	}
}
