#include <ctype.h>
#include <string.h>

#include "tools/decode.h"
#include "tools/html_words.h"
#include "tools/names.h"

#define WORTHWHILE 10u /* smaller numbers are few: they stay in the words */

/* Reads digits as this program writes them: without leading zeros, 64 bits. Their number, or 0. */
static size_t read_digits(const char *text, bool hex, u64 *number)
{
	size_t length = 0;

	*number = 0;
	for (;; length++) {
		char digit = text[length];
		u64 value;

		if (digit >= '0' && digit <= '9')
			value = (u64)(digit - '0');
		else if (hex && digit >= 'a' && digit <= 'f')
			value = (u64)(digit - 'a' + 10);
		else
			break;
		if (length == (hex ? 16 : 19))
			return 0;
		*number = *number * (hex ? 16 : 10) + value;
	}
	return length > 1 && text[0] == '0' ? 0 : length;
}

/* Which field has the number; FIELDS_MAX if none has. */
static u32 find(const struct field_values *values, u64 number)
{
	u32 which = 0;

	while (which < values->numbers && values->number[which] != number)
		which++;
	return which < values->numbers ? which : FIELDS_MAX;
}

/* As line_add, for one character: this is where most of the time goes. */
static void put(struct line *line, char character)
{
	if (line->used + 1 >= sizeof(line->text))
		return;
	line->text[line->used++] = character;
	line->text[line->used] = 0;
}

void words_pattern(struct line *pattern, const char *words, const struct field_values *values)
{
	for (size_t at = 0; words[at];) {
		bool hex = words[at] == '0' && words[at + 1] == 'x';
		bool begins = isdigit((unsigned char)words[at]) &&
		              !(at && isalnum((unsigned char)words[at - 1]));
		size_t digits = 0;
		u32 which = FIELDS_MAX;
		u64 number;

		if (begins)
			digits = read_digits(words + at + 2 * hex, hex, &number);
		if (digits && number >= WORTHWHILE)
			which = find(values, number);
		if (which < FIELDS_MAX) {
			put(pattern, hex ? WORDS_HEX : WORDS_DECIMAL);
			put(pattern, (char)('A' + which));
			at += digits + 2 * hex;
		} else {
			put(pattern, (unsigned char)words[at] < ' ' ? '.' : words[at]);
			at++;
		}
	}
}

static void add_event(struct line *line, u32 id)
{
	const char *name = event_kinds[id].name;
	static const char *const ends[] = {"_entry", "_exit"};
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(ends) && event_kinds[id].phase != PHASE_INSTANT; i++)
		if (length > strlen(ends[i]) && !strcmp(name + length - strlen(ends[i]), ends[i]))
			length -= strlen(ends[i]);
	for (size_t i = 0; i < length; i++)
		put(line, name[i] == '_' ? ' ' : name[i]);
}

void words_name(struct line *line, const struct trace_record *record)
{
	const struct trace_vm_exit *exit = (const void *)record;
	const struct trace_syscall_entry *call = (const void *)record;
	const struct trace_syscall_exit *result = (const void *)record;
	const struct trace_seen_syscall *seen = (const void *)record;
	const struct trace_seen_return *returned = (const void *)record;
	const struct trace_interrupt_entry *interrupt = (const void *)record;
	const struct trace_exception_entry *exception = (const void *)record;

	switch (record->id) {
	case EVENT_vm_exit:
		decode_reason(line, exit->reason);
		break;
	case EVENT_syscall_entry:
		decode_syscall_name(line, call->number);
		break;
	case EVENT_syscall_exit:
		decode_syscall_name(line, result->number);
		break;
	case EVENT_seen_return:
		decode_syscall_name(line, returned->number);
		break;
	case EVENT_seen_syscall:
		decode_syscall_name(line, seen->number);
		break;
	case EVENT_interrupt_entry:
		line_add(line, "interrupt %u", interrupt->vector);
		break;
	case EVENT_exception_entry:
		if (vector_name(exception->vector))
			line_add(line, "%s", vector_name(exception->vector));
		else
			line_add(line, "exception %u", exception->vector);
		break;
	default:
		add_event(line, record->id);
	}
}
