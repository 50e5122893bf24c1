/*
 * Arguments and results of system calls in words, by the kinds that abi/syscalls.h gives them: what
 * the number alone says, and what is known of the memory that it points to. Pure: a call's number,
 * its arguments and what was told of them go in, text comes out.
 */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include "abi/syscalls.h"
#include "lib/texts.h"
#include "tools/line.h"

enum argument_kind {
#define KIND(name, before, after) ARGUMENT_##name,
	SYSCALL_KINDS(KIND)
#undef KIND
};

/* The kinds of a call's six arguments, padded with NONE; a call not in the table has six UNKNOWN. */
const u8 *argument_kinds(u32 number);

/* How many of the six this call was given: some commands and flags take fewer than the most. */
u32 argument_count(u32 number, const u64 arguments[6]);

/* Whether the memory that it points to is told after the call. */
bool argument_is_result(u8 kind);

/* The number alone: "O_RDONLY|O_CLOEXEC", "-1", "0x7ffe0000". */
void argument_add(struct line *line, u8 kind, u64 value);

/* What the memory of one argument is known to hold. */
struct told {
	const struct text_piece *const *pieces; /* of this argument alone, in order */
	u32 count;
};

struct argument_place {
	u32 number; /* of the call */
	const u64 *arguments;
	u32 argument;    /* from 0 */
	s64 result;      /* 0 while there is none */
	u64 string_size; /* longest string and buffer that is shown whole, bytes */
};

/* The argument with its memory: "\"/etc/hostname\"", "[3, 4]"; by its number if nothing is told. */
void argument_add_told(struct line *line, const struct argument_place *place,
                       const struct told *told);

/* "3", "-1 ENOENT (No such file or directory)", "0x7f0000001000": what stands behind the "= ". */
void result_add(struct line *line, u32 number, const u64 arguments[6], s64 result);

#endif
