/* What system calls about paths have in common: a place or a node by directory and name. */
#ifndef GUEST_PATH_H
#define GUEST_PATH_H

#include "guest/percpu.h"
#include "guest/tree.h"
#include "guest/usercopy.h"

#define AT_FDCWD            ((u64)-100)
#define AT_SYMLINK_NOFOLLOW 0x100u
#define AT_REMOVEDIR        0x200u
#define AT_SYMLINK_FOLLOW   0x400u
#define AT_EMPTY_PATH       0x1000u
#define AT_NO_PATH          0x80000000u /* not Linux's: the open file itself is meant */

/* Walks a path of the running process's memory: 0 or -errno. */
s64 walk_at(u64 directory, u64 path, u32 how, struct place *place);

/* The node it leads to, held; flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_PATH. */
s64 node_at(u64 directory, u64 path, u32 flags, struct node **node);

#endif
