/* What goes into the view: rows, numbers, output. */
#include <string.h>

#include "tools/names.h"
#include "tools/view.h"
#include "vmx/exit_reasons.h"

static void take_row(void *context, const struct lane_row *row, const char *words)
{
	struct view *view = context;

	tail_add(&view->tail, row, words);
}

static u32 take_others(struct view *view)
{
	static const struct view_process others = {.pid = UINT32_MAX, .name = "(others)"};

	if (view->process_count < VIEW_PROCESSES)
		view->processes[view->process_count++] = others;
	return VIEW_PROCESSES - 1;
}

static u32 find_process(struct view *view, const struct tracker *tracker)
{
	const struct process_track *thread = tracker_process(tracker, tracker->pid);
	u32 pid = thread ? thread->process : tracker->pid;
	u32 at = 0;

	/* It is the same as last time, mostly. */
	if (view->process < view->process_count && view->processes[view->process].pid == pid)
		at = view->process;
	while (at < view->process_count && view->processes[at].pid != pid)
		at++;
	/* The last place is for all that come later. */
	if (at >= VIEW_PROCESSES - 1)
		return take_others(view);
	if (at == view->process_count)
		view->processes[view->process_count++] = (struct view_process){.pid = pid};
	if (thread && thread->name)
		memcpy(view->processes[at].name, thread->name, NAME_BYTES);
	return at;
}

/* The time since the last step was that process's, whoever has the processor now. */
static void take_time(struct view *view, const struct tracker *tracker)
{
	for (u32 i = 0; i < TRACE_STREAMS; i++) {
		/* The start of the machine, before the guest first ran, is nobody's. */
		u64 start = i == STREAM_HYPERVISOR ? tracker->starting : 0;
		u64 passed = tracker->time[i] - start - view->now.time[i];

		if (view->process < VIEW_PROCESSES)
			view->processes[view->process].ticks[i] += passed;
		view->now.time[i] += passed;
	}
	view->waiting = tracker->waiting;
	view->process = tracker->pid_known ? find_process(view, tracker) : VIEW_PROCESSES;
}

static void count(struct view_count *counts, u32 room, u32 key, u64 ticks)
{
	struct view_count *place = &counts[key < room ? key : room - 1];

	place->count++;
	place->ticks += ticks;
}

static void take_step(void *context, const struct tracker *tracker, const struct track_step *step)
{
	const struct trace_record *record = step->record;
	struct view *view = context;

	view->now.events[event_kinds[record->id].stream]++;
	take_time(view, tracker);
	if (record->id == EVENT_vm_entry && step->begin)
		count(view->exits, VIEW_REASONS,
		      ((const struct trace_vm_exit *)step->begin)->reason &
		              0xffffu /* the basic one */,
		      step->duration);
	if (record->id == EVENT_syscall_exit)
		count(view->calls, VIEW_CALLS, ((const struct trace_syscall_exit *)record)->number,
		      step->duration);
}

void view_start(struct view *view)
{
	memset(view, 0, sizeof(*view));
	view->listener =
		(struct lanes_listener){.row = take_row, .step = take_step, .context = view};
	view->follows = true;
	view->match = UINT64_MAX;
	view->process = VIEW_PROCESSES;
	view_resize(view, VIEW_ROWS, VIEW_COLUMNS);
	tail_start(&view->tail, VIEW_LINES);
}

void view_stop(struct view *view)
{
	tail_stop(&view->tail);
}

void view_describe(struct view *view, const struct trace_info *info)
{
	view->info = *info;
	view->described = true;
}

static void add_output(struct view *view, char letter)
{
	char *line;
	size_t used;

	if (!view->output_open) {
		view->output[view->output_lines++ % VIEW_OUTPUT][0] = 0;
		view->output_open = true;
	}
	if (letter == '\n') {
		view->output_open = false;
		return;
	}
	line = view->output[(view->output_lines - 1) % VIEW_OUTPUT];
	used = strlen(line);
	if (letter == '\t')
		letter = ' ';
	if (letter < ' ' || letter > '~')
		letter = '.';
	if (used + 1 < sizeof(view->output[0])) {
		line[used] = letter;
		line[used + 1] = 0;
	}
}

void view_output(struct view *view, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != '\r')
			add_output(view, bytes[i]);
}

void view_tick(struct view *view, u64 milliseconds)
{
	const struct view_sample *last =
		&view->samples[(view->sampled + VIEW_SAMPLES - 1) % VIEW_SAMPLES];

	view->now.milliseconds = milliseconds;
	if (view->ended[0] ||
	    (view->sampled && milliseconds - last->milliseconds < VIEW_SAMPLE_MILLISECONDS))
		return;
	view->samples[view->sampled++ % VIEW_SAMPLES] = view->now;
}

void view_end(struct view *view, const char *sentence)
{
	snprintf(view->ended, sizeof(view->ended), "%s", sentence);
}
