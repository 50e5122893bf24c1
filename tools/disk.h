/*
 * The trace disk from the host's side (abi/trace.h has its layout): made before the run, followed
 * while the machine writes it, read to its end afterwards. Promise: a packet is handed out once,
 * whole, and only after its sizes, stream and uuid were checked.
 */
#ifndef TOOLS_DISK_H
#define TOOLS_DISK_H

#include "abi/trace.h"
#include "tools/error.h"

/* A disk's size is a whole number of these, so that a BIOS geometry describes it exactly. */
#define DISK_HEADS          16u
#define DISK_TRACK_SECTORS  63u
#define DISK_CYLINDER_BYTES (DISK_HEADS * DISK_TRACK_SECTORS * (u64)SECTOR_BYTES)

struct disk {
	int fd;
	const u8 *bytes;
	u64 size;
	u64 next;    /* byte offset of the next packet to hand out */
	u64 visible; /* packets before this offset were there at an earlier look: they are whole */
	u8 uuid[16];
};

/* The size actually made for a wish of `bytes`: rounded up to whole cylinders. */
u64 disk_round(u64 bytes);

/* Makes a sparse disk of disk_round(bytes) bytes that carries the script. */
bool disk_create(const char *path, u64 bytes, const u8 uuid[16], const char *script,
                 struct error *error);

bool disk_open(struct disk *disk, const char *path, struct error *error);
void disk_close(struct disk *disk);

/* Copies the result sector; false while the machine has not written one. */
bool disk_result(const struct disk *disk, struct trace_disk_result *result);

/* Looks how far the machine has written. Call it between rounds of disk_next. */
void disk_look(struct disk *disk);

/*
 * The next packet, or NULL when there is none yet. With `final` the machine has stopped, and
 * whatever is there counts. A broken packet: NULL and `error` is written.
 */
const struct trace_packet *disk_next(struct disk *disk, bool final, struct error *error);

#endif
