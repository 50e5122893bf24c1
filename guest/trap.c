/* Exceptions and interrupts: what happened, and whose fault it was. */
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/extable.h"
#include "guest/machine.h"
#include "guest/names.h"
#include "guest/paging.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/tracer.h"

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

/* The one line about a program that a fault ends. */
static void report_fault(const struct frame *f, u32 signal)
{
	const struct process *p = current_process();

	log_line("pid %u %s: %s, error %lx, rip %lx, rsp %lx: ended by %s", p->pid, p->name,
	         vector_name((u32)f->vector), f->error, f->rip, f->rsp, signal_name(signal));
}

static void exception(struct cpu *cpu, struct frame *f, u64 tsc)
{
	bool user = from_user(f);
	u32 vector = (u32)f->vector, signal = vector_signal(vector), pid = cpu->current->pid;

	if (user)
		trace_left_user(cpu, tsc, USER_CAUSE_exception);
	if (cpu->kernel_ring)
		TRACE(cpu->kernel_ring, exception_entry, tsc, .rip = f->rip, .vector = vector,
		      .error_code = (u32)f->error, .pid = pid);
	if (user && signal) {
		report_fault(f, signal);
		TRACE(cpu->kernel_ring, exception_exit, rdtsc(), .vector = vector, .pid = pid);
		signal_force(signal);
	}
	/* From ring 3 only an NMI is nobody's doing and harmless. */
	if (user ? vector != VECTOR_NMI : !extable_apply(f))
		panic(f, "%s in ring %d, error %lx, at %lx", vector_name(vector), user ? 3 : 0,
		      f->error, f->rip);
	if (cpu->kernel_ring)
		TRACE_RETURN(cpu, user, exception_exit, r->vector = vector, r->pid = pid);
}

static void interrupt(struct cpu *cpu, struct frame *f, u64 tsc)
{
	bool user = from_user(f);
	u32 vector = (u32)f->vector, line = vector - VECTOR_IRQ;

	if (user)
		trace_left_user(cpu, tsc, USER_CAUSE_interrupt);
	TRACE(cpu->kernel_ring, interrupt_entry, tsc, .rip = f->rip, .vector = vector,
	      .pid = cpu->current->pid);
	if (interrupt_served(line) && line == LINE_TIMER) {
		cpu->resched = process_tick(rdtsc());
		tracer_tick();
	}
	if (user)
		before_user();
	TRACE_RETURN(cpu, user, interrupt_exit, r->vector = vector, r->pid = cpu->current->pid);
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

static _Noreturn void user_fault(struct cpu *cpu, const struct frame *f, u64 address,
                                 bool no_memory)
{
	const struct process *p = cpu->current;
	u32 signal = no_memory ? SIGKILL : SIGSEGV;

	log_line("pid %u %s: page fault (#PF), error %lx (%s), rip %lx, address %lx, rsp %lx: "
	         "ended by %s%s",
	         p->pid, p->name, f->error, access_of(f->error), f->rip, address, f->rsp,
	         signal_name(signal), no_memory ? ", out of memory" : "");
	TRACE(cpu->kernel_ring, page_fault_exit, rdtsc(), .outcome = FAULT_OUTCOME_signal,
	      .pid = p->pid);
	signal_force(signal);
}

static void page_fault(struct cpu *cpu, struct frame *f, u64 tsc)
{
	struct process *p = cpu->current;
	bool user = from_user(f), no_memory = false;
	u64 address = read_cr2();
	enum fault_outcome outcome = FAULT_OUTCOME_none;

	if (user)
		trace_left_user(cpu, tsc, USER_CAUSE_page_fault);
	if (cpu->kernel_ring)
		TRACE(cpu->kernel_ring, page_fault_entry, tsc, .address = address, .rip = f->rip,
		      .error_code = (u32)f->error, .pid = p->pid);
	/* Ring 0 touches ring 3's memory only by the copies in the exception table. */
	if (address < USER_END && p->space.root && (user || extable_find(f->rip)))
		outcome = space_fault(&p->space, address, f->error, &no_memory);
	if (outcome == FAULT_OUTCOME_none) {
		if (user)
			user_fault(cpu, f, address, no_memory);
		if (!extable_apply(f))
			panic(f, "page fault in ring 0, error %lx (%s), at %lx, address %lx",
			      f->error, access_of(f->error), f->rip, address);
		outcome = FAULT_OUTCOME_user_copy_failed;
	}
	if (cpu->kernel_ring)
		TRACE_RETURN(cpu, user, page_fault_exit, r->outcome = outcome, r->pid = p->pid);
}

void handle_trap(struct frame *f, u64 tsc)
{
	struct cpu *cpu = this_cpu();

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
 * record and its commit too, so they write none.
 */
void handle_paranoid(struct frame *f, u64 tsc)
{
	(void)tsc;
	if (f->vector == VECTOR_NMI || f->vector == VECTOR_DB)
		log_line("%s in ring 0 at %lx: ignored", vector_name((u32)f->vector), f->rip);
	else
		panic(f, "%s in ring 0, error %lx, at %lx", vector_name((u32)f->vector), f->error,
		      f->rip);
}
