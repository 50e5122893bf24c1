/*
 * Ring 0's log of system calls against what ring -1 saw: verify is silent where they agree, and where
 * they do not it says exactly what, by whom, and who alone saw it.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/witness_story.c tests/unit/witness_judge.c tests/unit/expect.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/witness_judge.h"
#include "abi/syscalls.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

static void test_honest(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	honest_write(&b);
	honest_fault(&b);
	interrupt(&b, INJECT_20, 32);
	honest_fork(&b);
	run(&b);
	finds_nothing();
	assert_int_equal(verify.checks[CHECK_calls].summaries, 0);
}

/* What leaves a call by another way than it came is not held against it. */
static void test_returns_elsewhere(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	SEE(&b, .number = SYSCALL_pause); /* a handler is entered by SYSRET, RAX is its own */
	LOG(&b, 3, .number = SYSCALL_pause);
	BUILD(&b, signal_deliver, .pid = 3, .signal = 10, .handler = 0x401000);
	log_return(&b, 3, SYSCALL_pause, -4);
	see_return(&b, NO_CALL, NO_CALL, 0);
	SEE(&b, .number = SYSCALL_rt_sigreturn); /* by IRET */
	LOG(&b, 3, .number = SYSCALL_rt_sigreturn);
	log_return(&b, 3, SYSCALL_rt_sigreturn, -4);
	SEE(&b, .number = SYSCALL_getpid, .gate = 0x80); /* by IRET */
	LOG(&b, 3, .number = SYSCALL_getpid, .gate = 0x80);
	log_return(&b, 3, SYSCALL_getpid, 3);
	honest_write(&b);
	run(&b);
	finds_nothing();
}

static const char hidden[] =
	"write(1, 0x402010, 3) at 83 by cr3 0x12345000 (pid 3 sh): only ring -1 saw it";

static void test_hidden_call(void **state)
{
	struct builder b;
	u32 call;

	(void)state;
	begin(&b);
	honest_write(&b);
	call = SEE(&b, .number = SYSCALL_write, .arg0 = 1, .arg1 = 0x402010, .arg2 = 3);
	see_return(&b, call, SYSCALL_write, 3);
	honest_write(&b);
	run(&b);
	finds_exactly(CHECK_calls, hidden);
	assert_string_equal(verify.checks[CHECK_calls].summary[0],
	                    "1 call of pid 3 (sh) is missing in ring 0's log");
}

static void test_disguised_call(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	honest_write(&b);
	disguised_write(&b);
	interrupt(&b, INJECT_20, 32);
	honest_write(&b);
	run(&b);
	finds_exactly(CHECK_calls, hidden);
}

/* The last call of all may be hidden too; one that the end cut short is not. */
static void test_last_call(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	SEE(&b, .number = SYSCALL_exit_group);
	BUILD(&b, user_leave, .pid = 3, .gate = USER_GATE_interrupt);
	BUILD(&b, interrupt_entry, .vector = 32, .pid = 3);
	BUILD(&b, process_exit, .pid = 3);
	run(&b);
	finds_exactly(CHECK_calls,
	              "exit_group(0) at 43 by cr3 0x12345000 (pid 3 sh): only ring -1 saw it");
	begin(&b);
	honest_write(&b);
	SEE(&b, .number = SYSCALL_getpid);
	run(&b);
	finds_nothing();
}

static void test_invented_call(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	LOG(&b, 3, .number = SYSCALL_getpid);
	log_return(&b, 3, SYSCALL_getpid, 3);
	honest_write(&b);
	run(&b);
	finds_exactly(CHECK_calls, "getpid() at 40 by pid 3 sh: only ring 0's log has it");
	assert_string_equal(verify.checks[CHECK_calls].summary[0],
	                    "1 call of pid 3 (sh) is in ring 0's log alone");
}

