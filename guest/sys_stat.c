/* System calls about what files are: stat, access, modes, times, lists of names. */
#include "guest/clock.h"
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/linux.h"
#include "guest/path.h"
#include "guest/syscall.h"
#include "lib/string.h"

#define BLOCK_BYTES 512
#define DEVICE      1u /* the one that all files are on */
#define X_OK        1u
#define UTIME_NOW   0x3fffffff
#define UTIME_OMIT  0x3ffffffe
#define TMPFS_MAGIC 0x01021994

static struct linux_timespec time_of(s64 node_time)
{
	s64 t = node_time + (s64)clock_epoch();
	s64 seconds = t / (s64)NANOSECONDS - (t % (s64)NANOSECONDS < 0);

	return (struct linux_timespec){seconds, t - seconds * (s64)NANOSECONDS};
}

static s64 put_stat(const struct node *node, u64 to)
{
	struct linux_stat s = {
		.device = DEVICE,
		.inode = node->inode,
		.links = node->links,
		.mode = node->mode,
		.special_device = node->device,
		.bytes = (s64)node->bytes,
		.block_bytes = PAGE_BYTES,
		.accessed = time_of(node->accessed),
		.modified = time_of(node->modified),
		.changed = time_of(node->changed),
	};

	if (node_type(node) != MODE_REGULAR && node_type(node) != MODE_LINK)
		s.bytes = 0;
	s.blocks = (s.bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
	return copy_to_user(to, &s, sizeof(s)) ? 0 : -EFAULT;
}

static s64 stat_at(u64 directory, u64 path, u32 flags, u64 to)
{
	struct node *node;
	s64 error = node_at(directory, path, flags, &node);

	if (error)
		return error;
	error = put_stat(node, to);
	node_drop(node);
	return error;
}

SYSTEM_CALL(stat, stat_at(AT_FDCWD, f->rdi, 0, f->rsi))
SYSTEM_CALL(lstat, stat_at(AT_FDCWD, f->rdi, AT_SYMLINK_NOFOLLOW, f->rsi))

SYSTEM_CALL(fstat, stat_at(f->rdi, 0, AT_NO_PATH, f->rsi))
SYSTEM_CALL(newfstatat, stat_at(f->rdi, f->rsi, (u32)f->r10, f->rdx))

/* Everybody is root, whom only a file that nobody may execute resists. */
static s64 access_at(u64 directory, u64 path, u64 wanted, u32 flags)
{
	struct node *node;
	s64 error = wanted & ~7ull ? -EINVAL : node_at(directory, path, flags, &node);

	if (error)
		return error;
	bool refused = wanted & X_OK && node_type(node) == MODE_REGULAR && !(node->mode & 0111);
	node_drop(node);
	return refused ? -EACCES : 0;
}

SYSTEM_CALL(access, access_at(AT_FDCWD, f->rdi, (u32)f->rsi, 0))
SYSTEM_CALL(faccessat, access_at(f->rdi, f->rsi, (u32)f->rdx, 0))
SYSTEM_CALL(faccessat2, access_at(f->rdi, f->rsi, (u32)f->rdx, (u32)f->r10))

/* Where a link leads, into a frame: its length or -errno. */
static s64 target_of(struct node *link, char *to)
{
	if (node_type(link) != MODE_LINK)
		return -EINVAL;
	if (!link->follow)
		return (s64)node_read(link, 0, to, PATH_MAX);
	struct node *end = link->follow(link);
	s64 length = -ENOENT;
	if (end && node_type(end) == MODE_PIPE && !end->entry)
		length = (s64)format(to, PATH_MAX, "pipe:[%u]", end->inode);
	else if (end)
		length = (s64)node_path(end, to, PATH_MAX);
	node_drop(end);
	return length;
}

static s64 read_link_at(u64 directory, u64 path, u64 to, u64 bytes)
{
	struct node *node;

	if ((s32)bytes <= 0)
		return -EINVAL;
	s64 n = node_at(directory, path, AT_SYMLINK_NOFOLLOW, &node);
	if (n)
		return n;
	u64 frame = frame_alloc_dirty();
	n = frame ? target_of(node, direct(frame)) : -ENOMEM;
	node_drop(node);
	if (n > (s64)bytes)
		n = (s64)bytes;
	if (n > 0 && !copy_to_user(to, direct(frame), (u64)n))
		n = -EFAULT;
	if (frame)
		frame_free(frame);
	return n;
}

SYSTEM_CALL(readlink, read_link_at(AT_FDCWD, f->rdi, f->rsi, (u32)f->rdx))
SYSTEM_CALL(readlinkat, read_link_at(f->rdi, f->rsi, f->rdx, (u32)f->r10))

static s64 set_mode_at(u64 directory, u64 path, u32 flags, u64 mode)
{
	struct node *node;
	s64 error = node_at(directory, path, flags, &node);

	if (error)
		return error;
	node->mode = node_type(node) | (mode & MODE_BITS);
	node_changed(node);
	node_drop(node);
	return 0;
}

SYSTEM_CALL(chmod, set_mode_at(AT_FDCWD, f->rdi, 0, f->rsi))
SYSTEM_CALL(fchmod, set_mode_at(f->rdi, 0, AT_NO_PATH, f->rsi))
SYSTEM_CALL(fchmodat, set_mode_at(f->rdi, f->rsi, 0, f->rdx))

/* There is one user: an owner is accepted where there is a file, and nothing comes of it. */
SYSTEM_CALL(chown, access_at(AT_FDCWD, f->rdi, 0, 0))
SYSTEM_CALL(lchown, access_at(AT_FDCWD, f->rdi, 0, AT_SYMLINK_NOFOLLOW))
SYSTEM_CALL(fchownat, access_at(f->rdi, f->rsi, 0, (u32)f->r8))
SYSTEM_CALL(fchown, access_at(f->rdi, 0, 0, AT_NO_PATH))

static bool time_valid(const struct linux_timespec *t)
{
	return (u64)t->nanoseconds < NANOSECONDS || t->nanoseconds == UTIME_NOW ||
	       t->nanoseconds == UTIME_OMIT;
}

static void set_time(s64 *time, const struct linux_timespec *t)
{
	if (t->nanoseconds == UTIME_NOW)
		*time = (s64)clock_monotonic();
	else if (t->nanoseconds != UTIME_OMIT)
		*time = t->seconds * (s64)NANOSECONDS + t->nanoseconds - (s64)clock_epoch();
}

s64 sys_utimensat(struct frame *f)
{
	struct linux_timespec t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	u32 flags = (u32)f->r10 | (f->rsi ? 0 : AT_NO_PATH);
	struct node *node;

	if (f->rdx && !copy_from_user(t, f->rdx, sizeof(t)))
		return -EFAULT;
	s64 error = time_valid(&t[0]) && time_valid(&t[1]) ? node_at(f->rdi, f->rsi, flags, &node)
	                                                   : -EINVAL;
	if (error)
		return error;
	set_time(&node->accessed, &t[0]);
	set_time(&node->modified, &t[1]);
	node_changed(node);
	node_drop(node);
	return 0;
}

static s64 truncate_at(u64 directory, u64 path, u32 flags, u64 bytes)
{
	struct node *node;
	s64 error = (s64)bytes < 0 ? -EINVAL : node_at(directory, path, flags, &node);

	if (error)
		return error;
	if (node_type(node) != MODE_REGULAR || node->fixed || node->generate || node->store)
		error = node_type(node) == MODE_DIRECTORY ? -EISDIR : -EINVAL;
	else
		error = node->sealed ? -EPERM : node_truncate(node, bytes);
	node_drop(node);
	return error;
}

SYSTEM_CALL(truncate, truncate_at(AT_FDCWD, f->rdi, 0, f->rsi))

s64 sys_ftruncate(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);

	return o && !file_writes(o) ? -EINVAL : truncate_at(f->rdi, 0, AT_NO_PATH, f->rsi);
}

