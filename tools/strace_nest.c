#include <stdlib.h>
#include <string.h>

#include "tools/call_cost.h"
#include "tools/decode.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "tools/strace_nest.h"

#define INDENT 4

void nest_clear(struct nest *nest)
{
	nest->count = nest->depth = 0;
	nest->left_out = nest->left_ticks = 0;
	nest->signal_count = 0;
	nest->shown = false;
}

void nest_free(struct nest *nest)
{
	free(nest->items);
	*nest = (struct nest){0};
}

static struct nest_item *add(struct nest *nest, const struct trace_record *record, u64 ticks)
{
	if (nest->count == NEST_LIMIT) {
		nest->left_out++;
		nest->left_ticks += ticks;
		return NULL;
	}
	nest->items = grown(nest->items, nest->count + 1ul, &nest->room, sizeof(*nest->items));
	nest->items[nest->count] = (struct nest_item){
		.record = record, .ticks = ticks, .count = 1, .depth = nest->depth};
	return &nest->items[nest->count++];
}

/* Whether the exit is one more of those that the last item stands for. */
static bool same_exit(const struct nest *nest, const struct trace_vm_exit *exit)
{
	const struct nest_item *last = nest->count ? &nest->items[nest->count - 1] : NULL;
	const struct trace_vm_exit *other = last ? (const void *)last->record : NULL;

	return last && last->depth == nest->depth && other->record.id == EVENT_vm_exit &&
	       other->reason == exit->reason && exit_key(other) == exit_key(exit);
}

void nest_exit(struct nest *nest, const struct trace_vm_exit *exit, u64 ticks)
{
	if (same_exit(nest, exit)) {
		nest->items[nest->count - 1].count++;
		nest->items[nest->count - 1].ticks += ticks;
		return;
	}
	add(nest, &exit->record, ticks);
}

void nest_begin(struct nest *nest, const struct trace_record *record)
{
	if (nest->depth < NEST_DEPTH)
		nest->open[nest->depth] = add(nest, record, 0) ? nest->count : 0;
	nest->depth++;
}

void nest_end(struct nest *nest, const struct trace_record *record, u64 ticks)
{
	u32 item;

	if (!nest->depth)
		return;
	nest->depth--;
	item = nest->depth < NEST_DEPTH ? nest->open[nest->depth] : 0;
	/* An item that has been printed while it was open is gone. */
	if (item && item <= nest->count) {
		nest->items[item - 1].end = record;
		nest->items[item - 1].ticks = ticks;
	}
}

void nest_instant(struct nest *nest, const struct trace_record *record)
{
	add(nest, record, 0);
}

void nest_resume(struct nest *nest, const struct trace_record *record)
{
	struct nest_item *last = nest->count ? &nest->items[nest->count - 1] : NULL;

	if (last && last->record->id == EVENT_context_switch && record->tsc > last->record->tsc)
		last->ticks = record->tsc - last->record->tsc;
}

static void add_exit(struct line *line, const struct nest_item *item)
{
	const struct trace_vm_exit *exit = (const void *)item->record;

	if (item->count == 1) {
		decode_record(line, item->record, NULL);
		return;
	}
	line_add(line, "%u EXITs ", item->count);
	decode_reason(line, exit->reason);
	line_add(line, " ");
	decode_exit_key(line, exit->reason, exit_key(exit));
}

/* "page fault at 0x601000: demand zero". */
static void add_fault(struct line *line, const struct nest_item *item)
{
	const struct trace_page_fault_entry *fault = (const void *)item->record;
	const struct trace_page_fault_exit *end = (const void *)item->end;
	const char *name = end ? outcome_name(end->outcome) : NULL;

	line_add(line, "page fault at 0x%llx: ", (unsigned long long)fault->address);
	decode_fault_error(line, fault->error_code);
	if (!name)
		return;
	line_add(line, ": ");
	for (; *name; name++)
		line_add(line, "%c", *name == '_' ? ' ' : *name);
}

static void add_item(struct line *line, const struct nest_item *item)
{
	const struct trace_context_switch *change = (const void *)item->record;
	const struct trace_interrupt_entry *interrupt = (const void *)item->record;
	const struct trace_process_exec *exec = (const void *)item->record;
	const struct trace_seen_fault *seen = (const void *)item->record;

	switch (item->record->id) {
	case EVENT_vm_exit:
		add_exit(line, item);
		break;
	case EVENT_page_fault_entry:
		add_fault(line, item);
		break;
	case EVENT_seen_fault:
		line_add(line, "page fault at 0x%llx: ", (unsigned long long)seen->address);
		decode_fault_error(line, seen->error_code);
		break;
	case EVENT_interrupt_entry:
		line_add(line, "interrupt %u", interrupt->vector);
		break;
	case EVENT_context_switch:
		if (change->next_pid)
			line_add(line, "switch to pid %u", change->next_pid);
		else
			line_add(line, "switch to the idle loop");
		break;
	case EVENT_process_exec:
		line_add(line, "runs ");
		line_add_quoted(line, exec->program, strnlen(exec->program, NAME_BYTES), false);
		break;
	default:
		decode_record(line, item->record, NULL);
	}
}

/* While an interval is open, or the thread away, nobody knows how long. */
static bool has_length(const struct nest_item *item)
{
	return item->end || item->record->id == EVENT_vm_exit ||
	       (item->record->id == EVENT_context_switch && item->ticks);
}

void nest_print(FILE *out, struct nest *nest, const struct trace_info *info, const char *before,
                const char *after)
{
	struct line line;

	for (u32 i = 0; i < nest->count; i++) {
		const struct nest_item *item = &nest->items[i];

		line_clear(&line);
		add_item(&line, item);
		if (has_length(item)) {
			line_add(&line, " [");
			add_span(&line, info, item->ticks);
			line_add(&line, "]");
		}
		fprintf(out, "%*s%s%s%s\n", (int)(INDENT * (item->depth + 1)), "", before,
		        line.text, after);
	}
	if (nest->left_out) {
		line_clear(&line);
		add_span(&line, info, nest->left_ticks);
		fprintf(out, "%*s%sand %llu more [%s]%s\n", INDENT, "", before,
		        (unsigned long long)nest->left_out, line.text, after);
	}
	nest->count = 0;
	nest->left_out = nest->left_ticks = 0;
	for (u32 i = 0; i < NEST_DEPTH; i++)
		nest->open[i] = 0;
}
