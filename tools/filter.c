#include <string.h>

#include "tools/filter.h"
#include "tools/names.h"

/* A group is every event whose name starts with one of its prefixes. */
static const struct {
	const char *name;
	const char *prefixes[3];
} groups[] = {
	{"all", {""}},
	{"exits", {"vm_"}},
	{"syscalls", {"syscall_", "seen_syscall", "seen_return"}},
	{"texts", {"syscall_text", "seen_text"}},
	{"seen", {"seen_"}},
	{"faults", {"page_fault_", "exception_", "seen_fault"}},
	{"interrupts", {"interrupt_"}},
	{"sched", {"context_switch", "process_", "thread_"}},
	{"signals", {"signal_"}},
	{"maps", {"memory_range", "ept_", "own_memory"}},
	{"user", {"user_", "mark"}},
};

static bool in_group(const char *event, const char *group, size_t length)
{
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		if (strlen(groups[g].name) != length || memcmp(groups[g].name, group, length))
			continue;
		for (size_t p = 0; p < 3 && groups[g].prefixes[p]; p++)
			if (!strncmp(event, groups[g].prefixes[p], strlen(groups[g].prefixes[p])))
				return true;
	}
	return false;
}

static bool apply(const char *name, size_t length, bool remove, struct filter *filter)
{
	bool found = false;

	for (u32 id = 0; id < EVENT_LIMIT; id++) {
		const struct event_kind *kind = &event_kinds[id];
		u32 bit = 1u << id % 32;

		if (!kind->name)
			continue;
		bool same = strlen(kind->name) == length && !memcmp(kind->name, name, length);
		if (!same && !in_group(kind->name, name, length))
			continue;
		found = true;
		if (remove)
			filter->mask[kind->stream] &= ~bit;
		else
			filter->mask[kind->stream] |= bit;
	}
	return found;
}

bool filter_parse(const char *list, struct filter *filter, struct error *error)
{
	bool all = !list || list[0] == '-';

	/* All means all 32 bits: events that a later version adds included. */
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		filter->mask[stream] = all ? UINT32_MAX : 0;
	while (list && *list) {
		size_t length = strcspn(list, ",");
		bool remove = list[0] == '-';
		const char *name = list + remove;
		size_t size = length - remove;

		if (size == 3 && !remove && !memcmp(name, "all", 3))
			memset(filter->mask, 0xff, sizeof(filter->mask));
		else if (size == 4 && !memcmp(name, "none", 4))
			memset(filter->mask, 0, sizeof(filter->mask));
		else if (!apply(name, size, remove, filter))
			return refuse(
				error,
				"--events knows no event or group \"%.*s\"; groups are all, none, "
				"exits, syscalls, texts, seen, faults, interrupts, sched, signals, "
				"maps, user.",
				(int)size, name);
		list += length;
		list += *list == ',';
	}
	return true;
}

bool filter_has(const struct filter *filter, enum trace_event event)
{
	return event_kinds[event].name && filter->mask[event_kinds[event].stream] >> event % 32 & 1;
}
