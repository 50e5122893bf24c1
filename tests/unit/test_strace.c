/*
 * The lines of `strace`, exactly as printed: calls with what they caused, threads that interrupt
 * each other, signals, ends, of either witness; filters; the table; and traces that lie.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "lib/texts.h"
#include "tools/strace_lines.h"
#include "vmx/exit_reasons.h"

static struct strace_style style(void)
{
	struct strace_style made = {.call = {.string_size = 32, .names = true}, .children = true};
	struct error error;

	assert_true(call_filter_parse(NULL, &made.filter, &error));
	return made;
}

/* The lines of a built trace as text; the caller frees. */
static char *lines_of(struct builder *builder, const struct strace_style *style)
{
	static struct strace strace;
	struct strace_style settled = *style;
	const struct trace_record *record;
	const char *place = build_place("strace");
	struct trace_cursor cursor;
	struct trace trace;
	struct error error;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	build_directory(builder, place);
	assert_true(trace_open(&trace, place, &error));
	assert_true(selection_settle(&settled.selection, &trace.info, &error));
	strace_start(&strace, out, &settled, &trace.info);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		strace_record(&strace, record);
	strace_end(&strace);
	trace_close(&trace);
	fclose(out);
	return text;
}

static void expect_lines(const char *name, struct builder *builder,
                         const struct strace_style *style)
{
	char *text = lines_of(builder, style);

	expect_text(name, text);
	free(text);
}

/* From ring 3 into a call. */
static void call(struct builder *b, u32 pid, u32 number, const u64 arguments[6])
{
	BUILD(b, user_enter, .pid = pid);
	build_wait(b, 100);
	BUILD(b, user_leave, .pid = pid, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .pid = pid, .number = number, .arg0 = arguments[0],
	      .arg1 = arguments[1], .arg2 = arguments[2], .arg3 = arguments[3]);
	build_wait(b, 20);
}

static void text(struct builder *b, u32 pid, u32 argument, const char *bytes, u32 size)
{
	struct trace_syscall_text text = {
		.pid = pid, .argument = argument, .bytes = size, .whole = size};

	memcpy(text.text, bytes, size);
	build_record(b, EVENT_syscall_text, &text);
}

static void returns(struct builder *b, u32 pid, u32 number, s64 result)
{
	build_wait(b, 30);
	BUILD(b, syscall_exit, .pid = pid, .number = number, .result = result);
}

static void exits(struct builder *b, u32 reason, u64 qualification, u64 ticks)
{
	BUILD(b, vm_exit, .reason = reason, .qualification = qualification);
	build_wait(b, ticks);
	BUILD(b, vm_entry, .result = 0);
}

#define ARGUMENTS(...)                                                                             \
	(const u64[6])                                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* A write with all that can happen in it: a fault with an exit, exits of one kind, an interrupt. */
static void build_write(struct builder *b)
{
	call(b, 1, SYSCALL_write, ARGUMENTS(1, 0x402000, 3));
	text(b, 1, 1, "hi\n", 3);
	exits(b, EXIT_CPUID, 0, 40);
	BUILD(b, page_fault_entry, .pid = 1, .address = 0x402000, .error_code = 2);
	build_wait(b, 200);
	exits(b, EXIT_EPT_VIOLATION, 2, 524);
	build_wait(b, 76);
	BUILD(b, page_fault_exit, .pid = 1, .outcome = FAULT_OUTCOME_copy_on_write);
	for (u32 i = 0; i < 3; i++)
		exits(b, EXIT_IO_INSTRUCTION, 0x3f8ull << 16, 1000);
	exits(b, EXIT_IO_INSTRUCTION, 0x3f9ull << 16, 1000);
	BUILD(b, interrupt_entry, .pid = 1, .vector = 32);
	build_wait(b, 15);
	BUILD(b, interrupt_exit, .pid = 1, .vector = 32);
	returns(b, 1, SYSCALL_write, 3);
}

