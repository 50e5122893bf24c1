#include <stdlib.h>
#include <string.h>

#include "tools/call_cost.h"
#include "tools/decode.h"
#include "tools/names.h"
#include "tools/nest.h"
#include "tools/strace_lines.h"

#define COLOUR_OFF "\033[0m"
#define COLOUR_DIM "\033[2m"

void strace_start(struct strace *strace, FILE *out, const struct strace_style *style,
                  const struct trace_info *info)
{
	memset(strace, 0, sizeof(*strace));
	strace->out = out;
	strace->style = *style;
	strace->info = info;
	strace->nests = calloc(CALLS_LIMIT, sizeof(*strace->nests));
	if (!strace->nests)
		abort();
	tracker_start(&strace->tracker, info->bare, info->tsc_begin);
	calls_start(&strace->calls, style->witness, info);
}

/* Lines are whole, and only written once the call's end has shown that it is wanted. */
static bool whole_lines(const struct strace *strace)
{
	return strace->style.failed || strace->style.longer || strace->style.summary;
}

static bool wanted_thread(const struct strace *strace, u32 pid)
{
	const struct process_track *thread = tracker_process(&strace->tracker, pid);

	return !strace->style.has_pid || pid == strace->style.pid ||
	       (thread && thread->process == strace->style.pid);
}

static bool wanted_time(const struct strace *strace, u64 tsc)
{
	u64 passed = tsc > strace->info->tsc_begin ? tsc - strace->info->tsc_begin : 0;

	return passed >= strace->style.from && passed <= strace->style.to;
}

static bool wanted(const struct strace *strace, const struct call *call)
{
	return call_filter_has(&strace->style.filter, call->number) &&
	       wanted_time(strace, call->begin->tsc) && wanted_thread(strace, call->pid);
}

static bool wanted_end(const struct strace *strace, const struct call *call)
{
	return (!strace->style.failed || call_error(call)) &&
	       call->duration >= strace->style.longer;
}

static void add_head(const struct strace *strace, struct line *line, u32 pid, u64 cr3, u64 tsc)
{
	if (strace->style.witness == WITNESS_HV)
		line_add(line, "[cr3 0x%llx] ", (unsigned long long)cr3);
	else
		line_add(line, "[pid %5u] ", pid);
	add_moment(line, strace->info, tsc);
	line_add(line, " ");
}

static void put(const struct strace *strace, const struct line *line)
{
	fprintf(strace->out, "%s", line->text);
}

/* The call's head and words; its result has a line of its own, so that long words cannot cut it. */
static void put_call(const struct strace *strace, const struct call *call, bool resumed)
{
	struct line line;

	line_clear(&line);
	add_head(strace, &line, call->pid, call->cr3, resumed ? call->end->tsc : call->begin->tsc);
	if (resumed) {
		line_add(&line, "<... ");
		decode_syscall_name(&line, call->number);
		line_add(&line, " resumed>");
		call_part(&line, &strace->calls, call, &strace->style.call, true);
	} else {
		call_text(&line, &strace->calls, call, &strace->style.call);
	}
	put(strace, &line);
}

static void put_children(const struct strace *strace, const struct call *call)
{
	struct nest *nest = &strace->nests[call->slot];

	if (strace->style.children)
		nest_print(strace->out, nest, strace->info, strace->style.colour ? COLOUR_DIM : "",
		           strace->style.colour ? COLOUR_OFF : "");
}

/* Another thread has something to say: the pending call's line is broken here. */
static void break_line(struct strace *strace)
{
	const struct call *call = strace->pending;
	struct line line;

	strace->pending = NULL;
	if (!call || !call->begin)
		return;
	line_clear(&line);
	add_head(strace, &line, call->pid, call->cr3, call->begin->tsc);
	call_part(&line, &strace->calls, call, &strace->style.call, false);
	put(strace, &line);
	fprintf(strace->out, " <unfinished ...>\n");
	put_children(strace, call);
	strace->nests[call->slot].shown = true;
}

static void show_begin(struct strace *strace, const struct call *call)
{
	nest_clear(&strace->nests[call->slot]);
	if (whole_lines(strace) || !wanted(strace, call))
		return;
	break_line(strace);
	strace->pending = call;
}

