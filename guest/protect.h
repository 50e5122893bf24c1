/*
 * The protections that ring 0 asks the processor for, and what came of each. Boot words "noNAME"
 * leave one off.
 */
#ifndef GUEST_PROTECT_H
#define GUEST_PROTECT_H

#include "guest/percpu.h"

enum protection_id {
	PROTECTION_NX,
	PROTECTION_WP,
	PROTECTION_SMEP,
	PROTECTION_SMAP,
	PROTECTION_UMIP,
	PROTECTIONS
};

/* Turns on what the page tables need (NX, WP), then, once they are in force, the rest. */
void protect_early(const char *words);
void protect_late(const char *words);

bool protection_on(enum protection_id id);

/* One line in the log and a record each. */
void protect_report(struct cpu *cpu);

#endif
