/* The tree as programs find it: what the initramfs holds, and the kernel's own files. */
#include "guest/console.h"
#include "guest/device.h"
#include "guest/initramfs.h"
#include "guest/proc.h"
#include "guest/tree.h"
#include "lib/string.h"

static struct archive archive;

/* A directory stands in the archive before what is in it, as find(1) lists them. */
static const char *add(const struct archive_file *file)
{
	u32 type = file->mode & MODE_TYPE;
	struct place place;

	if (type != MODE_DIRECTORY && type != MODE_LINK && type != MODE_REGULAR)
		return NULL; /* devices are the kernel's */
	s64 error = tree_place(NULL, file->name, WALK_PARENT, &place);
	if (!error && !place.node) { /* there twice: the first counts */
		struct node *node = tree_make(&place, file->mode & (MODE_TYPE | MODE_BITS), &error);
		if (node && type != MODE_DIRECTORY) {
			node->archive = file->data;
			node->bytes = node->archive_bytes = file->bytes;
		}
		node_drop(node);
	}
	if (error)
		return "the initramfs has a file that cannot be laid into its directory";
	place_drop(&place);
	return NULL;
}

static struct node *own_directory(const char *name)
{
	struct node *node;

	if (node_find(NULL, name, &node))
		return tree_add(tree_root(), name, MODE_DIRECTORY | 0755);
	node_drop(node); /* the tree holds it */
	return node;
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
	struct node *dev = own_directory("dev"), *proc = own_directory("proc");
	struct node *sys = own_directory("sys"), *tmp = own_directory("tmp");
	if (!dev || !proc || !sys || !tmp)
		return "memory too small for the tree of files";
	tmp->mode = MODE_DIRECTORY | 01777;
	devices_fill(dev);
	proc_fill(proc);
	sysfs_fill(sys);
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
