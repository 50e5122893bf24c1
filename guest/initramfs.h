/*
 * The files that came with the kernel: a cpio archive ("newc") in memory, read where it lies.
 * Nothing here allocates or writes; the archive is untrusted input. Also compiled on the host for
 * its unit test.
 */
#ifndef GUEST_INITRAMFS_H
#define GUEST_INITRAMFS_H

#include "guest/node.h"

struct archive {
	const u8 *data;
	u64 bytes;
};

struct archive_file {
	const char *name; /* NUL-terminated, "bin/hello" */
	const u8 *data;
	u64 bytes;
	u32 mode; /* as in struct stat */
};

/*
 * Steps through the archive: *at starts as 0. False at the end; *broken then tells a sentence
 * about what is wrong with the archive, or is NULL.
 */
bool archive_next(const struct archive *archive, u64 *at, struct archive_file *file,
                  const char **broken);

#endif
