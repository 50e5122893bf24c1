#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/account.h"
#include "tools/decode.h"
#include "tools/names.h"

#define KNOWN_REASONS 128u

u32 reason_group(u32 reason)
{
	reason &= 0xffff;
	return reason < KNOWN_REASONS ? reason : KNOWN_REASONS;
}

/* Intervals count that lie in the chosen part as a whole. */
static bool is_within(const struct account *account, const struct trace_record *begin)
{
	return begin && begin->tsc >= account->choice.from;
}

static void account_exit(struct account *account, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->begin;
	u32 reason;

	if (!is_within(account, step->begin))
		return;
	reason = exit->reason;
	tally_add(&account->tally, GROUP_EXIT, reason, step->duration);
	tally_add(&account->tally, GROUP_DETAIL + reason_group(reason), exit_key(exit),
	          step->duration);
}

static bool is_error(s64 result)
{
	return result < 0 && result >= -4095;
}

/* A system call that ended: with a result, or because its process did. */
static void account_syscall(struct account *account, u32 number, u64 duration,
                            const struct cost *cost, s64 result)
{
	struct row *row = tally_add(&account->tally, GROUP_SYSCALL, number, duration);

	row->errors += is_error(result);
	cost_add(&row->cost, cost);
}

static void account_fault(struct account *account, const struct trace_record *begin, u32 outcome,
                          u64 duration, const struct cost *cost)
{
	const struct trace_page_fault_entry *fault = (const void *)begin;
	u64 key = (u64)outcome << 32 | fault->error_code;

	cost_add(&tally_add(&account->tally, GROUP_FAULT, key, duration)->cost, cost);
}

/* What a process's or a thread's end closes: its system call, and a fault whose outcome was the end. */
static void account_process_exit(struct account *account, const struct track_step *step)
{
	for (u32 i = 0; i < step->closed; i++) {
		const struct trace_record *begin = step->ended[i].begin;
		const struct cost *cost = &step->ended[i].cost;
		u64 duration = step->record->tsc > begin->tsc ? step->record->tsc - begin->tsc : 0;

		if (!is_within(account, begin))
			continue;
		if (begin->id == EVENT_syscall_entry)
			account_syscall(account,
			                ((const struct trace_syscall_entry *)begin)->number,
			                duration, cost, 0);
		else if (begin->id == EVENT_page_fault_entry)
			account_fault(account, begin, FAULT_OUTCOME_signal, duration, cost);
	}
}

static void account_drain(struct account *account, const struct trace_trace_drain *drain)
{
	u64 now = drain->record.tsc;

	if (drain->stream >= TRACE_STREAMS)
		return;
	tally_add(&account->tally, GROUP_DRAIN, drain->stream,
	          drain->begin < now ? now - drain->begin : 0);
	account->drained_bytes[drain->stream] += drain->bytes;
}

static void account_seen_call(struct account *account, const struct trace_seen_syscall *call)
{
	struct seen_open *open = &account->seen[call->record.sequence % SEEN_OPEN];

	*open = (struct seen_open){call->record.sequence, true, call->record.tsc};
	tally_add(&account->tally, GROUP_SEEN_CALL, call->number, 0);
}

/* Of a call that so many others came after that it was forgotten, no duration is known. */
static void account_seen_return(struct account *account, const struct trace_seen_return *back)
{
	struct seen_open *open = &account->seen[back->call % SEEN_OPEN];

	if (!open->open || open->sequence != back->call || back->record.tsc < open->tsc)
		return;
	open->open = false;
	tally_add(&account->tally, GROUP_SEEN_RETURN, back->number, back->record.tsc - open->tsc)
		->errors += is_error(back->result);
}

static void account_step(struct account *account, const struct track_step *step)
{
	const struct trace_record *record = step->record;
	const struct trace_syscall_exit *call = (const void *)record;
	const struct trace_page_fault_exit *fault = (const void *)record;
	const struct trace_seen_fault *seen;

	switch (record->id) {
	case EVENT_vm_exit:
		account->exits++;
		break;
	case EVENT_vm_entry:
		account_exit(account, step);
		break;
	case EVENT_syscall_entry:
		account->syscalls++;
		break;
	case EVENT_syscall_exit:
		if (is_within(account, step->begin))
			account_syscall(account, call->number, step->duration, &step->cost,
			                call->result);
		break;
	case EVENT_page_fault_entry:
		account->faults++;
		break;
	case EVENT_page_fault_exit:
		if (is_within(account, step->begin))
			account_fault(account, step->begin, fault->outcome, step->duration,
			              &step->cost);
		break;
	case EVENT_exception_entry:
		account->exceptions++;
		break;
	case EVENT_interrupt_entry:
		account->interrupts++;
		break;
	case EVENT_process_exit:
	case EVENT_thread_exit:
	case EVENT_process_exec:
		account_process_exit(account, step);
		break;
	case EVENT_trace_drain:
		account_drain(account, (const void *)record);
		break;
	case EVENT_seen_syscall:
		account_seen_call(account, (const void *)record);
		break;
	case EVENT_seen_return:
		account_seen_return(account, (const void *)record);
		break;
	case EVENT_seen_fault:
		seen = (const void *)record;
		tally_add(&account->tally, GROUP_SEEN_FAULT,
		          (u64)seen->cpl << 32 | seen->error_code, 0);
		break;
	default:
		break;
	}
}

