#include <stdlib.h>
#include <string.h>

#include "tools/calls.h"
#include "tools/decode.h"
#include "tools/html_events.h"
#include "tools/html_open.h"
#include "tools/html_words.h"
#include "tools/json.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "tools/tracker.h"

#define NEW_CONTEXT 0x80u
#define STRING_SIZE 48u /* of a buffer in the words of a call */

struct writer {
	FILE *out;
	struct html_events *events;
	struct tracker tracker;
	struct calls calls;
	struct line told; /* of the call that ends with this event: all of it, texts and names */
	struct open_items open;
	u64 last; /* time of the event before */
	/* the latest context, and what it was made of */
	u32 context, pid, process;
	const char *name;
	bool context_known;
	u64 fields[EVENT_LIMIT][FIELDS_MAX]; /* of the last event of each kind */
};

static void put_byte(const struct writer *writer, u32 byte)
{
	putc_unlocked((int)byte, writer->out);
}

static void put_number(const struct writer *writer, u64 number)
{
	for (; number >= 0x80; number >>= 7)
		put_byte(writer, (u32)(number & 0x7f) | 0x80);
	put_byte(writer, (u32)number);
}

static void put_difference(const struct writer *writer, u64 difference)
{
	put_number(writer, difference << 1 ^ (u64)((s64)difference >> 63));
}

static u32 find_context(struct writer *writer, u32 pid, u32 process, const char *name)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = allocated(open_memstream(&text, &size));
	u32 number;

	fprintf(out, "[%u, %u, ", pid, process);
	json_text(out, name ? name : "", name ? NAME_BYTES : 0);
	fprintf(out, "]");
	fclose(out);
	number = strings_number(&writer->events->contexts, text, size);
	free(text);
	return number;
}

/* The event's first byte, and whose event it is if that is not as before. */
static void put_head(struct writer *writer, const struct track_step *step)
{
	const struct process_track *thread = tracker_process(&writer->tracker, step->pid);
	const char *name = thread ? thread->name : NULL;
	u32 process = thread ? thread->process : step->pid, context;

	if (writer->context_known && writer->pid == step->pid && writer->name == name &&
	    writer->process == process) {
		put_byte(writer, step->record->id);
		return;
	}
	context = find_context(writer, step->pid, process, name);
	put_byte(writer, step->record->id | NEW_CONTEXT);
	put_number(writer, context);
	writer->context = context;
	writer->pid = step->pid;
	writer->process = process;
	writer->name = name;
	writer->context_known = true;
}

static void put_pattern(struct writer *writer, const struct track_step *step,
                        const struct field_values *values)
{
	struct line words, name, pattern;
	char both[sizeof(name.text) + sizeof(pattern.text)];
	int size;

	line_clear(&words);
	line_clear(&name);
	line_clear(&pattern);
	if (writer->told.used)
		words = writer->told;
	else
		decode_record(&words, step->record, step->begin);
	words_name(&name, step->record);
	words_pattern(&pattern, words.text, values);
	size = snprintf(both, sizeof(both), "%s%c%s", name.text, WORDS_BREAK, pattern.text);
	put_number(writer, strings_number(&writer->events->patterns, both, (size_t)size));
}

static void put_cost(const struct writer *writer, const struct cost *cost)
{
	const u64 parts[] = {cost->ticks[0], cost->ticks[1], cost->ticks[2], cost->exits,
	                     cost->faults};
	u32 mask = 0;

	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		mask |= parts[i] ? 1u << i : 0;
	put_byte(writer, mask);
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i])
			put_number(writer, parts[i]);
}

/* An item as the distance back from the next one; 0 for none. */
static void put_link(const struct writer *writer, u64 item)
{
	put_number(writer, item == NO_ITEM ? 0 : writer->events->items - item);
}

/* The interval that a record of ring 0 or ring 3 names as its cause: one of its thread's. */
static u64 item_of_cause(const struct writer *writer, const struct track_step *step)
{
	const struct process_track *thread = tracker_process(&writer->tracker, step->pid);
	u32 cause = ((const struct trace_thread_exit *)step->record)->cause;
	const struct trace_record *user = thread ? thread->user.begin : NULL;

	if (!thread || cause == CAUSE_NONE)
		return NO_ITEM;
	if (cause & CAUSE_USER)
		return user && (user->sequence | CAUSE_USER) == cause
		               ? open_items_find(&writer->open, user)
		               : NO_ITEM;
	for (u32 i = thread->depth; i-- > 0;)
		if (thread->open[i].begin->sequence == cause)
			return open_items_find(&writer->open, thread->open[i].begin);
	return NO_ITEM;
}

/* What ring -1 was called for, or what it is busy with. */
static u64 item_around(const struct writer *writer, const struct track_step *step)
{
	const struct tracker *tracker = &writer->tracker;
	const struct process_track *thread = tracker_process(tracker, tracker->pid);

	if (step->record->id != EVENT_vm_exit && tracker->exit)
		return open_items_find(&writer->open, tracker->exit);
	if (tracker->user)
		return open_items_find(&writer->open, tracker->enter);
	if (thread && thread->depth)
		return open_items_find(&writer->open, thread->open[thread->depth - 1].begin);
	return NO_ITEM;
}

