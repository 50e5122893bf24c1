/*
 * Slices in words: their names, and what is told of them besides.
 */
#include <string.h>

#include "tools/decode.h"
#include "tools/names.h"
#include "tools/slices.h"

#define CALL_STRING_BYTES 32u /* of a buffer that are shown */

/* Kinds of labels that are no slice's name. */
enum { LABEL_CALL = SLICE_KIND_COUNT, LABEL_OUTCOME, LABEL_OWNER };

const char *slice_category(enum slice_kind kind)
{
	static const char *const categories[] = {
#define KIND(name, category) [SLICE_##name] = category,
		SLICE_KINDS(KIND)
#undef KIND
	};

	return categories[kind];
}

const char *slice_note_name(enum slice_note_name name)
{
	static const char *const names[] = {
#define NOTE(name) [NOTE_##name] = #name,
		SLICE_NOTES(NOTE)
#undef NOTE
	};

	return names[name];
}

static void write_program(struct line *line, const struct slice_event *event)
{
	if (event->name)
		line_add_text(line, event->name, NAME_BYTES);
	else
		line_add(line, "process");
	line_add(line, " %u", event->pid);
}

static void write_vector(struct line *line, u32 vector)
{
	const char *name = vector_name(vector);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "exception %u", vector);
}

static void write_exit(struct line *line, const struct trace_vm_exit *exit)
{
	size_t before;

	decode_reason(line, exit->reason);
	before = line->used;
	line_add(line, " ");
	decode_exit_key(line, exit->reason, exit_key(exit));
	if (line->used == before + 1)
		line->text[line->used = before] = 0;
}

static void write_name(struct line *line, const void *context)
{
	const struct slice_event *event = context;
	const void *begin = event->begin;

	switch (event->kind) {
	case SLICE_USER:
		write_program(line, event);
		break;
	case SLICE_CALL:
		decode_syscall_name(line, ((const struct trace_syscall_entry *)begin)->number);
		break;
	case SLICE_FAULT:
		line_add(line, "page fault: ");
		decode_fault_error(line,
		                   ((const struct trace_page_fault_entry *)begin)->error_code);
		break;
	case SLICE_INTERRUPT:
		line_add(line, "interrupt %u",
		         ((const struct trace_interrupt_entry *)begin)->vector);
		break;
	case SLICE_EXCEPTION:
		write_vector(line, ((const struct trace_exception_entry *)begin)->vector);
		break;
	case SLICE_EXIT:
		write_exit(line, begin);
		break;
	case SLICE_LOST:
		line_add(line, "LOST");
		break;
	case SLICE_INSTANT:
		decode_record(line, event->record, NULL);
		break;
	case SLICE_ABANDONED:
		line_add(line, "not gone on with: ");
		decode_record(line, begin, NULL);
		break;
	default:
		line_add(line, "%s", slice_category(event->kind));
	}
}

/* Of what the name says, as numbers; false: of too much, the text itself is the key. */
static bool name_key(const struct slice_event *event, u64 words[2])
{
	const void *begin = event->begin;
	const struct trace_context_switch *change = (const void *)event->record;

	switch (event->kind) {
	case SLICE_USER:
		words[0] = event->pid;
		words[1] = (uintptr_t)event->name;
		return true;
	case SLICE_CALL:
		words[0] = ((const struct trace_syscall_entry *)begin)->number;
		return true;
	case SLICE_FAULT:
		words[0] = ((const struct trace_page_fault_entry *)begin)->error_code;
		return true;
	case SLICE_INTERRUPT:
		words[0] = ((const struct trace_interrupt_entry *)begin)->vector;
		return true;
	case SLICE_EXCEPTION:
		words[0] = ((const struct trace_exception_entry *)begin)->vector;
		return true;
	case SLICE_EXIT:
		words[0] = ((const struct trace_vm_exit *)begin)->reason;
		words[1] = exit_key(begin);
		return true;
	case SLICE_INSTANT:
		if (event->record->id != EVENT_context_switch)
			return false;
		words[0] = (u64)change->pid << 32 | change->next_pid;
		return true;
	default:
		return event->kind != SLICE_ABANDONED;
	}
}

struct label slice_label(struct labels *labels, const struct slice_event *event)
{
	struct label_key key = {.kind = (u32)event->kind};

	if (name_key(event, key.words))
		return label_get(labels, &key, write_name, event, false);
	line_clear(&labels->line);
	write_name(&labels->line, event);
	return (struct label){.text = labels->line.text};
}

static void write_text(struct line *line, const void *context)
{
	line_add(line, "%s", (const char *)context);
}

static u64 mix(u64 hash, u8 byte, u64 by)
{
	hash = (hash ^ byte) * by;
	return hash ^ hash >> 32;
}

