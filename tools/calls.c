#include <stdlib.h>
#include <string.h>

#include "tools/calls.h"
#include "tools/decode.h"
#include "tools/memory.h"
#include "tools/names.h"

/* Open calls lie in sets of a few: which set, their thread says. */
#define WAYS      4u
#define SETS      (CALLS_LIMIT / WAYS)
#define SEQUENCES 4096u
#define UNKNOWN   UINT32_MAX

bool parse_witness(const char *word, enum witness *witness, struct error *error)
{
	*witness = strcmp(word, "hv") ? WITNESS_GUEST : WITNESS_HV;
	return *witness == WITNESS_HV || !strcmp(word, "guest") ||
	       refuse(error, "--witness wants guest or hv, not \"%s\".", word);
}

enum witness calls_witness(const struct trace_info *info)
{
	return strcmp(info->observe, "hv") ? WITNESS_GUEST : WITNESS_HV;
}

void calls_start(struct calls *calls, enum witness witness, const struct trace_info *info)
{
	memset(calls, 0, sizeof(*calls));
	calls->witness = witness;
	calls->open = zeros(CALLS_LIMIT, sizeof(*calls->open));
	calls->by_sequence = zeros(SEQUENCES, sizeof(*calls->by_sequence));
	descriptors_start(&calls->descriptors, info);
	if (witness == WITNESS_HV)
		calls->descriptors.blind = true;
}

void calls_stop(struct calls *calls)
{
	descriptors_stop(&calls->descriptors);
	free(calls->open);
	free(calls->by_sequence);
	memset(calls, 0, sizeof(*calls));
}

static void end_call(struct calls *calls, struct call *call, const struct trace_record *end)
{
	call->end = end;
	if (calls->ended_count < ARRAY_SIZE(calls->ended))
		calls->ended[calls->ended_count++] = call;
}

static u64 since(const struct trace_record *end, const struct trace_record *begin)
{
	return end->tsc > begin->tsc ? end->tsc - begin->tsc : 0;
}

/* A place in the set; if none is free, that of the oldest call that has not just ended. */
static struct call *take(struct calls *calls, u32 set, const struct trace_record *begin)
{
	struct call *first = &calls->open[set * WAYS], *found = NULL;

	for (u32 i = 0; i < WAYS && (!found || found->begin); i++)
		if (!first[i].begin ||
		    (!first[i].end && (!found || first[i].begin->tsc < found->begin->tsc)))
			found = &first[i];
	if (found->begin)
		calls->dropped++;
	memset(found, 0, sizeof(*found));
	found->slot = (u32)(found - calls->open);
	found->begin = begin;
	return found;
}

/* The thread has gone on, so the call is over, but nobody saw how. */
static void lose(struct calls *calls, struct call *call, const struct trace_record *now)
{
	calls->lost = *call;
	calls->lost.duration = 0;
	calls->lost.cost = (struct cost){0};
	call->begin = NULL;
	end_call(calls, &calls->lost, now);
}

static void add_piece(struct call *call, const void *piece)
{
	if (call->count < CALL_PIECES)
		call->pieces[call->count++] = piece;
}

static struct call *find_thread(const struct calls *calls, u32 pid)
{
	struct call *set = &calls->open[pid % SETS * WAYS];

	for (u32 i = 0; i < WAYS; i++)
		if (set[i].begin && set[i].pid == pid)
			return &set[i];
	return NULL;
}

const struct call *calls_open(const struct calls *calls, u32 pid)
{
	return calls->witness == WITNESS_GUEST ? find_thread(calls, pid) : NULL;
}

static struct call *find_begun(const struct calls *calls, const struct trace_record *begin)
{
	const struct trace_syscall_entry *entry = (const void *)begin;
	struct call *call;

	if (!begin || begin->id != EVENT_syscall_entry)
		return NULL;
	call = find_thread(calls, entry->pid);
	return call && call->begin == begin ? call : NULL;
}

