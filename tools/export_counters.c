#include <string.h>

#include "tools/export_counters.h"

#define STRETCHES   200u
#define UNKNOWN_END 1000000u /* ticks of a stretch, where it is not known how long the run was */

static const struct {
	const char *name;
	bool bytes;
} counters_told[] = {
#define COUNTER(name, text, bytes) {text, bytes},
	COUNTERS(COUNTER)
#undef COUNTER
};

const char *counter_name(enum counter counter)
{
	return counters_told[counter].name;
}

bool counter_is_bytes(enum counter counter)
{
	return counters_told[counter].bytes;
}

void counters_start(struct counters *counters, const struct export *export, counter_sink *sink,
                    void *context)
{
	const struct trace_info *info = &export->trace->info;

	memset(counters, 0, sizeof(*counters));
	counters->export = export;
	counters->sink = sink;
	counters->context = context;
	counters->since = export->begin;
	memcpy(counters->spent, export->tracker.time, sizeof(counters->spent));
	counters->stretch = info->tsc_end > info->tsc_begin
	                            ? (info->tsc_end - info->tsc_begin) / STRETCHES + 1
	                            : UNKNOWN_END;
}

static void tell(struct counters *counters, u64 now)
{
	static const enum counter shares[TRACE_STREAMS] = {[STREAM_USER] = COUNTER_USER,
	                                                   [STREAM_KERNEL] = COUNTER_KERNEL,
	                                                   [STREAM_HYPERVISOR] =
	                                                           COUNTER_HYPERVISOR};
	const u64 *spent = counters->export->tracker.time;
	u64 at = export_time(counters->export, counters->since);

	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		u64 ticks = spent[i] - counters->spent[i];

		counters->sink(counters->context, shares[i], at,
		               (u64)((unsigned __int128)ticks * 100 / (now - counters->since)));
		counters->spent[i] = spent[i];
	}
	counters->sink(counters->context, COUNTER_EXITS, at, counters->exits);
	counters->sink(counters->context, COUNTER_DRAINED, at, counters->drained);
	counters->exits = 0;
	counters->since = now;
}

void counters_step(struct counters *counters)
{
	const struct trace_record *record = counters->export->step.record;

	if (record->tsc > counters->since && record->tsc - counters->since >= counters->stretch)
		tell(counters, record->tsc);
	if (record->id == EVENT_vm_exit)
		counters->exits++;
	else if (record->id == EVENT_trace_drain)
		counters->drained += ((const struct trace_trace_drain *)record)->bytes;
}

void counters_end(struct counters *counters, u64 end)
{
	if (end > counters->since)
		tell(counters, end);
}
