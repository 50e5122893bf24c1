/* Pages of a space: made when touched, copied when written, read and written from elsewhere. */
#include "guest/clock.h"
#include "guest/frames.h"
#include "guest/node.h"
#include "guest/space_pages.h"
#include "lib/string.h"

/* A frame for a page that none has yet: the file's own, a copy of it, or zeros. */
static enum fault_result first_frame(const struct area *area, u64 address, bool write, u64 *frame)
{
	u64 offset = area->offset + (address - area->start);

	*frame = 0;
	if (!area->node) {
		*frame = frame_alloc();
		return *frame ? FAULT_DONE : FAULT_NO_MEMORY;
	}
	if (offset >= area->node->bytes)
		return FAULT_BEYOND_FILE;
	u64 page = node_page(area->node, offset / PAGE_BYTES);
	if (page && (area->shared || !write)) {
		frame_hold(page);
		*frame = page;
	} else if (page) {
		*frame = frame_alloc_dirty();
		if (*frame)
			page_copy(direct(*frame), direct(page));
	}
	return *frame ? FAULT_DONE : FAULT_NO_MEMORY;
}

/* Makes the page of an area fit to be read, or to be written by nobody but this space. */
static enum fault_result make_page(struct space *space, const struct area *area, u64 address,
                                   bool write, u64 **entry)
{
	u64 *e, frame;

	if (area->kind == AREA_STACK && address < space->stack_low)
		space->stack_low = page_down(address); /* even if only tables come to be there */
	e = *entry = paging_entry(space->root, address, true);
	if (!e)
		return FAULT_NO_MEMORY;
	u64 old = pte_read(e) & PTE_FRAME;
	if (!pte_read(e)) {
		enum fault_result result = first_frame(area, page_down(address), write, &frame);
		if (result == FAULT_DONE)
			paging_fill(e,
			            frame | page_bits(area, area->shared || write || !area->node));
		return result;
	}
	if (!write || area->shared || frame_users(old) == 1) {
		frame = old;
	} else {
		frame = frame_alloc_dirty();
		if (!frame)
			return FAULT_NO_MEMORY;
		page_copy(direct(frame), direct(old));
		frame_free(old);
	}
	pte_write(e, frame | page_bits(area, area->shared || frame_users(frame) == 1) |
	                     (pte_read(e) & PTE_DIRTY));
	if (loaded(space))
		tlb_drop(address);
	return FAULT_DONE;
}

enum fault_result space_fault(struct space *space, u64 address, u64 error,
                              enum fault_outcome *outcome)
{
	const struct area *area = space_find(space, address);
	u32 needs = error & ERROR_FETCH   ? PROTECT_EXEC
	            : error & ERROR_WRITE ? PROTECT_WRITE
	                                  : PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;
	u64 *entry;

	if (!area)
		return FAULT_NOT_MAPPED;
	if (error & ERROR_RESERVED || !(area->protection & needs))
		return FAULT_DENIED;
	*outcome = error & ERROR_PRESENT      ? FAULT_OUTCOME_copy_on_write
	           : area->kind == AREA_STACK ? FAULT_OUTCOME_stack_growth
	           : area->node               ? FAULT_OUTCOME_file_page
	                                      : FAULT_OUTCOME_demand_zero;
	return make_page(space, area, address, error & ERROR_WRITE, &entry);
}

/* Bytes of one page as they would be read, from wherever they now lie: how many of them. */
static u64 peek_page(const struct space *space, u64 address, void *to, u64 bytes)
{
	const u64 *entry = paging_entry(space->root, address, false);
	u64 value = entry ? pte_read(entry) : 0;

	if (value & PTE_PRESENT) {
		memcpy(to, (const u8 *)direct(value & PTE_FRAME) + address % PAGE_BYTES, bytes);
		return bytes;
	}
	const struct area *area = space_find(space, address);
	if (!area || area->protection == PROTECT_NONE)
		return 0;
	if (area->node)
		return node_read(area->node, area->offset + (address - area->start), to, bytes);
	memset(to, 0, bytes);
	return bytes;
}

u64 space_peek(const struct space *space, u64 address, void *to, u64 bytes)
{
	u64 done = 0, got = 1;

	for (; done < bytes && got && user_range(address + done, 1); done += got) {
		u64 at = address + done;
		got = peek_page(space, at, (u8 *)to + done,
		                least(PAGE_BYTES - at % PAGE_BYTES, bytes - done));
	}
	return done;
}

/* Goes through a range by the page, copying out of it or into it: bytes done. */
static u64 transfer(struct space *space, u64 address, u8 *data, u64 bytes, bool write, u32 needs)
{
	u64 done = 0, *entry;

	while (done < bytes) {
		u64 at = address + done, inside = at % PAGE_BYTES;
		u64 part = least(PAGE_BYTES - inside, bytes - done);
		const struct area *area = space_find(space, at);
		if (!area || (needs && !(area->protection & needs)) ||
		    make_page(space, area, at, write, &entry) != FAULT_DONE)
			break;
		if (write)
			pte_write(entry, pte_read(entry) | PTE_DIRTY);
		u8 *memory = (u8 *)direct(pte_read(entry) & PTE_FRAME) + inside;
		if (write && data)
			memcpy(memory, data + done, part);
		else if (data)
			memcpy(data + done, memory, part);
		interrupt_window();
		done += part;
	}
	return done;
}

u64 space_write(struct space *space, u64 address, const void *data, u64 bytes, bool force)
{
	return transfer(space, address, (u8 *)(uintptr_t)data, bytes, true,
	                force ? 0 : PROTECT_WRITE);
}

u64 space_read(struct space *space, u64 address, void *data, u64 bytes)
{
	return transfer(space, address, data, bytes, false,
	                PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC);
}

void space_own(u64 address, u64 bytes)
{
	struct space *space = current_process()->space;

	if (space)
		transfer(space, address, NULL, bytes, true, PROTECT_WRITE);
}
