/*
 * The files of the tree, all of it in memory. A node is a file, a directory, a symbolic link, a
 * pipe or a device. The initramfs's files begin as ranges of the archive and are copied by the page
 * when somebody writes or maps them. Nodes are held: by their directory, by open files, by areas of
 * memory, by processes whose directory they are. Names are tree.h's. Promise: with its last holder
 * every frame of a node without a name goes back.
 */
#ifndef GUEST_NODE_H
#define GUEST_NODE_H

#include "abi/types.h"

#define MODE_TYPE      0170000u
#define MODE_SOCKET    0140000u
#define MODE_LINK      0120000u
#define MODE_REGULAR   0100000u
#define MODE_DIRECTORY 0040000u
#define MODE_CHARACTER 0020000u
#define MODE_PIPE      0010000u
#define MODE_BITS      07777u /* of permission */

#define NODE_BYTES_MAX (1ull << 39)

struct entry;
struct text;

struct node {
	u32 references;
	u32 mode;
	u32 links;
	u32 inode;
	u32 device;  /* a device's number: major << 8 | minor */
	u32 pid;     /* in /proc: whose */
	u32 number;  /* in /proc/PID/fd: which */
	bool fixed;  /* the kernel's own: in a directory no names come or go */
	bool sealed; /* nobody may write it: rights hang on what it holds */
	u64 bytes;
	s64 accessed, modified, changed; /* nanoseconds since the kernel started */
	struct entry *entry;             /* a name it has, or NULL */
	union {
		struct { /* files; the target of a symbolic link too */
			const u8 *archive;
			u64 archive_bytes;
			u64 root;   /* frame: of page 0, or of a table of 512 with height - 1 */
			u32 height; /* levels of tables */
		};
		struct { /* directories */
			struct entry *first, *last;
			struct node *parent; /* held */
			u64 next_cookie;
			const struct procedural
				*procedural; /* more names than its entries, or NULL */
		};
		struct pipe *pipe;
	};
	/* What generated files and links do: made text, a write's effect, where a link leads. */
	void (*generate)(struct text *text);
	void (*store)(void);
	struct node *(*follow)(const struct node *node);
};

struct node *node_hold(struct node *node); /* NULL is fine, here and in node_drop */
void node_drop(struct node *node);

/* False: memory is so short that files shall not grow. */
bool node_room(void);

/* A node without a name, held once, or NULL: no memory. */
struct node *node_new(u32 mode);

/* A file without a name (memory shared between relatives), held once, or NULL: no memory. */
struct node *node_anonymous(u64 bytes);

/*
 * The frame that holds the file's page `index` (0 .. ), filled: read-only for the caller unless it
 * maps it shared. 0: no memory, or behind the file's end. The frame stays the node's; who maps it
 * takes a reference of its own (frame_hold).
 */
u64 node_page(struct node *node, u64 index);

static inline u32 node_type(const struct node *node)
{
	return node->mode & MODE_TYPE;
}

/*
 * The bytes at an offset below the end where they lie, *bytes cut to as many as lie together: valid
 * until the caller sleeps.
 */
const void *node_span(struct node *node, u64 offset, u64 *bytes);

/* Copies from a file without a copy of pages: bytes done. For the program loader. */
u64 node_read(struct node *node, u64 offset, void *to, u64 bytes);

/* Writes bytes at an address (transfer.h's kind): bytes done, or -errno if none. */
s64 node_write(struct node *node, u64 offset, u64 from, u64 bytes);

/* Cuts or lengthens a file: 0 or -errno. */
s64 node_truncate(struct node *node, u64 bytes);

/* The content was changed just now, or only what stat shows. */
void node_modified(struct node *node);
void node_changed(struct node *node);

/*
 * The node at a path from `start` (NULL: the root), held, symbolic links followed: 0 or -errno.
 * The path is in the kernel's memory.
 */
s64 node_find(struct node *start, const char *path, struct node **node);

/* The node's path from the root: its length, cut to fit. */
u64 node_path(const struct node *node, char *to, u64 room);

#endif
