/* The tree as programs find it: what the initramfs holds, and the kernel's own files. */
#include "guest/console.h"
#include "guest/device.h"
#include "guest/initramfs.h"
#include "guest/proc.h"
#include "guest/tree.h"
#include "lib/string.h"

static struct archive archive;

/* The directory that a path's last name goes into, *path cut to that name; NULL: no memory. */
static struct node *parent_of(const char **path)
{
	struct node *at = tree_root();
	char name[NAME_MAX + 1];

	for (;;) {
		while (**path == '/' || ((*path)[0] == '.' && ((*path)[1] == '/' || !(*path)[1])))
			(*path)++;
		u32 n = 0;
		while ((*path)[n] && (*path)[n] != '/')
			n++;
		if (!(*path)[n])
			return at;
		format(name, sizeof(name), "%.*s", (int)n, *path);
		struct node *child;
		if (node_find(at, name, &child))
			child = node_hold(tree_add(at, name, MODE_DIRECTORY | 0755));
		if (!child)
			return NULL;
		node_drop(child); /* the tree holds it */
		at = child;
		*path += n;
	}
}

static const char *add(const struct archive_file *file)
{
	const char *name = file->name;
	struct node *parent = parent_of(&name), *node = NULL;

	if (!*name)
		return NULL; /* "." */
	if (parent && node_type(parent) == MODE_DIRECTORY && !node_find(parent, name, &node)) {
		node_drop(node); /* there twice: the first counts */
		return NULL;
	}
	u32 type = file->mode & MODE_TYPE;
	if (type != MODE_DIRECTORY && type != MODE_LINK && type != MODE_REGULAR)
		return NULL; /* devices are the kernel's */
	if (parent && node_type(parent) == MODE_DIRECTORY && strlen(name) <= NAME_MAX)
		node = tree_add(parent, name, file->mode & (MODE_TYPE | MODE_BITS));
	if (!node)
		return "the initramfs has a file that cannot be laid into its directory";
	if (type != MODE_DIRECTORY) {
		node->archive = file->data;
		node->bytes = node->archive_bytes = file->bytes;
	}
	return NULL;
}

const char *tree_fill(const void *data, u64 bytes)
{
	struct archive_file file;
	const char *broken, *wrong = NULL;

	archive = (struct archive){data, bytes};
	for (u64 at = 0; !wrong && archive_next(&archive, &at, &file, &broken);)
		wrong = add(&file);
	if (wrong || broken)
		return wrong ? wrong : broken;
	static const char *const own[] = {"dev", "proc", "sys", "tmp"};
	struct node *directory[ARRAY_SIZE(own)];
	for (u32 i = 0; i < ARRAY_SIZE(own); i++) {
		if (node_find(NULL, own[i], &directory[i]))
			directory[i] =
				node_hold(tree_add(tree_root(), own[i], MODE_DIRECTORY | 0755));
		if (!directory[i])
			return "memory too small for the tree of files";
		node_drop(directory[i]);
	}
	directory[3]->mode = MODE_DIRECTORY | 01777;
	devices_fill(directory[0]);
	proc_fill(directory[1]);
	sysfs_fill(directory[2]);
	return NULL;
}

void tree_log_programs(void)
{
	struct archive_file file;
	const char *broken;

	for (u64 at = 0; archive_next(&archive, &at, &file, &broken);)
		if ((file.mode & MODE_TYPE) == MODE_REGULAR)
			log_line("the initramfs holds %s", file.name);
}
