/* System calls that wait for any of several files: poll and select. */
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"

#define POLLS_MAX     1024u
#define POLL_READABLE (POLLIN | POLLHUP | POLLERR)
#define POLL_WRITABLE (POLLOUT | POLLERR)

struct linux_pollfd {
	s32 fd;
	u16 wanted, ready;
};

/* What is looked at again and again: pollfds, or a bit for each descriptor. */
struct watch {
	u64 fds, count;
	u64 wanted[2], ready[2]; /* select: to read, to write */
};

static u32 ready_of(struct open_file *o)
{
	return o->operations->poll ? o->operations->poll(o) : POLLIN | POLLOUT;
}

static s64 look_poll(struct watch *w)
{
	struct linux_pollfd p;
	s64 found = 0;

	for (u64 i = 0; i < w->count; i++) {
		u64 at = w->fds + i * sizeof(p);
		if (!copy_from_user(&p, at, sizeof(p)))
			return -EFAULT;
		struct open_file *o = p.fd < 0 ? NULL : file_at((u32)p.fd);
		u32 ready = o ? ready_of(o) : p.fd < 0 ? 0 : POLLNVAL;
		ready |= (ready & POLLIN ? 0x40u : 0) | (ready & POLLOUT ? 0x100u : 0);
		p.ready = (u16)(ready & (p.wanted | POLLERR | POLLHUP | POLLNVAL));
		if (!copy_to_user(at, &p, sizeof(p)))
			return -EFAULT;
		found += p.ready != 0;
	}
	return found;
}

static s64 look_select(struct watch *w)
{
	s64 found = 0;

	w->ready[0] = w->ready[1] = 0;
	for (u32 i = 0; i < FILES; i++) {
		if (!((w->wanted[0] | w->wanted[1]) >> i & 1))
			continue;
		struct open_file *o = file_at(i);
		if (!o)
			return -EBADF;
		u32 ready = ready_of(o);
		w->ready[0] |= ready & POLL_READABLE ? w->wanted[0] & BIT(i) : 0;
		w->ready[1] |= ready & POLL_WRITABLE ? w->wanted[1] & BIT(i) : 0;
		found += (s64)((w->ready[0] >> i & 1) + (w->ready[1] >> i & 1));
	}
	return found;
}

/* A span that is no limit is NULL. What was only stopped goes on to its old end. */
static s64 watch(struct watch *w, s64 (*look)(struct watch *), const struct linux_timespec *span)
{
	struct thread *self = current_thread();
	u64 until = 0;

	if (span && !timespec_valid(span))
		return -EINVAL;
	if (span)
		until = self->deadline ? self->deadline : timespec_until(span);
	self->deadline = 0;
	for (;;) {
		s64 found = look(w);
		if (found || (span && rdtsc() >= until))
			return found;
		pollers++;
		s64 error = sleep_on(&pollers, until);
		pollers--;
		if (error == -EINTR) {
			self->deadline = until;
			return -ERESTART_NO_HANDLER;
		}
	}
}

static s64 do_poll(const struct frame *f, const struct linux_timespec *span)
{
	struct watch w = {.fds = f->rdi, .count = f->rsi};

	return w.count > POLLS_MAX ? -EINVAL : watch(&w, look_poll, span);
}

s64 sys_poll(struct frame *f)
{
	u32 milliseconds = (u32)f->rdx;
	struct linux_timespec span = {milliseconds / 1000, milliseconds % 1000 * 1000000l};

	return do_poll(f, (s32)milliseconds < 0 ? NULL : &span);
}

s64 sys_ppoll(struct frame *f)
{
	struct linux_timespec span;

	if (f->rdx && !copy_from_user(&span, f->rdx, sizeof(span)))
		return -EFAULT;
	s64 error = f->r10 ? signal_mask_for_call(f->r10, f->r8) : 0;
	return error ? error : do_poll(f, f->rdx ? &span : NULL);
}

/* One of select's sets: only its first word can name open files. 0 or -errno. */
static s64 fetch_set(u64 address, u32 count, u64 *set)
{
	*set = 0;
	if (!address || !count)
		return 0;
	if (!copy_from_user(set, address, sizeof(*set)))
		return -EFAULT;
	*set &= count >= FILES ? ~0ull : BIT(count) - 1;
	return 0;
}

/* The third set, of exceptions, never gets one. */
static s64 do_select(const struct frame *f, const struct linux_timespec *span)
{
	const u64 sets[3] = {f->rsi, f->rdx, f->r10};
	u32 count = (u32)f->rdi;
	u64 wanted[3];
	const u64 none = 0;

	if ((s32)count < 0)
		return -EINVAL;
	for (u32 i = 0; i < 3; i++) {
		s64 error = fetch_set(sets[i], count, &wanted[i]);
		if (error)
			return error;
	}
	struct watch w = {.wanted = {wanted[0], wanted[1]}};
	s64 found = watch(&w, look_select, span);
	for (u32 i = 0; i < 3 && count && found >= 0; i++)
		if (sets[i] && !copy_to_user(sets[i], i < 2 ? &w.ready[i] : &none, sizeof(u64)))
			return -EFAULT;
	return found;
}

s64 sys_select(struct frame *f)
{
	struct linux_timeval t;

	if (f->r8 && !copy_from_user(&t, f->r8, sizeof(t)))
		return -EFAULT;
	struct linux_timespec span = {f->r8 ? t.seconds : 0, f->r8 ? t.microseconds * 1000 : 0};
	return do_select(f, f->r8 ? &span : NULL);
}

s64 sys_pselect6(struct frame *f)
{
	struct linux_timespec span;
	u64 mask[2] = {0, 0}; /* its address, its size */

	if (f->r8 && !copy_from_user(&span, f->r8, sizeof(span)))
		return -EFAULT;
	if (f->r9 && !copy_from_user(mask, f->r9, sizeof(mask)))
		return -EFAULT;
	s64 error = mask[0] ? signal_mask_for_call(mask[0], mask[1]) : 0;
	return error ? error : do_select(f, f->r8 ? &span : NULL);
}
