/*
 * What the labs say of Popek and Goldberg's three properties, judged by what was seen: a difference is
 * excepted only for a reason, whatever stands in it; what ran natively is counted between a program's
 * start and end.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include "tests/unit/unit.h"

#include "abi/syscalls.h"
#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tools/lab_efficiency.h"
#include "tools/lab_equivalence.h"
#include "tools/lab_resource.h"
#include "tools/lab_wrap.h"
#include "vmx/exit_reasons.h"

#define JUDGED(a, b) assert_int_equal(equivalence_judge(a, b), expected)

TEST(test_excepted)
{
	enum exemption expected = EXEMPT_leaf;

	JUDGED("cpuid bit hypervisor 0", "cpuid bit hypervisor 1");
	JUDGED("cpuid 40000000.0 eax 00000dac ebx 00000fa0",
	       "cpuid 40000000.0 eax 40000010 ebx 676e6952");
	expected = EXEMPT_withheld;
	JUDGED("cpuid 00000001.0 ecx 7ffaf3bf edx bfebfbff",
	       "cpuid 00000001.0 ecx 7eda3203 edx 0f8ba97f");
	expected = EXEMPT_time;
	JUDGED("ticks of 100 calls 0000000000005788", "ticks of 100 calls 00000000000060c6");
	expected = EXEMPT_resources;
	JUDGED("memory bytes 000000000fbf1000", "memory bytes 0000000003c00000");
	expected = EXEMPT_loader;
	JUDGED("CR0 at start 00000000e0000011", "CR0 at start 0000000080000011");
}

TEST(test_violations)
{
	enum exemption expected = EXEMPT_violation;

	/* A feature that the processor lacks; another leaf; another register. */
	JUDGED("cpuid 00000001.0 ecx 00000000 edx 00000000",
	       "cpuid 00000001.0 ecx 00000020 edx 00000000");
	JUDGED("cpuid 00000001.0 ecx 00000001 edx 00000000",
	       "cpuid 00000002.0 ecx 00000000 edx 00000000");
	JUDGED("cpuid 00000001.0 ecx 00000001 edx 00000000",
	       "cpuid 00000001.0 eax 00000001 ebx 00000000");
	JUDGED("cpuid 00000001.0 ecx 7ffaf3bf", "cpuid 00000001.0 ecx 00000000");
	/* What is excepted on one side alone. */
	JUDGED("ticks of 100 calls 1", "");
	JUDGED("", "memory bytes 1");
	JUDGED("CR0 at start 00000000e0000011", "CR0 at start 0000000080000031");
	JUDGED("CR4 at start 0000000000000020", "CR4 at start 0000000000002020");
	JUDGED("CR4 00000000003406a0", "CR4 00000000003426a0");
	JUDGED("hello", "hullo");
	JUDGED("", "");
}

static void shows(struct equivalence_session *session, const char *a, const char *b)
{
	struct equivalence_difference *shown = &session->shown[session->shown_count++];

	snprintf(shown->a, sizeof(shown->a), "%s", a);
	snprintf(shown->b, sizeof(shown->b), "%s", b);
	shown->exemption = equivalence_judge(a, b);
	shown->count = 1;
	session->total++;
	session->violations += shown->exemption == EXEMPT_violation;
}

TEST(test_bits)
{
	static struct equivalence_session session;
	char bits[80], few[10];

	equivalence_bits(&session, bits, sizeof(bits));
	assert_string_equal(bits, "none");
	shows(&session, "CR4 00000000003406a0", "CR4 00000000003426a0");
	shows(&session, "CR0 at start 00000000e0000011", "CR0 at start 0000000080000031");
	shows(&session, "CR4 at start 0000000000000020", "CR4 at start 0000000000002020");
	shows(&session, "CR9", "CR4 2");
	equivalence_bits(&session, bits, sizeof(bits));
	assert_string_equal(bits, "CR4.VMXE,CR0.NE");
	shows(&session, "CR3 0000000000000000", "CR3 0000000000001000");
	equivalence_bits(&session, bits, sizeof(bits));
	assert_string_equal(bits, "CR4.VMXE,CR0.NE,CR3 bit 12");
	equivalence_bits(&session, few, sizeof(few));
	assert_string_equal(few, "CR4.VMXE,");
}

