/*
 * The figures of a run and the report about them, exactly as printed.
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
#include "abi/hypercall.h"
#include "abi/syscalls.h"
#include "tools/stat.h"
#include "vmx/exit_reasons.h"

/* How a report is asked for. */
struct asked {
	struct account_choice choice;
	struct stat_choice stat;
	void (*print)(FILE *out, const struct stat_report *report);
};

static const struct asked whole = {.stat = {.columns = 120}, .print = stat_print};

/* The report about a trace that was built at a place; the caller frees. */
static char *report_of(const char *place, const struct asked *asked)
{
	static struct account account;
	struct error error = {""};
	struct trace trace;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_true(trace_load(&trace, place, &error));
	assert_true(account_unchecked(&account, &trace, &asked->choice, &error));
	asked->print(out, &(struct stat_report){&trace, &account, asked->stat});
	account_stop(&account);
	trace_close(&trace);
	fclose(out);
	return text;
}

static void expect_asked(const char *name, struct builder *builder, const struct asked *asked)
{
	const char *place = build_place(name);
	char *text;

	build_directory(builder, place);
	text = report_of(place, asked);
	expect_text(name, text);
	free(text);
}

static void expect_stat(const char *name, struct builder *builder)
{
	expect_asked(name, builder, &whole);
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

/* A guest whose trace says what records cost, that empties its rings and is observed. */
static void build_traced(struct builder *b)
{
	build_start(b);
	strcpy(b->info.observe, "both");
	BUILD(b, exit_record_cost, .records = 100, .ticks = 350);
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 100);
	BUILD(b, record_cost, .pid = 0, .records = 10, .ticks = 25);
	BUILD(b, user_enter, .pid = 1);
	build_wait(b, 200);
	BUILD(b, mark, .pid = 1, .value = 1, .text = "here");
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000306);
	BUILD(b, seen_syscall, .number = SYSCALL_write, .cr3 = 0x1000, .arg0 = 1);
	BUILD(b, seen_text, .call = 3, .argument = 1, .bytes = 2, .whole = 2, .text = "hi");
	build_wait(b, 60);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .pid = 1, .number = SYSCALL_write, .arg0 = 1);
	build_wait(b, 20);
	BUILD(b, vm_exit, .reason = EXIT_VMCALL, .operand0 = HYPERCALL_trace_flush, .operand1 = 1);
	build_wait(b, 300);
	BUILD(b, trace_drain, .begin = b->now - 280, .bytes = 4096, .stream = STREAM_KERNEL);
	build_wait(b, 10);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 30);
	BUILD(b, vm_exit, .reason = EXIT_CPUID, .operand0 = 1);
	build_wait(b, 100);
	BUILD(b, trace_drain, .begin = b->now - 80, .bytes = 512, .stream = STREAM_HYPERVISOR);
	build_wait(b, 10);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, syscall_exit, .pid = 1, .number = SYSCALL_write, .result = 2);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000306);
	BUILD(b, seen_return, .number = SYSCALL_write, .call = 3, .result = 2);
	BUILD(b, seen_return, .number = SYSCALL_read, .call = 77, .result = -5);
	build_wait(b, 40);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000b0e);
	BUILD(b, seen_fault, .address = 0x601000, .error_code = 6, .cpl = 3);
	build_wait(b, 15);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000306);
	build_wait(b, 33); /* the guest's own #UD: nobody needs it for the trace */
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 500);
}

/* Costs of tracing, each once; and what ring -1 saw, for whoever asks. */
static void test_tracing(void **state)
{
	const struct asked asked = {.stat = {120, true, true}, .print = stat_print};
	struct builder builder;

	(void)state;
	build_traced(&builder);
	expect_asked("stat-tracing.txt", &builder, &asked);
}

