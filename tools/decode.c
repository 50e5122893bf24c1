#include "tools/decode.h"

#include "tools/arguments.h"
#include "tools/decode_exit.h"
#include "tools/names.h"

void decode_syscall_name(struct line *line, u32 number)
{
	const char *name = syscall_name(number);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "syscall_%u", number);
}

void decode_call(struct line *line, u32 number, const u64 arguments[6])
{
	struct argument_place place = {.number = number, .arguments = arguments};
	u32 count = argument_count(number, arguments);

	decode_syscall_name(line, number);
	line_add(line, "(");
	for (; place.argument < count; place.argument++) {
		line_add(line, "%s", place.argument ? ", " : "");
		argument_add_told(line, &place, &(struct told){NULL, 0});
	}
	line_add(line, ")");
}

static bool returns_address(u32 number)
{
	return number == SYSCALL_brk || number == SYSCALL_mmap || number == SYSCALL_mremap;
}

void decode_call_result(struct line *line, u32 number, s64 result)
{
	const char *name = errno_name(result);

	decode_syscall_name(line, number);
	if (name)
		line_add(line, " = -%s", name);
	else if (returns_address(number) && result > 0)
		line_add(line, " = 0x%llx", (unsigned long long)result);
	else
		line_add(line, " = %lld", (long long)result);
}

void decode_text(struct line *line, const void *piece)
{
	const struct text_piece *text = piece;
	bool cut = text->whole == TEXT_UNKNOWN || text->whole > text->offset + text->bytes;
	size_t bytes = text->bytes < sizeof(text->text) ? text->bytes : sizeof(text->text);

	line_add(line, "argument %u", text->argument);
	if (text->offset)
		line_add(line, "+%u", text->offset);
	line_add(line, " = ");
	line_add_quoted(line, text->text, bytes, cut);
}

void decode_fault_error(struct line *line, u32 error_code)
{
	enum { PRESENT = 1, WRITE = 2, USER = 4, RESERVED = 8, FETCH = 16, KEY = 32 };

	line_add(line, "%s %s, %s", error_code & USER ? "user" : "supervisor",
	         error_code & FETCH   ? "fetch"
	         : error_code & WRITE ? "write"
	                              : "read",
	         error_code & PRESENT ? "protection" : "not present");
	if (error_code & RESERVED)
		line_add(line, ", reserved bit");
	if (error_code & KEY)
		line_add(line, ", protection key");
}

static void decode_page_fault(struct line *line, const struct trace_page_fault_entry *fault)
{
	line_add(line, "page fault at 0x%llx: ", (unsigned long long)fault->address);
	decode_fault_error(line, fault->error_code);
	line_add(line, ", rip 0x%llx", (unsigned long long)fault->rip);
}

static void add_vector(struct line *line, u32 vector)
{
	const char *name = vector_name(vector);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "%u", vector);
}

static void decode_exception(struct line *line, const struct trace_exception_entry *exception)
{
	line_add(line, "exception ");
	add_vector(line, exception->vector);
	if (exception->error_code)
		line_add(line, " error 0x%x", exception->error_code);
	line_add(line, ", rip 0x%llx", (unsigned long long)exception->rip);
}

static void add_name(struct line *line, const char *name, u32 number)
{
	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "%u", number);
}

/* "page_fault" as "page fault". */
static void add_words(struct line *line, const char *name, u32 number)
{
	size_t start = line->used;

	add_name(line, name, number);
	for (size_t i = start; i < line->used; i++)
		if (line->text[i] == '_')
			line->text[i] = ' ';
}

static void decode_process_exit(struct line *line, const struct trace_process_exit *exit)
{
	if (exit->signal) {
		line_add(line, "process %u ended by ", exit->pid);
		add_name(line, signal_name(exit->signal), exit->signal);
	} else {
		line_add(line, "process %u exits with status %u", exit->pid, exit->status);
	}
}

static void decode_signal(struct line *line, const struct trace_signal_deliver *signal)
{
	add_name(line, signal_name(signal->signal), signal->signal);
	line_add(line, " enters its handler at 0x%llx", (unsigned long long)signal->handler);
}

void decode_access(struct line *line, u32 access)
{
	line_add(line, "%c%c%c", access & ACCESS_READ ? 'r' : '-',
	         access & ACCESS_WRITE ? 'w' : '-', access & ACCESS_EXECUTE ? 'x' : '-');
}

void decode_bytes(struct line *line, u64 bytes)
{
	static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		unit++;
	}
	line_add_number(line, bytes);
	line_add(line, " %s", units[unit]);
}

const char *decode_memory_type(u32 type)
{
	static const char *const types[] = {[0] = "uncacheable",
	                                    [1] = "write-combining",
	                                    [4] = "write-through",
	                                    [5] = "write-protected",
	                                    [6] = "write-back"};

	return type < ARRAY_SIZE(types) && types[type] ? types[type] : "of an unknown type";
}

