#include "tools/line.h"
#include "tools/names.h"
#include "tools/verify.h"

/* Every record of ring 0 and ring 3 begins alike. */
static const struct trace_thread_exit *head_of(const struct trace_record *record)
{
	return (const void *)record;
}

static u32 number_of(const struct trace_record *begin)
{
	u32 ring = begin->id == EVENT_user_enter ? CAUSE_USER : 0;

	return (begin->sequence & ~CAUSE_USER) | ring;
}

static void allow(struct link *link, u32 cause)
{
	link->causes[link->count++] = cause;
}

/*
 * Where a thread is in ring 0 with nothing open (it was just made, or is the idle loop), what it was
 * in is none, or what it last was in; of one that has ended, the call that it ended in.
 */
static void allow_around(const struct verify *verify, struct link *link, u32 pid)
{
	const struct process_track *thread = tracker_process(&verify->tracker, pid);

	if (thread && thread->depth) {
		allow(link, number_of(thread->open[thread->depth - 1].begin));
		return;
	}
	allow(link, CAUSE_NONE);
	if (thread && thread->user.begin)
		allow(link, number_of(thread->user.begin));
	if (verify->ended.known && verify->ended.pid == pid)
		allow(link, verify->ended.cause);
}

/* These may be written by another thread than they are about, and are in what that one does. */
static bool by_another(u32 id)
{
	return id == EVENT_process_exec || id == EVENT_process_exit || id == EVENT_thread_exit;
}

struct link links_expect(const struct verify *verify, const struct trace_record *record)
{
	const struct event_kind *kind = &event_kinds[record->id];
	const struct process_track *thread;
	struct link link = {.count = 0};
	u32 pid;

	if (kind->stream == STREAM_HYPERVISOR || kind->phase == PHASE_END)
		return link;
	pid = head_of(record)->pid;
	thread = tracker_process(&verify->tracker, pid);
	if (record->id == EVENT_user_enter) {
		allow(&link, CAUSE_NONE);
	} else if (record->id == EVENT_mark || (verify->left && thread && !thread->depth)) {
		if (thread && thread->user.begin) /* it comes from ring 3 */
			allow(&link, number_of(thread->user.begin));
	} else {
		allow_around(verify, &link, pid);
		if (by_another(record->id) && pid != verify->tracker.pid)
			allow_around(verify, &link, verify->tracker.pid);
	}
	return link;
}

static void note_end(struct verify *verify, const struct track_step *step)
{
	u32 id = step->record->id;

	if ((id != EVENT_process_exit && id != EVENT_thread_exit) || !step->closed ||
	    head_of(step->ended[0].begin)->pid != step->pid || step->pid != verify->tracker.pid)
		return;
	verify->ended = (struct ended){step->pid, true, number_of(step->ended[0].begin)};
}

static void name_interval(struct line *line, u32 cause)
{
	if (cause == CAUSE_NONE)
		line_add(line, "none");
	else
		line_add(line, "number %u of %s", cause & ~CAUSE_USER,
		         tier_name(cause & CAUSE_USER ? STREAM_USER : STREAM_KERNEL));
}

void links_check(struct verify *verify, const struct track_step *step, const struct link *link)
{
	const struct event_kind *kind = &event_kinds[step->record->id];
	struct link wanted = *link;
	struct line line;
	u32 cause;

	if (kind->stream == STREAM_HYPERVISOR)
		return;
	note_end(verify, step);
	if (kind->phase == PHASE_END && step->begin)
		allow(&wanted, number_of(step->begin));
	if (step->problem || !wanted.count)
		return;
	cause = head_of(step->record)->cause;
	for (u32 i = 0; i < wanted.count; i++)
		if (wanted.causes[i] == cause)
			return;
	line_clear(&line);
	line_add(&line, "it says that it happened in ");
	name_interval(&line, cause);
	line_add(&line, ", not in ");
	name_interval(&line, wanted.causes[0]);
	verify_find_at(verify, CHECK_links, step->record, line.text);
}
