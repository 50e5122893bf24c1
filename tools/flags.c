#include "tools/flags.h"

#define FLAG(name, value)                                                                          \
	{                                                                                          \
		value, #name                                                                       \
	}
#define ENTRY(name, value) FLAG(name, value),

#define MIXED(set, bits, ...)                                                                      \
	static const struct flag set##_flags[] = {__VA_ARGS__};                                    \
	const struct flag_set flags_##set = {set##_flags, ARRAY_SIZE(set##_flags), bits}
#define BITS(set, ...)   MIXED(set, 0, __VA_ARGS__)
#define CHOICE(set, ...) MIXED(set, ~0ull, __VA_ARGS__)

MIXED(open, 3, OPEN_FLAGS(ENTRY));

/* The same without a way of access, which what pipe2 and dup3 make has already. */
const struct flag_set flags_made = {open_flags + 3, ARRAY_SIZE(open_flags) - 3, 0};

BITS(descriptor, FLAG(FD_CLOEXEC, LINUX_FD_CLOEXEC));

BITS(access, FLAG(F_OK, 0), FLAG(R_OK, 4), FLAG(W_OK, 2), FLAG(X_OK, 1));

BITS(at, FLAG(AT_SYMLINK_NOFOLLOW, 0x100), FLAG(AT_REMOVEDIR, 0x200),
     FLAG(AT_SYMLINK_FOLLOW, 0x400), FLAG(AT_NO_AUTOMOUNT, 0x800), FLAG(AT_EMPTY_PATH, 0x1000));

CHOICE(whence, FLAG(SEEK_SET, 0), FLAG(SEEK_CUR, 1), FLAG(SEEK_END, 2), FLAG(SEEK_DATA, 3),
       FLAG(SEEK_HOLE, 4));

BITS(prot, FLAG(PROT_NONE, 0), FLAG(PROT_READ, 1), FLAG(PROT_WRITE, 2), FLAG(PROT_EXEC, 4),
     FLAG(PROT_GROWSDOWN, 0x1000000), FLAG(PROT_GROWSUP, 0x2000000));

MIXED(map, 0xf, FLAG(MAP_SHARED, 1), FLAG(MAP_PRIVATE, 2), FLAG(MAP_SHARED_VALIDATE, 3),
      FLAG(MAP_FIXED, 0x10), FLAG(MAP_ANONYMOUS, 0x20), FLAG(MAP_32BIT, 0x40),
      FLAG(MAP_GROWSDOWN, 0x100), FLAG(MAP_DENYWRITE, 0x800), FLAG(MAP_EXECUTABLE, 0x1000),
      FLAG(MAP_LOCKED, 0x2000), FLAG(MAP_NORESERVE, 0x4000), FLAG(MAP_POPULATE, 0x8000),
      FLAG(MAP_NONBLOCK, 0x10000), FLAG(MAP_STACK, 0x20000), FLAG(MAP_HUGETLB, 0x40000),
      FLAG(MAP_SYNC, 0x80000), FLAG(MAP_FIXED_NOREPLACE, 0x100000));

BITS(remap, REMAP_FLAGS(ENTRY));

BITS(sync, FLAG(MS_ASYNC, 1), FLAG(MS_INVALIDATE, 2), FLAG(MS_SYNC, 4));

CHOICE(advice, FLAG(MADV_NORMAL, 0), FLAG(MADV_RANDOM, 1), FLAG(MADV_SEQUENTIAL, 2),
       FLAG(MADV_WILLNEED, 3), FLAG(MADV_DONTNEED, 4), FLAG(MADV_FREE, 8), FLAG(MADV_REMOVE, 9),
       FLAG(MADV_DONTFORK, 10), FLAG(MADV_DOFORK, 11), FLAG(MADV_MERGEABLE, 12),
       FLAG(MADV_UNMERGEABLE, 13), FLAG(MADV_HUGEPAGE, 14), FLAG(MADV_NOHUGEPAGE, 15),
       FLAG(MADV_DONTDUMP, 16), FLAG(MADV_DODUMP, 17), FLAG(MADV_WIPEONFORK, 18),
       FLAG(MADV_KEEPONFORK, 19), FLAG(MADV_COLD, 20), FLAG(MADV_PAGEOUT, 21));

