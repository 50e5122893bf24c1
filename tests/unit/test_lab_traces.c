/*
 * What labs 1 to 4 make of traces: facts are what the trace says, also where no machine would behave so.
 * The machines are a shell script that hands out traces made here.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "abi/attacks.h"
#include "tests/unit/trace_builder.h"
#include "tools/lab_directory.h"
#include "tools/lab_jobs.h"
#include "vmx/exit_reasons.h"

#define SEED 0x1122334455667788ull

static char made[128]; /* where the traces lie that the machines hand out */
static char script[160];

static void make_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Files of the directory `made`: a machine's trace, and what its program prints. */
static void begin(const char *name)
{
	char text[512];

	strcpy(made, build_place(name));
	mkdir(made, 0777);
	snprintf(script, sizeof(script), "%s/machine", made);
	snprintf(text, sizeof(text),
	         "#!/bin/sh\nname=$(basename \"$6\")\ncp -r \"%s/$name\" \"$6\" 2>/dev/null\n"
	         "cat \"%s/$name.says\" 2>/dev/null\nexit 0\n",
	         made, made);
	make_file(script, text);
	chmod(script, 0755);
	lab_program = script;
}

static void end_trace(struct builder *builder, const char *machine)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", made, machine);
	mkdir(path, 0777);
	build_directory(builder, path);
}

static void says(const char *machine, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s.says", made, machine);
	make_file(path, text);
}

static char observed[8192]; /* what the latest lab said of its machines */

/* Runs the lab without its progress. */
static bool measure(const struct lab *lab, struct lab_run *run, struct error *error)
{
	static char directory[160];
	int kept = dup(STDERR_FILENO);
	bool fine;

	snprintf(directory, sizeof(directory), "%s/lab", made);
	*run = (struct lab_run){.directory = directory,
	                        .engine = "bochs",
	                        .cpu = "x",
	                        .seed = SEED,
	                        .out = fmemopen(observed, sizeof(observed), "w")};
	assert_non_null(freopen("/dev/null", "w", stderr));
	fine = lab_directory_prepare(directory, lab->name, error) && lab->run(run, error);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	fclose(run->out);
	return fine;
}

static void expect_fact(const struct lab_run *run, const char *id, const char *value)
{
	const struct fact *fact = lab_find_fact(run, id);

	if (!fact)
		fail_msg("%s was not measured", id);
	else if (strcmp(fact->value, value) != 0)
		fail_msg("%s is %s, not %s", id, fact->value, value);
}

static void mark(struct builder *builder, u32 pid, const char *text, u64 value)
{
	struct trace_mark record = {.pid = pid, .value = value};

	snprintf(record.text, sizeof(record.text), "%s", text);
	/* At the same time ring 0's records come before a mark. */
	build_wait(builder, 1);
	build_record(builder, EVENT_mark, &record);
	build_wait(builder, 1);
}

static void fault(struct builder *builder, u32 pid, u32 error, u32 outcome, u64 ticks)
{
	BUILD(builder, page_fault_entry, .pid = pid, .error_code = error);
	build_wait(builder, ticks);
	BUILD(builder, page_fault_exit, .pid = pid, .outcome = outcome);
}

