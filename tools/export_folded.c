/*
 * Folded stacks: how many ticks the processor spent in each ring, by program, by what ring 0 was at
 * work on, and by reason of the VM exit. Every tick of the run is in one line.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/decode.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "tools/slices.h"

/* A ring, a program, the intervals of a thread, an exit. */
#define FRAMES (OPEN_LIMIT + 3)

/* Labels' kinds besides those of slices. */
enum { FRAME_RING = 1000, FRAME_PROGRAM, FRAME_WORDS };

struct stack {
	u32 count;
	const char *frames[FRAMES]; /* texts of labels: the same text, the same pointer */
};

struct row {
	struct stack stack;
	u64 ticks;
	bool used;
};

struct writer {
	const struct export *export;
	struct labels labels;
	struct row *rows;
	size_t room;
	size_t count;
	size_t current;                     /* the row that time goes to */
	const struct process_track *thread; /* whose frame was made last, with that name */
	const char *name;
	const char *frame;
	u64 last;
};

/* A frame's text: no semicolon, which would part it. */
static void write_frame(struct line *line, const void *context)
{
	const char *text = context;

	for (; *text; text++)
		line_add(line, "%c", *text == ';' ? ':' : *text);
}

/* Once there are too many different texts, the rest are one. */
static const char *keep(struct label label)
{
	return label.number ? label.text : "others";
}

static const char *words(struct writer *writer, const char *text)
{
	const struct label_key key = {FRAME_WORDS, {(uintptr_t)text}};

	return keep(label_get(&writer->labels, &key, write_frame, text, false));
}

/* Programs of one name are one, wherever in the trace the name stands. */
static const char *program(struct writer *writer, const struct process_track *thread)
{
	struct label_key key = {FRAME_PROGRAM, {0}};
	struct line name = {0};
	u64 *word = key.words;

	if (!thread || !thread->pid)
		return words(writer, "kernel");
	if (thread == writer->thread && thread->name == writer->name)
		return writer->frame;
	if (thread->name)
		line_add_text(&name, thread->name, NAME_BYTES);
	else
		line_add(&name, "process %u", thread->process);
	for (size_t i = 0; i < name.used; i++) {
		word[0] = (word[0] ^ (u8)name.text[i]) * 0x100000001b3ull;
		word[1] = (word[1] + (u8)name.text[i]) * 0x9e3779b97f4a7c15ull;
	}
	writer->thread = thread;
	writer->name = thread->name;
	return writer->frame =
	               keep(label_get(&writer->labels, &key, write_frame, name.text, false));
}

static void push(struct stack *stack, const char *frame)
{
	stack->frames[stack->count++] = frame;
}

/* What the processor is at, as of now. */
static struct stack stack_now(struct writer *writer)
{
	const struct tracker *tracker = &writer->export->tracker;
	const struct process_track *thread = tracker_process(tracker, tracker->pid);
	enum trace_stream tier = tracker_tier(tracker);
	struct stack stack = {0};

	push(&stack, words(writer, tier_name(tier)));
	if (tracker->hypervisor && !tracker->exit) {
		push(&stack, words(writer, "start"));
		return stack;
	}
	push(&stack, program(writer, thread));
	if (tracker->user && tier == STREAM_HYPERVISOR)
		push(&stack, words(writer, "in ring 3"));
	for (u32 i = 0; !tracker->user && thread && i < thread->depth; i++)
		push(&stack, keep(slice_label(&writer->labels,
		                              &(struct slice_event){
						      .kind = slice_kind_of(thread->open[i].begin),
						      .begin = thread->open[i].begin})));
	if (tracker->hypervisor)
		push(&stack, keep(slice_label(&writer->labels,
		                              &(struct slice_event){.kind = SLICE_EXIT,
		                                                    .begin = tracker->exit})));
	return stack;
}

static size_t row_of(struct row *rows, size_t room, const struct stack *stack)
{
	size_t at = 0;

	for (u32 i = 0; i < stack->count; i++)
		at = (at ^ (uintptr_t)stack->frames[i] >> 4) * 0x9e3779b97f4a7c15ull;
	for (at = (at >> 20) % room; rows[at].used; at = (at + 1) % room)
		if (rows[at].stack.count == stack->count &&
		    !memcmp(rows[at].stack.frames, stack->frames,
		            stack->count * sizeof(stack->frames[0])))
			break;
	return at;
}

static void grow(struct writer *writer)
{
	size_t room = writer->room ? writer->room * 2 : 256;
	struct row *rows = zeros(room, sizeof(*rows));

	for (size_t i = 0; i < writer->room; i++)
		if (writer->rows[i].used)
			rows[row_of(rows, room, &writer->rows[i].stack)] = writer->rows[i];
	free(writer->rows);
	writer->rows = rows;
	writer->room = room;
}

static void find_row(struct writer *writer)
{
	struct stack stack = stack_now(writer);

	if (writer->count * 2 >= writer->room)
		grow(writer);
	writer->current = row_of(writer->rows, writer->room, &stack);
	if (writer->rows[writer->current].used)
		return;
	writer->rows[writer->current] = (struct row){.stack = stack, .used = true};
	writer->count++;
}

/* The time that has passed goes to what the processor was at. */
static void pass(struct writer *writer, u64 now)
{
	if (now <= writer->last)
		return;
	writer->rows[writer->current].ticks += now - writer->last;
	writer->last = now;
}

void *folded_start(struct export *export)
{
	struct writer *writer = zeros(1, sizeof(*writer));

	writer->export = export;
	writer->last = export->begin;
	find_row(writer);
	return writer;
}

void folded_step(void *state)
{
	struct writer *writer = state;

	pass(writer, writer->export->step.record->tsc);
	find_row(writer);
}

static int by_name(const void *a, const void *b)
{
	const struct stack *one = &((const struct row *)a)->stack;
	const struct stack *other = &((const struct row *)b)->stack;

	for (u32 i = 0; i < one->count && i < other->count; i++) {
		int order = strcmp(one->frames[i], other->frames[i]);

		if (order)
			return order;
	}
	return (one->count > other->count) - (one->count < other->count);
}

void folded_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	struct writer *writer = state;
	FILE *out = writer->export->out;
	size_t count = 0;

	(void)lost; /* time passes all the same */
	pass(writer, end);
	for (size_t i = 0; i < writer->room; i++)
		if (writer->rows[i].ticks)
			writer->rows[count++] = writer->rows[i];
	qsort(writer->rows, count, sizeof(*writer->rows), by_name);
	for (size_t i = 0; i < count; i++) {
		for (u32 j = 0; j < writer->rows[i].stack.count; j++)
			fprintf(out, "%s%s", j ? ";" : "", writer->rows[i].stack.frames[j]);
		fprintf(out, " %llu\n", (unsigned long long)writer->rows[i].ticks);
	}
	free(writer->rows);
	labels_stop(&writer->labels);
	free(writer);
}
