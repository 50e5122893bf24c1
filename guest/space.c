#include "guest/space.h"
#include "abi/marks.h"
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/paging.h"
#include "guest/percpu.h"
#include "lib/string.h"

static u64 area_bits(u32 protection)
{
	if (protection == PROTECT_NONE)
		return PTE_HIDDEN;
	return PTE_PRESENT | PTE_USER | (protection & PROTECT_WRITE ? PTE_WRITE : 0) |
	       (protection & PROTECT_EXEC ? 0 : PTE_NX);
}

/* The first area that ends behind the address: its index, or space->areas. */
static u32 area_index(const struct space *space, u64 address)
{
	u32 i = 0;

	while (i < space->areas && space->area[i].end <= address)
		i++;
	return i;
}

const struct area *space_find(const struct space *space, u64 address)
{
	u32 i = area_index(space, address);

	return i < space->areas && space->area[i].start <= address ? &space->area[i] : NULL;
}

static void insert_at(struct space *space, u32 i, struct area area)
{
	memmove(&space->area[i + 1], &space->area[i], (space->areas - i) * sizeof(area));
	space->area[i] = area;
	space->areas++;
}

static void delete_at(struct space *space, u32 i)
{
	space->areas--;
	memmove(&space->area[i], &space->area[i + 1], (space->areas - i) * sizeof(struct area));
}

static bool alike(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->protection == b->protection && a->kind == b->kind;
}

/* Joins an area with neighbours that continue it, so that growing heaps do not use areas up. */
static void join(struct space *space, u32 i)
{
	if (i + 1 < space->areas && alike(&space->area[i], &space->area[i + 1])) {
		space->area[i].end = space->area[i + 1].end;
		delete_at(space, i + 1);
	}
	if (i > 0 && alike(&space->area[i - 1], &space->area[i])) {
		space->area[i - 1].end = space->area[i].end;
		delete_at(space, i);
	}
}

bool space_add(struct space *space, struct area area)
{
	u64 start = area.start, end = area.end;
	u32 i = area_index(space, start);

	if (start >= end || start < USER_START || end > USER_END || space->areas == AREAS)
		return false;
	if (i < space->areas && space->area[i].start < end)
		return false;
	insert_at(space, i, area);
	join(space, i);
	return true;
}

struct space *space_new(void)
{
	u64 frame = frame_alloc();
	struct space *space = direct(frame);

	if (!frame)
		return NULL;
	space->references = 1;
	space->mmap_top = MMAP_TOP;
	space->stack_top = USER_END;
	space->root = paging_new_root();
	space->marks = frame_alloc();
	if (space->root && space->marks &&
	    space_add(space, (struct area){.start = USER_END - USER_STACK_BYTES,
	                                   .end = USER_END,
	                                   .protection = PROTECT_READ | PROTECT_WRITE,
	                                   .kind = AREA_STACK}) &&
	    space_add(space, (struct area){.start = MARK_PAGE_ADDRESS,
	                                   .end = MARK_PAGE_ADDRESS + PAGE_BYTES,
	                                   .protection = PROTECT_READ | PROTECT_WRITE,
	                                   .kind = AREA_MARKS}) &&
	    paging_map(space->root, MARK_PAGE_ADDRESS, space->marks,
	               area_bits(PROTECT_READ | PROTECT_WRITE)))
		return space;
	if (space->marks)
		frame_free(space->marks);
	if (space->root)
		paging_free_root(space->root);
	frame_free(frame);
	return NULL;
}

struct space *space_hold(struct space *space)
{
	space->references++;
	return space;
}

static void drop_pages(struct space *space, u64 start, u64 end)
{
	u64 *entry;

	for (u64 at = start; (entry = paging_next(space->root, &at, end)); at += PAGE_BYTES) {
		frame_free(pte_read(entry) & PTE_FRAME);
		pte_write(entry, 0);
		tlb_drop(at);
		interrupt_window();
	}
}

void space_drop(struct space *space)
{
	struct cpu *cpu = this_cpu();

	if (--space->references)
		return;
	if (cpu->space == space) {
		cpu->space = NULL;
		write_cr3(paging_kernel_root());
	}
	for (u32 i = 0; i < space->areas; i++)
		drop_pages(space, space->area[i].start, space->area[i].end);
	paging_free_root(space->root);
	frame_free((u64)space - DIRECT_BASE);
}

static bool copy_pages(struct space *to, const struct space *from, const struct area *area)
{
	u64 *entry;

	for (u64 at = area->start; (entry = paging_next(from->root, &at, area->end));
	     at += PAGE_BYTES) {
		u64 old = pte_read(entry), frame = frame_alloc_dirty();
		u64 *copy = frame ? paging_entry(to->root, at, true) : NULL;
		if (!copy) {
			if (frame)
				frame_free(frame);
			return false;
		}
		memcpy(direct(frame), direct(old & PTE_FRAME), PAGE_BYTES);
		pte_write(copy, (old & ~PTE_FRAME) | frame);
		interrupt_window();
	}
	return true;
}

struct space *space_copy(struct space *from)
{
	struct space *to = space_new();

	if (!to)
		return NULL;
	to->heap = from->heap;
	to->brk = from->brk;
	to->areas = from->areas;
	memcpy(to->area, from->area, sizeof(to->area));
	for (u32 i = 0; i < from->areas; i++) {
		if (from->area[i].kind != AREA_MARKS && !copy_pages(to, from, &from->area[i])) {
			space_drop(to);
			return NULL;
		}
	}
	return to;
}

