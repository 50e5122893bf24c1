/*
 * Two runs compared: silent where a program could not tell them apart, and where it could, the first
 * difference and all others, each once, however far the two have gone apart.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "tools/diff.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

static struct diff diff;
static struct trace traces[2];
static const char *const outputs[2] = {"diff-a", "diff-b"};

static void write_console(const char *directory, const char *text)
{
	char path[TRACE_PATH_SIZE];
	struct error error;
	FILE *file;

	assert_true(run_path(path, directory, "console.txt", &error));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void finish(struct builder *builder, u32 side, const char *console)
{
	build_directory(builder, build_place(outputs[side]));
	write_console(build_place(outputs[side]), console);
}

/* Compares the two that were built. */
static void compare(u64 limit, const char *ignored)
{
	char path[2][256];
	struct error error;

	diff_stop(&diff);
	memset(&diff, 0, sizeof(diff));
	diff.limit = limit;
	for (enum diff_kind kind = 0; kind < DIFF_KIND_COUNT; kind++)
		diff.ignored[kind] = ignored && !strcmp(ignored, diff_kind_name(kind));
	for (u32 side = 0; side < 2; side++) {
		trace_close(&traces[side]);
		strcpy(path[side], build_place(outputs[side]));
		assert_true(trace_open(&traces[side], path[side], &error));
	}
	diff_runs(&diff, &traces[0], &traces[1]);
	for (u32 side = 0; side < 2; side++)
		traces[side].directory = outputs[side]; /* the same in every golden text */
}

static void differs_only_in(enum diff_kind kind, u64 times)
{
	for (enum diff_kind each = 0; each < DIFF_KIND_COUNT; each++)
		if (diff.of[each] != (each == kind ? times : 0))
			fail_msg("%s: %llu", diff_kind_name(each),
			         (unsigned long long)diff.of[each]);
	assert_int_equal(diff.total, times);
}

static void expect_report(const char *name, void (*print)(FILE *, const struct diff *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(out, &diff);
	fclose(out);
	assert_true(size > 0);
	if (name)
		expect_text(name, text);
	free(text);
}

/* What may differ from one run to the other; zeros: the plain story. */
struct story {
	bool bare;
	bool random;       /* addresses */
	u32 shift;         /* child's number is so much greater */
	u64 descriptor;    /* of the write */
	s64 result;        /* of the write, less 3 */
	const char *text;  /* of the write */
	u32 fault_error;   /* of the fault, changed bits */
	u64 fault_address; /* added */
	u32 signal;
	u32 status;
	u32 extra;     /* getpid calls before the write */
	u32 late;      /* getpid calls after the write */
	bool no_child; /* does not fork */
	u32 clock;     /* what time() answers */
	u32 polls;     /* so often it looks for its child before it waits */
	u32 other;     /* added to the number of the child that ends first */
};

static void call(struct builder *b, u32 pid, u32 number, u64 arg0, u64 arg1)
{
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = pid, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .pid = pid, .number = number, .arg0 = arg0, .arg1 = arg1);
	build_wait(b, 5);
}

static void back(struct builder *b, u32 pid, u32 number, s64 result)
{
	BUILD(b, syscall_exit, .pid = pid, .number = number, .result = result);
	BUILD(b, user_enter, .pid = pid);
}

static void whole_call(struct builder *b, u32 pid, u32 number, u64 arg0, s64 result)
{
	call(b, pid, number, arg0, 0);
	back(b, pid, number, result);
}

static void begin_story(struct builder *b, const struct story *story)
{
	build_start(b);
	b->info.bare = story->bare;
	if (!story->bare)
		BUILD(b, vm_entry, .result = 0);
	build_wait(b, 100);
	BUILD(b, protection, .asked = 1, .granted = story->random, .name = "KASLR");
	BUILD(b, process_fork, .pid = 0, .child = 1);
	if (story->bare)
		BUILD(b, thread_create, .pid = 0, .tid = 2);
	BUILD(b, context_switch, .pid = 0, .next_pid = 1);
	BUILD(b, process_exec, .pid = 1, .program = "sh");
	BUILD(b, user_enter, .pid = 1);
}

static void tell_write(struct builder *b, const struct story *story)
{
	const char *text = story->text ? story->text : "hi\n";
	struct trace_syscall_text piece = {
		.pid = 1, .address = 0x402010, .argument = 1, .bytes = 3, .whole = 3};

	call(b, 1, SYSCALL_write, 1 + story->descriptor, 0x402010 + story->shift * 4096);
	memcpy(piece.text, text, 3);
	build_record(b, EVENT_syscall_text, &piece);
	back(b, 1, SYSCALL_write, 3 + story->result);
}

