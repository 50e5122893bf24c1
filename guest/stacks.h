/* The kernel's stacks: one for each thread, for the idle loop and for each entry of the IST. */
#ifndef GUEST_STACKS_H
#define GUEST_STACKS_H

#include "guest/memory.h"

/* A kernel stack with a guard page below: its top, or 0. */
u64 kernel_stack_alloc(void);
void kernel_stack_free(u64 top);

/* True if the address is within a kernel stack's slot: from where to where the stack goes. */
bool kernel_stack_slot(u64 address, u64 *start, u64 *end);

/*
 * Makes that many now, all there will ever be: from here on the page tables do not change for them.
 * False if memory ran out.
 */
bool kernel_stacks_seal(u32 count);

#endif
