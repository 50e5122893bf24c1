/*
 * ringscope verify: is a trace whole, and does it add up?
 */
#include <stdarg.h>
#include <string.h>

#include "tools/command.h"
#include "tools/filter.h"
#include "tools/names.h"
#include "tools/report.h"
#include "tools/verify.h"

typedef unsigned long long ull;

static const struct {
	const char *name;
	const char *text;
} checks[] = {
#define CHECK(name, text) {#name, text},
	CHECKS(CHECK)
#undef CHECK
};

void verify_find(struct verify *verify, enum check check, const char *format, ...)
{
	struct check_state *state = &verify->checks[check];
	va_list arguments;

	if (state->findings < FINDINGS_KEPT) {
		va_start(arguments, format);
		vsnprintf(state->kept[state->findings], sizeof(state->kept[0]), format, arguments);
		va_end(arguments);
	}
	state->findings++;
}

u64 verify_findings(const struct verify *verify)
{
	u64 findings = 0;

	for (size_t i = 0; i < CHECK_COUNT; i++)
		findings += verify->checks[i].findings;
	return findings;
}

static void skip(struct verify *verify, enum check check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void skip(struct verify *verify, enum check check, const char *format, ...)
{
	struct check_state *state = &verify->checks[check];
	va_list arguments;

	if (state->skipped[0])
		return;
	va_start(arguments, format);
	vsnprintf(state->skipped, sizeof(state->skipped), format, arguments);
	va_end(arguments);
}

static void note_damage(void *context, enum trace_part part, const char *sentence)
{
	verify_find(context, part == PART_PACKET ? CHECK_packets : CHECK_records, "%s", sentence);
}

/* Checks that need an event which the run did not record cannot be made. */
static void skip_filtered(struct verify *verify)
{
	static const struct {
		enum check check;
		enum trace_event needs;
	} needs[] = {
		{CHECK_exits, EVENT_vm_exit},		{CHECK_exits, EVENT_vm_entry},
		{CHECK_user, EVENT_user_enter},		{CHECK_user, EVENT_user_leave},
		{CHECK_causes, EVENT_user_leave},	{CHECK_causes, EVENT_syscall_entry},
		{CHECK_causes, EVENT_page_fault_entry}, {CHECK_causes, EVENT_interrupt_entry},
		{CHECK_causes, EVENT_exception_entry},	{CHECK_tiers, EVENT_vm_exit},
		{CHECK_tiers, EVENT_vm_entry},		{CHECK_tiers, EVENT_user_enter},
		{CHECK_tiers, EVENT_user_leave},	{CHECK_witness, EVENT_vm_exit},
		{CHECK_witness, EVENT_user_enter},	{CHECK_witness, EVENT_user_leave},
		{CHECK_kernel, EVENT_syscall_entry},	{CHECK_kernel, EVENT_syscall_exit},
		{CHECK_kernel, EVENT_page_fault_entry}, {CHECK_kernel, EVENT_page_fault_exit},
		{CHECK_kernel, EVENT_interrupt_entry},	{CHECK_kernel, EVENT_interrupt_exit},
		{CHECK_kernel, EVENT_exception_entry},	{CHECK_kernel, EVENT_exception_exit},
		{CHECK_kernel, EVENT_process_exit},	{CHECK_kernel, EVENT_context_switch},
	};
	const struct trace_info *info = &verify->trace->info;
	struct filter filter;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		filter.mask[stream] = (u32)info->events[stream];
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		const struct event_kind *kind = &event_kinds[needs[i].needs];

		if (!filter_has(&filter, needs[i].needs) &&
		    !(info->bare && kind->stream == STREAM_HYPERVISOR))
			skip(verify, needs[i].check, "%s was not recorded", kind->name);
	}
	if (info->bare) {
		skip(verify, CHECK_exits, "the guest kernel ran without ring -1");
		skip(verify, CHECK_witness, "the guest kernel ran without ring -1");
	}
}

/* Gaps and damage make intervals that do not close: no use reporting each of them. */
static void skip_merged(struct verify *verify, const char *reason)
{
	for (enum check check = CHECK_exits; check <= CHECK_witness; check++)
		skip(verify, check, "%s", reason);
}

static void check_losses(struct verify *verify)
{
	const struct trace_info *info = &verify->trace->info;
	u64 lost = 0;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		u64 here = trace_lost(verify->trace, stream);

		lost += here;
		if (here)
			verify_find(verify, CHECK_losses, "%s lost %llu events", tier_name(stream),
				    (ull)here);
	}
	if (lost)
		skip_merged(verify, "events were lost");
	if (!info->has_result) {
		skip(verify, CHECK_closed, "run/result.txt is missing");
		return;
	}
	if (info->state != TRACE_DISK_CLOSED)
		verify_find(verify, CHECK_closed,
			    "the run ended before the machine closed its trace");
}

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

/* "vm_exit number 17 at 12345": enough to find it in `timeline` or babeltrace2. */
static void find_at(struct verify *verify, enum check check, const struct trace_record *record,
		    const char *what)
{
	verify_find(verify, check, "%s, number %u of %s, at %llu: %s", event_kinds[record->id].name,
		    record->sequence, tier_name(event_kinds[record->id].stream),
		    (ull)(record->tsc - verify->trace->info.tsc_begin), what);
}

