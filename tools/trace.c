#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/memory.h"
#include "tools/names.h"
#include "tools/trace.h"

#define FILE_MAX_TEXT (1u << 20) /* no metadata of ours is larger */

/* Reads a small text file whole; NULL and `error` if that fails. */
static char *read_text(const char *path, size_t *size, struct error *error)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL;

	if (file && (text = malloc(FILE_MAX_TEXT))) {
		*size = fread(text, 1, FILE_MAX_TEXT, file);
		if (ferror(file)) {
			free(text);
			text = NULL;
		}
	}
	if (!text)
		refuse(error, "%s: %s.", path, strerror(errno));
	if (file)
		fclose(file);
	return text;
}

bool trace_describe(struct trace *trace, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	struct stat status;
	size_t size = 0;
	char *text;

	if (!trace_path(path, trace->directory, METADATA_FILE, error))
		return false;
	if (stat(trace->directory, &status))
		return refuse(error, "%s: %s: `ringscope run --trace %s` makes a trace.",
		              trace->directory, strerror(errno), trace->directory);
	if (stat(path, &status) && errno == ENOENT && tracedir_taken(trace->directory))
		return refuse(error, "%s: a run has just begun there: wait for its end.",
		              trace->directory);
	if (stat(path, &status) && errno == ENOENT)
		return refuse(error,
		              "%s has no file named metadata, so it is no trace; the "
		              "machine may have ended before it began to trace.",
		              trace->directory);
	text = read_text(path, &size, error);
	if (!text)
		return false;
	info_read(text, size, INFO_ENV, &trace->info);
	free(text);
	if (!strcmp(trace->info.tracer_name, "ringscope") &&
	    uuid_parse(trace->info.uuid, trace->uuid))
		return true;
	return refuse(error, "%s: does not describe a Ringscope trace.", path);
}

static bool load_result(struct trace *trace, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	struct error ignored;
	size_t size = 0;
	char *text;

	if (!run_path(path, trace->directory, "result.txt", error))
		return false;
	text = read_text(path, &size, &ignored);
	/* A trace that was copied without its run/ is still a trace. */
	if (!text)
		return true;
	info_read(text, size, INFO_RESULT, &trace->info);
	trace->info.has_result = true;
	free(text);
	return true;
}

static bool map_stream(struct trace *trace, u32 stream, struct error *error)
{
	struct trace_stream_data *data = &trace->streams[stream];
	char path[TRACE_PATH_SIZE];
	struct stat status;
	void *bytes;
	int fd;

	if (!trace_path(path, trace->directory, stream_file(stream), error))
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* no waiting for a FIFO's writer */
	if (fd < 0 && errno == ENOENT && stream == STREAM_HYPERVISOR && trace->info.bare)
		return true;
	if (fd < 0)
		return refuse(error, "%s: %s.", path, strerror(errno));
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		close(fd);
		return refuse(error, "%s: is no regular file.", path);
	}
	data->size = (size_t)status.st_size;
	bytes = data->size ? mmap(NULL, data->size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	close(fd);
	if (bytes == MAP_FAILED)
		return refuse(error, "%s: cannot be mapped: %s.", path, strerror(errno));
	data->bytes = bytes;
	return true;
}

/*
 * Memory is taken in pieces ahead of the pass and given back in pieces behind it. What is looked at
 * again is read again, and given back with all the rest now and then.
 */
#define PIECE_BYTES   ((size_t)1 << 20)
#define SWEEP_PIECES  64u
#define BEHIND_PIECES 2u

void trace_move(const struct trace_stream_data *data, size_t *dropped, const void *at)
{
	size_t here, begin, piece;
	u8 *bytes = (u8 *)data->bytes;

	if (!bytes)
		return;
	piece = (size_t)((const u8 *)at - bytes) / PIECE_BYTES;
	here = (piece < BEHIND_PIECES ? 0 : piece - BEHIND_PIECES + 1) * PIECE_BYTES;
	if (here <= *dropped)
		return;
	begin = here / PIECE_BYTES % SWEEP_PIECES ? *dropped : 0;
	madvise(bytes + begin, here - begin, MADV_DONTNEED);
	*dropped = here;
}

