/*
 * Exits that are events: what was being delivered is delivered after all, #DB and #AC go back to
 * the guest, and the ways in which a guest ends.
 *
 * Sources: vmx/events.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/fake_witness.h"
#include "tests/unit/fake_integrity.h"
#include "hv/exit_event.c"

#define VALID    0x80000000u
#define PF_VALID 0x80000b0eu /* #PF with an error code */

static u32 services, waits;

void hv_log(const char *pattern, ...)
{
	(void)pattern;
}

void timer_service(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	services++;
}

void timer_own_interrupts(struct vcpu *vcpu)
{
	if (vcpu->own_interrupts & BIT(IRQ_TIMER))
		timer_service(vcpu);
	vcpu->own_interrupts = 0;
}

void timer_wait(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	waits++;
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	fake_vm.watchdog_ms = 1000;
	fake_vm.tsc_hz = 1000000;
	services = waits = 0;
	return 0;
}

/* An exit by an exception, while something was being delivered (0: nothing). */
static void exception(u32 vector, u32 error, u32 vectoring, u32 vectoring_error)
{
	fake_fields[VMCS_exit_interruption_info] = VALID | EVENT_HARDWARE_EXCEPTION | vector;
	fake_fields[VMCS_exit_interruption_error] = error;
	fake_fields[VMCS_idt_vectoring_info] = vectoring;
	fake_fields[VMCS_idt_vectoring_error] = vectoring_error;
	handle_exception(&fake_vcpu);
}

static void delivers(u32 info, u32 error)
{
	assert_true(fake_vcpu.attention);
	assert_int_equal(fake_vcpu.event.info, info);
	assert_int_equal(fake_vcpu.event.error, error);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000); /* nothing is skipped */
}

TEST(ac_goes_back_with_its_error_code)
{
	exception(VECTOR_AC, 0, 0, 0);
	delivers(VALID | 0xb00 | 17, 0);
}

TEST(db_goes_back_with_the_debug_registers_set)
{
	fake_dr6 =
		0xffff2ff1; /* the processor clears bits 0 to 3 at most ("Debug Status Register (DR6)") */
	fake_fields[VMCS_exit_qualification] = 0x4004; /* BS and breakpoint 2 */
	fake_fields[VMCS_guest_dr7] = 0x2455;          /* GD among others */
	fake_fields[VMCS_guest_debugctl] = 3;
	exception(VECTOR_DB, 0, 0, 0);
	delivers(VALID | 0x300 | 1, 0);
	assert_int_equal(fake_dr6 & 0xf00f, 0x6004);
	assert_true(fake_dr6 & BIT(16));
	assert_int_equal(fake_fields[VMCS_guest_dr7], 0x0455);
	assert_int_equal(fake_fields[VMCS_guest_debugctl], 0); /* "clears the BTF flag" */
}

/* INT1 exits before it is done: a fault at its own RIP would come again for ever. */
TEST(int1_goes_back_as_the_instruction_that_it_is)
{
	fake_fields[VMCS_exit_interruption_info] = 0x80000501;
	fake_fields[VMCS_exit_instruction_length] = 1;
	handle_exception(&fake_vcpu);
	delivers(0x80000501, 0);
	assert_int_equal(fake_vcpu.event.length, 1);
}

/* With RFLAGS.TF set, VM entry wants a single step pending, or no such blocking. */
TEST(db_under_blocking_by_mov_ss_can_be_entered_with)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	fake_fields[VMCS_guest_interruptibility] = 0xf;
	exception(VECTOR_DB, 0, 0, 0);
	delivers(VALID | 0x300 | 1, 0);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0xc);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
}

TEST(a_second_exception_follows_the_double_fault_rules)
{
	exception(VECTOR_AC, 0, PF_VALID, 2); /* #AC is benign */
	delivers(VALID | 0xb00 | 17, 0);
	exception(VECTOR_GP, 0x18, PF_VALID, 2);
	delivers(VALID | 0xb00 | 8, 0);
	exception(VECTOR_PF, 6, VALID | 0xb00 | VECTOR_GP, 0);
	delivers(VALID | 0xb00 | 14, 6);
	exception(VECTOR_AC, 0, VALID | EVENT_EXTERNAL_INTERRUPT | 0x30, 0);
	delivers(VALID | 0xb00 | 17, 0);
}

static void shutdown(void)
{
	exception(VECTOR_GP, 0, VALID | 0xb00 | VECTOR_DF, 0);
}

TEST(a_fault_in_a_double_fault_ends_the_guest)
{
	ASSERT_ENDS(shutdown(), GUEST_END_triple_fault, "triple fault at rip 1000");
}

