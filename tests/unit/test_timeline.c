/*
 * The lanes, exactly as printed: a whole run, folded, bare, in nanoseconds; and each kind of record
 * in words.
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
#include "tools/decode.h"
#include "tools/lanes.h"
#include "vmx/exit_reasons.h"

/* The lanes of a trace directory as text; the caller frees. */
static char *draw(const char *directory, const struct lanes_style *style)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct lanes lanes;
	struct error error;
	struct trace trace;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_true(trace_open(&trace, directory, &error));
	lanes_start(&lanes, out, style, &trace.info);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
	trace_close(&trace);
	fclose(out);
	return text;
}

static void expect_lanes(const char *name, struct builder *builder, const struct lanes_style *style)
{
	const char *place = build_place(name);
	char *text;

	build_directory(builder, place);
	text = draw(place, style);
	expect_text(name, text);
	free(text);
}

static void test_whole(void **state)
{
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_lanes("timeline.txt", &builder, &(struct lanes_style){.all = true});
}

static void test_folded(void **state)
{
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_lanes("timeline-fold.txt", &builder, &(struct lanes_style){.fold = true});
}

/* On a terminal of 80 columns. */
static void test_narrow(void **state)
{
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_lanes("timeline-narrow.txt", &builder,
	             &(struct lanes_style){.narrow = true, .fold = true});
}

static void test_coloured(void **state)
{
	struct builder builder;

	(void)state;
	build_hello(&builder);
	expect_lanes("timeline-colour.txt", &builder, &(struct lanes_style){.colour = true});
}

