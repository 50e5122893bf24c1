/* How often the processor trapped into ring 0, and what came of it; /sys/kernel/ringscope/faults. */
#ifndef GUEST_COUNTERS_H
#define GUEST_COUNTERS_H

#include "abi/events.h"
#include "abi/vectors.h"

#define FAULT_OUTCOMES_COUNTED 16

struct counters {
	u64 vector[256];                     /* exceptions and interrupts by vector */
	u64 outcome[FAULT_OUTCOMES_COUNTED]; /* page faults by enum fault_outcome */
};

extern struct counters counters; /* guest/sysfs.c */

#endif
