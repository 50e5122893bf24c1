#include <string.h>

#include "abi/syscalls.h"
#include "lib/texts.h"
#include "tools/decode.h"
#include "tools/diff.h"
#include "tools/names.h"

/* Which arguments are addresses: those that point to something. */
enum {
	TELLS_NOTHING = 0,
	TELLS_STRING = 1,
	TELLS_STRINGS = 1,
	TELLS_NEXT = 1,
	TELLS_RESULT = 1,
	TELLS_VECTOR = 1,
	TELLS_FOUR = 1,
	TELLS_EIGHT = 1,
	TELLS_SIXTEEN = 1
};
enum argument_kind {
#define KIND(name, before, after) ARGUMENT_##name,
	SYSCALL_KINDS(KIND)
#undef KIND
};
static const bool points[] = {
#define KIND(name, before, after) [ARGUMENT_##name] = TELLS_##before || TELLS_##after,
	SYSCALL_KINDS(KIND)
#undef KIND
};

#define ARGUMENTS_6(a, b, c, d, e, f, ...)                                                         \
	{                                                                                          \
		ARGUMENT_##a, ARGUMENT_##b, ARGUMENT_##c, ARGUMENT_##d, ARGUMENT_##e, ARGUMENT_##f \
	}
#define ARGUMENTS(...) ARGUMENTS_6(__VA_ARGS__, NONE, NONE, NONE, NONE, NONE, NONE)
static const u8 argument_kinds[][6] = {
#define CALL(number, name, ...) [number] = ARGUMENTS(__VA_ARGS__),
	SYSCALLS(CALL)
#undef CALL
};

/* Arguments that are numbers of threads, a bit each; bit 6: the result is one. */
static u32 thread_numbers(u32 number)
{
	enum { FIRST = 1, SECOND = 2, THIRD = 4, RESULT = 64 };

	switch (number) {
	case SYSCALL_wait4:
	case SYSCALL_getpgid:
	case SYSCALL_getsid:
		return FIRST | RESULT;
	case SYSCALL_setpgid:
	case SYSCALL_tgkill:
	case SYSCALL_rt_tgsigqueueinfo:
		return FIRST | SECOND;
	case SYSCALL_waitid:
	case SYSCALL_getpriority:
	case SYSCALL_setpriority:
		return SECOND;
	case SYSCALL_futex: /* a lock holds its owner */
		return THIRD;
	case SYSCALL_kill:
	case SYSCALL_tkill:
	case SYSCALL_rt_sigqueueinfo:
	case SYSCALL_prlimit64:
	case SYSCALL_get_robust_list:
	case SYSCALL_sched_setparam:
	case SYSCALL_sched_getparam:
	case SYSCALL_sched_setscheduler:
	case SYSCALL_sched_getscheduler:
	case SYSCALL_sched_setaffinity:
	case SYSCALL_sched_getaffinity:
		return FIRST;
	case SYSCALL_fork:
	case SYSCALL_vfork:
	case SYSCALL_clone:
	case SYSCALL_getpid:
	case SYSCALL_getppid:
	case SYSCALL_gettid:
	case SYSCALL_getpgrp:
	case SYSCALL_setsid:
	case SYSCALL_set_tid_address:
		return RESULT;
	default:
		return 0;
	}
}

enum diff_exception call_exception(u32 number)
{
	switch (number) {
	case SYSCALL_time:
	case SYSCALL_times:
	case SYSCALL_gettimeofday:
	case SYSCALL_clock_gettime:
	case SYSCALL_getrusage:
		return EXCEPT_clocks;
	case SYSCALL_nanosleep:
	case SYSCALL_clock_nanosleep:
	case SYSCALL_sched_yield:
		return EXCEPT_sleeps;
	case SYSCALL_sysinfo:
		return EXCEPT_resources;
	case SYSCALL_getrandom:
		return EXCEPT_random;
	default:
		return EXCEPT_COUNT;
	}
}

void walk_start(struct diff_walk *walk, const struct diff *diff, u32 side, u32 thread)
{
	const struct diff_thread *of = &diff->run[side].threads[thread];

	memset(walk, 0, sizeof(*walk));
	walk->diff = diff;
	walk->cursor = of->born;
	walk->at = of->after;
	walk->until = of->until;
	walk->pid = of->pid;
}

/* The number goes to another thread: this one is gone, whatever its end was. */
static bool reborn(const struct trace_record *record, u32 pid)
{
	const struct trace_process_fork *fork = (const void *)record;
	const struct trace_thread_create *create = (const void *)record;

	return (record->id == EVENT_process_fork && fork->child == pid) ||
	       (record->id == EVENT_thread_create && create->tid == pid);
}

static bool made(struct diff_item *item, enum diff_kind kind, const struct trace_record *record,
                 const void *begin)
{
	*item = (struct diff_item){kind, record, begin};
	return true;
}

