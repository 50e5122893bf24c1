#include "tools/lanes.h"
#include "tools/map.h"
#include "tools/tracker.h"

typedef unsigned long long ull;

/* Columns of the first table; owners are cut to what leaves 120 in all. */
#define OWNER_COLUMNS 22
#define PIECE_FORMAT  "%-33s %11s  %-5s  %-6s %-*.*s %10s %10s  %-3s    %s\n"

static void add_range_words(struct line *line, u64 start, u64 bytes)
{
	line_add(line, "%016llx-%016llx", (ull)start, (ull)(start + bytes - 1));
}

/*
 * One letter an access: its own if allowed, "~" if only with RFLAGS.AC set, "." where the page
 * tables refuse it, "e" where the EPT does, "#" where both do.
 */
static void add_rights(struct line *line, u32 tables, u32 ept, bool needs_ac)
{
	static const char letters[] = "rwx";

	for (u32 i = 0; i < 3; i++) {
		u32 bit = 1u << i;
		bool touched = needs_ac && bit != ACCESS_EXECUTE;

		line_add(line, "%c",
		         tables & ept & bit ? (touched ? '~' : letters[i])
		         : tables & bit     ? 'e'
		         : ept & bit        ? '.'
		                            : '#');
	}
}

/* "4K": as short as the sizes of pages allow. */
static const char *page_size(u64 bytes)
{
	return bytes >> 30 ? "1G" : bytes >> 21 ? "2M" : "4K";
}

static void print_piece(FILE *out, const struct map *map, const struct map_range *range,
                        const struct map_piece *piece)
{
	u32 access = range->record->access, ept = map_ept(map, piece);
	struct line where = {0}, size = {0}, rights = {0}, owner = {0}, ring3 = {0}, ring0 = {0};
	char guest[20], host[20] = "nowhere";

	add_range_words(&where, piece->address, piece->bytes);
	decode_bytes(&size, piece->bytes);
	line_add(&rights, "%c ", access & ACCESS_USER ? 'u' : 's');
	decode_access(&rights, access);
	line_add(&rights, "%s", access & ACCESS_SHARED ? "+" : "");
	line_add_text(&owner, range->record->owner, sizeof(range->record->owner));
	add_rights(&ring3, map_tables(map, range, MAP_RING3), ept, false);
	add_rights(&ring0, map_tables(map, range, MAP_RING0), ept, map_needs_ac(map, range));
	snprintf(guest, sizeof(guest), "%llx", (ull)piece->guest);
	if (piece->host_known)
		snprintf(host, sizeof(host), "%llx", (ull)piece->host);
	else if (!map->ept_count)
		snprintf(host, sizeof(host), "?");
	fprintf(out, PIECE_FORMAT, where.text, size.text, page_size(range->record->page_bytes),
	        rights.text, OWNER_COLUMNS, OWNER_COLUMNS, owner.text, guest, host, ring3.text,
	        ring0.text);
}

static void add_process(struct line *line, const struct map_range *range)
{
	if (!range->record->process) {
		line_add(line, "the kernel");
		return;
	}
	line_add(line, "process %u", range->record->process);
	if (range->name) {
		line_add(line, " (");
		line_add_text(line, range->name, NAME_BYTES);
		line_add(line, ")");
	}
}

static void print_ranges(FILE *out, const struct map *map, const struct map_choice *choice)
{
	u64 pid = MAP_ALL;

	for (size_t i = 0; i < map->count; i++) {
		const struct map_range *range = &map->ranges[i];
		struct map_piece piece;
		struct line heading = {0};

		if (!map_chosen(choice, range))
			continue;
		if (range->record->process != pid) {
			add_process(&heading, range);
			fprintf(out, "\n%s%s\n", heading.text,
			        range->record->process ? ""
			                               : ": its half is the same in every process");
			fprintf(out, PIECE_FORMAT, "guest-virtual", "size", "pages", "tables",
			        OWNER_COLUMNS, OWNER_COLUMNS, "owner", "guest-phys", "host-phys",
			        "ring", "ring");
			fprintf(out, PIECE_FORMAT, "", "", "", "", OWNER_COLUMNS, OWNER_COLUMNS, "",
			        "", "", "3", "0");
		}
		pid = range->record->process;
		for (u64 at = 0; map_next(map, range, &at, &piece);)
			print_piece(out, map, range, &piece);
	}
}

static const char *on(bool protection)
{
	return protection ? "on" : "off";
}