/* The sums by hand: 21 records of ring -1, of which 14 lie in exits that only the trace needs. */
static void test_tracing_sums(void **state)
{
	static struct account account;
	const struct tracing *tracing = &account.tracing;
	struct builder builder;
	struct error error;
	struct trace trace;
	u64 ticks;

	(void)state;
	build_traced(&builder);
	build_directory(&builder, build_place("sums"));
	assert_true(trace_open(&trace, build_place("sums"), &error));
	account_trace(&account, &trace);
	assert_int_equal(account.events[STREAM_HYPERVISOR], 21);
	assert_int_equal(tracing->sums[TRACING_hypervisor_records].count, 7);
	assert_true(tracing_ticks(tracing, TRACING_hypervisor_records, &ticks));
	assert_int_equal(ticks, 7 * 350 / 100);
	assert_int_equal(tracing->sums[TRACING_flushes].ticks, 310);
	assert_int_equal(tracing->sums[TRACING_packets].ticks, 80);
	assert_int_equal(tracing->sums[TRACING_watching].count, 3);
	assert_int_equal(tracing->sums[TRACING_watching].ticks, 60 + 40 + 15);
	assert_int_equal(tracing_of_tier(tracing, STREAM_HYPERVISOR, UINT64_MAX),
	                 24 + 310 + 80 + 115);
	assert_int_equal(tracing_of_tier(tracing, STREAM_HYPERVISOR, 99), 99);
	assert_int_equal(tracing_of_tier(tracing, STREAM_USER, UINT64_MAX), 2);
	account_stop(&account);
	trace_close(&trace);
}

/* The guest's own log is off: what ring -1 saw stands in for it. */
static void test_seen(void **state)
{
	struct builder builder;

	(void)state;
	build_traced(&builder);
	strcpy(builder.info.observe, "hv");
	builder.info.events[STREAM_KERNEL] = builder.info.events[STREAM_USER] = 0;
	expect_stat("stat-seen.txt", &builder);
}

static void test_pid(void **state)
{
	struct asked asked = whole;
	struct builder builder;

	(void)state;
	asked.choice = (struct account_choice){.by_pid = true, .pid = 1};
	build_hello(&builder);
	expect_asked("stat-pid.txt", &builder, &asked);
}

/* From the middle of the second exit to the middle of the write: neither counts, times are cut. */
static void test_part(void **state)
{
	struct asked asked = whole;
	struct builder builder;

	(void)state;
	asked.choice = (struct account_choice){.from = 1000 + 620, .to = 1000 + 1000};
	build_hello(&builder);
	expect_asked("stat-part.txt", &builder, &asked);
}

static void test_behind_the_end(void **state)
{
	static struct account account;
	const struct account_choice choice = {.from = 1u << 30};
	struct builder builder;
	struct error error;
	struct trace trace;

	(void)state;
	build_hello(&builder);
	build_directory(&builder, build_place("behind"));
	assert_true(trace_load(&trace, build_place("behind"), &error));
	assert_true(account_unchecked(&account, &trace, &choice, &error));
	assert_int_equal(account.exits + account.syscalls + account.time[0] + account.time[1], 0);
	assert_int_equal(account.begin, account.end);
	account_stop(&account);
	trace_close(&trace);
}

/* Any cut in two: the tiers' times of both parts are those of the whole. */
static void test_parts_add_up(void **state)
{
	static struct account account;
	const char *place = build_place("parts");
	struct builder builder;
	struct error error;
	struct trace trace;

	(void)state;
	build_threads(&builder);
	build_directory(&builder, place);
	for (u64 cut = 1001; cut < 1236; cut++) {
		const struct account_choice choices[] = {{.to = cut}, {.from = cut}};
		u64 time[TRACE_STREAMS] = {0};

		for (u32 part = 0; part < 2; part++) {
			struct process_sum *sums;
			u64 sum = 0;

			assert_true(trace_load(&trace, place, &error));
			assert_true(account_unchecked(&account, &trace, &choices[part], &error));
			for (size_t i = account_processes(&account, &sums); i-- > 0;)
				sum += sums[i].cost.ticks[0] + sums[i].cost.ticks[1] +
				       sums[i].cost.ticks[2];
			assert_int_equal(sum, account.end - account.begin);
			for (u32 i = 0; i < TRACE_STREAMS; i++)
				time[i] += account.time[i];
			free(sums);
			account_stop(&account);
			trace_close(&trace);
		}
		assert_int_equal(time[STREAM_HYPERVISOR], 10);
		assert_int_equal(time[STREAM_KERNEL], 76);
		assert_int_equal(time[STREAM_USER], 150);
	}
}