/*
 * An external interrupt of ring -1's own, acknowledged by the exit, while the guest's event was on
 * its way.
 */
static void interrupted(u32 vectoring, u32 error, u32 length)
{
	fake_fields[VMCS_exit_interruption_info] = VALID | EVENT_EXTERNAL_INTERRUPT | 32;
	fake_fields[VMCS_idt_vectoring_info] = vectoring;
	fake_fields[VMCS_idt_vectoring_error] = error;
	fake_fields[VMCS_exit_instruction_length] = length;
	handle_external_interrupt(&fake_vcpu);
}

TEST(events_on_their_way_are_delivered_after_all)
{
	interrupted(PF_VALID, 7, 0);
	delivers(PF_VALID, 7);
	interrupted(VALID | EVENT_SOFTWARE_INTERRUPT | 0x80, 0, 2);
	delivers(VALID | EVENT_SOFTWARE_INTERRUPT | 0x80, 0);
	assert_int_equal(fake_vcpu.event.length, 2);
	interrupted(VALID | EVENT_SOFTWARE_EXCEPTION | 3, 0, 1);
	delivers(VALID | EVENT_SOFTWARE_EXCEPTION | 3, 0);
	assert_int_equal(fake_vcpu.event.length, 1);
	interrupted(VALID | EVENT_EXTERNAL_INTERRUPT | 0x30, 0, 0);
	delivers(VALID | EVENT_EXTERNAL_INTERRUPT | 0x30, 0);
	/* Bit 12 is undefined in IDT-vectoring information and reserved in what is injected. */
	interrupted(PF_VALID | 0x1000, 7, 0);
	delivers(PF_VALID, 7);
}

/* Injected with it left in, and RFLAGS.TF set, an event fails the entry. */
TEST(delivery_after_all_ends_blocking_by_sti_and_mov_ss)
{
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_STI | BLOCKING_BY_NMI;
	interrupted(VALID | EVENT_HARDWARE_EXCEPTION | VECTOR_DB, 0, 0);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], BLOCKING_BY_NMI);
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_MOV_SS;
	interrupted(0, 0, 0); /* nothing was on its way */
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], BLOCKING_BY_MOV_SS);
}

TEST(ring_minus_one_s_timer_is_served_and_the_guest_unharmed)
{
	interrupted(0, 0, 0);
	assert_int_equal(services, 1);
	assert_false(fake_vcpu.attention);
	assert_int_equal(fake_vcpu.own_interrupts, 0);
	assert_int_equal(fake_vcpu.event.info, 0);
}

TEST(interrupts_that_nobody_sends_do_nothing)
{
	static const u32 vectors[] = {39, 47, 48, 64, 255}; /* the first two: an 8259's spurious */

	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		fake_fields[VMCS_exit_interruption_info] = VALID | vectors[i];
		handle_external_interrupt(&fake_vcpu);
	}
	assert_int_equal(services, 0);
	assert_false(fake_vcpu.attention);
}

static void machine_check(void)
{
	exception(VECTOR_MC, 0, 0, 0);
}

TEST(a_machine_check_ends_the_run)
{
	ASSERT_ENDS(machine_check(), GUEST_END_fault, "machine check");
}

static void hlt(void)
{
	fake_fields[VMCS_exit_instruction_length] = 1;
	handle_hlt(&fake_vcpu);
}

TEST(hlt_waits_with_interrupts_on_and_ends_without)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_STI; /* the usual sti; hlt */
	hlt();
	assert_int_equal(waits, 1);
	assert_int_equal(fake_fields[VMCS_guest_activity], 0); /* ring -1 halts, not the guest */
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1001);
	fake_fields[VMCS_guest_rflags] &= ~RFLAGS_IF;
	ASSERT_ENDS(hlt(), GUEST_END_halted, "HLT with interrupts off");
	assert_int_equal(waits, 1);
}

TEST(the_preemption_timer_stops_only_who_has_interrupts_off)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	handle_preemption_timer(&fake_vcpu);
	assert_int_equal(services, 1);
	fake_fields[VMCS_guest_rflags] &= ~RFLAGS_IF;
	ASSERT_ENDS(handle_preemption_timer(&fake_vcpu), GUEST_END_watchdog, "interrupts off");
}

/* HLT with RFLAGS.TF set is over at once: its own single step wakes it. */
TEST(a_single_step_does_not_stay_in_hlt)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF | RFLAGS_TF;
	hlt();
	fake_fields[VMCS_guest_rflags] &= ~RFLAGS_IF;
	hlt();
	assert_int_equal(waits, 0);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], PENDING_DEBUG_BS);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1002);
}

static void resumed_after(u64 information)
{
	fake_fields[VMCS_guest_interruptibility] = 0;
	resume_delivery(&fake_vcpu, information);
}

