#include "guest/alarm.h"
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"

#define ITIMER_REAL  0u
#define MICROSECONDS 1000000ull

struct linux_itimer {
	struct linux_timeval every, value;
};

void alarm_tick(struct process *p, u64 now)
{
	if (!p->alarm_at || now < p->alarm_at)
		return;
	p->alarm_at = p->alarm_every ? now + p->alarm_every : 0;
	signal_send(p, SIGALRM, &(struct signal_info){SI_KERNEL, 0, 0});
}

static struct linux_timeval to_timeval(u64 ticks)
{
	u64 hz = clock_tsc_hz(), rest = (ticks % hz * MICROSECONDS + hz / 2) / hz;

	return (struct linux_timeval){(s64)(ticks / hz + rest / MICROSECONDS),
	                              (s64)(rest % MICROSECONDS)};
}

static bool valid(struct linux_timeval t)
{
	return t.seconds >= 0 && t.microseconds >= 0 && t.microseconds < (s64)MICROSECONDS;
}

static u64 to_ticks(struct linux_timeval t)
{
	return clock_ticks((u64)t.seconds, (u64)t.microseconds * 1000);
}

static struct linux_itimer current_timer(const struct process *p)
{
	u64 now = rdtsc();
	u64 left = !p->alarm_at ? 0 : p->alarm_at > now ? p->alarm_at - now : 1;

	return (struct linux_itimer){to_timeval(p->alarm_every), to_timeval(left)};
}

static void set_timer(struct process *p, struct linux_itimer timer)
{
	u64 ticks = to_ticks(timer.value);

	p->alarm_at = ticks ? rdtsc() + ticks : 0;
	p->alarm_every = to_ticks(timer.every);
}

s64 sys_alarm(struct frame *f)
{
	struct process *p = current_process();
	struct linux_itimer old = current_timer(p);

	set_timer(p, (struct linux_itimer){.value = {(u32)f->rdi, 0}});
	return old.value.seconds + (old.value.microseconds != 0);
}

s64 sys_getitimer(struct frame *f)
{
	struct linux_itimer timer = current_timer(current_process());

	if (f->rdi != ITIMER_REAL)
		return -EINVAL;
	return copy_to_user(f->rsi, &timer, sizeof(timer)) ? 0 : -EFAULT;
}

s64 sys_setitimer(struct frame *f)
{
	struct process *p = current_process();
	struct linux_itimer timer = {0}, old = current_timer(p);

	if (f->rdi != ITIMER_REAL)
		return -EINVAL;
	if (f->rsi && !copy_from_user(&timer, f->rsi, sizeof(timer)))
		return -EFAULT;
	if (!valid(timer.value) || !valid(timer.every))
		return -EINVAL;
	if (f->rdx && !copy_to_user(f->rdx, &old, sizeof(old)))
		return -EFAULT;
	set_timer(p, timer);
	return 0;
}
