#include "guest/directory.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/memory.h"
#include "lib/string.h"

#define LINKS_MAX 40u

struct node *tree_root(void)
{
	static struct node *root;

	if (!root) {
		root = node_new(MODE_DIRECTORY | 0755);
		root->links++;
	}
	return root;
}

/* A node that can stand where another one stood; the one that stood there is dropped. */
static void move_to(struct node **at, struct node *held)
{
	node_drop(*at);
	*at = held;
}

/*
 * Goes on behind a symbolic link: through its node where it has one, else the target and what is
 * left of the path become the path. The path still to go, or NULL and *error.
 */
static char *follow(struct node *link, struct node **at, char *path, char *rest, s64 *error)
{
	u64 bytes = link->bytes, left = strlen(rest) + 1;
	struct node *target = link->follow ? link->follow(link) : NULL;

	*error = (link->follow ? !target : !bytes) ? -ENOENT
	         : bytes + 1 + left > PATH_MAX     ? -ENAMETOOLONG
	                                           : 0;
	if (*error)
		return NULL;
	if (target) {
		move_to(at, target);
		return rest;
	}
	memmove(path + bytes, rest, left);
	node_read(link, 0, path, bytes);
	if (path[0] == '/')
		move_to(at, node_hold(tree_root()));
	return path;
}

static s64 walk(struct node **at, char *path, u32 how, struct place *place)
{
	char *rest = path;
	u32 links = 0;
	s64 error;

	for (;;) {
		while (*rest == '/')
			rest++;
		if (!*rest) {
			place->node = node_hold(*at);
			return 0;
		}
		u32 n = 0;
		while (rest[n] && rest[n] != '/')
			n++;
		char *name = rest, *behind = rest + n;
		while (*behind == '/')
			behind++;
		bool last = !*behind;
		if (node_type(*at) != MODE_DIRECTORY)
			return -ENOTDIR;
		if (n > NAME_MAX)
			return -ENAMETOOLONG;
		rest += n;
		place->name = name;
		place->length = n;
		place->slash = *rest == '/';
		if (n == 1 && name[0] == '.')
			continue;
		if (n == 2 && name[0] == '.' && name[1] == '.') {
			if ((*at)->parent)
				move_to(at, node_hold((*at)->parent));
			continue;
		}
		struct node *child = directory_child(*at, name, n);
		bool through = !last || how & WALK_FOLLOW || (place->slash && !(how & WALK_PARENT));
		if (child && through && node_type(child) == MODE_LINK) {
			rest = ++links > LINKS_MAX ? NULL : follow(child, at, path, rest, &error);
			node_drop(child);
			if (!rest)
				return links > LINKS_MAX ? -ELOOP : error;
			continue;
		}
		if (last) {
			place->directory = node_hold(*at);
			place->node = child;
			if (how & WALK_PARENT)
				return 0;
			if (child && place->slash && node_type(child) != MODE_DIRECTORY)
				return -ENOTDIR;
			return child ? 0 : -ENOENT;
		}
		if (!child)
			return -ENOENT;
		move_to(at, child);
	}
}

s64 tree_walk(struct node *start, u64 path_frame, u32 how, struct place *place)
{
	char *path = direct(path_frame);
	struct node *at = node_hold(*path == '/' || !start ? tree_root() : start);

	*place = (struct place){.frame = path_frame};
	s64 error = *path ? walk(&at, path, how, place) : -ENOENT;
	node_drop(at);
	if (error)
		place_drop(place);
	return error;
}

void place_drop(struct place *place)
{
	node_drop(place->directory);
	node_drop(place->node);
	frame_free(place->frame);
}

s64 tree_place(struct node *start, const char *path, u32 how, struct place *place)
{
	u64 bytes = strlen(path) + 1, frame = bytes <= PATH_MAX ? frame_alloc_dirty() : 0;

	if (!frame)
		return bytes <= PATH_MAX ? -ENOMEM : -ENAMETOOLONG;
	memcpy(direct(frame), path, bytes);
	return tree_walk(start, frame, how, place);
}

s64 node_find(struct node *start, const char *path, struct node **node)
{
	struct place place;
	s64 error = tree_place(start, path, WALK_FOLLOW, &place);

	if (!error) {
		*node = node_hold(place.node);
		place_drop(&place);
	}
	return error;
}

