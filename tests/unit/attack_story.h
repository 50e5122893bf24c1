/*
 * Small traces of attacks: a matrix of a few rows and columns, and what the records of an attack look
 * like that succeeds, or that somebody stops.
 */
#ifndef TESTS_ATTACK_STORY_H
#define TESTS_ATTACK_STORY_H

#include "tests/unit/trace_builder.h"
#include "tools/lab_attacks.h"

#define SECRET  0x1122334455667700u
#define BENEATH 0x99aabbccddeeff00u
#define USER    0x401000u
#define KERNEL  0xffffffff80201000u

#define FAULTS_AT   0xffffffff80205000u
#define INJECTED_GP 0x80000b0du /* valid, error code, hardware exception, #GP */

#define KINDS 6
enum { READ, DEREF, TABLES, JUMP, ASK, SMASH };
extern const struct attack_kind kinds[KINDS];

#define COLUMNS 5
extern const struct mitigation_kind smep, smap, eptrwx;
extern const struct column columns[COLUMNS];

void start_matrix(struct matrix *matrix);

/* One column from a built trace, which is freed, and the program's output. */
void measure(struct matrix *matrix, size_t column, struct builder *builder, const char *output,
             struct machine_end *end);

/* The process of an attack begins and ends it with its marks. */
void begin(struct builder *b, u32 attack);
void end(struct builder *b, u32 attack);

/* Within: a call of the driver, and a page fault. */
void call_driver(struct builder *b);
void return_from_driver(struct builder *b, s64 result);
void fault(struct builder *b, u32 error, u64 address, u32 outcome);

/* Whole attacks. */
void fault_in_driver(struct builder *b, u32 attack, u32 error, u64 address);
void fault_in_ring3(struct builder *b, u32 attack, u32 error, u64 address);
void nothing_refused(struct builder *b, u32 attack);
void refused_by_ept(struct builder *b, u32 attack, u64 qualification);

/* The processor granted a protection. */
void grant(struct builder *b, const char *name);
void start_trace(struct builder *b);
/* The guest kernel gave up. */
void build_panic(struct builder *b, const char *message);

#endif
