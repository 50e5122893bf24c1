/*
 * Which events a run records: the words of --events, and the three masks that ring -1 and the guest
 * kernel get (one per stream; bit id % 32).
 */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include "abi/events.h"
#include "tools/error.h"

struct filter {
	u32 mask[TRACE_STREAMS];
};

/*
 * Reads a list such as "exits,syscalls,-vm_entry": names of events and groups, "-" takes away. A
 * list that starts with "-" takes away from all. NULL means all.
 */
bool filter_parse(const char *list, struct filter *filter, struct error *error);

/* Whether the filter lets this event through. */
bool filter_has(const struct filter *filter, enum trace_event event);

#endif