static bool serves(const struct trace_record *record, const struct trace_user_leave *left)
{
	static const u16 entries[] = {
		[USER_CAUSE_syscall] = EVENT_syscall_entry,
		[USER_CAUSE_page_fault] = EVENT_page_fault_entry,
		[USER_CAUSE_exception] = EVENT_exception_entry,
		[USER_CAUSE_interrupt] = EVENT_interrupt_entry,
	};

	return left->cause < ARRAY_SIZE(entries) && entries[left->cause] == record->id;
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
		find_at(verify, CHECK_causes, &verify->left->record,
			"ring 0 went on with something else");
	else if (!verify->left &&
		 (record->id == EVENT_syscall_entry ||
		  (record->id == EVENT_page_fault_entry && fault->error_code & FAULT_FROM_USER)))
		find_at(verify, CHECK_causes, record, "ring 3 was not left for it");
	verify->left = NULL;
}

static void check_witness(struct verify *verify, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->record;

	if (step->record->id != EVENT_vm_exit)
		return;
	if (exit->cpl == 3 && !verify->tracker.user)
		find_at(verify, CHECK_witness, step->record,
			"the processor was in ring 3, ring 0 had not handed over");
	else if (exit->cpl > 3)
		find_at(verify, CHECK_witness, step->record, "there is no such privilege level");
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

/* Up to where all streams are known: an unclosed trace has rings that were not drained. */
static u64 merged_limit(const struct trace *trace)
{
	u32 stream = trace->info.bare ? STREAM_KERNEL : STREAM_HYPERVISOR;
	const struct trace_stream_data *data = &trace->streams[stream];

	if (!trace->info.has_result || trace->info.state == TRACE_DISK_CLOSED)
		return UINT64_MAX;
	return data->count ? data->packets[data->count - 1].head->timestamp_end : 0;
}

static void check_merged(struct verify *verify)
{
	const struct trace_info *info = &verify->trace->info;
	u64 limit = merged_limit(verify->trace);
	u64 counted[TRACE_STREAMS] = {0};
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct track_step step;

	tracker_start(&verify->tracker, info->bare, info->tsc_begin);
	cursor_start(&cursor, verify->trace);
	while ((record = cursor_next(&cursor, limit))) {
		counted[event_kinds[record->id].stream]++;
		check_witness(verify, &(struct track_step){.record = record});
		tracker_step(&verify->tracker, record, &step);
		if (step.problem)
			find_at(verify, check_of(record->id), record,
				track_problem_text(step.problem));
		check_cause(verify, &step);
	}
	tracker_end(&verify->tracker, info->tsc_end);
	check_tiers(verify, limit);
	check_counts(verify, counted);
	tracker_stop(&verify->tracker);
}

void verify_trace(struct verify *verify, struct trace *trace)
{
	memset(verify, 0, sizeof(*verify));
	verify->trace = trace;
	trace_check(trace, note_damage, verify);
	skip_filtered(verify);
	verify_streams(verify);
	check_losses(verify);
	if (verify->checks[CHECK_packets].findings || verify->checks[CHECK_records].findings)
		skip_merged(verify, "the streams are damaged");
	check_merged(verify);
	/* What a skipped check found means nothing. */
	for (size_t i = 0; i < CHECK_COUNT; i++)
		if (verify->checks[i].skipped[0])
			verify->checks[i].findings = 0;
}

static void print_check(const struct verify *verify, size_t index)
{
	const struct check_state *state = &verify->checks[index];
	u64 kept = state->findings < FINDINGS_KEPT ? state->findings : FINDINGS_KEPT;

	printf("%-8s %-9s %s%s%s%s\n",
	       state->skipped[0] ? "skipped"
	       : state->findings ? "FOUND"
				 : "ok",
	       checks[index].name, checks[index].text, state->skipped[0] ? " (" : "",
	       state->skipped, state->skipped[0] ? ")" : "");
	for (u64 i = 0; i < kept; i++)
		printf("           %s\n", state->kept[i]);
	if (state->findings > kept)
		printf("           and %llu more\n", (ull)(state->findings - kept));
}

static const struct usage usage = {
	.command = "verify",
	.synopsis = "DIR",
	.about = "Checks a trace from the bytes of its packets to what the processor says of ring "
		 "0's "
		 "word.\nExit status 0: all is well; 1: something was found.",
	.example = "ringscope verify ringscope.trace",
};

int command_verify(int argc, char **argv)
{
	static struct verify verify;
	const char *directory;
	struct trace trace;
	struct error error;
	u64 findings;
	int status;

	if (!parse_report(&usage, argc, argv, NULL, &directory, &status))
		return status;
	if (!trace_load(&trace, directory, &error)) {
		complain(&error);
		return STATUS_FINDING;
	}
	verify_trace(&verify, &trace);
	for (size_t i = 0; i < CHECK_COUNT; i++)
		print_check(&verify, i);
	findings = verify_findings(&verify);
	printf("\n%llu packets, %llu events: %llu finding%s\n", (ull)verify.packets,
	       (ull)verify.records, (ull)findings, findings == 1 ? "" : "s");
	print_losses(stdout, &trace);
	trace_close(&trace);
	status = finish_report();
	return findings ? STATUS_FINDING : status;
}