TEST(test_faults)
{
	struct builder builder;
	struct lab_run run;
	struct error error;

	begin("lab-faults");
	build_start(&builder);
	BUILD(&builder, vm_entry);
	BUILD(&builder, process_exec, .pid = 1);
	mark(&builder, 1, "write", 0);
	BUILD(&builder, user_enter, .pid = 1);
	BUILD(&builder, vm_exit, .reason = EXIT_PREEMPTION_TIMER, .cpl = 3);
	BUILD(&builder, vm_entry);
	BUILD(&builder, vm_exit, .reason = EXIT_CPUID, .cpl = 3);
	BUILD(&builder, vm_entry);
	BUILD(&builder, user_leave, .pid = 1, .gate = USER_GATE_page_fault);
	fault(&builder, 1, 0x16, FAULT_OUTCOME_file_page, 10);
	fault(&builder, 1, 0x1e, FAULT_OUTCOME_stack_growth, 10);
	mark(&builder, 3, "child-writes", 0);
	fault(&builder, 3, 0x7, FAULT_OUTCOME_copy_on_write, 5);
	mark(&builder, 1, "parent-writes", 0);
	fault(&builder, 1, 0x7, FAULT_OUTCOME_copy_on_write, 500);
	BUILD(&builder, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000b0e);
	BUILD(&builder, vm_entry);
	BUILD(&builder, vm_exit, .reason = EXIT_EPT_VIOLATION);
	BUILD(&builder, vm_entry);
	end_trace(&builder, "pages");
	assert_true(measure(&lab_faults, &run, &error));
	expect_fact(&run, "write-faults", "2");
	expect_fact(&run, "write-error", "0x1e");
	expect_fact(&run, "write-outcome", "stack-growth");
	/* No instruction has caused the exit of the timer. */
	assert_non_null(
		strstr(observed, "\nwrite              1       2  0x1e          10         1"));
	expect_fact(&run, "slower", "parent");
	expect_fact(&run, "fault-exits", "1");
	expect_fact(&run, "ept-violations", "1");
	/* Of what the trace does not have, nothing is known. */
	assert_null(lab_find_fact(&run, "again-faults"));
	assert_null(lab_find_fact(&run, "jump-error"));
	lab_drop_facts(&run);
}

TEST(test_rings)
{
	struct builder builder;
	struct lab_run run;
	struct error error;

	begin("lab-rings");
	build_start(&builder);
	BUILD(&builder, vm_entry);
	BUILD(&builder, process_exec, .pid = 1);
	BUILD(&builder, user_enter, .pid = 1);
	mark(&builder, 1, "cli", 0);
	BUILD(&builder, user_leave, .pid = 1, .gate = USER_GATE_exception);
	BUILD(&builder, exception_entry, .pid = 1, .vector = 6, .error_code = 0x18);
	BUILD(&builder, process_exit, .pid = 1, .signal = 4);
	BUILD(&builder, process_exec, .pid = 2);
	mark(&builder, 2, "sidt", 0);
	BUILD(&builder, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = 3,
	      .interruption_info = 0x80000b0d);
	BUILD(&builder, vm_entry);
	BUILD(&builder, process_exit, .pid = 2, .status = 200);
	end_trace(&builder, "attack");
	assert_true(measure(&lab_rings, &run, &error));
	expect_fact(&run, "cli-vector", "6");
	expect_fact(&run, "cli-error", "0x18");
	expect_fact(&run, "cli-signal", "SIGILL");
	expect_fact(&run, "cli-handler", "ring 0");
	expect_fact(&run, "exception-exits", "#GP");
	expect_fact(&run, "sidt-without", "none");
	assert_null(lab_find_fact(&run, "sidt-with"));
	assert_null(lab_find_fact(&run, "asked"));
	lab_drop_facts(&run);
}

static void path_trace(const char *machine, u32 exits, u64 ticks)
{
	struct builder builder;

	build_start(&builder);
	BUILD(&builder, vm_entry);
	BUILD(&builder, context_switch, .pid = 0, .next_pid = 1);
	BUILD(&builder, process_exec, .pid = 1);
	BUILD(&builder, user_enter, .pid = 1);
	for (int write = 0; write < 2; write++) {
		mark(&builder, 1, write ? "before write" : "before getpid", 0);
		BUILD(&builder, user_leave, .pid = 1, .gate = USER_GATE_syscall);
		BUILD(&builder, syscall_entry, .pid = 1, .number = write ? 77 : 39);
		for (u32 i = 0; i < exits; i++) {
			BUILD(&builder, vm_exit, .reason = EXIT_EXCEPTION_NMI,
			      .interruption_info = 0x80000301);
			build_wait(&builder, 90);
			BUILD(&builder, vm_entry);
		}
		build_wait(&builder, ticks);
		BUILD(&builder, syscall_exit, .pid = 1, .number = write ? 77 : 39);
		BUILD(&builder, user_enter, .pid = 1);
		mark(&builder, 1, write ? "after write" : "after getpid", 0);
	}
	end_trace(&builder, machine);
}

