/*
 * The part of decode.h that knows ring -1's records: VM exits with qualification, operands and
 * results by kind of exit, and what else it writes.
 */
#ifndef TOOLS_DECODE_EXIT_H
#define TOOLS_DECODE_EXIT_H

#include "abi/events.h"
#include "tools/line.h"

void decode_exit(struct line *line, const struct trace_vm_exit *exit);

/* `exit`: the one that the entry ends, or NULL. */
void decode_entry(struct line *line, const struct trace_vm_entry *entry,
                  const struct trace_vm_exit *exit);

/* A number, and in parentheses its name if it has one. */
void decode_named(struct line *line, u64 number, const char *name);

/* Any record of ring -1. */
void decode_hypervisor(struct line *line, const struct trace_record *record,
                       const struct trace_record *begin);

#endif