/* Two runs differ in uuid and place only: the text is the same. */
static void test_repeatable(void **state)
{
	struct lanes_style style = {.all = true};
	struct builder builder;
	char *first;
	char *second;

	(void)state;
	build_hello(&builder);
	build_directory(&builder, build_place("first"));
	build_hello(&builder);
	builder.uuid[3] = 99;
	uuid_format(builder.uuid, builder.info.uuid);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		memcpy(builder.streams[stream].bytes + 4, builder.uuid, 16);
	first = draw(build_place("first"), &style);
	build_directory(&builder, build_place("second"));
	second = draw(build_place("second"), &style);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

/* A VM exit inside nested ring-0 intervals of a process that another one interrupts. */
static void test_nested(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	strcpy(b.info.time_unit, "ns");
	b.info.tsc_hz = 2000000000;
	BUILD(&b, vm_entry, .result = 0);
	BUILD(&b, user_enter, .pid = 7);
	build_wait(&b, 100);
	BUILD(&b, user_leave, .pid = 7, .gate = USER_GATE_syscall);
	BUILD(&b, syscall_entry, .number = SYSCALL_read, .pid = 7, .arg1 = 0x601000, .arg2 = 64);
	build_wait(&b, 20);
	BUILD(&b, page_fault_entry, .address = 0x601000, .rip = 0xffffffff80001000, .error_code = 2,
	      .pid = 7);
	build_wait(&b, 20);
	BUILD(&b, vm_exit, .reason = EXIT_EPT_VIOLATION, .qualification = 2,
	      .guest_physical = 0xfee00000, .guest_linear = 0x1000);
	build_wait(&b, 1000);
	BUILD(&b, vm_entry, .interruption_info = 0x80000b0d);
	build_wait(&b, 20);
	BUILD(&b, page_fault_exit, .outcome = FAULT_OUTCOME_user_copy_failed, .pid = 7);
	BUILD(&b, context_switch, .pid = 7, .next_pid = 8);
	BUILD(&b, user_enter, .pid = 8);
	build_wait(&b, 50);
	BUILD(&b, user_leave, .pid = 8, .gate = USER_GATE_exception);
	BUILD(&b, exception_entry, .rip = 0x400000, .vector = 13, .error_code = 0x10, .pid = 8);
	BUILD(&b, process_exit, .pid = 8, .signal = 11);
	BUILD(&b, context_switch, .pid = 8, .next_pid = 7);
	BUILD(&b, syscall_exit, .number = SYSCALL_read, .pid = 7, .result = -14);
	BUILD(&b, user_enter, .pid = 7);
	expect_lanes("timeline-nested.txt", &b, &(struct lanes_style){.all = true});
}

static void test_threads(void **state)
{
	struct builder builder;

	(void)state;
	build_threads(&builder);
	expect_lanes("timeline-threads.txt", &builder, &(struct lanes_style){0});
	build_threads(&builder);
	expect_lanes("timeline-threads-all.txt", &builder, &(struct lanes_style){.all = true});
	build_threads(&builder);
	expect_lanes("timeline-threads-fold.txt", &builder, &(struct lanes_style){.fold = true});
}

/* What is left out is still followed: the bars are of all that is open. */
static void test_selected(void **state)
{
	struct selection selection = {.tier = "-1", .at_least = "30"};
	struct lanes_style style = {.selection = &selection};
	struct builder builder;
	struct error error;

	(void)state;
	build_hello(&builder);
	assert_true(selection_settle(&selection, &builder.info, &error));
	expect_lanes("timeline-selected.txt", &builder, &style);
	selection = (struct selection){.events = "syscalls,feature", .process = "hello"};
	build_hello(&builder);
	assert_true(selection_settle(&selection, &builder.info, &error));
	expect_lanes("timeline-calls.txt", &builder, &style);
	/* Who names the machinery sees it. */
	selection = (struct selection){.events = "feature,protection"};
	build_hello(&builder);
	assert_true(selection_settle(&selection, &builder.info, &error));
	expect_lanes("timeline-machinery.txt", &builder, &style);
}

/* What ring -1 saw itself looks otherwise than what it did. */
static void test_seen(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	BUILD(&b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000306);
	BUILD(&b, seen_syscall, .number = SYSCALL_write, .arg0 = 1, .arg2 = 3, .cr3 = 0x1000);
	build_wait(&b, 40);
	BUILD(&b, vm_entry, .result = 0);
	expect_lanes("timeline-seen.txt", &b, &(struct lanes_style){0});
}

static void says(const char *words, const void *record, const void *begin)
{
	struct line line;

	line_clear(&line);
	decode_record(&line, record, begin);
	assert_string_equal(line.text, words);
}

#define EXIT_RECORD(...) (&(struct trace_vm_exit){.record.id = EVENT_vm_exit, __VA_ARGS__})

static void test_exits_in_words(void **state)
{
	(void)state;
	says("EXIT CPUID leaf 0x7 (extended features) subleaf 1",
	     EXIT_RECORD(.reason = EXIT_CPUID, .operand0 = 7, .operand1 = 1), NULL);
	says("EXIT CPUID leaf 0x12345678",
	     EXIT_RECORD(.reason = EXIT_CPUID, .operand0 = 0x12345678, .operand1 = 1), NULL);
	says("EXIT RDMSR 0x1b (IA32_APIC_BASE)",
	     EXIT_RECORD(.reason = EXIT_RDMSR, .operand0 = 0x1b), NULL);
	says("EXIT WRMSR 0x1234 = 0x5",
	     EXIT_RECORD(.reason = EXIT_WRMSR, .operand0 = 0x1234, .operand1 = 5), NULL);
	says("EXIT IO_INSTRUCTION in 0x3fd (COM1)",
	     EXIT_RECORD(.reason = EXIT_IO_INSTRUCTION, .qualification = 0x3fd0008), NULL);
	says("EXIT IO_INSTRUCTION out 0x20 (PIC 1) = 0x20",
	     EXIT_RECORD(.reason = EXIT_IO_INSTRUCTION, .qualification = 0x200000,
	                 .operand0 = 0x20),
	     NULL);
	says("EXIT IO_INSTRUCTION out 0x604 2 bytes (ACPI) = 0x2000",
	     EXIT_RECORD(.reason = EXIT_IO_INSTRUCTION, .qualification = 0x6040001,
	                 .operand0 = 0xabcd2000),
	     NULL);
	says("EXIT IO_INSTRUCTION outs 0x8900 (power-off)",
	     EXIT_RECORD(.reason = EXIT_IO_INSTRUCTION, .qualification = 0x89000010), NULL);
	says("EXIT CR_ACCESS mov to CR4 = 0x6f0",
	     EXIT_RECORD(.reason = EXIT_CR_ACCESS, .qualification = 4, .operand0 = 0x6f0), NULL);
	says("EXIT CR_ACCESS mov from CR3",
	     EXIT_RECORD(.reason = EXIT_CR_ACCESS, .qualification = 0x13), NULL);
	says("EXIT CR_ACCESS clts", EXIT_RECORD(.reason = EXIT_CR_ACCESS, .qualification = 0x20),
	     NULL);
	says("EXIT MOV_DR mov to DR7", EXIT_RECORD(.reason = EXIT_MOV_DR, .qualification = 7),
	     NULL);
	says("EXIT VMCALL 0x1 (trace_ring) argument 0x2",
	     EXIT_RECORD(.reason = EXIT_VMCALL, .operand0 = 1, .operand1 = 2), NULL);
	says("EXIT EPT_VIOLATION fetch at guest-physical 0x80000000",
	     EXIT_RECORD(.reason = EXIT_EPT_VIOLATION, .qualification = 4,
	                 .guest_physical = 0x80000000),
	     NULL);
	says("EXIT EPT_MISCONFIGURATION at guest-physical 0x1000",
	     EXIT_RECORD(.reason = EXIT_EPT_MISCONFIGURATION, .guest_physical = 0x1000), NULL);
	says("EXIT EXCEPTION_NMI #PF error 0x6",
	     EXIT_RECORD(.reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000b0e,
	                 .interruption_error = 6),
	     NULL);
	says("EXIT TRIPLE_FAULT", EXIT_RECORD(.reason = EXIT_TRIPLE_FAULT), NULL);
	says("EXIT ENTRY_FAIL_GUEST_STATE (entry failed)", EXIT_RECORD(.reason = 0x80000021), NULL);
	says("EXIT REASON_999", EXIT_RECORD(.reason = 999), NULL);
}

static void test_entries_in_words(void **state)
{
	struct trace_vm_entry entry = {.record.id = EVENT_vm_entry, .result = 0x60};

	(void)state;
	says("ENTRY", &entry, NULL);
	says("ENTRY = 0x60", &entry,
	     EXIT_RECORD(.reason = EXIT_IO_INSTRUCTION, .qualification = 0x3fd0008));
	says("ENTRY", &entry, EXIT_RECORD(.reason = EXIT_HLT));
	entry.interruption_info = 0x80000306;
	says("ENTRY injects #UD", &entry, EXIT_RECORD(.reason = EXIT_VMXON));
}

#define CALL_RECORD(...)                                                                           \
	(&(struct trace_syscall_entry){.record.id = EVENT_syscall_entry, __VA_ARGS__})
#define RETURN_RECORD(...)                                                                         \
	(&(struct trace_syscall_exit){.record.id = EVENT_syscall_exit, __VA_ARGS__})

static void test_calls_in_words(void **state)
{
	struct trace_mark mark = {.record.id = EVENT_mark, .value = 9, .text = "a\nb\x1b[31m"};
	struct trace_page_fault_entry fault = {.record.id = EVENT_page_fault_entry,
	                                       .address = 0x1000,
	                                       .rip = 0x2000,
	                                       .error_code = 0x1d};

	(void)state;
	says("getpid()", CALL_RECORD(.number = SYSCALL_getpid, .arg0 = 5), NULL);
	says("open(0x401000, O_RDONLY)",
	     CALL_RECORD(.number = SYSCALL_open, .arg0 = 0x401000, .arg2 = 0644), NULL);
	says("mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
	     CALL_RECORD(.number = SYSCALL_mmap, .arg1 = 4096, .arg2 = 3, .arg3 = 0x22,
	                 .arg4 = UINT64_MAX),
	     NULL);
	says("rt_sigaction(SIGSEGV, 0x1, NULL, 8)",
	     CALL_RECORD(.number = SYSCALL_rt_sigaction, .arg0 = 11, .arg1 = 1, .arg3 = 8), NULL);
	says("syscall_9999(0x1, 0, 0, 0, 0, 0)", CALL_RECORD(.number = 9999, .arg0 = 1), NULL);
	says("brk = 0x602000", RETURN_RECORD(.number = SYSCALL_brk, .result = 0x602000), NULL);
	says("write = -EBADF", RETURN_RECORD(.number = SYSCALL_write, .result = -9), NULL);
	says("getpid = 12", RETURN_RECORD(.number = SYSCALL_getpid, .result = 12), NULL);
	says("mark a.b.[31m 9", &mark, NULL);
	says("page fault at 0x1000: user fetch, protection, reserved bit, rip 0x2000", &fault,
	     NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),          cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_folded),         cmocka_unit_test(test_coloured),
		cmocka_unit_test(test_repeatable),     cmocka_unit_test(test_nested),
		cmocka_unit_test(test_exits_in_words), cmocka_unit_test(test_entries_in_words),
		cmocka_unit_test(test_calls_in_words), cmocka_unit_test(test_threads),
		cmocka_unit_test(test_selected),       cmocka_unit_test(test_seen),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
