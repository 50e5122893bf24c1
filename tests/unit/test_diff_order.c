/*
 * A difference that is about nothing but when children end, and what looks like one.
 *
 * Sources: tools/diff_order.c
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "abi/syscalls.h"
#include "tools/diff.h"

static void test_order(void **state)
{
	struct trace_signal_deliver child = {.record.id = EVENT_signal_deliver, .signal = 17};
	struct trace_signal_deliver other = {.record.id = EVENT_signal_deliver, .signal = 10};
	struct trace_syscall_exit wait = {
		.record.id = EVENT_syscall_exit, .number = SYSCALL_wait4, .result = 5};
	struct trace_syscall_exit read = {.record.id = EVENT_syscall_exit, .number = SYSCALL_read};
	struct trace_page_fault_exit fault = {.record.id = EVENT_page_fault_exit};
	struct difference difference = {
		.items = {3, 1},
		.shown = {{{DIFF_signals, &child.record, NULL},
	                   {DIFF_results, &wait.record, NULL},
	                   {DIFF_faults, &fault.record, NULL}},
	                  {{DIFF_results, &wait.record, NULL}}},
	};

	(void)state;
	assert_true(difference_is_order(&difference));
	wait.result = -10; /* ECHILD: that there is none to wait for is no end of one */
	assert_false(difference_is_order(&difference));
	wait.result = 5;
	difference.shown[0][0].record = &other.record; /* another signal is no end of a child's */
	assert_false(difference_is_order(&difference));
	difference.shown[0][0].record = &read.record;
	assert_false(difference_is_order(&difference));
	difference.shown[0][0].record = &child.record;
	difference.items[0] = 4;
	difference.shown[0][3].record = &read.record;
	assert_false(difference_is_order(&difference));
	difference.shown[0][3].record = &wait.record;
	assert_true(difference_is_order(&difference));
	difference.items[0] = DIFFERENCE_KEPT + 1; /* too much behind it that nobody knows */
	assert_false(difference_is_order(&difference));
	difference.items[0] = difference.items[1] = 1;
	difference.shown[0][0].record = difference.shown[1][0].record = &fault.record;
	assert_false(difference_is_order(&difference)); /* faults alone are none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
