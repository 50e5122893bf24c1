#include "tools/json.h"
#include "tools/map.h"
#include "tools/tracker.h"

typedef unsigned long long ull;

static void put_text(FILE *out, const char *key, const char *text, size_t size)
{
	fprintf(out, "\"%s\": ", key);
	json_text(out, text, size);
}

/* Addresses are text: a reader's numbers may have no 64 bits. */
static void put_address(FILE *out, const char *key, u64 address)
{
	fprintf(out, ", \"%s\": \"0x%llx\"", key, (ull)address);
}

static void put_access(FILE *out, const char *key, u32 access)
{
	struct line line = {0};

	decode_access(&line, access);
	fprintf(out, ", \"%s\": \"%s\"", key, line.text);
}

static void put_bool(FILE *out, const char *key, bool value)
{
	fprintf(out, ", \"%s\": %s", key, value ? "true" : "false");
}

static void put_piece(FILE *out, const struct map *map, const struct map_range *range,
                      const struct map_piece *piece)
{
	const struct trace_memory_range *record = range->record;
	u32 ept = map_ept(map, piece), tables3 = map_tables(map, range, MAP_RING3);
	u32 tables0 = map_tables(map, range, MAP_RING0);

	fprintf(out, "    {\"pid\": %u, ", record->process);
	put_text(out, "program", range->name ? range->name : "", range->name ? NAME_BYTES : 0);
	fprintf(out, ", ");
	put_text(out, "owner", record->owner, sizeof(record->owner));
	put_address(out, "address", piece->address);
	fprintf(out, ", \"bytes\": %llu, \"page_bytes\": %llu", (ull)piece->bytes,
	        (ull)record->page_bytes);
	put_bool(out, "user", record->access & ACCESS_USER);
	put_access(out, "access", record->access);
	put_bool(out, "shared", record->access & ACCESS_SHARED);
	put_address(out, "guest_physical", piece->guest);
	if (piece->host_known)
		put_address(out, "host_physical", piece->host);
	else
		fprintf(out, ", \"host_physical\": null");
	put_access(out, "ring3", tables3 & ept);
	put_access(out, "ring0", tables0 & ept);
	put_bool(out, "ring0_needs_ac", map_needs_ac(map, range));
	put_access(out, "ring3_refused_by_tables", ~tables3);
	put_access(out, "ring0_refused_by_tables", ~tables0);
	put_access(out, "refused_by_ept", ~ept);
	put_bool(out, "writable_and_executable", map_writable_code(map, range));
	put_bool(out, "kernel_address_open_to_ring3", map_exposed(range));
	fprintf(out, "}");
}

static void put_ranges(FILE *out, const struct map *map, const struct map_choice *choice)
{
	const char *between = "\n";

	fprintf(out, "  \"ranges\": [");
	for (size_t i = 0; i < map->count; i++) {
		struct map_piece piece;

		if (!map_chosen(choice, &map->ranges[i]))
			continue;
		for (u64 at = 0; map_next(map, &map->ranges[i], &at, &piece); between = ",\n") {
			fprintf(out, "%s", between);
			put_piece(out, map, &map->ranges[i], &piece);
		}
	}
	fprintf(out, "\n  ],\n");
}

static void put_ept(FILE *out, const struct map *map)
{
	fprintf(out, "  \"ept\": [");
	for (size_t i = 0; i < map->ept_count; i++) {
		const struct trace_ept_range *range = map->ept[i];

		fprintf(out, "%s    {\"bytes\": %llu, \"page_bytes\": %llu", i ? ",\n" : "\n",
		        (ull)range->bytes, (ull)range->page_bytes);
		put_address(out, "guest_physical", range->guest_physical);
		put_address(out, "host_physical", range->host_physical);
		put_access(out, "access", range->access);
		fprintf(out, ", \"memory_type\": \"%s\"}", decode_memory_type(range->memory_type));
	}
	fprintf(out, "\n  ]\n");
}

void map_print_json(FILE *out, const struct map *map, const struct map_choice *choice)
{
	const struct trace_info *info = &map->trace->info;

	fprintf(out, "{\n  ");
	put_text(out, "command", info->command, sizeof(info->command));
	fprintf(out, ", ");
	put_text(out, "engine", info->engine, sizeof(info->engine));
	put_bool(out, "bare", info->bare);
	fprintf(out, ", \"ticks\": %llu,\n  \"protections_recorded\": %s",
	        (ull)(map->tsc - info->tsc_begin), map->protections ? "true" : "false");
	put_bool(out, "nx", map->nx);
	put_bool(out, "wp", map->wp);
	put_bool(out, "smep", map->smep);
	put_bool(out, "smap", map->smap);
	fprintf(out, ",\n");
	put_ranges(out, map, choice);
	put_ept(out, map);
	fprintf(out, "}\n");
}