static void show_end(struct strace *strace, const struct call *call)
{
	bool pending = strace->pending && strace->pending->slot == call->slot;
	bool resumed = strace->nests[call->slot].shown;
	struct line line;

	if (call->number == SYSCALL_exit)
		strace->status = call->arguments[0] & 0xff;
	if (!wanted(strace, call) || !wanted_end(strace, call))
		return;
	if (strace->style.summary) {
		call_summary_add(&strace->summary, call);
		return;
	}
	if (pending)
		strace->pending = NULL;
	else
		break_line(strace);
	put_call(strace, call, resumed);
	line_clear(&line);
	line_add(&line, " = ");
	call_result(&line, &strace->calls, call, &strace->style.call);
	if (call->duration || call->returned) {
		line_add(&line, " ");
		add_call_cost(&line, strace->info, call);
	}
	put(strace, &line);
	fprintf(strace->out, "\n");
	put_children(strace, call);
}

/* A line that stands between calls: a signal, a thread's end. */
static void show_between(struct strace *strace, u32 pid, const char *words)
{
	u64 tsc = strace->step.record->tsc;
	struct line line;

	if (strace->style.summary || !wanted_thread(strace, pid) || !wanted_time(strace, tsc))
		return;
	break_line(strace);
	line_clear(&line);
	add_head(strace, &line, pid, 0, tsc);
	put(strace, &line);
	fprintf(strace->out, "%s\n", words);
}

static void add_signal(struct line *line, u32 number)
{
	const char *name = signal_name(number);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "signal %u", number);
}

static void show_signal(struct strace *strace, const struct trace_signal_deliver *signal)
{
	struct line line = {0};

	line_add(&line, "--- ");
	add_signal(&line, signal->signal);
	line_add(&line, " {si_signo=");
	add_signal(&line, signal->signal);
	line_add(&line, "} ---");
	show_between(strace, signal->pid, line.text);
}

static void show_exit(struct strace *strace, const struct trace_process_exit *exit)
{
	struct line line = {0};

	if (exit->signal) {
		line_add(&line, "+++ killed by ");
		add_signal(&line, exit->signal);
	} else {
		line_add(&line, "+++ exited with %u", exit->status);
	}
	line_add(&line, " +++");
	show_between(strace, exit->pid, line.text);
}

static void show_thread_exit(struct strace *strace, const struct trace_thread_exit *exit)
{
	struct line line = {0};

	line_add(&line, "+++ exited with %u +++", strace->status);
	show_between(strace, exit->pid, line.text);
}

/* The kernel's first program is in no call. */
static void show_exec(struct strace *strace, const struct trace_process_exec *exec)
{
	struct line line = {0};

	if (calls_open(&strace->calls, exec->pid))
		return;
	line_add(&line, "+++ runs ");
	line_add_quoted(&line, exec->program, strnlen(exec->program, sizeof(exec->program)), false);
	line_add(&line, " +++");
	show_between(strace, exec->pid, line.text);
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
static struct nest *nest_of_exit(struct strace *strace, const struct trace_vm_exit *exit)
{
	u32 place = *seen_place(strace, exit->guest_cr3);
	const struct call *call = place ? &strace->calls.open[place - 1] : NULL;

	if (!call || exit->cpl || !call->begin || call->end || call->cr3 != exit->guest_cr3)
		return NULL;
	return &strace->nests[call->slot];
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
		nest = nest_of_exit(strace, exit);
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
			show_begin(strace, call);
		break;
	case EVENT_signal_deliver:
		show_signal(strace, (const void *)record);
		break;
	case EVENT_process_exit:
		show_exit(strace, (const void *)record);
		break;
	case EVENT_thread_exit:
		show_thread_exit(strace, (const void *)record);
		break;
	case EVENT_process_exec:
		show_exec(strace, (const void *)record);
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
	show_begin(strace, call);
}

void strace_record(struct strace *strace, const struct trace_record *record)
{
	const struct call *call;

	tracker_step(&strace->tracker, record, &strace->step);
	calls_step(&strace->calls, &strace->tracker, &strace->step);
	while ((call = calls_ended(&strace->calls)))
		show_end(strace, call);
	if (strace->style.witness == WITNESS_GUEST)
		show_guest(strace, record);
	else
		show_seen(strace, record);
	if (record->id == EVENT_vm_entry)
		note_exit(strace, &strace->step);
	else if (event_kinds[record->id].stream == STREAM_KERNEL)
		note_kernel(strace, &strace->step);
}

void strace_end(struct strace *strace)
{
	break_line(strace);
	if (strace->style.summary)
		call_summary_print(strace->out, &strace->summary, strace->info);
	if (strace->calls.dropped)
		fprintf(strace->out, "%llu calls were open at once with too many others.\n",
		        (unsigned long long)strace->calls.dropped);
	for (u32 i = 0; i < CALLS_LIMIT; i++)
		nest_free(&strace->nests[i]);
	free(strace->nests);
	calls_stop(&strace->calls);
	tracker_stop(&strace->tracker);
}
