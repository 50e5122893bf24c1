/*
 * Hypercalls: ring 0's alone, answered in RAX, and everything unknown is -ENOSYS; and the exits by
 * extended page tables.
 *
 * Sources: ept/ept.c ept/mtrr.c lib/format.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "hv/exit_hypercall.c"
#include "hv/exit_memory.c"

static u64 got[3], asked[4];
static bool touched; /* the violation is made good */
static u32 resumed;
static s32 fake_status;
static u32 logs;

void hv_log(const char *pattern, ...)
{
	assert_true(strstr(pattern, "unknown hypercall") || strstr(pattern, "integrity: %s "));
	logs++;
}

s64 trace_announce(struct vcpu *vcpu, u64 stream, u64 guest_physical)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	got[0] = stream;
	got[1] = guest_physical;
	return -14;
}

s64 trace_take_all(struct vcpu *vcpu, u64 stream)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	got[2] = stream;
	return 0;
}

static s64 ask(u64 call, u64 a, u64 b, u64 c)
{
	asked[0] = call;
	asked[1] = a;
	asked[2] = b;
	asked[3] = c;
	return -(s64)call;
}

s64 guest_protect(struct vcpu *vcpu, u64 guest, u64 bytes, u64 rights)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	return ask(HYPERCALL_protect, guest, bytes, rights);
}

s64 guest_release(struct vcpu *vcpu, u64 guest, u64 bytes)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	return ask(HYPERCALL_release, guest, bytes, 0);
}

s64 guest_dirty_log(struct vcpu *vcpu, u64 what, u64 guest, u64 bytes)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	return ask(HYPERCALL_dirty_log, what, guest, bytes);
}

u32 guest_current_view(const struct vm *vm)
{
	assert_ptr_equal(vm, &fake_vm);
	return 0;
}

s64 guest_view(struct vcpu *vcpu, u64 which)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	return ask(HYPERCALL_view, which, 0, 0);
}

s64 integrity_start(struct vcpu *vcpu, u64 guest, u64 bytes)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	return ask(HYPERCALL_integrity, guest, bytes, 0);
}

static bool crosses;
bool integrity_crosses(const struct vm *vm, u64 qualification, u64 physical)
{
	assert_ptr_equal(vm, &fake_vm);
	return crosses && qualification & EPT_VIOLATION_FETCH && physical == 0x5000;
}

s64 lab_control(struct vcpu *vcpu, u64 which, u64 on, u64 off)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	return ask(HYPERCALL_control, which, on, off);
}

s64 lab_peek(const struct vm *vm, u64 guest)
{
	assert_ptr_equal(vm, &fake_vm);
	return ask(HYPERCALL_peek, guest, 0, 0);
}

bool guest_touch(struct vcpu *vcpu, u64 guest, u64 wanted)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	ask(0, guest, wanted, 0);
	return touched;
}

void guest_log_drain(const struct vm *vm)
{
	assert_ptr_equal(vm, &fake_vm);
	ask(EXIT_PAGE_MODIFICATION_LOG_FULL, 0, 0, 0);
}

void resume_delivery(struct vcpu *vcpu, u64 information)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	assert_int_equal(information, fake_fields[VMCS_exit_qualification]);
	resumed++;
}

_Noreturn void end_guest(struct vcpu *vcpu, enum guest_end cause, s32 status)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	fake_status = status;
	fake_cause = cause;
	fake_sentence[0] = 0;
	longjmp(fake_end_jump, 1);
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	memset(got, 0xff, sizeof(got));
	logs = 0;
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		fake_vcpu.context.registers[i] = 0x1111 * i;
	return 0;
}

static u64 call(u64 number, u64 rdi, u64 rsi)
{
	u64 *registers = fake_vcpu.context.registers, before[GUEST_REGISTERS];

	registers[RAX] = number;
	registers[RDI] = rdi;
	registers[RSI] = rsi;
	memcpy(before, registers, sizeof(before));
	handle_vmcall(&fake_vcpu);
	ASSERT_SKIPPED();
	fake_fields[VMCS_guest_rip] = 0x1000;
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		if (i != RAX)
			assert_int_equal(registers[i], before[i]);
	return registers[RAX];
}

TEST(answers_come_in_rax_and_nothing_else_changes)
{
	assert_int_equal(call(HYPERCALL_nop, 1, 2), 0);
	assert_int_equal(call(HYPERCALL_trace_ring, 1, 0x7000), -14);
	assert_int_equal(got[0], 1);
	assert_int_equal(got[1], 0x7000);
	assert_int_equal(fake_vcpu.result, -14);
	assert_int_equal(call(HYPERCALL_trace_flush, 2, 0), 0);
	assert_int_equal(got[2], 2);
	assert_int_equal(logs, 0);
}

