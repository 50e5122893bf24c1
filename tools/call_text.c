/* Calls in words: the second half of tools/calls.h. */
#include "tools/calls.h"
#include "tools/decode.h"
#include "tools/flags.h"
#include "tools/names.h"

static const struct call_style plain = {.string_size = 32, .names = true};

static void add_name(struct line *line, const char *name)
{
	if (!name)
		return;
	line_add(line, "<");
	line_add_text(line, name, DESCRIPTOR_NAME_BYTES);
	line_add(line, ">");
}

/* The descriptors that pipe gives, each with the pipe's name. */
static bool add_pair(struct line *line, const struct calls *calls, const struct call *call,
                     const struct told *told)
{
	char name[DESCRIPTOR_NAME_BYTES];
	s32 pair[2];

	if (!told->count || told->pieces[0]->bytes < sizeof(pair) ||
	    !descriptor_made(&calls->descriptors, call, name))
		return false;
	__builtin_memcpy(pair, told->pieces[0]->text, sizeof(pair));
	line_add(line, "[%d", pair[0]);
	add_name(line, name);
	line_add(line, ", %d", pair[1]);
	add_name(line, name);
	line_add(line, "]");
	return true;
}

static void add_argument(struct line *line, const struct calls *calls, const struct call *call,
                         u32 argument, const struct call_style *style)
{
	struct argument_place place = {call->number, call->arguments, argument,
	                               call->returned ? call->result : 0, style->string_size};
	const struct text_piece *pieces[CALL_PIECES];
	struct told told = {pieces, 0};
	u8 kind = argument_kinds(call->number)[argument];
	s32 number = (s32)call->arguments[argument];

	for (u32 i = 0; i < call->count; i++)
		if (call->pieces[i]->argument == argument)
			pieces[told.count++] = call->pieces[i];
	if (kind == ARGUMENT_PAIR && style->names && add_pair(line, calls, call, &told))
		return;
	argument_add_told(line, &place, &told);
	if (!style->names)
		return;
	if (kind == ARGUMENT_AT && number == LINUX_AT_FDCWD)
		add_name(line, descriptor_directory(&calls->descriptors, call->process));
	else if (kind == ARGUMENT_FD || kind == ARGUMENT_AT)
		add_name(line, descriptor_name(&calls->descriptors, call->process, number));
}

/* The first argument that the call's end tells, or their count. */
static u32 first_result(const struct call *call, u32 count)
{
	const u8 *kinds = argument_kinds(call->number);
	u32 at = 0;

	while (at < count && !(argument_is_result(kinds[at]) && call->arguments[at]))
		at++;
	return at;
}

static void add_arguments(struct line *line, const struct calls *calls, const struct call *call,
                          u32 from, u32 to, const struct call_style *style)
{
	for (u32 i = from; i < to; i++) {
		line_add(line, "%s", i ? ", " : "");
		add_argument(line, calls, call, i, style);
	}
}

void call_part(struct line *line, const struct calls *calls, const struct call *call,
               const struct call_style *style, bool resumed)
{
	u32 count = argument_count(call->number, call->arguments);
	u32 first = first_result(call, count);

	style = style ? style : &plain;
	if (!resumed) {
		decode_syscall_name(line, call->number);
		line_add(line, "(");
		add_arguments(line, calls, call, 0, first, style);
		line_add(line, "%s", first && first < count ? "," : "");
	} else {
		if (first < count)
			add_argument(line, calls, call, first, style);
		add_arguments(line, calls, call, first + 1, count, style);
		line_add(line, ")");
	}
}

void call_text(struct line *line, const struct calls *calls, const struct call *call,
               const struct call_style *style)
{
	style = style ? style : &plain;
	decode_syscall_name(line, call->number);
	line_add(line, "(");
	add_arguments(line, calls, call, 0, argument_count(call->number, call->arguments), style);
	line_add(line, ")");
}

void call_result(struct line *line, const struct calls *calls, const struct call *call,
                 const struct call_style *style)
{
	char name[DESCRIPTOR_NAME_BYTES];

	style = style ? style : &plain;
	if (!call->returned) {
		line_add(line, "?");
		return;
	}
	result_add(line, call->number, call->arguments, call->result);
	if (style->names && !call_error(call) && call->number != SYSCALL_pipe &&
	    call->number != SYSCALL_pipe2 && descriptor_made(&calls->descriptors, call, name))
		add_name(line, name);
}
