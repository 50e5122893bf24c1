/*
 * Names: the tree of directories above the nodes, walked, listed and changed as Linux does.
 * Promises: no directory is ever below itself; a listing that goes on while names come and go
 * shows every name that stays exactly once.
 */
#ifndef GUEST_TREE_H
#define GUEST_TREE_H

#include "guest/node.h"

#define PATH_MAX 4096u
#define NAME_MAX 255u

/* Where a path led. */
struct place {
	struct node *directory; /* held; NULL: the path ends in "/", "." or ".." */
	struct node *node;      /* held; NULL: there is no such name yet */
	const char *name;       /* in the directory, `length` bytes */
	u32 length;
	bool slash; /* stood behind the name */
	u64 frame;  /* of the path */
};

/*
 * How far: to the last name's node, through a symbolic link there too (FOLLOW) or if "/" follows
 * it; or only to the directory it is in (PARENT), for whoever changes names: it need not be there.
 */
#define WALK_FOLLOW 1u
#define WALK_PARENT 2u

/*
 * Follows a path from `start` (NULL: the root): 0 or -errno. The path begins its frame, which is
 * the place's afterwards, or given back on an error.
 */
s64 tree_walk(struct node *start, u64 path_frame, u32 how, struct place *place);
void place_drop(struct place *place);

/* The same for a path in the kernel's memory. */
s64 tree_place(struct node *start, const char *path, u32 how, struct place *place);

struct node *tree_root(void);

/* Gives the node the name where there was none: 0 or -errno. */
s64 tree_link(const struct place *place, struct node *node);

/* Makes a node with a name: held, or NULL and *error. */
struct node *tree_make(const struct place *place, u32 mode, s64 *error);

/* Takes a name away, of a directory or of anything else: 0 or -errno. */
s64 tree_unlink(const struct place *place, bool directory);
s64 tree_rename(const struct place *from, const struct place *to);

/* For the kernel's own: makes NAME in a directory, NULL: no memory. Not held for the caller. */
struct node *tree_add(struct node *directory, const char *name, u32 mode);

/* The same for a symbolic link, whose target stays where it is. */
struct node *tree_add_link(struct node *directory, const char *name, const char *target);

/*
 * Makes the tree: a cpio archive's files, /dev, /proc and /sys. NULL, or a sentence about what is
 * wrong. (guest/root.c)
 */
const char *tree_fill(const void *data, u64 bytes);

/* One line in the log for each program that there is. */
void tree_log_programs(void);

struct listed {
	const char *name;
	u32 length, inode, mode;
	u64 next; /* cookie of what follows */
};

/* Tells the names from a cookie on (0: all) until `tell` says no. */
void tree_list(const struct node *directory, u64 cookie,
               bool (*tell)(void *context, const struct listed *listed), void *context);

/* What a directory of /proc has beside its entries. */
struct procedural {
	/* The index-th, its text in `name`; false: there is none. Gaps have length 0. */
	bool (*list)(const struct node *directory, u32 index, char name[16], struct listed *listed);
	/* What is behind it, of the kind and number that were listed: the rest. */
	void (*make)(struct node *node, u32 index);
};

#endif