/* The low eight bits are the signal that tells the parent: arguments.c. */
BITS(clone, CLONE_FLAGS(ENTRY));

/* Without FUTEX_PRIVATE_FLAG, which stands in the names as "_PRIVATE": arguments.c. */
MIXED(futex, 0x7f, FUTEX_WORDS(ENTRY));

BITS(wait, FLAG(WNOHANG, 1), FLAG(WSTOPPED, 2), FLAG(WEXITED, 4), FLAG(WCONTINUED, 8),
     FLAG(WNOWAIT, 0x1000000), FLAG(__WNOTHREAD, 0x20000000), FLAG(__WALL, 0x40000000),
     FLAG(__WCLONE, 0x80000000));

CHOICE(wait_kind, FLAG(P_ALL, 0), FLAG(P_PID, 1), FLAG(P_PGID, 2), FLAG(P_PIDFD, 3));

CHOICE(fcntl, FCNTL_COMMANDS(ENTRY));

BITS(lock, FLAG(LOCK_SH, 1), FLAG(LOCK_EX, 2), FLAG(LOCK_NB, 4), FLAG(LOCK_UN, 8));

CHOICE(ioctl, FLAG(TCGETS, 0x5401), FLAG(TCSETS, 0x5402), FLAG(TCSETSW, 0x5403),
       FLAG(TCSETSF, 0x5404), FLAG(TCSBRK, 0x5409), FLAG(TCXONC, 0x540a), FLAG(TCFLSH, 0x540b),
       FLAG(TIOCEXCL, 0x540c), FLAG(TIOCNXCL, 0x540d), FLAG(TIOCSCTTY, 0x540e),
       FLAG(TIOCGPGRP, 0x540f), FLAG(TIOCSPGRP, 0x5410), FLAG(TIOCOUTQ, 0x5411),
       FLAG(TIOCSTI, 0x5412), FLAG(TIOCGWINSZ, 0x5413), FLAG(TIOCSWINSZ, 0x5414),
       FLAG(FIONREAD, 0x541b), FLAG(TIOCCONS, 0x541d), FLAG(FIONBIO, 0x5421),
       FLAG(TIOCNOTTY, 0x5422), FLAG(TIOCGSID, 0x5429), FLAG(FIONCLEX, 0x5450),
       FLAG(FIOCLEX, 0x5451), FLAG(FIOASYNC, 0x5452), FLAG(VT_OPENQRY, 0x5600),
       FLAG(VT_GETSTATE, 0x5603), FLAG(KDGKBTYPE, 0x4b33));

CHOICE(mask, FLAG(SIG_BLOCK, 0), FLAG(SIG_UNBLOCK, 1), FLAG(SIG_SETMASK, 2));

BITS(action, FLAG(SA_NOCLDSTOP, 1), FLAG(SA_NOCLDWAIT, 2), FLAG(SA_SIGINFO, 4),
     FLAG(SA_RESTORER, 0x4000000), FLAG(SA_ONSTACK, 0x8000000), FLAG(SA_RESTART, 0x10000000),
     FLAG(SA_NODEFER, 0x40000000), FLAG(SA_RESETHAND, 0x80000000));

CHOICE(handler, FLAG(SIG_DFL, 0), FLAG(SIG_IGN, 1), FLAG(SIG_ERR, ~0ull));

CHOICE(clock, FLAG(CLOCK_REALTIME, 0), FLAG(CLOCK_MONOTONIC, 1), FLAG(CLOCK_PROCESS_CPUTIME_ID, 2),
       FLAG(CLOCK_THREAD_CPUTIME_ID, 3), FLAG(CLOCK_MONOTONIC_RAW, 4),
       FLAG(CLOCK_REALTIME_COARSE, 5), FLAG(CLOCK_MONOTONIC_COARSE, 6), FLAG(CLOCK_BOOTTIME, 7),
       FLAG(CLOCK_REALTIME_ALARM, 8), FLAG(CLOCK_BOOTTIME_ALARM, 9), FLAG(CLOCK_TAI, 11));

CHOICE(timer, FLAG(ITIMER_REAL, 0), FLAG(ITIMER_VIRTUAL, 1), FLAG(ITIMER_PROF, 2));

