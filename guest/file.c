#include "guest/file.h"
#include "guest/device.h"
#include "guest/errno.h"
#include "guest/linux.h"
#include "guest/percpu.h"
#include "guest/pipe.h"
#include "guest/pool.h"
#include "guest/syscall.h"
#include "guest/text.h"
#include "guest/transfer.h"
#include "guest/tty.h"

u32 pollers;

static struct pool open_files = {.bytes = (sizeof(struct open_file) + 7) & ~7u};

/* Whoever runs while this one breathes may share the file and move its offset. */
static s64 read_regular(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	u64 done = 0, since = 0;

	while (done < bytes && *offset < o->node->bytes) {
		u64 part = least(bytes - done, TRANSFER_CHUNK);
		const void *from = node_span(o->node, *offset, &part);
		if (!transfer_out(to + done, from, part))
			return done ? (s64)done : -EFAULT;
		*offset += part;
		done += part;
		since += part;
		if (since >= TRANSFER_CHUNK && !breathe())
			break;
		since %= TRANSFER_CHUNK;
	}
	return (s64)done;
}

static s64 write_regular(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	u64 done = 0;

	if (o->flags & O_APPEND)
		*offset = o->node->bytes;
	do {
		u64 part = least(bytes - done, TRANSFER_CHUNK);
		s64 n = node_write(o->node, *offset, from + done, part);
		if (n < 0)
			return done ? (s64)done : n;
		*offset += (u64)n;
		done += (u64)n;
		if ((u64)n < part)
			break;
	} while (done < bytes && breathe());
	return (s64)done;
}

static s64 read_directory(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	(void)o, (void)to, (void)bytes, (void)offset;
	return -EISDIR;
}

static s64 write_effect(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	(void)from, (void)offset;
	o->node->store();
	return (s64)bytes;
}

static const struct operations regular = {.read = read_regular, .write = write_regular};
static const struct operations directory = {.read = read_directory};
static const struct operations effect = {.write = write_effect};

/* Made when it is opened: a file without a name that only this open file has. */
static struct node *generated(const struct node *node)
{
	struct text text = {.node = node_anonymous(0), .process = process_find(node->pid)};

	if (!text.node)
		return NULL;
	text.node->fixed = true;
	if (text.process || !node->pid)
		node->generate(&text);
	text.node->mode = node->mode;
	text.node->inode = node->inode;
	return text.node;
}

static s64 choose(struct open_file *o, struct node *node)
{
	bool writes = file_writes(o);

	o->node = node_hold(node);
	if (o->flags & O_PATH) {
		o->operations = &directory;
		return 0;
	}
	switch (node_type(node)) {
	case MODE_DIRECTORY:
		o->operations = &directory;
		return writes ? -EISDIR : 0;
	case MODE_PIPE:
		return pipe_open(o);
	case MODE_CHARACTER:
		return device_open(o);
	case MODE_REGULAR:
		break;
	default:
		return node_type(node) == MODE_LINK ? -ELOOP : -ENXIO;
	}
	o->operations = &regular;
	if (node->sealed && writes)
		return -EPERM;
	if (node->store && writes) {
		o->operations = &effect;
	} else if (node->generate) {
		node_drop(node);
		o->node = generated(node);
		return writes ? -EACCES : o->node ? 0 : -ENOMEM;
	} else if (node->store) {
		return -EACCES;
	} else if (o->flags & O_TRUNC && writes) {
		return node_truncate(node, 0);
	}
	return 0;
}

s64 file_open(struct node *node, u32 flags, struct open_file **file)
{
	struct open_file *o = pool_take(&open_files);

	if (!o)
		return -ENFILE;
	o->references = 1;
	o->flags = flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
	o->flags |= flags & (O_TRUNC | O_NOCTTY); /* as far as `choose` asks */
	s64 error = choose(o, node);
	o->flags &= ~(O_TRUNC | O_NOCTTY);
	if (error) {
		node_drop(o->node);
		pool_give(&open_files, o);
		return error;
	}
	*file = o;
	return 0;
}

struct open_file *file_hold(struct open_file *o)
{
	if (o)
		o->references++;
	return o;
}

void file_drop(struct open_file *o)
{
	if (!o || --o->references)
		return;
	if (o->operations->release)
		o->operations->release(o);
	node_drop(o->node);
	pool_give(&open_files, o);
}

bool files_open_console(struct process *p)
{
	struct node *console;
	struct open_file *o;

	if (node_find(NULL, "/dev/console", &console))
		return false;
	s64 error = file_open(console, O_RDWR, &o);
	node_drop(console);
	if (error)
		return false;
	for (u32 i = 0; i < 3; i++)
		p->files[i] = file_hold(o);
	file_drop(o);
	tty_adopt(p);
	return true;
}

void files_share(struct process *child, const struct process *parent)
{
	for (u32 i = 0; i < FILES; i++)
		child->files[i] = file_hold(parent->files[i]);
	child->close_on_exec = parent->close_on_exec;
}

static void release(struct process *p, u32 fd)
{
	struct open_file *o = p->files[fd];

	p->files[fd] = NULL;
	p->close_on_exec &= ~BIT(fd);
	file_drop(o);
}

static void release_all(struct process *p, u64 which)
{
	for (u32 i = 0; i < FILES; i++)
		if (p->files[i] && which & BIT(i))
			release(p, i);
}

void files_close(struct process *p)
{
	release_all(p, ~0ull);
	if (p->pid == p->session)
		tty_abandon(p->session);
}

void files_close_on_exec(struct process *p)
{
	release_all(p, p->close_on_exec);
}

struct open_file *file_at(u64 fd)
{
	return (u32)fd < FILES ? current_process()->files[(u32)fd] : NULL;
}

void set_close_on_exec(u32 fd, bool close)
{
	struct process *p = current_process();

	p->close_on_exec = close ? p->close_on_exec | BIT(fd) : p->close_on_exec & ~BIT(fd);
}

u32 files_limit(void)
{
	u64 limit = current_process()->limits[RLIMIT_NOFILE].soft;

	return limit < FILES ? (u32)limit : FILES;
}

s64 file_free_from(u32 lowest)
{
	u32 limit = files_limit();

	while (lowest < limit && file_at(lowest))
		lowest++;
	return lowest < limit ? (s64)lowest : -EMFILE;
}

s64 file_install(struct open_file *o, u32 lowest, bool close_on_exec)
{
	s64 fd = file_free_from(lowest);

	if (fd < 0) {
		file_drop(o);
		return fd;
	}
	current_process()->files[fd] = o;
	set_close_on_exec((u32)fd, close_on_exec);
	return fd;
}

s64 file_close(u64 fd)
{
	if (!file_at(fd))
		return -EBADF;
	release(current_process(), (u32)fd);
	return 0;
}