static void tell_fault(struct builder *b, const struct story *story)
{
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_page_fault);
	BUILD(b, page_fault_entry, .pid = 1, .address = 0x601000 + story->fault_address,
	      .rip = 0x400123, .error_code = 6 ^ story->fault_error);
	build_wait(b, 20);
	BUILD(b, page_fault_exit, .pid = 1, .outcome = FAULT_OUTCOME_demand_zero);
	BUILD(b, user_enter, .pid = 1);
}

static void tell_child(struct builder *b, u32 child, const struct story *story)
{
	call(b, 1, SYSCALL_fork, 0, 0);
	BUILD(b, process_fork, .pid = 1, .child = child);
	back(b, 1, SYSCALL_fork, child);
	for (u32 i = 0; i < story->polls; i++) {
		BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
		BUILD(b, syscall_entry, .pid = 1, .number = SYSCALL_wait4, .arg2 = 1);
		back(b, 1, SYSCALL_wait4, 0);
		whole_call(b, 1, SYSCALL_nanosleep, 0x7000, i ? 0 : -4);
	}
	whole_call(b, 1, SYSCALL_kill, (u64) - (s64)child, 0);
	whole_call(b, 1, SYSCALL_wait4, ~0ull, child + story->other);
	call(b, 1, SYSCALL_wait4, child, 0x7000);
	BUILD(b, context_switch, .pid = 1, .next_pid = child);
	BUILD(b, user_enter, .pid = child);
	whole_call(b, child, SYSCALL_getpid, 0, child);
	call(b, child, SYSCALL_exit_group, 0, 0);
	BUILD(b, process_exit, .pid = child);
	BUILD(b, context_switch, .pid = child, .next_pid = 1);
	back(b, 1, SYSCALL_wait4, child);
}

static void tell(struct builder *b, u32 side, const struct story *story)
{
	begin_story(b, story);
	whole_call(b, 1, SYSCALL_brk, 0, story->random ? 0x700000 + side * 4096 : 0x700000);
	for (u32 i = 0; i < story->extra; i++)
		whole_call(b, 1, SYSCALL_getpid, 0, 1);
	tell_write(b, story);
	for (u32 i = 0; i < story->late; i++)
		whole_call(b, 1, SYSCALL_getuid, i, 0);
	tell_fault(b, story);
	whole_call(b, 1, SYSCALL_time, 0, story->clock);
	if (!story->no_child)
		tell_child(b, 3 + story->shift, story);
	if (story->signal) {
		call(b, 1, SYSCALL_pause, 0, 0);
		BUILD(b, signal_deliver, .pid = 1, .signal = story->signal, .handler = 0x401000);
		back(b, 1, SYSCALL_pause, -4);
	}
	if (!story->bare) {
		BUILD(b, vm_exit, .reason = EXIT_CPUID, .cpl = 3, .operand0 = 0x40000000);
		build_wait(b, 50);
		BUILD(b, vm_entry, .result = 0);
	}
	call(b, 1, SYSCALL_exit_group, story->status, 0);
	BUILD(b, process_exit, .pid = 1, .status = story->status);
	BUILD(b, context_switch, .pid = 1, .next_pid = 0);
	b->info.exit_status = story->status;
}

static void compare_stories(const struct story *a, const struct story *b)
{
	struct builder builder;

	tell(&builder, 0, a);
	finish(&builder, 0, "hi\nthere\n");
	tell(&builder, 1, b);
	finish(&builder, 1, "hi\nthere\n");
	compare(20, NULL);
}

static const struct story plain;

/* Bare and not, other numbers of threads, other addresses, another time. */
static void test_equivalent(void **state)
{
	(void)state;
	compare_stories(&plain, &plain);
	assert_int_equal(diff.total, 0);
	compare_stories(&(struct story){.bare = true, .clock = 1000},
	                &(struct story){.shift = 4, .clock = 2000, .polls = 3, .other = 1});
	assert_int_equal(diff.total, 0);
	expect_report("diff-same.txt", diff_print);
	expect_report("diff-same.json", diff_json);
	compare_stories(&(struct story){.random = true, .fault_address = 0x100000},
	                &(struct story){.random = true});
	assert_int_equal(diff.total, 0);
}

