/*
 * What the processor keeps of x87, SSE, AVX and AVX-512 for each thread, in a frame: XSAVE's
 * standard format, or FXSAVE's where XSAVE is not there or left off. Promise: no content of an area
 * that ring 3 hands back makes ring 0 fault.
 */
#ifndef GUEST_FPU_H
#define GUEST_FPU_H

#include "abi/types.h"

/* After CR4.OSFXSR: turns XSAVE on if `asked`; true if it is on. */
bool fpu_init(bool asked);

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
