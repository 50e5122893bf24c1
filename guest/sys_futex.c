#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/futex.h"
#include "guest/linux.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"

#define FUTEX_PRIVATE  128u
#define FUTEX_REALTIME 256u

enum futex {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
};

/* The end of a wait, by the timespec at an address: a span, or a point of one of the clocks. */
static s64 read_limit(u64 address, bool point, bool realtime, u64 *until)
{
	struct linux_timespec t;
	s64 error = address ? timespec_fetch(&t, address) : 0;

	*until = 0;
	if (address && !error)
		*until = point ? timespec_point(&t, realtime) : timespec_until(&t);
	return error;
}

static s64 wait(const struct frame *f, bool point, u32 bits)
{
	u64 until;
	s64 error = read_limit(f->r10, point, f->rsi & FUTEX_REALTIME, &until);

	if (!bits)
		return -EINVAL;
	if (!error)
		error = futex_wait(f->rdi, (u32)f->rdx, bits, until);
	return error == -EINTR && !until ? -ERESTART : error;
}

s64 sys_futex(struct frame *f)
{
	u32 operation = (u32)f->rsi & ~(FUTEX_PRIVATE | FUTEX_REALTIME), value;

	if (f->rdi % sizeof(u32))
		return -EINVAL;
	if (!user_range(f->rdi, sizeof(u32)))
		return -EFAULT;
	switch (operation) {
	case FUTEX_WAIT:
		return wait(f, false, FUTEX_ANY_BIT);
	case FUTEX_WAIT_BITSET:
		return wait(f, true, (u32)f->r9);
	case FUTEX_WAKE:
		return futex_wake(f->rdi, (u32)f->rdx, FUTEX_ANY_BIT);
	case FUTEX_WAKE_BITSET:
		return (u32)f->r9 ? futex_wake(f->rdi, (u32)f->rdx, (u32)f->r9) : -EINVAL;
	case FUTEX_CMP_REQUEUE:
		if (!copy_from_user(&value, f->rdi, sizeof(value)))
			return -EFAULT;
		if (value != (u32)f->r9)
			return -EAGAIN;
		__attribute__((fallthrough));
	case FUTEX_REQUEUE:
		return futex_requeue(f->rdi, (u32)f->rdx, f->r8, (u32)f->r10);
	}
	return -ENOSYS;
}
