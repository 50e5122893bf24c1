#include "guest/space.h"
#include "abi/marks.h"
#include "guest/areas.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/node.h"
#include "guest/protect.h"
#include "guest/space_pages.h"
#include "lib/string.h"

#define STACK_RANDOM_BITS 18u
#define MMAP_RANDOM_BITS  28u
#define READ_WRITE        (PROTECT_READ | PROTECT_WRITE)

/*
 * The run of neighbouring areas that begins with the one at *i, which becomes the first behind it:
 * they are gone through at once, from where there may be pages. The marks page is by itself.
 */
static u64 run_start(const struct space *space, u32 i)
{
	const struct area *area = area_at(space, i);

	return area->kind != AREA_STACK || area->start > space->stack_low ? area->start
	       : area->end < space->stack_low                             ? area->end
	                                                                  : space->stack_low;
}

static u64 run_end(const struct space *space, u32 *i)
{
	const struct area *last = area_at(space, *i), *next;

	while (++*i < space->areas &&
	       (next = area_at(space, *i))->start - last->end < LARGE_BYTES &&
	       next->kind != AREA_MARKS && last->kind != AREA_MARKS)
		last = next;
	return last->end;
}

static bool drop_page(void *context, u64 address, u64 *entry)
{
	u64 value = pte_read(entry), frame = value & PTE_FRAME;

	if (address == MARK_PAGE_ADDRESS && !(value & PTE_DIRTY))
		frame_free_zeroed(frame); /* as it was made */
	else
		frame_free(frame);
	pte_write(entry, 0);
	if (context)
		tlb_drop(address);
	return true;
}

static void drop_pages(struct space *space, u64 start, u64 end)
{
	bool in_use = loaded(space);

	paging_each(space->root, start, end, in_use, drop_page, in_use ? space : NULL);
}

/* The page whose frame the kernel knows: never shared with another space. */
static bool add_marks(struct space *space)
{
	struct area area = {.start = MARK_PAGE_ADDRESS,
	                    .end = MARK_PAGE_ADDRESS + PAGE_BYTES,
	                    .protection = READ_WRITE,
	                    .kind = AREA_MARKS};
	u64 frame = frame_alloc();
	u64 *entry = frame ? paging_entry(space->root, area.start, true) : NULL;

	if (entry)
		paging_fill(entry, frame | page_bits(&area, true));
	else if (frame)
		frame_free(frame);
	space->marks = frame;
	return (space_find(space, area.start) || space_add(space, area)) && entry;
}

/* A space with tables and nothing else. */
static struct space *new_space(void)
{
	u64 frame = frame_alloc(), root = frame ? paging_new_root() : 0;
	struct space *space = direct(frame);

	if (root) {
		space->root = root;
		space->references = 1;
		return space;
	}
	if (frame)
		frame_free(frame);
	return NULL;
}

struct space *space_new(void)
{
	struct space *space = new_space();

	if (!space)
		return NULL;
	space->stack_top = USER_END - random_pages(STACK_RANDOM_BITS);
	space->stack_low = space->stack_top;
	space->mmap_top = MMAP_TOP - random_pages(MMAP_RANDOM_BITS);
	if (space_add(space, (struct area){.start = space->stack_top - USER_STACK_BYTES,
	                                   .end = space->stack_top,
	                                   .protection = READ_WRITE,
	                                   .kind = AREA_STACK}) &&
	    add_marks(space))
		return space;
	space_drop(space);
	return NULL;
}

struct space *space_hold(struct space *space)
{
	space->references++;
	return space;
}

void space_drop(struct space *space)
{
	if (--space->references)
		return;
	if (loaded(space)) {
		write_cr3(paging_kernel_root());
		this_cpu()->space = NULL;
		this_cpu()->kernel_root = this_cpu()->user_root = 0;
	}
	for (u32 i = 0; i < space->areas;) {
		u64 start = run_start(space, i);
		drop_pages(space, start, run_end(space, &i));
	}
	for (u32 i = 0; i < space->areas; i++)
		node_drop(area_at(space, i)->node);
	for (u32 i = 0; i < AREA_CHUNKS && space->more[i]; i++)
		frame_free(physical(space->more[i]));
	paging_free_root(space->root);
	frame_free(physical(space));
}

/* A fork in progress. */
struct copy {
	struct space *to;
	u64 *table; /* the copy's, of the addresses from `base` on */
	u64 base;
};

static bool copy_page(void *context, u64 address, u64 *entry)
{
	struct copy *copy = context;
	u64 value = pte_read(entry), base = address & ~(LARGE_BYTES - 1);

	if (!copy->table || base != copy->base) {
		copy->base = base;
		copy->table = paging_entry(copy->to->root, base, true);
		if (!copy->table)
			return false;
	}
	if (!(value & PTE_SHARED))
		value &= ~PTE_WRITE;
	pte_write(entry, value);
	frame_hold(value & PTE_FRAME);
	paging_fill(&copy->table[(address - base) / PAGE_BYTES], value);
	return true;
}

