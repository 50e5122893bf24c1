/* Records to lines: what each record means for strace_lines.c. */
#include <stdlib.h>
#include <string.h>

#include "tools/memory.h"
#include "tools/names.h"
#include "tools/strace_parts.h"

void strace_start(struct strace *strace, FILE *out, const struct strace_style *style,
                  const struct trace_info *info)
{
	memset(strace, 0, sizeof(*strace));
	strace->out = out;
	strace->style = *style;
	strace->info = info;
	strace->nests = zeros(CALLS_LIMIT, sizeof(*strace->nests));
	tracker_start(&strace->tracker, info->bare, info->tsc_begin);
	calls_start(&strace->calls, style->witness, info);
}

static struct nest *nest_of(const struct strace *strace, u32 pid)
{
	const struct call *call = calls_open(&strace->calls, pid);

	return call && !call->end ? &strace->nests[call->slot] : NULL;
}

static u32 *seen_place(struct strace *strace, u64 cr3)
{
	return &strace->seen[cr3 >> 12 & (ARRAY_SIZE(strace->seen) - 1)];
}

/* In ring -1's view: the latest call with these page tables, if ring 0 has the processor. */
static struct nest *nest_of_seen(struct strace *strace, u64 cr3, u32 cpl)
{
	u32 place = *seen_place(strace, cr3);
	const struct call *call = place ? &strace->calls.open[place - 1] : NULL;

	if (!call || cpl || !call->begin || call->end || call->cr3 != cr3)
		return NULL;
	return &strace->nests[call->slot];
}

static void note_seen(struct strace *strace, const struct trace_seen_fault *fault)
{
	struct nest *nest = nest_of_seen(strace, fault->cr3, fault->cpl);

	if (nest)
		nest_instant(nest, &fault->record);
}

/* What happens within a call, and not to ring 3. */
static void note_kernel(struct strace *strace, const struct track_step *step)
{
	const struct trace_context_switch *change = (const void *)step->record;
	struct nest *nest = nest_of(strace, step->pid);

	switch (step->record->id) {
	case EVENT_page_fault_entry:
	case EVENT_exception_entry:
	case EVENT_interrupt_entry:
		if (nest)
			nest_begin(nest, step->record);
		break;
	case EVENT_page_fault_exit:
	case EVENT_exception_exit:
	case EVENT_interrupt_exit:
		if (nest)
			nest_end(nest, step->record, step->duration);
		break;
	case EVENT_process_exec:
		if (nest)
			nest_instant(nest, step->record);
		break;
	case EVENT_context_switch:
		if (nest)
			nest_instant(nest, step->record);
		nest = nest_of(strace, change->next_pid);
		if (nest)
			nest_resume(nest, step->record);
		break;
	default:
		break;
	}
}

static void note_exit(struct strace *strace, const struct track_step *step)
{
	const struct trace_vm_exit *exit = (const void *)step->begin;
	struct nest *nest;

	if (!exit)
		return;
	if (strace->style.witness == WITNESS_HV)
		nest = nest_of_seen(strace, exit->guest_cr3, exit->cpl);
	else
		nest = strace->tracker.user ? NULL : nest_of(strace, step->pid);
	if (nest)
		nest_exit(nest, exit, step->duration);
}

static void show_guest(struct strace *strace, const struct trace_record *record)
{
	const struct trace_syscall_entry *entry = (const void *)record;
	const struct call *call;

	switch (record->id) {
	case EVENT_syscall_entry:
		call = calls_open(&strace->calls, entry->pid);
		if (call)
			strace_show_begin(strace, call);
		break;
	case EVENT_signal_deliver:
		strace_take_signal(strace, (const void *)record);
		break;
	case EVENT_process_exit:
		strace_show_exit(strace, (const void *)record);
		break;
	case EVENT_thread_exit:
		strace_show_thread_exit(strace, (const void *)record);
		break;
	case EVENT_process_exec:
		strace_show_exec(strace, (const void *)record);
		break;
	default:
		break;
	}
}

static void show_seen(struct strace *strace, const struct trace_record *record)
{
	const struct trace_seen_syscall *seen = (const void *)record;
	const struct call *call;

	if (record->id != EVENT_seen_syscall)
		return;
	call = calls_begun(&strace->calls, record);
	if (!call)
		return;
	*seen_place(strace, seen->cr3) = call->slot + 1;
	strace_show_begin(strace, call);
}

void strace_record(struct strace *strace, const struct trace_record *record)
{
	const struct call *call;

	tracker_step(&strace->tracker, record, &strace->step);
	calls_step(&strace->calls, &strace->tracker, &strace->step);
	while ((call = calls_ended(&strace->calls)))
		strace_show_end(strace, call);
	if (strace->style.witness == WITNESS_GUEST)
		show_guest(strace, record);
	else
		show_seen(strace, record);
	if (record->id == EVENT_vm_entry)
		note_exit(strace, &strace->step);
	else if (record->id == EVENT_seen_fault && strace->style.witness == WITNESS_HV)
		note_seen(strace, (const void *)record);
	else if (event_kinds[record->id].stream == STREAM_KERNEL)
		note_kernel(strace, &strace->step);
}

void strace_end(struct strace *strace)
{
	strace_break_line(strace);
	if (strace->style.summary)
		call_summary_print(strace->out, &strace->summary, strace->info);
	if (!strace->any)
		fprintf(strace->out, "The trace tells of no system call: were they left out by "
		                     "run's --events?\n");
	if (strace->calls.dropped)
		fprintf(strace->out, "%llu calls were open at once with too many others.\n",
		        (unsigned long long)strace->calls.dropped);
	for (u32 i = 0; i < CALLS_LIMIT; i++)
		nest_free(&strace->nests[i]);
	free(strace->nests);
	calls_stop(&strace->calls);
	tracker_stop(&strace->tracker);
}