s64 tree_link(const struct place *place, struct node *node)
{
	struct node *d = place->directory;

	if (place->node)
		return -EEXIST;
	if (d->fixed)
		return -EPERM;
	if (!d->links)
		return -ENOENT; /* somebody's directory that was removed */
	if (place->slash && node_type(node) != MODE_DIRECTORY)
		return -ENOENT;
	struct entry *e = entry_new(d, place->name, place->length);
	if (!e)
		return -ENOSPC;
	entry_hang(e, node);
	return 0;
}

struct node *tree_make(const struct place *place, u32 mode, s64 *error)
{
	struct node *node = place->node || !node_room() ? NULL : node_new(mode);

	*error = place->node ? -EEXIST : node ? tree_link(place, node) : -ENOSPC;
	if (!*error)
		return node;
	node_drop(node);
	return NULL;
}

struct node *tree_add(struct node *directory, const char *name, u32 mode)
{
	struct place place = {.directory = directory, .name = name, .length = (u32)strlen(name)};
	s64 error;
	struct node *node = tree_make(&place, mode, &error);

	node_drop(node); /* its entry holds it */
	return node;
}

struct node *tree_add_link(struct node *directory, const char *name, const char *target)
{
	struct node *node = tree_add(directory, name, MODE_LINK | 0777);

	if (node) {
		node->archive = (const u8 *)target;
		node->bytes = node->archive_bytes = strlen(target);
	}
	return node;
}

static bool occupied(const struct node *directory)
{
	return directory->first || directory->procedural;
}

s64 tree_unlink(const struct place *place, bool directory)
{
	struct node *node = place->node, *d = place->directory;

	if (!d && !directory)
		return -EISDIR;
	if (!d) /* "/", "." or ".." */
		return !place->length ? -EBUSY : place->length == 1 ? -EINVAL : -ENOTEMPTY;
	if (!node)
		return -ENOENT;
	bool is_directory = node_type(node) == MODE_DIRECTORY;
	if (!directory && is_directory)
		return -EISDIR;
	if (!is_directory && (directory || place->slash))
		return -ENOTDIR;
	struct entry *e = entry_find(d, place->name, place->length);
	if (d->fixed || !e)
		return -EPERM;
	if (directory && occupied(node))
		return -ENOTEMPTY;
	entry_take_down(e);
	if (directory)
		node->links = 0;
	return 0;
}

static bool lies_below(const struct node *node, const struct node *ancestor)
{
	while (node && node != ancestor)
		node = node == tree_root() ? NULL : node->parent;
	return node;
}

/* Linux's refusals in Linux's order; 0: the rename may be. */
static s64 check_rename(const struct place *from, const struct place *to)
{
	if (!from->directory || !to->directory)
		return -EBUSY;
	if (!from->node)
		return -ENOENT;
	bool directory = node_type(from->node) == MODE_DIRECTORY;
	if (!directory && (from->slash || to->slash))
		return -ENOTDIR;
	if (directory && lies_below(to->directory, from->node))
		return -EINVAL;
	if (to->node && lies_below(from->directory, to->node))
		return -ENOTEMPTY;
	if (from->directory->fixed || to->directory->fixed)
		return -EPERM;
	if (to->node && to->node != from->node) {
		bool onto = node_type(to->node) == MODE_DIRECTORY;
		if (directory != onto)
			return directory ? -ENOTDIR : -EISDIR;
		if (onto && occupied(to->node))
			return -ENOTEMPTY;
	}
	return to->directory->links ? 0 : -ENOENT;
}

s64 tree_rename(const struct place *from, const struct place *to)
{
	s64 error = check_rename(from, to);

	if (error || from->node == to->node)
		return error;
	struct entry *old = entry_find(from->directory, from->name, from->length);
	struct entry *new = entry_new(to->directory, to->name, to->length);
	if (!new)
		return -ENOSPC;
	if (to->node) {
		entry_take_down(entry_find(to->directory, to->name, to->length));
		if (node_type(to->node) == MODE_DIRECTORY)
			to->node->links = 0;
	}
	entry_take_down(old);
	entry_hang(new, from->node);
	return 0;
}
