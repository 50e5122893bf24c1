/*
 * What is selected of a trace: by tier, process, event, time and duration, one by one and together;
 * times as people write them; what is said about words that cannot be meant.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "tools/names.h"
#include "tools/selection.h"
#include "vmx/exit_reasons.h"

/* Two processes, sh and wc: calls, exits, a fault in one of them. */
static void build(struct builder *b)
{
	build_start(b);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, process_exec, .pid = 1, .program = "/bin/sh");
	BUILD(b, user_enter, .pid = 1);
	build_wait(b, 100);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .pid = 1, .number = SYSCALL_fork);
	build_wait(b, 1000);
	BUILD(b, process_fork, .pid = 1, .child = 2);
	BUILD(b, syscall_exit, .pid = 1, .number = SYSCALL_fork, .result = 2);
	BUILD(b, context_switch, .pid = 1, .next_pid = 2);
	BUILD(b, process_exec, .pid = 2, .program = "wc");
	BUILD(b, thread_create, .pid = 2, .tid = 3);
	BUILD(b, user_enter, .pid = 2);
	build_wait(b, 50);
	BUILD(b, vm_exit, .reason = EXIT_CPUID);
	build_wait(b, 300);
	BUILD(b, vm_entry, .result = 1);
	BUILD(b, user_leave, .pid = 2, .gate = USER_GATE_page_fault);
	BUILD(b, page_fault_entry, .pid = 2, .address = 0x1000);
	build_wait(b, 20);
	BUILD(b, page_fault_exit, .pid = 2, .outcome = FAULT_OUTCOME_demand_zero);
	BUILD(b, context_switch, .pid = 2, .next_pid = 3);
	BUILD(b, user_enter, .pid = 3);
}

struct found {
	u32 count;
	u32 by_event[EVENT_LIMIT];
};

/* What is selected of it; the first record is at time 0. */
static struct found select_of(struct selection selection, bool nanoseconds)
{
	const char *place = build_place("selection");
	const struct trace_record *record;
	struct found found = {0};
	struct trace_cursor cursor;
	struct tracker tracker;
	struct track_step step;
	struct builder builder;
	struct error error;
	struct trace trace;

	build(&builder);
	if (nanoseconds) {
		strcpy(builder.info.time_unit, "ns");
		builder.info.tsc_hz = 2000000000;
	}
	build_directory(&builder, place);
	assert_true(trace_open(&trace, place, &error));
	assert_true(selection_settle(&selection, &trace.info, &error));
	tracker_start(&tracker, false, trace.info.tsc_begin);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		tracker_step(&tracker, record, &step);
		if (!selection_has(&selection, &tracker, &step))
			continue;
		found.count++;
		found.by_event[record->id]++;
	}
	tracker_stop(&tracker);
	trace_close(&trace);
	return found;
}

#define SELECT(...) select_of((struct selection){__VA_ARGS__}, false)

static void test_everything(void **state)
{
	(void)state;
	assert_int_equal(SELECT(0).count, 18);
	assert_int_equal(SELECT(.tier = "3,0,-1", .events = "all", .from = "0").count, 18);
	assert_int_equal(SELECT(.events = "none").count, 0);
}

static void test_tiers(void **state)
{
	struct found found;

	(void)state;
	found = SELECT(.tier = "-1");
	assert_int_equal(found.count, 3);
	assert_int_equal(found.by_event[EVENT_vm_exit], 1);
	assert_int_equal(SELECT(.tier = "3").count, 5);
	assert_int_equal(SELECT(.tier = "0").count, 10);
	assert_int_equal(SELECT(.tier = "0,-1").count, 13);
	/* Together with events: what both let through. */
	assert_int_equal(SELECT(.tier = "3,0", .events = "exits,syscalls").count, 2);
}

static void test_processes(void **state)
{
	struct found found;

	(void)state;
	found = SELECT(.process = "sh");
	assert_int_equal(found.by_event[EVENT_syscall_entry], 1);
	assert_int_equal(found.by_event[EVENT_page_fault_entry], 0);
	assert_int_equal(SELECT(.process = "/bin/sh").count, found.count);
	assert_int_equal(SELECT(.process = "1").count, found.count);
	assert_int_equal(SELECT(.process = "bin").count, 0);
	found = SELECT(.process = "wc");
	assert_int_equal(found.by_event[EVENT_vm_exit], 1);
	assert_int_equal(found.by_event[EVENT_page_fault_exit], 1);
	assert_int_equal(found.by_event[EVENT_process_exec], 1);
	/* A process's threads are of it, and a thread can be asked for alone. */
	assert_int_equal(found.by_event[EVENT_user_enter], 2);
	assert_int_equal(SELECT(.process = "2").count, found.count);
	assert_int_equal(SELECT(.process = "3").count, 1);
	assert_int_equal(SELECT(.process = "nobody,wc").count, found.count);
	assert_int_equal(SELECT(.process = "w").count, 0);
}

