#include "abi/syscalls.h"
#include "tools/diff.h"

#define SIGNAL_CHILD      17u
#define WAIT_STATUS_BYTES 4u
#define EINTR             4

/* A child has ended, or the wait for it was broken off. */
static bool is_wait_for_child(const struct trace_record *record)
{
	const struct trace_syscall_exit *end = (const void *)record;

	if (record->id == EVENT_syscall_entry)
		return ((const struct trace_syscall_entry *)record)->number == SYSCALL_wait4;
	return record->id == EVENT_syscall_exit && end->number == SYSCALL_wait4 &&
	       (end->result > 0 || end->result == -EINTR);
}

/* The parent is told, by SIGCHLD or by wait4. */
static bool tells_of_end(const struct trace_record *record)
{
	if (record->id == EVENT_signal_deliver)
		return ((const struct trace_signal_deliver *)record)->signal == SIGNAL_CHILD;
	return is_wait_for_child(record);
}

/* What comes with that: the status, the handler's faults, its return. */
static bool goes_with_end(const struct trace_record *record)
{
	const struct trace_syscall_text *text = (const void *)record;
	const struct trace_syscall_entry *call = (const void *)record;
	const struct trace_syscall_exit *end = (const void *)record;

	switch (record->id) {
	case EVENT_syscall_entry:
		return call->number == SYSCALL_rt_sigreturn;
	case EVENT_syscall_exit:
		return end->number == SYSCALL_rt_sigreturn;
	case EVENT_syscall_text:
		return text->argument == 1 && text->whole == WAIT_STATUS_BYTES;
	default:
		return record->id == EVENT_page_fault_exit;
	}
}

bool difference_is_order(const struct difference *difference)
{
	bool known = false;

	for (u32 side = 0; side < 2; side++) {
		if (difference->items[side] > DIFFERENCE_KEPT) /* of the rest nothing is known */
			return false;
		for (u32 i = 0; i < difference->items[side]; i++) {
			const struct trace_record *record = difference->shown[side][i].record;
			bool tells = tells_of_end(record);

			if (!tells && !goes_with_end(record))
				return false;
			known |= tells;
		}
	}
	return known;
}
