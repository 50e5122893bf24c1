/*
 * The same of page faults, interrupts and causes; and the report of it all.
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

static void test_hidden_fault(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	see_fault(&b, 3, 0x601000, INJECT_PF);
	interrupt(&b, INJECT_20, 32);
	run(&b);
	finds_exactly(CHECK_faults,
	              "#PF at 0x601000 (user write, not present), rip 0x400123, at 43 "
	              "by cr3 0x12345000 (pid 3 sh): only ring -1 saw it");
	assert_string_equal(verify.checks[CHECK_faults].summary[0],
	                    "1 fault of pid 3 (sh) is missing in ring 0's log");
}

static void test_invented_fault(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, user_leave, .pid = 3, .gate = USER_GATE_page_fault);
	log_fault(&b, 0x601000, 6);
	run(&b);
	finds_exactly(CHECK_faults,
	              "#PF at 0x601000 (user write, not present), rip 0x400123, at 40 "
	              "by pid 3 sh: only ring 0's log has it");
}

static void test_changed_fault(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	see_fault(&b, 3, 0x601000, INJECT_PF);
	BUILD(&b, user_leave, .pid = 3, .gate = USER_GATE_page_fault);
	log_fault(&b, 0x602000, 6);
	run(&b);
	finds_exactly(CHECK_faults,
	              "#PF at 0x601000 (user write, not present), rip 0x400123, at 43 by pid 3 sh: "
	              "ring -1 saw address 0x601000, ring 0's log has 0x602000");
	begin(&b);
	see_fault(&b, 3, 0x601000, INJECT_PF);
	BUILD(&b, user_leave, .pid = 3, .gate = USER_GATE_page_fault);
	log_fault(&b, 0x601000, 4);
	run(&b);
	finds_exactly(CHECK_faults,
	              "#PF at 0x601000 (user write, not present), rip 0x400123, at 43 by pid 3 sh: "
	              "ring -1 saw error code 0x6, ring 0's log has 0x4");
}

/* A #PF that ring 0 never got, or that nobody is left to log. */
static void test_abandoned_faults(void **state)
{
	struct builder b;

	(void)state;
	begin(&b); /* ring -1 gave ring 0 another event */
	see_fault(&b, 3, 0x601000, INJECT_DF);
	interrupt(&b, INJECT_20, 32);
	run(&b);
	finds_nothing();
	begin(&b); /* its delivery failed */
	see_fault(&b, 3, 0x601000, INJECT_PF);
	BUILD(&b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .idt_vectoring_info = INJECT_PF);
	BUILD(&b, seen_fault, .address = 0xffffffff80000000, .cr3 = CR3);
	BUILD(&b, vm_entry, .interruption_info = INJECT_DF);
	interrupt(&b, INJECT_20, 32);
	run(&b);
	finds_nothing();
	begin(&b); /* the end */
	see_fault(&b, 3, 0x601000, INJECT_PF);
	run(&b);
	finds_nothing();
}

/* As it boots, ring 0 has no ring to write to. */
static void test_fault_before_log(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	strcpy(b.info.observe, "both");
	BUILD(&b, vm_entry, .result = 0);
	see_fault(&b, 0, 0x1000, INJECT_PF);
	see_fault(&b, 0, 0x2000, INJECT_PF);
	BUILD(&b, protection, .asked = 1, .granted = 1, .name = "SMEP");
	run(&b);
	finds_nothing();
}

static void test_invented_interrupt(void **state)
{
	static const char words[] = "interrupt_entry, number 3 of ring 0, at 43: ring -1 has "
				    "injected no such interrupt";
	struct builder b;

	(void)state;
	begin(&b);
	interrupt(&b, 0, 32);
	run(&b);
	finds_exactly(CHECK_causes, words);
	begin(&b);
	interrupt(&b, INJECT_20, 33);
	run(&b);
	finds_exactly(CHECK_causes, words);
	begin(&b); /* one injection is for one interrupt */
	interrupt(&b, INJECT_20, 32);
	interrupt(&b, 0, 32);
	run(&b);
	finds_exactly(CHECK_causes, "interrupt_entry, number 5 of ring 0, at 54: ring -1 has "
	                            "injected no such interrupt");
}

