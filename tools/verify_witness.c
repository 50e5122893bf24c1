#include <string.h>

#include "tools/decode.h"
#include "tools/names.h"
#include "tools/verify.h"
#include "vmx/exit_reasons.h"

typedef unsigned long long ull;

enum {
	EVENT_VALID = 0x80000000, /* of the VMCS's interruption information */
	EVENT_TYPE = 0x700,
	EVENT_VECTOR = 0xff,
	TYPE_EXTERNAL = 0x000,
	TYPE_HARDWARE = 0x300,
	VECTOR_PAGE_FAULT = 14,
};
#define CALL_UNKNOWN 0xffffffffu

static bool is_event(u32 information, u32 type, u32 vector)
{
	return information & EVENT_VALID && (information & EVENT_TYPE) == type &&
	       (information & EVENT_VECTOR) == vector;
}

/* Address spaces whose place is taken lose their name, no more. */
static struct owner *owner_of(struct two_witnesses *witness, u64 cr3)
{
	return &witness->owners[(cr3 >> 12) * 2654435761u % OWNERS];
}

static void note_owner(struct verify *verify, u64 cr3, u32 pid)
{
	const struct process_track *thread = tracker_process(&verify->tracker, pid);

	/* A thread of the kernel runs in whatever address space was there. */
	if (thread && thread->name)
		*owner_of(&verify->witness, cr3) = (struct owner){cr3, thread->process};
}

static bool process_by_cr3(struct verify *verify, u64 cr3, u32 *pid)
{
	const struct owner *owner = owner_of(&verify->witness, cr3);

	*pid = owner->pid;
	return owner->pid && owner->cr3 == cr3;
}

static void name_process(struct verify *verify, struct line *line, u32 pid)
{
	const struct process_track *thread = tracker_process(&verify->tracker, pid);

	line_add(line, "pid %u", pid);
	if (thread && thread->name) {
		line_add(line, " ");
		line_add_text(line, thread->name, NAME_BYTES);
	}
}

static void name_when(struct verify *verify, struct line *line, const struct trace_record *record)
{
	line_add(line, " at ");
	line_add_number(line, record->tsc - verify->trace->info.tsc_begin);
}

/* Ring -1 knows the address space; whose it is was ring 0's to say. */
static void name_space(struct verify *verify, struct line *line, u64 cr3)
{
	u32 pid;

	line_add(line, " by cr3 0x%llx", (ull)cr3);
	if (!process_by_cr3(verify, cr3, &pid))
		return;
	line_add(line, " (");
	name_process(verify, line, pid);
	line_add(line, ")");
}

static void find_line(struct verify *verify, enum check check, enum discrepancy kind, u32 pid,
                      const struct line *line)
{
	verify_find(verify, check, "%s", line->text);
	sums_count(&verify->tracker,
	           check == CHECK_calls ? &verify->witness.calls : &verify->witness.faults, kind,
	           pid);
}

static u32 pid_of_space(struct verify *verify, u64 cr3)
{
	u32 pid;

	return process_by_cr3(verify, cr3, &pid) ? pid : 0;
}

static void begin_seen_call(struct verify *verify, struct line *line,
                            const struct trace_seen_syscall *call)
{
	line_clear(line);
	decode_call(line, call->number, CALL_ARGUMENTS(call));
	name_when(verify, line, &call->record);
	name_space(verify, line, call->cr3);
	line_add(line, ": ");
}

/* The call that waits is not logged any more: ring 3 has gone on, or the trace is at its end. */
static void drop_call(struct verify *verify)
{
	struct two_witnesses *witness = &verify->witness;
	const struct trace_seen_syscall *call = witness->call;
	struct line line;

	witness->call = NULL;
	if (!call)
		return;
	begin_seen_call(verify, &line, call);
	line_add(&line, "only ring -1 saw it");
	find_line(verify, CHECK_calls, MISSING, pid_of_space(verify, call->cr3), &line);
	witness->hidden[call->record.sequence % HIDDEN_KEPT] = call->record.sequence + 1;
}

static void drop_fault(struct verify *verify)
{
	struct two_witnesses *witness = &verify->witness;
	const struct trace_seen_fault *fault = witness->fault;
	struct line line;

	witness->fault = NULL;
	if (!fault || !witness->demanded)
		return;
	line_clear(&line);
	line_add(&line, "#PF at 0x%llx (", (ull)fault->address);
	decode_fault_error(&line, fault->error_code);
	line_add(&line, "), rip 0x%llx,", (ull)fault->rip);
	name_when(verify, &line, &fault->record);
	name_space(verify, &line, fault->cr3);
	line_add(&line, ": only ring -1 saw it");
	find_line(verify, CHECK_faults, MISSING, pid_of_space(verify, fault->cr3), &line);
}

