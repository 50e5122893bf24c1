/*
 * Each check of verify: silent over a good trace, and finding what it is there to find.
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
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "tools/verify.h"
#include "vmx/exit_reasons.h"

static struct verify verify;
static struct trace trace;

/* Verifies what was built; the result stays in `verify` until the next call. */
static void run(struct builder *builder)
{
	struct error error;

	build_directory(builder, build_place("verify"));
	trace_close(&trace);
	assert_true(trace_load(&trace, build_place("verify"), &error));
	verify_trace(&verify, &trace);
}

static void finds(enum check check, const char *words)
{
	const struct check_state *state = &verify.checks[check];

	for (u64 i = 0; i < state->findings && i < FINDINGS_KEPT; i++)
		if (strstr(state->kept[i], words))
			return;
	fail_msg("check %d has not found \"%s\": %s (%s)", check, words, state->kept[0],
	         state->skipped);
}

static void finds_only(enum check check, const char *words)
{
	finds(check, words);
	assert_int_equal(verify_findings(&verify), verify.checks[check].findings);
}

static void expect_report(const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	verify_print(out, &verify);
	fclose(out);
	expect_text(name, text);
	free(text);
}

/* A guest that runs, in ring 0. */
static void begin(struct builder *b)
{
	build_start(b);
	build_wait(b, 10);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 10);
}

static void test_good(void **state)
{
	struct builder b;

	(void)state;
	build_hello(&b);
	run(&b);
	assert_int_equal(verify_findings(&verify), 0);
	expect_report("verify.txt");
}

static void test_many_findings(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	for (int i = 0; i < 30; i++)
		BUILD(&b, syscall_exit, .number = SYSCALL_getpid, .pid = 1);
	run(&b);
	assert_int_equal(verify_findings(&verify), 30);
	expect_report("verify-many.txt");
}

static void test_sequence(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	b.streams[STREAM_KERNEL].sequence = 5;
	BUILD(&b, process_fork, .child = 1);
	run(&b);
	finds_only(CHECK_sequence, "5 records missing before number 5, losses declared so far: 0");
	begin(&b);
	BUILD(&b, process_fork, .child = 1);
	b.streams[STREAM_KERNEL].sequence = 0;
	BUILD(&b, process_fork, .child = 1);
	run(&b);
	finds_only(CHECK_sequence, "carries number 0 after 0");
}

static void test_losses(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, process_fork, .child = 1);
	build_packet(&b, STREAM_KERNEL, 3);
	BUILD(&b, process_fork, .child = 2);
	run(&b);
	finds_only(CHECK_losses, "ring 0 lost 3 events");
	assert_string_equal(verify.checks[CHECK_kernel].skipped, "events were lost");
	assert_int_equal(trace_lost(&trace, STREAM_KERNEL), 3);
}

static void test_time(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, process_fork, .child = 1);
	b.now -= 5;
	BUILD(&b, process_fork, .child = 2);
	b.now += 100;
	run(&b);
	finds(CHECK_time, "number 1 is stamped 1015, before 1020");
	begin(&b);
	BUILD(&b, process_fork, .child = 1);
	((struct trace_packet *)b.streams[STREAM_KERNEL].bytes)->timestamp_begin--;
	run(&b);
	finds_only(CHECK_time, "ring0_0: packet 0 says 1019 to 1020, its records 1020 to 1020");
}

static void test_packet_numbers(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	b.streams[STREAM_KERNEL].packets = 1;
	BUILD(&b, process_fork, .child = 1);
	run(&b);
	finds_only(CHECK_packets, "ring0_0: packet 0 carries number 1");
	assert_string_equal(verify.checks[CHECK_exits].skipped, "the streams are damaged");
}

static void test_damage(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, process_fork, .child = 1);
	b.streams[STREAM_KERNEL].bytes[sizeof(struct trace_packet) + 8] = 99;
	run(&b);
	finds(CHECK_records, "ring0_0 at byte 88: there is no event 99");
}

static void test_exits(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, vm_entry, .result = 0);
	run(&b);
	finds_only(CHECK_exits,
	           "vm_entry, number 1 of ring -1, at 20: VM entry although the guest runs");
	begin(&b);
	BUILD(&b, vm_exit, .reason = EXIT_HLT);
	BUILD(&b, vm_exit, .reason = EXIT_HLT);
	run(&b);
	finds_only(CHECK_exits, "VM exit although ring -1 has the processor");
}