/* Process 1 makes process 2 and waits for it; each interrupts the other's lines. */
static void build_family(struct builder *b)
{
	call(b, 1, SYSCALL_clone, ARGUMENTS(17));
	BUILD(b, process_fork, .pid = 1, .child = 2);
	returns(b, 1, SYSCALL_clone, 2);
	call(b, 1, SYSCALL_wait4, ARGUMENTS((u64)-1, 0x7000, 0, 0));
	BUILD(b, context_switch, .pid = 1, .next_pid = 2);
	call(b, 2, SYSCALL_execve, ARGUMENTS(0x5000, 0x6000, 0));
	text(b, 2, 0, "/bin/ls", 7);
	text(b, 2, 1, "ls", 2);
	BUILD(b, process_exec, .pid = 2, .program = "ls");
	returns(b, 2, SYSCALL_execve, 0);
	call(b, 2, SYSCALL_read, ARGUMENTS(0, 0x8000, 64));
	BUILD(b, context_switch, .pid = 2, .next_pid = 0);
	build_wait(b, 4000);
	BUILD(b, context_switch, .pid = 0, .next_pid = 2);
	text(b, 2, 1, "typed\n", 6);
	returns(b, 2, SYSCALL_read, 6);
	call(b, 2, SYSCALL_exit_group, ARGUMENTS(3));
	BUILD(b, process_exit, .pid = 2, .status = 3);
	BUILD(b, context_switch, .pid = 2, .next_pid = 1);
	text(b, 1, 1, "\0\3\0\0", 4);
	BUILD(b, signal_deliver, .pid = 1, .signal = 17, .handler = 0x401000);
	returns(b, 1, SYSCALL_wait4, 2);
}

/* Two threads of one process, of which one ends by itself and one is killed in a call. */
static void build_end(struct builder *b)
{
	call(b, 1, SYSCALL_clone, ARGUMENTS(0x10d00));
	BUILD(b, thread_create, .pid = 1, .tid = 4);
	returns(b, 1, SYSCALL_clone, 4);
	call(b, 1, SYSCALL_clone, ARGUMENTS(0x10d00));
	BUILD(b, thread_create, .pid = 1, .tid = 5);
	returns(b, 1, SYSCALL_clone, 5);
	BUILD(b, context_switch, .pid = 1, .next_pid = 4);
	call(b, 4, SYSCALL_exit, ARGUMENTS(9));
	BUILD(b, thread_exit, .pid = 4);
	BUILD(b, context_switch, .pid = 4, .next_pid = 5);
	call(b, 5, SYSCALL_futex, ARGUMENTS(0x9000, 0x80, 1, 0));
	BUILD(b, context_switch, .pid = 5, .next_pid = 1);
	call(b, 1, SYSCALL_kill, ARGUMENTS(1, 9));
	BUILD(b, process_exit, .pid = 1, .signal = 9);
	BUILD(b, process_fork, .pid = 0, .child = 6);
	BUILD(b, context_switch, .pid = 1, .next_pid = 6);
	BUILD(b, process_exec, .pid = 6, .program = "init");
	call(b, 6, SYSCALL_pause, ARGUMENTS(0));
}

static void build_calls(struct builder *b, bool ticks)
{
	build_start(b);
	if (!ticks) {
		strcpy(b->info.engine, "kvm");
		strcpy(b->info.time_unit, "ns");
		b->info.tsc_hz = 2000000000;
	}
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, process_fork, .pid = 0, .child = 1);
	BUILD(b, context_switch, .pid = 0, .next_pid = 1);
	BUILD(b, process_exec, .pid = 1, .program = "sh");
	call(b, 1, SYSCALL_openat, ARGUMENTS((u64)-100, 0x401000, 02000000));
	text(b, 1, 1, "/none", 5);
	returns(b, 1, SYSCALL_openat, -2);
	call(b, 1, SYSCALL_openat, ARGUMENTS((u64)-100, 0x401000, 02000000));
	text(b, 1, 1, "etc/hostname", 12);
	returns(b, 1, SYSCALL_openat, 3);
	build_write(b);
	build_family(b);
	build_end(b);
}

