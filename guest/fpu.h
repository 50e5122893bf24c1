/* What the processor keeps of x87, SSE and AVX for each thread: its saving and loading. */
#ifndef GUEST_FPU_H
#define GUEST_FPU_H

#include "abi/types.h"

void fpu_save(void *area);
void fpu_load(const void *area);

/* The state that a program starts with. */
void fpu_reset(void *area);

/* The same, at once, for the running thread. */
void fpu_start(void);

/*
 * The running thread's state as Linux's signal frames hold it, at an address in ring 3's memory (64
 * bytes aligned): how many bytes that takes; writes it, takes it back. False if that memory cannot
 * be touched, or holds what the processor would not load.
 */
u64 fpu_frame_bytes(void);
bool fpu_export(u64 user);
bool fpu_import(u64 user);

#endif
