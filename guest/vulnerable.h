/*
 * /dev/vulnerable (abi/vulnerable.h), there with the boot word vulnerable alone: holes for attacks, and
 * the way back when the processor, or ring -1, stops what was done through one. Without the word nothing
 * of it can be reached: there is no device, and no fault is recovered from.
 */
#ifndef GUEST_VULNERABLE_H
#define GUEST_VULNERABLE_H

#include "guest/file.h"

/* Takes the word and plants the secret, while text is still writable; behind secret_init. */
void vulnerable_init(const char *words);

bool vulnerable_on(void);

extern const struct operations vulnerable_operations;
void vulnerable_opened(void);

/*
 * An exception in ring 0 that nobody expected: true if a hole did it; the frame then leads out of the
 * hole. `address` is CR2 of a page fault.
 */
bool vulnerable_recover(struct frame *f, u64 address);

/* True if the exception came of return_to, at the instruction that returns to ring 3. */
bool vulnerable_returns(const struct frame *f);

/* Goes on where vulnerable_recover has the frame lead. */
_Noreturn void vulnerable_go(const struct frame *f);

/* A canary died: does not return if it was a hole's. */
void vulnerable_canary(void);

#endif
