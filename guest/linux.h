/* Structures and constants of Linux's x86-64 ABI that more than one system call here needs. */
#ifndef GUEST_LINUX_H
#define GUEST_LINUX_H

#include "abi/types.h"

struct linux_timespec {
	s64 seconds, nanoseconds;
};

struct linux_timeval {
	s64 seconds, microseconds;
};

struct linux_stat {
	u64 device, inode, links;
	u32 mode, uid, gid, padding;
	u64 special_device;
	s64 bytes, block_bytes, blocks;
	struct linux_timespec accessed, modified, changed;
	s64 reserved[3];
};

_Static_assert(sizeof(struct linux_stat) == 144, "struct stat of x86-64");

struct linux_iovec {
	u64 base, bytes;
};

/* setrlimit(2)'s resources. */
enum { RLIMIT_STACK = 3, RLIMIT_CORE = 4, RLIMIT_NOFILE = 7 };

/* clone(2)'s flags. */
#define CLONE_SIGNAL         0x000000ffu
#define CLONE_VM             0x00000100u
#define CLONE_FS             0x00000200u
#define CLONE_FILES          0x00000400u
#define CLONE_SIGHAND        0x00000800u
#define CLONE_VFORK          0x00004000u
#define CLONE_THREAD         0x00010000u
#define CLONE_SYSVSEM        0x00040000u
#define CLONE_SETTLS         0x00080000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_DETACHED       0x00400000u
#define CLONE_CHILD_SETTID   0x01000000u

#endif
