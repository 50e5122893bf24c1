#include "guest/directory.h"
#include "guest/pool.h"
#include "lib/string.h"

#define BUCKETS    1024u
#define SHORT_NAME 35u
#define PROCEDURAL (1ull << 62) /* cookies from here on are theirs */

static struct pool short_entries = {.bytes = offsetof(struct entry, name) + SHORT_NAME};
static struct pool long_entries = {.bytes = (offsetof(struct entry, name) + NAME_MAX + 7) & ~7u};
_Static_assert((offsetof(struct entry, name) + SHORT_NAME) % 8 == 0, "a pool's objects");

static struct entry *buckets[BUCKETS];

static u32 hash_of(const struct node *directory, const char *name, u32 length)
{
	u32 hash = 2166136261u ^ directory->inode; /* FNV-1a */

	for (u32 i = 0; i < length; i++)
		hash = (hash ^ (u8)name[i]) * 16777619u;
	return hash;
}

struct entry *entry_find(const struct node *directory, const char *name, u32 length)
{
	u32 hash = hash_of(directory, name, length);
	struct entry *e = buckets[hash % BUCKETS];

	while (e && (e->hash != hash || e->directory != directory || e->length != length ||
	             memcmp(e->name, name, length) != 0))
		e = e->bucket;
	return e;
}

struct entry *entry_new(struct node *directory, const char *name, u32 length)
{
	struct entry *e = pool_take(length <= SHORT_NAME ? &short_entries : &long_entries);

	if (!e)
		return NULL;
	e->directory = directory;
	e->hash = hash_of(directory, name, length);
	e->length = (u8)length;
	memcpy(e->name, name, length);
	return e;
}

void entry_hang(struct entry *e, struct node *node)
{
	struct node *d = e->directory;

	e->bucket = buckets[e->hash % BUCKETS];
	buckets[e->hash % BUCKETS] = e;
	e->cookie = d->next_cookie++;
	e->previous = d->last;
	*(d->last ? &d->last->next : &d->first) = e;
	d->last = e;
	e->node = node_hold(node);
	node->entry = e;
	node->links++;
	if (node_type(node) == MODE_DIRECTORY) {
		node_drop(node->parent);
		node->parent = node_hold(d);
		d->links++;
	}
	node_changed(node);
	node_modified(d);
}

/* A removed directory keeps its parent: somebody may be in it and ask for "..". */
void entry_take_down(struct entry *e)
{
	struct node *d = e->directory, *node = e->node;
	struct entry **at = &buckets[e->hash % BUCKETS];

	while (*at != e)
		at = &(*at)->bucket;
	*at = e->bucket;
	*(e->previous ? &e->previous->next : &d->first) = e->next;
	*(e->next ? &e->next->previous : &d->last) = e->previous;
	if (node->entry == e)
		node->entry = NULL;
	node->links--;
	if (node_type(node) == MODE_DIRECTORY)
		d->links--;
	node_changed(node);
	node_modified(d);
	pool_give(e->length <= SHORT_NAME ? &short_entries : &long_entries, e);
	node_drop(node);
}

/* A name that stands in no entry has its node made whenever somebody looks for it. */
static struct node *make_child(struct node *directory, u32 index, const struct listed *l)
{
	struct node *node = node_new(l->mode);

	if (!node)
		return NULL;
	node->links = 1;
	node->fixed = true;
	node->pid = directory->pid;
	node->inode = l->inode;
	if (node_type(node) == MODE_DIRECTORY)
		node->parent = node_hold(directory);
	directory->procedural->make(node, index);
	return node;
}

struct node *directory_child(struct node *d, const char *name, u32 length)
{
	struct entry *e = entry_find(d, name, length);
	struct listed l;
	char text[16];

	if (e)
		return node_hold(e->node);
	for (u32 i = 0; d->procedural && d->procedural->list(d, i, text, &l); i++)
		if (l.length == length && !memcmp(text, name, length))
			return make_child(d, i, &l);
	return NULL;
}

/* A node's name, and the directory it is in; NULL: it has none any more. */
static const struct node *above(const struct node *n, char text[16], struct listed *l)
{
	const struct node *d = node_type(n) == MODE_DIRECTORY ? n->parent : NULL;

	if (n->entry) {
		l->name = n->entry->name;
		l->length = n->entry->length;
		return n->entry->directory;
	}
	l->name = text;
	for (u32 i = 0; d && d->procedural && d->procedural->list(d, i, text, l); i++)
		if (l->length && l->inode == n->inode)
			return d;
	return NULL;
}

/* Names are laid from the last one on, so the length comes first. */
u64 node_path(const struct node *node, char *to, u64 room)
{
	struct listed l;
	char text[16];
	u64 length = 0;

	if (node == tree_root())
		return format(to, room, "/");
	for (const struct node *n = node; n != tree_root(); length += l.length + 1u) {
		n = above(n, text, &l);
		if (!n)
			return format(to, room, "(deleted)");
	}
	u64 end = length;
	for (const struct node *n = node; n != tree_root();) {
		n = above(n, text, &l);
		end -= l.length + 1u;
		if (end < room)
			to[end] = '/';
		for (u32 i = 0; i < l.length && end + 1 + i < room; i++)
			to[end + 1 + i] = l.name[i];
	}
	if (length < room)
		to[length] = 0;
	return length < room ? length : room;
}

static void list_procedural(const struct node *d, u64 cookie,
                            bool (*tell)(void *, const struct listed *), void *context)
{
	char name[16];
	u64 first = cookie < PROCEDURAL ? 0 : cookie - PROCEDURAL;
	struct listed l = {.name = name};

	for (u32 i = (u32)first; d->procedural && d->procedural->list(d, i, name, &l); i++) {
		l.next = PROCEDURAL + i + 1;
		if (l.length && !tell(context, &l))
			return;
	}
}

void tree_list(const struct node *d, u64 cookie, bool (*tell)(void *, const struct listed *),
               void *context)
{
	const struct node *up = d->parent ? d->parent : d;
	const struct entry *e = d->first;

	if (cookie < 1 && !tell(context, &(struct listed){".", 1, d->inode, d->mode, 1}))
		return;
	if (cookie < 2 && !tell(context, &(struct listed){"..", 2, up->inode, up->mode, 2}))
		return;
	if (d->last && d->last->cookie < cookie)
		e = NULL;
	for (; e; e = e->next) {
		struct listed l = {e->name, e->length, e->node->inode, e->node->mode,
		                   e->cookie + 1};
		if (e->cookie >= cookie && !tell(context, &l))
			return;
	}
	list_procedural(d, cookie, tell, context);
}
