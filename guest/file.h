/*
 * Open files: the console and, read-only, the initramfs's files. A descriptor is an index into the
 * process's files; descriptors that fork or dup made share one open file and its offset.
 */
#ifndef GUEST_FILE_H
#define GUEST_FILE_H
#define O_WRONLY 01u
#define O_RDWR 02u
#define O_ACCESS_MODE 03u

#include "guest/initramfs.h"
#include "guest/process.h"

struct open_file {
	u32 references;
	bool console;
	u64 offset;
	struct node *node;
	u32 flags;
	struct archive_file file; /* unless it is the console */
};

/* The initramfs; NULL, or a sentence about what is wrong with it. */
const char *files_init(const void *data, u64 bytes);
const struct archive *files_archive(void);

/* Descriptors 0, 1, 2: the console. False if there are too many open files. */
bool files_open_console(struct process *p);

/* Shares all descriptors with a child, or drops them all. */
void files_share(struct process *child, const struct process *parent);
void files_close(struct process *p);
static inline void files_close_on_exec(struct process *p) { (void)p; }
struct node *node_stub(const struct archive_file *file);

/* A new open file with one reference, or NULL: too many. */
struct open_file *file_new(void);

/* The running process's open file behind a descriptor, or NULL. */
struct open_file *file_at(u64 fd);

/* Puts it behind the lowest descriptor that is free: that, or -EMFILE. */
s64 file_install(struct open_file *o);

#endif
