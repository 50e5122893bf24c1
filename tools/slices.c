#include <stdlib.h>

#include "tools/memory.h"
#include "tools/names.h"
#include "tools/slice_tracks.h"

struct slicer {
	const struct export *export;
	struct slice_tracks tracks;
	struct part_table parts;
	struct calls calls;
	u32 pid;      /* whose intervals ring 0's track shows */
	bool began;   /* the guest has had the processor */
	bool unowned; /* ring 0 has it, in no interval, ... */
	u64 since;    /* ... since that time */
	bool left;    /* ring 3 has been left just now; the end is held back */
	struct slice_event leave;
};

/* Tells that ring 3 was left: for which interval of ring 0, or for none that is known. */
static void settle_leave(struct slicer *slicer, u64 link)
{
	if (!slicer->left)
		return;
	slicer->left = false;
	slicer->leave.link = link;
	tracks_tell(&slicer->tracks, &slicer->leave);
}

enum slice_kind slice_kind_of(const struct trace_record *begin)
{
	switch (begin->id) {
	case EVENT_syscall_entry:
		return SLICE_CALL;
	case EVENT_page_fault_entry:
		return SLICE_FAULT;
	case EVENT_interrupt_entry:
		return SLICE_INTERRUPT;
	default:
		return SLICE_EXCEPTION;
	}
}

static const struct process_track *thread_of(const struct slicer *slicer, u32 pid)
{
	return tracker_process(&slicer->export->tracker, pid);
}

static bool still_open(const struct process_track *thread, const struct trace_record *begin)
{
	for (u32 i = 0; thread && i < thread->depth; i++)
		if (thread->open[i].begin == begin)
			return true;
	return false;
}

/* Ring 0's innermost slice ends, or (true) only this part of it. */
static bool end_or_part(struct slicer *slicer, u64 time)
{
	const struct track_step *step = &slicer->export->step;
	struct slice_event event = tracks_end(&slicer->tracks, STREAM_KERNEL, time, NULL);
	struct parts *parts;

	if (event.begin && event.begin == step->begin)
		event.record = step->record;
	event.part = still_open(thread_of(slicer, slicer->pid), event.begin);
	if (event.kind == SLICE_CALL && !event.part)
		event.calls = &slicer->calls;
	if (event.part) {
		parts = parts_of(&slicer->parts, slicer->pid);
		event.link = ++slicer->tracks.arrows;
		parts_add(&slicer->parts, parts, &event);
	}
	tracks_tell(&slicer->tracks, &event);
	return event.part;
}

/* The arrow from ring 3 to what it was left for. */
static u64 link_from_user(struct slicer *slicer, const struct trace_record *begin)
{
	const struct trace_thread_exit *entry = (const void *)begin;

	if (!slicer->left || begin != slicer->export->step.record ||
	    entry->cause != (slicer->leave.begin->sequence | CAUSE_USER))
		return 0;
	settle_leave(slicer, ++slicer->tracks.arrows);
	return slicer->tracks.arrows;
}

static void open_interval(struct slicer *slicer, const struct process_track *thread, u32 which,
                          u64 time)
{
	const struct trace_record *begin = thread->open[which].begin;
	u64 part = begin == slicer->export->step.record
	                   ? 0
	                   : parts_take(parts_of(&slicer->parts, slicer->pid), begin);

	tracks_open(&slicer->tracks, STREAM_KERNEL, time,
	            (struct slice_event){.kind = slice_kind_of(begin),
	                                 .begin = begin,
	                                 .pid = thread->pid,
	                                 .name = thread->name,
	                                 .part = part != 0,
	                                 .link = part ? part : link_from_user(slicer, begin)});
}

static void open_kernel(struct slicer *slicer)
{
	slicer->unowned = false;
	tracks_open(&slicer->tracks, STREAM_KERNEL, slicer->since,
	            (struct slice_event){.kind = SLICE_KERNEL});
}

/* Arrows that end in instants: the parts at their starts are not gone on with. */
static void abandon(struct slicer *slicer, struct parts *parts, u64 time)
{
	struct slice_event event;

	while (parts_pop(parts, &event)) {
		event.kind = SLICE_ABANDONED;
		tracks_point(&slicer->tracks, time, event);
	}
}

/* Nothing is open any more, or all ends. */
static void abandon_all(struct slicer *slicer, u64 time)
{
	while (slicer->parts.waiting)
		abandon(slicer, slicer->parts.waiting, time);
}