static void guest_begin(struct calls *calls, const struct tracker *tracker,
                        const struct track_step *step)
{
	const struct trace_syscall_entry *entry = (const void *)step->record;
	const struct process_track *thread = tracker_process(tracker, entry->pid);
	struct call *call = find_thread(calls, entry->pid);

	if (call)
		lose(calls, call, step->record);
	call = take(calls, entry->pid % SETS, step->record);
	call->number = entry->number;
	call->pid = entry->pid;
	call->process = thread ? thread->process : entry->pid;
	memcpy(call->arguments, CALL_ARGUMENTS(entry), sizeof(call->arguments));
}

static void guest_text(struct calls *calls, const struct trace_syscall_text *text)
{
	struct call *call = find_thread(calls, text->pid);

	if (call)
		add_piece(call, &text->address);
}

static void guest_end(struct calls *calls, const struct track_step *step)
{
	const struct trace_syscall_exit *end = (const void *)step->record;
	struct call *call = find_begun(calls, step->begin);

	if (!call)
		return;
	call->returned = true;
	call->result = end->result;
	call->duration = step->duration;
	call->cost = step->cost;
	end_call(calls, call, step->record);
}

/* With a thread or its process ends the call that it was in. */
static void guest_stop(struct calls *calls, const struct track_step *step)
{
	for (u32 i = 0; i < step->closed; i++) {
		struct call *call = find_begun(calls, step->ended[i].begin);

		if (!call || call->end)
			continue;
		call->duration = since(step->record, call->begin);
		call->cost = step->ended[i].cost;
		end_call(calls, call, step->record);
	}
}

static void step_guest(struct calls *calls, const struct tracker *tracker,
                       const struct track_step *step)
{
	switch (step->record->id) {
	case EVENT_syscall_entry:
		guest_begin(calls, tracker, step);
		break;
	case EVENT_syscall_text:
		guest_text(calls, (const void *)step->record);
		break;
	case EVENT_syscall_exit:
		guest_end(calls, step);
		break;
	default:
		guest_stop(calls, step);
	}
}

static u32 set_of(u64 cr3, u64 rip, u64 rsp)
{
	u64 hash = (cr3 ^ rip * 0x9e3779b97f4a7c15u ^ rsp << 7) * 0xff51afd7ed558ccdu;

	return (u32)(hash >> 40) % SETS;
}

static struct call *find_seen(const struct calls *calls, u64 cr3, u64 rip, u64 rsp)
{
	struct call *set = &calls->open[set_of(cr3, rip, rsp) * WAYS];

	for (u32 i = 0; i < WAYS; i++) {
		const struct trace_seen_syscall *seen = (const void *)set[i].begin;

		if (seen && !set[i].end && seen->cr3 == cr3 && seen->rip == rip && seen->rsp == rsp)
			return &set[i];
	}
	return NULL;
}

static struct call *find_sequence(const struct calls *calls, u32 sequence)
{
	struct call *call = &calls->open[calls->by_sequence[sequence % SEQUENCES]];

	if (call->begin && call->begin->sequence == sequence)
		return call;
	for (u32 i = 0; i < CALLS_LIMIT; i++)
		if (calls->open[i].begin && calls->open[i].begin->sequence == sequence)
			return &calls->open[i];
	return NULL;
}

/* Calls that are left for good. */
static bool never_returns(u32 number)
{
	return number == SYSCALL_exit || number == SYSCALL_exit_group ||
	       number == SYSCALL_rt_sigreturn;
}

const struct call *calls_begun(const struct calls *calls, const struct trace_record *begin)
{
	const struct call *call = begin->id == EVENT_seen_syscall
	                                  ? find_sequence(calls, begin->sequence)
	                                  : find_begun(calls, begin);

	return call && call->begin == begin ? call : NULL;
}