/* For a terminal of 80 columns: less in each line, no line broken. */
static void test_narrow(void **state)
{
	const struct asked asked = {.stat = {.columns = 80}, .print = stat_print};
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_asked("stat-narrow.txt", &builder, &asked);
}

static void test_csv(void **state)
{
	const struct asked asked = {.print = stat_print_csv};
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_asked("stat.csv", &builder, &asked);
}

/* What an independent reader says about the JSON, in one line; skips if there is none. */
static void expect_read(const char *json, const char *filter, const char *answer)
{
	char path[256], command[640], got[128] = "";
	FILE *file;

	if (system("command -v jq >/dev/null"))
		skip();
	snprintf(path, sizeof(path), "%s", build_place("read.json"));
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(json, file);
	fclose(file);
	snprintf(command, sizeof(command), "jq -c '%s' %s", filter, path);
	file = popen(command, "re");
	assert_non_null(file);
	assert_non_null(fgets(got, sizeof(got), file));
	assert_int_equal(pclose(file), 0);
	got[strcspn(got, "\n")] = 0;
	assert_string_equal(got, answer);
}

static void test_json(void **state)
{
	const struct asked asked = {.print = stat_print_json};
	struct builder builder;
	char *text;

	(void)state;
	build_hello(&builder);
	strcpy(builder.info.command, "echo \"\\ \x80\"");
	builder.info.tsc_hz = UINT64_MAX;
	expect_asked("stat.json", &builder, &asked);
	text = report_of(build_place("stat.json"), &asked);
	expect_read(
		text,
		"[.tsc_hz, (.exits | length), ([.exits[] | select(.detail == null).count] | add)]",
		"[\"18446744073709551615\",11,7]");
	expect_read(text,
	            ".system_calls[] | select(.syscall == \"write\") | [.exits, .p99, .hypervisor]",
	            "[2,270,180]");
	expect_read(text, "[.time_by_tier[:5][].time] | add", "2170");
	free(text);
}

/* Every port a row: in JSON all are there. */
static void test_json_many(void **state)
{
	const struct asked asked = {.print = stat_print_json};
	struct builder b;
	char *text;

	(void)state;
	build_start(&b);
	for (u64 port = 0; port < 20; port++) {
		BUILD(&b, vm_entry, .result = 0);
		BUILD(&b, vm_exit, .reason = EXIT_IO_INSTRUCTION, .qualification = port << 16 | 8);
		build_wait(&b, port);
	}
	build_directory(&b, build_place("ports"));
	text = report_of(build_place("ports"), &asked);
	expect_read(text, "[.exits[] | select(.detail)] | [length, ([.[].total] | add)]",
	            "[20,190]");
	free(text);
}

/* Checked on the way, a trace is refused in the very words of trace_open, and as it was before. */
static void test_damaged(void **state)
{
	static const struct account_choice all, first = {.to = 1};
	static struct account account;
	const char *place = build_place("damaged");
	struct error words, error;
	struct builder builder;
	struct trace trace;

	(void)state;
	build_hello(&builder);
	build_finish(&builder);
	/* ring 3's head is met first in time; the files' order has ring 0 first */
	((struct trace_packet *)builder.streams[STREAM_USER].bytes)->magic = 1;
	((struct trace_record *)(builder.streams[STREAM_KERNEL].bytes +
	                         sizeof(struct trace_packet)))
		->id = 95;
	build_directory(&builder, place);
	assert_false(trace_open(&trace, place, &words));
	assert_non_null(strstr(words.text, "ring0_0 at byte 88: there is no event 95"));
	assert_true(trace_load(&trace, place, &error));
	assert_false(account_unchecked(&account, &trace, &all, &error));
	assert_string_equal(error.text, words.text);
	trace_close(&trace);
	/* also where the damage lies behind the part that was asked for */
	assert_true(trace_load(&trace, place, &error));
	assert_false(account_unchecked(&account, &trace, &first, &error));
	assert_string_equal(error.text, words.text);
	trace_close(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_tiers),
		cmocka_unit_test(test_tracing),
		cmocka_unit_test(test_tracing_sums),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_pid),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_behind_the_end),
		cmocka_unit_test(test_parts_add_up),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_many),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
