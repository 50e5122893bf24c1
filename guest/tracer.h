/*
 * The kernel's side of the trace: its two rings (ring 0's and ring 3's records), where they go
 * (ring -1 drains them, or the trace disk on a bare machine), and the records that every entry
 * from and return to ring 3 writes. Promises: entry and exit records of one crossing share one
 * stamp; user_enter and user_leave alternate strictly; timestamps in a ring never go back; a
 * record's cause is the innermost interval that its thread has open and that was recorded.
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

/* On a bare machine: the thread that drains the rings, so that a live reader sees progress. */
bool tracer_start(void);

/*
 * Whether the boot word conceal= names this program, or, asked of NULL, any: its system calls are
 * told as interrupts.
 */
bool tracer_conceals(const char *program);

/* The thread's process has been given another name. */
void tracer_renamed(struct thread *t);

/* Drains everything and closes the trace. */
void tracer_close(s32 status, enum guest_end cause, const char *sentence);

/* Moves a process's marks to ring 3's ring; `now` is when ring 3 was left. */
void tracer_collect_marks(struct cpu *cpu, struct thread *t, u64 now);

/*
 * The hot path writes its records by the pieces below instead of TRACE: the ring is named again
 * after the call that drains it, so nothing has to be kept in a register across that call.
 */
#define TRACE_MAKE_ROOM(ring, event)                                                               \
	do {                                                                                       \
		if (__builtin_expect((ring)->write + sizeof(struct trace_##event) > (ring)->size,  \
		                     0))                                                           \
			trace_ring_full(ring);                                                     \
	} while (0)

/* The next record, everything but its payload and its stamp; there is room for it. */
static inline void *trace_lay(struct trace_ring *ring, u32 head)
{
	struct {
		u64 tsc;
		u32 head;
		u32 sequence;
	} *record = (void *)(ring->data + ring->write);

	record->head = head;
	record->sequence = ring->sequence;
	return record;
}

static inline void trace_stamp(struct trace_ring *ring, struct trace_record *record, u64 bytes,
                               u64 now)
{
	record->tsc = ring->newest = now;
	trace_commit(ring, bytes);
}

/* The number of the ring's next record, as a cause. */
static inline u32 trace_next(const struct trace_ring *ring)
{
	return ring->sequence & ~CAUSE_USER;
}

static inline __attribute__((always_inline)) void
trace_user_leave(struct cpu *cpu, const struct thread *t, u64 tsc, enum user_gate gate)
{
	if (!trace_wants(cpu->user_ring, EVENT_user_leave))
		return;
	TRACE_MAKE_ROOM(cpu->user_ring, user_leave);
	struct trace_user_leave *r = trace_lay(cpu->user_ring, EVENT_HEAD_user_leave);

	r->pid = t->tid;
	r->cause = t->cause;
	r->gate = gate;
	r->reserved = 0;
	trace_stamp(cpu->user_ring, &r->record, sizeof(*r), tsc);
}

/* First thing after ring 3 was left at `tsc`. */
static inline void trace_left_user(struct cpu *cpu, u64 tsc, enum user_gate gate)
{
	struct thread *t = cpu->current;

	if (__builtin_expect(t->marks->used != 0, 0))
		tracer_collect_marks(cpu, t, tsc);
	trace_user_leave(cpu, t, tsc, gate);
}

/* Whether the filter wants ring 3's next interval; if not, it is no cause either. */
static inline bool trace_enters_user(const struct cpu *cpu, struct thread *t)
{
	bool wanted = trace_wants(cpu->user_ring, EVENT_user_enter);

	if (!wanted)
		t->cause = CAUSE_NONE;
	return wanted;
}

/* Ring 3's next interval, stamped as late as can be: the stamp. */
static inline __attribute__((always_inline)) u64 trace_user_enter(struct cpu *cpu, struct thread *t)
{
	TRACE_MAKE_ROOM(cpu->user_ring, user_enter);
	struct trace_user_enter *r = trace_lay(cpu->user_ring, EVENT_HEAD_user_enter);

	r->pid = t->tid;
	r->cause = CAUSE_NONE;
	t->cause = cpu->user_ring->sequence | CAUSE_USER;
	u64 now = rdtsc();
	trace_stamp(cpu->user_ring, &r->record, sizeof(*r), now);
	return now;
}

/*
 * TRACE_ENTER(cpu, thread, syscall_entry, tsc, r->field = ..., ...): opens a kernel interval of the
 * thread's, which is the cause of what follows until TRACE_RETURN. One that is filtered out is
 * nobody's cause.
 */
#define TRACE_ENTER(cpu_, thread_, event, tsc_, ...)                                               \
	do {                                                                                       \
		if (trace_wants((cpu_)->kernel_ring, EVENT_##event)) {                             \
			TRACE_MAKE_ROOM((cpu_)->kernel_ring, event);                               \
			struct trace_##event *r =                                                  \
				trace_lay((cpu_)->kernel_ring, EVENT_HEAD_##event);                \
			r->pid = (thread_)->tid;                                                   \
			r->cause = (thread_)->cause;                                               \
			__VA_ARGS__;                                                               \
			(thread_)->cause = trace_next((cpu_)->kernel_ring);                        \
			trace_stamp((cpu_)->kernel_ring, &r->record, sizeof(*r), (tsc_));          \
		}                                                                                  \
	} while (0)

/*
 * TRACE_RETURN(cpu, thread, around, syscall_exit, r->field = ..., ...): closes a kernel interval. If
 * ring 3 goes on (around is RETURN_TO_USER), opens its next one with the same stamp; else `around`
 * is the thread's cause from before TRACE_ENTER. The kernel's record is laid out before ring 3's
 * ring may have to be drained, but committed behind: that time is the kernel's too. (Draining ring
 * 3's ring alone leaves the kernel's as it is.)
 */
#define RETURN_TO_USER (-1l)
#define TRACE_RETURN(cpu_, thread_, around_, event, ...)                                           \
	do {                                                                                       \
		s64 back_ = (around_);                                                             \
		if (trace_wants((cpu_)->kernel_ring, EVENT_##event)) {                             \
			TRACE_MAKE_ROOM((cpu_)->kernel_ring, event);                               \
			struct trace_##event *r =                                                  \
				trace_lay((cpu_)->kernel_ring, EVENT_HEAD_##event);                \
			r->pid = (thread_)->tid;                                                   \
			r->cause = (thread_)->cause;                                               \
			__VA_ARGS__;                                                               \
			r->reserved = 0;                                                           \
			u64 now_ = back_ == RETURN_TO_USER && trace_enters_user(cpu_, thread_)     \
			                   ? trace_user_enter(cpu_, thread_)                       \
			                   : rdtsc();                                              \
			trace_stamp((cpu_)->kernel_ring, &r->record, sizeof(*r), now_);            \
		} else if (back_ == RETURN_TO_USER && trace_enters_user(cpu_, thread_)) {          \
			trace_user_enter(cpu_, thread_);                                           \
		}                                                                                  \
		if (back_ != RETURN_TO_USER)                                                       \
			(thread_)->cause = (u32)back_;                                             \
	} while (0)

/* TRACE_INSTANT(thread, process_fork, .child = ..., ...): what happens to it where it now is. */
#define TRACE_INSTANT(thread_, event, ...)                                                         \
	do {                                                                                       \
		const struct thread *of_ = (thread_);                                              \
		TRACE(this_cpu()->kernel_ring, event, rdtsc(), .pid = of_->tid,                    \
		      .cause = of_->cause, __VA_ARGS__);                                           \
	} while (0)

#endif
