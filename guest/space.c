#include "guest/space.h"
#include "abi/marks.h"
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/node.h"
#include "guest/paging.h"
#include "guest/protect.h"
#include "lib/string.h"

#define STACK_RANDOM_BITS 18u
#define MMAP_RANDOM_BITS  28u
#define READ_WRITE        (PROTECT_READ | PROTECT_WRITE)

/* A page's bits in the area; writable only if nobody else has its frame, or all are to see it. */
static u64 page_bits(const struct area *area, bool own)
{
	u64 shared = area->shared ? PTE_SHARED : 0;

	if (area->protection == PROTECT_NONE)
		return PTE_HIDDEN | shared;
	return paging_bits(PTE_PRESENT | PTE_USER | shared |
	                   (own && area->protection & PROTECT_WRITE ? PTE_WRITE : 0) |
	                   (area->protection & PROTECT_EXEC ? 0 : PTE_NX));
}

static bool loaded(const struct space *space)
{
	return this_cpu()->space == space;
}

/* The first area that ends behind the address: its index, or space->areas. */
static u32 area_index(const struct space *space, u64 address)
{
	u32 i = 0;

	while (i < space->areas && area_at(space, i)->end <= address)
		i++;
	return i;
}

const struct area *space_find(const struct space *space, u64 address)
{
	u32 i = area_index(space, address);

	return i < space->areas && area_at(space, i)->start <= address ? area_at(space, i) : NULL;
}

bool space_is_free(const struct space *space, u64 start, u64 end)
{
	u32 i = area_index(space, start);

	return i == space->areas || area_at(space, i)->start >= end;
}

/* Sees to it that there is a place for one area more; false if there can be none. */
static bool make_room(struct space *space)
{
	if (space->areas < AREAS_HERE)
		return true;
	if (space->areas == AREAS)
		return false;
	struct area **chunk = &space->more[(space->areas - AREAS_HERE) / AREAS_CHUNK];
	u64 frame = *chunk ? 0 : frame_alloc_dirty();
	if (frame)
		*chunk = direct(frame);
	return *chunk;
}

static void insert_at(struct space *space, u32 i, struct area area)
{
	for (u32 to = space->areas++; to > i; to--)
		*area_at(space, to) = *area_at(space, to - 1);
	*area_at(space, i) = area;
	if (area.node)
		node_hold(area.node);
}

static void delete_at(struct space *space, u32 i)
{
	struct node *node = area_at(space, i)->node;

	space->areas--;
	for (; i < space->areas; i++)
		*area_at(space, i) = *area_at(space, i + 1);
	if (node)
		node_drop(node);
}

static bool alike(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->protection == b->protection && a->kind == b->kind &&
	       a->node == b->node && a->shared == b->shared && a->read_only == b->read_only &&
	       (!a->node || a->offset + (a->end - a->start) == b->offset);
}

/* Joins areas that continue each other in [start, end], so that they are not used up. */
static void join(struct space *space, u64 start, u64 end)
{
	for (u32 i = area_index(space, start - 1);
	     i + 1 < space->areas && area_at(space, i)->end <= end;) {
		if (!alike(area_at(space, i), area_at(space, i + 1))) {
			i++;
			continue;
		}
		area_at(space, i)->end = area_at(space, i + 1)->end;
		delete_at(space, i + 1);
	}
}

bool space_add(struct space *space, struct area area)
{
	if (area.start >= area.end || area.start < USER_START || area.end > USER_END ||
	    !space_is_free(space, area.start, area.end) || !make_room(space))
		return false;
	insert_at(space, area_index(space, area.start), area);
	join(space, area.start, area.end);
	return true;
}

/*
 * The end of the run of neighbouring areas that begins with the one at *i, which becomes the first
 * behind it: they are gone through at once. The marks page is by itself.
 */
static u64 run_end(const struct space *space, u32 *i)
{
	u64 end = area_at(space, *i)->end;

	while (++*i < space->areas && area_at(space, *i)->start - end < LARGE_BYTES &&
	       area_at(space, *i)->kind != AREA_MARKS)
		end = area_at(space, *i)->end;
	return end;
}