/* Each kind by itself. */
static void test_each_kind(void **state)
{
	static const struct {
		enum diff_kind kind;
		struct story story;
	} cases[] = {
		{DIFF_arguments, {.descriptor = 1}},
		{DIFF_results, {.result = -1}},
		{DIFF_texts, {.text = "HI\n"}},
		{DIFF_faults, {.fault_error = 2}},
		{DIFF_faults, {.fault_address = 0x1000}},
		{DIFF_calls, {.extra = 1}},
		{DIFF_calls, {.extra = 7}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		compare_stories(&plain, &cases[i].story);
		differs_only_in(cases[i].kind, 1);
		compare_stories(&cases[i].story, &plain);
		differs_only_in(cases[i].kind, 1);
		compare(20, diff_kind_name(cases[i].kind));
		assert_true(diff.of[cases[i].kind] == 0);
	}
}

/* A difference of two lives that never meet again is one, not thousands. */
static void test_far_apart(void **state)
{
	(void)state;
	compare_stories(&plain, &(struct story){.late = 1000});
	assert_in_range(diff.total, 1, 40);
	compare_stories(&(struct story){.extra = 30}, &plain);
	differs_only_in(DIFF_calls, 1);
	assert_int_equal(diff.found[0].items[0], 60);
	assert_int_equal(diff.found[0].items[1], 0);
}

static void test_report(void **state)
{
	static const struct story other = {.result = -1,
	                                   .text = "ho\n",
	                                   .fault_error = 2,
	                                   .signal = 10,
	                                   .status = 2,
	                                   .extra = 1,
	                                   .no_child = true};
	struct builder builder;

	(void)state;
	tell(&builder, 0, &plain);
	finish(&builder, 0, "hi\nthere\n");
	tell(&builder, 1, &other);
	finish(&builder, 1, "hi\nhere\n");
	compare(20, NULL);
	expect_report("diff.txt", diff_print);
	expect_report("diff.json", diff_json);
	compare(2, NULL);
	assert_int_equal(diff.kept, 2);
	expect_report("diff-two.txt", diff_print);
}

/* The first in time stands first, whichever thread it is in. */
static void test_order(void **state)
{
	(void)state;
	compare_stories(&plain, &(struct story){.extra = 1, .fault_error = 2, .signal = 10});
	compare(UINT64_MAX, NULL);
	for (u64 i = 1; i < diff.kept; i++)
		assert_true(diff.found[i - 1].when <= diff.found[i].when);
	assert_int_equal(diff.kept, 3);
	assert_int_equal(diff.found[0].kind, DIFF_calls);
}

static void test_not_recorded(void **state)
{
	struct builder builder;

	(void)state;
	tell(&builder, 0, &plain);
	builder.info.events[STREAM_KERNEL] &= ~(1u << EVENT_page_fault_exit % 32);
	finish(&builder, 0, "hi\n");
	tell(&builder, 1, &(struct story){.fault_error = 2});
	finish(&builder, 1, "hi\n");
	compare(20, NULL);
	assert_true(diff.unknown[DIFF_faults]);
	assert_int_equal(diff.total, 0);
}

/* One record in eight gets another payload: the comparison comes to its end. */
static void test_hostile_payloads(void **state)
{
	u32 seed = 1;

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct builder b;

		tell(&b, 0, &(struct story){.extra = 20});
		finish(&b, 0, "");
		tell(&b, 1, &(struct story){.extra = 20, .late = 90});
		struct builder_stream *data = &b.streams[STREAM_KERNEL];
		for (size_t at = sizeof(struct trace_packet); at < data->size;) {
			size_t size = event_kinds[data->bytes[at + 8]].size;

			seed = seed * 1664525 + 1013904223;
			for (size_t i = 16; seed >> 29 == 0 && i < size; i++)
				data->bytes[at + i] = (u8)((seed >> 9) * (u32)i >> 3);
			at += size;
		}
		finish(&b, 1, "");
		compare(UINT64_MAX, NULL);
		expect_report(NULL, diff_json);
	}
}

static int clean(void **state)
{
	diff_stop(&diff);
	trace_close(&traces[0]);
	trace_close(&traces[1]);
	return build_clean(state);
}

/* What threads of the kernel make is the kernel's, be it under its own number. */
static void test_kernel_threads(void **state)
{
	const struct story story = {0};
	struct builder b;

	(void)state;
	for (u32 side = 0; side < 2; side++) {
		begin_story(&b, &story);
		for (u32 i = 0; i < 2; i++)
			BUILD(&b, thread_create, .pid = 0, .tid = 0);
		BUILD(&b, thread_create, .pid = 0, .tid = 5);
		BUILD(&b, process_fork, .pid = 5, .child = 6);
		finish(&b, side, "");
	}
	compare(20, NULL);
	assert_int_equal(diff.total, 0);
}

/* Each does nothing: looking for its life in all the rest of the run would take minutes. */
static void test_many_threads(void **state)
{
	const struct story story = {0};
	struct builder b;
	clock_t start = clock();

	(void)state;
	for (u32 side = 0; side < 2; side++) {
		begin_story(&b, &story);
		for (u32 i = 0; i < 40000; i++)
			BUILD(&b, process_fork, .pid = 1, .child = i + 10, .cause = CAUSE_NONE);
		finish(&b, side, "");
	}
	compare(20, NULL);
	assert_int_equal(diff.total, 0);
	if (clock() - start > 8 * CLOCKS_PER_SEC)
		fail_msg("%ld seconds", (long)((clock() - start) / CLOCKS_PER_SEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_threads),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_equivalent),
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_far_apart),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_not_recorded),
		cmocka_unit_test(test_hostile_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, clean);
}