bool trace_load(struct trace *trace, const char *directory, struct error *error)
{
	bool fine;

	memset(trace, 0, sizeof(*trace));
	trace->directory = directory;
	fine = trace_describe(trace, error) && load_result(trace, error);
	for (u32 stream = 0; fine && stream < TRACE_STREAMS; stream++)
		fine = map_stream(trace, stream, error);
	if (!fine)
		trace_close(trace);
	return fine;
}

void trace_close(struct trace *trace)
{
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		struct trace_stream_data *data = &trace->streams[stream];

		if (data->bytes)
			munmap((void *)data->bytes, data->size);
		free(data->packets);
		memset(data, 0, sizeof(*data));
	}
}

struct reporter {
	trace_report *report;
	void *context;
	u32 stream;
};

static void tell(const struct reporter *reporter, enum trace_part part, size_t offset,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void tell(const struct reporter *reporter, enum trace_part part, size_t offset,
                 const char *format, ...)
{
	char what[256];
	char sentence[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(sentence, sizeof(sentence), "%s at byte %zu: %s", stream_file(reporter->stream),
	         offset, what);
	reporter->report(reporter->context, part, sentence);
}

#define PREFETCH_BYTES 4096 /* ahead of what is checked: the processor's own does not cross pages */

/* Walks a packet's records; returns where the good ones end. */
static const u8 *check_records(const struct trace_packet *head, u32 stream, size_t offset,
                               const struct reporter *reporter)
{
	const u8 *start = (const u8 *)head;
	const u8 *end = start + head->content_size / 8;
	const u8 *at = start + sizeof(*head);

	while (at < end) {
		const struct trace_record *record = (const void *)at;
		const struct event_kind *kind;
		size_t where = offset + (size_t)(at - start);
		u32 marks;

		__builtin_prefetch(at + PREFETCH_BYTES);
		if ((size_t)(end - at) < sizeof(*record)) {
			tell(reporter, PART_RECORD, where, "half a record at the packet's end");
			return at;
		}
		kind = record->id < EVENT_LIMIT ? &event_kinds[record->id] : NULL;
		if (!kind || !kind->name) {
			tell(reporter, PART_RECORD, where, "there is no event %u", record->id);
			return at;
		}
		if (kind->size > (size_t)(end - at)) {
			tell(reporter, PART_RECORD, where, "%s is cut off by the packet's end",
			     kind->name);
			return at;
		}
		if (kind->stream != stream) {
			tell(reporter, PART_RECORD, where, "%s is an event of %s", kind->name,
			     tier_name(kind->stream));
			return at;
		}
		memcpy(&marks, &record->id, sizeof(marks));
		if (marks != kind->head)
			tell(reporter, PART_RECORD, where, "%s carries tier %d, phase %u",
			     kind->name, record->tier, record->phase);
		at += kind->size;
	}
	return at;
}

static void keep_packet(struct trace_stream_data *data, const struct trace_packet *head,
                        const u8 *end)
{
	data->packets = grown(data->packets, data->count + 1, &data->room, sizeof(*data->packets));
	data->packets[data->count++] = (struct packet_view){head, end};
}

void trace_add_packet(struct trace *trace, const struct trace_packet *packet, size_t offset,
                      trace_report *report, void *context)
{
	struct reporter reporter = {report, context, packet->stream_id};

	trace->grows = true;
	keep_packet(&trace->streams[packet->stream_id], packet,
	            check_records(packet, packet->stream_id, offset, &reporter));
}

/* Whether the packet can be walked at all; sizes in its head are in bits. */
static bool check_sizes(const struct trace_packet *head, size_t offset, size_t left,
                        const struct reporter *reporter)
{
	u64 size = head->packet_size / 8;

	if (head->packet_size % (SECTOR_BYTES * 8) || !size) {
		tell(reporter, PART_PACKET, offset, "packet_size %llu is no number of sectors",
		     (unsigned long long)head->packet_size);
		return false;
	}
	if (size > left) {
		tell(reporter, PART_PACKET, offset, "the file ends before its packet of %llu bytes",
		     (unsigned long long)size);
		return false;
	}
	if (head->content_size % 64 || head->content_size > head->packet_size ||
	    head->content_size / 8 < sizeof(*head)) {
		tell(reporter, PART_PACKET, offset,
		     "content_size %llu does not fit packet_size %llu",
		     (unsigned long long)head->content_size, (unsigned long long)head->packet_size);
		return false;
	}
	return true;
}

static void check_padding(const struct trace_packet *head, size_t offset,
                          const struct reporter *reporter)
{
	const u8 *start = (const u8 *)head;

	for (size_t i = head->content_size / 8; i < head->packet_size / 8; i++)
		if (start[i]) {
			tell(reporter, PART_PACKET, offset + i, "padding is not zero");
			return;
		}
}

/* Checks and keeps a packet; how far it goes, or 0 if nobody can say. */
static size_t check_packet(struct trace *trace, const struct trace_packet *head, size_t offset,
                           const struct reporter *reporter)
{
	struct trace_stream_data *data = &trace->streams[reporter->stream];

	if (data->size - offset < sizeof(*head)) {
		tell(reporter, PART_PACKET, offset, "the file ends inside a packet's head");
		return 0;
	}
	if (head->magic != TRACE_PACKET_MAGIC) {
		tell(reporter, PART_PACKET, offset, "no packet starts here (magic %08x)",
		     head->magic);
		return 0;
	}
	if (!check_sizes(head, offset, data->size - offset, reporter))
		return 0;
	if (memcmp(head->uuid, trace->uuid, sizeof(head->uuid)))
		tell(reporter, PART_PACKET, offset, "the packet has another trace's uuid");
	else if (head->stream_id != reporter->stream)
		tell(reporter, PART_PACKET, offset, "a packet of stream %u in this file",
		     head->stream_id);
	else
		keep_packet(data, head, check_records(head, reporter->stream, offset, reporter));
	check_padding(head, offset, reporter);
	return (size_t)(head->packet_size / 8);
}

bool trace_check_next(struct trace *trace, u32 stream, trace_report *report, void *context)
{
	struct trace_stream_data *data = &trace->streams[stream];
	struct reporter reporter = {report, context, stream};
	const u8 *at;
	size_t bytes;

	if (data->checked >= data->size)
		return false;
	at = data->bytes + data->checked;
	trace_move(data, &data->dropped, at);
	bytes = check_packet(trace, (const void *)at, data->checked, &reporter);
	data->checked = bytes ? data->checked + bytes : data->size;
	if (trace->passed && bytes)
		trace->passed(trace->passed_context, bytes);
	return bytes;
}

void trace_check(struct trace *trace, trace_report *report, void *context)
{
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		while (trace_check_next(trace, stream, report, context))
			;
}

void trace_keep_first(void *context, enum trace_part part, const char *sentence)
{
	struct error *first = context;

	(void)part;
	if (!first->text[0])
		snprintf(first->text, sizeof(first->text), "%s", sentence);
}

bool trace_refuse_damage(const char *directory, const char *sentence, struct error *error)
{
	if (tracedir_taken(directory))
		return refuse(error,
		              "%s: a run is still writing its trace there: wait for its end.",
		              directory);
	return refuse(error, "%s is damaged: %.400s; `ringscope verify` tells all.", directory,
	              sentence);
}

bool trace_open(struct trace *trace, const char *directory, struct error *error)
{
	struct error first = {""};

	if (!trace_load(trace, directory, error))
		return false;
	trace_check(trace, trace_keep_first, &first);
	if (!first.text[0])
		return true;
	trace_close(trace);
	return trace_refuse_damage(directory, first.text, error);
}

u64 trace_lost(const struct trace *trace, u32 stream)
{
	const struct trace_stream_data *data = &trace->streams[stream];
	u64 lost = trace->info.lost[stream];

	if (data->count && data->packets[data->count - 1].head->events_discarded > lost)
		lost = data->packets[data->count - 1].head->events_discarded;
	return lost;
}
