#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/disk.h"

/* A GRUB environment block (its manual: "GRUB environment block"), padded with #. */
#define MARK_TEXT "# GRUB Environment Block\nringscope=1\n"

#define DATA_START (TRACE_DISK_DATA_SECTOR * (u64)SECTOR_BYTES)

u64 disk_round(u64 bytes)
{
	return (bytes + DISK_CYLINDER_BYTES - 1) / DISK_CYLINDER_BYTES * DISK_CYLINDER_BYTES;
}

static bool write_at(int fd, const void *data, size_t size, u64 offset)
{
	return pwrite(fd, data, size, (off_t)offset) == (ssize_t)size;
}

bool disk_create(const char *path, u64 bytes, const u8 uuid[16], const char *script,
                 struct error *error)
{
	static char area[TRACE_DISK_SCRIPT_SECTORS * SECTOR_BYTES];
	char mark[TRACE_DISK_MARK_SECTORS * SECTOR_BYTES];
	struct trace_disk_header header = {
		.magic = TRACE_DISK_MAGIC,
		.version = TRACE_DISK_VERSION,
		.sectors = disk_round(bytes) / SECTOR_BYTES,
	};
	size_t length = strlen(script);
	bool written;
	int fd;

	if (length > sizeof(area))
		return refuse(
			error,
			"the program's words make a boot script of %zu bytes, and the trace disk "
			"holds %zu: shorten the arguments.",
			length, sizeof(area));
	memset(area, '\n', sizeof(area));
	memcpy(area, script, length);
	memcpy(header.uuid, uuid, sizeof(header.uuid));
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return refuse(error, "%s: cannot be made: %s.", path, strerror(errno));
	memset(mark, '#', sizeof(mark));
	memcpy(mark, MARK_TEXT, strlen(MARK_TEXT));
	written = !ftruncate(fd, (off_t)disk_round(bytes)) &&
	          write_at(fd, &header, sizeof(header), 0) &&
	          write_at(fd, mark, sizeof(mark), TRACE_DISK_MARK_SECTOR * SECTOR_BYTES) &&
	          write_at(fd, area, sizeof(area), TRACE_DISK_SCRIPT_SECTOR * SECTOR_BYTES);
	if (!written)
		refuse(error, "%s: cannot be written: %s.", path, strerror(errno));
	close(fd);
	return written;
}

bool disk_open(struct disk *disk, const char *path, struct error *error)
{
	struct trace_disk_header header;
	struct stat status;

	memset(disk, 0, sizeof(*disk));
	disk->next = disk->visible = DATA_START;
	disk->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (disk->fd < 0 || fstat(disk->fd, &status))
		return refuse(error, "%s: %s.", path, strerror(errno));
	disk->size = (u64)status.st_size;
	if (disk->size < DATA_START) {
		close(disk->fd);
		return refuse(error, "%s: %llu bytes are no trace disk.", path,
		              (unsigned long long)disk->size);
	}
	disk->bytes = mmap(NULL, disk->size, PROT_READ, MAP_SHARED, disk->fd, 0);
	if (disk->bytes == MAP_FAILED) {
		close(disk->fd);
		return refuse(error, "%s: cannot be mapped: %s.", path, strerror(errno));
	}
	memcpy(&header, disk->bytes, sizeof(header));
	memcpy(disk->uuid, header.uuid, sizeof(disk->uuid));
	if (header.magic == TRACE_DISK_MAGIC && header.version == TRACE_DISK_VERSION)
		return true;
	disk_close(disk);
	return refuse(error, "%s: is no Ringscope trace disk.", path);
}

void disk_close(struct disk *disk)
{
	munmap((void *)disk->bytes, disk->size);
	close(disk->fd);
}

/*
 * Where nothing may have been written yet: on a full tmpfs a hole of the file has no page to be
 * mapped, and touching it there would be the end.
 */
static bool read_at(const struct disk *disk, void *data, size_t size, u64 offset)
{
	return pread(disk->fd, data, size, (off_t)offset) == (ssize_t)size;
}

bool disk_result(const struct disk *disk, struct trace_disk_result *result)
{
	if (!read_at(disk, result, sizeof(*result), TRACE_DISK_RESULT_SECTOR * SECTOR_BYTES))
		return false;
	result->processor[sizeof(result->processor) - 1] = 0;
	result->message[sizeof(result->message) - 1] = 0;
	return result->magic == TRACE_RESULT_MAGIC && result->version == TRACE_DISK_VERSION;
}

/* The head at `offset`; false if none has been written there. */
static bool head_at(const struct disk *disk, u64 offset, struct trace_packet *head)
{
	return disk->size - offset >= sizeof(*head) && read_at(disk, head, sizeof(*head), offset) &&
	       head->magic == TRACE_PACKET_MAGIC;
}

static bool sizes_hold(const struct disk *disk, u64 offset, const struct trace_packet *head)
{
	u64 bytes = head->packet_size / 8;

	return head->packet_size % (SECTOR_BYTES * 8) == 0 && bytes >= SECTOR_BYTES &&
	       bytes <= disk->size - offset && head->content_size % 8 == 0 &&
	       head->content_size <= head->packet_size && head->content_size / 8 >= sizeof(*head);
}

/*
 * The engine's write of a packet's first sector may be seen half done through the mapping. What
 * was seen at the look before is whole by now.
 */
void disk_look(struct disk *disk)
{
	struct trace_packet head;

	while (head_at(disk, disk->visible, &head) && sizes_hold(disk, disk->visible, &head))
		disk->visible += head.packet_size / 8;
}

const struct trace_packet *disk_next(struct disk *disk, bool final, struct error *error)
{
	const struct trace_packet *packet = (const void *)(disk->bytes + disk->next);
	unsigned long long sector = disk->next / SECTOR_BYTES;
	struct trace_packet head;

	if ((!final && disk->next >= disk->visible) || !head_at(disk, disk->next, &head))
		return NULL;
	if (!sizes_hold(disk, disk->next, &head)) {
		refuse(error, "the packet at sector %llu of the trace disk has impossible sizes.",
		       sector);
		return NULL;
	}
	if (memcmp(head.uuid, disk->uuid, sizeof(head.uuid)) || head.stream_id >= TRACE_STREAMS) {
		refuse(error, "the packet at sector %llu of the trace disk is not of this trace.",
		       sector);
		return NULL;
	}
	disk->next += head.packet_size / 8;
	return packet;
}
