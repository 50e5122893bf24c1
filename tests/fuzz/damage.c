#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/damage.h"
#include "tools/names.h"

struct good {
	char directory[128];
	struct image files[DAMAGE_FILES];
	struct slots *slots;
};

static const char *const names[DAMAGE_FILES] = {"ring-1_0", "ring0_0",        "ring3_0",
                                                "metadata", "run/result.txt", "run/console.txt"};
static struct good goods[STORIES];
static const struct good *good;
static char place[128];
static struct image now[DAMAGE_FILES], written[DAMAGE_FILES];
static struct slots slots;

const char *damage_place(void)
{
	return place;
}

const char *damage_good(void)
{
	return good->directory;
}

static void name_file(char path[256], const char *directory, u32 file)
{
	snprintf(path, 256, "%s/%s", directory, names[file]);
}

static void give_up(const char *what, const char *path)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(2);
}

static void read_file(struct image *image, const char *path)
{
	FILE *file = fopen(path, "re");

	image->gone = !file;
	if (!file)
		return;
	image->bytes = malloc(IMAGE_ROOM);
	image->size = image->bytes ? fread(image->bytes, 1, IMAGE_ROOM / 2, file) : 0;
	fclose(file);
}

static void write_file(const struct image *image, const char *path)
{
	int fd;

	if (image->gone) {
		unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || !write_whole(fd, image->bytes, image->size))
		give_up("cannot be written", path);
	close(fd);
}

/* Takes a good trace's records apart. */
static struct slots *read_slots(const struct image files[DAMAGE_FILES], const char *directory)
{
	struct slots *read = calloc(1, sizeof(*read));
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct trace trace;
	struct error error;

	if (!read || !trace_open(&trace, directory, &error))
		give_up(read ? error.text : "out of memory", directory);
	cursor_start(&cursor, &trace);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		while ((record = cursor_next_of(&cursor, stream))) {
			struct slot *slot = &read->slot[read->count++];
			const struct packet_view *packet =
				&trace.streams[stream].packets[cursor.packet[stream] - 1];
			size_t offset =
				(size_t)((const u8 *)packet->head - trace.streams[stream].bytes);

			slot->packet = (const void *)(files[stream].bytes + offset);
			slot->stream = (u8)stream;
			slot->size = (u8)event_kinds[record->id].size;
			memcpy(slot->bytes, record, slot->size);
		}
	trace_close(&trace);
	return read;
}

static void make_good(struct good *made, u32 story, const char *root)
{
	static const char console[] = "hi\nfrom the console\n";
	struct builder builder;
	char path[256];

	snprintf(made->directory, sizeof(made->directory), "%s-%u", root, story);
	build_story(&builder, story);
	build_directory(&builder, made->directory);
	name_file(path, made->directory, FILE_CONSOLE);
	write_file(&(struct image){.bytes = (u8 *)(uintptr_t)console, .size = strlen(console)},
	           path);
	for (u32 file = 0; file < DAMAGE_FILES; file++) {
		name_file(path, made->directory, file);
		read_file(&made->files[file], path);
	}
	made->slots = read_slots(made->files, made->directory);
}

static void remove_all(void)
{
	for (u32 story = 0; story <= STORIES; story++) {
		const char *directory = story < STORIES ? goods[story].directory : place;
		char path[256];

		for (u32 file = 0; file < DAMAGE_FILES; file++) {
			name_file(path, directory, file);
			unlink(path);
		}
		snprintf(path, sizeof(path), "%s/run", directory);
		rmdir(path);
		rmdir(directory);
	}
}