static void exits(struct builder *builder, u32 reason)
{
	build_wait(builder, 10);
	BUILD(builder, vm_exit, .reason = reason);
	build_wait(builder, 5);
	BUILD(builder, vm_entry, .result = 0);
}

static void open_built(struct builder *builder, const char *name, struct trace *trace)
{
	struct error error;

	build_directory(builder, build_place(name));
	assert_true(trace_open(trace, build_place(name), &error));
}

TEST(test_efficiency)
{
	static struct efficiency_workload workload, none;
	struct builder builder;
	struct trace trace;

	build_start(&builder);
	exits(&builder, EXIT_CPUID);
	BUILD(&builder, process_exec, .pid = 1, .program = "hello");
	BUILD(&builder, context_switch, .pid = 0, .next_pid = 1);
	build_wait(&builder, 85);
	for (u32 i = 0; i < 2; i++)
		exits(&builder, EXIT_IO_INSTRUCTION);
	exits(&builder, EXIT_CPUID);
	build_wait(&builder, 100);
	BUILD(&builder, process_exit, .pid = 1);
	exits(&builder, EXIT_CPUID);
	open_built(&builder, "efficiency", &trace);
	efficiency_scan(&workload, &trace);
	trace_close(&trace);
	assert_int_equal(workload.hypervisor, 3 * 5);
	assert_int_equal(workload.exits, 3);
	assert_int_equal(workload.reason_count, 2);
	assert_int_equal(workload.reasons[0].reason, EXIT_IO_INSTRUCTION);
	assert_int_equal(workload.reasons[0].exits, 2);
	assert_in_range(workload.native, 215, 235); /* the builder's clock goes on a little */
	/* A program without an end is not measured, and nothing is divided by nothing. */
	build_start(&builder);
	BUILD(&builder, process_exec, .pid = 1, .program = "hello");
	open_built(&builder, "endless", &trace);
	efficiency_scan(&none, &trace);
	trace_close(&trace);
	assert_int_equal(none.native, 0);
	assert_true(efficiency_native(&none) <= 0 && efficiency_exit_rate(&none, 5) <= 0);
}

/* Of every row that has a control: what it took without the exit, and with it. */
TEST(test_controls)
{
	static struct observatory observatory;
	static struct efficiency_result result;

	efficiency_controls(&result, &observatory);
	assert_int_equal(result.control_count, 0);
	for (u32 row = 0; row < OBSERVATORY_ROWS; row++)
		for (u32 on = 0; on < 2; on++) {
			struct observed_cell *cell = &observatory.cells[row][GUEST_RING0][0][on][0];

			cell->measured = true;
			cell->ticks = on ? 900 : 7;
			cell->exit_count = on;
			cell->exits[0].reason = EXIT_HLT;
		}
	efficiency_controls(&result, &observatory);
	assert_true(result.control_count > 0);
	for (u32 i = 0; i < result.control_count; i++) {
		assert_int_equal(result.controls[i].ticks[0], 7);
		assert_int_equal(result.controls[i].ticks[1], 900);
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(result.controls[i].control,
			                        result.controls[j].control);
	}
	/* A fault's ticks say nothing of the instruction. */
	for (u32 row = 0; row < OBSERVATORY_ROWS; row++)
		observatory.cells[row][GUEST_RING0][0][1][0].faulted = true;
	efficiency_controls(&result, &observatory);
	assert_int_equal(result.control_count, 0);
}

/* A result with something of everything. */
static void fill(struct equivalence_result *equivalence, struct resource_result *resource,
                 struct efficiency_result *efficiency)
{
	struct equivalence_session *session = equivalence->sessions;

