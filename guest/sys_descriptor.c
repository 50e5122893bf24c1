/* System calls that make, copy and close descriptors. */
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/path.h"
#include "guest/pipe.h"
#include "guest/syscall.h"

#define STATUS_FLAGS (O_APPEND | O_NONBLOCK) /* what F_SETFL may change */
#define FD_CLOEXEC   1u
#define F_UNLCK      2

enum fcntl {
	F_DUPFD = 0,
	F_GETFD,
	F_SETFD,
	F_GETFL,
	F_SETFL,
	F_SETLK = 6,
	F_SETLKW,
	F_DUPFD_CLOEXEC = 1030
};

static s64 open_place(const struct place *place, u32 flags, u32 mode)
{
	struct open_file *o;
	s64 error = 0;

	if (place->slash && flags & O_CREAT)
		return -EISDIR;
	struct node *node = node_hold(place->node);
	bool directory = node && node_type(node) == MODE_DIRECTORY;
	if (!node)
		node = tree_make(place,
		                 MODE_REGULAR | (mode & MODE_BITS & ~current_process()->umask),
		                 &error);
	else if (flags & O_CREAT && flags & O_EXCL)
		error = -EEXIST;
	else if (flags & O_CREAT && directory)
		error = -EISDIR;
	else if (flags & O_DIRECTORY && !directory)
		error = -ENOTDIR;
	if (!error)
		error = file_open(node, flags, &o);
	node_drop(node);
	return error ? error : file_install(o, 0, flags & O_CLOEXEC);
}

static s64 open_at(u64 directory, u64 path, u32 flags, u32 mode)
{
	struct place place;
	bool exclusive = flags & O_CREAT && flags & O_EXCL;
	u32 how = exclusive || flags & O_NOFOLLOW ? 0 : WALK_FOLLOW;

	if (flags & O_PATH)
		flags &= O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW;
	s64 error = file_free_from(0); /* first: without one no file is to be made or emptied */
	if (error >= 0)
		error = walk_at(directory, path, how | (flags & O_CREAT ? WALK_PARENT : 0), &place);
	if (error)
		return error;
	s64 fd = open_place(&place, flags, mode);
	place_drop(&place);
	return fd;
}

SYSTEM_CALL(open, open_at(AT_FDCWD, f->rdi, (u32)f->rsi, (u32)f->rdx))
SYSTEM_CALL(openat, open_at(f->rdi, f->rsi, (u32)f->rdx, (u32)f->r10))
SYSTEM_CALL(creat, open_at(AT_FDCWD, f->rdi, O_CREAT | O_WRONLY | O_TRUNC, (u32)f->rsi))
SYSTEM_CALL(close, file_close(f->rdi))

s64 sys_dup(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);

	return o ? file_install(file_hold(o), 0, false) : -EBADF;
}

static s64 duplicate(u64 from, u64 to, bool close_on_exec)
{
	struct open_file *o = file_at(from);

	if (!o || (u32)to >= files_limit())
		return -EBADF;
	if ((u32)from == (u32)to)
		return (u32)to;
	file_hold(o);
	file_close(to);
	return file_install(o, (u32)to, close_on_exec);
}

SYSTEM_CALL(dup2, duplicate(f->rdi, f->rsi, false))

s64 sys_dup3(struct frame *f)
{
	if (f->rdx & ~(u64)O_CLOEXEC || (u32)f->rdi == (u32)f->rsi)
		return -EINVAL;
	return duplicate(f->rdi, f->rsi, f->rdx & O_CLOEXEC);
}

s64 sys_fcntl(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);

	if (!o)
		return -EBADF;
	switch ((u32)f->rsi) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (f->rdx >= files_limit())
			return -EINVAL;
		return file_install(file_hold(o), (u32)f->rdx, (u32)f->rsi == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return current_process()->close_on_exec >> (u32)f->rdi & 1;
	case F_SETFD:
		set_close_on_exec((u32)f->rdi, f->rdx & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return o->flags;
	case F_SETFL:
		o->flags = (o->flags & ~STATUS_FLAGS) | ((u32)f->rdx & STATUS_FLAGS);
		return 0;
	case F_SETLK:
	case F_SETLKW:
		return 0; /* nobody else has any */
	}
	return -EINVAL;
}

static s64 make_pipe(u64 to, u32 flags)
{
	struct open_file *ends[2] = {NULL, NULL};
	s32 fds[2];

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	s64 error = pipe_make(flags & O_NONBLOCK, ends);
	if (error)
		return error;
	fds[0] = (s32)file_install(ends[0], 0, flags & O_CLOEXEC);
	if (fds[0] < 0)
		file_drop(ends[1]);
	fds[1] = fds[0] < 0 ? fds[0] : (s32)file_install(ends[1], 0, flags & O_CLOEXEC);
	if (fds[1] >= 0 && copy_to_user(to, fds, sizeof(fds)))
		return 0;
	for (u32 i = 0; i < 2; i++)
		if (fds[i] >= 0)
			file_close((u32)fds[i]);
	return fds[1] < 0 ? fds[1] : -EFAULT;
}

SYSTEM_CALL(pipe, make_pipe(f->rdi, 0))
SYSTEM_CALL(pipe2, make_pipe(f->rdi, (u32)f->rsi))
