#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/random.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define UTS_BYTES     65
#define RANDOM_MAX    0x1ffffffu
#define RANDOM_CHUNK  256u
#define RLIMIT_STACK  3u
#define RLIMIT_NOFILE 7u
#define RLIMITS       16u

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

struct linux_rlimit {
	u64 soft, hard;
};

s64 sys_nanosleep(struct frame *f)
{
	struct linux_timespec wish, left = {0};

	if (!copy_from_user(&wish, f->rdi, sizeof(wish)))
		return -EFAULT;
	if (wish.seconds < 0 || wish.nanoseconds < 0 || wish.nanoseconds >= (s64)NANOSECONDS)
		return -EINVAL;
	u64 until = rdtsc() + clock_ticks((u64)wish.seconds, (u64)wish.nanoseconds);
	s64 error = process_sleep(until);
	if (error && f->rsi) {
		u64 now = rdtsc(), ticks = until > now ? until - now : 0;
		left.seconds = (s64)(ticks / clock_tsc_hz());
		if (!copy_to_user(f->rsi, &left, sizeof(left)))
			return -EFAULT;
	}
	return error;
}

s64 sys_clock_gettime(struct frame *f)
{
	u64 now;

	if (f->rdi == CLOCK_REALTIME || f->rdi == CLOCK_REALTIME_COARSE)
		now = clock_realtime();
	else if (f->rdi <= CLOCK_BOOTTIME)
		now = clock_monotonic();
	else
		return -EINVAL;
	struct linux_timespec t = {(s64)(now / NANOSECONDS), (s64)(now % NANOSECONDS)};
	return copy_to_user(f->rsi, &t, sizeof(t)) ? 0 : -EFAULT;
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
	u64 bytes = f->rsi < RANDOM_MAX ? f->rsi : RANDOM_MAX, done = 0;
	u64 chunk[RANDOM_CHUNK / sizeof(u64)];

	while (done < bytes && breathe()) {
		u64 part = bytes - done < sizeof(chunk) ? bytes - done : sizeof(chunk);
		for (u64 i = 0; i * sizeof(u64) < part; i++)
			chunk[i] = random_number();
		if (!copy_to_user(f->rdi + done, chunk, part))
			return done ? (s64)done : -EFAULT;
		done += part;
	}
	return done || !bytes ? (s64)done : -EINTR;
}

/* Limits can be read; they are what they are. */
s64 sys_prlimit64(struct frame *f)
{
	struct linux_rlimit limit = {UINT64_MAX, UINT64_MAX};

	if (f->rdi && (u32)f->rdi != current_process()->pid)
		return -ESRCH;
	if (f->rsi >= RLIMITS)
		return -EINVAL;
	if (f->rdx)
		return -EPERM;
	if (f->rsi == RLIMIT_STACK)
		limit = (struct linux_rlimit){USER_STACK_BYTES, USER_STACK_BYTES};
	if (f->rsi == RLIMIT_NOFILE)
		limit = (struct linux_rlimit){FILES, FILES};
	return !f->r10 || copy_to_user(f->r10, &limit, sizeof(limit)) ? 0 : -EFAULT;
}
