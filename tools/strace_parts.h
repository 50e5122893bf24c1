/*
 * What the two halves of `ringscope strace` say to each other: strace_steps.c follows the records,
 * strace_lines.c writes.
 */
#ifndef TOOLS_STRACE_PARTS_H
#define TOOLS_STRACE_PARTS_H

#include "tools/strace_lines.h"
#include "tools/strace_nest.h"

/* A call begins, and ends. */
void strace_show_begin(struct strace *strace, const struct call *call);
void strace_show_end(struct strace *strace, const struct call *call);

/* The line that is not written yet is written, unfinished: something else is to be said. */
void strace_break_line(struct strace *strace);

/* A signal; if its thread is in a call, behind that. */
void strace_take_signal(struct strace *strace, const struct trace_signal_deliver *signal);

void strace_show_exit(struct strace *strace, const struct trace_process_exit *exit);
void strace_show_thread_exit(struct strace *strace, const struct trace_thread_exit *exit);

/* The kernel's first program: it is in no call. */
void strace_show_exec(struct strace *strace, const struct trace_process_exec *exec);

#endif