/* "write(1, "hi\n", 3) = 3", or "= ?" if it never returned; calls that were the same share it. */
static struct label call_label(struct labels *labels, const struct slice_event *event)
{
	static const struct call_style style = {.string_size = CALL_STRING_BYTES, .names = true};
	const struct trace_syscall_entry *entry = (const void *)event->begin;
	const struct call *call = calls_begun(event->calls, event->begin);
	struct label_key key = {.kind = LABEL_CALL};
	struct line line;

	line_clear(&line);
	if (call) {
		call_text(&line, event->calls, call, &style);
		line_add(&line, " = ");
		call_result(&line, event->calls, call, &style);
	} else { /* it began before the export did, or too many are open */
		decode_call(&line, entry->number, CALL_ARGUMENTS(entry));
	}
	for (size_t i = 0; i < line.used; i++) {
		key.words[0] = mix(key.words[0], (u8)line.text[i], 0x9e3779b97f4a7c15ull);
		key.words[1] = mix(key.words[1], (u8)line.text[i], 0xd6e8feb86659fd93ull);
	}
	return label_get(labels, &key, write_text, line.text, true);
}

static void write_outcome(struct line *line, const void *context)
{
	const struct trace_page_fault_exit *fault = context;
	const char *name = outcome_name(fault->outcome);

	if (!name)
		line_add(line, "outcome %u", fault->outcome);
	for (; name && *name; name++)
		line_add(line, "%c", *name == '_' ? ' ' : *name);
}

/* Adds a number that is not 0. */
static struct slice_note *number(struct slice_note *note, enum slice_note_name name, bool hex,
                                 u64 value)
{
	*note = (struct slice_note){.name = name, .hex = hex, .value = value};
	return note + (value != 0);
}

static void write_owner(struct line *line, const void *context)
{
	write_program(line, context);
}

/* Whose it is, where no arrow from ring 3 tells. */
static struct slice_note *continued(struct labels *labels, const struct slice_event *event,
                                    struct slice_note *note)
{
	const struct label_key key = {LABEL_OWNER, {event->pid, (uintptr_t)event->name}};

	*note = (struct slice_note){.name = NOTE_continued,
	                            .text = label_get(labels, &key, write_owner, event, false)};
	return note + 1;
}

static struct slice_note *begin_notes(struct labels *labels, const struct slice_event *event,
                                      struct slice_note *note)
{
	const struct trace_vm_exit *exit = (const void *)event->begin;
	const struct trace_page_fault_entry *fault = (const void *)event->begin;
	const struct trace_interrupt_entry *interrupt = (const void *)event->begin;
	const struct trace_exception_entry *exception = (const void *)event->begin;

	if (event->part)
		return continued(labels, event, note);
	switch (event->kind) {
	case SLICE_EXIT:
		note = number(note, NOTE_qualification, true, exit->qualification);
		note = number(note, NOTE_guest_physical, true, exit->guest_physical);
		return number(note, NOTE_rip, true, exit->guest_rip);
	case SLICE_FAULT:
		note = number(note, NOTE_address, true, fault->address);
		return number(note, NOTE_rip, true, fault->rip);
	case SLICE_INTERRUPT:
		return number(note, NOTE_rip, true, interrupt->rip);
	case SLICE_EXCEPTION:
		note = number(note, NOTE_error_code, true, exception->error_code);
		return number(note, NOTE_rip, true, exception->rip);
	case SLICE_LOST:
		return number(note, NOTE_records, false, event->lost);
	default:
		return note;
	}
}

static struct slice_note *end_notes(struct labels *labels, const struct slice_event *event,
                                    struct slice_note *note)
{
	const struct trace_vm_entry *entry = (const void *)event->record;
	const struct trace_page_fault_exit *fault = (const void *)event->record;
	struct label_key key = {.kind = LABEL_OUTCOME};

	if (event->calls) {
		*note++ = (struct slice_note){.name = NOTE_call, .text = call_label(labels, event)};
	} else if (event->kind == SLICE_FAULT && fault) {
		key.words[0] = fault->outcome;
		*note++ = (struct slice_note){
			.name = NOTE_outcome,
			.text = label_get(labels, &key, write_outcome, fault, false)};
	} else if (event->kind == SLICE_EXIT && entry) {
		note = number(note, NOTE_result, true, entry->result);
		note = number(note, NOTE_injected, true, entry->interruption_info);
	}
	return note;
}

u32 slice_notes(struct labels *labels, const struct slice_event *event,
                struct slice_note notes[SLICE_NOTES_LIMIT])
{
	struct slice_note *end = notes;

	if (event->phase == SLICE_BEGINS)
		end = begin_notes(labels, event, notes);
	else if (event->phase == SLICE_ENDS)
		end = end_notes(labels, event, notes);
	return (u32)(end - notes);
}
