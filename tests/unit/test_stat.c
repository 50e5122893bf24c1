/*
 * The figures of a run and the report about them, exactly as printed.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools/trace.c tools/cursor.c tools/metadata.c tools/info.c tools/names.c tools/tracedir.c tools/error.c tools/tracker.c tools/line.c tools/decode.c tools/decode_exit.c tools/decode_hypervisor.c tools/stat.c tools/account.c tools/tally.c tools/filter.c tools/lanes.c tools/row.c tools/selection.c tools/report.c tools/options.c
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
#include "tools/stat.h"
#include "vmx/exit_reasons.h"

static void expect_stat(const char *name, struct builder *builder)
{
	const char *place = build_place(name);
	static struct account account;
	struct error error;
	struct trace trace;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	build_directory(builder, place);
	assert_true(trace_open(&trace, place, &error));
	account_trace(&account, &trace);
	stat_print(out, &trace, &account);
	account_stop(&account);
	trace_close(&trace);
	fclose(out);
	expect_text(name, text);
	free(text);
}

static void test_whole(void **state)
{
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_stat("stat.txt", &builder);
}

/* Many ports: the smallest rows are summed up. In nanoseconds; with losses and filters. */
static void test_many(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	strcpy(b.info.time_unit, "ns");
	strcpy(b.info.engine, "kvm");
	b.info.tsc_hz = 2000000000;
	b.info.events[STREAM_USER] = 0;
	for (u64 port = 0; port < 20; port++) {
		build_wait(&b, 100);
		BUILD(&b, vm_entry, .result = 0);
		build_wait(&b, 100);
		BUILD(&b, vm_exit, .reason = EXIT_IO_INSTRUCTION, .qualification = port << 16 | 8);
		build_wait(&b, 100 * port);
	}
	build_wait(&b, 100);
	BUILD(&b, vm_entry, .result = 0);
	BUILD(&b, trace_drain, .begin = b.now - 50, .bytes = 4096, .stream = 0);
	build_packet(&b, STREAM_HYPERVISOR, 17);
	expect_stat("stat-many.txt", &b);
}

/* The calls in which threads end are calls that took time, too. */
static void test_threads(void **state)
{
	struct builder builder;

	(void)state;
	build_threads(&builder);
	expect_stat("stat-threads.txt", &builder);
}

static void test_bare(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	b.info.bare = 1;
	BUILD(&b, user_enter, .pid = 1);
	build_wait(&b, 70);
	BUILD(&b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(&b, syscall_entry, .number = SYSCALL_exit_group, .pid = 1);
	build_wait(&b, 30);
	BUILD(&b, process_exit, .pid = 1);
	expect_stat("stat-bare.txt", &b);
}

static void test_tiers(void **state)
{
	static struct account account;
	struct builder builder;
	struct error error;
	struct trace trace;

	(void)state;
	build_hello(&builder);
	build_directory(&builder, build_place("tiers"));
	assert_true(trace_open(&trace, build_place("tiers"), &error));
	account_trace(&account, &trace);
	assert_int_equal(account.tracker.time[0] + account.tracker.time[1] +
	                         account.tracker.time[2],
	                 trace.info.tsc_end - trace.info.tsc_begin);
	assert_int_equal(account.tracker.waiting, 500);
	assert_int_equal(account.exits, 7);
	assert_int_equal(account.syscalls, 3);
	account_stop(&account);
	trace_close(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),   cmocka_unit_test(test_many),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_bare),
		cmocka_unit_test(test_tiers),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