static void drop_both(struct verify *verify)
{
	drop_call(verify);
	drop_fault(verify);
}

/* "ring -1 saw ARGUMENT 2 as 0x3, ring 0's log has 0x4", of the first that differs. */
static bool differ(struct line *line, const char *what, u64 seen, u64 logged)
{
	if (seen == logged)
		return false;
	line_add(line, "ring -1 saw %s 0x%llx, ring 0's log has 0x%llx", what, (ull)seen,
	         (ull)logged);
	return true;
}

static bool arguments_differ(struct line *line, const struct trace_seen_syscall *seen,
                             const struct trace_syscall_entry *logged)
{
	static const char *const names[] = {"argument 1", "argument 2", "argument 3",
	                                    "argument 4", "argument 5", "argument 6"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (differ(line, names[i], CALL_ARGUMENTS(seen)[i], CALL_ARGUMENTS(logged)[i]))
			return true;
	return false;
}

static void pair_call(struct verify *verify, const struct trace_syscall_entry *logged)
{
	const struct trace_seen_syscall *seen = verify->witness.call;
	struct line line;

	verify->witness.call = NULL;
	if (!seen) {
		line_clear(&line);
		decode_call(&line, logged->number, CALL_ARGUMENTS(logged));
		name_when(verify, &line, &logged->record);
		line_add(&line, " by ");
		name_process(verify, &line, logged->pid);
		line_add(&line, ": only ring 0's log has it");
		find_line(verify, CHECK_calls, INVENTED, logged->pid, &line);
		return;
	}
	begin_seen_call(verify, &line, seen);
	if (differ(&line, "the number", seen->number, logged->number) ||
	    differ(&line, "the gate", seen->gate, logged->gate) ||
	    arguments_differ(&line, seen, logged))
		find_line(verify, CHECK_calls, DIFFERENT, logged->pid, &line);
}

static void pair_fault(struct verify *verify, const struct trace_page_fault_entry *logged)
{
	const struct trace_seen_fault *seen = verify->witness.fault;
	struct line line;

	verify->witness.fault = NULL;
	line_clear(&line);
	line_add(&line, "#PF at 0x%llx (", (ull)(seen ? seen->address : logged->address));
	decode_fault_error(&line, seen ? seen->error_code : logged->error_code);
	line_add(&line, "), rip 0x%llx,", (ull)(seen ? seen->rip : logged->rip));
	name_when(verify, &line, seen ? &seen->record : &logged->record);
	line_add(&line, " by ");
	name_process(verify, &line, logged->pid);
	line_add(&line, ": ");
	if (!seen) {
		line_add(&line, "only ring 0's log has it");
		find_line(verify, CHECK_faults, INVENTED, logged->pid, &line);
	} else if (differ(&line, "address", seen->address, logged->address) ||
	           differ(&line, "error code", seen->error_code, logged->error_code) ||
	           differ(&line, "rip", seen->rip, logged->rip)) {
		find_line(verify, CHECK_faults, DIFFERENT, logged->pid, &line);
	}
}

static void begin_return(struct verify *verify, struct line *line,
                         const struct trace_seen_return *seen)
{
	line_clear(line);
	decode_call_result(line, seen->number, seen->result);
	name_when(verify, line, &seen->record);
	name_space(verify, line, seen->cr3);
	line_add(line, ": ");
}

/*
 * Only a return that ring -1 knows the call of is held against ring 0's log. What comes by IRET
 * (signal handlers, new programs and children, INT 0x80) it does not see, and a return to elsewhere
 * than behind the call (a handler, a call that is made again) is none of that call.
 */
static void pair_return(struct verify *verify, const struct trace_seen_return *seen)
{
	struct two_witnesses *witness = &verify->witness;
	const struct trace_syscall_exit *logged = witness->returned;
	u32 *hidden = &witness->hidden[seen->call % HIDDEN_KEPT];
	struct line line;

	witness->returned = NULL;
	drop_call(verify); /* what returns goes to ring 3 */
	if (seen->call == CALL_UNKNOWN)
		return;
	if (*hidden == seen->call + 1) { /* its call was found already */
		*hidden = 0;
		return;
	}
	begin_return(verify, &line, seen);
	if (!logged) {
		line_add(&line, "only ring -1 saw it return");
		find_line(verify, CHECK_calls, MISSING, pid_of_space(verify, seen->cr3), &line);
	} else if (differ(&line, "the return of call", seen->number, logged->number)) {
		find_line(verify, CHECK_calls, DIFFERENT, logged->pid, &line);
	} else if (seen->result != logged->result) {
		line_add(&line, "ring 0's log has ");
		decode_call_result(&line, logged->number, logged->result);
		find_line(verify, CHECK_calls, DIFFERENT, logged->pid, &line);
	}
}

static void see_exit(struct verify *verify, const struct trace_vm_exit *exit)
{
	struct two_witnesses *witness = &verify->witness;
	u32 interrupted = exit->idt_vectoring_info;

	/* A #PF that could not be delivered because of another exception becomes a #DF. */
	if (exit->reason == EXIT_EXCEPTION_NMI &&
	    is_event(interrupted, TYPE_HARDWARE, VECTOR_PAGE_FAULT))
		witness->demanded = false;
	if (exit->cpl == 3)
		drop_both(verify);
}

static void see_entry(struct verify *verify, const struct trace_vm_entry *entry)
{
	struct two_witnesses *witness = &verify->witness;
	u32 vector = entry->interruption_info & EVENT_VECTOR;

	if (witness->fault && !witness->heard && witness->begun &&
	    is_event(entry->interruption_info, TYPE_HARDWARE, VECTOR_PAGE_FAULT))
		witness->demanded = true;
	if (is_event(entry->interruption_info, TYPE_EXTERNAL, vector)) {
		witness->injected = true;
		witness->vector = vector;
	}
}

static void see(struct verify *verify, const struct trace_record *record)
{
	struct two_witnesses *witness = &verify->witness;

	switch (record->id) {
	case EVENT_vm_exit:
		see_exit(verify, (const void *)record);
		break;
	case EVENT_vm_entry:
		see_entry(verify, (const void *)record);
		break;
	case EVENT_seen_syscall:
		drop_both(verify);
		witness->call = (const void *)record;
		witness->heard = false;
		break;
	case EVENT_seen_fault:
		drop_fault(verify);
		witness->fault = (const void *)record;
		witness->heard = witness->demanded = false;
		break;
	case EVENT_seen_return:
		pair_return(verify, (const void *)record);
		break;
	default:
		break;
	}
}

/*
 * Ring -1 injects every interrupt that its guest gets. One that ring 0 claims instead of a call is
 * told with the call.
 */
static void check_interrupt(struct verify *verify, const struct trace_interrupt_entry *entry)
{
	struct two_witnesses *witness = &verify->witness;

	if (!witness->call && (!witness->injected || witness->vector != entry->vector))
		verify_find_at(verify, CHECK_causes, &entry->record,
		               "ring -1 has injected no such interrupt");
	if (!witness->call || witness->vector == entry->vector)
		witness->injected = false;
}

static void hear(struct verify *verify, const struct trace_record *record)
{
	struct two_witnesses *witness = &verify->witness;

	witness->heard = witness->begun = true;
	witness->returned = NULL;
	if (record->id == EVENT_syscall_entry)
		pair_call(verify, (const void *)record);
	else if (record->id == EVENT_syscall_exit)
		witness->returned = (const void *)record;
	else if (record->id == EVENT_page_fault_entry)
		pair_fault(verify, (const void *)record);
	else if (record->id == EVENT_interrupt_entry)
		check_interrupt(verify, (const void *)record);
}

void witness_before(struct verify *verify, const struct trace_record *record)
{
	if (strcmp(verify->trace->info.observe, "both") || verify->trace->info.bare)
		return;
	switch (event_kinds[record->id].stream) {
	case STREAM_HYPERVISOR:
		see(verify, record);
		break;
	case STREAM_KERNEL:
		hear(verify, record);
		break;
	default:
		if (record->id == EVENT_user_enter)
			drop_both(verify);
		else if (record->id == EVENT_user_leave)
			verify->witness.returned = NULL;
	}
}

/* Names come from the tracker, so they wait for its step. */
void witness_after(struct verify *verify, const struct track_step *step)
{
	const struct trace_process_exec *exec = (const void *)step->record;
	const struct trace_context_switch *change = (const void *)step->record;

	if (step->record->id == EVENT_process_exec)
		note_owner(verify, exec->cr3, exec->pid);
	else if (step->record->id == EVENT_context_switch)
		note_owner(verify, change->next_cr3, change->next_pid);
}

void witness_end(struct verify *verify)
{
	/* What the run's end cut short is no lie: ring 0 may never have come to its log. */
	if (verify->witness.heard)
		drop_both(verify);
	sums_tell(verify, CHECK_calls, &verify->witness.calls);
	sums_tell(verify, CHECK_faults, &verify->witness.faults);
}
