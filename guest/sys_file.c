/* System calls that move bytes. */
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/linux.h"
#include "guest/syscall.h"
#include "guest/usercopy.h"

#define VECTORS_MAX  1024u
#define TRANSFER_MAX 0x7ffff000u /* what one Linux read or write moves at most */

enum whence { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 };

/* Held while it lasts: another thread may close the descriptor. */
static s64 transfer(struct open_file *o, bool write, u64 address, u64 bytes, u64 *offset)
{
	if (!o || !(write ? file_writes(o) : file_reads(o)))
		return -EBADF;
	if (!user_range(address, bytes))
		return -EFAULT;
	if (bytes > TRANSFER_MAX)
		bytes = TRANSFER_MAX;
	s64 (*move)(struct open_file *, u64, u64, u64 *) =
		write ? o->operations->write : o->operations->read;
	if (!move)
		return -EINVAL;
	o->references++;
	s64 done = move(o, address, bytes, offset);
	file_drop(o);
	return done;
}

static s64 transfer_on(struct frame *f, bool write)
{
	struct open_file *o = file_at(f->rdi);

	return transfer(o, write, f->rsi, f->rdx, o ? &o->offset : NULL);
}

SYSTEM_CALL(read, transfer_on(f, false))
SYSTEM_CALL(write, transfer_on(f, true))

static s64 transfer_at(struct frame *f, bool write)
{
	struct open_file *o = file_at(f->rdi);
	u64 offset = f->r10;

	if ((s64)offset < 0)
		return -EINVAL;
	return o && o->operations->stream ? -ESPIPE : transfer(o, write, f->rsi, f->rdx, &offset);
}

SYSTEM_CALL(pread64, transfer_at(f, false))
SYSTEM_CALL(pwrite64, transfer_at(f, true))

/* Fetches one of the call's vectors: 0 or -errno. */
static s64 fetch_vector(const struct frame *f, u64 index, struct linux_iovec *v)
{
	if (!copy_from_user(v, f->rsi + index * sizeof(*v), sizeof(*v)))
		return -EFAULT;
	return (s64)v->bytes < 0 ? -EINVAL : user_range(v->base, v->bytes) ? 0 : -EFAULT;
}

/* Something was read already: go on only if that needs no waiting. */
static bool would_wait(struct open_file *o)
{
	return o->operations->stream && o->operations->poll && !(o->operations->poll(o) & POLLIN);
}

/* What a pipe takes in one piece must reach it in one. */
static s64 write_gathered(const struct frame *f, struct open_file *o)
{
	struct linux_iovec v;
	u64 frame = frame_alloc_dirty(), bytes = 0;
	s64 done = frame ? 0 : -ENOMEM;

	for (u64 i = 0; i < f->rdx && !done; i++, bytes += v.bytes) {
		done = fetch_vector(f, i, &v);
		if (!done && (v.bytes > PAGE_BYTES - bytes ||
		              !copy_from_user((u8 *)direct(frame) + bytes, v.base, v.bytes)))
			done = -EFAULT;
	}
	file_hold(o);
	if (!done)
		done = o->operations->write(o, (u64)direct(frame), bytes, NULL);
	file_drop(o);
	if (frame)
		frame_free(frame);
	return done;
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
	u64 bytes = 0;
	for (u64 i = 0; i < f->rdx && !error; i++, bytes += v.bytes) /* as Linux: all, first */
		error = fetch_vector(f, i, &v);
	if (error)
		return error;
	if (write && f->rdx > 1 && file_writes(o) && o->operations->stream && bytes <= PAGE_BYTES)
		return write_gathered(f, o);
	file_hold(o);
	for (u64 i = 0; i < f->rdx; i++) {
		s64 n = fetch_vector(f, i, &v);
		if (!n && !v.bytes && f->rdx > 1)
			continue;
		if (!n && done && !write && would_wait(o))
			break;
		if (!n)
			n = transfer(o, write, v.base, v.bytes, &o->offset);
		error = n < 0 && !done ? n : 0;
		done += n > 0 ? n : 0;
		if (n < 0 || (u64)n < v.bytes)
			break;
	}
	file_drop(o);
	return error ? error : done;
}

SYSTEM_CALL(readv, transfer_vectors(f, false))
SYSTEM_CALL(writev, transfer_vectors(f, true))

s64 sys_lseek(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);
	s64 base, offset;

	if (!o)
		return -EBADF;
	if (o->operations->stream)
		return -ESPIPE;
	if (f->rdx == SEEK_SET)
		base = 0;
	else if (f->rdx == SEEK_CUR)
		base = (s64)o->offset;
	else if (f->rdx == SEEK_END)
		base = (s64)o->node->bytes;
	else
		return -EINVAL;
	if (__builtin_add_overflow(base, (s64)f->rsi, &offset) || offset < 0)
		return -EINVAL;
	o->offset = (u64)offset;
	return offset;
}

/* By way of a frame: a page of the file may go while the writer waits. */
static s64 send(struct open_file *to, struct open_file *from, u64 *offset, u64 bytes)
{
	u64 frame = frame_alloc_dirty(), done = 0;
	s64 error = frame ? 0 : -ENOMEM;

	while (!error && done < bytes) {
		u64 part = least(bytes - done, PAGE_BYTES);
		part = node_read(from->node, *offset, direct(frame), part);
		s64 n = part ? to->operations->write(to, (u64)direct(frame), part, &to->offset) : 0;
		if (n < 0)
			error = n;
		if (n <= 0)
			break;
		*offset += (u64)n;
		done += (u64)n;
		if ((u64)n < part || !breathe())
			break;
	}
	if (frame)
		frame_free(frame);
	return done ? (s64)done : error;
}

s64 sys_sendfile(struct frame *f)
{
	struct open_file *to = file_at(f->rdi), *from = file_at(f->rsi);
	u64 offset, bytes = f->r10 < TRANSFER_MAX ? f->r10 : TRANSFER_MAX;

	if (!to || !from || !file_writes(to) || !file_reads(from))
		return -EBADF;
	if (node_type(from->node) != MODE_REGULAR || !to->operations->write || to->flags & O_APPEND)
		return -EINVAL;
	if (f->rdx && !copy_from_user(&offset, f->rdx, sizeof(offset)))
		return -EFAULT;
	file_hold(to);
	file_hold(from);
	s64 done = send(to, from, f->rdx ? &offset : &from->offset, bytes);
	file_drop(to);
	file_drop(from);
	if (f->rdx && done > 0 && !copy_to_user(f->rdx, &offset, sizeof(offset)))
		return -EFAULT;
	return done;
}

s64 sys_ioctl(struct frame *f)
{
	struct open_file *o = file_at(f->rdi);

	if (!o || o->flags & O_PATH)
		return -EBADF;
	return o->operations->ioctl ? o->operations->ioctl(o, (u32)f->rsi, f->rdx) : -ENOTTY;
}

/* Everything is in memory: there is nothing to wait for. */
SYSTEM_CALL(fsync, file_at(f->rdi) ? 0 : -EBADF)
SYSTEM_CALL(fdatasync, sys_fsync(f))
SYSTEM_CALL(flock, sys_fsync(f))
SYSTEM_CALL(sync, 0)
