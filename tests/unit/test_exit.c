/*
 * The dispatch of exits: every reason reaches its fate, events are delivered in order of priority
 * and only when the guest can take them, and each exit leaves its two records.
 *
 * Sources: vmx/features.c vmx/events.c hv/pic.c
 */
#define FAKE_WITHOUT_HANDLERS
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/fake_witness.h"
#define FAKE_LAB
#include "tests/unit/fake_integrity.h"

static u32 invvpid_type, invvpids;
#define vmx_invvpid(type, vpid) ((void)(invvpid_type = (type)), (void)invvpids++)
#include "hv/exit.c"

#define RING_BYTES 8192u
#define WINDOW     4u      /* interrupt-window exiting */
#define NMI_WINDOW BIT(22) /* NMI-window exiting */

struct vcpu the_vcpu;
static struct trace_ring *ring;
static const char *handled;
static u32 flushes;

#define HANDLER(name)                                                                              \
	void handle_##name(struct vcpu *vcpu)                                                      \
	{                                                                                          \
		assert_ptr_equal(vcpu, &fake_vcpu);                                                \
		handled = #name;                                                                   \
	}
HANDLER(exception)
HANDLER(external_interrupt)
HANDLER(triple_fault)
HANDLER(event_window)
HANDLER(task_switch)
HANDLER(cpuid)
HANDLER(hlt)
HANDLER(wbinvd)
HANDLER(vmcall)
HANDLER(cr_access)
HANDLER(io)
HANDLER(rdmsr)
HANDLER(wrmsr)
HANDLER(ept_violation)
HANDLER(ept_misconfiguration)
HANDLER(pml_full)
HANDLER(preemption_timer)
HANDLER(xsetbv)
HANDLER(descriptor_table)

static bool quick;
static bool asked_for; /* the exit is one that a lab asked for */
bool lab_exit(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	assert_true(vcpu->vm->lab.on);
	return asked_for;
}

#define QUICK(name)                                                                                \
	bool quick_##name(struct vcpu *vcpu)                                                       \
	{                                                                                          \
		assert_ptr_equal(vcpu, &fake_vcpu);                                                \
		handled = "quick_" #name;                                                          \
		return quick;                                                                      \
	}
QUICK(cpuid)
QUICK(rdmsr)
QUICK(vmcall)

_Noreturn void explain_failed_entry(struct vcpu *vcpu, u32 reason, u32 error, bool resumed)
{
	end_report(vcpu, GUEST_END_entry_failed, "reason %x, error %u%s", reason, error,
	           resumed ? ", resumed" : "");
}

void vmx_exit_point(void)
{
}

void vmx_untimed_exit_point(void)
{
}

void trace_flush(struct vcpu *vcpu)
{
	vcpu->ring->write = TRACE_RING_START;
	flushes++;
}

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
	fail_msg("a record found no room");
}

static int tear_down(void **state)
{
	(void)state;
	free(ring);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	ring = calloc(1, sizeof(*ring) + RING_BYTES);
	ring->size = RING_BYTES;
	ring->write = TRACE_RING_START;
	ring->events = ~0u;
	fake_vcpu.ring = ring;
	fake_vcpu.context.exit_tsc = 500;
	fake_fields[VMCS_primary_controls] = 0x10;
	fake_fields[VMCS_guest_cr0] = CR0_PE;
	pic_init(&fake_vm.pic);
	pic_out(&fake_vm.pic, 0x20, 1, 0x11);
	pic_out(&fake_vm.pic, 0x21, 1, 0x30);
	pic_out(&fake_vm.pic, 0x21, 1, 4);
	pic_out(&fake_vm.pic, 0x21, 1, 1);
	handled = NULL;
	flushes = invvpids = 0;
	quick = true;
	return 0;
}

static void exit_with(u32 reason)
{
	fake_fields[VMCS_exit_reason] = reason;
	vmx_exit(&fake_vcpu.context);
}

static void event_is(u64 info, u64 error)
{
	assert_int_equal(fake_fields[VMCS_entry_interruption_info], info);
	assert_int_equal(fake_fields[VMCS_entry_exception_error_code], error);
	fake_fields[VMCS_entry_interruption_info] = 0; /* as the entry does */
}

static void windows_are(u64 windows)
{
	assert_int_equal(fake_fields[VMCS_primary_controls], 0x10 | windows);
}

static void window_is(bool open)
{
	windows_are(open ? WINDOW : 0);
}

