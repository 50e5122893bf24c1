/*
 * Directories: the entries that give nodes their names, found by a hash of directory and name. For
 * tree.c, which knows what may be done with them.
 */
#ifndef GUEST_DIRECTORY_H
#define GUEST_DIRECTORY_H

#include "guest/tree.h"

struct entry {
	struct entry *bucket;          /* next of the same hash */
	struct entry *next, *previous; /* in the directory, by cookie */
	struct node *directory, *node;
	u64 cookie;
	u32 hash;
	u8 length;
	char name[];
};

/* NULL: there is none; the same for memory. */
struct entry *entry_find(const struct node *directory, const char *name, u32 length);
struct entry *entry_new(struct node *directory, const char *name, u32 length);

/* Puts a new entry into its directory, as a name of the node; takes it out again, for good. */
void entry_hang(struct entry *e, struct node *node);
void entry_take_down(struct entry *e);

/* The node behind a name, procedural ones too, held; or NULL. */
struct node *directory_child(struct node *directory, const char *name, u32 length);

#endif
