/*
 * The pieces that stories of two witnesses are made of, honest ones and lies.
 */
#ifndef TESTS_WITNESS_STORY_H
#define TESTS_WITNESS_STORY_H

#include "tests/unit/trace_builder.h"

#define CR3       0x12345000u
#define OTHER_CR3 0x23456000u
#define NO_CALL   0xffffffffu
#define INJECT_PF 0x80000b0eu
#define INJECT_DF 0x80000b08u
#define INJECT_20 0x80000020u

/* A machine with two witnesses; process 3, sh, is about to run in ring 3. */
void begin(struct builder *b);

/* Ring -1 sees a call; the sequence number of its record. */
#define SEE_IN(b, space, ...) see((b), &(struct trace_seen_syscall){.cr3 = (space), __VA_ARGS__})
#define SEE(b, ...)           SEE_IN(b, CR3, __VA_ARGS__)
u32 see(struct builder *b, struct trace_seen_syscall *call);

/* Ring 0's log of it. */
#define LOG(b, p, ...)                                                                             \
	do {                                                                                       \
		BUILD(b, user_leave, .pid = (p), .gate = USER_GATE_syscall);                       \
		BUILD(b, syscall_entry, .pid = (p), __VA_ARGS__);                                  \
		build_wait(b, 5);                                                                  \
	} while (0)

/* Its return, as ring 0 logs it and as ring -1 then sees it. */
void log_return(struct builder *b, u32 pid, u32 number, s64 result);
void see_return(struct builder *b, u32 call, u32 number, s64 result);

/* Ring -1 sees a #PF and enters the guest with that event; ring 0's log of one of process 3. */
void see_fault(struct builder *b, u32 cpl, u64 address, u32 injected);
void log_fault(struct builder *b, u64 address, u32 error_code);

/* Ring 3 is interrupted: what ring -1 injects, what ring 0 serves. */
void interrupt(struct builder *b, u32 injected, u32 vector);

void honest_write(struct builder *b);
void honest_fault(struct builder *b);

/* Process 3 forks and waits for its child, which ends at once. */
void honest_fork(struct builder *b);

/* The liar's trick: the same write, told as a timer's interrupt. */
void disguised_write(struct builder *b);

#endif
