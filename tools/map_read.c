#include <stdlib.h>
#include <string.h>

#include "tools/map.h"
#include "tools/memory.h"
#include "tools/tracker.h"

#define KERNEL_HALF (1ull << 63)
#define ACCESS_ANY  (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE)

/* The snapshot that is being read, beside the last one that was complete. */
struct reading {
	struct map_range *ranges;
	size_t count, room;
	u64 tsc;
	u32 writer;
};

static void add_range(struct reading *now, const struct tracker *tracker,
                      const struct trace_memory_range *record)
{
	const struct process_track *process = tracker_process(tracker, record->process);

	now->ranges = grown(now->ranges, now->count + 1, &now->room, sizeof(*now->ranges));
	now->ranges[now->count++] = (struct map_range){
		.record = record, .name = record->process && process ? process->name : NULL};
	now->tsc = record->record.tsc;
}

static void add_ept(struct map *map, const struct trace_ept_range *record)
{
	map->ept = grown(map->ept, map->ept_count + 1, &map->ept_room, sizeof(*map->ept));
	map->ept[map->ept_count++] = record;
}

/* By guest-physical address; what begins at one place, in the order of the trace. */
static int compare_ept(const void *a, const void *b)
{
	const struct trace_ept_range *one = *(const struct trace_ept_range *const *)a;
	const struct trace_ept_range *other = *(const struct trace_ept_range *const *)b;

	if (one->guest_physical != other->guest_physical)
		return one->guest_physical < other->guest_physical ? -1 : 1;
	return (one->record.sequence > other->record.sequence) -
	       (one->record.sequence < other->record.sequence);
}

/* What was being read is complete, and takes the place of what was there. */
static void finish_snapshot(struct map *map, struct reading *now)
{
	struct map_range *old = map->ranges;
	size_t room = map->room;

	if (!now->count)
		return;
	map->ranges = now->ranges;
	map->count = now->count;
	map->room = now->room;
	map->tsc = now->tsc;
	*now = (struct reading){.ranges = old, .room = room};
}

static void note_protection(struct map *map, const struct trace_protection *protection)
{
	struct {
		const char *name;
		bool *on;
	} known[] = {
		{"NX", &map->nx}, {"WP", &map->wp}, {"SMEP", &map->smep}, {"SMAP", &map->smap}};

	map->protections = true;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strncmp(protection->name, known[i].name, sizeof(protection->name)))
			*known[i].on = protection->granted;
}

static void read_record(struct map *map, struct reading *now, const struct tracker *tracker,
                        const struct track_step *step)
{
	const struct trace_record *record = step->record;
	const struct trace_memory_range *range = (const void *)record;

	switch (record->id) {
	case EVENT_ept_range:
		add_ept(map, (const void *)record);
		return;
	case EVENT_memory_range:
		/* The kernel's half begins every snapshot. */
		if (!range->process && now->count && now->ranges[now->count - 1].record->process)
			finish_snapshot(map, now);
		add_range(now, tracker, range);
		now->writer = step->pid;
		return;
	case EVENT_protection:
		note_protection(map, (const void *)record);
		break;
	default:
		break;
	}
	if (track_ends_snapshot(step, now->writer))
		finish_snapshot(map, now);
}

bool map_read(struct map *map, const struct trace *trace)
{
	const struct trace_record *record;
	struct reading now = {0};
	struct trace_cursor cursor;
	struct tracker tracker;
	struct track_step step;

	*map = (struct map){.trace = trace, .nx = true, .wp = true};
	tracker_start(&tracker, trace->info.bare, trace->info.tsc_begin);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		tracker_step(&tracker, record, &step);
		read_record(map, &now, &tracker, &step);
	}
	if (trace->info.state == TRACE_DISK_CLOSED)
		finish_snapshot(map, &now);
	if (map->ept_count)
		qsort(map->ept, map->ept_count, sizeof(*map->ept), compare_ept);
	free(now.ranges);
	tracker_stop(&tracker);
	return map->count > 0;
}

void map_free(struct map *map)
{
	free(map->ranges);
	free(map->ept);
}

/* The EPT range that holds the address, else the first one behind it, or NULL. */
static const struct trace_ept_range *ept_at(const struct map *map, u64 guest)
{
	size_t low = 0, high = map->ept_count;

	while (low < high) { /* to the first that begins behind the address */
		size_t middle = low + (high - low) / 2;

		if (map->ept[middle]->guest_physical <= guest)
			low = middle + 1;
		else
			high = middle;
	}
	if (low && guest - map->ept[low - 1]->guest_physical < map->ept[low - 1]->bytes)
		return map->ept[low - 1];
	return low < map->ept_count ? map->ept[low] : NULL;
}

bool map_next(const struct map *map, const struct map_range *range, u64 *at,
              struct map_piece *piece)
{
	u64 guest = range->record->guest_physical + *at;
	u64 left = range->record->bytes - *at;
	const struct trace_ept_range *ept = ept_at(map, guest);

	if (*at >= range->record->bytes)
		return false;
	*piece = (struct map_piece){
		.address = range->record->address + *at, .guest = guest, .bytes = left};
	if (map->trace->info.bare) {
		piece->host = guest;
		piece->host_known = true;
	} else if (ept && guest < ept->guest_physical) { /* a hole before it */
		if (ept->guest_physical - guest < left)
			piece->bytes = ept->guest_physical - guest;
	} else if (ept) {
		u64 offset = guest - ept->guest_physical;

		piece->ept = ept;
		piece->host = ept->host_physical + offset;
		piece->host_known = true;
		if (ept->bytes - offset < left)
			piece->bytes = ept->bytes - offset;
	}
	*at += piece->bytes;
	return true;
}

u32 map_tables(const struct map *map, const struct map_range *range, enum map_ring ring)
{
	u32 access = range->record->access, rights = access & ACCESS_ANY;
	bool user = access & ACCESS_USER;

	if (ring == MAP_RING3 && !user)
		return 0;
	if (!map->nx)
		rights |= ACCESS_EXECUTE;
	if (ring == MAP_RING0 && !map->wp)
		rights |= ACCESS_WRITE;
	if (ring == MAP_RING0 && user && map->smep)
		rights &= ~ACCESS_EXECUTE;
	return rights;
}

bool map_needs_ac(const struct map *map, const struct map_range *range)
{
	return map->smap && (range->record->access & ACCESS_USER);
}

u32 map_ept(const struct map *map, const struct map_piece *piece)
{
	if (piece->ept)
		return piece->ept->access & ACCESS_ANY;
	return map->trace->info.bare || !map->ept_count ? ACCESS_ANY : 0;
}

bool map_writable_code(const struct map *map, const struct map_range *range)
{
	u32 both = ACCESS_WRITE | ACCESS_EXECUTE;

	return (map_tables(map, range, MAP_RING0) & both) == both ||
	       (map_tables(map, range, MAP_RING3) & both) == both;
}

bool map_exposed(const struct map_range *range)
{
	return range->record->address >= KERNEL_HALF && (range->record->access & ACCESS_USER);
}

bool map_chosen(const struct map_choice *choice, const struct map_range *range)
{
	if (choice->kernel)
		return !range->record->process;
	return choice->pid == MAP_ALL || choice->pid == range->record->process;
}
