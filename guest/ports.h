/*
 * Which I/O ports ring 3 may touch: none, but for those that a table (guest/ports.c) lets a program
 * ask for by ioperm. What was granted is inherited by fork and ends with exec.
 */
#ifndef GUEST_PORTS_H
#define GUEST_PORTS_H

#include "guest/percpu.h"

/* Closes all ports, or opens them if that protection is left off. */
void ports_init(struct cpu *cpu);

/* Finds the programs of the table among the initramfs's files, and seals them. */
void ports_seal(void);

/* Lets a process have the ports granted to it; on each switch. */
void ports_load(const struct process *p);

#endif