static void decode_memory(struct line *line, const struct trace_memory_range *range)
{
	if (range->process)
		line_add(line, "process %u maps ", range->process);
	else
		line_add(line, "the kernel maps ");
	decode_bytes(line, range->bytes);
	line_add(line, " at 0x%llx ", (unsigned long long)range->address);
	decode_access(line, range->access);
	line_add(line, "%s to 0x%llx: ", range->access & ACCESS_USER ? " user" : "",
	         (unsigned long long)range->guest_physical);
	line_add_text(line, range->owner, sizeof(range->owner));
}

/* Ring 0's instants: processes, protections, maps. */
static void decode_process(struct line *line, const struct trace_record *record)
{
	const struct trace_context_switch *change = (const void *)record;
	const struct trace_process_fork *fork = (const void *)record;
	const struct trace_process_exec *exec = (const void *)record;
	const struct trace_process_name *renamed = (const void *)record;
	const struct trace_protection *protection = (const void *)record;
	const struct trace_thread_create *thread = (const void *)record;
	const struct trace_syscall_text *text = (const void *)record;
	const struct trace_record_cost *cost = (const void *)record;

	switch (record->id) {
	case EVENT_context_switch:
		line_add(line, "switch from process %u to %u", change->pid, change->next_pid);
		break;
	case EVENT_process_fork:
		line_add(line, "process %u makes process %u", fork->pid, fork->child);
		break;
	case EVENT_process_exec:
		line_add(line, "process %u starts ", exec->pid);
		line_add_text(line, exec->program, sizeof(exec->program));
		break;
	case EVENT_process_name:
		line_add(line, "process %u is named ", renamed->pid);
		line_add_text(line, renamed->program, sizeof(renamed->program));
		break;
	case EVENT_process_exit:
		decode_process_exit(line, (const void *)record);
		break;
	case EVENT_protection:
		line_add_text(line, protection->name, sizeof(protection->name));
		line_add(line, ": %s",
		         protection->granted ? "on"
		         : protection->asked ? "not to be had"
		                             : "off");
		break;
	case EVENT_thread_create:
		line_add(line, "thread %u makes thread %u", thread->pid, thread->tid);
		break;
	case EVENT_thread_exit:
		line_add(line, "thread %u ends", ((const struct trace_thread_exit *)record)->pid);
		break;
	case EVENT_signal_deliver:
		decode_signal(line, (const void *)record);
		break;
	case EVENT_syscall_text:
		decode_text(line, &text->address);
		break;
	case EVENT_record_cost:
		line_add(line, "%u records of a system call cost %u ticks", cost->records,
		         cost->ticks);
		break;
	case EVENT_memory_range:
		decode_memory(line, (const void *)record);
		break;
	default:
		line_add(line, "event %u", record->id);
	}
}

static void decode_kernel(struct line *line, const struct trace_record *record)
{
	const struct trace_syscall_entry *call = (const void *)record;
	const struct trace_syscall_exit *returned = (const void *)record;
	const struct trace_page_fault_exit *fault = (const void *)record;
	const struct trace_interrupt_entry *interrupt = (const void *)record;
	const struct trace_interrupt_exit *served = (const void *)record;
	const struct trace_exception_exit *exception = (const void *)record;

	switch (record->id) {
	case EVENT_syscall_entry:
		decode_call(line, call->number, CALL_ARGUMENTS(call));
		break;
	case EVENT_syscall_exit:
		decode_call_result(line, returned->number, returned->result);
		break;
	case EVENT_page_fault_entry:
		decode_page_fault(line, (const void *)record);
		break;
	case EVENT_page_fault_exit:
		line_add(line, "page fault: ");
		add_words(line, outcome_name(fault->outcome), fault->outcome);
		break;
	case EVENT_interrupt_entry:
		line_add(line, "interrupt %u, rip 0x%llx", interrupt->vector,
		         (unsigned long long)interrupt->rip);
		break;
	case EVENT_interrupt_exit:
		line_add(line, "interrupt %u served", served->vector);
		break;
	case EVENT_exception_entry:
		decode_exception(line, (const void *)record);
		break;
	case EVENT_exception_exit:
		line_add(line, "exception ");
		add_vector(line, exception->vector);
		line_add(line, " dealt with");
		break;
	default:
		decode_process(line, record);
	}
}

static void decode_user(struct line *line, const struct trace_record *record)
{
	const struct trace_user_leave *leave = (const void *)record;
	const struct trace_user_enter *enter = (const void *)record;
	const struct trace_mark *mark = (const void *)record;

	switch (record->id) {
	case EVENT_user_enter:
		line_add(line, "process %u runs", enter->pid);
		break;
	case EVENT_user_leave:
		add_words(line, gate_name(leave->gate), leave->gate);
		break;
	default:
		line_add(line, "mark ");
		line_add_text(line, mark->text, sizeof(mark->text));
		line_add(line, " %llu", (unsigned long long)mark->value);
	}
}

void decode_record(struct line *line, const struct trace_record *record,
                   const struct trace_record *begin)
{
	switch (event_kinds[record->id].stream) {
	case STREAM_HYPERVISOR:
		decode_hypervisor(line, record, begin);
		break;
	case STREAM_KERNEL:
		decode_kernel(line, record);
		break;
	default:
		decode_user(line, record);
	}
}