/* Ring -1's records of two processes, one in a call while the other works. */
static void build_seen(struct builder *b)
{
	build_start(b);
	strcpy(b->info.observe, "hv");
	b->info.events[STREAM_KERNEL] = 0;
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 100);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = 3, .guest_cr3 = 0x1000);
	BUILD(b, seen_syscall, .number = SYSCALL_read, .cr3 = 0x1000, .rip = 1, .rsp = 2,
	      .arg1 = 0x9000, .arg2 = 64); /* record 2 */
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 10);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .guest_cr3 = 0x1000,
	      .interruption_info = 0x80000b0e);
	BUILD(b, seen_fault, .cr3 = 0x1000, .address = 0x9000, .error_code = 2);
	build_wait(b, 40);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 30);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = 3, .guest_cr3 = 0x2000);
	BUILD(b, seen_syscall, .number = SYSCALL_chdir, .cr3 = 0x2000, .rip = 1, .rsp = 2,
	      .arg0 = 0x100); /* record 8 */
	BUILD(b, seen_text, .call = 8, .bytes = 4, .whole = 4, .text = "/etc");
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 25);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .guest_cr3 = 0x2000);
	BUILD(b, seen_return, .number = SYSCALL_chdir, .call = 8, .cr3 = 0x2000, .rip = 1, .rsp = 2,
	      .result = -13);
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 25);
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .guest_cr3 = 0x1000);
	BUILD(b, seen_return, .number = UINT32_MAX, .call = UINT32_MAX, .cr3 = 0x1000, .rip = 1,
	      .rsp = 2, .result = 3);
	BUILD(b, seen_text, .call = 2, .argument = 1, .bytes = 3, .whole = 3, .text = "abc");
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
	for (u32 i = 0; i < 2; i++) { /* by IRET, unseen */
		BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = 3, .guest_cr3 = 0x1000);
		BUILD(b, seen_syscall, .number = SYSCALL_pause, .cr3 = 0x1000, .rip = 3, .rsp = 2);
		build_wait(b, 50);
		BUILD(b, vm_entry, .result = 0);
	}
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = 3, .guest_cr3 = 0x1000);
	BUILD(b, seen_syscall, .number = SYSCALL_exit_group, .cr3 = 0x1000, .rip = 4, .rsp = 2);
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
}

TEST(whole)
{
	struct strace_style all = style();
	struct builder builder;

	build_calls(&builder, true);
	expect_lines("strace.txt", &builder, &all);
}

TEST(in_time)
{
	struct strace_style all = style();
	struct builder builder;

	build_calls(&builder, false);
	expect_lines("strace-ns.txt", &builder, &all);
}

TEST(seen_by_ring_minus_1)
{
	struct strace_style all = style();
	struct builder builder;

	build_seen(&builder);
	assert_int_equal(calls_witness(&builder.info), WITNESS_HV);
	all.witness = WITNESS_HV;
	expect_lines("strace-hv.txt", &builder, &all);
}

TEST(table)
{
	struct strace_style summary = style();
	struct builder builder;

	summary.summary = true;
	build_calls(&builder, true);
	expect_lines("strace-table.txt", &builder, &summary);
	build_calls(&builder, false);
	expect_lines("strace-table-ns.txt", &builder, &summary);
	build_start(&builder);
	expect_lines("strace-table-empty.txt", &builder, &summary);
}

TEST(coloured)
{
	struct strace_style colours = style();
	struct builder builder;

	colours.colour = true;
	build_calls(&builder, true);
	expect_lines("strace-colour.txt", &builder, &colours);
}

/* How many lines there are, and how many with this word. */
static void count(const struct strace_style *style, u32 all, const char *word, u32 with)
{
	struct builder builder;
	u32 lines = 0, found = 0;
	char *text, *line, *rest, *copy;

	build_calls(&builder, true);
	text = lines_of(&builder, style);
	rest = copy = strdup(text);
	while ((line = strsep(&rest, "\n")) && rest) {
		lines++;
		found += strstr(line, word) != NULL;
	}
	if (lines != all || found != with)
		fail_msg("%u lines, %u with \"%s\":\n%s", lines, found, word, text);
	free(text);
	free(copy);
}