TEST(exits_that_a_lab_asked_for_have_no_other_fate)
{
	fake_vm.lab.on = true;
	for (u32 i = 0; i < 2; i++) {
		handled = NULL;
		asked_for = i;
		exit_with(EXIT_HLT);
		assert_int_equal(handled == NULL, asked_for);
	}
}

TEST(reasons_reach_their_handlers)
{
	exit_with(EXIT_CPUID);
	assert_string_equal(handled, "cpuid");
	exit_with(EXIT_EPT_VIOLATION);
	assert_string_equal(handled, "ept_violation");
	exit_with(EXIT_INVD);
	assert_string_equal(handled, "wbinvd");
	exit_with(EXIT_XSETBV);
	assert_string_equal(handled, "xsetbv");
}

TEST(vmx_instructions_are_undefined)
{
	static const u32 reasons[] = {EXIT_VMXON,  EXIT_VMCLEAR, EXIT_VMLAUNCH, EXIT_INVEPT,
	                              EXIT_GETSEC, EXIT_MWAIT,   EXIT_MONITOR,  EXIT_VMFUNC};

	for (u32 i = 0; i < ARRAY_SIZE(reasons); i++) {
		exit_with(reasons[i]);
		event_is(0x80000306, 0);
	}
	exit_with(EXIT_RDPMC);
	event_is(0x80000b0d, 0);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000); /* faults skip nothing */
}

static void not_asked_for(u32 reason, const char *words)
{
	ASSERT_ENDS(exit_with(reason), GUEST_END_unexpected_exit, words);
}

TEST(exits_never_asked_for_end_the_guest)
{
	not_asked_for(EXIT_INIT, "VM exit 3 (INIT)");
	not_asked_for(EXIT_SIPI, "VM exit 4 (SIPI)");
	not_asked_for(EXIT_INVLPG, "VM exit 14 (INVLPG)");
	not_asked_for(EXIT_APIC_ACCESS, "VM exit 44 (APIC_ACCESS)");
	not_asked_for(EXIT_NOTIFY, "VM exit 75 (NOTIFY)");
}

static void entry_fails(u32 reason, const char *words)
{
	ASSERT_ENDS(exit_with(reason), GUEST_END_entry_failed, words);
}

TEST(failed_entries_end_the_guest)
{
	fake_fields[VMCS_exit_interruption_info] = 0x80000020; /* of some exit before */
	entry_fails(EXIT_REASON_ENTRY_FAILED | 33, "reason 80000021, error 0");
	entry_fails(EXIT_REASON_ENTRY_FAILED | 34, "reason 80000022");
	entry_fails(76, "reason 4c");
	entry_fails(0xffff, "reason ffff");
	/* Their records say nothing of an event that was not there. */
	const struct trace_vm_exit *out = (const void *)(ring->data + TRACE_RING_START);
	assert_int_equal(out->reason, EXIT_REASON_ENTRY_FAILED | 33);
	assert_int_equal(out->interruption_info, 0);
}

static void refused(bool carry, bool zero, bool resumed, const char *words)
{
	ASSERT_ENDS(vmx_entry_refused(&fake_vcpu.context, carry, zero, resumed),
	            GUEST_END_entry_failed, words);
}

TEST(refused_entries_say_why)
{
	fake_fields[VMCS_instruction_error] = 7;
	refused(false, true, true, "reason 0, error 7, resumed");
	refused(false, true, false, "reason 0, error 7");
	refused(true, false, true, "there is no current VMCS");
}

TEST(names)
{
	assert_string_equal(exit_reason_name(EXIT_CPUID), "CPUID");
	assert_string_equal(exit_reason_name(EXIT_REASON_ENTRY_FAILED | 33),
	                    "ENTRY_FAIL_GUEST_STATE");
	assert_string_equal(exit_reason_name(76), "reserved");
}

TEST(interrupts_are_delivered_only_to_an_open_guest)
{
	pic_raise(&fake_vm.pic, 0);
	fake_vcpu.attention = true; /* as timer_service would */
	exit_with(EXIT_PREEMPTION_TIMER);
	event_is(0, 0); /* interrupts are off */
	window_is(true);
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	for (u32 blocking = 1; blocking <= 2; blocking++) {
		fake_fields[VMCS_guest_interruptibility] = blocking;
		fake_vcpu.attention = true;
		exit_with(EXIT_PREEMPTION_TIMER);
		event_is(0, 0);
		window_is(true);
	}
	fake_fields[VMCS_guest_interruptibility] = 0;
	fake_vcpu.attention = true;
	exit_with(EXIT_INTERRUPT_WINDOW);
	event_is(0x80000030, 0);
	window_is(false);
	assert_false(fake_vcpu.attention);
	exit_with(EXIT_CPUID);
	event_is(0, 0); /* and once only */
}

