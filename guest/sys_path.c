/* System calls that change names. */
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/path.h"
#include "guest/syscall.h"
#include "lib/string.h"

#define RENAME_NOREPLACE 1u

s64 walk_at(u64 directory, u64 path, u32 how, struct place *place)
{
	struct node *start = current_process()->directory;
	struct open_file *o = (s32)directory == (s32)AT_FDCWD ? NULL : file_at(directory);
	u64 frame = frame_alloc_dirty();
	char *text = direct(frame);

	if (!frame)
		return -ENOMEM;
	s64 length = copy_string_from_user(text, path, PATH_MAX);
	if (!length)
		length = -ENOENT;
	if (length > 0 && *text != '/' && (s32)directory != (s32)AT_FDCWD) {
		if (!o)
			length = -EBADF;
		else if (node_type(o->node) != MODE_DIRECTORY)
			length = -ENOTDIR;
		else
			start = o->node;
	}
	if (length < 0) {
		frame_free(frame);
		return length;
	}
	return tree_walk(start, frame, how, place);
}

s64 node_at(u64 directory, u64 path, u32 flags, struct node **node)
{
	struct place place;
	char first = 0;

	if (flags & AT_NO_PATH ||
	    (flags & AT_EMPTY_PATH && copy_from_user(&first, path, 1) && !first)) {
		struct open_file *o = file_at(directory);
		if (!o && (flags & AT_NO_PATH || (s32)directory != (s32)AT_FDCWD))
			return -EBADF;
		*node = node_hold(o ? o->node : current_process()->directory);
		return 0;
	}
	s64 error = walk_at(directory, path, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &place);
	if (error)
		return error;
	*node = node_hold(place.node);
	place_drop(&place);
	return 0;
}

static s64 make_at(u64 directory, u64 path, u32 mode, u32 device)
{
	struct place place;
	s64 error = walk_at(directory, path, WALK_PARENT, &place);

	if (error)
		return error;
	mode &= ~(current_process()->umask & 0777);
	struct node *node = tree_make(&place, mode, &error);
	if (node)
		node->device = device;
	node_drop(node);
	place_drop(&place);
	return error;
}

SYSTEM_CALL(mkdir, make_at(AT_FDCWD, f->rdi, MODE_DIRECTORY | (f->rsi & 01777), 0))
SYSTEM_CALL(mkdirat, make_at(f->rdi, f->rsi, MODE_DIRECTORY | (f->rdx & 01777), 0))

static s64 make_node_at(u64 directory, u64 path, u64 mode, u64 device)
{
	u32 type = (u32)mode & MODE_TYPE;

	if (!type)
		type = MODE_REGULAR;
	if (type == MODE_DIRECTORY)
		return -EPERM;
	if (type != MODE_REGULAR && type != MODE_PIPE && type != MODE_CHARACTER)
		return -EINVAL;
	return make_at(directory, path, type | (mode & MODE_BITS), (u32)device);
}

SYSTEM_CALL(mknod, make_node_at(AT_FDCWD, f->rdi, f->rsi, f->rdx))
SYSTEM_CALL(mknodat, make_node_at(f->rdi, f->rsi, f->rdx, f->r10))

static s64 unlink_at(u64 directory, u64 path, bool is_directory)
{
	struct place place;
	s64 error = walk_at(directory, path, WALK_PARENT, &place);

	if (error)
		return error;
	error = tree_unlink(&place, is_directory);
	place_drop(&place);
	return error;
}

SYSTEM_CALL(unlink, unlink_at(AT_FDCWD, f->rdi, false))
SYSTEM_CALL(rmdir, unlink_at(AT_FDCWD, f->rdi, true))

s64 sys_unlinkat(struct frame *f)
{
	if (f->rdx & ~(u64)AT_REMOVEDIR)
		return -EINVAL;
	return unlink_at(f->rdi, f->rsi, f->rdx & AT_REMOVEDIR);
}