TEST(filters)
{
	struct strace_style wanted = style();
	struct error error;

	wanted.children = false;
	count(&wanted, 22, "    E", 0);
	wanted.selection.process = "2";
	count(&wanted, 4, "[pid     2]", 4);
	wanted.selection.process = "5"; /* a thread of process 1 */
	count(&wanted, 1, "futex", 1);
	wanted.selection.process = "1"; /* with its threads */
	count(&wanted, 15, "[pid     4]", 2);
	wanted = style();
	wanted.failed = true;
	wanted.children = false;
	count(&wanted, 7, "ENOENT", 1);
	wanted = style();
	assert_true(call_filter_parse("write,%process", &wanted.filter, &error));
	wanted.selection.from = "500";
	wanted.selection.to = "10k";
	wanted.children = false;
	count(&wanted, 7, "openat", 0);
	wanted = style();
	wanted.selection.at_least = "4k";
	wanted.children = false;
	count(&wanted, 9, "ticks: ", 3);
	/* by its program: the execve that begins in another is not one of its calls */
	wanted.selection = (struct selection){.process = "ls"};
	count(&wanted, 3, "execve", 0);
}

TEST(lists)
{
	struct call_filter filter;
	struct error error;

	assert_true(call_filter_parse("file", &filter, &error));
	assert_true(call_filter_has(&filter, SYSCALL_openat));
	assert_true(call_filter_has(&filter, SYSCALL_chdir));
	assert_true(call_filter_has(&filter, SYSCALL_getcwd));
	assert_false(call_filter_has(&filter, SYSCALL_read));
	assert_false(call_filter_has(&filter, 9999));
	assert_true(call_filter_parse("trace=%memory,read", &filter, &error));
	assert_true(call_filter_has(&filter, SYSCALL_mmap));
	assert_true(call_filter_has(&filter, SYSCALL_brk));
	assert_true(call_filter_has(&filter, SYSCALL_read));
	assert_false(call_filter_has(&filter, SYSCALL_readv));
	assert_true(call_filter_parse("!signal,descriptor", &filter, &error));
	assert_false(call_filter_has(&filter, SYSCALL_kill));
	assert_false(call_filter_has(&filter, SYSCALL_rt_sigreturn));
	assert_false(call_filter_has(&filter, SYSCALL_openat));
	assert_false(call_filter_has(&filter, SYSCALL_pipe2));
	assert_true(call_filter_has(&filter, SYSCALL_getpid));
	assert_true(call_filter_has(&filter, UINT32_MAX));
	assert_true(call_filter_parse("time,process", &filter, &error));
	assert_true(call_filter_has(&filter, SYSCALL_nanosleep));
	assert_true(call_filter_has(&filter, SYSCALL_wait4));
	assert_true(call_filter_has(&filter, SYSCALL_exit_group));
	assert_false(call_filter_parse("files", &filter, &error));
	assert_string_equal(error.text,
	                    "--calls knows no system call or group \"files\"; groups are file, "
	                    "descriptor, memory, process, signal, time.");
	assert_false(call_filter_parse("", &filter, &error));
	assert_false(call_filter_parse("read,,write", &filter, &error));
	assert_false(call_filter_parse("!", &filter, &error));
	assert_false(call_filter_parse("%read", &filter, &error));
}

/* A text of any argument, of any size, of a call that there may not be. */
static void build_lie(struct builder *b, u64 random, u32 pid)
{
	u32 bytes = random & 1 ? UINT32_MAX : (u32)(random >> 8) % 64;
	struct trace_syscall_text text = {.pid = pid,
	                                  .argument = (u32)(random >> 16) % 8,
	                                  .offset = (u32)(random >> 20) % 3 * 48,
	                                  .bytes = bytes,
	                                  .whole = (u32)(random >> 30)};
	struct trace_seen_text seen = {.call = (u32)(random >> 40) % 600,
	                               .argument = (u32)(random >> 16) % 8,
	                               .bytes = bytes,
	                               .whole = (u32)(random >> 30)};

	memset(text.text, (int)(random >> 56), sizeof(text.text));
	memset(seen.text, (int)(random >> 56), sizeof(seen.text));
	if (random >> 32 & 1)
		build_record(b, EVENT_syscall_text, &text);
	else
		build_record(b, EVENT_seen_text, &seen);
}

