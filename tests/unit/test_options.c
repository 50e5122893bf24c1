/*
 * The words of the command: options of run, sizes, event filters, and what is said about bad ones.
 */
// clang-format off
/*
 * Sources: tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tools/run_options.h"

#define WORDS(...)                                                                                 \
	(char *[])                                                                                 \
	{                                                                                          \
		"run", __VA_ARGS__, NULL                                                           \
	}

static struct run_options options;
static struct error error;

static enum parse_result parse(char **words)
{
	int count = 0;

	while (words[count])
		count++;
	error.text[0] = 0;
	return run_options_parse(count, words, false, &options, &error);
}

static void refused(char **words, const char *sentence)
{
	assert_int_equal(parse(words), PARSE_BAD);
	assert_string_equal(error.text, sentence);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse((char *[]){"run", NULL}), PARSE_OK);
	assert_string_equal(options.program[0], "tour");
	assert_null(options.program[1]);
	assert_int_equal(options.memory, 64 << 20);
	assert_int_equal(options.disk, 512 << 20);
	assert_int_equal(options.timeout, 120);
	assert_int_equal(options.engine, ENGINE_auto);
	assert_string_equal(options.trace, "ringscope.trace");
	for (int stream = 0; stream < 3; stream++)
		assert_int_equal(options.filter.mask[stream], UINT32_MAX);
}

static void test_program(void **state)
{
	(void)state;
	assert_int_equal(parse(WORDS("--bare", "--", "hello", "--bare")), PARSE_OK);
	assert_true(options.bare);
	assert_string_equal(options.program[0], "hello");
	assert_string_equal(options.program[1], "--bare");
	assert_int_equal(parse(WORDS("--quiet", "hello", "--quiet", "--")), PARSE_OK);
	assert_string_equal(options.program[1], "--quiet");
	assert_string_equal(options.program[2], "--");
	assert_int_equal(parse(WORDS("--")), PARSE_OK);
	assert_string_equal(options.program[0], "tour");
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(parse(WORDS("--memory", "128M", "--engine=bochs", "--timeout=0", "--disk",
	                             "1G", "--cpu", "tigerlake", "--hide", "vpid,pml")),
	                 PARSE_OK);
	assert_int_equal(options.memory, 128 << 20);
	assert_int_equal(options.disk, 1 << 30);
	assert_int_equal(options.timeout, 0);
	assert_int_equal(options.engine, ENGINE_bochs);
	assert_string_equal(options.cpu, "tigerlake");
	assert_string_equal(options.hide, "vpid,pml");
	assert_int_equal(parse(WORDS("--help")), PARSE_HELP);
	assert_int_equal(parse(WORDS("-h")), PARSE_HELP);
}

static void test_refusals(void **state)
{
	(void)state;
	refused(WORDS("--foo"), "unknown option \"--foo\".");
	refused(WORDS("-x"), "unknown option \"-x\".");
	refused(WORDS("--eng", "kvm"), "unknown option \"--eng\".");
	refused(WORDS("--memory"), "--memory wants a value: --memory SIZE.");
	refused(WORDS("--memory", "lots"), "--memory wants a size such as 64M, not \"lots\".");
	refused(WORDS("--memory", "64Q"), "--memory wants a size such as 64M, not \"64Q\".");
	refused(WORDS("--memory", "8M"), "--memory 8388608 bytes: the guest needs 16M to 1G.");
	refused(WORDS("--memory", "2G"), "--memory 2147483648 bytes: the guest needs 16M to 1G.");
	refused(WORDS("--memory", "20000001"), "--memory wants whole mebibytes, as in 64M.");
	refused(WORDS("--timeout", "-1"), "--timeout wants a number, not \"-1\".");
	refused(WORDS("--timeout", "5s"), "--timeout wants a number, not \"5s\".");
	refused(WORDS("--bare=1"), "--bare takes no value.");
	refused(WORDS("--engine", "xen"),
	        "there is no engine \"xen\"; engines are auto, kvm, bochs, qemu.");
	refused(WORDS("--firmware", "coreboot"),
	        "there is no firmware \"coreboot\"; take bios or uefi.");
	refused(WORDS("--firmware", "uefi", "--engine", "bochs"),
	        "Bochs has no UEFI firmware: take `--engine qemu --bare` or `--engine kvm`.");
	refused(WORDS("--break", "guest_cr4^64"),
	        "--break guest_cr4^64: the field has no such bit.");
	refused(WORDS("--break", "guest_cr4^13", "--bare"),
	        "--break is for ring -1's VMCS: with --bare there is none.");
	refused(WORDS("--live", "--quiet"), "--live and --quiet exclude each other.");
	refused(WORDS("--disk", "1"), "--disk 1 bytes: the trace disk has 64K to 64G.");
	refused(WORDS("--cpu", "a b"), "--cpu \"a b\" is no model's name.");
	refused(WORDS("--events", "exits,nonsense"),
	        "--events knows no event or group \"nonsense\"; groups are all, none, exits, "
	        "syscalls, texts, seen, faults, interrupts, sched, signals, maps, user.");
}

static void test_interactive(void **state)
{
	(void)state;
	assert_int_equal(parse(WORDS("hello")), PARSE_OK);
	assert_false(options.interactive);
	assert_int_equal(parse(WORDS("-i", "hello", "-i")), PARSE_OK);
	assert_true(options.interactive);
	assert_int_equal(options.timeout, 0);
	assert_string_equal(options.program[1], "-i");
	assert_int_equal(parse(WORDS("--interactive", "--timeout", "5", "sh")), PARSE_OK);
	assert_int_equal(options.timeout, 5);
	refused(WORDS("-it"), "unknown option \"-it\".");
	refused(WORDS("-b"), "unknown option \"-b\".");
	assert_int_equal(run_options_parse(1, WORDS("shell"), true, &options, &error), PARSE_OK);
	assert_true(options.interactive);
	assert_int_equal(options.timeout, 0);
	assert_string_equal(options.program[0], "sh");
	assert_null(options.program[1]);
}

/* Tests have no terminal. */
static void test_no_terminal(void **state)
{
	(void)state;
	assert_int_equal(parse(WORDS("-i", "hello")), PARSE_OK);
	assert_false(run_options_console(&options, &error));
	assert_string_equal(error.text, "an interactive run needs a terminal as stdin and stdout: "
	                                "run it in one, or give the input to `ringscope run` by a "
	                                "pipe.");
}

