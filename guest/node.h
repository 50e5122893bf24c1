/*
 * The tree of files, all of it in memory. A node is a file, a directory, a symbolic link or a
 * device. The initramfs's files begin as ranges of the archive and are copied by the page when
 * somebody writes or maps them. Nodes are held: by their directory, by open files, by areas of
 * memory, by processes whose directory they are.
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

struct node;

struct node *node_hold(struct node *node);
void node_drop(struct node *node);

/* A file without a name (memory shared between relatives), held once, or NULL: no memory. */
struct node *node_anonymous(u64 bytes);

/*
 * The frame that holds the file's page `index` (0 .. ), filled: read-only for the caller unless it
 * maps it shared. 0: no memory, or behind the file's end. The frame stays the node's; who maps it
 * takes a reference of its own (frame_hold).
 */
u64 node_page(struct node *node, u64 index);

u64 node_bytes(const struct node *node);
u32 node_mode(const struct node *node);

/* Copies from a file without a copy of pages: bytes done. For the program loader. */
u64 node_read(struct node *node, u64 offset, void *to, u64 bytes);

/*
 * The node at a path from `start` (NULL: the root), held, symbolic links followed: 0 or -errno.
 * The path is in the kernel's memory.
 */
s64 node_find(struct node *start, const char *path, struct node **node);

/* The node's path from the root: its length, cut to fit. */
u64 node_path(const struct node *node, char *to, u64 room);

#endif
