#include "guest/console.h"
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define WRITE_CHUNK  256u
#define READ_CHUNK   (64u << 10)
#define PATH_BYTES   256u
#define VECTORS_MAX  1024u
#define TRANSFER_MAX 0x7ffff000u /* what one Linux read or write moves at most */
#define BLOCK_BYTES  512

#define AT_FDCWD      (-100)
#define AT_EMPTY_PATH 0x1000u

#define O_CREAT       0100u
#define O_EXCL        0200u
#define O_TRUNC       01000u
#define O_DIRECTORY   0200000u

enum whence { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 };

static s64 read_file(struct open_file *o, u64 to, u64 bytes)
{
	u64 done = 0;

	if (o->console)
		return 0; /* nothing is ever typed: end of file */
	if ((o->file.mode & MODE_TYPE) == MODE_DIRECTORY)
		return -EISDIR;
	/* Whoever runs while this one breathes may share the file and move its offset. */
	while (done < bytes && breathe() && o->offset < o->file.bytes) {
		u64 left = o->file.bytes - o->offset;
		u64 part = bytes - done < left ? bytes - done : left;
		if (part > READ_CHUNK)
			part = READ_CHUNK;
		if (!copy_to_user(to + done, o->file.data + o->offset, part))
			return done ? (s64)done : -EFAULT;
		o->offset += part;
		done += part;
	}
	return (s64)done;
}

static s64 write_file(struct open_file *o, u64 from, u64 bytes)
{
	char chunk[WRITE_CHUNK];
	u64 done = 0;

	if (!o->console)
		return -EBADF; /* open for reading, like all of the initramfs */
	while (done < bytes && breathe()) {
		u64 part = bytes - done < sizeof(chunk) ? bytes - done : sizeof(chunk);
		if (!copy_from_user(chunk, from + done, part))
			return done ? (s64)done : -EFAULT;
		console_write(chunk, part);
		done += part;
	}
	return done || !bytes ? (s64)done : -EINTR;
}

static s64 transfer(struct open_file *o, bool write, u64 address, u64 bytes)
{
	if (!o)
		return -EBADF;
	if (!user_range(address, bytes))
		return -EFAULT;
	if (bytes > TRANSFER_MAX)
		bytes = TRANSFER_MAX;
	return write ? write_file(o, address, bytes) : read_file(o, address, bytes);
}

s64 sys_read(struct frame *f)
{
	return transfer(file_at(f->rdi), false, f->rsi, f->rdx);
}

s64 sys_write(struct frame *f)
{
	return transfer(file_at(f->rdi), true, f->rsi, f->rdx);
}

/* Fetches one of the call's vectors: 0 or -errno. */
static s64 fetch_vector(const struct frame *f, u64 index, struct linux_iovec *v)
{
	if (!copy_from_user(v, f->rsi + index * sizeof(*v), sizeof(*v)))
		return -EFAULT;
	return (s64)v->bytes < 0 ? -EINVAL : user_range(v->base, v->bytes) ? 0 : -EFAULT;
}

static s64 transfer_vectors(struct frame *f, bool write)
{
	struct open_file *o = file_at(f->rdi);
	struct linux_iovec v;
	s64 done = 0, error = 0;

	if (!o)
		return -EBADF;
	if (f->rdx > VECTORS_MAX)
		return -EINVAL;
	for (u64 i = 0; i < f->rdx && !error; i++) /* as Linux: all, before any is used */
		error = fetch_vector(f, i, &v);
	if (error)
		return error;
	for (u64 i = 0; i < f->rdx; i++) {
		s64 n = fetch_vector(f, i, &v);
		if (!n)
			n = transfer(o, write, v.base, v.bytes);
		if (n < 0)
			return done ? done : n;
		done += n;
		if ((u64)n < v.bytes)
			break;
	}
	return done;
}

s64 sys_readv(struct frame *f)
{
	return transfer_vectors(f, false);
}

s64 sys_writev(struct frame *f)
{
	return transfer_vectors(f, true);
}

/* The archive's file for a path in the program's memory: 0 or -errno. */
static s64 find(u64 user_path, struct archive_file *file)
{
	char path[PATH_BYTES];
	s64 length = copy_string_from_user(path, user_path, sizeof(path));

	if (length < 0)
		return length;
	return length && archive_find(files_archive(), path, file) ? 0 : -ENOENT;
}

