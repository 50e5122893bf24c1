/*
 * The matrix of attacks from built traces: what the program's lines say, what the records between the
 * marks show, what the two together prove; and the matrix, its tables and its page.
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
#include "abi/vectors.h"
#include "tools/lab_attacks.h"
#include "vmx/exit_reasons.h"

#define SECRET  0x1122334455667700u
#define BENEATH 0x99aabbccddeeff00u
#define USER    0x401000u
#define KERNEL  0xffffffff80201000u

#define FAULTS_AT   0xffffffff80205000u
#define INJECTED_GP 0x80000b0du /* valid, error code, hardware exception, #GP */

static const struct attack_kind kinds[] = {
	{"read", "read", 3, "ring 3 reads the kernel's page", "the secret"},
	{"deref", "deref", 0, "ring 0 reads ring 3's page", "the secret"},
	{"tables", "tables", 0, "ring 0 reads its own page", "the secret"},
	{"jump", "ret2usr", 0, "ring 0 jumps to ring 3's page", "the secret"},
	{"ask", "ask", 0, "ring 3 asks ring 0", "the secret"},
	{"smash", "smash", 0, "ring 0's stack is overwritten", "the secret"},
};
#define KINDS ARRAY_SIZE(kinds)
enum { READ, DEREF, TABLES, JUMP, ASK, SMASH };

static const struct mitigation_kind smep = {"smep",   "SMEP", false,
                                            "nosmep", "",     "no code of ring 3's"};
static const struct mitigation_kind smap = {"smap",   "SMAP", false,
                                            "nosmap", "",     "no data of ring 3's"};
static const struct mitigation_kind eptrwx = {"eptrwx", "EPT R/W/X", false,
                                              "",       "eptrwx",    "ring -1's rights"};
static const struct column columns[] = {
	{"off", "all off", "no mitigation", false, NULL},
	{"smep", "SMEP", "no code of ring 3's", false, &smep},
	{"smap", "SMAP", "no data of ring 3's", false, &smap},
	{"eptrwx", "EPT R/W/X", "ring -1's rights", false, &eptrwx},
	{"all", "all on", "every mitigation", true, NULL},
};
#define COLUMNS ARRAY_SIZE(columns)

static void start_matrix(struct matrix *matrix)
{
	*matrix = (struct matrix){.attacks = kinds,
	                          .attack_count = KINDS,
	                          .columns = columns,
	                          .column_count = COLUMNS,
	                          .cells = calloc(KINDS * COLUMNS, sizeof(struct cell)),
	                          .secrets = {SECRET, BENEATH}};
	assert_non_null(matrix->cells);
}

/* One column from a built trace and the program's output. */
static void measure(struct matrix *matrix, size_t column, struct builder *builder,
                    const char *output, struct machine_end *end)
{
	const char *place = build_place(columns[column].token);
	bool mine[KINDS];
	struct error error;

	memset(mine, true, sizeof(mine));
	build_directory(builder, place);
	assert_true(attacks_measure(matrix, column, place, output, mine, end, &error));
	for (size_t i = 0; i < KINDS; i++)
		snprintf(matrix_cell(matrix, i, column)->trace, TRACE_PATH_SIZE, "DIR/%s",
		         columns[column].token);
}

static void begin(struct builder *b, u32 attack)
{
	build_wait(b, 100);
	BUILD(b, user_enter, .pid = 7);
	build_wait(b, 10);
	BUILD(b, mark, .pid = 7, .value = MARK_ATTACK + attack, .text = "begins");
	build_wait(b, 10);
}

static void end(struct builder *b, u32 attack)
{
	build_wait(b, 10);
	BUILD(b, user_enter, .pid = 7);
	build_wait(b, 10);
	BUILD(b, mark, .pid = 7, .value = MARK_ATTACK + MARK_ATTACK_END + attack, .text = "ends");
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_interrupt);
}

static void call_driver(struct builder *b)
{
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .pid = 7, .number = SYSCALL_ioctl, .arg0 = 3, .arg1 = 0x5600);
	build_wait(b, 20);
}

static void return_from_driver(struct builder *b, s64 result)
{
	build_wait(b, 20);
	BUILD(b, syscall_exit, .pid = 7, .number = SYSCALL_ioctl, .result = result);
}

static void fault(struct builder *b, u32 error, u64 address, u32 outcome)
{
	BUILD(b, page_fault_entry, .pid = 7, .address = address, .rip = FAULTS_AT,
	      .error_code = error);
	build_wait(b, 30);
	BUILD(b, page_fault_exit, .pid = 7, .outcome = outcome);
}

