/*
 * What the page tables map, as read from the tables themselves: the kernel's half once, then each
 * process's. A range is pages alike in one piece, of addresses and of memory.
 */
#ifndef GUEST_PAGETABLES_H
#define GUEST_PAGETABLES_H

#include "abi/types.h"

/* A line a range, for a file. */
struct text;
void pagetables_text(struct text *text);

/* A record a range. */
void pagetables_snapshot(void);

#endif
