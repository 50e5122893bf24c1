/*
 * Records in words: what a system call was asked, why the processor left the guest, what a fault
 * was about. One line each, the same words for the same record, nothing of the host in them.
 */
#ifndef TOOLS_DECODE_H
#define TOOLS_DECODE_H

#include "abi/events.h"
#include "tools/line.h"

/* Adds the record in words. `begin` is what opened the interval that it ends, or NULL. */
void decode_record(struct line *line, const struct trace_record *record,
                   const struct trace_record *begin);

/*
 * What tells exits of one reason apart (port and direction, MSR, leaf, kind of access ...) as a
 * number, and that number in words. Exits with equal keys are one row of `stat`.
 */
u64 exit_key(const struct trace_vm_exit *exit);
void decode_exit_key(struct line *line, u32 reason, u64 key);

/* The name of a basic exit reason, or its number. */
void decode_reason(struct line *line, u32 reason);
void decode_syscall_name(struct line *line, u32 number);

/* A page-fault error code in words: "user write, not present". */
void decode_fault_error(struct line *line, u32 error_code);

#endif
