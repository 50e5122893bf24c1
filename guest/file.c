#include "guest/file.h"
#include "guest/errno.h"
#include "guest/percpu.h"

#define OPEN_FILES 64

static struct {
	struct archive archive;
	struct open_file open[OPEN_FILES];
} files;

const char *files_init(const void *data, u64 bytes)
{
	struct archive_file file;
	const char *broken;

	files.archive = (struct archive){data, bytes};
	for (u64 at = 0; archive_next(&files.archive, &at, &file, &broken);)
		continue;
	return broken;
}

const struct archive *files_archive(void)
{
	return &files.archive;
}

struct open_file *file_new(void)
{
	for (u32 i = 0; i < OPEN_FILES; i++) {
		struct open_file *o = &files.open[i];
		if (!o->references) {
			*o = (struct open_file){.references = 1};
			return o;
		}
	}
	return NULL;
}

bool files_open_console(struct process *p)
{
	struct open_file *o = file_new();

	if (!o)
		return false;
	o->console = true;
	o->references = 3;
	p->files[0] = p->files[1] = p->files[2] = o;
	return true;
}

void files_share(struct process *child, const struct process *parent)
{
	for (u32 i = 0; i < FILES; i++) {
		child->files[i] = parent->files[i];
		if (child->files[i])
			child->files[i]->references++;
	}
}

void files_close(struct process *p)
{
	for (u32 i = 0; i < FILES; i++) {
		if (p->files[i])
			p->files[i]->references--;
		p->files[i] = NULL;
	}
}

struct open_file *file_at(u64 fd)
{
	return (u32)fd < FILES ? current_process()->files[(u32)fd] : NULL;
}

s64 file_install(struct open_file *o)
{
	struct process *p = current_process();

	for (u32 i = 0; i < FILES; i++) {
		if (!p->files[i]) {
			p->files[i] = o;
			return i;
		}
	}
	return -EMFILE;
}
