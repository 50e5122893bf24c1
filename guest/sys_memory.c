/* System calls about memory: mappings, the heap, and copies from and to relatives. */
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/linux.h"
#include "guest/node.h"
#include "guest/paging.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"

#define MAP_SHARED          0x01u
#define MAP_PRIVATE         0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_TYPE            0x0fu
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_POPULATE        0x8000u
#define MAP_FIXED_NOREPLACE 0x100000u

#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED   2u

#define MADV_DONTNEED 4u
#define MADV_FREE     8u
#define MADV_LAST     25u

#define MS_KNOWN    7u
#define VECTORS_MAX 1024u

#define PROTECT_ALL (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC)

static struct space *own_space(void)
{
	return current_process()->space;
}

/* Checks and rounds a range that the program names; false if it is none. */
static bool take_range(u64 start, u64 bytes, u64 *end)
{
	if (start % PAGE_BYTES || !user_range(start, bytes))
		return false;
	*end = page_up(start + bytes);
	return true;
}

/* Gives the area its file: 0 or -errno; the area's node is then held once more. */
static s64 take_file(struct area *area, u64 fd, u64 offset)
{
	struct open_file *o = file_at(fd);
	struct node *node = o ? o->node : NULL;

	if (!o)
		return -EBADF;
	if (!node || node_type(node) != MODE_REGULAR)
		return -ENODEV;
	if (offset % PAGE_BYTES || offset > USER_END)
		return -EINVAL;
	u32 mode = o->flags & O_ACCESS_MODE;
	area->read_only = area->shared && mode != O_RDWR;
	if (mode == O_WRONLY || (area->read_only && area->protection & PROTECT_WRITE))
		return -EACCES;
	area->offset = offset;
	area->node = node_hold(node);
	return 0;
}

static s64 choose_place(struct space *space, u64 start, u64 bytes, u32 flags, struct area *area)
{
	u64 end;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (!take_range(start, bytes, &end))
			return start % PAGE_BYTES ? -EINVAL : -ENOMEM;
		if (start < USER_START)
			return -EPERM; /* as Linux's vm.mmap_min_addr */
		area->start = start;
		area->end = end;
		return flags & MAP_FIXED_NOREPLACE ? 0 : space_remove(space, start, end);
	}
	area->start = page_down(start);
	area->end = area->start + bytes;
	if (start < USER_START || !user_range(start, bytes) ||
	    !space_is_free(space, area->start, area->end)) {
		area->start = space_gap(space, bytes);
		area->end = area->start + bytes;
	}
	return area->start ? 0 : -ENOMEM;
}

static void populate(struct space *space, u64 start, u64 end)
{
	u8 byte;

	for (; start < end && space_read(space, start, &byte, 1) == 1; start += PAGE_BYTES)
		if (!node_room())
			break; /* a hint is no reason to use memory up */
}

s64 sys_mmap(struct frame *f)
{
	struct space *space = own_space();
	u64 bytes = page_up(f->rsi);
	u32 flags = (u32)f->r10, type = flags & MAP_TYPE;
	struct area area = {.protection = (u8)f->rdx, .kind = AREA_MMAP};
	s64 error = 0;

	if (!f->rsi || f->rdx & ~(u64)PROTECT_ALL || !type || type > MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (!bytes || bytes > USER_END)
		return -ENOMEM;
	area.shared = type != MAP_PRIVATE;
	if (!(flags & MAP_ANONYMOUS))
		error = take_file(&area, f->r8, f->r9);
	else if (area.shared && !(area.node = node_anonymous(bytes)))
		error = -ENOMEM;
	if (!error)
		error = choose_place(space, f->rdi, bytes, flags, &area);
	if (!error && !space_add(space, area))
		error = flags & MAP_FIXED_NOREPLACE ? -EEXIST : -ENOMEM;
	node_drop(area.node); /* the area holds it itself */
	if (!error && flags & MAP_POPULATE)
		populate(space, area.start, area.end);
	return error ? error : (s64)area.start;
}

s64 sys_munmap(struct frame *f)
{
	u64 end;

	if (!f->rsi || !take_range(f->rdi, f->rsi, &end))
		return -EINVAL;
	return space_remove(own_space(), f->rdi, end);
}

s64 sys_mprotect(struct frame *f)
{
	u64 end;

	if (f->rdi % PAGE_BYTES || f->rdx & ~(u64)PROTECT_ALL)
		return -EINVAL;
	if (!take_range(f->rdi, f->rsi, &end))
		return -ENOMEM;
	return f->rsi ? space_protect(own_space(), f->rdi, end, (u32)f->rdx) : 0;
}

SYSTEM_CALL(brk, (s64)space_brk(own_space(), f->rdi))

/* Lets the area that ends at `end` grow by so much: true if there is room. */
static bool grow(struct space *space, const struct area *area, u64 end, u64 bytes)
{
	struct area more = *area;

	if (area->end != end || bytes > USER_END)
		return false;
	more.start = end;
	more.end = end + bytes;
	more.offset += end - area->start;
	return space_add(space, more);
}

static s64 move(struct space *space, u64 old, u64 old_bytes, u64 new_bytes, u64 to)
{
	if (!to)
		to = space_gap(space, new_bytes);
	if (!to)
		return -ENOMEM;
	s64 error = space_move(space, old, to, old_bytes);
	if (error)
		return error;
	if (new_bytes > old_bytes &&
	    !grow(space, space_find(space, to), to + old_bytes, new_bytes - old_bytes)) {
		space_move(space, to, old, old_bytes);
		return -ENOMEM;
	}
	return (s64)to;
}

s64 sys_mremap(struct frame *f)
{
	struct space *space = own_space();
	u64 old = f->rdi, old_bytes = page_up(f->rsi), new_bytes = page_up(f->rdx), end, to = 0;
	u32 flags = (u32)f->r10;

	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) || !new_bytes || !old_bytes ||
	    (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)) ||
	    !take_range(old, old_bytes, &end))
		return -EINVAL;
	const struct area *area = space_find(space, old);
	if (!area || area->end < end || area->kind == AREA_MARKS)
		return -EFAULT;
	if (flags & MREMAP_FIXED) {
		u64 to_end;
		to = f->r8;
		if (!take_range(to, new_bytes, &to_end) || to < USER_START ||
		    (to < end && old < to_end))
			return -EINVAL;
		s64 error = space_remove(space, to, to_end);
		if (error)
			return error;
	}
	if (new_bytes < old_bytes) {
		s64 error = space_remove(space, old + new_bytes, end);
		if (error)
			return error;
		old_bytes = new_bytes;
	}
	if (!to && new_bytes == old_bytes)
		return (s64)old;
	if (!to && grow(space, area, end, new_bytes - old_bytes))
		return (s64)old;
	return flags & MREMAP_MAYMOVE ? move(space, old, old_bytes, new_bytes, to) : -ENOMEM;
}