/* Threads that ended while they waited; by their intervals, as far as the step tells them. */
static void abandon_ended(struct slicer *slicer, u64 time)
{
	const struct track_step *step = &slicer->export->step;
	struct parts *next;

	for (u32 i = 0; i < step->closed; i++) {
		const struct trace_thread_exit *begin = (const void *)step->ended[i].begin;

		abandon(slicer, parts_of(&slicer->parts, begin->pid), time);
	}
	if (step->closed < ENDED_LIMIT)
		return;
	for (struct parts *parts = slicer->parts.waiting; parts; parts = next) {
		next = parts->next;
		if (!thread_of(slicer, parts->pid)->depth)
			abandon(slicer, parts, time);
	}
}

/* Makes ring 0's track show the open intervals of the thread that runs, and nothing else. */
static void show_intervals(struct slicer *slicer, u32 pid, u64 time)
{
	const struct tracker *tracker = &slicer->export->tracker;
	const struct process_track *thread = thread_of(slicer, pid);
	struct slice_track *track = &slicer->tracks.tracks[STREAM_KERNEL];
	u32 wanted = thread && !tracker->user ? thread->depth : 0;
	u32 base = track->depth && track->open[0].begin.kind == SLICE_KERNEL;
	bool parted = pid != slicer->pid;
	u32 same = 0;

	if (tracker->user || pid != slicer->pid)
		base = 0;
	while (same < wanted && base + same < track->depth &&
	       track->open[base + same].begin.begin == thread->open[same].begin)
		same++;
	while (track->depth > base + same)
		parted |= end_or_part(slicer, time);
	slicer->pid = pid;
	while (same < wanted)
		open_interval(slicer, thread, same++, time);
	if (parted) /* what damage has left */
		abandon(slicer, parts_of(&slicer->parts, pid), time);
	if (track->depth || tracker->user)
		slicer->unowned = false;
	else if (!slicer->unowned) {
		slicer->unowned = true;
		slicer->since = time;
	}
}

/* Whose ring 0 is at work after the record, as far as the record tells. */
static u32 running_after(const struct slicer *slicer)
{
	const struct track_step *step = &slicer->export->step;

	if (step->record->id == EVENT_context_switch)
		return ((const struct trace_context_switch *)step->record)->next_pid;
	if (event_kinds[step->record->id].phase != PHASE_INSTANT ||
	    step->record->id == EVENT_process_exec)
		return step->pid;
	return slicer->pid;
}

static void step_exit(struct slicer *slicer, u64 time)
{
	const struct export *export = slicer->export;
	u32 around = export->tracker.user ? STREAM_USER : STREAM_KERNEL;
	u64 outer;

	if (slicer->unowned)
		open_kernel(slicer);
	tracks_close_all(&slicer->tracks, STREAM_HYPERVISOR, time);
	outer = tracks_inner(&slicer->tracks, around);
	tracks_open(&slicer->tracks, STREAM_HYPERVISOR, time,
	            (struct slice_event){.kind = SLICE_EXIT,
	                                 .begin = export->step.record,
	                                 .pid = export->step.pid,
	                                 .outer = outer,
	                                 .outer_track = around});
}

static void step_entry(struct slicer *slicer, u64 time)
{
	if (slicer->tracks.tracks[STREAM_HYPERVISOR].depth)
		tracks_close(&slicer->tracks, STREAM_HYPERVISOR, time, slicer->export->step.record);
	if (!slicer->began) {
		slicer->began = true;
		show_intervals(slicer, slicer->pid, time);
	}
}

static void step_enter(struct slicer *slicer, u64 time)
{
	const struct track_step *step = &slicer->export->step;
	const struct process_track *thread = thread_of(slicer, step->pid);

	tracks_close_all(&slicer->tracks, STREAM_USER, time);
	tracks_open(&slicer->tracks, STREAM_USER, time,
	            (struct slice_event){.kind = SLICE_USER,
	                                 .begin = step->record,
	                                 .pid = step->pid,
	                                 .name = thread->name});
}

static void step_leave(struct slicer *slicer, u64 time)
{
	if (!slicer->tracks.tracks[STREAM_USER].depth)
		return;
	slicer->leave = tracks_end(&slicer->tracks, STREAM_USER, time, slicer->export->step.record);
	slicer->left = true;
}

/* What is worth a point in a track of its own; the machinery's own events are not. */
static bool is_point(const struct trace_record *record)
{
	switch (record->id) {
	case EVENT_guest_end:
	case EVENT_vmcs_snapshot:
	case EVENT_ept_change:
	case EVENT_seen_syscall:
	case EVENT_seen_return:
	case EVENT_seen_fault:
	case EVENT_context_switch:
	case EVENT_process_fork:
	case EVENT_process_exec:
	case EVENT_process_exit:
	case EVENT_thread_create:
	case EVENT_thread_exit:
	case EVENT_signal_deliver:
	case EVENT_mark:
		return true;
	default:
		return false;
	}
}

