#include "guest/pipe.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/percpu.h"
#include "guest/pool.h"
#include "guest/signals.h"
#include "guest/transfer.h"

#define PAGES    (PIPE_BYTES / PAGE_BYTES)
#define PIPE_BUF PAGE_BYTES
#define FIONREAD 0x541bu

struct pipe {
	u64 frame[PAGES];
	u64 read, written; /* bytes since the beginning; their frames in turn */
	u32 readers, writers;
	u32 sleepers;  /* on this */
	u32 opened[2]; /* how often for reading, for writing: for who waits in open */
	bool unnamed;
};

static struct pool pipes = {.bytes = (sizeof(struct pipe) + 7) & ~7u};

static s64 await(struct pipe *p)
{
	p->sleepers++;
	s64 error = sleep_on(p, 0);
	p->sleepers--;
	return error == -EINTR ? -ERESTART : error;
}

static void tell(const struct pipe *p)
{
	if (p->sleepers)
		wake(p);
	file_ready();
}

static u64 *frame_of(struct pipe *p, u64 position)
{
	return &p->frame[position / PAGE_BYTES % PAGES];
}

/* Everything before `position` was read; its frame is kept if it is the only one. */
static void advance(struct pipe *p, u64 position)
{
	u64 *old = frame_of(p, p->read);

	if (position == p->written) {
		p->read = p->written = page_down(p->read);
		return;
	}
	if (page_down(position) != page_down(p->read) &&
	    p->written <= page_down(p->read) + PIPE_BYTES) {
		frame_free(*old);
		*old = 0;
	}
	p->read = position;
}

/* As much as lies in one frame: how much, 0: the address is bad. */
static u64 take_piece(struct pipe *p, u64 to, u64 bytes)
{
	u64 start = p->read % PAGE_BYTES;
	u64 part = least(bytes, least(p->written - p->read, PAGE_BYTES - start));

	if (!transfer_out(to, (u8 *)direct(*frame_of(p, p->read)) + start, part))
		return 0;
	advance(p, p->read + part);
	return part;
}

static s64 pipe_read(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	struct pipe *p = o->node->pipe;
	u64 done = 0;

	(void)offset;
	if (!bytes)
		return 0;
	while (p->read == p->written) {
		if (!p->writers)
			return 0;
		if (o->flags & O_NONBLOCK)
			return -EAGAIN;
		s64 error = await(p);
		if (error)
			return error;
	}
	while (done < bytes && p->read != p->written) {
		u64 part = take_piece(p, to + done, bytes - done);
		if (!part)
			break;
		done += part;
	}
	if (!done)
		return -EFAULT;
	tell(p);
	return (s64)done;
}

/* As much as one frame holds: how much, or -errno. */
static s64 put_piece(struct pipe *p, u64 from, u64 bytes)
{
	u64 start = p->written % PAGE_BYTES, room = PIPE_BYTES - (p->written - p->read);
	u64 part = least(bytes, least(room, PAGE_BYTES - start));
	u64 *frame = frame_of(p, p->written);

	if (!*frame)
		*frame = frame_alloc_dirty();
	if (!*frame)
		return -ENOMEM;
	if (!transfer_in((u8 *)direct(*frame) + start, from, part))
		return -EFAULT;
	p->written += part;
	return (s64)part;
}

static s64 pipe_write(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	struct pipe *p = o->node->pipe;
	const struct signal_info info = {.code = SI_KERNEL};
	u64 done = 0;
	s64 error = 0;

	(void)offset;
	while (done < bytes && !error) {
		u64 room = PIPE_BYTES - (p->written - p->read);
		u64 needed = bytes <= PIPE_BUF ? bytes - done : 1;
		if (!p->readers) {
			signal_send_thread(current_thread(), SIGPIPE, &info);
			error = -EPIPE;
		} else if (room < needed) {
			tell(p);
			error = o->flags & O_NONBLOCK ? -EAGAIN : await(p);
		} else {
			s64 n = put_piece(p, from + done, bytes - done);
			if (n < 0)
				error = n;
			else
				done += (u64)n;
		}
	}
	if (done)
		tell(p);
	return done ? (s64)done : error;
}

static u32 pipe_poll(struct open_file *o)
{
	const struct pipe *p = o->node->pipe;
	u32 ready = 0;

	if (file_reads(o))
		ready |= (p->read != p->written ? POLLIN : 0) | (p->writers ? 0 : POLLHUP);
	if (file_writes(o))
		ready |= (PIPE_BYTES - (p->written - p->read) >= PIPE_BUF ? POLLOUT : 0) |
		         (p->readers ? 0 : POLLERR);
	return ready;
}

static s64 pipe_ioctl(struct open_file *o, u32 request, u64 argument)
{
	u32 bytes = (u32)(o->node->pipe->written - o->node->pipe->read);

	if (request != FIONREAD)
		return -ENOTTY;
	return copy_to_user(argument, &bytes, sizeof(bytes)) ? 0 : -EFAULT;
}

static void pipe_release(struct open_file *o)
{
	struct pipe *p = o->node->pipe;

	p->readers -= file_reads(o);
	p->writers -= file_writes(o);
	tell(p);
	if (!p->readers && !p->writers) { /* a FIFO forgets what nobody read */
		o->node->pipe = NULL;
		pipe_free(p);
	}
}

static const struct operations operations = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
	.stream = true,
};

/* Waits until the other end was opened since we came: 0 or -errno. */
static s64 meet(struct pipe *p, const u32 *others, u32 *opened)
{
	u32 before = *opened;

	while (!*others && *opened == before) {
		s64 error = await(p);
		if (error)
			return error;
	}
	return 0;
}

s64 pipe_open(struct open_file *o)
{
	bool reads = file_reads(o), writes = file_writes(o), wait = !(o->flags & O_NONBLOCK);
	struct pipe *p = o->node->pipe;

	if (!p)
		p = o->node->pipe = pool_take(&pipes);
	if (!p)
		return -ENOMEM;
	o->operations = &operations;
	p->readers += reads;
	p->writers += writes;
	p->opened[0] += reads;
	p->opened[1] += writes;
	tell(p);
	s64 error = 0;
	if (p->unnamed || (reads && writes))
		return 0;
	if (reads && wait)
		error = meet(p, &p->writers, &p->opened[1]);
	else if (writes && !p->readers)
		error = wait ? meet(p, &p->readers, &p->opened[0]) : -ENXIO;
	if (error)
		pipe_release(o);
	return error;
}

void pipe_free(struct pipe *p)
{
	for (u32 i = 0; i < PAGES; i++)
		if (p->frame[i])
			frame_free(p->frame[i]);
	pool_give(&pipes, p);
}

s64 pipe_make(u32 flags, struct open_file *ends[2])
{
	struct node *node = node_new(MODE_PIPE | 0600);
	struct pipe *p = node ? node->pipe = pool_take(&pipes) : NULL;
	s64 error = p ? 0 : -ENFILE;

	if (p) {
		p->unnamed = true;
		error = file_open(node, O_RDONLY | flags, &ends[0]);
		if (!error)
			error = file_open(node, O_WRONLY | flags, &ends[1]);
		if (error && ends[0])
			file_drop(ends[0]);
	}
	node_drop(node);
	return error;
}
