#include "guest/call_trace.h"
#include "guest/frames.h"
#include "guest/syscall.h"
#include "lib/string.h"
#include "lib/texts.h"

#define MEASURED_CALLS  32u /* in one ring of a frame */
#define MEASURED_ROUNDS 8u

u8 call_special[CALLS];

void call_trace_init(const struct cpu *cpu)
{
	bool texts = trace_wants(cpu->kernel_ring, EVENT_syscall_text);
	u8 all = tracer_conceals(NULL) ? CALL_CONCEALED : 0;

	for (u32 number = 0; number < CALLS; number++) {
		u32 before = texts && texts_possible(number, false) ? CALL_TOLD_BEFORE : 0;
		u32 after = texts && texts_possible(number, true) ? CALL_TOLD_AFTER : 0;
		call_special[number] = (u8)(before | after | all);
	}
}

/* Looking on is to change nothing: the program must not be able to tell that it is traced. */
static u64 peek(void *context, u64 address, void *to, u64 bytes)
{
	(void)context;
	return space_peek(current_process()->space, address, to, bytes);
}

static void tell(void *context, const struct text_piece *piece)
{
	struct trace_syscall_text *r;
	struct cpu *cpu = this_cpu();

	(void)context;
	r = trace_reserve(cpu->kernel_ring, EVENT_HEAD_syscall_text, sizeof(*r), rdtsc());
	r->pid = cpu->current->tid;
	r->cause = cpu->current->cause;
	r->address = piece->address;
	r->argument = piece->argument;
	r->offset = piece->offset;
	r->bytes = piece->bytes;
	r->whole = piece->whole;
	memcpy(r->text, piece->text, sizeof(r->text));
	trace_commit(cpu->kernel_ring, sizeof(*r));
}

static void tell_texts(const struct frame *f, bool returned)
{
	static const struct text_teller teller = {peek, tell, NULL};
	const struct text_call call = {
		.number = f->error,
		.arguments = {f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9},
		.returned = returned,
		.result = (s64)f->rax,
	};

	texts_tell(&call, &teller);
}

/* The lie of conceal=: a call is told as the timer's interrupt, with the call's own times. */
static void conceal_entry(struct cpu *cpu, struct thread *t, const struct frame *f, u64 tsc)
{
	trace_user_leave(cpu, t, tsc, USER_GATE_interrupt);
	TRACE_ENTER(cpu, t, interrupt_entry, tsc, r->rip = f->rip, r->vector = VECTOR_IRQ,
	            r->reserved = 0);
}

void call_trace_special_entry(struct cpu *cpu, struct thread *t, const struct frame *f, u64 tsc)
{
	t->call_concealed = t->concealed;
	if (t->call_concealed) {
		conceal_entry(cpu, t, f, tsc);
		return;
	}
	call_trace_entry(cpu, t, f, tsc);
	if (call_special[f->error < CALLS ? f->error : CALLS - 1] & CALL_TOLD_BEFORE)
		tell_texts(f, false);
}

void call_trace_special_result(const struct thread *t, const struct frame *f)
{
	if (!t->call_concealed &&
	    call_special[f->error < CALLS ? f->error : CALLS - 1] & CALL_TOLD_AFTER)
		tell_texts(f, true);
}

void call_trace_special_exit(struct cpu *cpu, struct thread *t, const struct frame *f, s64 result)
{
	if (t->call_concealed) /* as it began: an exec may come between */
		TRACE_RETURN(cpu, t, RETURN_TO_USER, interrupt_exit, r->vector = VECTOR_IRQ);
	else
		call_trace_exit(cpu, t, f, result);
}

/* Empty, on a frame of its own, with the filter of another. */
static struct trace_ring *scratch_ring(u64 frame, const struct trace_ring *like)
{
	struct trace_ring *ring = direct(frame);

	trace_ring_init(ring, PAGE_BYTES - sizeof(*ring), like->events);
	return ring;
}

/* Less what the loop itself takes. */
static u64 time_calls(struct cpu *cpu, struct thread *t, const struct frame *f)
{
	u64 begin = rdtsc();

	for (u32 i = 0; i < MEASURED_CALLS; i++)
		__asm__ volatile("" ::: "memory");
	u64 between = rdtsc();
	for (u32 i = 0; i < MEASURED_CALLS; i++) {
		__asm__ volatile("" ::: "memory");
		call_trace_entry(cpu, t, f, between);
		__asm__ volatile("" ::: "memory");
		call_trace_exit(cpu, t, f, 0);
	}
	u64 spent = rdtsc() - between, loop = between - begin;
	return spent > loop ? spent - loop : 0;
}

/* The least of some rounds, each on rings of its own: the trace gets none of their records. */
static u32 measure(struct cpu *cpu, u64 kernel_frame, u64 user_frame, u64 *least)
{
	static struct thread nobody; /* whose records they are */
	const struct frame call = {.error = SYSCALL_getpid, .vector = FRAME_SYSCALL};
	struct trace_ring *kernel = cpu->kernel_ring, *user = cpu->user_ring;
	u32 records = 0;

	*least = UINT32_MAX;
	for (u32 i = 0; i < MEASURED_ROUNDS; i++) {
		cpu->kernel_ring = scratch_ring(kernel_frame, kernel);
		cpu->user_ring = scratch_ring(user_frame, user);
		u64 ticks = time_calls(cpu, &nobody, &call);
		if (ticks < *least)
			*least = ticks;
		records = cpu->kernel_ring->sequence + cpu->user_ring->sequence;
	}
	cpu->kernel_ring = kernel;
	cpu->user_ring = user;
	return records;
}

void call_trace_measure(struct cpu *cpu)
{
	u64 kernel_frame = frame_alloc(), user_frame = frame_alloc(), ticks;

	if (kernel_frame && user_frame && trace_wants(cpu->kernel_ring, EVENT_record_cost)) {
		u32 records = measure(cpu, kernel_frame, user_frame, &ticks);
		TRACE_INSTANT(cpu->current, record_cost, .records = records, .ticks = (u32)ticks);
	}
	if (kernel_frame)
		frame_free(kernel_frame);
	if (user_frame)
		frame_free(user_frame);
}

_Static_assert(sizeof(struct trace_ring) + TRACE_RING_START +
                               MEASURED_CALLS * (sizeof(struct trace_syscall_entry) +
                                                 sizeof(struct trace_syscall_exit)) <=
                       PAGE_BYTES,
               "the calls that are measured fit into their ring");