struct space *space_copy(struct space *from)
{
	struct space *to = new_space();
	struct copy copy = {.to = to};
	bool whole;

	if (!to)
		return NULL;
	memcpy(&to->areas, &from->areas,
	       offsetof(struct space, more) - offsetof(struct space, areas));
	to->areas = 0;
	while ((whole = areas_make_room(to)) && to->areas < from->areas)
		areas_insert(to, to->areas, *area_at(from, to->areas));
	for (u32 i = 0; whole && i < from->areas;) {
		u32 first = i;
		u64 end = run_end(from, &i);
		if (area_at(from, first)->kind != AREA_MARKS)
			whole = paging_each(from->root, run_start(from, first), end, false,
			                    copy_page, &copy);
	}
	if (loaded(from))
		write_cr3(from->root); /* what was writable no longer is */
	if (whole && add_marks(to))
		return to;
	space_drop(to);
	return NULL;
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
	if (!areas_split(space, start) || !areas_split(space, end))
		return -ENOMEM;
	drop_pages(space, start, end);
	for (u32 i = areas_index(space, start); i < space->areas && area_at(space, i)->start < end;)
		areas_delete(space, i);
	return 0;
}

s64 space_discard(struct space *space, u64 start, u64 end)
{
	if (holds_marks(start, end))
		return -EINVAL;
	if (!areas_cover(space, start, end))
		return -ENOMEM;
	drop_pages(space, start, end);
	return 0;
}

struct change {
	const struct area *area;
	u64 moved; /* by how much the pages move */
	struct space *space;
};

static bool protect_page(void *context, u64 address, u64 *entry)
{
	const struct change *change = context;
	u64 frame = pte_read(entry) & PTE_FRAME;
	bool own = change->area->shared || frame_users(frame) == 1;

	pte_write(entry, frame | page_bits(change->area, own));
	if (loaded(change->space))
		tlb_drop(address);
	return true;
}

s64 space_protect(struct space *space, u64 start, u64 end, u32 protection)
{
	struct change change = {.space = space};

	if (holds_marks(start, end))
		return -EINVAL;
	if (!areas_cover(space, start, end))
		return -ENOMEM;
	for (u32 i = areas_index(space, start); i < space->areas && area_at(space, i)->start < end;
	     i++)
		if (area_at(space, i)->read_only && protection & PROTECT_WRITE)
			return -EACCES;
	if (!areas_split(space, start) || !areas_split(space, end))
		return -ENOMEM;
	for (u32 i = areas_index(space, start); i < space->areas && area_at(space, i)->start < end;
	     i++) {
		struct area *area = area_at(space, i);
		area->protection = (u8)protection;
		change.area = area;
		paging_each(space->root, area->start, area->end, loaded(space), protect_page,
		            &change);
	}
	areas_join(space, start, end);
	return 0;
}

static bool move_page(void *context, u64 address, u64 *entry)
{
	const struct change *change = context;
	u64 *to = paging_entry(change->space->root, address + change->moved, true);

	if (!to)
		return false;
	paging_fill(to, pte_read(entry));
	pte_write(entry, 0);
	tlb_drop(address);
	return true;
}

s64 space_move(struct space *space, u64 from, u64 to, u64 bytes)
{
	struct change there = {.space = space, .moved = to - from};
	struct change back = {.space = space, .moved = from - to};
	const struct area *old = space_find(space, from);

	if (!old || old->end - from < bytes || holds_marks(from, from + bytes))
		return -EFAULT;
	struct area area = *old;
	area.offset += from - old->start;
	area.start = to;
	area.end = to + bytes;
	area.kind = AREA_MMAP;
	if (!areas_split(space, from) || !areas_split(space, from + bytes) ||
	    !space_add(space, area))
		return -ENOMEM;
	if (paging_each(space->root, from, from + bytes, true, move_page, &there))
		return space_remove(space, from, from + bytes);
	/* The tables that it came from are still there, or memory for them is again. */
	paging_each(space->root, to, to + bytes, true, move_page, &back);
	space_remove(space, to, to + bytes);
	return -ENOMEM;
}

u64 space_brk(struct space *space, u64 end)
{
	u64 old = page_up(space->brk), new = page_up(end);

	if (end < space->heap || end >= space->mmap_top)
		return space->brk;
	if (new > old && !space_add(space, (struct area){.start = old,
	                                                 .end = new,
	                                                 .protection = READ_WRITE,
	                                                 .kind = AREA_HEAP}))
		return space->brk;
	if (new < old && space_remove(space, new, old) != 0)
		return space->brk;
	space->brk = end;
	return end;
}