BITS(clock_flags, FLAG(TIMER_ABSTIME, 1));

CHOICE(arch, FLAG(ARCH_SET_GS, 0x1001), FLAG(ARCH_SET_FS, 0x1002), FLAG(ARCH_GET_FS, 0x1003),
       FLAG(ARCH_GET_GS, 0x1004), FLAG(ARCH_GET_CPUID, 0x1011), FLAG(ARCH_SET_CPUID, 0x1012),
       FLAG(ARCH_CET_STATUS, 0x3001));

CHOICE(prctl, FLAG(PR_SET_PDEATHSIG, 1), FLAG(PR_GET_PDEATHSIG, 2), FLAG(PR_GET_DUMPABLE, 3),
       FLAG(PR_SET_DUMPABLE, 4), FLAG(PR_GET_KEEPCAPS, 7), FLAG(PR_SET_KEEPCAPS, 8),
       FLAG(PR_SET_NAME, 15), FLAG(PR_GET_NAME, 16), FLAG(PR_GET_SECCOMP, 21),
       FLAG(PR_SET_SECCOMP, 22), FLAG(PR_CAPBSET_READ, 23), FLAG(PR_CAPBSET_DROP, 24),
       FLAG(PR_SET_TIMERSLACK, 29), FLAG(PR_GET_TIMERSLACK, 30), FLAG(PR_SET_MM, 35),
       FLAG(PR_SET_CHILD_SUBREAPER, 36), FLAG(PR_GET_CHILD_SUBREAPER, 37),
       FLAG(PR_SET_NO_NEW_PRIVS, 38), FLAG(PR_GET_NO_NEW_PRIVS, 39), FLAG(PR_CAP_AMBIENT, 47));

CHOICE(resource, FLAG(RLIMIT_CPU, 0), FLAG(RLIMIT_FSIZE, 1), FLAG(RLIMIT_DATA, 2),
       FLAG(RLIMIT_STACK, 3), FLAG(RLIMIT_CORE, 4), FLAG(RLIMIT_RSS, 5), FLAG(RLIMIT_NPROC, 6),
       FLAG(RLIMIT_NOFILE, 7), FLAG(RLIMIT_MEMLOCK, 8), FLAG(RLIMIT_AS, 9), FLAG(RLIMIT_LOCKS, 10),
       FLAG(RLIMIT_SIGPENDING, 11), FLAG(RLIMIT_MSGQUEUE, 12), FLAG(RLIMIT_NICE, 13),
       FLAG(RLIMIT_RTPRIO, 14), FLAG(RLIMIT_RTTIME, 15));

CHOICE(usage, FLAG(RUSAGE_SELF, 0), FLAG(RUSAGE_THREAD, 1), FLAG(RUSAGE_CHILDREN, 0xffffffff));

BITS(random, FLAG(GRND_NONBLOCK, 1), FLAG(GRND_RANDOM, 2), FLAG(GRND_INSECURE, 4));

BITS(rename, FLAG(RENAME_NOREPLACE, 1), FLAG(RENAME_EXCHANGE, 2), FLAG(RENAME_WHITEOUT, 4));

const char *flag_name(const struct flag_set *set, u64 value)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->flags[i].value == value)
			return set->flags[i].name;
	return NULL;
}

/* The choice's name, or its number. */
static void add_choice(struct line *line, const struct flag_set *set, u64 value)
{
	const char *name = flag_name(set, value);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, value < 256 ? "%llu" : "0x%llx", (unsigned long long)value);
}

void flags_add(struct line *line, const struct flag_set *set, u64 value)
{
	u64 rest = value & ~set->choice;
	const char *between = "";

	if (set->choice || !value) {
		add_choice(line, set, value & set->choice);
		between = "|";
	}
	for (size_t i = 0; i < set->count; i++) {
		u64 flag = set->flags[i].value;

		if (!flag || flag & set->choice || (rest & flag) != flag)
			continue;
		line_add(line, "%s%s", between, set->flags[i].name);
		rest &= ~flag;
		between = "|";
	}
	if (rest)
		line_add(line, "%s0x%llx", between, (unsigned long long)rest);
}
