#include "guest/node.h"
#include "guest/clock.h"
#include "guest/frames.h"
#include "guest/pipe.h"
#include "guest/pool.h"
#include "guest/transfer.h"

#define SLOTS          512u
#define SLOT_BITS      9u
#define PART_SPARED    16u /* files that are written leave such a part of memory to all else */
#define FIRST_INODE    2u
#define PAGE_OFFSET(n) ((n) % PAGE_BYTES)

static struct pool nodes = {.bytes = (sizeof(struct node) + 7) & ~7u};
static u8 zeros[PAGE_BYTES]; /* what holes read as */

struct node *node_new(u32 mode)
{
	static u32 last_inode = FIRST_INODE - 1;
	struct node *node = pool_take(&nodes);

	if (!node)
		return NULL;
	node->references = 1;
	node->mode = mode;
	node->inode = ++last_inode;
	if (node_type(node) == MODE_DIRECTORY) {
		node->links = 1; /* "." */
		node->next_cookie = 2;
	}
	node_modified(node);
	node->accessed = node->modified;
	return node;
}

struct node *node_anonymous(u64 bytes)
{
	struct node *node = bytes <= NODE_BYTES_MAX ? node_new(MODE_REGULAR | 0600) : NULL;

	if (node)
		node->bytes = bytes;
	return node;
}

struct node *node_hold(struct node *node)
{
	if (node)
		node->references++;
	return node;
}

/* Gives the pages from `keep` on back, below a slot of that height whose first page is `first`. */
static void free_pages(u64 *slot, u32 height, u64 first, u64 keep)
{
	u64 span = 1ull << SLOT_BITS * height;

	if (!*slot || first + span <= keep)
		return;
	for (u32 i = 0; height && i < SLOTS; i++)
		free_pages((u64 *)direct(*slot) + i, height - 1, first + i * (span / SLOTS), keep);
	if (height)
		interrupt_window();
	if (first < keep)
		return;
	frame_free(*slot);
	*slot = 0;
}

void node_drop(struct node *node)
{
	while (node && !--node->references) {
		struct node *parent = NULL;
		u32 type = node_type(node);
		if (type == MODE_DIRECTORY)
			parent = node->parent;
		else if (type == MODE_REGULAR || type == MODE_LINK)
			free_pages(&node->root, node->height, 0, 0);
		else if (type == MODE_PIPE && node->pipe)
			pipe_free(node->pipe);
		pool_give(&nodes, node);
		node = parent;
	}
}

void node_changed(struct node *node)
{
	node->changed = (s64)clock_monotonic();
}

void node_modified(struct node *node)
{
	node->modified = node->changed = (s64)clock_monotonic();
}

bool node_room(void)
{
	return frames_available() > frames_total() / PART_SPARED;
}

/* The slot of a page, its tables made; NULL: no memory. */
static u64 *make_slot(struct node *node, u64 index)
{
	for (; index >> SLOT_BITS * node->height; node->height++) {
		u64 table = node->root ? frame_alloc() : 0;
		if (!table && node->root)
			return NULL;
		if (table)
			*(u64 *)direct(table) = node->root;
		node->root = table;
	}
	u64 *slot = &node->root;
	for (u32 level = node->height; level--;) {
		if (!*slot)
			*slot = frame_alloc();
		if (!*slot)
			return NULL;
		slot = (u64 *)direct(*slot) + (index >> SLOT_BITS * level) % SLOTS;
	}
	return slot;
}

/* The frame of a page, 0 if it has none. */
static u64 page_frame(struct node *node, u64 index)
{
	u64 frame = index >> SLOT_BITS * node->height ? 0 : node->root;

	for (u32 level = node->height; frame && level--;)
		frame = ((u64 *)direct(frame))[(index >> SLOT_BITS * level) % SLOTS];
	return frame;
}

/* A page for whoever writes: with the archive's bytes, zeros behind them. */
static u64 own_page(struct node *node, u64 index)
{
	u64 *slot = make_slot(node, index), start = index * PAGE_BYTES;

	if (!slot || *slot)
		return slot ? *slot : 0;
	*slot = frame_alloc();
	if (*slot && start < node->archive_bytes) {
		memcpy(direct(*slot), node->archive + start,
		       least(PAGE_BYTES, node->archive_bytes - start));
	}
	return *slot;
}

u64 node_page(struct node *node, u64 index)
{
	return index < page_up(node->bytes) / PAGE_BYTES ? own_page(node, index) : 0;
}

const void *node_span(struct node *node, u64 offset, u64 *bytes)
{
	u64 frame = page_frame(node, offset / PAGE_BYTES);
	u64 most = PAGE_BYTES - PAGE_OFFSET(offset), left = node->archive_bytes - offset;
	const u8 *from = zeros + PAGE_OFFSET(offset);

	if (frame) {
		from = (const u8 *)direct(frame) + PAGE_OFFSET(offset);
	} else if (offset < node->archive_bytes) {
		from = node->archive + offset;
		most = node->root ? least(most, left) : left; /* no root: no page was written */
	}
	*bytes = least(*bytes, least(most, node->bytes - offset));
	return from;
}

u64 node_read(struct node *node, u64 offset, void *to, u64 bytes)
{
	u64 done = 0;

	while (done < bytes && offset + done < node->bytes) {
		u64 part = bytes - done;
		const void *from = node_span(node, offset + done, &part);
		memcpy((u8 *)to + done, from, part);
		done += part;
	}
	return done;
}

s64 node_write(struct node *node, u64 offset, u64 from, u64 bytes)
{
	u64 done = 0;
	s64 error = 0;

	if (bytes && offset >= NODE_BYTES_MAX)
		return -EFBIG;
	bytes = least(bytes, NODE_BYTES_MAX - offset);
	while (done < bytes && !error) {
		u64 at = offset + done, part = least(bytes - done, PAGE_BYTES - PAGE_OFFSET(at));
		bool grows = node->fixed || node_room(); /* /proc tells even then */
		u64 frame = (grows ? own_page : page_frame)(node, at / PAGE_BYTES);
		if (!frame)
			error = -ENOSPC;
		else if (!transfer_in((u8 *)direct(frame) + PAGE_OFFSET(at), from + done, part))
			error = -EFAULT;
		else
			done += part;
	}
	if (done && offset + done > node->bytes)
		node->bytes = offset + done;
	if (done)
		node_modified(node);
	return done ? (s64)done : error;
}

s64 node_truncate(struct node *node, u64 bytes)
{
	if (bytes > NODE_BYTES_MAX)
		return -EFBIG;
	if (bytes < node->bytes) {
		free_pages(&node->root, node->height, 0, page_up(bytes) / PAGE_BYTES);
		if (bytes < node->archive_bytes)
			node->archive_bytes = bytes;
		u64 frame = PAGE_OFFSET(bytes) ? page_frame(node, bytes / PAGE_BYTES) : 0;
		if (frame)
			memset((u8 *)direct(frame) + PAGE_OFFSET(bytes), 0,
			       PAGE_BYTES - PAGE_OFFSET(bytes));
	}
	node->bytes = bytes;
	node_modified(node);
	return 0;
}
