/*
 * Attacks judged from built traces: what the records between the marks show, what they and the
 * program's lines prove together.
 */
// clang-format off
/*
 * Sources: tests/unit/attack_story.c tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/attack_story.h"
#include "abi/vectors.h"
#include "vmx/exit_reasons.h"

/* The cell of one attack, from a trace that is already built. */
static const struct cell *judged(struct builder *b, u32 attack, const char *output)
{
	static struct matrix matrix;
	struct machine_end ended = {0};

	matrix_free(&matrix);
	start_matrix(&matrix);
	measure(&matrix, 0, b, output, &ended);
	return matrix_cell(&matrix, attack, 0);
}

static void expect_cell(const struct cell *cell, enum outcome outcome, enum stopper stopper,
                        const char *check)
{
	if (cell->outcome != outcome || cell->stopper != stopper || strcmp(cell->check, check))
		print_message("check %s: %s\n", cell->check, cell->why);
	assert_int_equal(cell->outcome, outcome);
	assert_int_equal(cell->stopper, stopper);
	assert_string_equal(cell->check, check);
}

static void test_success(void **state)
{
	struct builder b;
	const struct cell *cell;

	(void)state;
	start_trace(&b);
	nothing_refused(&b, JUMP);
	cell = judged(&b, JUMP, "ret2usr succeeded proof=1122334455667703\n");
	expect_cell(cell, OUTCOME_SUCCEEDED, STOPPER_NONE, "");
	assert_non_null(strstr(cell->lines[cell->proving], "mark ends"));
	start_trace(&b);
	nothing_refused(&b, JUMP);
	/* The secret itself is another attack's proof. */
	cell = judged(&b, JUMP, "ret2usr succeeded proof=1122334455667700\n");
	expect_cell(cell, OUTCOME_FALSE_CLAIM, STOPPER_NONE, "");
	start_trace(&b);
	nothing_refused(&b, JUMP);
	expect_cell(judged(&b, JUMP, "ret2usr succeeded\n"), OUTCOME_FALSE_CLAIM, STOPPER_NONE, "");
	start_trace(&b);
	nothing_refused(&b, JUMP);
	cell = judged(&b, DEREF, "deref succeeded proof=1122334455667701\n");
	expect_cell(cell, OUTCOME_UNPROVEN, STOPPER_NONE, "");
	assert_non_null(strstr(cell->why, "lacks its first mark"));
}

/* What the processor checked, by error code, address and what is on. */
static void test_checks(void **state)
{
	static const struct {
		u32 error;
		u64 address;
		const char *on, *check;
	} rows[] = {
		{0x11, USER, "SMEP", "SMEP"},       {0x11, USER, "NX", "NX"},
		{0x11, KERNEL, "SMEP", "NX"},       {0x01, USER, "SMAP", "SMAP"},
		{0x03, USER, "SMAP", "SMAP"},       {0x03, USER, "WP", "WP"},
		{0x03, KERNEL, "WP", "WP"},         {0x05, KERNEL, "WP", "U/S"},
		{0x15, KERNEL, "NX", "U/S"},        {0x15, USER, "NX", "NX"},
		{0x07, USER, "WP", "R/W"},          {0x04, KERNEL, "WP", "not present"},
		{0x0d, USER, "WP", "reserved bit"}, {0x01, USER, "NX", "SMAP"},
		{0x05, FAULTS_AT, "WP", "U/S"},
	};
	char output[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct builder b;
		const struct cell *cell;

		start_trace(&b);
		grant(&b, rows[i].on);
		if (rows[i].error & 4)
			fault_in_ring3(&b, READ, rows[i].error, rows[i].address);
		else
			fault_in_driver(&b, READ, rows[i].error, rows[i].address);
		snprintf(output, sizeof(output), "read stopped vector=14 error=0x%x\n",
		         rows[i].error);
		cell = judged(&b, READ, output);
		expect_cell(cell, OUTCOME_STOPPED, STOPPER_PROCESSOR, rows[i].check);
		assert_non_null(strstr(cell->lines[cell->proving], "page fault at"));
		assert_int_equal(cell->access, rows[i].error & 0x10 || rows[i].address == FAULTS_AT
		                                       ? 4
		                               : rows[i].error & 2 ? 2
		                                                   : 1);
	}
}

/* Both must say the same. */
static void test_unproven(void **state)
{
	struct builder b;
	const struct cell *cell;

	(void)state;
	start_trace(&b);
	nothing_refused(&b, READ);
	cell = judged(&b, READ, "read stopped vector=14 error=0x5\n");
	expect_cell(cell, OUTCOME_UNPROVEN, STOPPER_NONE, "");
	assert_non_null(strstr(cell->why, "nothing that was refused"));
	start_trace(&b);
	fault_in_ring3(&b, READ, 5, KERNEL);
	cell = judged(&b, READ, "read stopped vector=13 error=0x0\n");
	expect_cell(cell, OUTCOME_UNPROVEN, STOPPER_NONE, "");
	assert_non_null(strstr(cell->why, "#PF(0x5)"));
	start_trace(&b);
	fault_in_ring3(&b, READ, 5, KERNEL);
	expect_cell(judged(&b, READ, "read stopped vector=14 error=0x7\n"), OUTCOME_UNPROVEN,
	            STOPPER_NONE, "");
	/* What happened in another attack proves nothing. */
	start_trace(&b);
	fault_in_ring3(&b, DEREF, 5, KERNEL);
	nothing_refused(&b, READ);
	expect_cell(judged(&b, READ, "read stopped vector=14 error=0x5\n"), OUTCOME_UNPROVEN,
	            STOPPER_NONE, "");
}