static void test_times(void **state)
{
	struct found all = SELECT(0), early, late;

	(void)state;
	early = SELECT(.to = "999");
	late = SELECT(.from = "1k");
	assert_int_equal(early.count + late.count, all.count);
	assert_int_equal(early.by_event[EVENT_syscall_entry], 1);
	assert_int_equal(late.by_event[EVENT_syscall_exit], 1);
	assert_int_equal(SELECT(.from = "999G").count, 0);
	assert_int_equal(SELECT(.to = "18446744073709551615").count, all.count);
	/* At two ticks a nanosecond everything is half as late. */
	early = select_of((struct selection){.to = "499ns"}, true);
	late = select_of((struct selection){.from = "0.5us"}, true);
	assert_int_equal(early.count + late.count, all.count);
	assert_true(early.count && late.count);
}

static void test_durations(void **state)
{
	struct found found;

	(void)state;
	found = SELECT(.at_least = "300");
	assert_int_equal(found.by_event[EVENT_vm_entry], 1);
	assert_int_equal(found.by_event[EVENT_syscall_exit], 1);
	assert_int_equal(found.by_event[EVENT_user_leave], 1);
	assert_int_equal(found.count, 3);
	assert_int_equal(SELECT(.at_least = "1.1k").count, 0);
	assert_int_equal(SELECT(.at_most = "40").by_event[EVENT_page_fault_exit], 1);
	assert_int_equal(SELECT(.at_most = "40").by_event[EVENT_syscall_exit], 0);
}

static void span(const char *text, u64 value, bool in_time)
{
	bool time = !in_time;
	u64 found = 0;

	assert_true(parse_span(text, &found, &time));
	assert_int_equal(found, value);
	assert_int_equal(time, in_time);
}

static void test_spans(void **state)
{
	static const char *const bad[] = {"",
	                                  "k",
	                                  "-1",
	                                  "1x",
	                                  "1.",
	                                  "1kk",
	                                  "1,",
	                                  ",1",
	                                  "1 k",
	                                  ".5",
	                                  "1e3",
	                                  "0x10",
	                                  "18446744073709551616",
	                                  "19000000000G",
	                                  "1.5.5"};
	u64 value;
	bool time;

	(void)state;
	span("0", 0, false);
	span("9,349,477", 9349477, false);
	span("9.3M", 9300000, false);
	span("5k", 5000, false);
	span("1.0005ms", 1000500, true);
	span("2s", 2000000000, true);
	span("1.9999999999", 1, false);
	span("18446744073709551615", UINT64_MAX, false);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_span(bad[i], &value, &time));
}

static void refused(struct selection selection, const char *sentence)
{
	static const struct trace_info ticks = {.time_unit = "ticks"};
	struct error error;

	assert_false(selection_settle(&selection, &ticks, &error));
	assert_string_equal(error.text, sentence);
}

#define REFUSED(sentence, ...) refused((struct selection){__VA_ARGS__}, sentence)

static void test_refusals(void **state)
{
	(void)state;
	REFUSED("--tier knows the rings 3, 0 and -1, not \"2\".", .tier = "3,2");
	REFUSED("--tier knows the rings 3, 0 and -1, not \"\".", .tier = "");
	REFUSED("--tier knows the rings 3, 0 and -1, not \"\".", .tier = "3,");
	REFUSED("--process wants a process's number or program, not \"\".", .process = "");
	REFUSED("--to wants a time such as 9300000, 9.3M or, where the trace has time, 12ms, not "
	        "\"soon\".",
	        .to = "soon");
	REFUSED("--at-least 3us: this trace has ticks, not time; leave the unit out.",
	        .at_least = "3us");
	REFUSED("--from 5k is more than --to 2k.", .from = "5k", .to = "2k");
	REFUSED("--at-least 2 is more than --at-most 1.", .at_least = "2", .at_most = "1");
}

static void test_description(void **state)
{
	struct selection selection = {.tier = "-1", .at_least = "5k"};
	struct line line;

	(void)state;
	line_clear(&line);
	selection_describe(&line, &selection);
	assert_string_equal(line.text, "--tier -1 --at-least 5k");
	line_clear(&line);
	selection_describe(&line, &(struct selection){0});
	assert_string_equal(line.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything), cmocka_unit_test(test_tiers),
		cmocka_unit_test(test_processes),  cmocka_unit_test(test_times),
		cmocka_unit_test(test_durations),  cmocka_unit_test(test_spans),
		cmocka_unit_test(test_refusals),   cmocka_unit_test(test_description),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