TEST(exceptions_come_first_and_the_interrupt_is_not_lost)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	pic_raise(&fake_vm.pic, 1);
	inject_exception(&fake_vcpu, VECTOR_PF, 5);
	exit_with(EXIT_CPUID);
	event_is(0x80000b0e, 5);
	window_is(true);
	fake_vcpu.attention = true;
	exit_with(EXIT_INTERRUPT_WINDOW);
	event_is(0x80000031, 0);
	window_is(false);
}

/*
 * A single step or breakpoint that is due comes first, and would be dropped by an entry that injects
 * something else.
 */
TEST(pending_debug_exceptions_come_before_interrupts)
{
	static const u64 pending[] = {PENDING_DEBUG_BS, PENDING_DEBUG_ENABLED | 2};

	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	pic_raise(&fake_vm.pic, 1);
	fake_vcpu.nmi = true;
	for (u32 i = 0; i < ARRAY_SIZE(pending); i++) {
		fake_fields[VMCS_guest_pending_debug] = pending[i];
		fake_vcpu.attention = true;
		exit_with(EXIT_CPUID);
		event_is(0, 0);
		windows_are(WINDOW | NMI_WINDOW);
	}
	fake_fields[VMCS_guest_pending_debug] = 2; /* met, but not enabled in DR7 */
	fake_vcpu.attention = true;
	exit_with(EXIT_NMI_WINDOW);
	event_is(0x80000202, 0);
}

TEST(an_nmi_comes_before_interrupts_and_whatever_if_says)
{
	pic_raise(&fake_vm.pic, 1);
	fake_vcpu.nmi = fake_vcpu.attention = true;
	exit_with(EXIT_VMCALL);
	event_is(0x80000202, 0);
	windows_are(WINDOW);
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	fake_vcpu.nmi = fake_vcpu.attention = true;
	exit_with(EXIT_VMCALL);
	event_is(0x80000202, 0);
	fake_vcpu.attention = true;
	exit_with(EXIT_INTERRUPT_WINDOW);
	event_is(0x80000031, 0);
	windows_are(0);
}

TEST(a_blocked_nmi_waits_for_its_window)
{
	static const u32 blocks[] = {BLOCKING_BY_NMI, BLOCKING_BY_MOV_SS,
	                             BLOCKING_BY_NMI | BLOCKING_BY_STI};

	fake_vcpu.nmi = true;
	for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
		fake_fields[VMCS_guest_interruptibility] = blocks[i];
		fake_vcpu.attention = true;
		exit_with(EXIT_CPUID);
		event_is(0, 0);
		windows_are(NMI_WINDOW);
		assert_int_equal(fake_fields[VMCS_guest_interruptibility], blocks[i]);
	}
	fake_fields[VMCS_guest_interruptibility] = 0;
	fake_vcpu.attention = true;
	exit_with(EXIT_NMI_WINDOW);
	assert_string_equal(handled, "event_window");
	event_is(0x80000202, 0);
	windows_are(0);
	assert_false(fake_vcpu.nmi);
}

/*
 * Processors differ in whether STI blocks an NMI, and whether an entry may inject one then: the
 * window's exit may come in the shadow, so waiting for its end could take for ever.
 */
TEST(an_nmi_ends_blocking_by_sti)
{
	fake_vcpu.nmi = fake_vcpu.attention = true;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_STI;
	exit_with(EXIT_NMI_WINDOW);
	event_is(0x80000202, 0);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
}

/* Its first delivery set blocking by NMI, with which an entry that injects one fails. */
TEST(an_nmi_that_was_on_its_way_goes_before_a_new_one)
{
	fake_vcpu.event.info = 0x80000202;
	fake_vcpu.nmi = fake_vcpu.attention = true;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_NMI;
	exit_with(EXIT_EXTERNAL_INTERRUPT);
	event_is(0x80000202, 0);
	windows_are(NMI_WINDOW);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	assert_true(fake_vcpu.nmi);
}