/* Until the call returns, its cost is what had been spent before it. */
static void seen_begin(struct calls *calls, const struct tracker *tracker,
                       const struct trace_seen_syscall *seen)
{
	struct call *call = find_seen(calls, seen->cr3, seen->rip, seen->rsp);

	if (call)
		lose(calls, call, &seen->record);
	call = take(calls, set_of(seen->cr3, seen->rip, seen->rsp), &seen->record);
	call->number = seen->number;
	call->cr3 = seen->cr3;
	call->cost.ticks[STREAM_HYPERVISOR] = tracker->time[STREAM_HYPERVISOR];
	call->cost.exits = calls->exits - (calls->exits > 0);
	memcpy(call->arguments, CALL_ARGUMENTS(seen), sizeof(call->arguments));
	calls->by_sequence[seen->record.sequence % SEQUENCES] = call->slot;
	if (never_returns(seen->number)) {
		call->end = &seen->record;
		calls->leaving = call;
	}
}

static void seen_end(struct calls *calls, const struct tracker *tracker,
                     const struct trace_seen_return *seen)
{
	struct call *call = seen->call == UNKNOWN
	                            ? find_seen(calls, seen->cr3, seen->rip, seen->rsp)
	                            : find_sequence(calls, seen->call);
	u64 *ticks;

	if (!call || call->end)
		return;
	call->returned = true;
	call->result = seen->result;
	call->duration = since(&seen->record, call->begin);
	call->end = &seen->record;
	ticks = call->cost.ticks;
	ticks[STREAM_HYPERVISOR] = tracker->time[STREAM_HYPERVISOR] - ticks[STREAM_HYPERVISOR];
	if (ticks[STREAM_HYPERVISOR] > call->duration)
		ticks[STREAM_HYPERVISOR] = call->duration;
	ticks[STREAM_KERNEL] = call->duration - ticks[STREAM_HYPERVISOR];
	call->cost.exits = calls->exits - call->cost.exits;
	calls->leaving = call;
}

/* Texts may follow the record that they belong to, within the same exit. */
static void seen_leave(struct calls *calls, const struct trace_record *record)
{
	const struct trace_seen_text *text = (const void *)record;
	struct call *call = calls->leaving;

	if (!call || (record->id == EVENT_seen_text && text->call == call->begin->sequence))
		return;
	calls->leaving = NULL;
	if (!call->returned) {
		call->duration = 0;
		call->cost = (struct cost){0};
	}
	end_call(calls, call, call->end);
}

static void step_hv(struct calls *calls, const struct tracker *tracker,
                    const struct track_step *step)
{
	const struct trace_seen_text *text = (const void *)step->record;
	struct call *call;

	seen_leave(calls, step->record);
	switch (step->record->id) {
	case EVENT_vm_exit:
		calls->exits++;
		break;
	case EVENT_seen_syscall:
		seen_begin(calls, tracker, (const void *)step->record);
		break;
	case EVENT_seen_text:
		call = find_sequence(calls, text->call);
		if (call)
			add_piece(call, &text->address);
		break;
	case EVENT_seen_return:
		seen_end(calls, tracker, (const void *)step->record);
		break;
	default:
		break;
	}
}

/* What the step before has left: descriptors change only when its calls have been told. */
static void settle(struct calls *calls, const struct tracker *tracker)
{
	for (u32 i = 0; i < calls->ended_count; i++) {
		descriptors_call(&calls->descriptors, calls->ended[i]);
		calls->ended[i]->begin = NULL;
	}
	calls->ended_count = calls->ended_next = 0;
	if (calls->last) {
		const struct trace_thread_exit *record = (const void *)calls->last;

		descriptors_step(&calls->descriptors, tracker, calls->last,
		                 calls_open(calls, record->pid));
	}
	calls->last = NULL;
}

void calls_step(struct calls *calls, const struct tracker *tracker, const struct track_step *step)
{
	settle(calls, tracker);
	if (calls->witness == WITNESS_HV) {
		step_hv(calls, tracker, step);
		return;
	}
	if (event_kinds[step->record->id].stream == STREAM_KERNEL) {
		descriptors_see(&calls->descriptors, step->record);
		calls->last = step->record;
	}
	step_guest(calls, tracker, step);
}

const struct call *calls_ended(struct calls *calls)
{
	return calls->ended_next < calls->ended_count ? calls->ended[calls->ended_next++] : NULL;
}

const char *call_error(const struct call *call)
{
	return call->returned ? errno_name(call->result) : NULL;
}
