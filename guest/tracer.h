/*
 * The kernel's side of the trace: its two rings (ring 0's and ring 3's records), where they go
 * (ring -1 drains them, or the trace disk on a bare machine), and the records that every entry
 * from and return to ring 3 writes. Promises: entry and exit records of one crossing share one
 * stamp; user_enter and user_leave alternate strictly; timestamps in a ring never go back.
 */
#ifndef GUEST_TRACER_H
#define GUEST_TRACER_H

#include "guest/percpu.h"
#include "lib/cpu.h"
#include "lib/trace.h"

/* On a bare machine: finds the trace disk, so that even an early end is told there. */
void tracer_open(void);

/* Makes this processor's rings with the filters of the word events=; false if memory ran out. */
bool tracer_init(struct cpu *cpu, const char *words);

/* Every now and then, so that a live reader of a bare machine's disk sees progress. */
void tracer_tick(void);

/* Drains everything and closes the trace. */
void tracer_close(s32 status, enum guest_end cause, const char *sentence);

/* Moves a process's marks to ring 3's ring; `now` is when ring 3 was left. */
void tracer_collect_marks(struct cpu *cpu, struct process *p, u64 now);

/* First thing after ring 3 was left at `tsc`. */
static inline void trace_left_user(struct cpu *cpu, u64 tsc, enum user_cause cause)
{
	struct process *p = cpu->current;

	if (__builtin_expect(p->marks->used != 0, 0))
		tracer_collect_marks(cpu, p, tsc);
	TRACE(cpu->user_ring, user_leave, tsc, .pid = p->pid, .cause = cause);
}

/*
 * TRACE_RETURN(cpu, to_user, syscall_exit, fields...): closes a kernel interval and, if ring 3 goes
 * on, opens its next one. Both are laid out first and stamped last: draining a full ring takes
 * time, and that time is the kernel's.
 */
#define TRACE_RETURN(cpu_, to_user_, event, ...)                                                   \
	do {                                                                                       \
		struct trace_ring *kernel_ = (cpu_)->kernel_ring, *user_ = (cpu_)->user_ring;      \
		struct trace_##event *end_ = NULL;                                                 \
		struct trace_user_enter *enter_ = NULL;                                            \
		if (trace_wants(kernel_, EVENT_##event)) {                                         \
			end_ = trace_reserve(kernel_, EVENT_HEAD_##event, sizeof(*end_),           \
					     kernel_->newest);                                     \
			struct trace_record head_ = end_->record;                                  \
			*end_ = (struct trace_##event){.record = head_, __VA_ARGS__};              \
		}                                                                                  \
		if ((to_user_) && trace_wants(user_, EVENT_user_enter))                            \
			enter_ = trace_lay_user_enter(user_, (cpu_)->current->pid);                \
		u64 now_ = rdtsc();                                                                \
		if (end_) {                                                                        \
			end_->record.tsc = kernel_->newest = now_;                                 \
			trace_commit(kernel_, sizeof(*end_));                                      \
		}                                                                                  \
		if (enter_) {                                                                      \
			enter_->record.tsc = user_->newest = now_;                                 \
			trace_commit(user_, sizeof(*enter_));                                      \
		}                                                                                  \
	} while (0)

static inline struct trace_user_enter *trace_lay_user_enter(struct trace_ring *ring, u32 pid)
{
	struct trace_user_enter *r =
		trace_reserve(ring, EVENT_HEAD_user_enter, sizeof(*r), ring->newest);

	r->pid = pid;
	r->reserved = 0;
	return r;
}

#endif