static s64 rename_at(u64 old_directory, u64 old, u64 new_directory, u64 new, u64 flags)
{
	struct place from, to;
	s64 error = flags & ~(u64)RENAME_NOREPLACE
	                    ? -EINVAL
	                    : walk_at(old_directory, old, WALK_PARENT, &from);

	if (error)
		return error;
	error = walk_at(new_directory, new, WALK_PARENT, &to);
	if (!error) {
		bool taken = flags & RENAME_NOREPLACE && to.node && from.node;
		error = taken ? -EEXIST : tree_rename(&from, &to);
		place_drop(&to);
	}
	place_drop(&from);
	return error;
}

SYSTEM_CALL(rename, rename_at(AT_FDCWD, f->rdi, AT_FDCWD, f->rsi, 0))
SYSTEM_CALL(renameat, rename_at(f->rdi, f->rsi, f->rdx, f->r10, 0))
SYSTEM_CALL(renameat2, rename_at(f->rdi, f->rsi, f->rdx, f->r10, (u32)f->r8))

static s64 link_at(u64 old_directory, u64 old, u64 new_directory, u64 new, u32 flags)
{
	struct node *node;
	struct place place;
	u32 how = (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW) | (flags & AT_EMPTY_PATH);

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	s64 error = node_at(old_directory, old, how, &node);
	if (error)
		return error;
	error = walk_at(new_directory, new, WALK_PARENT, &place);
	if (!error) {
		if (!place.node && node_type(node) == MODE_DIRECTORY)
			error = place.slash ? -ENOENT : -EPERM;
		else
			error = node->generate || node->follow ? -EXDEV : tree_link(&place, node);
		place_drop(&place);
	}
	node_drop(node);
	return error;
}

SYSTEM_CALL(link, link_at(AT_FDCWD, f->rdi, AT_FDCWD, f->rsi, 0))
SYSTEM_CALL(linkat, link_at(f->rdi, f->rsi, f->rdx, f->r10, (u32)f->r8))

static s64 symlink_at(u64 user_target, u64 directory, u64 path)
{
	struct place place;
	u64 frame = frame_alloc_dirty();
	s64 length = frame ? copy_string_from_user(direct(frame), user_target, PATH_MAX) : -ENOMEM;
	s64 error = !length ? -ENOENT : length < 0 ? length : 0;

	if (!error)
		error = walk_at(directory, path, WALK_PARENT, &place);
	if (!error) {
		struct node *node = tree_make(&place, MODE_LINK | 0777, &error);
		if (node && node_write(node, 0, (u64)direct(frame), (u64)length) != length) {
			place.node = node_hold(node);
			tree_unlink(&place, false);
			error = -ENOSPC;
		}
		node_drop(node);
		place_drop(&place);
	}
	if (frame)
		frame_free(frame);
	return error;
}

SYSTEM_CALL(symlink, symlink_at(f->rdi, AT_FDCWD, f->rsi))
SYSTEM_CALL(symlinkat, symlink_at(f->rdi, f->rsi, f->rdx))

static s64 change_directory(u64 directory, u64 path, u32 flags)
{
	struct process *self = current_process();
	struct node *node;
	s64 error = node_at(directory, path, flags, &node);

	if (error)
		return error;
	if (node_type(node) != MODE_DIRECTORY) {
		node_drop(node);
		return -ENOTDIR;
	}
	node_drop(self->directory);
	self->directory = node;
	return 0;
}

SYSTEM_CALL(chdir, change_directory(AT_FDCWD, f->rdi, 0))
SYSTEM_CALL(fchdir, change_directory(f->rdi, 0, AT_NO_PATH))

s64 sys_getcwd(struct frame *f)
{
	const struct node *here = current_process()->directory;
	u64 frame = here->links ? frame_alloc_dirty() : 0;
	char *path = direct(frame);

	if (!frame)
		return here->links ? -ENOMEM : -ENOENT;
	s64 length = (s64)node_path(here, path, PATH_MAX) + 1;
	if (length > (s64)PATH_MAX)
		length = -ENAMETOOLONG;
	else if (f->rsi < (u64)length)
		length = -ERANGE;
	else if (!copy_to_user(f->rdi, path, (u64)length))
		length = -EFAULT;
	frame_free(frame);
	return length;
}

s64 sys_umask(struct frame *f)
{
	u32 old = current_process()->umask;

	current_process()->umask = f->rdi & 0777;
	return old;
}