static void test_kernel(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	BUILD(&b, exception_entry, .vector = 6, .pid = 1);
	BUILD(&b, interrupt_exit, .vector = 32, .pid = 1);
	run(&b);
	finds_only(CHECK_kernel, "interrupt_exit, number 2 of ring 0");
	begin(&b);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	BUILD(&b, interrupt_exit, .vector = 33, .pid = 1);
	run(&b);
	finds_only(CHECK_kernel, "not the innermost open one");
	begin(&b);
	BUILD(&b, context_switch, .pid = 0, .next_pid = 1);
	BUILD(&b, context_switch, .pid = 2, .next_pid = 3);
	run(&b);
	finds_only(CHECK_kernel, "switch away from a thread that does not run");
	begin(&b);
	for (int i = 0; i < 17; i++)
		BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	run(&b);
	finds_only(CHECK_kernel, "too many intervals");
}

/* Two processes' intervals cross in time, which is fine. */
static void test_processes(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	BUILD(&b, context_switch, .pid = 1, .next_pid = 2);
	BUILD(&b, interrupt_entry, .vector = 33, .pid = 2);
	BUILD(&b, context_switch, .pid = 2, .next_pid = 1);
	BUILD(&b, interrupt_exit, .vector = 32, .pid = 1);
	BUILD(&b, process_exit, .pid = 2);
	run(&b);
	assert_int_equal(verify_findings(&verify), 0);
}

/* Threads' intervals are each their own, and end with the thread or with the process. */
static void test_threads(void **state)
{
	struct builder b;

	(void)state;
	build_threads(&b);
	run(&b);
	assert_int_equal(verify_findings(&verify), 0);
	build_threads(&b);
	BUILD(&b, context_switch, .pid = 0, .next_pid = 3);
	BUILD(&b, syscall_exit, .number = SYSCALL_futex, .pid = 3);
	run(&b);
	finds_only(CHECK_kernel, "the end of an interval that is not the innermost open one");
	build_threads(&b);
	BUILD(&b, context_switch, .pid = 0, .next_pid = 2);
	BUILD(&b, syscall_exit, .number = SYSCALL_exit, .pid = 2);
	run(&b);
	finds_only(CHECK_kernel, "the end of an interval that is not the innermost open one");
}

/* A thread that starts a program goes on as its process's first, whatever that was in. */
static void test_exec_by_thread(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, context_switch, .pid = 0, .next_pid = 7);
	BUILD(&b, thread_create, .pid = 7, .tid = 8);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 7);
	BUILD(&b, context_switch, .pid = 7, .next_pid = 8);
	BUILD(&b, user_enter, .pid = 8);
	build_wait(&b, 5);
	BUILD(&b, user_leave, .pid = 8, .gate = USER_GATE_syscall);
	BUILD(&b, syscall_entry, .number = SYSCALL_execve, .pid = 8);
	BUILD(&b, process_exec, .pid = 7, .program = "next");
	BUILD(&b, syscall_exit, .number = SYSCALL_execve, .pid = 7, .cause = 4);
	BUILD(&b, user_enter, .pid = 7);
	build_wait(&b, 5);
	BUILD(&b, user_leave, .pid = 7, .gate = USER_GATE_interrupt);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 7);
	BUILD(&b, context_switch, .pid = 7, .next_pid = 0);
	run(&b);
	assert_int_equal(verify_findings(&verify), 0);
}

static void test_user(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, user_enter, .pid = 1);
	build_wait(&b, 5);
	BUILD(&b, user_enter, .pid = 1);
	run(&b);
	finds_only(CHECK_user, "ring 3 entered although it has the processor");
	begin(&b);
	BUILD(&b, user_leave, .pid = 1, .gate = USER_GATE_interrupt);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	run(&b);
	finds_only(CHECK_user, "ring 3 left although it was not entered");
	begin(&b);
	BUILD(&b, user_enter, .pid = 1);
	build_wait(&b, 5);
	BUILD(&b, user_leave, .pid = 2, .gate = USER_GATE_interrupt);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 2);
	run(&b);
	finds_only(CHECK_user, "by another thread");
	begin(&b);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	build_wait(&b, 5);
	BUILD(&b, user_enter, .pid = 1);
	run(&b);
	finds_only(CHECK_user, "ring 0 has an interval open");
}

/* Ring 0 that works while it says that ring 3 does. */
static void test_kernel_in_user(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, user_enter, .pid = 1);
	build_wait(&b, 5);
	BUILD(&b, process_fork, .pid = 1, .child = 2);
	run(&b);
	finds_only(CHECK_kernel, "ring 0 at work although ring 3 has the processor");
}