/* The log's port is slow: a guest cannot make ring -1 spend its time there. */
TEST(unknown_ones_are_answered_enosys_and_told_once)
{
	static const u64 numbers[] = {12, 100, 1ull << 32, ~0ull};

	for (u32 i = 0; i < 100; i++)
		assert_int_equal(call(numbers[i % ARRAY_SIZE(numbers)], 0, 0), -38);
	assert_int_equal(logs, 1);
}

TEST(an_nmi_is_sent_where_the_processor_can_deliver_it_right)
{
	assert_int_equal(call(HYPERCALL_nmi, 0, 0), 0);
	assert_true(fake_vcpu.nmi && fake_vcpu.attention);
	fake_vcpu.nmi = false;
	fake_vm.controls.granted[FEATURE_virtual_nmis] = false;
	assert_int_equal(call(HYPERCALL_nmi, 0, 0), -19);
	fake_vm.controls.granted[FEATURE_virtual_nmis] = true;
	fake_vm.controls.allowed[FEATURE_nmi_window] = false;
	assert_int_equal(call(HYPERCALL_nmi, 0, 0), -19);
	assert_false(fake_vcpu.nmi);
	assert_int_equal(logs, 0);
}

TEST(from_ring_3_vmcall_is_undefined)
{
	for (u64 number = 0; number <= HYPERCALL_peek; number++) {
		fake_fields[VMCS_guest_ss_access] = 0xf3;
		fake_vcpu.context.registers[RAX] = number;
		assert_false(quick_vmcall(&fake_vcpu));
		handle_vmcall(&fake_vcpu);
		ASSERT_FAULT(VECTOR_UD);
		assert_int_equal(fake_vcpu.context.registers[RAX], number);
	}
	assert_int_equal(got[0] & got[2], ~0ull);
	assert_false(fake_vcpu.nmi);
}

TEST(the_quick_way_is_for_nop_alone)
{
	fake_vcpu.context.registers[RAX] = HYPERCALL_nop;
	assert_true(quick_vmcall(&fake_vcpu));
	ASSERT_SKIPPED();
	assert_int_equal(fake_vcpu.context.registers[RAX], 0);
	fake_vcpu.context.registers[RAX] = HYPERCALL_trace_flush;
	assert_false(quick_vmcall(&fake_vcpu));
	fake_vcpu.context.registers[RAX] = 1ull << 32;
	assert_false(quick_vmcall(&fake_vcpu));
}

TEST(the_guest_ends_itself)
{
	ASSERT_ENDS(call(HYPERCALL_end, 42, GUEST_END_exit), GUEST_END_exit, "");
	assert_int_equal(fake_status, 42);
	ASSERT_ENDS(call(HYPERCALL_end, 1, GUEST_END_panic), GUEST_END_panic, "gave up");
	/* It cannot make up another cause for itself. */
	ASSERT_ENDS(call(HYPERCALL_end, 0, GUEST_END_watchdog), GUEST_END_exit, "");
}

TEST(calls_about_memory_get_their_arguments)
{
	fake_vcpu.context.registers[RDX] = 3;
	for (u64 number = HYPERCALL_protect; number <= HYPERCALL_view; number++) {
		assert_int_equal(call(number, 1, 2), -number);
		assert_int_equal(asked[0], number);
		assert_int_equal(asked[1], 1);
		assert_int_equal(asked[2], number == HYPERCALL_view ? 0 : 2);
	}
	assert_int_equal(call(HYPERCALL_dirty_log, 1, 2), -HYPERCALL_dirty_log);
	assert_int_equal(asked[3], 3);
}

TEST(calls_of_the_labs_get_their_arguments)
{
	fake_vcpu.context.registers[RDX] = 3;
	assert_int_equal(call(HYPERCALL_control, 1, 2), -HYPERCALL_control);
	assert_int_equal(asked[1] << 8 | asked[2] << 4 | asked[3], 0x123);
	assert_int_equal(call(HYPERCALL_integrity, 5, 6), -HYPERCALL_integrity);
	assert_int_equal(asked[1] << 4 | asked[2], 0x56);
	assert_int_equal(call(HYPERCALL_peek, 1, 2), -HYPERCALL_peek);
	assert_int_equal(asked[1], 1);
}

TEST(violations_made_good_are_resumed)
{
	touched = true;
	resumed = 0;
	fake_fields[VMCS_guest_physical_address] = 0x1234;
	fake_fields[VMCS_exit_qualification] = EPT_VIOLATION_WRITE | EPT_VIOLATION_READ |
	                                       EPT_VIOLATION_LINEAR_VALID |
	                                       EPT_VIOLATION_NMI_UNBLOCKED;
	handle_ept_violation(&fake_vcpu);
	assert_int_equal(asked[1], 0x1234);
	assert_int_equal(asked[2], EPT_READ | EPT_WRITE);
	handle_pml_full(&fake_vcpu);
	assert_int_equal(asked[0], EXIT_PAGE_MODIFICATION_LOG_FULL);
	assert_int_equal(resumed, 2);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000);
}