static bool drop_page(void *context, u64 address, u64 *entry)
{
	frame_free(pte_read(entry) & PTE_FRAME);
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
	}
	for (u32 i = 0; i < space->areas;) {
		u64 start = area_at(space, i)->start;
		drop_pages(space, start, run_end(space, &i));
	}
	for (u32 i = 0; i < space->areas; i++)
		if (area_at(space, i)->node)
			node_drop(area_at(space, i)->node);
	paging_free_root(space->root);
	for (u32 i = 0; i < AREA_CHUNKS; i++)
		if (space->more[i])
			frame_free((u64)space->more[i] - DIRECT_BASE);
	frame_free((u64)space - DIRECT_BASE);
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
	bool whole = true;

	if (!to)
		return NULL;
	memcpy(&to->marks, &from->marks,
	       offsetof(struct space, more) - offsetof(struct space, marks));
	for (u32 i = 0; whole && i < from->areas; i++) {
		whole = make_room(to);
		if (whole)
			insert_at(to, i, *area_at(from, i));
	}
	for (u32 i = 0; whole && i < from->areas;) {
		u32 first = i;
		u64 end = run_end(from, &i);
		if (area_at(from, first)->kind != AREA_MARKS)
			whole = paging_each(from->root, area_at(from, first)->start, end, false,
			                    copy_page, &copy);
	}
	if (loaded(from))
		write_cr3(from->root); /* what was writable no longer is */
	if (whole && add_marks(to))
		return to;
	space_drop(to);
	return NULL;
}

/* Makes the address a border between areas; false if that takes one more than there may be. */
static bool split(struct space *space, u64 address)
{
	u32 i = area_index(space, address);

	if (i == space->areas || area_at(space, i)->start >= address)
		return true;
	if (!make_room(space))
		return false;
	struct area upper = *area_at(space, i);
	upper.start = address;
	upper.offset += address - area_at(space, i)->start;
	area_at(space, i)->end = address;
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
	for (u32 i = area_index(space, start); i < space->areas && area_at(space, i)->start < end;)
		delete_at(space, i);
	return 0;
}

/* True if areas cover the range without a gap. */
static bool covered(const struct space *space, u64 start, u64 end)
{
	for (u32 i = area_index(space, start); start < end; start = area_at(space, i++)->end)
		if (i == space->areas || area_at(space, i)->start > start)
			return false;
	return true;
}

s64 space_discard(struct space *space, u64 start, u64 end)
{
	if (holds_marks(start, end))
		return -EINVAL;
	if (!covered(space, start, end))
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
	if (!covered(space, start, end))
		return -ENOMEM;
	for (u32 i = area_index(space, start); i < space->areas && area_at(space, i)->start < end;
	     i++)
		if (area_at(space, i)->read_only && protection & PROTECT_WRITE)
			return -EACCES;
	if (!split(space, start) || !split(space, end))
		return -ENOMEM;
	for (u32 i = area_index(space, start); i < space->areas && area_at(space, i)->start < end;
	     i++) {
		struct area *area = area_at(space, i);
		area->protection = (u8)protection;
		change.area = area;
		paging_each(space->root, area->start, area->end, loaded(space), protect_page,
		            &change);
	}
	join(space, start, end);
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
	if (!split(space, from) || !split(space, from + bytes) || !space_add(space, area))
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

u64 space_gap(const struct space *space, u64 bytes)
{
	u64 top = space->mmap_top;

	for (u32 i = space->areas; i-- > 0;) {
		const struct area *a = area_at(space, i);
		if (a->start >= space->mmap_top)
			continue;
		if (a->end < top && top - a->end >= bytes)
			return top - bytes;
		top = a->start;
	}
	return top > USER_START && top - USER_START >= bytes ? top - bytes : 0;
}

/* A frame for a page that none has yet: the file's own, a copy of it, or zeros. */
static enum fault_result first_frame(const struct area *area, u64 address, bool write, u64 *frame)
{
	u64 offset = area->offset + (address - area->start);

	*frame = 0;
	if (!area->node) {
		*frame = frame_alloc();
		return *frame ? FAULT_DONE : FAULT_NO_MEMORY;
	}
	if (offset >= node_bytes(area->node))
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
	u64 *e = *entry = paging_entry(space->root, address, true), frame;

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
	pte_write(e, frame | page_bits(area, area->shared || frame_users(frame) == 1));
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

/* Goes through a range by the page, copying out of it or into it: bytes done. */
static u64 transfer(struct space *space, u64 address, u8 *data, u64 bytes, bool write, u32 needs)
{
	u64 done = 0, *entry;

	while (done < bytes) {
		u64 at = address + done, inside = at % PAGE_BYTES;
		u64 part = PAGE_BYTES - inside < bytes - done ? PAGE_BYTES - inside : bytes - done;
		const struct area *area = space_find(space, at);
		if (!area || (needs && !(area->protection & needs)) ||
		    make_page(space, area, at, write, &entry) != FAULT_DONE)
			break;
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
