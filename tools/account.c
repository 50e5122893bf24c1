#include <string.h>

#include "tools/account.h"
#include "tools/decode.h"
#include "tools/names.h"

static void account_exit(struct account *account, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->begin;
	u32 reason;

	if (!exit)
		return;
	reason = exit->reason;
	tally_add(&account->tally, GROUP_EXIT, reason, step->duration);
	tally_add(&account->tally, GROUP_DETAIL + (reason & 0xffff), exit_key(exit),
	          step->duration);
}

/* A system call that ended: with a result, or because its process did. */
static void account_syscall(struct account *account, u32 number, u64 duration, s64 result)
{
	struct row *row = tally_add(&account->tally, GROUP_SYSCALL, number, duration);

	row->errors += result < 0 && result >= -4095;
}

static void account_fault(struct account *account, const struct trace_record *begin, u32 outcome,
                          u64 duration)
{
	const struct trace_page_fault_entry *fault = (const void *)begin;

	tally_add(&account->tally, GROUP_FAULT, (u64)outcome << 32 | fault->error_code, duration);
}

/* What a process's or a thread's end closes: its system call, and a fault whose outcome was the end. */
static void account_process_exit(struct account *account, const struct track_step *step)
{
	for (u32 i = 0; i < step->closed; i++) {
		const struct trace_record *begin = step->ended[i].begin;
		u64 duration = step->record->tsc > begin->tsc ? step->record->tsc - begin->tsc : 0;

		if (begin->id == EVENT_syscall_entry)
			account_syscall(account,
			                ((const struct trace_syscall_entry *)begin)->number,
			                duration, 0);
		else if (begin->id == EVENT_page_fault_entry)
			account_fault(account, begin, FAULT_OUTCOME_signal, duration);
	}
}

static void account_step(struct account *account, const struct track_step *step)
{
	const struct trace_record *record = step->record;
	const struct trace_syscall_exit *call = (const void *)record;
	const struct trace_page_fault_exit *fault = (const void *)record;
	const struct trace_trace_drain *drain = (const void *)record;

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
		if (step->begin)
			account_syscall(account, call->number, step->duration, call->result);
		break;
	case EVENT_page_fault_entry:
		account->faults++;
		break;
	case EVENT_page_fault_exit:
		if (step->begin)
			account_fault(account, step->begin, fault->outcome, step->duration);
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
		if (drain->stream >= TRACE_STREAMS)
			break;
		tally_add(&account->tally, GROUP_DRAIN, drain->stream,
		          drain->begin < record->tsc ? record->tsc - drain->begin : 0);
		account->drained_bytes[drain->stream] += drain->bytes;
		break;
	default:
		break;
	}
}

void account_trace(struct account *account, const struct trace *trace)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct track_step step;

	memset(account, 0, sizeof(*account));
	account->begin = trace->info.tsc_begin;
	tracker_start(&account->tracker, trace->info.bare, account->begin);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		account->events[event_kinds[record->id].stream]++;
		tracker_step(&account->tracker, record, &step);
		account_step(account, &step);
	}
	/* The last exit is the one that ended the guest: it lasts to the end. */
	tracker_end(&account->tracker, trace->info.tsc_end);
	account->end = account->tracker.last;
	if (account->tracker.exit) {
		step = (struct track_step){.begin = account->tracker.exit,
		                           .duration = account->end - account->tracker.exit->tsc};
		account_exit(account, &step);
	}
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
