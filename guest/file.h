/*
 * Open files. A descriptor is an index into the process's files; descriptors that fork or dup made
 * share one open file and its offset. What reading and writing mean is in a table of operations, by
 * the kind of node. Addresses are transfer.h's, already checked.
 */
#ifndef GUEST_FILE_H
#define GUEST_FILE_H

#include "guest/node.h"
#include "guest/process.h"
#include "guest/schedule.h"

#define O_RDONLY      00u
#define O_WRONLY      01u
#define O_RDWR        02u
#define O_ACCESS_MODE 03u
#define O_CREAT       0100u
#define O_EXCL        0200u
#define O_NOCTTY      0400u
#define O_TRUNC       01000u
#define O_APPEND      02000u
#define O_NONBLOCK    04000u
#define O_DIRECTORY   0200000u
#define O_NOFOLLOW    0400000u
#define O_CLOEXEC     02000000u
#define O_PATH        010000000u

#define POLLIN   0x001u
#define POLLOUT  0x004u
#define POLLERR  0x008u
#define POLLHUP  0x010u
#define POLLNVAL 0x020u

#define TRANSFER_CHUNK (64ul << 10) /* between two looks whether others should run */

struct open_file;

/* NULL: reads and writes give -EINVAL, poll says ready, ioctl -ENOTTY. */
struct operations {
	s64 (*read)(struct open_file *o, u64 to, u64 bytes, u64 *offset);
	s64 (*write)(struct open_file *o, u64 from, u64 bytes, u64 *offset);
	u32 (*poll)(struct open_file *o);
	s64 (*ioctl)(struct open_file *o, u32 request, u64 argument);
	void (*release)(struct open_file *o);
	bool stream; /* has no offset: -ESPIPE */
};

struct open_file {
	u32 references;
	u32 flags; /* O_ */
	u64 offset;
	struct node *node; /* held */
	const struct operations *operations;
};

/* Opens a node, holding it, with one reference: 0 or -errno. Opening a FIFO may wait. */
s64 file_open(struct node *node, u32 flags, struct open_file **file);

struct open_file *file_hold(struct open_file *o);
void file_drop(struct open_file *o);

static inline bool file_reads(const struct open_file *o)
{
	return (o->flags & O_ACCESS_MODE) != O_WRONLY && !(o->flags & O_PATH);
}

static inline bool file_writes(const struct open_file *o)
{
	return (o->flags & O_ACCESS_MODE) != O_RDONLY && !(o->flags & O_PATH);
}

/* Descriptors 0, 1, 2: the console. False if memory ran out. */
bool files_open_console(struct process *p);

/* Shares all descriptors with a child, drops them all, or those that exec closes. */
void files_share(struct process *child, const struct process *parent);
void files_close(struct process *p);
void files_close_on_exec(struct process *p);

/* The running process's open file behind a descriptor, or NULL. */
struct open_file *file_at(u64 fd);

/* Descriptors that the running process may have: 0 to one less than this. */
u32 files_limit(void);

/* The lowest descriptor from `lowest` on that is free: that, or -EMFILE. */
s64 file_free_from(u32 lowest);

/*
 * Puts it behind the lowest descriptor from `lowest` on that is free: that, or -EMFILE. The
 * reference goes with it, or is dropped.
 */
s64 file_install(struct open_file *o, u32 lowest, bool close_on_exec);

/* Empties a descriptor: 0 or -EBADF. */
s64 file_close(u64 fd);

/* Whether exec closes a descriptor, of the running process. */
void set_close_on_exec(u32 fd, bool close);

/* Something can be read or written that could not: tells those who wait in poll. */
extern u32 pollers;
static inline void file_ready(void)
{
	if (__builtin_expect(pollers != 0, 0))
		wake(&pollers);
}

#endif
