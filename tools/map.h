/*
 * What memory a guest had, from the last snapshot in its trace: each range that ring 0's page tables
 * mapped, cut where the EPT behind it changes, and what each ring could do there. Pure over the
 * trace, which must stay open for as long as the map is used.
 */
#ifndef TOOLS_MAP_H
#define TOOLS_MAP_H

#include <stdio.h>

#include "tools/decode.h"
#include "tools/trace.h"

struct map_range {
	const struct trace_memory_range *record;
	const char *name; /* of the process's program, NAME_BYTES at most; NULL if unknown */
};

struct map {
	const struct trace *trace;
	struct map_range *ranges; /* of the snapshot, in its order: the kernel's first */
	size_t count, room;
	const struct trace_ept_range **ept; /* by guest-physical address */
	size_t ept_count, ept_room;
	bool nx, wp, smep, smap; /* on; what was not recorded counts as on only if it is usual */
	bool protections;        /* they were recorded */
	u64 tsc;                 /* of the snapshot */
};

/* Part of a range that is alike in the EPT. */
struct map_piece {
	u64 address, guest, bytes;
	const struct trace_ept_range *ept; /* NULL: not mapped there, or there is no EPT */
	u64 host;                          /* if host_known */
	bool host_known;
};

enum map_ring { MAP_RING0 = 0, MAP_RING3 = 3 };

/* Reads the last complete snapshot; false if the trace has none. */
bool map_read(struct map *map, const struct trace *trace);
void map_free(struct map *map);

/* The piece of a range at `*at` bytes from its start, which moves on; false at the range's end. */
bool map_next(const struct map *map, const struct map_range *range, u64 *at,
              struct map_piece *piece);

/* ACCESS_READ, _WRITE and _EXECUTE that ring 0's page tables leave a ring, SMEP and such included. */
u32 map_tables(const struct map *map, const struct map_range *range, enum map_ring ring);

/* Whether ring 0 has to set RFLAGS.AC before it reads or writes there. */
bool map_needs_ac(const struct map *map, const struct map_range *range);

/* The same accesses, as the EPT leaves them; all where there is none, or it is not known. */
u32 map_ept(const struct map *map, const struct map_piece *piece);

/* A range that can be written and executed by the same ring. */
bool map_writable_code(const struct map *map, const struct map_range *range);

/* A range in the kernel's half of the addresses that ring 3 can use. */
bool map_exposed(const struct map_range *range);

/* Which ranges are shown. */
struct map_choice {
	u64 pid;     /* MAP_ALL for every process */
	bool kernel; /* the kernel's half only */
};
#define MAP_ALL UINT64_MAX

bool map_chosen(const struct map_choice *choice, const struct map_range *range);

void map_print(FILE *out, const struct map *map, const struct map_choice *choice);
void map_print_json(FILE *out, const struct map *map, const struct map_choice *choice);

#endif
