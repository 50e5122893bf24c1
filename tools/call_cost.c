#include "tools/call_cost.h"
#include "tools/lanes.h"
#include "tools/names.h"

struct unit {
	const char *name;
	u64 nanoseconds;
	int decimals;
};

/* The largest that the span fills. */
static const struct unit *unit_for(u64 nanoseconds)
{
	static const struct unit units[] = {
		{"s", 1000000000, 3}, {"ms", 1000000, 1}, {"us", 1000, 1}, {"ns", 1, 0}};
	u32 at = 0;

	while (at + 1 < ARRAY_SIZE(units) && nanoseconds < units[at].nanoseconds)
		at++;
	return &units[at];
}

/* Without the unit's name; `unit` NULL: ticks. */
static void add_in(struct line *line, const struct trace_info *info, const struct unit *unit,
                   u64 ticks)
{
	u64 number = ticks_to_unit(info, ticks);

	if (unit)
		line_add(line, "%.*f", unit->decimals, (double)number / (double)unit->nanoseconds);
	else
		line_add_number(line, number);
}

static const struct unit *unit_of(const struct trace_info *info, u64 ticks)
{
	return info_in_ticks(info) ? NULL : unit_for(ticks_to_unit(info, ticks));
}

void add_span(struct line *line, const struct trace_info *info, u64 ticks)
{
	const struct unit *unit = unit_of(info, ticks);

	add_in(line, info, unit, ticks);
	if (unit)
		line_add(line, " %s", unit->name);
}

void add_moment(struct line *line, const struct trace_info *info, u64 tsc)
{
	u64 passed = ticks_to_unit(info, tsc > info->tsc_begin ? tsc - info->tsc_begin : 0);

	if (info_in_ticks(info))
		line_add_number(line, passed);
	else
		line_add(line, "%llu.%06llu", (unsigned long long)(passed / 1000000000),
		         (unsigned long long)(passed % 1000000000 / 1000));
}

u64 cost_ticks(const struct cost *cost)
{
	u64 sum = 0;

	for (u32 i = 0; i < TRACE_STREAMS; i++)
		sum += cost->ticks[i];
	return sum;
}

static void add_part(struct line *line, const char **between)
{
	line_add(line, "%s", *between);
	*between = ", ";
}

/* Each tier that had a part in it; the guest's are one where only ring -1 looked. */
static void add_tiers(struct line *line, const struct trace_info *info, const struct call *call,
                      const struct unit *unit, const char **between)
{
	static const u32 order[] = {STREAM_USER, STREAM_KERNEL, STREAM_HYPERVISOR};
	bool seen = call->begin->id == EVENT_seen_syscall;

	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		if (!call->cost.ticks[order[i]])
			continue;
		add_part(line, between);
		add_in(line, info, unit, call->cost.ticks[order[i]]);
		line_add(line, " %s",
		         seen && order[i] == STREAM_KERNEL ? "guest" : tier_name(order[i]));
	}
	if (call->cost.exits)
		line_add(line, " in %llu exit%s", (unsigned long long)call->cost.exits,
		         call->cost.exits == 1 ? "" : "s");
}

void add_call_cost(struct line *line, const struct trace_info *info, const struct call *call)
{
	const struct unit *unit = unit_of(info, call->duration);
	u64 own = cost_ticks(&call->cost);
	u64 asleep = call->duration > own ? call->duration - own : 0;
	const char *between = ": ";

	line_add(line, "<");
	add_in(line, info, unit, call->duration);
	line_add(line, " %s", unit ? unit->name : "ticks");
	if (call->cost.exits || asleep || call->cost.ticks[STREAM_USER])
		add_tiers(line, info, call, unit, &between);
	if (asleep) {
		add_part(line, &between);
		add_in(line, info, unit, asleep);
		line_add(line, " asleep");
	}
	line_add(line, ">");
}
