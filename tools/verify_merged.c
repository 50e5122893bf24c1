#include "tools/names.h"
#include "tools/verify.h"

typedef unsigned long long ull;

static void check_counts(struct verify *verify, const u64 counted[TRACE_STREAMS])
{
	const struct trace_info *info = &verify->trace->info;

	if (!info->has_result || info->state != TRACE_DISK_CLOSED)
		return;
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		if (info->records[stream] != counted[stream])
			verify_find(verify, CHECK_closed,
			            "the machine wrote %llu events of %s, the trace has %llu",
			            (ull)info->records[stream], tier_name(stream),
			            (ull)counted[stream]);
}

static enum check check_of(enum trace_event event)
{
	switch (event_kinds[event].stream) {
	case STREAM_HYPERVISOR:
		return CHECK_exits;
	case STREAM_USER:
		return CHECK_user;
	default:
		return CHECK_kernel;
	}
}

/* Enough to find it in `timeline` or babeltrace2. */
void verify_find_at(struct verify *verify, enum check check, const struct trace_record *record,
                    const char *what)
{
	verify_find(verify, check, "%s, number %u of %s, at %llu: %s", event_kinds[record->id].name,
	            record->sequence, tier_name(event_kinds[record->id].stream),
	            (ull)(record->tsc - verify->trace->info.tsc_begin), what);
}

static bool serves(const struct trace_record *record, const struct trace_user_leave *left)
{
	static const u16 entries[] = {
		[USER_GATE_syscall] = EVENT_syscall_entry,
		[USER_GATE_page_fault] = EVENT_page_fault_entry,
		[USER_GATE_exception] = EVENT_exception_entry,
		[USER_GATE_interrupt] = EVENT_interrupt_entry,
	};

	return left->gate < ARRAY_SIZE(entries) && entries[left->gate] == record->id;
}

static void check_cause(struct verify *verify, const struct track_step *step)
{
	enum { FAULT_FROM_USER = 4 };
	const struct trace_record *record = step->record;
	const struct trace_page_fault_entry *fault = (const void *)record;

	if (record->id == EVENT_user_leave) {
		verify->left = (const void *)record;
		return;
	}
	if (event_kinds[record->id].stream == STREAM_HYPERVISOR || record->id == EVENT_mark)
		return;
	if (verify->left && (!serves(record, verify->left) || step->pid != verify->left->pid))
		verify_find_at(verify, CHECK_causes, &verify->left->record,
		               "ring 0 went on with something else");
	else if (!verify->left &&
	         (record->id == EVENT_syscall_entry ||
	          (record->id == EVENT_page_fault_entry && fault->error_code & FAULT_FROM_USER)))
		verify_find_at(verify, CHECK_causes, record, "ring 3 was not left for it");
	verify->left = NULL;
}

static void check_witness(struct verify *verify, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->record;

	if (step->record->id != EVENT_vm_exit)
		return;
	if (exit->cpl == 3 && !verify->tracker.user)
		verify_find_at(verify, CHECK_witness, step->record,
		               "the processor was in ring 3, ring 0 had not handed over");
	else if (exit->cpl > 3)
		verify_find_at(verify, CHECK_witness, step->record,
		               "there is no such privilege level");
}

/* Ring -1's time from its own stream alone, to hold against the merged account. */
static u64 hypervisor_time(const struct trace *trace, u64 begin, u64 end, u64 limit)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	u64 since = begin;
	u64 time = 0;
	bool active = true;

	cursor_start(&cursor, trace);
	while ((record = cursor_next_of(&cursor, STREAM_HYPERVISOR)) && record->tsc <= limit) {
		if (record->id == EVENT_vm_entry && active) {
			time += record->tsc - since;
			active = false;
		} else if (record->id == EVENT_vm_exit && !active) {
			since = record->tsc;
			active = true;
		}
	}
	return time + (active ? end - since : 0);
}