/* wait4 that answered at once, and that no child has ended: it will be asked again. */
static bool polls(const struct diff_walk *walk, const struct trace_syscall_entry *call)
{
	enum { NO_HANG = 1 };
	struct trace_cursor cursor = walk->cursor;
	const struct trace_syscall_exit *exit;

	if (call->number != SYSCALL_wait4 || !(call->arg2 & NO_HANG))
		return false;
	for (u64 at = walk->at; at < walk->until; at++) {
		exit = (const void *)cursor_next_of(&cursor, STREAM_KERNEL);
		if (!exit || exit->pid != walk->pid)
			continue;
		if (exit->record.id == EVENT_syscall_exit)
			return !exit->result;
		if (exit->record.id == EVENT_syscall_entry)
			return false;
	}
	return false;
}

/* How often a program reads a clock or waits is time: these calls are no items at all. */
static bool is_time(const struct diff_walk *walk, const struct trace_syscall_entry *call)
{
	enum diff_exception exception = call_exception(call->number);

	return exception == EXCEPT_clocks || exception == EXCEPT_sleeps || polls(walk, call);
}

static bool fault_ends(struct diff_walk *walk, struct diff_item *item,
                       const struct trace_record *record)
{
	if (!walk->depth)
		return false;
	return made(item, DIFF_faults, record, walk->faults[--walk->depth]);
}

/* Whether this record is an item, and which. */
static bool item_of(struct diff_walk *walk, struct diff_item *item,
                    const struct trace_record *record)
{
	const struct trace_syscall_entry *call = walk->call;

	switch (record->id) {
	case EVENT_syscall_entry:
		walk->call = call = (const void *)record;
		walk->passed = is_time(walk, call);
		return !walk->passed && made(item, DIFF_calls, record, NULL);
	case EVENT_syscall_text:
		if (walk->passed || (call && call->number == SYSCALL_getrandom))
			return false;
		return made(item, DIFF_texts, record, call);
	case EVENT_syscall_exit:
		return !walk->passed && made(item, DIFF_results, record, call);
	case EVENT_page_fault_entry:
		if (walk->depth < ARRAY_SIZE(walk->faults))
			walk->faults[walk->depth++] = (const void *)record;
		return false;
	case EVENT_page_fault_exit:
		return fault_ends(walk, item, record);
	case EVENT_thread_exit:
	case EVENT_process_exit:
		walk->ended = true;
		/* fall through */
	case EVENT_exception_entry:
	case EVENT_signal_deliver:
	case EVENT_process_exec:
		return made(item, DIFF_signals, record, NULL);
	default:
		return false;
	}
}

static bool wanted(const struct diff *diff, enum diff_kind kind)
{
	if (diff->ignored[kind] || diff->unknown[kind])
		return false;
	return (kind != DIFF_texts && kind != DIFF_results) || !diff->ignored[DIFF_calls];
}

bool walk_next(struct diff_walk *walk, struct diff_item *item)
{
	const struct trace_record *record;

	while (!walk->ended && walk->at++ < walk->until &&
	       (record = cursor_next_of(&walk->cursor, STREAM_KERNEL))) {
		if (reborn(record, walk->pid))
			break;
		if (((const struct trace_thread_exit *)record)->pid != walk->pid)
			continue;
		if (item_of(walk, item, record) && wanted(walk->diff, item->kind))
			return true;
	}
	walk->ended = true;
	return false;
}

/* Whether two numbers of threads mean the same one; negative ones mean a group. */
static bool same_thread(const struct diff *diff, u64 a, u64 b)
{
	const struct diff_run *run = diff->run;

	if ((s32)a < 0 && (s32)b < 0) {
		a = (u32)-a;
		b = (u32)-b;
	}
	a = (u32)a;
	b = (u32)b;
	for (u32 i = 1; a != b && i < run[0].count; i++)
		if (run[0].threads[i].pid == a && run[0].threads[i].match != NO_THREAD &&
		    run[1].threads[run[0].threads[i].match].pid == b)
			return true;
	return a == b;
}

static bool same_argument(const struct diff *diff, u32 number, u32 index, u64 a, u64 b)
{
	enum { USER_BEGIN = 0x400000 }; /* an address at least; clone's flags alone are as great */
	const u8 *kinds = number < ARRAY_SIZE(argument_kinds) && syscall_name(number)
	                          ? argument_kinds[number]
	                          : NULL;
	u8 kind = kinds && kinds[0] != ARGUMENT_UNKNOWN ? kinds[index] : (u8)ARGUMENT_UNKNOWN;

	if (a == b || kind == ARGUMENT_NONE)
		return true;
	if (thread_numbers(number) & 1u << index)
		return same_thread(diff, a, b);
	if (kind == ARGUMENT_POINTER || points[kind])
		return !a == !b;
	if (kind == ARGUMENT_UNKNOWN || (kind == ARGUMENT_HEX && number != SYSCALL_clone))
		return a >= USER_BEGIN && b >= USER_BEGIN; /* what prctl, fcntl and others take */
	/* Of these the rest of the register is nobody's. */
	return (kind == ARGUMENT_FD || kind == ARGUMENT_INT || kind == ARGUMENT_OCTAL) &&
	       (u32)a == (u32)b;
}

