/*
 * Page tables of ring 3's own (the word kpti): the process's half, and of the kernel's half only what
 * the ways in and out (guest/kpti.asm) and the processor itself need: their code, the IDT, the start of
 * struct cpu, and the top of each stack of the IST (where the last of those exceptions that came in
 * ring 0 has left what C had there). What ring 3 cannot name an address of, no
 * speculation reads for it either. The kernel's pages are not global then: CR3 is written at every
 * crossing, and what stays in the TLB would be as good as mapped.
 */
#ifndef GUEST_KPTI_H
#define GUEST_KPTI_H

#include "guest/percpu.h"

/*
 * Where the word is given: sends the gates and SYSCALL to guest/kpti.asm. After the stacks of the IST
 * are there and before the first process is; false if memory ran out.
 */
bool kpti_init(struct cpu *cpu);

#endif
