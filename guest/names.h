/*
 * The names of system calls and vectors, and what an exception means to a program: the signal that
 * Linux sends for it.
 */
#ifndef GUEST_NAMES_H
#define GUEST_NAMES_H

#include "abi/types.h"

/* By abi/syscalls.h; "unknown" if there is none. */
const char *syscall_name(u32 number);

/* "general protection fault (#GP)", "interrupt". */
const char *vector_name(u32 vector);

/* The signal for an exception in ring 3, 0 if it is not the program's doing. */
u32 vector_signal(u32 vector);

#endif