/* Ring 0's own fault, in a call of the driver's. */
static void fault_in_driver(struct builder *b, u32 attack, u32 error, u64 address)
{
	begin(b, attack);
	call_driver(b);
	fault(b, error, address, FAULT_OUTCOME_user_copy_failed);
	return_from_driver(b, 0);
	end(b, attack);
}

static void fault_in_ring3(struct builder *b, u32 attack, u32 error, u64 address)
{
	begin(b, attack);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_page_fault);
	fault(b, error, address, FAULT_OUTCOME_signal);
	end(b, attack);
}

/* A page that ring 0 serves is nobody's refusal. */
static void nothing_refused(struct builder *b, u32 attack)
{
	begin(b, attack);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_page_fault);
	fault(b, 7, 0x600000, FAULT_OUTCOME_copy_on_write);
	BUILD(b, user_enter, .pid = 7);
	call_driver(b);
	return_from_driver(b, 0);
	end(b, attack);
}

static void refused_by_ept(struct builder *b, u32 attack, u64 qualification)
{
	begin(b, attack);
	call_driver(b);
	BUILD(b, vm_exit, .reason = EXIT_EPT_VIOLATION, .qualification = qualification,
	      .guest_rip = FAULTS_AT, .guest_physical = 0x201000, .guest_linear = KERNEL);
	build_wait(b, 50);
	BUILD(b, vm_entry, .interruption_info = INJECTED_GP);
	BUILD(b, exception_entry, .pid = 7, .vector = VECTOR_GP, .rip = FAULTS_AT);
	build_wait(b, 10);
	BUILD(b, exception_exit, .pid = 7, .vector = VECTOR_GP);
	return_from_driver(b, 0);
	end(b, attack);
}

static void grant(struct builder *b, const char *name)
{
	struct trace_protection granted = {.asked = 1, .granted = 1};

	strcpy(granted.name, name);
	build_record(b, EVENT_protection, &granted);
}

static void start_trace(struct builder *b)
{
	build_start(b);
	BUILD(b, vm_entry, .result = 0);
}

static void reads(const char *text, struct claim_line lines[KINDS])
{
	memset(lines, 0, KINDS * sizeof(*lines));
	attacks_read(text, kinds, KINDS, lines);
}

static void test_lines(void **state)
{
	struct claim_line lines[KINDS];

	(void)state;
	reads("starting\r\n"
	      "read stopped vector=14 error=0x5 address=0xffffffff80201000 rip=0x401234 ring=3\r\n"
	      "ret2usr succeeded proof=1122334455667703\n"
	      "ask refused errno=1\nsmash failed it did not come back proof=1",
	      lines);
	assert_int_equal(lines[READ].claim, CLAIM_STOPPED);
	assert_true(lines[READ].has_vector && lines[READ].has_error && lines[READ].has_rip);
	assert_int_equal(lines[READ].vector, 14);
	assert_int_equal(lines[READ].error, 5);
	assert_int_equal(lines[READ].rip, 0x401234);
	assert_string_equal(lines[READ].text, "read stopped vector=14 error=0x5 "
	                                      "address=0xffffffff80201000 rip=0x401234 ring=3");
	assert_int_equal(lines[JUMP].claim, CLAIM_SUCCEEDED);
	assert_true(lines[JUMP].has_proof && lines[JUMP].proof == SECRET + JUMP);
	assert_int_equal(lines[ASK].claim, CLAIM_REFUSED);
	assert_int_equal(lines[ASK].result, -1);
	assert_int_equal(lines[SMASH].claim, CLAIM_FAILED);
	assert_false(lines[SMASH].has_proof);
	assert_int_equal(lines[DEREF].claim, CLAIM_NONE);
}

/* A guest can print anything. */
static void test_lines_that_are_none(void **state)
{
	struct claim_line lines[KINDS];
	char *text = malloc(100000);

	(void)state;
	assert_non_null(text);
	reads("", lines);
	reads("read\nread \n read\nreads succeeded\nread succeeds\n\n\r\n=\n", lines);
	assert_int_equal(lines[READ].claim, CLAIM_NONE);
	reads("read succeeded proof= proof=-1 proof=xyz proof=11223344556677889 vector=256 "
	      "vector=-1 errno=0 errno=99999 rip= = error=0x 0x",
	      lines);
	assert_int_equal(lines[READ].claim, CLAIM_SUCCEEDED);
	assert_false(lines[READ].has_proof || lines[READ].has_vector || lines[READ].has_rip ||
	             lines[READ].has_error);
	assert_int_equal(lines[READ].result, 0);
	reads("read failed first\nread succeeded proof=1\n", lines);
	assert_int_equal(lines[READ].claim, CLAIM_FAILED);
	reads("read failed \x1b[2J\xff\n", lines);
	assert_string_equal(lines[READ].text, "read failed .[2J.");
	memset(text, 'a', 99999);
	memcpy(text, "read failed ", 12);
	text[99999] = 0;
	reads(text, lines);
	assert_int_equal(lines[READ].claim, CLAIM_NONE);
	text[500] = 0;
	reads(text, lines);
	assert_int_equal(strlen(lines[READ].text), CLAIM_TEXT_SIZE - 1);
	free(text);
}

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

