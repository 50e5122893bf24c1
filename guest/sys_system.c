#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/linux.h"
#include "guest/frames.h"
#include "guest/percpu.h"
#include "guest/random.h"
#include "guest/schedule.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define UTS_BYTES     65
#define TIMER_ABSTIME 1u
#define RUSAGE_BYTES  144u
#define RANDOM_MAX    0x1ffffffu
#define RANDOM_CHUNK  256u

enum clock_id {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME = 2,
	CLOCK_THREAD_CPUTIME = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
};

struct linux_utsname {
	char system[UTS_BYTES], node[UTS_BYTES], release[UTS_BYTES], version[UTS_BYTES],
		machine[UTS_BYTES], domain[UTS_BYTES];
};

/*
 * Sleeps until then; for a span that a signal cut short, what is left goes to `rest`. A sleep that
 * was only stopped or saw no handler goes on to its old end.
 */
static s64 sleep_until(u64 until, u64 rest)
{
	struct thread *self = current_thread();
	s64 error;

	if (self->deadline)
		until = self->deadline;
	self->deadline = 0;
	do
		error = sleep_on(self, until);
	while (!error);
	if (error == -ETIMEDOUT)
		return 0;
	u64 now = rdtsc(), ticks = until > now ? until - now : 0, hz = clock_tsc_hz();
	struct linux_timespec left = {(s64)(ticks / hz), (s64)(ticks % hz * NANOSECONDS / hz)};
	self->deadline = until;
	return !rest || copy_to_user(rest, &left, sizeof(left)) ? -ERESTART_NO_HANDLER : -EFAULT;
}

s64 sys_nanosleep(struct frame *f)
{
	struct linux_timespec wish;
	s64 error = timespec_fetch(&wish, f->rdi);

	return error ? error : sleep_until(timespec_until(&wish), f->rsi);
}

s64 sys_clock_nanosleep(struct frame *f)
{
	struct linux_timespec wish;

	if (f->rdi > CLOCK_BOOTTIME || f->rdi == CLOCK_THREAD_CPUTIME)
		return -EINVAL;
	s64 error = timespec_fetch(&wish, f->rdx);
	if (error)
		return error;
	if (f->rsi & TIMER_ABSTIME)
		return sleep_until(timespec_point(&wish, f->rdi == CLOCK_REALTIME), 0);
	return sleep_until(timespec_until(&wish), f->r10);
}

s64 sys_clock_gettime(struct frame *f)
{
	const struct thread *t = current_thread();
	u64 now, running = rdtsc() - this_cpu()->switched;

	if (f->rdi == CLOCK_PROCESS_CPUTIME)
		now = clock_nanoseconds(t->process->ran + running);
	else if (f->rdi == CLOCK_THREAD_CPUTIME)
		now = clock_nanoseconds(t->ran + running);
	else if (f->rdi == CLOCK_REALTIME || f->rdi == CLOCK_REALTIME_COARSE)
		now = clock_realtime();
	else if (f->rdi <= CLOCK_BOOTTIME)
		now = clock_monotonic();
	else
		return -EINVAL;
	struct linux_timespec time = {(s64)(now / NANOSECONDS), (s64)(now % NANOSECONDS)};
	return copy_to_user(f->rsi, &time, sizeof(time)) ? 0 : -EFAULT;
}

s64 sys_gettimeofday(struct frame *f)
{
	u64 now = clock_realtime();
	s64 t[2] = {(s64)(now / NANOSECONDS), (s64)(now % NANOSECONDS / 1000)};

	return !f->rdi || copy_to_user(f->rdi, t, sizeof(t)) ? 0 : -EFAULT;
}

s64 sys_uname(struct frame *f)
{
	struct linux_utsname name;

	copy_text(name.system, UTS_BYTES, "Linux");
	copy_text(name.node, UTS_BYTES, "ringscope");
	copy_text(name.release, UTS_BYTES, "6.1.0-ringscope");
	copy_text(name.version, UTS_BYTES, "Ringscope guest kernel");
	copy_text(name.machine, UTS_BYTES, "x86_64");
	copy_text(name.domain, UTS_BYTES, "(none)");
	return copy_to_user(f->rdi, &name, sizeof(name)) ? 0 : -EFAULT;
}

