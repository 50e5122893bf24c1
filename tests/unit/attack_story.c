#include "tests/unit/unit.h"
#include "tests/unit/attack_story.h"
#include "abi/syscalls.h"
#include "abi/vectors.h"
#include "vmx/exit_reasons.h"

const struct attack_kind kinds[KINDS] = {
	{"read", "read", 3, "ring 3 reads the kernel's page", "the secret"},
	{"deref", "deref", 0, "ring 0 reads ring 3's page", "the secret"},
	{"tables", "tables", 0, "ring 0 reads its own page", "the secret"},
	{"jump", "ret2usr", 0, "ring 0 jumps to ring 3's page", "the secret"},
	{"ask", "ask", 0, "ring 3 asks ring 0", "the secret"},
	{"smash", "smash", 0, "ring 0's stack is overwritten", "the secret"},
};

const struct mitigation_kind smep = {"smep", "SMEP", false, "nosmep", "", "no code of ring 3's"};
const struct mitigation_kind smap = {"smap", "SMAP", false, "nosmap", "", "no data of ring 3's"};
const struct mitigation_kind eptrwx = {"eptrwx", "EPT R/W/X", false,
                                       "",       "eptrwx",    "ring -1's rights"};
const struct column columns[COLUMNS] = {
	{"off", "all off", "no mitigation", false, NULL},
	{"smep", "SMEP", "no code of ring 3's", false, &smep},
	{"smap", "SMAP", "no data of ring 3's", false, &smap},
	{"eptrwx", "EPT R/W/X", "ring -1's rights", false, &eptrwx},
	{"all", "all on", "every mitigation", true, NULL},
};

void start_matrix(struct matrix *matrix)
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
void measure(struct matrix *matrix, size_t column, struct builder *builder, const char *output,
             struct machine_end *end)
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

void begin(struct builder *b, u32 attack)
{
	build_wait(b, 100);
	BUILD(b, user_enter, .pid = 7);
	build_wait(b, 10);
	BUILD(b, mark, .pid = 7, .value = MARK_ATTACK + attack, .text = "begins");
	build_wait(b, 10);
}

void end(struct builder *b, u32 attack)
{
	build_wait(b, 10);
	BUILD(b, user_enter, .pid = 7);
	build_wait(b, 10);
	BUILD(b, mark, .pid = 7, .value = MARK_ATTACK + MARK_ATTACK_END + attack, .text = "ends");
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_interrupt);
}

void call_driver(struct builder *b)
{
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .pid = 7, .number = SYSCALL_ioctl, .arg0 = 3, .arg1 = 0x5600);
	build_wait(b, 20);
}

void return_from_driver(struct builder *b, s64 result)
{
	build_wait(b, 20);
	BUILD(b, syscall_exit, .pid = 7, .number = SYSCALL_ioctl, .result = result);
}

void fault(struct builder *b, u32 error, u64 address, u32 outcome)
{
	BUILD(b, page_fault_entry, .pid = 7, .address = address, .rip = FAULTS_AT,
	      .error_code = error);
	build_wait(b, 30);
	BUILD(b, page_fault_exit, .pid = 7, .outcome = outcome);
}

/* Ring 0's own fault, in a call of the driver's. */
void fault_in_driver(struct builder *b, u32 attack, u32 error, u64 address)
{
	begin(b, attack);
	call_driver(b);
	fault(b, error, address, FAULT_OUTCOME_user_copy_failed);
	return_from_driver(b, 0);
	end(b, attack);
}

void fault_in_ring3(struct builder *b, u32 attack, u32 error, u64 address)
{
	begin(b, attack);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_page_fault);
	fault(b, error, address, FAULT_OUTCOME_signal);
	end(b, attack);
}

/* A page that ring 0 serves is nobody's refusal. */
void nothing_refused(struct builder *b, u32 attack)
{
	begin(b, attack);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_page_fault);
	fault(b, 7, 0x600000, FAULT_OUTCOME_copy_on_write);
	BUILD(b, user_enter, .pid = 7);
	call_driver(b);
	return_from_driver(b, 0);
	end(b, attack);
}

void refused_by_ept(struct builder *b, u32 attack, u64 qualification)
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

void grant(struct builder *b, const char *name)
{
	struct trace_protection granted = {.asked = 1, .granted = 1};

	strcpy(granted.name, name);
	build_record(b, EVENT_protection, &granted);
}

void start_trace(struct builder *b)
{
	build_start(b);
	BUILD(b, vm_entry, .result = 0);
}

void build_panic(struct builder *b, const char *message)
{
	build_finish(b);
	b->info.state = TRACE_DISK_CLOSED;
	b->info.cause = GUEST_END_panic;
	snprintf(b->info.message, sizeof(b->info.message), "%s", message);
}
