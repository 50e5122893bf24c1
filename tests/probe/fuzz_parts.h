/* What the files that make operations share. */
#ifndef TESTS_PROBE_FUZZ_PARTS_H
#define TESTS_PROBE_FUZZ_PARTS_H

#include "tests/probe/fuzz.h"

extern bool user, wide; /* the ring is 3; the code is 64-bit code */

/* Random numbers: any; below a limit; an address in the window's data; one as tests like them. */
u64 next(void);
u32 below(u32 limit);
u64 data(void);
u64 number(void);

/* Append to the code. */
void put(u8 byte);
void put_bytes(const char *bytes, u32 count);
#define PUT(text) put_bytes(text, sizeof(text) - 1)

void make_call(struct probe_state *state);
void make_table(struct probe_state *state);
void make_far(struct probe_state *state);

#endif
