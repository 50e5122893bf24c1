#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tools/engine.h"
#include "tools/metadata.h"
#include "tools/recorder.h"
#include "tools/tracedir.h"

bool recorder_start(struct recorder *recorder, const char *directory, const struct trace_info *info,
                    struct error *error)
{
	char path[TRACE_PATH_SIZE];

	memset(recorder, 0, sizeof(*recorder));
	recorder->directory = directory;
	recorder->info = *info;
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		recorder->streams[stream] = -1;
	return run_path(path, directory, RUN_DISK, error) &&
	       disk_open(&recorder->disk, path, error);
}

static bool open_streams(struct recorder *recorder, struct error *error)
{
	char path[TRACE_PATH_SIZE];

	/* A bare run has no ring -1, so no stream of it. */
	for (u32 stream = recorder->info.bare ? STREAM_KERNEL : 0; stream < TRACE_STREAMS;
	     stream++) {
		if (!trace_path(path, recorder->directory, stream_file(stream), error))
			return false;
		recorder->streams[stream] =
			open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (recorder->streams[stream] < 0)
			return refuse(error, "%s: cannot be made: %s.", path, strerror(errno));
	}
	return true;
}

static bool write_text(const char *path, enum info_place place, const struct trace_info *info,
                       struct error *error)
{
	FILE *file = fopen(path, "we");

	if (file) {
		if (place == INFO_ENV)
			metadata_write(file, info);
		else
			info_write(file, place, info);
		if (!ferror(file) && !fclose(file))
			return true;
	}
	return refuse(error, "%s: cannot be written: %s.", path, strerror(errno));
}

/* Takes the machine's description once it has written one. */
static bool describe(struct recorder *recorder, struct error *error)
{
	struct trace_disk_result result;
	char path[TRACE_PATH_SIZE];

	if (!disk_result(&recorder->disk, &result) || result.state == TRACE_DISK_EMPTY)
		return true;
	info_from_result(&recorder->info, &result);
	if (recorder->described)
		return true;
	recorder->described = true;
	return trace_path(path, recorder->directory, METADATA_FILE, error) &&
	       write_text(path, INFO_ENV, &recorder->info, error) && open_streams(recorder, error);
}

static bool store(struct recorder *recorder, const struct trace_packet *packet, struct error *error)
{
	int fd = recorder->streams[packet->stream_id];

	if (fd < 0) {
		recorder->broken = true;
		refuse(&recorder->problem, "a bare run has written a packet of ring -1.");
		return true;
	}
	if (!write_whole(fd, packet, (size_t)(packet->packet_size / 8)))
		return refuse(error, "%s/%s: cannot be written: %s.", recorder->directory,
		              stream_file(packet->stream_id), strerror(errno));
	recorder->packets++;
	if (recorder->listener)
		recorder->listener(recorder->context, packet);
	return true;
}

bool recorder_poll(struct recorder *recorder, bool final, struct error *error)
{
	const struct trace_packet *packet;

	if (!describe(recorder, error))
		return false;
	while (recorder->described && !recorder->broken &&
	       (packet = disk_next(&recorder->disk, final, &recorder->problem)))
		if (!store(recorder, packet, error))
			return false;
	if (recorder->problem.text[0])
		recorder->broken = true;
	disk_look(&recorder->disk);
	return true;
}

/* Whether the packets found are as many sectors as the machine says it wrote. */
static void check_length(struct recorder *recorder)
{
	const struct disk *disk = &recorder->disk;
	u64 found = disk->next / SECTOR_BYTES - TRACE_DISK_DATA_SECTOR;
	struct trace_disk_result result;

	if (recorder->broken || recorder->info.state != TRACE_DISK_CLOSED ||
	    !disk_result(disk, &result) || result.sectors == found)
		return;
	recorder->broken = true;
	refuse(&recorder->problem,
	       "the machine says that it wrote %llu sectors of trace, the disk holds %llu.",
	       (unsigned long long)result.sectors, (unsigned long long)found);
}

bool recorder_finish(struct recorder *recorder, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	bool written = recorder_poll(recorder, true, error) &&
	               run_path(path, recorder->directory, RUN_RESULT, error) &&
	               write_text(path, INFO_RESULT, &recorder->info, error);

	check_length(recorder);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		if (recorder->streams[stream] >= 0)
			close(recorder->streams[stream]);
	disk_close(&recorder->disk);
	return written;
}
