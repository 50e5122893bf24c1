/*
 * The engine as a child process: started in its own session, so that it dies as one group and a
 * Ctrl-C at the terminal reaches ringscope alone. Bochs draws on a pseudo-terminal that nobody
 * looks at; it must be drained all the same. The latest of it is kept for its last words.
 */
#ifndef TOOLS_PROCESS_H
#define TOOLS_PROCESS_H

#include <sys/types.h>

#include "tools/error.h"

struct process {
	pid_t pid;
	int terminal; /* master side, or -1 when it has closed */
	bool ended;
	int wait_status;
	size_t said; /* bytes of words[] */
	char words[2048];
};

/* Runs argv with `directory` as working directory. */
bool process_start(struct process *process, char *const argv[], const char *directory,
                   struct error *error);

/* Takes what the child draws, for so many milliseconds, or until a signal comes. */
void process_wait(struct process *process, int milliseconds);

/* The last printable line of what the child said; empty if there is none. */
void process_last_words(const struct process *process, char *line, size_t size);

/* Ends the child's whole group, politely first, and reaps it. */
void process_end(struct process *process);

#endif