static void test_causes(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, user_enter, .pid = 1);
	build_wait(&b, 5);
	BUILD(&b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 1);
	run(&b);
	finds_only(CHECK_causes, "ring 0 went on with something else");
	begin(&b);
	BUILD(&b, syscall_entry, .number = SYSCALL_getpid, .pid = 1);
	run(&b);
	finds_only(CHECK_causes, "ring 3 was not left for it");
}

static void test_witness(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, vm_exit, .reason = EXIT_CPUID, .cpl = 3);
	run(&b);
	finds_only(CHECK_witness, "the processor was in ring 3, ring 0 had not handed over");
	begin(&b);
	BUILD(&b, vm_exit, .reason = EXIT_CPUID, .cpl = 7);
	run(&b);
	finds_only(CHECK_witness, "no such privilege level");
}

static void test_memory(void **state)
{
	static const struct {
		u64 at, bytes;
		bool found;
	} ranges[] = {
		{0x1ff000, 0x1000, false},   {0x200000, 0x1000, true}, {0x3ff000, 0x1000, true},
		{0x400000, 0x200000, false}, {0, ~0ull, true},         {0x600000, 0x200000, true},
		{0x601000, 0x1000, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct builder b;
		begin(&b);
		BUILD(&b, own_memory, .host_physical = 0x200000, .bytes = 0x200000);
		BUILD(&b, own_memory, .host_physical = 0x600000, .bytes = 0x1000);
		BUILD(&b, ept_range, .host_physical = ranges[i].at, .bytes = ranges[i].bytes);
		run(&b);
		if (ranges[i].found)
			finds(CHECK_memory, "keeps for itself");
		assert_int_equal(verify.checks[CHECK_memory].findings > 0, ranges[i].found);
	}
}

/* A snapshot says how many fields it has; no field comes without one. */
static void test_snapshot(void **state)
{
	static const struct {
		u32 said, fields;
		const char *words;
	} cases[] = {
		{2, 2, NULL},
		{3, 2, "a snapshot of the VMCS says 3 fields and has 2"},
		{1, 2, "a snapshot of the VMCS says 1 fields and has 2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct builder b;
		begin(&b);
		BUILD(&b, vmcs_snapshot, .fields = cases[i].said);
		for (u32 field = 0; field < cases[i].fields; field++)
			BUILD(&b, vmcs_field, .encoding = 0x800 + 2 * field);
		run(&b);
		if (cases[i].words)
			finds_only(CHECK_snapshot, cases[i].words);
		else
			assert_int_equal(verify_findings(&verify), 0);
	}
}

static void test_closed(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	b.info.records[STREAM_KERNEL] = 4;
	run(&b);
	finds_only(CHECK_closed, "the machine wrote 4 events of ring 0, the trace has 0");
	begin(&b);
	b.info.state = TRACE_DISK_RUNNING;
	run(&b);
	finds_only(CHECK_closed, "before the machine closed its trace");
}

static void test_filtered(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	b.info.events[STREAM_USER] = 0;
	BUILD(&b, syscall_entry, .number = SYSCALL_getpid, .pid = 1);
	BUILD(&b, syscall_exit, .number = SYSCALL_getpid, .pid = 1);
	run(&b);
	assert_int_equal(verify_findings(&verify), 0);
	assert_string_equal(verify.checks[CHECK_causes].skipped, "user_leave was not recorded");
	assert_string_equal(verify.checks[CHECK_witness].skipped, "user_enter was not recorded");
	assert_string_equal(verify.checks[CHECK_exits].skipped, "");
	expect_report("verify-filtered.txt");
}

static int clean(void **state)
{
	trace_close(&trace);
	return build_clean(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),           cmocka_unit_test(test_many_findings),
		cmocka_unit_test(test_sequence),       cmocka_unit_test(test_losses),
		cmocka_unit_test(test_time),           cmocka_unit_test(test_packet_numbers),
		cmocka_unit_test(test_damage),         cmocka_unit_test(test_exits),
		cmocka_unit_test(test_kernel),         cmocka_unit_test(test_processes),
		cmocka_unit_test(test_exec_by_thread), cmocka_unit_test(test_threads),
		cmocka_unit_test(test_user),           cmocka_unit_test(test_kernel_in_user),
		cmocka_unit_test(test_causes),         cmocka_unit_test(test_witness),
		cmocka_unit_test(test_memory),         cmocka_unit_test(test_closed),
		cmocka_unit_test(test_snapshot),       cmocka_unit_test(test_filtered),
	};

	return cmocka_run_group_tests(tests, NULL, clean);
}