static void account_start(struct account *account, const struct trace *trace,
                          const struct account_choice *choice)
{
	memset(account, 0, sizeof(*account));
	account->choice = *choice;
	account->begin = trace->info.tsc_begin;
	account->counting = choice->from <= account->begin;
	tracker_start(&account->tracker, trace->info.bare, account->begin);
}

/* What counts begins: nothing before it has any cost. */
static void begin_counting(struct account *account, u64 now)
{
	tracker_forget(&account->tracker, now);
	account->begin = account->tracker.last;
	account->counting = true;
}

static void take_record(struct account *account, const struct trace_record *record)
{
	struct track_step step;
	bool counts;

	if (!account->counting && record->tsc >= account->choice.from)
		begin_counting(account, account->choice.from);
	tracker_step(&account->tracker, record, &step);
	counts = account->counting && (!account->choice.by_pid || account_chose(account, step.pid));
	tracing_step(&account->tracing, &step, counts);
	if (!counts)
		return;
	account->events[event_kinds[record->id].stream]++;
	account_step(account, &step);
}

/* The last exit is the one that ended the guest: it lasts to the end. */
static void account_last_exit(struct account *account)
{
	const struct trace_record *exit = account->tracker.exit;
	struct track_step step = {.begin = exit};

	if (!exit || account->choice.to || !account_chose(account, account->tracker.pid))
		return;
	step.duration = account->end > exit->tsc ? account->end - exit->tsc : 0;
	account_exit(account, &step);
}

/* Times by tier, of the run or of one process. */
static void account_times(struct account *account)
{
	const struct tracker *tracker = &account->tracker;
	struct process_sum *sums;
	size_t count;

	if (!account->choice.by_pid) {
		memcpy(account->time, tracker->time, sizeof(account->time));
		account->starting = tracker->starting;
		account->waiting = tracker->waiting;
		return;
	}
	count = account_processes(account, &sums);
	if (count) {
		u64 most = sums->cost.ticks[STREAM_HYPERVISOR];

		memcpy(account->time, sums->cost.ticks, sizeof(account->time));
		account->waiting = sums->waiting < most ? sums->waiting : most;
		most -= account->waiting;
		/* Before the guest runs, time goes to pid 0. */
		account->starting = account->choice.pid        ? 0
		                    : tracker->starting < most ? tracker->starting
		                                               : most;
	}
	free(sums);
}

static void account_end(struct account *account, const struct trace *trace)
{
	u64 end = trace->info.tsc_end;

	if (account->choice.to && account->choice.to < end)
		end = account->choice.to;
	if (!account->counting && account->choice.from <= end)
		begin_counting(account, account->choice.from);
	tracker_end(&account->tracker, end);
	if (!account->counting)
		begin_counting(account, end);
	account->end = account->tracker.last;
	account_last_exit(account);
	tracing_end(&account->tracing);
	account_times(account);
}

static void take_all(struct account *account, struct trace_cursor *cursor)
{
	u64 limit = account->choice.to ? account->choice.to : UINT64_MAX;
	const struct trace_record *record;

	while ((record = cursor_next(cursor, limit)))
		take_record(account, record);
}

void account_trace(struct account *account, const struct trace *trace)
{
	static const struct account_choice all;
	struct trace_cursor cursor;

	account_start(account, trace, &all);
	cursor_start(&cursor, trace);
	take_all(account, &cursor);
	account_end(account, trace);
}

/* The first damage in the order of the files, as trace_open has it. */
static bool refuse_first(struct trace *trace, struct error *error)
{
	struct error first = {""};

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		trace->streams[stream].checked = trace->streams[stream].count = 0;
	trace_check(trace, trace_keep_first, &first);
	return trace_refuse_damage(trace->directory, first.text, error);
}

bool account_unchecked(struct account *account, struct trace *trace,
                       const struct account_choice *choice, struct error *error)
{
	struct trace_cursor cursor;
	struct error damage;

	account_start(account, trace, choice);
	cursor_start_unchecked(&cursor, trace, &damage);
	take_all(account, &cursor);
	trace_check(trace, trace_keep_first, &damage); /* what lies behind the part */
	account_end(account, trace);
	if (!damage.text[0])
		return true;
	account_stop(account);
	return refuse_first(trace, error);
}

void account_stop(struct account *account)
{
	tally_stop(&account->tally);
	tracker_stop(&account->tracker);
}

double percent(u64 part, u64 whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}