s64 sys_getrandom(struct frame *f)
{
	u64 bytes = least(f->rsi, RANDOM_MAX), done = 0;
	u64 chunk[RANDOM_CHUNK / sizeof(u64)];

	while (done < bytes && breathe()) {
		u64 part = least(bytes - done, sizeof(chunk));
		for (u64 i = 0; i * sizeof(u64) < part; i++)
			chunk[i] = random_number();
		if (!copy_to_user(f->rdi + done, chunk, part))
			return done ? (s64)done : -EFAULT;
		done += part;
	}
	return done || !bytes ? (s64)done : -EINTR;
}

s64 sys_clock_getres(struct frame *f)
{
	struct linux_timespec t = {0, 1};

	if (f->rdi > CLOCK_BOOTTIME)
		return -EINVAL;
	return !f->rsi || copy_to_user(f->rsi, &t, sizeof(t)) ? 0 : -EFAULT;
}

s64 sys_time(struct frame *f)
{
	s64 now = (s64)(clock_realtime() / NANOSECONDS);

	return !f->rdi || copy_to_user(f->rdi, &now, sizeof(now)) ? now : -EFAULT;
}

/* In ticks of the timer, 100 a second; what the children used is not counted. */
s64 sys_times(struct frame *f)
{
	const struct process *p = current_process();
	u64 t[4] = {p->user_ticks, p->kernel_ticks, 0, 0};

	if (f->rdi && !copy_to_user(f->rdi, t, sizeof(t)))
		return -EFAULT;
	return (s64)(clock_monotonic() / (NANOSECONDS / TICK_HZ));
}

static struct linux_timeval ticks_as_time(u64 ticks)
{
	return (struct linux_timeval){(s64)(ticks / TICK_HZ),
	                              (s64)(ticks % TICK_HZ * (1000000 / TICK_HZ))};
}

s64 sys_getrusage(struct frame *f)
{
	const struct process *p = current_process();
	struct {
		struct linux_timeval user, kernel;
		u8 rest[RUSAGE_BYTES - 2 * sizeof(struct linux_timeval)];
	} usage = {0};

	if ((s32)f->rdi != 0 && (s32)f->rdi != -1 && (s32)f->rdi != 1)
		return -EINVAL;
	if ((s32)f->rdi != -1) {
		usage.user = ticks_as_time(p->user_ticks);
		usage.kernel = ticks_as_time(p->kernel_ticks);
	}
	return copy_to_user(f->rsi, &usage, sizeof(usage)) ? 0 : -EFAULT;
}

struct linux_sysinfo {
	s64 uptime;
	u64 loads[3], total, available, shared, buffers, swap, swap_free;
	u16 processes, padding[3];
	u64 high, high_free;
	u32 unit, more;
};

s64 sys_sysinfo(struct frame *f)
{
	struct linux_sysinfo info = {
		.uptime = (s64)(clock_monotonic() / NANOSECONDS),
		.total = frames_total() * PAGE_BYTES,
		.available = frames_available() * PAGE_BYTES,
		.unit = 1,
	};

	for (u32 i = 0; i < PROCESSES; i++)
		info.processes = (u16)(info.processes + (process_at(i) != NULL));
	return copy_to_user(f->rdi, &info, sizeof(info)) ? 0 : -EFAULT;
}

static s64 limits(u64 resource, u64 new, u64 old)
{
	struct limit *limit = &current_process()->limits[resource % LIMITS], was = *limit, wish;

	if (resource >= LIMITS)
		return -EINVAL;
	if (new && !copy_from_user(&wish, new, sizeof(wish)))
		return -EFAULT;
	if (new &&wish.soft > wish.hard)
		return -EINVAL;
	if (new &&wish.hard > limit->hard)
		return -EPERM;
	if (new)
		*limit = wish;
	return !old || copy_to_user(old, &was, sizeof(was)) ? 0 : -EFAULT;
}

s64 sys_prlimit64(struct frame *f)
{
	if (f->rdi && (u32)f->rdi != current_process()->pid)
		return -ESRCH;
	return limits(f->rsi, f->rdx, f->r10);
}

SYSTEM_CALL(getrlimit, f->rsi ? limits(f->rdi, 0, f->rsi) : -EFAULT)
SYSTEM_CALL(setrlimit, f->rsi ? limits(f->rdi, f->rsi, 0) : -EFAULT)