s64 sys_madvise(struct frame *f)
{
	u64 end;

	if (f->rdi % PAGE_BYTES || f->rdx > MADV_LAST)
		return -EINVAL;
	if (!take_range(f->rdi, f->rsi, &end))
		return -ENOMEM;
	if ((f->rdx == MADV_DONTNEED || f->rdx == MADV_FREE) && f->rsi)
		return space_discard(own_space(), f->rdi, end);
	return 0;
}

/* A file's pages are its content: nothing is to be written anywhere. */
s64 sys_msync(struct frame *f)
{
	u64 end;

	if (f->rdi % PAGE_BYTES || f->rdx & ~(u64)MS_KNOWN)
		return -EINVAL;
	return take_range(f->rdi, f->rsi, &end) ? 0 : -ENOMEM;
}

/* Programs of root may ask that memory stay; here it always does. */
SYSTEM_CALL(mlock, 0)
SYSTEM_CALL(munlock, sys_mlock(f))

/* The running process itself, or one that it made or whose parents it made, if that lets it. */
static s64 find_relative(u32 pid, struct process **found)
{
	struct process *self = current_process(), *p = process_find(pid);

	*found = p;
	if (!p || !p->space || p->zombie)
		return -ESRCH;
	if (p == self)
		return 0;
	for (const struct process *up = p; up->pid; up = up->parent)
		if (up->parent == self)
			return p->may_be_read ? 0 : -EPERM;
	return -EPERM;
}

/* The two lists of process_vm_*: where the next piece is. */
struct pieces {
	u64 list, count;
	struct linux_iovec now;
};

/* False at the end of the list, or if it cannot be read. */
static bool next_piece(struct pieces *p, bool *unreadable)
{
	while (!p->now.bytes && p->count) {
		*unreadable = !copy_from_user(&p->now, p->list, sizeof(p->now));
		if (*unreadable)
			return false;
		p->list += sizeof(p->now);
		p->count--;
	}
	return p->now.bytes;
}

/* One piece through a page of the kernel's: bytes done. */
static u64 transfer(struct space *space, u64 remote, u64 local, u64 bytes, void *page, bool write)
{
	if (!write) {
		bytes = space_read(space, remote, page, bytes);
		return copy_to_user(local, page, bytes) ? bytes : 0;
	}
	return copy_from_user(page, local, bytes) ? space_write(space, remote, page, bytes, false)
	                                          : 0;
}

static s64 copy_between(struct space *space, struct pieces *local, struct pieces *remote,
                        bool write)
{
	u64 frame = frame_alloc_dirty(), done = 0;
	bool unreadable = false;

	if (!frame)
		return -ENOMEM;
	while (next_piece(local, &unreadable) && next_piece(remote, &unreadable)) {
		u64 bytes = least(PAGE_BYTES, least(local->now.bytes, remote->now.bytes));
		u64 part = transfer(space, remote->now.base, local->now.base, bytes, direct(frame),
		                    write);
		done += part;
		unreadable = part < bytes;
		if (unreadable || !breathe())
			break;
		local->now = (struct linux_iovec){local->now.base + part, local->now.bytes - part};
		remote->now =
			(struct linux_iovec){remote->now.base + part, remote->now.bytes - part};
	}
	frame_free(frame);
	return done ? (s64)done : unreadable ? -EFAULT : 0;
}

static s64 process_vm(const struct frame *f, bool write)
{
	struct pieces local = {f->rsi, f->rdx, {0}}, remote = {f->r10, f->r8, {0}};
	struct process *p;

	if (f->r9 || local.count > VECTORS_MAX || remote.count > VECTORS_MAX)
		return -EINVAL;
	s64 error = find_relative((u32)f->rdi, &p);
	if (error)
		return error;
	struct space *space = space_hold(p->space); /* it may exec or end meanwhile */
	error = copy_between(space, &local, &remote, write);
	space_drop(space);
	return error;
}

SYSTEM_CALL(process_vm_readv, process_vm(f, false))
SYSTEM_CALL(process_vm_writev, process_vm(f, true))