static void add_item(struct writer *writer, const struct track_step *step)
{
	bool guest = event_kinds[step->record->id].stream != STREAM_HYPERVISOR;

	put_link(writer, guest ? item_of_cause(writer, step) : item_around(writer, step));
	writer->events->items++;
}

/* Ring 3's interval stays known behind its end: ring 0's next one names it as its cause. */
static void end_item(struct writer *writer, const struct track_step *step)
{
	u64 item = open_items_find(&writer->open, step->begin);

	put_link(writer, item);
	if (item == NO_ITEM) {
		add_item(writer, step);
		return;
	}
	put_cost(writer, &step->cost);
	if (step->record->id != EVENT_user_leave)
		open_items_remove(&writer->open, step->begin);
}

static void put_closed(struct writer *writer, const struct track_step *step)
{
	put_number(writer, step->closed);
	for (u32 i = 0; i < step->closed; i++) {
		put_link(writer, open_items_find(&writer->open, step->ended[i].begin));
		put_cost(writer, &step->ended[i].cost);
		open_items_remove(&writer->open, step->ended[i].begin);
	}
}

static void put_item(struct writer *writer, const struct track_step *step)
{
	u32 id = step->record->id;

	if (event_kinds[id].phase == PHASE_END) {
		end_item(writer, step);
	} else {
		if (event_kinds[id].phase == PHASE_BEGIN && step->problem != TRACK_TOO_DEEP)
			open_items_add(&writer->open, step->record, writer->events->items);
		add_item(writer, step);
	}
	if (id == EVENT_process_exit || id == EVENT_thread_exit || id == EVENT_process_exec)
		put_closed(writer, step);
}

static void put_fields(struct writer *writer, u32 id, const struct field_values *values)
{
	u64 *last = writer->fields[id];
	u32 mask = 0;

	for (u32 i = 0; i < values->texts; i++)
		put_number(writer, strings_number(&writer->events->texts, values->text[i],
		                                  values->bytes[i]));
	for (u32 i = 0; i < values->numbers; i++)
		mask |= values->number[i] != last[i] ? 1u << i : 0;
	put_number(writer, mask);
	for (u32 i = 0; i < values->numbers; i++)
		if (mask & 1u << i)
			put_difference(writer, values->number[i] - last[i]);
	memcpy(last, values->number, values->numbers * sizeof(*last));
}

/* The thread's interval in ring 3 before this one: nothing names it any more. */
static void forget_user(struct writer *writer, const struct trace_record *record)
{
	u32 pid = ((const struct trace_user_enter *)record)->pid;
	const struct process_track *thread = tracker_process(&writer->tracker, pid);

	if (thread && thread->user.begin)
		open_items_remove(&writer->open, thread->user.begin);
}

/* What a call was told and gave is known at its end only. */
static void follow_calls(struct writer *writer, const struct track_step *step)
{
	static const struct call_style style = {.string_size = STRING_SIZE, .names = true};
	const struct call *call;

	line_clear(&writer->told);
	calls_step(&writer->calls, &writer->tracker, step);
	while ((call = calls_ended(&writer->calls))) {
		if (call->end != step->record || step->record->id != EVENT_syscall_exit)
			continue;
		call_text(&writer->told, &writer->calls, call, &style);
		line_add(&writer->told, " = ");
		call_result(&writer->told, &writer->calls, call, &style);
	}
}

static void write_event(struct writer *writer, const struct trace_record *record)
{
	struct field_values values;
	struct track_step step;

	if (record->id == EVENT_user_enter)
		forget_user(writer, record);
	if (writer->events->events++ % BLOCK_EVENTS == 0) {
		memset(writer->fields, 0, sizeof(writer->fields));
		put_byte(writer, 0);
	}
	tracker_step(&writer->tracker, record, &step);
	follow_calls(writer, &step);
	fields_read(&values, record);
	put_head(writer, &step);
	put_number(writer, record->tsc > writer->last ? record->tsc - writer->last : 0);
	if (record->tsc > writer->last)
		writer->last = record->tsc;
	put_pattern(writer, &step, &values);
	put_item(writer, &step);
	put_fields(writer, record->id, &values);
}

void html_events_write(FILE *out, const struct trace *trace, struct html_events *events)
{
	struct writer *writer = zeros(1, sizeof(*writer));
	const struct trace_record *record;
	struct trace_cursor cursor;

	memset(events, 0, sizeof(*events));
	writer->out = out;
	writer->events = events;
	writer->last = trace->info.tsc_begin;
	tracker_start(&writer->tracker, trace->info.bare, trace->info.tsc_begin);
	calls_start(&writer->calls, WITNESS_GUEST, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		write_event(writer, record);
	calls_stop(&writer->calls);
	tracker_stop(&writer->tracker);
	open_items_free(&writer->open);
	free(writer);
}

void html_events_free(struct html_events *events)
{
	strings_free(&events->patterns);
	strings_free(&events->texts);
	strings_free(&events->contexts);
}