/* A wrong cause of each kind of record. */
static void test_links(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	BUILD(&b, mark, .pid = 3, .cause = 7);
	honest_write(&b);
	run(&b);
	finds_exactly(CHECK_links, "mark, number 1 of ring 3, at 40: it says that it happened in "
	                           "number 7 of ring 0, not in number 0 of ring 3");
	begin(&b);
	BUILD(&b, user_leave, .pid = 3, .gate = USER_GATE_none, .cause = CAUSE_USER | 5);
	run(&b);
	finds_exactly(CHECK_links,
	              "user_leave, number 1 of ring 3, at 40: it says that it happened "
	              "in number 5 of ring 3, not in number 0 of ring 3");
	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	BUILD(&b, user_enter, .pid = 3, .cause = 4);
	run(&b);
	finds_exactly(CHECK_links, "user_enter, number 0 of ring 3, at 0: it says that it happened "
	                           "in number 4 of ring 0, not in none");
}

static void test_links_of_ring_0(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	SEE(&b, .number = SYSCALL_fork);
	LOG(&b, 3, .number = SYSCALL_fork, .cause = CAUSE_NONE);
	run(&b);
	finds_exactly(CHECK_links, "syscall_entry, number 3 of ring 0, at 49: it says that it "
	                           "happened in none, not in number 0 of ring 3");
	begin(&b);
	SEE(&b, .number = SYSCALL_fork);
	LOG(&b, 3, .number = SYSCALL_fork);
	BUILD(&b, process_fork, .pid = 3, .child = 4, .cause = CAUSE_NONE);
	run(&b);
	finds_exactly(CHECK_links, "process_fork, number 4 of ring 0, at 54: it says that it "
	                           "happened in none, not in number 3 of ring 0");
	begin(&b);
	SEE(&b, .number = SYSCALL_fork);
	LOG(&b, 3, .number = SYSCALL_fork);
	BUILD(&b, syscall_exit, .pid = 3, .number = SYSCALL_fork, .cause = 2);
	run(&b);
	finds_exactly(CHECK_links, "syscall_exit, number 4 of ring 0, at 54: it says that it "
	                           "happened in number 2 of ring 0, not in number 3 of ring 0");
}

static void expect_report(const char *name, void (*print)(FILE *, const struct verify *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(out, &verify);
	fclose(out);
	expect_text(name, text);
	free(text);
}

/* More than are kept, of two processes. */
static void test_report(void **state)
{
	struct builder b;

	(void)state;
	begin(&b);
	honest_fork(&b);
	for (int i = 0; i < 24; i++)
		disguised_write(&b);
	SEE_IN(&b, 0x999000, .number = SYSCALL_getpid);
	interrupt(&b, INJECT_20, 32);
	run(&b);
	assert_int_equal(verify.checks[CHECK_calls].findings, 25);
	expect_report("verify-liar.txt", verify_print);
	expect_report("verify-liar.json", verify_json);
}

/* One record in eight gets another payload. */
static void damage(struct builder_stream *data, u32 *seed)
{
	size_t at = sizeof(struct trace_packet);

	while (at < data->size) {
		size_t size = event_kinds[data->bytes[at + 8]].size;

		*seed = *seed * 1664525 + 1013904223;
		for (size_t i = sizeof(struct trace_record); *seed >> 29 == 0 && i < size; i++)
			data->bytes[at + i] = (u8)((*seed >> 9) * (u32)i >> 3);
		at += size;
	}
}

/* Whatever the payloads hold, verify comes to its end. */
static void test_hostile_payloads(void **state)
{
	u32 seed = 1;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct builder b;

		begin(&b);
		honest_fork(&b);
		disguised_write(&b);
		for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
			damage(&b.streams[stream], &seed);
		run(&b);
		assert_int_equal(verify.checks[CHECK_records].findings, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden_fault),
		cmocka_unit_test(test_invented_fault),
		cmocka_unit_test(test_changed_fault),
		cmocka_unit_test(test_abandoned_faults),
		cmocka_unit_test(test_fault_before_log),
		cmocka_unit_test(test_invented_interrupt),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_links_of_ring_0),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_hostile_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, clean);
}
