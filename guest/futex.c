#include "guest/futex.h"
#include "guest/errno.h"
#include "guest/percpu.h"
#include "guest/schedule.h"
#include "guest/usercopy.h"

/*
 * A word is known by its address and the space, or, where memory is shared, by its place in the file
 * behind it.
 */
struct word {
	const void *in;
	u64 at;
};

struct waiter {
	struct waiter *next;
	struct word word;
	u32 bits;
	bool woken;
};

/* On the kernel stacks of those who wait. */
static struct waiter *waiters;

static struct word name_word(u64 address)
{
	const struct space *space = current_process()->space;
	const struct area *area = space_find(space, address);

	if (area && area->shared)
		return (struct word){area->node, area->offset + (address - area->start)};
	return (struct word){space, address};
}

static bool same(struct word a, struct word b)
{
	return a.in == b.in && a.at == b.at;
}

static void forget(const struct waiter *w)
{
	struct waiter **at = &waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
}

s64 futex_wait(u64 address, u32 value, u32 bits, u64 until)
{
	u32 now;

	if (!copy_from_user(&now, address, sizeof(now)))
		return -EFAULT;
	if (now != value)
		return -EAGAIN;
	struct waiter self = {NULL, name_word(address), bits, false};
	struct waiter **last = &waiters; /* first come, first served */
	while (*last)
		last = &(*last)->next;
	*last = &self;
	s64 error = sleep_on(&self, until);
	forget(&self);
	return self.woken ? 0 : error;
}

s64 futex_wake(u64 address, u32 most, u32 bits)
{
	struct word word = name_word(address);
	u32 woken = 0;

	for (struct waiter *w = waiters; w && woken < most; w = w->next) {
		if (w->woken || !(w->bits & bits) || !same(w->word, word))
			continue;
		w->woken = true;
		wake(w);
		woken++;
	}
	return woken;
}

s64 futex_requeue(u64 address, u32 most, u64 to, u32 move)
{
	struct word word = name_word(address), target = name_word(to);
	s64 woken = futex_wake(address, most, FUTEX_ANY_BIT);
	u32 moved = 0;

	for (struct waiter *w = waiters; w && moved < move; w = w->next) {
		if (w->woken || !same(w->word, word))
			continue;
		w->word = target;
		moved++;
	}
	return woken + moved;
}