static void test_ring_0(void **state)
{
	struct builder b;
	const struct cell *cell;

	(void)state;
	start_trace(&b);
	begin(&b, ASK);
	call_driver(&b);
	return_from_driver(&b, -1);
	end(&b, ASK);
	cell = judged(&b, ASK, "ask refused errno=1\n");
	expect_cell(cell, OUTCOME_STOPPED, STOPPER_RING0, "EPERM");
	assert_non_null(strstr(cell->lines[cell->proving], "ioctl = -EPERM"));
	start_trace(&b);
	begin(&b, ASK);
	call_driver(&b);
	return_from_driver(&b, -13);
	end(&b, ASK);
	expect_cell(judged(&b, ASK, "ask refused errno=1\n"), OUTCOME_UNPROVEN, STOPPER_NONE, "");
}

static void test_exceptions(void **state)
{
	struct builder b;
	const struct cell *cell;

	(void)state;
	start_trace(&b);
	begin(&b, READ);
	BUILD(&b, user_leave, .pid = 7, .gate = USER_GATE_exception);
	BUILD(&b, exception_entry, .pid = 7, .vector = VECTOR_GP, .rip = 0x401234);
	BUILD(&b, exception_exit, .pid = 7, .vector = VECTOR_GP);
	end(&b, READ);
	cell = judged(&b, READ, "read stopped vector=13 error=0x0 rip=0x401234 ring=3\n");
	expect_cell(cell, OUTCOME_STOPPED, STOPPER_PROCESSOR, "#GP");
	assert_non_null(strstr(cell->why, "#GP(0x0) in ring 3"));
	/* SYSRET faults in ring 0, which has said already that ring 3 runs. */
	start_trace(&b);
	begin(&b, READ);
	BUILD(&b, exception_entry, .pid = 7, .vector = VECTOR_GP, .rip = KERNEL);
	build_wait(&b, 10);
	BUILD(&b, exception_exit, .pid = 7, .vector = VECTOR_GP);
	build_wait(&b, 10);
	BUILD(&b, user_leave, .pid = 7, .gate = USER_GATE_syscall);
	end(&b, READ);
	cell = judged(&b, READ, "read stopped vector=13 error=0x0 ring=0\n");
	expect_cell(cell, OUTCOME_STOPPED, STOPPER_PROCESSOR, "#GP");
	assert_non_null(strstr(cell->why, "#GP(0x0) in ring 0"));
}

static void test_ring_minus_1(void **state)
{
	struct builder b;
	const struct cell *cell;

	(void)state;
	start_trace(&b);
	refused_by_ept(&b, TABLES, 0x182);
	cell = judged(&b, TABLES, "tables stopped vector=13 error=0x0 ring=0\n");
	expect_cell(cell, OUTCOME_STOPPED, STOPPER_HYPERVISOR, "EPT write");
	assert_int_equal(cell->access, 2);
	assert_non_null(strstr(cell->lines[cell->proving], "EXIT EPT_VIOLATION"));
	assert_non_null(strstr(cell->why, "answered with #GP(0x0)"));
	/* The hypercall's answer, which ring 0 hands on. */
	start_trace(&b);
	begin(&b, ASK);
	call_driver(&b);
	BUILD(&b, vm_exit, .reason = EXIT_VMCALL, .operand0 = 11);
	BUILD(&b, vm_entry, .result = (u64)-14);
	return_from_driver(&b, -14);
	end(&b, ASK);
	cell = judged(&b, ASK, "ask refused errno=14\n");
	expect_cell(cell, OUTCOME_STOPPED, STOPPER_HYPERVISOR, "EFAULT");
	assert_non_null(strstr(cell->why, "hypercall 11 (peek)"));
	/* Exits that ring -1 served are no refusal. */
	start_trace(&b);
	begin(&b, ASK);
	BUILD(&b, vm_exit, .reason = EXIT_CPUID);
	BUILD(&b, vm_entry, .result = (u64)-14);
	end(&b, ASK);
	expect_cell(judged(&b, ASK, "ask refused errno=14\n"), OUTCOME_UNPROVEN, STOPPER_NONE, "");
}

