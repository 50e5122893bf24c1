/* Exceptions and interrupts: what happened, and whose fault it was. */
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/counters.h"
#include "guest/extable.h"
#include "guest/machine.h"
#include "guest/names.h"
#include "guest/paging.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/alarm.h"
#include "guest/schedule.h"
#include "guest/tracer.h"
#include "guest/tty.h"
#include "guest/vulnerable.h"
#include "lib/string.h"

#define LINES 16u

struct extable_row {
	u64 at, go_on;
};
extern const struct extable_row extable_start[], extable_end[];

void handle_trap(struct frame *f, u64 tsc);
void handle_paranoid(struct frame *f, u64 tsc);

static const struct extable_row *extable_find(u64 rip)
{
	for (const struct extable_row *r = extable_start; r < extable_end; r++)
		if (r->at == rip)
			return r;
	return NULL;
}

bool extable_apply(struct frame *f)
{
	const struct extable_row *row = extable_find(f->rip);

	if (row)
		f->rip = row->go_on;
	return row;
}

/* What Linux sends for an exception of ring 3; signal 0: none, an NMI. */
static u32 exception_signal(const struct frame *f, struct signal_info *info)
{
	u32 signal = vector_signal((u32)f->vector);

	*info = (struct signal_info){.code = SI_KERNEL};
	if (signal == SIGILL || signal == SIGFPE || f->vector == VECTOR_DB)
		info->value = f->rip;
	if (f->vector == VECTOR_DE)
		info->code = FPE_DIVIDE;
	else if (f->vector == VECTOR_MF || f->vector == VECTOR_XM)
		info->code = FPE_INVALID;
	else if (signal == SIGILL)
		info->code = ILL_OPERAND;
	else if (f->vector == VECTOR_DB)
		info->code = TRAP_TRACE;
	else if (f->vector == VECTOR_AC)
		info->code = BUS_ALIGNMENT;
	return signal;
}

/*
 * Ring 3's own doing: a signal. False without a handler: it is the end, and one line says why: where
 * it happened and `what`.
 */
static bool blame(struct thread *t, const struct frame *f, u32 signal,
                  const struct signal_info *info, const char *what)
{
	t->fault_vector = f->vector;
	t->fault_error = f->error;
	t->fault_address = info->value;
	if (signal_force(signal, info))
		return true;
	t->fault_told = true;
	log_line("pid %u %s: %s, error %lx, rip %lx, address %lx, rsp %lx: ended by %s", t->tid,
	         t->process->name, what, f->error, f->rip, info->value, f->rsp,
	         signal_name(signal));
	return false;
}

static void exception(struct cpu *cpu, struct frame *f, u64 tsc)
{
	bool user = from_user(f);
	u32 vector = (u32)f->vector;
	bool from_ring_3 = user || vulnerable_returns(f); /* for the trace it was there already */
	struct thread *t = cpu->current;
	s64 around = from_ring_3 ? RETURN_TO_USER : t->cause;
	u32 left = t->cause;
	struct signal_info info;

	if (from_ring_3)
		trace_left_user(cpu, tsc, USER_GATE_exception);
	if (cpu->kernel_ring)
		TRACE_ENTER(cpu, t, exception_entry, tsc, r->rip = f->rip, r->vector = vector,
		            r->error_code = (u32)f->error);
	if (user) {
		u32 signal = exception_signal(f, &info);
		if (signal && !blame(cpu->current, f, signal, &info, vector_name(vector))) {
			TRACE_RETURN(cpu, t, left, exception_exit, r->vector = vector);
			before_user(f); /* for ever */
		}
		if (!signal && vector != VECTOR_NMI) /* nobody's doing and harmless */
			panic(f, "%s in ring 3, error %lx, at %lx", vector_name(vector), f->error,
			      f->rip);
	} else if (!extable_apply(f) && !vulnerable_recover(f, 0)) {
		panic(f, "%s in ring 0, error %lx, at %lx", vector_name(vector), f->error, f->rip);
	}
	if (user && t->attention)
		before_user(f);
	if (cpu->kernel_ring)
		TRACE_RETURN(cpu, t, around, exception_exit, r->vector = vector);
}

static void timer_tick(struct cpu *cpu, bool user)
{
	struct process *p = cpu->current->process;
	u64 now = rdtsc();

	if (user)
		p->user_ticks++;
	else
		p->kernel_ticks++;
	for (u32 i = 0; i < PROCESSES; i++)
		if (process_at(i))
			alarm_tick(process_at(i), now);
	cpu->resched = schedule_tick(now);
}

static void interrupt(struct cpu *cpu, struct frame *f, u64 tsc)
{
	bool user = from_user(f);
	u32 vector = (u32)f->vector, line = vector - VECTOR_IRQ;
	struct thread *t = cpu->current;
	s64 around = user ? RETURN_TO_USER : t->cause;

	if (user)
		trace_left_user(cpu, tsc, USER_GATE_interrupt);
	TRACE_ENTER(cpu, t, interrupt_entry, tsc, r->rip = f->rip, r->vector = vector,
	            r->reserved = 0);
	if (interrupt_served(line)) {
		if (line == LINE_TIMER)
			timer_tick(cpu, user);
		else if (line == LINE_COM1)
			tty_interrupt();
	}
	if (user && (cpu->resched || t->attention))
		before_user(f);
	TRACE_RETURN(cpu, t, around, interrupt_exit, r->vector = vector);
}