static s64 open_path(u64 user_path, u32 flags)
{
	struct archive_file file;
	s64 error = find(user_path, &file);

	if (error == -ENOENT && flags & O_CREAT)
		return -EROFS;
	if (error)
		return error;
	bool directory = (file.mode & MODE_TYPE) == MODE_DIRECTORY;
	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if (directory && (flags & (O_ACCESS_MODE | O_CREAT)))
		return -EISDIR;
	if (flags & (O_ACCESS_MODE | O_TRUNC))
		return -EROFS;
	if (flags & O_DIRECTORY && !directory)
		return -ENOTDIR;
	struct open_file *o = file_new();
	if (!o)
		return -EMFILE;
	o->file = file;
	o->node = node_stub(&file);
	s64 fd = file_install(o);
	if (fd < 0)
		o->references = 0;
	return fd;
}

s64 sys_open(struct frame *f)
{
	return open_path(f->rdi, (u32)f->rsi);
}

s64 sys_openat(struct frame *f)
{
	return open_path(f->rsi, (u32)f->rdx); /* every directory is the root so far */
}

s64 sys_close(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);

	if (!o)
		return -EBADF;
	o->references--;
	current_process()->files[(u32)f->rdi] = NULL;
	return 0;
}

s64 sys_dup(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);
	s64 fd = o ? file_install(o) : -EBADF;

	if (fd >= 0)
		o->references++;
	return fd;
}

s64 sys_dup2(struct frame *f)
{
	struct open_file *o = file_at(f->rdi), *old = file_at(f->rsi);

	if (!o || (u32)f->rsi >= FILES)
		return -EBADF;
	if (o != old) {
		if (old)
			old->references--;
		o->references++;
		current_process()->files[(u32)f->rsi] = o;
	}
	return (u32)f->rsi;
}

static s64 put_stat(u64 to, const struct archive_file *file, bool console)
{
	struct linux_stat s = {
		.inode = console ? 1 : file->inode,
		.links = 1,
		.mode = console ? MODE_CHARACTER | 0620 : file->mode,
		.special_device = console ? 5 << 8 | 1 : 0,
		.bytes = console ? 0 : (s64)file->bytes,
		.block_bytes = PAGE_BYTES,
	};

	s.blocks = (s.bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
	return copy_to_user(to, &s, sizeof(s)) ? 0 : -EFAULT;
}

static s64 stat_path(u64 path, u64 to)
{
	struct archive_file file;
	s64 error = find(path, &file);

	return error ? error : put_stat(to, &file, false);
}

static s64 stat_descriptor(u64 fd, u64 to)
{
	struct open_file *o = file_at(fd);

	return o ? put_stat(to, &o->file, o->console) : -EBADF;
}

s64 sys_stat(struct frame *f)
{
	return stat_path(f->rdi, f->rsi);
}

s64 sys_lstat(struct frame *f)
{
	return stat_path(f->rdi, f->rsi);
}

s64 sys_fstat(struct frame *f)
{
	return stat_descriptor(f->rdi, f->rsi);
}

s64 sys_newfstatat(struct frame *f)
{
	char first = 0;

	if (f->r10 & AT_EMPTY_PATH && (!f->rsi || (copy_from_user(&first, f->rsi, 1) && !first)))
		return stat_descriptor(f->rdi, f->rdx);
	return stat_path(f->rsi, f->rdx);
}

s64 sys_access(struct frame *f)
{
	struct archive_file file;

	return find(f->rdi, &file);
}

s64 sys_lseek(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);
	s64 base;

	if (!o)
		return -EBADF;
	if (o->console)
		return -ESPIPE;
	if (f->rdx == SEEK_SET)
		base = 0;
	else if (f->rdx == SEEK_CUR)
		base = (s64)o->offset;
	else if (f->rdx == SEEK_END)
		base = (s64)o->file.bytes;
	else
		return -EINVAL;
	s64 offset;
	if (__builtin_add_overflow(base, (s64)f->rsi, &offset) || offset < 0)
		return -EINVAL;
	o->offset = (u64)offset;
	return offset;
}

s64 sys_ioctl(struct frame *f)
{
	return file_at(f->rdi) ? -ENOTTY : -EBADF; /* the console is no terminal so far */
}

s64 sys_readlink(struct frame *f)
{
	static const char self[] = "/proc/self/exe";
	char path[PATH_BYTES], target[PROCESS_NAME + 8];
	s64 length = copy_string_from_user(path, f->rdi, sizeof(path));
	struct archive_file file;

	if ((s32)f->rdx <= 0)
		return -EINVAL;
	if (length < 0)
		return length;
	if (strcmp(path, self) != 0)
		return archive_find(files_archive(), path, &file) ? -EINVAL : -ENOENT;
	u64 n = format(target, sizeof(target), "/bin/%s", current_process()->name);
	if (n > f->rdx)
		n = f->rdx;
	return copy_to_user(f->rsi, target, n) ? (s64)n : -EFAULT;
}
