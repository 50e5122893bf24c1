/* The fuzzer of the probe: fuzz.c runs operations, fuzz_make.c makes them. */
#ifndef TESTS_PROBE_FUZZ_H
#define TESTS_PROBE_FUZZ_H

#include "guest/probe/probe.h"

/*
 * Page 0 holds the code, 1 to 3 data: at one address for ring 0, at another for ring 3. The last is
 * the one whose rights may be gone for good.
 */
#define FUZZ_PAGES         4u
#define FUZZ_PAGE(user, i) (PROBE_WINDOW + 0x8000 + ((user) ? 0x40000 : 0) + (i)*0x2000ul)

struct fuzz_state {
	u64 cr0, cr3, cr4, efer;
	struct descriptor_pointer gdt, idt;
};

/* What an operation may have changed that is dear to put back. */
#define TOUCHED_MSRS   1u
#define TOUCHED_TIMER  2u
#define MAYBE_TIMER    8u
#define TOUCHED_MEMORY 4u /* rights or views of guest-physical memory */

struct fuzz {
	u64 random;
	u32 touched;
	bool text; /* integrity was asked for */
	struct fuzz_state good;
	u64 registers[PROBE_REGISTERS];
	u32 ends[256]; /* operations by the vector that ended them */
};

extern struct fuzz fuzz;
extern bool fuzz_answered[13]; /* which hypercalls ring -1 has */

/* Makes the next operation: writes its code, and the state in which it starts. */
void fuzz_make(struct probe_state *state);

/* By hypercalls: CR0 and CR4 as the guest wrote them, or writing them would fault. */
void fuzz_restore_masks(void);

/* By hypercalls: all of the window's frames as they were. */
void fuzz_restore_memory(void);

#endif
