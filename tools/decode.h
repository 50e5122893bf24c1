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

/* The arguments of a syscall_entry or seen_syscall as an array. */
#define CALL_ARGUMENTS(call)                                                                       \
	((const u64[6]){(call)->arg0, (call)->arg1, (call)->arg2, (call)->arg3, (call)->arg4,      \
	                (call)->arg5})

/* "write(1, 0x401000, 3)": any call, whatever its arguments are. */
void decode_call(struct line *line, u32 number, const u64 arguments[6]);

/* "write = 3", "open = -ENOENT". */
void decode_call_result(struct line *line, u32 number, s64 result);

/* "argument 1 = "hi\n"": the fields of ARGUMENT and the text, which is as one struct text_piece. */
void decode_text(struct line *line, const void *piece);

/* Access as memory_range and ept_range have it. */
#define ACCESS_READ    1u
#define ACCESS_WRITE   2u
#define ACCESS_EXECUTE 4u
#define ACCESS_USER    8u
#define ACCESS_SHARED  16u

/* "rw-". */
void decode_access(struct line *line, u32 access);

/* "write-back": a memory type of EPT and MTRRs. */
const char *decode_memory_type(u32 type);

/* "8 KiB": in the largest unit that makes it a whole number. */
void decode_bytes(struct line *line, u64 bytes);

/* A page-fault error code in words: "user write, not present". */
void decode_fault_error(struct line *line, u32 error_code);

#endif
