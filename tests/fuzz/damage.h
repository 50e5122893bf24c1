/*
 * Damaged traces for fuzzers. The input's first byte chooses a good trace, the rest is patches of 8
 * bytes: what a lying machine may have written, whole fields and records, and what a disk may have
 * made of the files, bytes. All good traces are in memory; of the damaged one, which lies in
 * /dev/shm if there is one, only those files are written that differ from the run before.
 */
#ifndef TESTS_FUZZ_DAMAGE_H
#define TESTS_FUZZ_DAMAGE_H

#include "tests/fuzz/stories.h"

enum damage_file {
	FILE_HYPERVISOR,
	FILE_KERNEL,
	FILE_USER,
	FILE_METADATA,
	FILE_RESULT,
	FILE_CONSOLE,
	DAMAGE_FILES
};

/* What a patch does. Records are counted through all three streams. */
enum damage_kind {
	DAMAGE_FIELD,  /* field `which` of record `where` */
	DAMAGE_TEXT,   /* a text of it */
	DAMAGE_DROP,   /* `which` records from `where` on */
	DAMAGE_REPEAT, /* record `where` up to 1023 times more, field `which` counting up */
	DAMAGE_SWAP,   /* record `where` with the next, and their times too if `which` is odd */
	DAMAGE_INSERT, /* a record of event `which` before `where` */
	DAMAGE_TIME,   /* all that happens from record `where` on happens later */
	DAMAGE_HEAD,   /* field `which` of the head of packet `where` */
	DAMAGE_BYTES,  /* `value` into file `which` */
	DAMAGE_SIZE,   /* of file `which` */
	DAMAGE_NUMBER, /* the number `where` in file `which`, which is text */
	DAMAGE_GONE,   /* file `which` */
	DAMAGE_KINDS
};

struct patch {
	u8 kind;
	u8 which;
	u16 where;
	u32 value; /* see damage_value */
};

#define IMAGE_ROOM ((size_t)512 << 10)

/* A file as it is to be. */
struct image {
	u8 *bytes;
	size_t size;
	bool gone;
};

/* A record with its packet's head as it was. */
#define RECORD_ROOM 128u
struct slot {
	const struct trace_packet *packet;
	u8 stream;
	u8 size;
	u8 bytes[RECORD_ROOM] __attribute__((aligned(8)));
};

#define SLOTS 8192u

struct slots {
	struct slot slot[SLOTS];
	u32 count;
	bool changed;
};

/* Makes the good traces; `name` is for the directories'. */
void damage_start(const char *name);

/* Makes the damaged trace of an input. */
void damage_make(const u8 *data, size_t size);

/* The damaged trace, and the good one that it was. */
const char *damage_place(void);
const char *damage_good(void);

/* A number that is worth a try, or the patch's own; of so many bytes. */
u64 damage_value(u32 value);

/* Does a patch to the records, if it is one for them. */
void damage_records(struct slots *slots, const struct patch *patch);

#endif
