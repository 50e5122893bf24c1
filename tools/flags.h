/*
 * Names of the numbers that arguments of system calls are made of, as Linux x86-64 has them: bits,
 * choices, and words that are a choice in some bits and flags in the others.
 */
#ifndef TOOLS_FLAGS_H
#define TOOLS_FLAGS_H

#include "tools/line.h"

struct flag {
	u64 value;
	const char *name;
};

struct flag_set {
	const struct flag *flags; /* those of several bits before the single ones */
	size_t count;
	u64 choice; /* the bits that are one choice; the others are flags */
};

#define FLAG_SETS(SET)                                                                             \
	SET(open)                                                                                  \
	SET(made)                                                                                  \
	SET(descriptor)                                                                            \
	SET(access)                                                                                \
	SET(at)                                                                                    \
	SET(whence)                                                                                \
	SET(prot)                                                                                  \
	SET(map)                                                                                   \
	SET(remap)                                                                                 \
	SET(sync)                                                                                  \
	SET(advice)                                                                                \
	SET(clone)                                                                                 \
	SET(futex)                                                                                 \
	SET(wait)                                                                                  \
	SET(wait_kind)                                                                             \
	SET(fcntl)                                                                                 \
	SET(lock)                                                                                  \
	SET(ioctl)                                                                                 \
	SET(mask)                                                                                  \
	SET(action)                                                                                \
	SET(handler)                                                                               \
	SET(clock)                                                                                 \
	SET(timer)                                                                                 \
	SET(clock_flags)                                                                           \
	SET(arch)                                                                                  \
	SET(prctl)                                                                                 \
	SET(resource)                                                                              \
	SET(usage)                                                                                 \
	SET(random)                                                                                \
	SET(rename)

#define SET(name) extern const struct flag_set flags_##name;
FLAG_SETS(SET)
#undef SET

/* Words that more than their names is wanted of: LINUX_O_CREAT and so on. */
#define OPEN_FLAGS(FLAG)                                                                           \
	FLAG(O_RDONLY, 0)                                                                          \
	FLAG(O_WRONLY, 1)                                                                          \
	FLAG(O_RDWR, 2)                                                                            \
	FLAG(O_TMPFILE, 020200000)                                                                 \
	FLAG(O_SYNC, 04010000)                                                                     \
	FLAG(O_CREAT, 0100)                                                                        \
	FLAG(O_EXCL, 0200)                                                                         \
	FLAG(O_NOCTTY, 0400)                                                                       \
	FLAG(O_TRUNC, 01000)                                                                       \
	FLAG(O_APPEND, 02000)                                                                      \
	FLAG(O_NONBLOCK, 04000)                                                                    \
	FLAG(O_DSYNC, 010000)                                                                      \
	FLAG(O_ASYNC, 020000)                                                                      \
	FLAG(O_DIRECT, 040000)                                                                     \
	FLAG(O_LARGEFILE, 0100000)                                                                 \
	FLAG(O_DIRECTORY, 0200000)                                                                 \
	FLAG(O_NOFOLLOW, 0400000)                                                                  \
	FLAG(O_NOATIME, 01000000)                                                                  \
	FLAG(O_CLOEXEC, 02000000)                                                                  \
	FLAG(O_PATH, 010000000)

#define CLONE_FLAGS(FLAG)                                                                          \
	FLAG(CLONE_VM, 0x100)                                                                      \
	FLAG(CLONE_FS, 0x200)                                                                      \
	FLAG(CLONE_FILES, 0x400)                                                                   \
	FLAG(CLONE_SIGHAND, 0x800)                                                                 \
	FLAG(CLONE_PIDFD, 0x1000)                                                                  \
	FLAG(CLONE_PTRACE, 0x2000)                                                                 \
	FLAG(CLONE_VFORK, 0x4000)                                                                  \
	FLAG(CLONE_PARENT, 0x8000)                                                                 \
	FLAG(CLONE_THREAD, 0x10000)                                                                \
	FLAG(CLONE_NEWNS, 0x20000)                                                                 \
	FLAG(CLONE_SYSVSEM, 0x40000)                                                               \
	FLAG(CLONE_SETTLS, 0x80000)                                                                \
	FLAG(CLONE_PARENT_SETTID, 0x100000)                                                        \
	FLAG(CLONE_CHILD_CLEARTID, 0x200000)                                                       \
	FLAG(CLONE_DETACHED, 0x400000)                                                             \
	FLAG(CLONE_UNTRACED, 0x800000)                                                             \
	FLAG(CLONE_CHILD_SETTID, 0x1000000)                                                        \
	FLAG(CLONE_NEWCGROUP, 0x2000000)                                                           \
	FLAG(CLONE_NEWUTS, 0x4000000)                                                              \
	FLAG(CLONE_NEWIPC, 0x8000000)                                                              \
	FLAG(CLONE_NEWUSER, 0x10000000)                                                            \
	FLAG(CLONE_NEWPID, 0x20000000)                                                             \
	FLAG(CLONE_NEWNET, 0x40000000)                                                             \
	FLAG(CLONE_IO, 0x80000000)

