/*
 * What is handed to engines and to GRUB: command lines, bochsrc, boot script, percent-encoding; and
 * which engine is chosen on which host.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tools/disk.h"
#include "tools/engine.h"
#include "tools/script.h"

static struct error error;

static void encodes(const char *word, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	encode_word(out, word);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void test_encoding(void **state)
{
	(void)state;
	encodes("hello", "hello");
	encodes("", "%");
	encodes("a b", "a%20b");
	encodes("100%", "100%25");
	encodes("-x=1,2:/a_b.c+@", "-x=1,2:/a_b.c+@");
	encodes("$x;reboot&|'\"\\", "%24x%3breboot%26%7c%27%22%5c");
	encodes("{}()<>#*!?~`^[]", "%7b%7d%28%29%3c%3e%23%2a%21%3f%7e%60%5e%5b%5d");
	encodes("two\nlines\t", "two%0alines%09");
	encodes("\xc3\xa9", "%c3%a9");
}

static void expect_script(const char *name, const struct script *script)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_true(script_write(out, script, &error));
	fclose(out);
	expect_text(name, text);
	free(text);
}

static void refuses_script(const struct script *script, const char *sentence)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_false(script_write(out, script, &error));
	fclose(out);
	free(text);
	assert_string_equal(error.text, sentence);
}

static void test_script(void **state)
{
	char *program[] = {"hello", "arg with space", "", NULL};
	struct script script = {.memory = 64 << 20, .program = program};

	(void)state;
	filter_parse(NULL, &script.filter, &error);
	expect_script("script.txt", &script);
	script.bare = true;
	expect_script("script-bare.txt", &script);
	script.bare = false;
	script.console = "24x80";
	script.hide = "vpid,pml";
	script.append = "nosmap hostile=cli";
	script.breaks = "guest_cr4^13,host_cr3=0x1000";
	script.hv_words = "watchdog=100 start=32";
	filter_parse("exits", &script.filter, &error);
	expect_script("script-words.txt", &script);
	script.append = "x; reboot";
	refuses_script(&script, "--append \"x; reboot\": only letters, digits and _./:=,+@-% may "
	                        "stand in its words.");
	script.append = NULL;
	script.hv_words = "$root";
	refuses_script(&script, "--hv-words \"$root\": only letters, digits and _./:=,+@-% may "
	                        "stand in its words.");
	script.hv_words = NULL;
	script.hide = "vpid pml";
	refuses_script(&script,
	               "--hide \"vpid pml\": names are separated by commas, without spaces.");
}

static void expect_machine(const char *name, const struct machine *machine)
{
	struct engine_command command;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	engine_command(machine, &command);
	for (char **word = command.argv; *word; word++)
		fprintf(out, "%s\n", *word);
	engine_config(out, machine);
	fclose(out);
	expect_text(name, text);
	free(text);
}

static void test_commands(void **state)
{
	struct machine machine = {
		.engine = ENGINE_bochs, .memory = 256 << 20, .disk = disk_round(512 << 20)};

	(void)state;
	expect_machine("bochs.txt", &machine);
	machine.cpu = "tigerlake";
	machine.memory = 384 << 20;
	machine.disk = disk_round(1);
	expect_machine("bochs-tigerlake.txt", &machine);
	machine.console = "127.0.0.1:4242";
	machine.real_time = true;
	expect_machine("bochs-interactive.txt", &machine);
	machine = (struct machine){.engine = ENGINE_kvm, .memory = 256 << 20};
	expect_machine("kvm.txt", &machine);
	machine.engine = ENGINE_qemu;
	machine.firmware = "/usr/share/ovmf/OVMF.fd";
	expect_machine("qemu-uefi.txt", &machine);
	machine.console = "127.0.0.1:4242";
	expect_machine("qemu-console.txt", &machine);
}

static void chooses(enum engine wish, struct host host, bool needs_vmx, enum engine expected)
{
	enum engine engine;

	assert_true(engine_choose(wish, &host, needs_vmx, &engine, &error));
	assert_int_equal(engine, expected);
}

static void refuses(enum engine wish, struct host host, bool needs_vmx, const char *sentence)
{
	enum engine engine;

	assert_false(engine_choose(wish, &host, needs_vmx, &engine, &error));
	assert_string_equal(error.text, sentence);
}

static void test_choice(void **state)
{
	struct host all = {true, true, true, KVM_USABLE};
	struct host no_vmx = {true, true, true, KVM_NO_VMX};
	struct host no_qemu = {true, true, false, KVM_USABLE};
	struct host nothing = {false, false, false, KVM_MISSING};
	struct host no_bochs = {false, false, true, KVM_NO_VMX};

	(void)state;
	chooses(ENGINE_auto, all, true, ENGINE_kvm);
	chooses(ENGINE_auto, no_vmx, true, ENGINE_bochs);
	chooses(ENGINE_auto, no_qemu, true, ENGINE_bochs);
	chooses(ENGINE_qemu, no_vmx, false, ENGINE_qemu);
	chooses(ENGINE_kvm, no_vmx, false, ENGINE_kvm);
	refuses(ENGINE_auto, nothing, true,
	        "no engine is installed: install Bochs with `apt install bochs bochs-term "
	        "bochsbios "
	        "vgabios`.");
	refuses(ENGINE_bochs, no_bochs, true,
	        "Bochs or its BIOS is not installed: install Bochs with `apt install bochs "
	        "bochs-term bochsbios vgabios`.");
	refuses(ENGINE_qemu, nothing, false,
	        "QEMU is not installed: `apt install qemu-system-x86`, or take `--engine bochs`.");
	refuses(ENGINE_qemu, all, true,
	        "QEMU without KVM emulates no VMX: take `--engine bochs`, or `--bare` to run "
	        "without ring -1.");
	refuses(ENGINE_kvm, no_vmx, true,
	        "/dev/kvm is there, but offers its guests no VMX (no nested virtualization): take "
	        "`--engine bochs`, which emulates VT-x, or `--bare` to run without ring -1.");
}

static void test_last_words(void **state)
{
	static const char log[] = "00000000000i[      ] BIOS-bochs-latest\n"
				  "00123456789p[CPU0  ] >>PANIC<< exception(): 3rd (13) exception "
				  "with no resolution\n"
				  "00123456789i[SIM   ] quit_sim called with exit code 1\n";
	char line[256];

	(void)state;
	assert_true(engine_stopped(log, sizeof(log) - 1, line, sizeof(line)));
	assert_string_equal(line, "00123456789p[CPU0  ] >>PANIC<< exception(): 3rd (13) exception "
	                          "with no resolution");
	assert_false(engine_stopped(log, 40, line, sizeof(line)));
	assert_false(engine_stopped(log, 0, line, sizeof(line)));
	assert_true(engine_stopped("no resolution >>PANIC<< x", 25, line, 8));
	/* A VM entry that Bochs refuses is no reason to stop. */
	const char refusal[] = "VMENTER FAIL: Only NMI or #MC guest interruption is allowed when "
			       "entering shutdown state\n";
	assert_false(engine_stopped(refusal, sizeof(refusal) - 1, line, sizeof(line)));
	assert_string_equal(line, "no reso");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding),   cmocka_unit_test(test_script),
		cmocka_unit_test(test_commands),   cmocka_unit_test(test_choice),
		cmocka_unit_test(test_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