TEST(test_syscalls)
{
	struct lab_run run;
	struct error error;

	begin("lab-syscalls");
	path_trace("calls", 1, 10);
	path_trace("watched", 4, 10);
	path_trace("bare", 0, 10);
	says("registers", "register RAX kept\nregister RBX changed\nregister R9 changed\n");
	assert_true(measure(&lab_syscalls, &run, &error));
	expect_fact(&run, "write-number", "77");
	expect_fact(&run, "getpid-exits", "1");
	expect_fact(&run, "write-exits", "1");
	expect_fact(&run, "write-reason", "EXCEPTION_NMI");
	expect_fact(&run, "write-ring", "ring -1");
	expect_fact(&run, "watched-exits", "3");
	expect_fact(&run, "watched-vector", "1");
	expect_fact(&run, "registers", "RBX, R9");
	expect_fact(&run, "bare-write", "shorter");
	lab_drop_facts(&run);
	/* A difference may be below zero. */
	path_trace("watched", 0, 10);
	assert_true(measure(&lab_syscalls, &run, &error));
	expect_fact(&run, "watched-exits", "-1");
	lab_drop_facts(&run);
}

/* An attack that shows another's proof, or none, has not succeeded. */
TEST(test_smap)
{
	static const char *const machines[] = {"plain", "nosmap", "nosmep", "nomask"};
	static const u32 attacks[] = {ATTACK_same_read_us,  ATTACK_same_read_smap,
	                              ATTACK_same_fetch_us, ATTACK_same_fetch_smep,
	                              ATTACK_smap_write,    ATTACK_ret2usr,
	                              ATTACK_ac_int80,      ATTACK_ac_syscall};
	struct lab_run run;
	struct error error;
	char text[256];

	begin("lab-smap");
	for (size_t machine = 0; machine < ARRAY_SIZE(machines); machine++) {
		struct builder builder;

		build_start(&builder);
		BUILD(&builder, vm_entry);
		BUILD(&builder, protection, .granted = 1, .name = "SMAP");
		BUILD(&builder, protection, .granted = 1, .name = "SMEP");
		for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
			mark(&builder, 5, "x", MARK_ATTACK + attacks[i]);
			if (machine == 0)
				fault(&builder, 5, 0x10u + (u32)i, FAULT_OUTCOME_user_copy_failed,
				      1);
			mark(&builder, 5, "x", MARK_ATTACK + MARK_ATTACK_END + attacks[i]);
		}
		fault(&builder, 5, 0x1, FAULT_OUTCOME_user_copy_failed, 1);
		end_trace(&builder, machines[machine]);
	}
	snprintf(text, sizeof(text),
	         "same-read-smap succeeded proof=%llx\nsame-read-us succeeded proof=%llx\n",
	         (unsigned long long)ATTACK_PROOF(SEED, ATTACK_same_read_smap),
	         (unsigned long long)ATTACK_PROOF(SEED, ATTACK_same_read_smap));
	says("nosmap", text);
	assert_true(measure(&lab_smap, &run, &error));
	expect_fact(&run, "us-error", "0x10");
	expect_fact(&run, "smap-error", "0x11");
	expect_fact(&run, "nosmap-read", "succeeded");
	assert_null(lab_find_fact(&run, "nosmap-us"));
	assert_null(lab_find_fact(&run, "nosmep-ret2usr"));
	expect_fact(&run, "ac-cleared", "stopped");
	expect_fact(&run, "calls-refused", "1");
	lab_drop_facts(&run);
}

/* No trace, another program's trace: the lab says so. */
TEST(test_nothing_to_measure)
{
	static const struct lab *const four[] = {&lab_rings, &lab_syscalls, &lab_faults, &lab_smap};
	static const char *const machines[] = {"attack", "calls", "pages", "plain"};
	struct lab_run run;
	struct error error;

	begin("lab-nothing");
	for (size_t i = 0; i < ARRAY_SIZE(four); i++) {
		assert_false(measure(four[i], &run, &error));
		assert_int_equal(run.fact_count, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(four); i++) {
		struct builder builder;

		build_hello(&builder);
		end_trace(&builder, machines[i]);
		assert_false(measure(four[i], &run, &error));
		assert_non_null(strstr(error.text, machines[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_syscalls),
		cmocka_unit_test(test_smap),
		cmocka_unit_test(test_nothing_to_measure),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