static void check_tiers(struct verify *verify, u64 limit)
{
	const struct trace_info *info = &verify->trace->info;
	const struct tracker *tracker = &verify->tracker;
	u64 whole = tracker->last - info->tsc_begin;
	u64 sum = 0;
	u64 alone;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		sum += tracker->time[stream];
	if (sum != whole)
		verify_find(verify, CHECK_tiers,
		            "the tiers' times sum up to %llu, the run took %llu", (ull)sum,
		            (ull)whole);
	if (info->bare)
		return;
	alone = hypervisor_time(verify->trace, info->tsc_begin, tracker->last, limit);
	if (alone != tracker->time[STREAM_HYPERVISOR])
		verify_find(verify, CHECK_tiers,
		            "ring -1 had the processor for %llu by its own records, for %llu with "
		            "the others'",
		            (ull)alone, (ull)tracker->time[STREAM_HYPERVISOR]);
}

static bool overlap(u64 one, u64 one_bytes, u64 other, u64 other_bytes)
{
	return one < other ? other - one < one_bytes : one - other < other_bytes;
}

/* Ring -1 tells of its own memory before it tells what it mapped for the guest. */
static void check_memory(struct verify *verify, const struct trace_record *record)
{
	const struct trace_ept_range *range = (const void *)record;

	if (record->id == EVENT_own_memory && verify->owns < ARRAY_SIZE(verify->own))
		verify->own[verify->owns++] = (const void *)record;
	for (u32 i = 0; record->id == EVENT_ept_range && i < verify->owns; i++)
		if (overlap(range->host_physical, range->bytes, verify->own[i]->host_physical,
		            verify->own[i]->bytes))
			verify_find_at(verify, CHECK_memory, record,
			               "the EPT leads to memory that ring -1 keeps for itself");
}

/* A snapshot of the VMCS is complete when the next one begins, or at the end (record is NULL). */
static void check_snapshot(struct verify *verify, const struct trace_record *record)
{
	const struct trace_vmcs_snapshot *last = verify->snapshot;
	u64 said = last ? last->fields : 0;

	if (record && record->id == EVENT_vmcs_field)
		verify->fields++;
	if (record && record->id != EVENT_vmcs_snapshot)
		return;
	if (verify->fields != said)
		verify_find(verify, CHECK_snapshot,
		            "a snapshot of the VMCS says %llu fields and has %llu", (ull)said,
		            (ull)verify->fields);
	verify->snapshot = (const void *)record;
	verify->fields = 0;
}

/* Up to where all streams are known: an unclosed trace has rings that were not drained. */
static u64 merged_limit(const struct trace *trace)
{
	u32 stream = trace->info.bare ? STREAM_KERNEL : STREAM_HYPERVISOR;
	const struct trace_stream_data *data = &trace->streams[stream];

	if (!trace->info.has_result || trace->info.state == TRACE_DISK_CLOSED)
		return UINT64_MAX;
	return data->count ? data->packets[data->count - 1].head->timestamp_end : 0;
}

void verify_merged(struct verify *verify)
{
	const struct trace_info *info = &verify->trace->info;
	u64 limit = merged_limit(verify->trace);
	u64 counted[TRACE_STREAMS] = {0};
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct track_step step;
	struct link link;

	tracker_start(&verify->tracker, info->bare, info->tsc_begin);
	cursor_start(&cursor, verify->trace);
	while ((record = cursor_next(&cursor, limit))) {
		counted[event_kinds[record->id].stream]++;
		check_witness(verify, &(struct track_step){.record = record});
		check_memory(verify, record);
		check_snapshot(verify, record);
		link = links_expect(verify, record);
		witness_before(verify, record);
		tracker_step(&verify->tracker, record, &step);
		if (step.problem)
			verify_find_at(verify, check_of(record->id), record,
			               track_problem_text(step.problem));
		links_check(verify, &step, &link);
		check_cause(verify, &step);
		witness_after(verify, &step);
	}
	witness_end(verify);
	tracker_end(&verify->tracker, info->tsc_end);
	if (limit == UINT64_MAX) /* else the rest of it may not have been drained */
		check_snapshot(verify, NULL);
	check_tiers(verify, limit);
	check_counts(verify, counted);
	tracker_stop(&verify->tracker);
}
