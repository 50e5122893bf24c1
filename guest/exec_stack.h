/*
 * A new program's first stack: its arguments and environment as they are gathered, then the stack
 * that holds them.
 */
#ifndef GUEST_EXEC_STACK_H
#define GUEST_EXEC_STACK_H

#include "guest/elf.h"
#include "guest/exec.h"

#define SCRIPT_LINE_BYTES 256u                             /* of a script's first line */
#define TEXT_BYTES        (PAGE_BYTES - SCRIPT_LINE_BYTES) /* of one argument */

/* The stack while it grows downwards: texts first, then the vector that points to them. */
struct builder {
	struct space *space;
	u64 sp;
	char *text;     /* a frame: one text, and behind it a script's first line */
	u64 *vector;    /* a frame: argc, argv, NULL, envp, NULL, auxv */
	u32 length;     /* of the vector */
	u32 from_start; /* the first so many arguments are the kernel's, of a script */
};

/* Appends the list's pointers and a NULL to the vector: 0 or -errno. */
s64 stack_gather(struct builder *b, const struct texts *texts);

/*
 * Builds the stack in b->space, b->sp then its pointer: 0 or -errno. The vector holds pointers to
 * the arguments from 1 on; the environment's come behind them.
 */
s64 stack_build(struct builder *b, const struct elf_image *image, const char *path,
                const struct texts *argv, const struct texts *envp);

#endif