static void print_legend(FILE *out, const struct map *map)
{
	const struct trace_info *info = &map->trace->info;
	struct line time = {0};

	line_add_number(&time, ticks_to_unit(info, map->tsc - info->tsc_begin));
	fprintf(out, "# memory of `%s` on %s%s, as it was after %s %s\n", info->command,
	        info->engine, info->bare ? " without ring -1" : "", time.text,
	        info_in_ticks(info) ? "ticks" : "ns");
	fprintf(out, "# tables: u ring 3 too, s ring 0 alone, + frames shared with others\n");
	fprintf(out, "# ring 3, ring 0: what each can do. Refused: . by ring 0's page tables, e by "
	             "ring -1's EPT, # by both\n");
	if (map->protections)
		fprintf(out, "# NX %s, WP %s, SMEP %s, SMAP %s", on(map->nx), on(map->wp),
		        on(map->smep), on(map->smap));
	else
		fprintf(out,
		        "# NX and WP taken as on, SMEP and SMAP as off: the run did not record "
		        "protection");
	fprintf(out, "%s\n", map->smap ? "; ~ only with RFLAGS.AC set, for SMAP" : "");
	if (info->bare)
		fprintf(out,
		        "# without ring -1 there is no EPT: host-physical is guest-physical\n");
	else if (!map->ept_count)
		fprintf(out,
		        "# what the EPT maps is not known: the run did not record ept_range\n");
}

static void print_ept(FILE *out, const struct map *map)
{
	if (!map->ept_count)
		return;
	fprintf(out, "\nthe EPT: what ring -1 gives the guest\n");
	fprintf(out, "%-33s %11s  %-5s  %-6s %-*s %10s\n", "guest-physical", "size", "pages",
	        "access", OWNER_COLUMNS, "memory type", "host-phys");
	for (size_t i = 0; i < map->ept_count; i++) {
		const struct trace_ept_range *range = map->ept[i];
		struct line where = {0}, size = {0}, access = {0};

		add_range_words(&where, range->guest_physical, range->bytes);
		decode_bytes(&size, range->bytes);
		decode_access(&access, range->access);
		fprintf(out, "%-33s %11s  %-5s  %-6s %-*s %10llx\n", where.text, size.text,
		        page_size(range->page_bytes), access.text, OWNER_COLUMNS,
		        decode_memory_type(range->memory_type), (ull)range->host_physical);
	}
}

static void print_sum(FILE *out, const struct map_range *range, u64 bytes, u64 shared)
{
	struct line line = {0};

	line_add(&line, "  ");
	add_process(&line, range);
	line_pad(&line, 40);
	decode_bytes(&line, bytes);
	if (shared) {
		line_add(&line, ", ");
		decode_bytes(&line, shared);
		line_add(&line, " of it in shared frames");
	}
	fprintf(out, "%s\n", line.text);
}

static void print_sums(FILE *out, const struct map *map, const struct map_choice *choice)
{
	const struct map_range *last = NULL;
	u64 bytes = 0, shared = 0;

	fprintf(out, "\nmapped\n");
	for (size_t i = 0; i < map->count; i++) {
		const struct map_range *range = &map->ranges[i];

		if (!map_chosen(choice, range))
			continue;
		if (last && last->record->process != range->record->process) {
			print_sum(out, last, bytes, shared);
			bytes = shared = 0;
		}
		bytes += range->record->bytes;
		shared += range->record->access & ACCESS_SHARED ? range->record->bytes : 0;
		last = range;
	}
	if (last)
		print_sum(out, last, bytes, shared);
}

/* A finding's ranges, or "none". */
static void print_found(FILE *out, const struct map *map, const struct map_choice *choice,
                        const char *title,
                        bool (*found)(const struct map *map, const struct map_range *range))
{
	bool any = false;

	fprintf(out, "%s:", title);
	for (size_t i = 0; i < map->count; i++) {
		const struct map_range *range = &map->ranges[i];
		struct line line = {0};

		if (!map_chosen(choice, range) || !found(map, range))
			continue;
		any = true;
		add_range_words(&line, range->record->address, range->record->bytes);
		line_add(&line, " ");
		line_add_text(&line, range->record->owner, sizeof(range->record->owner));
		line_add(&line, " of ");
		add_process(&line, range);
		fprintf(out, "\n  %s", line.text);
	}
	fprintf(out, "%s\n", any ? "" : " none");
}

static bool exposed(const struct map *map, const struct map_range *range)
{
	(void)map;
	return map_exposed(range);
}

void map_print(FILE *out, const struct map *map, const struct map_choice *choice)
{
	struct line line = {0};
	u64 given = 0;

	for (size_t i = 0; i < map->ept_count; i++)
		given += map->ept[i]->bytes;
	print_legend(out, map);
	print_ranges(out, map, choice);
	print_ept(out, map);
	print_sums(out, map, choice);
	if (map->ept_count) {
		line_add(&line, "  given to the guest by the EPT");
		line_pad(&line, 40);
		decode_bytes(&line, given);
		fprintf(out, "%s\n", line.text);
	}
	fprintf(out, "\n");
	print_found(out, map, choice, "W^X violated (writable and executable for one ring)",
	            map_writable_code);
	print_found(out, map, choice, "kernel addresses open to ring 3", exposed);
}