TEST(protected_memory_ends_the_guest)
{
	touched = false;
	fake_vm.memory_bytes = 0x4000000;
	fake_fields[VMCS_guest_physical_address] = 0x5000;
	fake_fields[VMCS_guest_linear_address] = 0x7000;
	fake_fields[VMCS_exit_qualification] =
		EPT_VIOLATION_WRITE | EPT_VIOLATION_LINEAR_VALID | EPT_VIOLATION_TRANSLATED;
	ASSERT_ENDS(
		handle_ept_violation(&fake_vcpu), GUEST_END_ept_violation,
		"write to guest-physical 5000 (linear 7000) at rip 1000: the guest has protected");
	fake_fields[VMCS_exit_qualification] = EPT_VIOLATION_WRITE | EPT_VIOLATION_LINEAR_VALID;
	ASSERT_ENDS(handle_ept_violation(&fake_vcpu), GUEST_END_ept_violation,
	            "(page walk for 7000)");
}

TEST(protected_memory_is_a_fault_where_the_guest_wants_that)
{
	touched = false;
	fake_vm.refuses = true;
	fake_vm.memory_bytes = 0x4000000;
	fake_fields[VMCS_guest_physical_address] = 0x5000;
	fake_fields[VMCS_exit_qualification] = EPT_VIOLATION_WRITE | EPT_VIOLATION_LINEAR_VALID;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI;
	handle_ept_violation(&fake_vcpu);
	ASSERT_FAULT(VECTOR_GP);
	assert_int_equal(fake_error, 0);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], BLOCKING_BY_NMI);
	assert_int_equal(logs, 0);
	fake_vm.text_bytes = 0x1000;
	handle_ept_violation(&fake_vcpu);
	handle_ept_violation(&fake_vcpu);
	assert_int_equal(logs, 1);
	fake_exception = FAKE_NO_EXCEPTION;
	fake_fields[VMCS_exit_qualification] = EPT_VIOLATION_FETCH;
	crosses = true;
	resumed = 0;
	handle_ept_violation(&fake_vcpu);
	assert_int_equal(resumed, 1);
	assert_int_equal(fake_exception, FAKE_NO_EXCEPTION);
	crosses = false;
	fake_fields[VMCS_idt_vectoring_info] = EVENT_VALID | VECTOR_PF;
	ASSERT_ENDS(handle_ept_violation(&fake_vcpu), GUEST_END_ept_violation,
	            "and an event was being delivered");
	fake_fields[VMCS_idt_vectoring_info] = 0;
	fake_fields[VMCS_guest_physical_address] = 0x4000000;
	ASSERT_ENDS(handle_ept_violation(&fake_vcpu), GUEST_END_ept_violation, "ends at 4000000");
}

TEST(accesses_outside_its_memory_end_the_guest)
{
	touched = false;
	fake_vm.memory_bytes = 0x4000000;
	fake_fields[VMCS_guest_physical_address] = 0xfee00000;
	fake_fields[VMCS_guest_linear_address] = 0xffff8000fee00000;
	fake_fields[VMCS_exit_qualification] = EPT_VIOLATION_WRITE;
	ASSERT_ENDS(handle_ept_violation(&fake_vcpu), GUEST_END_ept_violation,
	            "write to guest-physical fee00000 at rip 1000");
	assert_non_null(strstr(fake_sentence, "ends at 4000000"));
	fake_fields[VMCS_exit_qualification] =
		EPT_VIOLATION_FETCH | EPT_VIOLATION_LINEAR_VALID | EPT_VIOLATION_TRANSLATED;
	ASSERT_ENDS(handle_ept_violation(&fake_vcpu), GUEST_END_ept_violation,
	            "instruction fetch from guest-physical fee00000 (linear ffff8000fee00000)");
}

TEST(wbinvd_and_invd_are_skipped)
{
	handle_wbinvd(&fake_vcpu);
	ASSERT_SKIPPED();
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(answers_come_in_rax_and_nothing_else_changes),
		RUN(unknown_ones_are_answered_enosys_and_told_once),
		RUN(an_nmi_is_sent_where_the_processor_can_deliver_it_right),
		RUN(from_ring_3_vmcall_is_undefined),
		RUN(the_quick_way_is_for_nop_alone),
		RUN(the_guest_ends_itself),
		RUN(calls_about_memory_get_their_arguments),
		RUN(calls_of_the_labs_get_their_arguments),
		RUN(violations_made_good_are_resumed),
		RUN(protected_memory_ends_the_guest),
		RUN(protected_memory_is_a_fault_where_the_guest_wants_that),
		RUN(accesses_outside_its_memory_end_the_guest),
		RUN(wbinvd_and_invd_are_skipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
