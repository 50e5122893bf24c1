#include "guest/errno.h"
#include "guest/percpu.h"
#include "guest/syscall.h"

#define MAP_SHARED          0x01u
#define MAP_PRIVATE         0x02u
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_FIXED_NOREPLACE 0x100000u

#define PROTECT_ALL (PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC)

/* Checks and rounds a range that the program names; false if it is none. */
static bool take_range(u64 start, u64 bytes, u64 *end)
{
	if (start % PAGE_BYTES || !user_range(start, bytes))
		return false;
	*end = page_up(start + bytes);
	return true;
}

s64 sys_mmap(struct frame *f)
{
	struct space *space = current_process()->space;
	u64 start = f->rdi, bytes = page_up(f->rsi), end;
	u32 flags = (u32)f->r10;

	if (!f->rsi || f->rdx & ~(u64)PROTECT_ALL)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS))
		return -ENODEV; /* files are read, not mapped, so far */
	if (!(flags & MAP_PRIVATE))
		return -EINVAL; /* nothing is shared so far */
	if (!bytes || bytes > USER_END)
		return -ENOMEM;
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (!take_range(start, bytes, &end) || start < USER_START)
			return -EINVAL;
		s64 error = flags & MAP_FIXED_NOREPLACE ? 0 : space_remove(space, start, end);
		if (error)
			return error;
	} else {
		start = space_gap(space, bytes);
		if (!start)
			return -ENOMEM;
		end = start + bytes;
	}
	if (space_add(space, (struct area){.start = start,
	                                   .end = end,
	                                   .protection = (u8)f->rdx,
	                                   .kind = AREA_MMAP}))
		return (s64)start;
	return flags & MAP_FIXED_NOREPLACE ? -EEXIST : -ENOMEM;
}

s64 sys_munmap(struct frame *f)
{
	u64 end;

	if (!f->rsi || !take_range(f->rdi, f->rsi, &end))
		return -EINVAL;
	return space_remove(current_process()->space, f->rdi, end);
}

s64 sys_mprotect(struct frame *f)
{
	u64 end;

	if (f->rdi % PAGE_BYTES || f->rdx & ~(u64)PROTECT_ALL)
		return -EINVAL;
	if (!take_range(f->rdi, f->rsi, &end))
		return -ENOMEM;
	return f->rsi ? space_protect(current_process()->space, f->rdi, end, (u32)f->rdx) : 0;
}

s64 sys_brk(struct frame *f)
{
	return (s64)space_brk(current_process()->space, f->rdi);
}