static void build_nonsense(struct builder *b, u64 *seed)
{
	u64 random = random_next(seed);
	u32 pid = random & 64 ? (u32)(random >> 48) : (u32)(random >> 48) % 6;
	u32 number = (u32)(random >> 24) % 5 ? (u32)(random >> 28) % 460 : (u32)(random >> 32);

	switch (random % 16) {
	case 0:
	case 1:
		BUILD(b, syscall_entry, .pid = pid, .number = number,
		      .arg0 = random_next(seed) >> 60, .arg1 = random_next(seed),
		      .arg2 = random_next(seed) >> 50);
		break;
	case 2:
		BUILD(b, syscall_exit, .pid = pid, .number = number,
		      .result = (s64)random_next(seed) >> 50);
		break;
	case 3:
		BUILD(b, seen_syscall, .number = number, .cr3 = random >> 60 << 12, .rip = pid % 4);
		break;
	case 4:
		BUILD(b, seen_return, .call = random & 256 ? UINT32_MAX : pid, .rip = pid % 4,
		      .cr3 = random >> 60 << 12, .result = (s64)random);
		break;
	case 5:
		BUILD(b, vm_exit, .reason = (u32)(random >> 30) % 80,
		      .guest_cr3 = random >> 60 << 12, .qualification = random,
		      .interruption_info = (u32)random);
		break;
	case 6:
		BUILD(b, vm_entry, .result = random);
		break;
	case 7:
		BUILD(b, page_fault_entry, .pid = pid, .address = random);
		break;
	case 8:
		BUILD(b, page_fault_exit, .pid = pid, .outcome = (u32)(random >> 20) % 9);
		break;
	case 9:
		BUILD(b, context_switch, .pid = pid, .next_pid = (u32)(random >> 20) % 6);
		break;
	case 10:
		BUILD(b, signal_deliver, .pid = pid, .signal = (u32)(random >> 20) % 80);
		break;
	case 11:
		if (random & 1024)
			BUILD(b, process_exit, .pid = pid, .status = (u32)random);
		else
			BUILD(b, thread_exit, .pid = pid);
		break;
	case 12:
		if (random & 1024)
			BUILD(b, process_fork, .pid = pid % 6, .child = (u32)(random >> 20) % 6);
		else
			BUILD(b, thread_create, .pid = pid % 6, .tid = (u32)(random >> 20) % 6);
		break;
	case 13:
		BUILD(b, process_exec, .pid = pid, .program = "thirty-two bytes without an end.");
		break;
	default:
		build_lie(b, random, pid);
	}
	build_wait(b, random >> 62);
}

/* Records at random: no crash, no over-read (the tests run under ASan), some text. */
TEST(lies)
{
	u64 seed = 7;

	for (u32 round = 0; round < 24; round++) {
		struct strace_style any = style();
		struct builder builder;
		char *text;

		build_start(&builder);
		strcpy(builder.info.observe, "both");
		builder.info.bare = 0;
		for (u32 i = 0; i < 3000; i++)
			build_nonsense(&builder, &seed);
		any.witness = round % 2 ? WITNESS_HV : WITNESS_GUEST;
		any.call.string_size = round % 3 ? 32 : UINT64_MAX;
		any.summary = round % 8 == 7;
		any.failed = round % 8 == 5;
		any.selection.at_least = round % 8 == 3 ? "9" : NULL;
		text = lines_of(&builder, &any);
		assert_true(any.failed || any.selection.at_least || strlen(text) > 1000);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(in_time),
		cmocka_unit_test(seen_by_ring_minus_1),
		cmocka_unit_test(table),
		cmocka_unit_test(coloured),
		cmocka_unit_test(filters),
		cmocka_unit_test(lists),
		cmocka_unit_test(lies),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
