/* What a guest and the processor can do between a VM entry and the next exit, for fuzz_exits. */
#ifndef TESTS_FUZZ_EXITS_PRODUCE_H
#define TESTS_FUZZ_EXITS_PRODUCE_H

#include "tests/fuzz/exits_input.h"

/* The guest changes a field, a register or its mode; or what the next exit will report changes. */
void produce_step(const struct exits_step *step);

/* After such steps: what is so for every guest is so, such as the flag that is always 1. */
void produce_repaired(void);

/*
 * Makes the VMCS what the processor leaves at an exit of that reason, as near to what it reports so
 * far as can be. False if there is no such exit under these controls, or not in this state.
 */
bool produce_exit(u32 reason);

#endif
