#include <string.h>

#include "tools/call_cost.h"
#include "tools/decode.h"
#include "tools/names.h"
#include "tools/strace_parts.h"

#define COLOUR_OFF "\033[0m"
#define COLOUR_DIM "\033[2m"

/* Lines are whole, and only written once the call's end has shown that it is wanted. */
static bool whole_lines(const struct strace *strace)
{
	return strace->style.failed || strace->style.selection.timed || strace->style.summary;
}

static bool wanted_thread(const struct strace *strace, u32 pid)
{
	return selection_has_process(&strace->style.selection, &strace->tracker, pid);
}

static bool wanted_time(const struct strace *strace, u64 tsc)
{
	return tsc >= strace->style.selection.first && tsc <= strace->style.selection.last;
}

static bool wanted(const struct strace *strace, const struct call *call)
{
	return call_filter_has(&strace->style.filter, call->number) &&
	       wanted_time(strace, call->begin->tsc) && wanted_thread(strace, call->pid);
}

static bool wanted_end(const struct strace *strace, const struct call *call)
{
	const struct selection *selection = &strace->style.selection;

	return strace->nests[call->slot].wanted && (!strace->style.failed || call_error(call)) &&
	       call->duration >= selection->shortest && call->duration <= selection->longest;
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
void strace_break_line(struct strace *strace)
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

void strace_show_begin(struct strace *strace, const struct call *call)
{
	struct nest *nest = &strace->nests[call->slot];

	strace->any = true;
	nest_clear(nest);
	/* Once: an execve begins in one program and ends in another. */
	nest->wanted = wanted(strace, call);
	if (whole_lines(strace) || !nest->wanted)
		return;
	strace_break_line(strace);
	strace->pending = call;
}

/* A line that stands between calls: a signal, a thread's end. */
static void show_between(struct strace *strace, u32 pid, u64 tsc, const char *words)
{
	struct line line;

	if (strace->style.summary || !wanted_thread(strace, pid) || !wanted_time(strace, tsc))
		return;
	strace_break_line(strace);
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
	show_between(strace, signal->pid, signal->record.tsc, line.text);
}

/* A signal that is delivered as a call returns is told behind the call. */
void strace_take_signal(struct strace *strace, const struct trace_signal_deliver *signal)
{
	const struct call *call = calls_open(&strace->calls, signal->pid);
	struct nest *nest = call ? &strace->nests[call->slot] : NULL;

	if (nest && nest->signal_count < NEST_SIGNALS)
		nest->signals[nest->signal_count++] = signal;
	else
		show_signal(strace, signal);
}

static void show_signals(struct strace *strace, struct nest *nest)
{
	for (u32 i = 0; i < nest->signal_count; i++)
		show_signal(strace, nest->signals[i]);
	nest->signal_count = 0;
}

static void show_call(struct strace *strace, const struct call *call)
{
	bool pending = strace->pending && strace->pending->slot == call->slot;
	bool resumed = strace->nests[call->slot].shown;
	struct line line;

	if (pending)
		strace->pending = NULL;
	else
		strace_break_line(strace);
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

void strace_show_end(struct strace *strace, const struct call *call)
{
	if (call->number == SYSCALL_exit)
		strace->status = call->arguments[0] & 0xff;
	if (wanted_end(strace, call)) {
		if (strace->style.summary)
			call_summary_add(&strace->summary, call);
		else
			show_call(strace, call);
	}
	show_signals(strace, &strace->nests[call->slot]);
}

void strace_show_exit(struct strace *strace, const struct trace_process_exit *exit)
{
	struct line line = {0};

	if (exit->signal) {
		line_add(&line, "+++ killed by ");
		add_signal(&line, exit->signal);
	} else {
		line_add(&line, "+++ exited with %u", exit->status);
	}
	line_add(&line, " +++");
	show_between(strace, exit->pid, exit->record.tsc, line.text);
}

void strace_show_thread_exit(struct strace *strace, const struct trace_thread_exit *exit)
{
	struct line line = {0};

	line_add(&line, "+++ exited with %u +++", strace->status);
	show_between(strace, exit->pid, exit->record.tsc, line.text);
}

/* The kernel's first program is in no call. */
void strace_show_exec(struct strace *strace, const struct trace_process_exec *exec)
{
	struct line line = {0};

	if (calls_open(&strace->calls, exec->pid))
		return;
	line_add(&line, "+++ runs ");
	line_add_quoted(&line, exec->program, strnlen(exec->program, sizeof(exec->program)), false);
	line_add(&line, " +++");
	show_between(strace, exec->pid, exec->record.tsc, line.text);
}