static void build_panic(struct builder *b, const char *message)
{
	build_finish(b);
	b->info.state = TRACE_DISK_CLOSED;
	b->info.cause = GUEST_END_panic;
	snprintf(b->info.message, sizeof(b->info.message), "%s", message);
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

/* All columns of the small matrix. */
static void build_matrix(struct matrix *matrix)
{
	for (size_t column = 0; column < COLUMNS; column++) {
		bool all = columns[column].all;
		bool has_smep = all || columns[column].on == &smep;
		bool has_smap = all || columns[column].on == &smap;
		bool has_ept = all || columns[column].on == &eptrwx;
		struct machine_end ended = {0};
		struct builder b;
		char output[600];

		start_trace(&b);
		strcpy(output, "read stopped vector=14 error=0x5\nask succeeded proof=1\n");
		if (has_smep)
			grant(&b, "SMEP");
		if (has_smap)
			grant(&b, "SMAP");
		fault_in_ring3(&b, READ, 5, KERNEL);
		if (has_smap)
			fault_in_driver(&b, DEREF, 1, USER);
		else
			nothing_refused(&b, DEREF);
		strcat(output, has_smap ? "deref stopped vector=14 error=0x1\n"
		                        : "deref succeeded proof=1122334455667701\n");
		if (has_ept)
			refused_by_ept(&b, TABLES, 0x181);
		else
			nothing_refused(&b, TABLES);
		strcat(output, has_ept ? "tables stopped vector=13 error=0x0\n"
		                       : "tables succeeded proof=1122334455667702\n");
		if (has_smep)
			fault_in_driver(&b, JUMP, 0x11, USER);
		else
			nothing_refused(&b, JUMP);
		strcat(output, has_smep ? "ret2usr stopped vector=14 error=0x11\n"
		                        : "ret2usr succeeded proof=1122334455667703\n");
		nothing_refused(&b, ASK);
		begin(&b, SMASH);
		build_panic(&b, "stack smashed in driver");
		measure(matrix, column, &b, output, &ended);
	}
	strcpy(matrix->machine, "bochs, a processor");
}

static void expect_of(const char *name, void (*put)(FILE *out, const struct matrix *matrix))
{
	struct matrix matrix;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	start_matrix(&matrix);
	build_matrix(&matrix);
	put(out, &matrix);
	fclose(out);
	expect_text(name, text);
	free(text);
	matrix_free(&matrix);
}

static void print_plain(FILE *out, const struct matrix *matrix)
{
	matrix_print(out, matrix, false);
}

static void test_print(void **state)
{
	(void)state;
	expect_of("attacks.txt", print_plain);
}

static void test_tables(void **state)
{
	(void)state;
	expect_of("attacks.json", matrix_json);
	expect_of("attacks.csv", matrix_csv);
}

/* Each cell links to a place of its own, and that place is there. */
static void test_page(void **state)
{
	struct matrix matrix;
	char *text = NULL, id[120];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	start_matrix(&matrix);
	build_matrix(&matrix);
	matrix_web(out, &matrix);
	fclose(out);
	for (size_t attack = 0; attack < KINDS; attack++)
		for (size_t column = 0; column < COLUMNS; column++) {
			snprintf(id, sizeof(id), "id=\"%s-%s\"", kinds[attack].token,
			         columns[column].token);
			assert_non_null(strstr(text, id));
			snprintf(id, sizeof(id), "href=\"#%s-%s\"", kinds[attack].token,
			         columns[column].token);
			assert_non_null(strstr(text, id));
		}
	assert_non_null(strstr(text, "<mark>"));
	free(text);
	matrix_free(&matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),          cmocka_unit_test(test_lines_that_are_none),
		cmocka_unit_test(test_success),        cmocka_unit_test(test_checks),
		cmocka_unit_test(test_unproven),       cmocka_unit_test(test_ring_0),
		cmocka_unit_test(test_exceptions),     cmocka_unit_test(test_ring_minus_1),
		cmocka_unit_test(test_noise),          cmocka_unit_test(test_panic),
		cmocka_unit_test(test_strange_traces), cmocka_unit_test(test_print),
		cmocka_unit_test(test_tables),         cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