static void test_sizes(void **state)
{
	u64 bytes;

	(void)state;
	assert_true(parse_size("0", &bytes));
	assert_int_equal(bytes, 0);
	assert_true(parse_size("3k", &bytes));
	assert_int_equal(bytes, 3072);
	assert_true(parse_size("16777215G", &bytes));
	assert_false(parse_size("17179869184G", &bytes));
	assert_false(parse_size("99999999999999999999", &bytes));
	assert_false(parse_size("", &bytes));
	assert_false(parse_size("-5", &bytes));
	assert_false(parse_size(" 5", &bytes));
	assert_false(parse_size("5MB", &bytes));
	assert_int_equal(machine_memory(64 << 20), 256 << 20);
	assert_int_equal(machine_memory(256 << 20), 384 << 20);
	assert_int_equal(machine_memory(1 << 30), 1152 << 20);
}

static void test_filters(void **state)
{
	struct filter filter;

	(void)state;
	assert_true(filter_parse("none", &filter, &error));
	assert_int_equal(filter.mask[0] | filter.mask[1] | filter.mask[2], 0);
	assert_true(filter_parse("exits,user,-mark", &filter, &error));
	assert_int_equal(filter.mask[0], 1 << 1 | 1 << 2);
	assert_int_equal(filter.mask[1], 0);
	assert_int_equal(filter.mask[2], 1 << 0 | 1 << 1);
	assert_true(filter_has(&filter, EVENT_vm_exit));
	assert_false(filter_has(&filter, EVENT_mark));
	assert_true(filter_parse("-syscalls", &filter, &error));
	assert_int_equal(filter.mask[0], ~(1u << 12 | 1u << 13));
	assert_int_equal(filter.mask[1], ~(3u | 1u << 17));
	assert_true(filter_parse("faults,interrupts,sched", &filter, &error));
	assert_int_equal(filter.mask[1], 0x86ffcu);
	assert_true(filter_parse("vm_exit,all,-vm_entry", &filter, &error));
	assert_int_equal(filter.mask[0], ~4u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),    cmocka_unit_test(test_program),
		cmocka_unit_test(test_values),      cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_interactive), cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_sizes),       cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
