/*
 * Starting programs: a fresh address space whose areas lie on the program's file, and its first
 * stack, as the System V ABI for x86-64 draws it ("Initial Process Stack"). Nothing of the running
 * process changes until all of it stands.
 */
#ifndef GUEST_EXEC_H
#define GUEST_EXEC_H

#include "guest/process.h"

/* A NULL-terminated array of texts, in the kernel's memory or in the running process's. */
struct texts {
	const char *const *kernel; /* NULL: it is the user's */
	u64 user;
};

struct program {
	struct space *space;
	struct node *node; /* its file, held */
	u64 entry;
	u64 stack;
	char name[PROCESS_NAME];
	const char *wrong; /* with -ENOEXEC or -EACCES: why */
};

/*
 * Builds it, or the interpreter that the file's first line names: 0, or -errno and nothing is left
 * behind.
 */
s64 exec_build(const char *path, const struct texts *argv, const struct texts *envp,
               struct program *program);

/* Gives back what was built and shall not be. */
void exec_drop(struct program *program);

/* Makes the thread's process be it, from its next return to ring 3 on. */
void exec_commit(struct thread *t, const struct program *program);

#endif