static void test_panic(void **state)
{
	struct machine_end ended = {0};
	struct matrix matrix;
	struct builder b;
	struct cell *cell;

	(void)state;
	start_trace(&b);
	nothing_refused(&b, READ);
	begin(&b, SMASH);
	call_driver(&b);
	BUILD(&b, vm_exit, .reason = EXIT_VMCALL, .operand0 = 3);
	build_panic(&b, "stack smashed in driver");
	start_matrix(&matrix);
	measure(&matrix, 0, &b, "read succeeded proof=1122334455667700\n", &ended);
	cell = matrix_cell(&matrix, SMASH, 0);
	expect_cell(cell, OUTCOME_STOPPED, STOPPER_RING0, "panic");
	assert_true(cell->fatal && ended.early);
	assert_int_equal(ended.reached, SMASH + 1);
	assert_non_null(strstr(cell->why, "stack smashed in driver"));
	expect_cell(matrix_cell(&matrix, READ, 0), OUTCOME_SUCCEEDED, STOPPER_NONE, "");
	cell = matrix_cell(&matrix, ASK, 0);
	expect_cell(cell, OUTCOME_UNMEASURED, STOPPER_NONE, "");
	assert_non_null(strstr(cell->why, "did not come to it"));
	matrix_free(&matrix);
	/* A fault that ring 0 died of is the processor's check. */
	start_trace(&b);
	grant(&b, "SMEP");
	begin(&b, JUMP);
	call_driver(&b);
	BUILD(&b, page_fault_entry, .pid = 7, .address = USER, .rip = USER, .error_code = 0x11);
	build_panic(&b, "page fault in ring 0");
	start_matrix(&matrix);
	ended = (struct machine_end){0};
	measure(&matrix, 0, &b, "", &ended);
	expect_cell(matrix_cell(&matrix, JUMP, 0), OUTCOME_STOPPED, STOPPER_PROCESSOR, "SMEP");
	assert_true(matrix_cell(&matrix, JUMP, 0)->fatal);
	matrix_free(&matrix);
}

/* Ends without beginnings, marks of no attack, twice the same, more faults than are kept. */
static void test_strange_traces(void **state)
{
	struct builder b;
	const struct cell *cell;

	(void)state;
	start_trace(&b);
	end(&b, READ);
	begin(&b, 4000);
	begin(&b, READ);
	begin(&b, READ);
	begin(&b, DEREF);
	end(&b, READ);
	for (u32 i = 0; i < 20000; i++) {
		BUILD(&b, user_leave, .pid = 7, .gate = USER_GATE_page_fault);
		fault(&b, 5, KERNEL, FAULT_OUTCOME_signal);
		BUILD(&b, user_enter, .pid = 7);
	}
	end(&b, DEREF);
	cell = judged(&b, DEREF, "read failed x\nderef stopped vector=14 error=0x7\n");
	expect_cell(cell, OUTCOME_UNPROVEN, STOPPER_NONE, "");
	assert_non_null(strstr(cell->why, "as far as it was followed"));
}

/* Records in any order with any content, and any bytes for output: an answer, and no more. */
static void test_noise(void **state)
{
	static const u16 ids[] = {EVENT_mark,
	                          EVENT_page_fault_entry,
	                          EVENT_page_fault_exit,
	                          EVENT_exception_entry,
	                          EVENT_exception_exit,
	                          EVENT_vm_exit,
	                          EVENT_vm_entry,
	                          EVENT_syscall_entry,
	                          EVENT_syscall_exit,
	                          EVENT_process_exit,
	                          EVENT_user_enter,
	                          EVENT_user_leave};
	u64 seed = 20261121;

	(void)state;
	for (u32 round = 0; round < 60; round++) {
		char output[4000];
		struct builder b;

		build_start(&b);
		for (u32 i = 0; i < 300; i++) {
			u64 record[32];
			struct trace_mark *mark = (void *)record;
			u64 word = random_next(&seed);
			u16 id = ids[word % ARRAY_SIZE(ids)];

			for (size_t j = 0; j < ARRAY_SIZE(record); j++)
				record[j] = random_next(&seed) >> (word >> 8 & 63);
			mark->pid = (u32)(word >> 16 & 7);
			if (id == EVENT_mark)
				mark->value = MARK_ATTACK + (word >> 24) % 8 +
				              (word >> 40 & 1) * MARK_ATTACK_END;
			build_wait(&b, word >> 48 & 15);
			build_record(&b, id, record);
		}
		for (size_t i = 0; i < sizeof(output) - 1; i++)
			output[i] = "\nask stopped=x0 17refused-"[random_next(&seed) % 25];
		output[sizeof(output) - 1] = 0;
		memcpy(output, "read refused errno=1\nask stopped vector=14\n", 43);
		judged(&b, READ, output);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),        cmocka_unit_test(test_checks),
		cmocka_unit_test(test_unproven),       cmocka_unit_test(test_ring_0),
		cmocka_unit_test(test_exceptions),     cmocka_unit_test(test_ring_minus_1),
		cmocka_unit_test(test_noise),          cmocka_unit_test(test_panic),
		cmocka_unit_test(test_strange_traces),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