/* Less of what makes ASan slow; freed memory is found in use all the same. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16:malloc_context_size=6";
}

void damage_start(const char *name)
{
	const char *memory = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	struct error error;
	char root[96];

	snprintf(root, sizeof(root), "%s/ringscope-%s-%d", memory, name, (int)getpid());
	for (u32 story = 0; story < STORIES; story++)
		make_good(&goods[story], story, root);
	snprintf(place, sizeof(place), "%s", root);
	if (!tracedir_prepare(place, &error))
		give_up(error.text, place);
	for (u32 file = 0; file < DAMAGE_FILES; file++) {
		now[file].bytes = malloc(IMAGE_ROOM);
		written[file].bytes = malloc(IMAGE_ROOM);
		written[file].gone = true;
	}
	atexit(remove_all);
}

u64 damage_value(u32 value)
{
	static const u64 worth[] = {
		0,
		1,
		2,
		3,
		4,
		5,
		8,
		9,
		12,
		16,
		31,
		32,
		48,
		49,
		64,
		88,
		96,
		0x80,
		0x100,
		0x1ff,
		512,
		1000,
		4096,
		0xffff,
		0x10000,
		0x12345000,
		0x23456000,
		INT32_MAX,
		0x80000000,
		UINT32_MAX,
		0x100000000,
		INT64_MAX,
		1ull << 63,
		UINT64_MAX,
		UINT64_MAX - 24,
		UINT64_MAX - 4095,
		0xffffffff80000000,
		0x7ffffffff000,
		0x80000020,
		0x80000306,
		0x80000b0e,
		0x8000000000001,
	};

	if ((value & 0xc0) == 0xc0)
		return 1ull << (value >> 8 & 63);
	if (value & 0x80)
		return value >> 8;
	return worth[(value & 0x3f) % ARRAY_SIZE(worth)] +
	       (u64)(s64)(s8)(value & 0x40 ? value >> 8 : 0);
}

static void copy_image(struct image *to, const struct image *from)
{
	memcpy(to->bytes, from->bytes ? from->bytes : to->bytes, from->size);
	to->size = from->size;
	to->gone = from->gone;
}

/* Ends the packet that began at `start`: its sizes are as they should be. */
static void end_packet(struct image *image, size_t start)
{
	struct trace_packet *head = (void *)(image->bytes + start);
	size_t content = image->size - start;
	size_t padding = (SECTOR_BYTES - content % SECTOR_BYTES) % SECTOR_BYTES;

	memset(image->bytes + image->size, 0, padding);
	image->size += padding;
	head->content_size = content * 8;
	head->packet_size = (content + padding) * 8;
}

/* A stream of the records in its slots. */
static void write_stream(struct image *image, u32 stream)
{
	const struct trace_packet *packet = NULL;
	size_t start = 0;

	image->size = 0;
	for (u32 i = 0; i < slots.count; i++) {
		const struct slot *slot = &slots.slot[i];

		if (slot->stream != stream || image->size + 2048 > IMAGE_ROOM)
			continue;
		if (slot->packet != packet) {
			if (packet)
				end_packet(image, start);
			packet = slot->packet;
			start = image->size;
			memcpy(image->bytes + start, packet, sizeof(*packet));
			image->size += sizeof(*packet);
		}
		memcpy(image->bytes + image->size, slot->bytes, slot->size);
		image->size += slot->size;
	}
	if (packet)
		end_packet(image, start);
}

/* Heads' fields in their order: magic, four of the uuid, stream ... */
static void damage_head(const struct patch *patch)
{
	static const u8 offsets[] = {0, 4, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64, 72, 80};
	struct image *image = &now[patch->where % TRACE_STREAMS];
	u32 number = patch->where / TRACE_STREAMS % 8, which = patch->which % sizeof(offsets);
	u64 value = damage_value(patch->value);
	size_t at = 0;

	while (number-- && at + sizeof(struct trace_packet) <= image->size) {
		struct trace_packet head;

		memcpy(&head, image->bytes + at, sizeof(head));
		at += head.packet_size / 8 < IMAGE_ROOM ? (size_t)(head.packet_size / 8)
		                                        : IMAGE_ROOM;
	}
	if (at + sizeof(struct trace_packet) <= image->size)
		memcpy(image->bytes + at + offsets[which], &value,
		       which < 6 || which == 13 ? 4 : 8);
}