/* Makes the address a border between areas; false if that takes one more than there may be. */
static bool split(struct space *space, u64 address)
{
	u32 i = area_index(space, address);

	if (i == space->areas || space->area[i].start >= address)
		return true;
	if (space->areas == AREAS)
		return false;
	struct area upper = space->area[i];
	upper.start = address;
	space->area[i].end = address;
	insert_at(space, i + 1, upper);
	return true;
}

/* The kernel reads the marks page by its frame, so the program may not take it away. */
static bool holds_marks(u64 start, u64 end)
{
	return start < MARK_PAGE_ADDRESS + PAGE_BYTES && end > MARK_PAGE_ADDRESS;
}

s64 space_remove(struct space *space, u64 start, u64 end)
{
	if (holds_marks(start, end))
		return -EINVAL;
	if (!split(space, start) || !split(space, end))
		return -ENOMEM;
	drop_pages(space, start, end);
	for (u32 i = area_index(space, start); i < space->areas && space->area[i].start < end;)
		delete_at(space, i);
	return 0;
}

static void protect_pages(struct space *space, u64 start, u64 end, u32 protection)
{
	u64 *entry;

	for (u64 at = start; (entry = paging_next(space->root, &at, end)); at += PAGE_BYTES) {
		u64 frame = pte_read(entry) & PTE_FRAME;
		pte_write(entry, frame | paging_bits(area_bits(protection)));
		tlb_drop(at);
		interrupt_window();
	}
}

s64 space_protect(struct space *space, u64 start, u64 end, u32 protection)
{
	u64 at = start;

	if (holds_marks(start, end))
		return -EINVAL;
	for (u32 i = area_index(space, start); at < end; at = space->area[i++].end)
		if (i == space->areas || space->area[i].start > at)
			return -ENOMEM;
	if (!split(space, start) || !split(space, end))
		return -ENOMEM;
	for (u32 i = area_index(space, start); i < space->areas && space->area[i].start < end; i++)
		space->area[i].protection = (u8)protection;
	protect_pages(space, start, end, protection);
	/* From the neighbour below on. */
	for (u32 i = area_index(space, start - 1);
	     i + 1 < space->areas && space->area[i].start <= end;)
		if (alike(&space->area[i], &space->area[i + 1]))
			join(space, i);
		else
			i++;
	return 0;
}

u64 space_brk(struct space *space, u64 end)
{
	u64 old = page_up(space->brk), new = page_up(end);

	if (end < space->heap || end >= MMAP_TOP)
		return space->brk;
	if (new > old && !space_add(space, (struct area){.start = old,
	                                                 .end = new,
	                                                 .protection = PROTECT_READ | PROTECT_WRITE,
	                                                 .kind = AREA_HEAP}))
		return space->brk;
	if (new < old && space_remove(space, new, old) != 0)
		return space->brk;
	space->brk = end;
	return end;
}

u64 space_gap(const struct space *space, u64 bytes)
{
	u64 top = MMAP_TOP;

	for (u32 i = space->areas; i-- > 0;) {
		const struct area *a = &space->area[i];
		if (a->start >= MMAP_TOP)
			continue;
		if (a->end < top && top - a->end >= bytes)
			return top - bytes;
		top = a->start;
	}
	return top > USER_START && top - USER_START >= bytes ? top - bytes : 0;
}

enum fault_result space_fault(struct space *space, u64 address, u64 error,
                              enum fault_outcome *outcome)
{
	const struct area *area = space_find(space, address);
	u32 needs = error & ERROR_FETCH   ? PROTECT_EXEC
	            : error & ERROR_WRITE ? PROTECT_WRITE
	                                  : PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC;

	if (!area)
		return FAULT_NOT_MAPPED;
	if (error & ERROR_PRESENT || !(area->protection & needs))
		return FAULT_DENIED;
	u64 frame = frame_alloc();
	if (frame &&
	    paging_map(space->root, page_down(address), frame, area_bits(area->protection))) {
		*outcome = area->kind == AREA_STACK ? FAULT_OUTCOME_stack_growth
		                                    : FAULT_OUTCOME_demand_zero;
		return FAULT_DONE;
	}
	if (frame)
		frame_free(frame);
	return FAULT_NO_MEMORY;
}

/* The frame behind an address, made if need be, or 0. */
static u64 frame_at(struct space *space, u64 address)
{
	const struct area *area = space_find(space, address);
	u64 *entry = area ? paging_entry(space->root, address, true) : NULL;

	if (!entry)
		return 0;
	if (pte_read(entry))
		return pte_read(entry) & PTE_FRAME;
	u64 frame = frame_alloc();
	if (frame)
		pte_write(entry, frame | paging_bits(area_bits(area->protection)));
	return frame;
}

u64 space_write(struct space *space, u64 address, const void *data, u64 bytes, bool force)
{
	const u8 *from = data;
	u64 done = 0;

	(void)force;
	while (done < bytes) {
		u64 inside = (address + done) % PAGE_BYTES;
		u64 part = PAGE_BYTES - inside < bytes - done ? PAGE_BYTES - inside : bytes - done;
		u64 frame = frame_at(space, address + done);
		if (!frame)
			break;
		memcpy((u8 *)direct(frame) + inside, from + done, part);
		interrupt_window();
		done += part;
	}
	return done;
}