static void step_point(struct slicer *slicer, u64 time)
{
	const struct track_step *step = &slicer->export->step;

	tracks_point(&slicer->tracks, time,
	             (struct slice_event){.kind = SLICE_INSTANT,
	                                  .track = event_kinds[step->record->id].stream,
	                                  .record = step->record,
	                                  .pid = step->pid});
}

/*
 * What was open when records went missing may have ended meanwhile: the gap itself is the slice.
 * Ring -1 and the guest do not end each other's.
 */
static void show_loss(struct slicer *slicer, const struct export_loss *loss, u64 until)
{
	u64 since = export_time(slicer->export, loss->since);

	settle_leave(slicer, 0);
	tracks_close_all(&slicer->tracks, loss->stream, since);
	if (loss->stream != STREAM_HYPERVISOR) {
		tracks_close_all(&slicer->tracks, STREAM_KERNEL, until);
		tracks_close_all(&slicer->tracks, STREAM_USER, until);
		abandon_all(slicer, until);
		slicer->unowned = false;
	}
	tracks_open(&slicer->tracks, loss->stream, since,
	            (struct slice_event){.kind = SLICE_LOST, .lost = loss->records});
	tracks_close(&slicer->tracks, loss->stream, until, NULL);
}

void slicer_step(struct slicer *slicer)
{
	const struct export *export = slicer->export;
	const struct trace_record *record = export->step.record;
	u64 time = export_time(export, record->tsc);

	calls_step(&slicer->calls, &export->tracker, &export->step);
	if (export->loss.records)
		show_loss(slicer, &export->loss, time);
	if (slicer->unowned && time > slicer->since)
		open_kernel(slicer);
	if (record->id == EVENT_vm_exit)
		step_exit(slicer, time);
	else if (record->id == EVENT_vm_entry)
		step_entry(slicer, time);
	else if (record->id == EVENT_user_leave)
		step_leave(slicer, time);
	if (event_kinds[record->id].stream != STREAM_HYPERVISOR && slicer->began)
		show_intervals(slicer, running_after(slicer), time);
	if (record->id != EVENT_user_leave)
		settle_leave(slicer, 0);
	if (record->id == EVENT_user_enter)
		step_enter(slicer, time);
	if (export->step.closed)
		abandon_ended(slicer, time);
	if (is_point(record))
		step_point(slicer, time);
}

/* What is open as the export begins, be it in the midst of the run. */
static void open_first(struct slicer *slicer, u64 time)
{
	const struct tracker *tracker = &slicer->export->tracker;
	const struct trace_thread_exit *enter = (const void *)tracker->enter;

	slicer->pid = tracker->pid;
	if (slicer->began)
		show_intervals(slicer, tracker->pid, time);
	if (tracker->user)
		tracks_open(&slicer->tracks, STREAM_USER, time,
		            (struct slice_event){.kind = SLICE_USER,
		                                 .begin = tracker->enter,
		                                 .pid = enter->pid,
		                                 .name = thread_of(slicer, enter->pid)->name});
	if (tracker->hypervisor)
		tracks_open(&slicer->tracks, STREAM_HYPERVISOR, time,
		            (struct slice_event){.kind = tracker->exit ? SLICE_EXIT : SLICE_START,
		                                 .begin = tracker->exit,
		                                 .pid = tracker->pid});
}

struct slicer *slicer_start(const struct export *export, slice_sink *sink, void *context)
{
	struct slicer *slicer = zeros(1, sizeof(*slicer));

	slicer->export = export;
	slicer->tracks.sink = sink;
	slicer->tracks.context = context;
	slicer->began = export->guest_ran;
	calls_start(&slicer->calls, WITNESS_GUEST, &export->trace->info);
	open_first(slicer, export_time(export, export->begin));
	return slicer;
}

void slicer_end(struct slicer *slicer, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	u64 time = export_time(slicer->export, end);

	settle_leave(slicer, 0);
	if (slicer->unowned && time > slicer->since)
		open_kernel(slicer);
	for (u32 track = 0; track < TRACE_STREAMS; track++)
		if (lost[track].records)
			show_loss(slicer, &lost[track], time);
	for (u32 track = 0; track < TRACE_STREAMS; track++)
		tracks_close_all(&slicer->tracks, track, time);
	abandon_all(slicer, time);
	calls_stop(&slicer->calls);
	parts_stop(&slicer->parts);
	free(slicer);
}
