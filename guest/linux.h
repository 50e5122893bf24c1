/* Structures and constants of Linux's x86-64 ABI that more than one system call here needs. */
#ifndef GUEST_LINUX_H
#define GUEST_LINUX_H

#include "abi/types.h"

struct linux_timespec {
	s64 seconds, nanoseconds;
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

#endif