/* Each field by itself. */
static void test_changed_call(void **state)
{
	static const struct {
		u32 number, gate;
		u64 arguments[6];
		const char *words;
	} cases[] = {
		{0, 0, {1, 2, 3}, "the number 0x1, ring 0's log has 0x0"},
		{1, 0x80, {1, 2, 3}, "the gate 0x0, ring 0's log has 0x80"},
		{1, 0, {9, 2, 3}, "argument 1 0x1, ring 0's log has 0x9"},
		{1, 0, {1, 9, 3}, "argument 2 0x2, ring 0's log has 0x9"},
		{1, 0, {1, 2, 9}, "argument 3 0x3, ring 0's log has 0x9"},
		{1, 0, {1, 2, 3, 9}, "argument 4 0x0, ring 0's log has 0x9"},
		{1, 0, {1, 2, 3, 0, 9}, "argument 5 0x0, ring 0's log has 0x9"},
		{1, 0, {1, 2, 3, 0, 0, 9}, "argument 6 0x0, ring 0's log has 0x9"},
	};
	char words[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const u64 *a = cases[i].arguments;
		struct builder b;

		begin(&b);
		SEE(&b, .number = SYSCALL_write, .arg0 = 1, .arg1 = 2, .arg2 = 3);
		LOG(&b, 3, .number = cases[i].number, .gate = cases[i].gate, .arg0 = a[0],
		    .arg1 = a[1], .arg2 = a[2], .arg3 = a[3], .arg4 = a[4], .arg5 = a[5]);
		log_return(&b, 3, cases[i].number, 3);
		run(&b);
		snprintf(words, sizeof(words),
		         "write(1, 0x2, 3) at 43 by cr3 0x12345000 (pid 3 sh): ring -1 saw %s",
		         cases[i].words);
		finds_exactly(CHECK_calls, words);
	}
}

static void test_changed_result(void **state)
{
	struct builder b;
	u32 call;

	(void)state;
	begin(&b);
	call = SEE(&b, .number = SYSCALL_read);
	LOG(&b, 3, .number = SYSCALL_read);
	log_return(&b, 3, SYSCALL_read, 5);
	see_return(&b, call, SYSCALL_read, -2);
	run(&b);
	finds_exactly(CHECK_calls, "read = -ENOENT at 59 by cr3 0x12345000 (pid 3 sh): ring 0's "
	                           "log has read = 5");
	begin(&b);
	call = SEE(&b, .number = SYSCALL_read);
	LOG(&b, 3, .number = SYSCALL_read);
	BUILD(&b, signal_deliver, .pid = 3, .signal = 10, .handler = 0x401000);
	see_return(&b, call, SYSCALL_read, -2);
	run(&b);
	finds_exactly(CHECK_calls, "read = -ENOENT at 57 by cr3 0x12345000 (pid 3 sh): only ring "
	                           "-1 saw it return");
}

static void test_skipped(void **state)
{
	static const struct {
		const char *observe;
		bool bare;
		const char *reason;
	} cases[] = {
		{"guest", false,
	         "only ring 0 recorded them; `run --observe both` has two witnesses"},
		{"hv", false, "only ring -1 recorded them; `run --observe both` has two witnesses"},
		{"both", true, "the guest kernel ran without ring -1"},
		{"", false, "only ring 0 recorded them; `run --observe both` has two witnesses"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct builder b;

		build_start(&b);
		strcpy(b.info.observe, cases[i].observe);
		b.info.bare = cases[i].bare;
		BUILD(&b, process_fork, .child = 3);
		run(&b);
		assert_string_equal(verify.checks[CHECK_calls].skipped, cases[i].reason);
		assert_string_equal(verify.checks[CHECK_faults].skipped, cases[i].reason);
	}
}

static void test_filtered_and_lost(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	b.info.events[STREAM_HYPERVISOR] &= ~(1u << EVENT_seen_return);
	SEE(&b, .number = SYSCALL_getpid);
	interrupt(&b, INJECT_20, 32);
	run(&b);
	assert_int_equal(verify_findings(&verify), 0);
	assert_string_equal(verify.checks[CHECK_calls].skipped, "seen_return was not recorded");
	begin(&b);
	SEE(&b, .number = SYSCALL_getpid);
	build_packet(&b, STREAM_KERNEL, 1);
	interrupt(&b, INJECT_20, 32);
	run(&b);
	assert_string_equal(verify.checks[CHECK_calls].skipped, "events were lost");
	assert_string_equal(verify.checks[CHECK_links].skipped, "events were lost");
	assert_int_equal(verify_findings(&verify), verify.checks[CHECK_losses].findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),       cmocka_unit_test(test_returns_elsewhere),
		cmocka_unit_test(test_hidden_call),  cmocka_unit_test(test_disguised_call),
		cmocka_unit_test(test_last_call),    cmocka_unit_test(test_invented_call),
		cmocka_unit_test(test_changed_call), cmocka_unit_test(test_changed_result),
		cmocka_unit_test(test_skipped),      cmocka_unit_test(test_filtered_and_lost),
	};

	return cmocka_run_group_tests(tests, NULL, clean);
}