/* Exits at which the guest got no instruction done keep the watch's count. */
TEST(progress_ends_the_watch)
{
	fake_vcpu.stuck_since = 7;
	exit_with(EXIT_EXTERNAL_INTERRUPT);
	exit_with(EXIT_EXCEPTION_NMI);
	assert_false(vmx_quick_exit(&fake_vcpu.context, EXIT_EXCEPTION_NMI));
	assert_false(vmx_quick_untimed_exit(&fake_vcpu.context, EXIT_EXCEPTION_NMI));
	assert_int_equal(fake_vcpu.stuck_since, 7);
	exit_with(EXIT_CPUID);
	assert_int_equal(fake_vcpu.stuck_since, 0);
	fake_vcpu.stuck_since = 7;
	assert_true(vmx_quick_exit(&fake_vcpu.context, EXIT_CPUID));
	assert_int_equal(fake_vcpu.stuck_since, 0);
	fake_vcpu.stuck_since = 7;
	assert_true(vmx_quick_untimed_exit(&fake_vcpu.context, EXIT_RDMSR));
	assert_int_equal(fake_vcpu.stuck_since, 0);
}

/* VM entry refuses one ("VM-Entry Control Fields"): the guest may well have left protected mode. */
TEST(real_mode_gets_no_error_code)
{
	fake_fields[VMCS_guest_cr0] = 0x20;
	inject_exception(&fake_vcpu, VECTOR_GP, 0);
	exit_with(EXIT_CPUID);
	event_is(0x8000030d, 0);
}

TEST(two_interrupts_come_one_after_the_other)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_IF;
	pic_raise(&fake_vm.pic, 4);
	pic_raise(&fake_vm.pic, 1);
	fake_vcpu.attention = true;
	exit_with(EXIT_CPUID);
	event_is(0x80000031, 0);
	window_is(false); /* 4 cannot come before 1's EOI, which exits */
	pic_out(&fake_vm.pic, 0x20, 1, 0x20);
	fake_vcpu.attention = true;
	exit_with(EXIT_IO_INSTRUCTION);
	event_is(0x80000034, 0);
}

TEST(an_exit_leaves_two_records)
{
	fake_fields[VMCS_exit_qualification] = 0x1234;
	fake_fields[VMCS_guest_ss_access] = 0xf3;
	fake_fields[VMCS_guest_cr3] = 0x7000;
	fake_vcpu.context.registers[RAX] = 0xdead00000007;
	exit_with(EXIT_CPUID);
	const struct trace_vm_exit *out = (const void *)(ring->data + TRACE_RING_START);
	const struct trace_vm_entry *in = (const void *)(out + 1);
	assert_int_equal(ring->write, TRACE_RING_START + sizeof(*out) + sizeof(*in));
	assert_int_equal(out->record.tsc, 500);
	assert_int_equal(out->record.id, EVENT_vm_exit);
	assert_int_equal(out->reason, EXIT_CPUID);
	assert_int_equal(out->instruction_length, 3);
	assert_int_equal(out->guest_rip, 0x1000);
	assert_int_equal(out->guest_cr3, 0x7000);
	assert_int_equal(out->qualification, 0x1234);
	assert_int_equal(out->cpl, 3);
	assert_int_equal(out->operand0, 7);
	assert_int_equal(in->record.id, EVENT_vm_entry);
	assert_int_equal(in->record.sequence, 1);
	assert_ptr_equal(fake_vcpu.context.entry_tsc, &in->record.tsc);
}

TEST(the_injected_event_is_in_the_record)
{
	inject_exception(&fake_vcpu, VECTOR_GP, 0x18);
	exit_with(EXIT_CPUID);
	const struct trace_vm_entry *in = (const void *)(ring->data + ring->write - sizeof(*in));
	assert_int_equal(in->interruption_info, 0x80000b0d);
	assert_int_equal(in->interruption_error, 0x18);
}

/* A debugger's breakpoint on it would else come for ever ("Vectored-Event Injection"). */
TEST(a_fault_is_pushed_with_the_resume_flag)
{
	inject_exception(&fake_vcpu, VECTOR_UD, 0);
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE | RFLAGS_RF);
}

static u64 recorded_operand(u64 qualification)
{
	fake_fields[VMCS_exit_qualification] = qualification;
	ring->write = TRACE_RING_START;
	exit_with(EXIT_CR_ACCESS);
	return ((const struct trace_vm_exit *)(const void *)(ring->data + TRACE_RING_START))
	        ->operand0;
}

TEST(a_move_to_a_control_register_is_recorded_with_its_value)
{
	fake_vcpu.context.registers[RAX] = 0x1234;
	fake_fields[VMCS_guest_rsp] = 0x5678;
	assert_int_equal(recorded_operand(0x000), 0x1234);
	assert_int_equal(recorded_operand(0x404), 0x5678); /* from RSP */
	assert_int_equal(recorded_operand(0x018), 0);      /* from CR8 */
	assert_int_equal(recorded_operand(0x030), 0);      /* LMSW */
}