/* An exit of IRET's that ring -1 makes good: IRET comes again, and until then no NMI may. */
TEST(an_iret_that_did_not_end_keeps_nmis_blocked)
{
	resumed_after(0x1181);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], BLOCKING_BY_NMI);
	assert_false(fake_vcpu.attention);
	resumed_after(0x181);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	/* The bit is undefined without virtual NMIs, and while something was being delivered. */
	fake_vm.controls.granted[FEATURE_virtual_nmis] = false;
	resumed_after(0x1181);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	fake_vm.controls.granted[FEATURE_virtual_nmis] = true;
	fake_fields[VMCS_idt_vectoring_info] = VALID | EVENT_SOFTWARE_INTERRUPT | 0x80;
	resumed_after(0x1181);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	delivers(VALID | EVENT_SOFTWARE_INTERRUPT | 0x80, 0);
}

static void db_at(u64 rip, u64 tsc)
{
	fake_fields[VMCS_guest_rip] = rip;
	fake_tsc = tsc;
	exception(VECTOR_DB, 0, 0, 0);
}

/* CVE-2015-8104: #DB's delivery meets the breakpoint that raises #DB, and so on for ever. */
TEST(exceptions_without_end_are_noticed)
{
	db_at(0x2000, 1000);
	db_at(0x2000, 2000);
	db_at(0x2000, 2000 + 1000000);
	ASSERT_ENDS(db_at(0x2000, 2000 + 1000001), GUEST_END_watchdog,
	            "one exception after another");
	set_up(NULL);
	for (u64 i = 0; i < 10; i++) /* single steps: slow, but no harm */
		db_at(0x2000 + i % 2, 1000000 * i);
	set_up(NULL);
	for (u64 i = 0; i < 10; i++) { /* steps of one REP MOVS: interrupts come in between */
		db_at(0x2000, 1000000 * i);
		fake_fields[VMCS_exit_interruption_info] = VALID | 32;
		handle_external_interrupt(&fake_vcpu);
	}
	set_up(NULL);
	fake_vm.watchdog_ms = 0;
	db_at(0x2000, 1);
	db_at(0x2000, 2);
	db_at(0x2000, 1ull << 50);
}

static void tick(u64 tsc)
{
	fake_tsc = tsc; /* exit_tsc is not stamped where exits are not recorded */
	interrupted(0, 0, 0);
}

TEST(without_that_timer_ring_minus_one_s_own_does_it)
{
	tick(1000);
	tick(1000 + 1000000); /* a second at 1 MHz: the bound itself */
	ASSERT_ENDS(tick(1000 + 1000001), GUEST_END_watchdog, "ring -1's timer");
	set_up(NULL);
	tick(1000);
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF; /* once on: the count starts anew */
	tick(500000);
	fake_fields[VMCS_guest_rflags] &= ~RFLAGS_IF;
	tick(1500000);
	tick(2400000);
	set_up(NULL);
	fake_vm.watchdog_ms = 0; /* turned off */
	tick(1000);
	tick(1ull << 50);
}

TEST(triple_faults_and_task_switches_end_the_guest)
{
	ASSERT_ENDS(handle_triple_fault(&fake_vcpu), GUEST_END_triple_fault, "triple fault");
	fake_fields[VMCS_exit_qualification] = 0x40000028;
	ASSERT_ENDS(handle_task_switch(&fake_vcpu), GUEST_END_unexpected_exit, "selector 28,");
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(ac_goes_back_with_its_error_code),
		RUN(db_goes_back_with_the_debug_registers_set),
		RUN(int1_goes_back_as_the_instruction_that_it_is),
		RUN(db_under_blocking_by_mov_ss_can_be_entered_with),
		RUN(a_second_exception_follows_the_double_fault_rules),
		RUN(a_fault_in_a_double_fault_ends_the_guest),
		RUN(events_on_their_way_are_delivered_after_all),
		RUN(delivery_after_all_ends_blocking_by_sti_and_mov_ss),
		RUN(ring_minus_one_s_timer_is_served_and_the_guest_unharmed),
		RUN(interrupts_that_nobody_sends_do_nothing),
		RUN(a_machine_check_ends_the_run),
		RUN(hlt_waits_with_interrupts_on_and_ends_without),
		RUN(the_preemption_timer_stops_only_who_has_interrupts_off),
		RUN(without_that_timer_ring_minus_one_s_own_does_it),
		RUN(a_single_step_does_not_stay_in_hlt),
		RUN(an_iret_that_did_not_end_keeps_nmis_blocked),
		RUN(exceptions_without_end_are_noticed),
		RUN(triple_faults_and_task_switches_end_the_guest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