	equivalence->count = 3;
	session[0] = (struct equivalence_session){.name = "machine",
	                                          .command = "sees <it>",
	                                          .measured = true,
	                                          .calls = {7, 7},
	                                          .except[1][EXCEPT_interrupts] = 3};
	shows(&session[0], "cpuid bit hypervisor 0", "cpuid bit hypervisor 1");
	session[1] = (struct equivalence_session){
		.name = "shell", .command = "sh", .why = "a machine was not through in time"};
	session[2] = session[0];
	session[2].switched = "fidelity=off";
	shows(&session[2], "CR4 0", "CR4 2000");
	resource->count = 1;
	resource->experiments[0] = (struct resource_experiment){
		.name = "halt",
		.title = "CLI, then HLT",
		.control = "HLT exiting",
		.cells = {{.setting = "on",
	                   .protected = true,
	                   .outcome = RESOURCE_contained,
	                   .who = "ring -1 (HLT exiting)",
	                   .what = "the guest halted",
	                   .evidence = "10  EXIT HLT"},
	                  {.setting = "off", .outcome = RESOURCE_hung, .what = "hung: 4 s"}},
		.count = 2,
	};
	efficiency->in_ticks = true;
	efficiency->count = 2;
	efficiency->workloads[0] = (struct efficiency_workload){
		.name = "hello",
		.command = "hello",
		.does = "one line",
		.measured = true,
		.native = 9000,
		.hypervisor = 1000,
		.bare = 8000,
		.exits = 18,
		.reasons = {{EXIT_CPUID, 10}, {EXIT_IO_INSTRUCTION, 8}},
		.reason_count = 2,
	};
	efficiency->workloads[1] = (struct efficiency_workload){
		.name = "calls", .command = "spam", .does = "calls", .why = "it failed"};
	efficiency->control_count = 2;
	efficiency->controls[0] = (struct efficiency_control){
		"hlt", "HLT exiting", false, {true, true}, {1, 900}, EXIT_HLT};
	efficiency->controls[1] = (struct efficiency_control){"cpuid",       NULL,     false,
	                                                      {false, true}, {0, 170}, EXIT_CPUID};
}

TEST(test_words)
{
	static struct equivalence_result equivalence;
	static struct resource_result resource;
	static struct efficiency_result efficiency;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fill(&equivalence, &resource, &efficiency);
	equivalence_print(out, &equivalence);
	resource_print(out, &resource);
	efficiency_print(out, &efficiency);
	equivalence_json(out, &equivalence);
	resource_json(out, &resource);
	efficiency_json(out, &efficiency);
	fclose(out);
	expect_text("lab-properties.txt", text);
	free(text);
	out = open_memstream(&text, &size);
	equivalence_web(out, &equivalence);
	resource_web(out, &resource);
	efficiency_web(out, &efficiency);
	fclose(out);
	assert_null(strstr(text, "sees <it>"));
	assert_non_null(strstr(text, "sees &lt;it&gt;"));
	free(text);
}

static void wrapped(const char *text, const char *expected)
{
	char *lines;
	size_t size;
	FILE *out = open_memstream(&lines, &size);

	lab_wrap(out, LAB_COLUMNS - 8, LAB_COLUMNS - 5, text);
	fclose(out);
	for (char *from = lines, *to = lines;; from++) {
		if (*from == ' ' && (from == lines || from[-1] == ' ' || from[-1] == '\n'))
			continue; /* what it is indented by */
		*to++ = *from;
		if (!*from)
			break;
	}
	assert_string_equal(lines, expected);
	free(lines);
}

TEST(test_wrap)
{
	wrapped("", "");
	wrapped("a bc def", "a bc def\n");
	wrapped("a bc defg hi", "a bc\ndefg\nhi\n");
	wrapped("abcdefghij klmnopq", "abcdefgh\nij\nklmno\npq\n");
	wrapped("┌┌┌┌┌┌┌┌┌", "┌┌┌┌┌┌┌┌\n┌\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_excepted), cmocka_unit_test(test_violations),
		cmocka_unit_test(test_bits),     cmocka_unit_test(test_efficiency),
		cmocka_unit_test(test_controls), cmocka_unit_test(test_words),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