TEST(filtered_records_are_not_written_nor_stamped)
{
	ring->events = 0;
	exit_with(EXIT_CPUID);
	assert_int_equal(ring->write, TRACE_RING_START);
	assert_ptr_equal(fake_vcpu.context.entry_tsc, &fake_vcpu.ignored_tsc);
	assert_true(exit_entry_point(&fake_vcpu) == (u64)vmx_untimed_exit_point);
	ring->events = BIT(EVENT_vm_entry);
	assert_true(exit_entry_point(&fake_vcpu) == (u64)vmx_exit_point);
}

/* Thousands of exits through a small ring: always room, as ASan and trace_ring_full attest. */
TEST(the_ring_is_flushed_before_it_is_full)
{
	for (u32 i = 0; i < 2000; i++)
		exit_with(i % 76 == EXIT_EXCEPTION_NMI ? EXIT_EXCEPTION_NMI : EXIT_CPUID);
	assert_true(flushes > 30);
	assert_int_equal(ring->sequence, 4000);
}

TEST(the_quick_way_takes_three_kinds_of_exit)
{
	struct vmx_context *context = &fake_vcpu.context;

	assert_true(vmx_quick_exit(context, EXIT_CPUID));
	assert_string_equal(handled, "quick_cpuid");
	assert_int_equal(ring->sequence, 2);
	quick = false;
	assert_true(vmx_quick_exit(context, EXIT_RDMSR)); /* the long way, but its records stay */
	assert_string_equal(handled, "rdmsr");
	assert_int_equal(ring->sequence, 4);
	context->registers[RAX] = HYPERCALL_end; /* this one needs all registers */
	assert_false(vmx_quick_exit(context, EXIT_VMCALL));
	assert_false(vmx_quick_exit(context, EXIT_IO_INSTRUCTION));
	assert_int_equal(ring->sequence, 4);
	context->registers[RAX] = HYPERCALL_nop;
	assert_true(vmx_quick_exit(context, EXIT_VMCALL));
	assert_false(vmx_quick_untimed_exit(context, EXIT_CPUID));
	assert_false(vmx_quick_untimed_exit(context, EXIT_WRMSR));
}

TEST(translations_are_flushed_as_the_processor_can)
{
	bool *granted = fake_vm.controls.granted;

	flush_guest_translations(&fake_vcpu);
	assert_int_equal(invvpid_type, INVALIDATE_SINGLE_CONTEXT);
	granted[FEATURE_invvpid_single] = false;
	flush_guest_translations(&fake_vcpu);
	assert_int_equal(invvpid_type, INVALIDATE_ALL_CONTEXTS);
	granted[FEATURE_vpid] = false; /* entries flush by themselves */
	flush_guest_translations(&fake_vcpu);
	assert_int_equal(invvpids, 2);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RUN(exits_that_a_lab_asked_for_have_no_other_fate),
		RUN(reasons_reach_their_handlers),
		RUN(vmx_instructions_are_undefined),
		RUN(exits_never_asked_for_end_the_guest),
		RUN(failed_entries_end_the_guest),
		RUN(refused_entries_say_why),
		RUN(names),
		RUN(interrupts_are_delivered_only_to_an_open_guest),
		RUN(exceptions_come_first_and_the_interrupt_is_not_lost),
		RUN(pending_debug_exceptions_come_before_interrupts),
		RUN(an_nmi_comes_before_interrupts_and_whatever_if_says),
		RUN(a_blocked_nmi_waits_for_its_window),
		RUN(an_nmi_ends_blocking_by_sti),
		RUN(an_nmi_that_was_on_its_way_goes_before_a_new_one),
		RUN(progress_ends_the_watch),
		RUN(real_mode_gets_no_error_code),
		RUN(two_interrupts_come_one_after_the_other),
		RUN(an_exit_leaves_two_records),
		RUN(the_injected_event_is_in_the_record),
		RUN(a_fault_is_pushed_with_the_resume_flag),
		RUN(a_move_to_a_control_register_is_recorded_with_its_value),
		RUN(filtered_records_are_not_written_nor_stamped),
		RUN(the_ring_is_flushed_before_it_is_full),
		RUN(the_quick_way_takes_three_kinds_of_exit),
		RUN(translations_are_flushed_as_the_processor_can),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