struct list_context {
	u64 to, room;
	u64 *offset;
	s64 done; /* or -errno */
};

static bool list_one(void *context, const struct listed *l)
{
	struct {
		u64 inode, next;
		u16 bytes;
		u8 type;
		char name[NAME_MAX + 10];
	} __attribute__((packed)) record = {l->inode, l->next, 0, (u8)(l->mode >> 12), ""};
	struct list_context *c = context;
	u64 bytes = (offsetof(__typeof__(record), name) + l->length + 1 + 7) & ~7ull;

	memcpy(record.name, l->name, l->length);
	record.bytes = (u16)bytes;
	if (bytes > c->room) {
		if (!c->done)
			c->done = -EINVAL;
		return false;
	}
	if (!copy_to_user(c->to, &record, bytes)) {
		if (!c->done)
			c->done = -EFAULT;
		return false;
	}
	c->to += bytes;
	c->room -= bytes;
	c->done += (s64)bytes;
	*c->offset = l->next;
	return true;
}

s64 sys_getdents64(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);

	if (!o)
		return -EBADF;
	struct list_context context = {.to = f->rsi, .room = (u32)f->rdx, .offset = &o->offset};
	if (node_type(o->node) != MODE_DIRECTORY)
		return -ENOTDIR;
	if (!o->node->links)
		return -ENOENT;
	tree_list(o->node, o->offset, list_one, &context);
	return context.done;
}

static s64 statfs_at(u64 directory, u64 path, u32 flags, u64 to)
{
	s64 error = access_at(directory, path, 0, flags), frames = (s64)frames_available();
	const struct {
		s64 type, block_bytes, blocks, free, available, files, files_free;
		s32 id[2];
		s64 name_max, fragment_bytes, flags, spare[4];
	} s = {TMPFS_MAGIC, PAGE_BYTES, frames,   frames,     frames, 0,
	       0,           {0},        NAME_MAX, PAGE_BYTES, 0,      {0}};

	return error ? error : copy_to_user(to, &s, sizeof(s)) ? 0 : -EFAULT;
}

SYSTEM_CALL(statfs, statfs_at(AT_FDCWD, f->rdi, 0, f->rsi))
SYSTEM_CALL(fstatfs, statfs_at(f->rdi, 0, AT_NO_PATH, f->rsi))