static bool calls_equal(const struct diff *diff, const struct trace_syscall_entry *a,
                        const struct trace_syscall_entry *b)
{
	const u64 *as = CALL_ARGUMENTS(a), *bs = CALL_ARGUMENTS(b);

	if (a->number != b->number || a->gate != b->gate)
		return false;
	for (u32 i = 0; i < 6 && !diff->ignored[DIFF_arguments]; i++)
		if (!same_argument(diff, a->number, i, as[i], bs[i]))
			return false;
	return true;
}

static bool results_equal(const struct diff *diff, const struct trace_syscall_exit *a,
                          const struct trace_syscall_exit *b)
{
	u32 number = a->number;

	if (number != b->number)
		return false;
	if (a->result == b->result || number == SYSCALL_rt_sigreturn)
		return true; /* the latter is what RAX held where the signal came */
	if (a->result < 0 || b->result < 0)
		return false;
	if (number == SYSCALL_brk || number == SYSCALL_mmap || number == SYSCALL_mremap)
		return true; /* addresses */
	return thread_numbers(number) & 64 && same_thread(diff, (u64)a->result, (u64)b->result);
}

/* Which of several children ends first is a matter of time: any child is as good as another. */
static bool waits_for_any(const struct diff_item *a, const struct diff_item *b)
{
	const struct trace_syscall_entry *one = (const void *)a->begin,
					 *two = (const void *)b->begin;

	return one && two && one->number == SYSCALL_wait4 && two->number == SYSCALL_wait4 &&
	       (s32)one->arg0 == -1 && (s32)two->arg0 == -1 &&
	       ((const struct trace_syscall_exit *)a->record)->result > 0 &&
	       ((const struct trace_syscall_exit *)b->record)->result > 0;
}

static bool texts_equal(const struct trace_syscall_text *a, const struct trace_syscall_text *b)
{
	u32 bytes = a->bytes < sizeof(a->text) ? a->bytes : (u32)sizeof(a->text);

	return a->argument == b->argument && a->offset == b->offset && a->bytes == b->bytes &&
	       a->whole == b->whole && !memcmp(a->text, b->text, bytes);
}

static bool faults_equal(const struct diff *diff, const struct diff_item *a,
                         const struct diff_item *b)
{
	const struct trace_page_fault_entry *as = (const void *)a->begin;
	const struct trace_page_fault_entry *bs = (const void *)b->begin;

	return as->error_code == bs->error_code &&
	       ((const struct trace_page_fault_exit *)a->record)->outcome ==
	               ((const struct trace_page_fault_exit *)b->record)->outcome &&
	       (!diff->fixed || as->address >> 12 == bs->address >> 12);
}

/* Records of one id whose payload behind the thread and its cause says it all. */
static bool payloads_equal(const struct trace_record *a, const struct trace_record *b)
{
	size_t size = event_kinds[a->id].size, head = sizeof(struct trace_thread_exit);

	if (a->id == EVENT_exception_entry)
		return ((const struct trace_exception_entry *)a)->vector ==
		       ((const struct trace_exception_entry *)b)->vector;
	if (a->id == EVENT_signal_deliver)
		return ((const struct trace_signal_deliver *)a)->signal ==
		       ((const struct trace_signal_deliver *)b)->signal;
	if (a->id == EVENT_process_exec)
		return !strncmp(((const struct trace_process_exec *)a)->program,
		                ((const struct trace_process_exec *)b)->program, NAME_BYTES);
	return !memcmp((const u8 *)a + head, (const u8 *)b + head, size - head);
}

bool items_equal(const struct diff *diff, const struct diff_item *a, const struct diff_item *b)
{
	if (a->record->id != b->record->id)
		return false;
	switch (a->kind) {
	case DIFF_calls:
		return calls_equal(diff, (const void *)a->record, (const void *)b->record);
	case DIFF_results:
		return waits_for_any(a, b) ||
		       results_equal(diff, (const void *)a->record, (const void *)b->record);
	case DIFF_texts:
		return texts_equal((const void *)a->record, (const void *)b->record);
	case DIFF_faults:
		return faults_equal(diff, a, b);
	default:
		return payloads_equal(a->record, b->record);
	}
}

bool items_alike(const struct diff *diff, const struct diff_item *a, const struct diff_item *b)
{
	if (a->record->id != b->record->id)
		return false;
	switch (a->kind) {
	case DIFF_calls:
		return ((const struct trace_syscall_entry *)a->record)->number ==
		       ((const struct trace_syscall_entry *)b->record)->number;
	case DIFF_results:
		return ((const struct trace_syscall_exit *)a->record)->number ==
		       ((const struct trace_syscall_exit *)b->record)->number;
	case DIFF_texts:
		return ((const struct trace_syscall_text *)a->record)->argument ==
		       ((const struct trace_syscall_text *)b->record)->argument;
	default:
		return items_equal(diff, a, b);
	}
}