/* What the page fault's error code says, for the log. */
static const char *access_of(u64 error)
{
	if (error & ERROR_RESERVED)
		return "reserved bit in the page tables";
	if (error & ERROR_FETCH)
		return error & ERROR_PRESENT ? "execution of a page not executable for it"
		                             : "execution of a page not there";
	if (error & ERROR_WRITE)
		return error & ERROR_PRESENT ? "write to a page not writable for it"
		                             : "write to a page not there";
	return error & ERROR_PRESENT ? "read of a page not readable for it"
	                             : "read of a page not there";
}

static bool user_fault(struct cpu *cpu, const struct frame *f, u64 address,
                       enum fault_result result)
{
	struct signal_info info = {SEGV_ACCESS, 0, address};
	u32 signal = SIGSEGV;
	char what[80];

	if (result == FAULT_NOT_MAPPED)
		info.code = SEGV_MAPPING;
	if (result == FAULT_BEYOND_FILE) {
		signal = SIGBUS;
		info.code = BUS_ADDRESS;
	}
	if (result == FAULT_NO_MEMORY)
		signal = SIGKILL;
	format(what, sizeof(what), "page fault (#PF; %s)",
	       result == FAULT_NO_MEMORY ? "out of memory" : access_of(f->error));
	return blame(cpu->current, f, signal, &info, what);
}

/*
 * Ring 0 touches ring 3's memory only by the copies in the exception table. What the processor does
 * for ring 3 with ring 0's rights (a descriptor table that lies there) is none of them.
 */
static enum fault_result resolve(struct process *p, const struct frame *f, u64 address,
                                 enum fault_outcome *outcome)
{
	if (address >= USER_END)
		return from_user(f) ? FAULT_NOT_MAPPED : FAULT_DENIED;
	if (!p->space || (from_user(f) ? !(f->error & ERROR_USER) : !extable_find(f->rip)))
		return FAULT_DENIED;
	return space_fault(p->space, address, f->error, outcome);
}

static void page_fault(struct cpu *cpu, struct frame *f, u64 tsc)
{
	u64 address = read_cr2();
	bool user = from_user(f);
	struct thread *t = cpu->current;
	s64 around = user ? RETURN_TO_USER : t->cause;
	u32 left = t->cause;
	enum fault_outcome outcome = FAULT_OUTCOME_signal;

	if (user)
		trace_left_user(cpu, tsc, USER_GATE_page_fault);
	if (cpu->kernel_ring)
		TRACE_ENTER(cpu, t, page_fault_entry, tsc, r->address = address, r->rip = f->rip,
		            r->error_code = (u32)f->error, r->reserved = 0);
	enum fault_result result = resolve(t->process, f, address, &outcome);
	if (result != FAULT_DONE && !user)
		outcome = FAULT_OUTCOME_user_copy_failed;
	counters.outcome[outcome]++;
	if (result != FAULT_DONE && user) {
		if (!user_fault(cpu, f, address, result)) {
			TRACE_RETURN(cpu, t, left, page_fault_exit, r->outcome = outcome);
			before_user(f); /* for ever */
		}
	} else if (result != FAULT_DONE) {
		if (!extable_apply(f) && !vulnerable_recover(f, address))
			panic(f, "page fault in ring 0, error %lx (%s), at %lx, address %lx",
			      f->error, access_of(f->error), f->rip, address);
	}
	if (user && t->attention)
		before_user(f);
	if (cpu->kernel_ring)
		TRACE_RETURN(cpu, t, around, page_fault_exit, r->outcome = outcome);
}

void handle_trap(struct frame *f, u64 tsc)
{
	struct cpu *cpu = this_cpu();

	counters.vector[f->vector % ARRAY_SIZE(counters.vector)]++;
	if (f->vector == VECTOR_PF) {
		page_fault(cpu, f, tsc);
	} else if (f->vector == VECTOR_SYSCALL) {
		f->error = f->rax;
		handle_syscall(f, tsc);
	} else if (f->vector >= VECTOR_IRQ && f->vector < VECTOR_IRQ + LINES) {
		interrupt(cpu, f, tsc);
	} else {
		exception(cpu, f, tsc);
	}
}

/*
 * #DB, NMI, #DF, #MC in ring 0. They may come at any instruction, between the reservation of a
 * record and its commit too, so they write none; but for one whose instruction is known.
 */
void handle_paranoid(struct frame *f, u64 tsc)
{
	if (f->vector == VECTOR_NMI || f->vector == VECTOR_DB) {
		log_line("%s in ring 0 at %lx: ignored", vector_name((u32)f->vector), f->rip);
		return;
	}
	if (!vulnerable_returns(f))
		panic(f, "%s in ring 0, error %lx, at %lx", vector_name((u32)f->vector), f->error,
		      f->rip);
	exception(this_cpu(), f, tsc);
	vulnerable_go(f);
}