static void damage_bytes(const struct patch *patch)
{
	struct image *image = &now[patch->which % DAMAGE_FILES];
	size_t count = 1 + patch->which / DAMAGE_FILES % 4;

	if (image->size < count)
		return;
	memcpy(image->bytes + patch->where % (image->size - count + 1), &patch->value, count);
}

/* Cut, or grown with zeros. */
static void damage_size(const struct patch *patch)
{
	struct image *image = &now[patch->which % DAMAGE_FILES];
	size_t size = patch->value % (image->size * 2 + 2);

	if (size > IMAGE_ROOM / 2)
		return;
	if (size > image->size)
		memset(image->bytes + image->size, 0, size - image->size);
	image->size = size;
}

static bool digit(u8 byte)
{
	return byte >= '0' && byte <= '9';
}

/* Where the number `which` begins, counted around. */
static size_t find_number(const struct image *image, u32 which)
{
	size_t found = image->size;

	for (u32 seen = 0, round = 0; round < 2; round++) {
		for (size_t i = 0; i < image->size; i++) {
			if (!digit(image->bytes[i]) || (i && digit(image->bytes[i - 1])))
				continue;
			if (round && seen-- == 0)
				return i;
			if (!round)
				seen++;
			found = i;
		}
		if (!seen)
			break;
		seen = which % seen;
	}
	return found;
}

static void damage_number(const struct patch *patch)
{
	struct image *image = &now[patch->which & 1 ? FILE_METADATA : FILE_RESULT];
	size_t at = find_number(image, patch->where), end = at;
	u64 value = damage_value(patch->value);
	char text[32];
	size_t size = (size_t)snprintf(text, sizeof(text), patch->which & 2 ? "%lld" : "%llu",
	                               (long long)value);

	if (at >= image->size || image->size + sizeof(text) > IMAGE_ROOM)
		return;
	while (end < image->size && digit(image->bytes[end]))
		end++;
	memmove(image->bytes + at + size, image->bytes + end, image->size - end);
	memcpy(image->bytes + at, text, size);
	image->size += size - (end - at);
}

static void damage_files(const struct patch *patch)
{
	switch (patch->kind % DAMAGE_KINDS) {
	case DAMAGE_HEAD:
		damage_head(patch);
		break;
	case DAMAGE_BYTES:
		damage_bytes(patch);
		break;
	case DAMAGE_SIZE:
		damage_size(patch);
		break;
	case DAMAGE_NUMBER:
		damage_number(patch);
		break;
	case DAMAGE_GONE:
		now[patch->which % DAMAGE_FILES].gone |= patch->value % 8 == 7;
		break;
	}
}

static void copy_slots(void)
{
	slots.count = good->slots->count;
	slots.changed = false;
	memcpy(slots.slot, good->slots->slot, slots.count * sizeof(slots.slot[0]));
}

static void save(void)
{
	char path[256];

	for (u32 file = 0; file < DAMAGE_FILES; file++) {
		if (now[file].gone == written[file].gone &&
		    (now[file].gone ||
		     (now[file].size == written[file].size &&
		      !memcmp(now[file].bytes, written[file].bytes, now[file].size))))
			continue;
		name_file(path, place, file);
		write_file(&now[file], path);
		copy_image(&written[file], &now[file]);
	}
}

#define PATCHES 64u

void damage_make(const u8 *data, size_t size)
{
	struct patch patches[PATCHES];
	size_t count = size ? (size - 1) / sizeof(*patches) : 0;

	good = &goods[size ? data[0] % STORIES : 0];
	if (count > PATCHES)
		count = PATCHES;
	if (count)
		memcpy(patches, data + 1, count * sizeof(*patches));
	copy_slots();
	for (size_t i = 0; i < count; i++)
		damage_records(&slots, &patches[i]);
	for (u32 file = 0; file < DAMAGE_FILES; file++)
		copy_image(&now[file], &good->files[file]);
	for (u32 stream = 0; slots.changed && stream < TRACE_STREAMS; stream++)
		if (!now[stream].gone)
			write_stream(&now[stream], stream);
	for (size_t i = 0; i < count; i++)
		damage_files(&patches[i]);
	save();
}