#define FUTEX_WORDS(FLAG)                                                                          \
	FLAG(FUTEX_WAIT, 0)                                                                        \
	FLAG(FUTEX_WAKE, 1)                                                                        \
	FLAG(FUTEX_FD, 2)                                                                          \
	FLAG(FUTEX_REQUEUE, 3)                                                                     \
	FLAG(FUTEX_CMP_REQUEUE, 4)                                                                 \
	FLAG(FUTEX_WAKE_OP, 5)                                                                     \
	FLAG(FUTEX_LOCK_PI, 6)                                                                     \
	FLAG(FUTEX_UNLOCK_PI, 7)                                                                   \
	FLAG(FUTEX_TRYLOCK_PI, 8)                                                                  \
	FLAG(FUTEX_WAIT_BITSET, 9)                                                                 \
	FLAG(FUTEX_WAKE_BITSET, 10)                                                                \
	FLAG(FUTEX_WAIT_REQUEUE_PI, 11)                                                            \
	FLAG(FUTEX_CMP_REQUEUE_PI, 12)                                                             \
	FLAG(FUTEX_LOCK_PI2, 13)                                                                   \
	FLAG(FUTEX_CLOCK_REALTIME, 0x100)

#define FCNTL_COMMANDS(FLAG)                                                                       \
	FLAG(F_DUPFD, 0)                                                                           \
	FLAG(F_GETFD, 1)                                                                           \
	FLAG(F_SETFD, 2)                                                                           \
	FLAG(F_GETFL, 3)                                                                           \
	FLAG(F_SETFL, 4)                                                                           \
	FLAG(F_GETLK, 5)                                                                           \
	FLAG(F_SETLK, 6)                                                                           \
	FLAG(F_SETLKW, 7)                                                                          \
	FLAG(F_SETOWN, 8)                                                                          \
	FLAG(F_GETOWN, 9)                                                                          \
	FLAG(F_SETSIG, 10)                                                                         \
	FLAG(F_GETSIG, 11)                                                                         \
	FLAG(F_SETLEASE, 1024)                                                                     \
	FLAG(F_GETLEASE, 1025)                                                                     \
	FLAG(F_NOTIFY, 1026)                                                                       \
	FLAG(F_DUPFD_CLOEXEC, 1030)                                                                \
	FLAG(F_SETPIPE_SZ, 1031)                                                                   \
	FLAG(F_GETPIPE_SZ, 1032)                                                                   \
	FLAG(F_ADD_SEALS, 1033)                                                                    \
	FLAG(F_GET_SEALS, 1034)

#define REMAP_FLAGS(FLAG)                                                                          \
	FLAG(MREMAP_MAYMOVE, 1)                                                                    \
	FLAG(MREMAP_FIXED, 2)                                                                      \
	FLAG(MREMAP_DONTUNMAP, 4)

#define FLAG(name, value) LINUX_##name = (value),
enum {
	OPEN_FLAGS(FLAG) CLONE_FLAGS(FLAG) FUTEX_WORDS(FLAG) FCNTL_COMMANDS(FLAG) REMAP_FLAGS(FLAG)
};
#undef FLAG

#define LINUX_FUTEX_PRIVATE_FLAG 0x80u
#define LINUX_AT_FDCWD           (-100)
#define LINUX_FD_CLOEXEC         1u

/* "O_RDONLY|O_CLOEXEC"; what has no name as a number behind the rest. */
void flags_add(struct line *line, const struct flag_set *set, u64 value);

/* The name of exactly that value, or NULL. */
const char *flag_name(const struct flag_set *set, u64 value);

#endif
