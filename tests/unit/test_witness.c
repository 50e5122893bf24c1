/*
 * Ring -1 as a witness: SYSCALL and SYSRET as the manual's operation sections have them, every other
 * #UD, #GP and #PF handed on as it came, the IDT's limit held and let go, and what is told of it all.
 *
 * Sources: vmx/features.c vmx/events.c lib/trace.c lib/texts.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/fake_integrity.h"

static u64 test_msr(u32 msr);
#undef rdmsr
#define rdmsr(msr) test_msr(msr)
#include "hv/exit_event.c"
#include "hv/guest_walk.c"
#include "hv/witness.c"
#include "hv/witness_idt.c"

#define VALID      0x80000000u
#define UD         (VALID | 0x300 | VECTOR_UD)
#define RAM        0x10000u
#define RING_BYTES 32768u
#define CODE       0x1000u
#define HELD64     0x7ffu
#define OWN        0xfffu
#define TABLES     BIT(2) /* descriptor-table exiting */

static struct trace_ring *ring;
static u8 *ram;
static u64 star, lstar, fmask;
static u32 flushes, logs;

static u64 test_msr(u32 msr)
{
	switch (msr) {
	case MSR_STAR:
		return star;
	case MSR_LSTAR:
		return lstar;
	case MSR_FMASK:
		return fmask;
	default:
		fail_msg("RDMSR of %x", msr);
		return 0;
	}
}

void hv_log(const char *pattern, ...)
{
	(void)pattern;
	logs++;
}

void timer_service(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
}

void timer_own_interrupts(struct vcpu *vcpu)
{
	vcpu->own_interrupts = 0;
}

void timer_wait(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
}

void trace_flush(struct vcpu *vcpu)
{
	vcpu->ring->write = TRACE_RING_START;
	vcpu->ring->newest = 9000; /* its own record */
	flushes++;
}

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
	fail_msg("a record found no room");
}

static void start(u32 events)
{
	ring->events = events;
	fake_vcpu.witness = (struct witness){.asked = true};
	fake_fields[VMCS_exception_bitmap] = BIT(VECTOR_DB);
	fake_fields[VMCS_secondary_controls] = BIT(1);
	witness_choose(&fake_vcpu);
	witness_start(&fake_vcpu);
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	ram = fake_memory(RAM);
	free(ring);
	ring = calloc(1, sizeof(*ring) + RING_BYTES);
	ring->size = RING_BYTES;
	ring->write = TRACE_RING_START;
	ring->sequence = 70;
	fake_vcpu.ring = ring;
	fake_vcpu.context.exit_tsc = 500;
	fake_fields[VMCS_guest_cr0] = CR0_PE; /* linear addresses are physical ones */
	fake_fields[VMCS_guest_cr3] = 0x8000000000123005;
	fake_fields[VMCS_guest_rip] = CODE;
	fake_fields[VMCS_guest_rsp] = 0x7000;
	fake_fields[VMCS_guest_idtr_limit] = OWN;
	fake_fields[VMCS_preemption_timer_value] = 777;
	star = 0x001b0008ull << 32;
	lstar = 0xffff800000001234;
	fmask = 0x47700;
	flushes = logs = 0;
	start(~0u);
	fake_vcpu.witness.sce = EFER_SCE;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(ring);
	ring = NULL;
	fake_memory(0);
	return 0;
}

static u64 *registers(void)
{
	return fake_vcpu.context.registers;
}

/* The n-th record from 0 that was written; it must be of that kind. */
static const void *record(u32 n, u32 id)
{
	u64 at = TRACE_RING_START;

	for (; n; n--)
		at += trace_event_bytes(((const struct trace_record *)(ring->data + at))->id);
	const struct trace_record *found = (const void *)(ring->data + at);
	if (at >= ring->write || found->id != id)
		fail_msg("event %u instead of %u", at < ring->write ? found->id : 0, id);
	return found;
}

static void nothing_told(void)
{
	assert_int_equal(ring->write, TRACE_RING_START);
}

static void exception(u32 vector, u32 error)
{
	fake_vcpu.event = (struct vmx_event){0};
	fake_vcpu.attention = false;
	fake_fields[VMCS_exit_interruption_info] = VALID | EVENT_HARDWARE_EXCEPTION | vector;
	fake_fields[VMCS_exit_interruption_error] = error;
	handle_exception(&fake_vcpu);
}

static void delivers(u32 info, u32 error)
{
	assert_int_equal(fake_vcpu.event.info, info);
	assert_int_equal(fake_vcpu.event.error, error);
	assert_int_equal(fake_vcpu.attention, info != 0);
}

#define RUN_CODE(...) run_code((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))
static void run_code(const u8 *code, u64 bytes)
{
	u64 rip = fake_fields[VMCS_guest_rip];

	memcpy(ram + rip, code, bytes < RAM - rip ? bytes : RAM - rip);
	fake_exception = FAKE_NO_EXCEPTION;
	exception(VECTOR_UD, 0);
}

static void from_ring3(void)
{
	fake_fields[VMCS_guest_cs_access] = 0xa0fb;
	fake_fields[VMCS_guest_ss_access] = 0xc0f3;
}

/* It is the guest's own, and nothing has changed but what delivery changes. */
static void handed_on(void)
{
	delivers(UD, 0);
	assert_int_equal(fake_fields[VMCS_guest_rip] & 0xf000, CODE & 0xf000);
	assert_int_equal(fake_exception, FAKE_NO_EXCEPTION);
	nothing_told();
}

static void segments_are(u64 cs, u64 cs_access, u64 ss, u64 ss_access)
{
	assert_int_equal(fake_fields[VMCS_guest_cs_selector], cs);
	assert_int_equal(fake_fields[VMCS_guest_cs_access], cs_access);
	assert_int_equal(fake_fields[VMCS_guest_cs_base], 0);
	assert_int_equal(fake_fields[VMCS_guest_cs_limit], 0xffffffff);
	assert_int_equal(fake_fields[VMCS_guest_ss_selector], ss);
	assert_int_equal(fake_fields[VMCS_guest_ss_access], ss_access);
	assert_int_equal(fake_fields[VMCS_guest_ss_base], 0);
	assert_int_equal(fake_fields[VMCS_guest_ss_limit], 0xffffffff);
}

TEST(what_is_wanted_decides_what_exits)
{
	const u32 calls = BIT(EVENT_seen_syscall), always = BIT(VECTOR_DB);
	const u32 whole = always | BIT(VECTOR_UD) | BIT(VECTOR_GP);

	start(~0u);
	assert_int_equal(fake_fields[VMCS_exception_bitmap], whole | BIT(VECTOR_PF));
	start(calls);
	assert_int_equal(fake_fields[VMCS_exception_bitmap], whole);
	assert_int_equal(fake_fields[VMCS_secondary_controls], BIT(1) | TABLES);
	start(BIT(EVENT_seen_text));
	assert_int_equal(fake_fields[VMCS_exception_bitmap], whole);
	fake_fields[VMCS_guest_idtr_limit] = OWN;
	start(BIT(EVENT_seen_return));
	assert_int_equal(fake_fields[VMCS_exception_bitmap], always | BIT(VECTOR_UD));
	assert_int_equal(fake_fields[VMCS_secondary_controls], BIT(1));
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], OWN);
	start(BIT(EVENT_seen_fault));
	assert_int_equal(fake_fields[VMCS_exception_bitmap], always | BIT(VECTOR_PF));
	assert_false(fake_vcpu.witness.syscalls);
	start(BIT(EVENT_vm_exit));
	assert_int_equal(fake_fields[VMCS_exception_bitmap], always);
	assert_false(fake_vcpu.witness.on);
	fake_vcpu.witness.asked = false;
	ring->events = ~0u;
	witness_choose(&fake_vcpu);
	assert_false(fake_vcpu.witness.on);
	assert_int_equal(logs, 0);
}

TEST(gates_need_two_features_and_it_is_told)
{
	static const u32 needed[] = {FEATURE_preemption_timer, FEATURE_descriptor_table_exiting};

	for (u32 i = 0; i < ARRAY_SIZE(needed); i++) {
		fake_vm.controls.allowed[needed[i]] = false;
		fake_fields[VMCS_guest_idtr_limit] = OWN;
		start(~0u);
		fake_vm.controls.allowed[needed[i]] = true;
		assert_false(fake_vcpu.witness.gates);
		assert_true(fake_vcpu.witness.syscalls);
		assert_int_equal(fake_fields[VMCS_guest_idtr_limit], OWN);
		assert_int_equal(fake_fields[VMCS_exception_bitmap] & BIT(VECTOR_GP), 0);
		assert_int_equal(logs, i + 1);
		exception(VECTOR_GP, 0x402);
		delivers(VALID | 0xb0d, 0x402);
	}
}

TEST(syscall_does_what_the_manual_says)
{
	from_ring3();
	fake_fields[VMCS_guest_rflags] = 0x10a97 | RFLAGS_IF; /* RF is the fault's */
	fake_fields[VMCS_guest_cs_base] = fake_fields[VMCS_guest_ss_limit] = 0x123;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_STI | BLOCKING_BY_NMI;
	RUN_CODE(0x0f, 0x05);
	delivers(0, 0);
	segments_are(8, 0xa09b, 16, 0xc093);
	assert_int_equal(fake_fields[VMCS_guest_rip], lstar);
	assert_int_equal(registers()[RCX], CODE + 2);
	assert_int_equal(registers()[R11], 0xa97);
	assert_int_equal(fake_fields[VMCS_guest_rflags], 0xa97 & ~0x700u);
	assert_int_equal(fake_fields[VMCS_guest_rsp], 0x7000);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], BLOCKING_BY_NMI);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
}

TEST(syscall_masks_all_but_the_bit_that_is_always_set)
{
	fmask = 0xffffffff;
	star = 0xffff000bull << 32; /* the selector's lowest bits are cleared for CS */
	RUN_CODE(0x0f, 0x05);
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE);
	assert_int_equal(fake_fields[VMCS_guest_cs_selector], 8);
	assert_int_equal(fake_fields[VMCS_guest_ss_selector], 0x13);
	star = 0xfffcull << 32;
	fake_fields[VMCS_guest_rip] = CODE;
	RUN_CODE(0x0f, 0x05);
	assert_int_equal(fake_fields[VMCS_guest_cs_selector], 0xfffc);
	assert_int_equal(fake_fields[VMCS_guest_ss_selector], 4);
}

/* A breakpoint that waits behind MOV SS waits on. */
TEST(a_single_step_falls_due_behind_it)
{
	fmask = 0;
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	fake_fields[VMCS_guest_debugctl] = DEBUGCTL_BTF; /* it is a branch */
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_MOV_SS;
	fake_fields[VMCS_guest_pending_debug] = PENDING_DEBUG_ENABLED | 1;
	RUN_CODE(0x0f, 0x05);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug],
	                 PENDING_DEBUG_ENABLED | PENDING_DEBUG_BS | 1);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	assert_int_equal(registers()[R11], RFLAGS_ONE | RFLAGS_TF);
}

/* It is the TF that the instruction leaves: FMASK keeps steps out of the kernel. */
TEST(no_single_step_into_a_kernel_that_masks_it)
{
	fmask = RFLAGS_TF;
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	RUN_CODE(0x0f, 0x05);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
}

TEST(prefixes)
{
	static const struct {
		u8 code[16];
		u32 length; /* 0: it is not done */
		u64 cs;     /* that SYSRET takes */
	} cases[] = {
		{{0x66, 0x0f, 0x07}, 3, 0x1b},
		{{0x48, 0x0f, 0x07}, 3, 0x2b},
		{{0x4f, 0x0f, 0x07}, 3, 0x2b},
		{{0x47, 0x0f, 0x07}, 3, 0x1b},
		{{0x48, 0x66, 0x0f, 0x07}, 4, 0x1b}, /* REX must be the last */
		{{0x48, 0x40, 0x0f, 0x07}, 4, 0x1b},
		{{0x40, 0x48, 0x0f, 0x07}, 4, 0x2b},
		{{0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf2, 0xf3, 0x48, 0x0f, 0x07},
	         12,
	         0x2b},
		{{0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	          0x0f, 0x07},
	         15,
	         0x1b},
		{{0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	          0x66, 0x0f, 0x07},
	         0,
	         0},
		{{0xf0, 0x0f, 0x07}, 0, 0},
		{{0x66, 0xf0, 0x0f, 0x07}, 0, 0},
		{{0x0f, 0x0b}, 0, 0},
		{{0x0f, 0x06}, 0, 0},
		{{0x05, 0x07}, 0, 0},
		{{0x0f, 0x66, 0x07}, 0, 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		set_up(NULL);
		registers()[RCX] = 0x4000;
		run_code(cases[i].code, sizeof(cases[i].code));
		if (!cases[i].length) {
			handed_on();
		} else {
			assert_int_equal(fake_fields[VMCS_guest_rip], 0x4000);
			assert_int_equal(fake_fields[VMCS_guest_cs_selector], cases[i].cs);
			memcpy(ram + 0x3000, cases[i].code, sizeof(cases[i].code));
			ram[0x3000 + cases[i].length - 1] = 5;
			fake_fields[VMCS_guest_rip] = 0x3000;
			fake_fields[VMCS_guest_cs_access] = 0xa09b;
			exception(VECTOR_UD, 0);
			assert_int_equal(registers()[RCX], 0x3000 + cases[i].length);
		}
	}
}

TEST(code_that_cannot_be_read_is_handed_on)
{
	fake_fields[VMCS_guest_rip] = RAM - 1;
	RUN_CODE(0x0f);
	delivers(UD, 0);
	fake_fields[VMCS_guest_rip] = 0x8000000000001000; /* not canonical */
	ram[CODE] = 0x0f;
	ram[CODE + 1] = 5;
	exception(VECTOR_UD, 0);
	delivers(UD, 0);
	nothing_told();
	fake_fields[VMCS_guest_rip] = RAM - 2; /* the last that can */
	RUN_CODE(0x0f, 0x05);
	delivers(0, 0);
}

TEST(others_of_its_kind_are_handed_on)
{
	fake_vcpu.witness.sce = 0;
	RUN_CODE(0x0f, 0x05);
	handed_on();
	assert_true(fake_fields[VMCS_guest_rflags] & RFLAGS_RF);
	fake_vcpu.witness.sce = EFER_SCE;
	fake_fields[VMCS_guest_cs_access] = 0xc0fb; /* compatibility mode */
	RUN_CODE(0x0f, 0x05);
	handed_on();
	fake_fields[VMCS_guest_cs_access] = 0xa0fb;
	fake_fields[VMCS_guest_efer] = 0; /* bit L has no meaning there */
	RUN_CODE(0x0f, 0x05);
	handed_on();
	fake_fields[VMCS_guest_efer] = EFER_LME | EFER_LMA;
	fake_fields[VMCS_idt_vectoring_info] = VALID | EVENT_EXTERNAL_INTERRUPT | 0x30;
	RUN_CODE(0x0f, 0x05);
	handed_on();
}

TEST(sysret_does_what_the_manual_says)
{
	registers()[RCX] = 0x7fffffffffff;
	registers()[R11] = ~0ull;
	fake_fields[VMCS_guest_rflags] |= RFLAGS_RF;
	RUN_CODE(0x48, 0x0f, 0x07);
	delivers(0, 0);
	segments_are(0x2b, 0xa0fb, 0x23, 0xc0f3);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x7fffffffffff);
	assert_int_equal(fake_fields[VMCS_guest_rflags], 0x3c7fd7);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], PENDING_DEBUG_BS); /* TF is on */
	set_up(NULL);
	registers()[RCX] = 0xdead800012345678; /* 32 bits of it */
	registers()[R11] = 0;
	RUN_CODE(0x0f, 0x07);
	segments_are(0x1b, 0xc0fb, 0x23, 0xc0f3);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x12345678);
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE);
}

TEST(sysret_s_faults)
{
	registers()[RCX] = 0x800000000000;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_MOV_SS;
	RUN_CODE(0x48, 0x0f, 0x07);
	ASSERT_FAULT(VECTOR_GP);
	assert_int_equal(fake_error, 0);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	nothing_told();
	registers()[RCX] = 0x4000;
	from_ring3();
	RUN_CODE(0x48, 0x0f, 0x07);
	ASSERT_FAULT(VECTOR_GP);
	fake_vcpu.witness.sce = 0; /* this comes before the privilege */
	RUN_CODE(0x48, 0x0f, 0x07);
	handed_on();
}

static void call(u32 number, u64 rdi, u64 rsi, u64 rdx)
{
	fake_fields[VMCS_guest_rip] = CODE;
	registers()[RAX] = 0xfeed00000000 | number;
	registers()[RDI] = rdi;
	registers()[RSI] = rsi;
	registers()[RDX] = rdx;
	RUN_CODE(0x0f, 0x05);
}

static void come_back(u64 result)
{
	fake_fields[VMCS_guest_rip] = CODE + 0x100;
	fake_fields[VMCS_guest_cs_access] = 0xa09b;
	fake_fields[VMCS_guest_ss_access] = 0xc093;
	registers()[RAX] = result;
	registers()[RCX] = CODE + 2;
	RUN_CODE(0x48, 0x0f, 0x07);
}

TEST(a_call_and_its_return_are_told)
{
	registers()[R10] = 4;
	registers()[R8] = 5;
	registers()[R9] = 6;
	call(39, 1, 2, 3);
	const struct trace_seen_syscall *seen = record(0, EVENT_seen_syscall);
	assert_int_equal(seen->record.tsc, 500);
	assert_int_equal(seen->number, 39);
	assert_int_equal(seen->gate, 0);
	assert_int_equal(seen->cr3, 0x123000);
	assert_int_equal(seen->rip, CODE + 2);
	assert_int_equal(seen->rsp, 0x7000);
	const u64 arguments[] = {1, 2, 3, 4, 5, 6};
	assert_memory_equal(&seen->arg0, arguments, sizeof(arguments));
	come_back((u64)-14);
	const struct trace_seen_return *back = record(1, EVENT_seen_return);
	assert_int_equal(back->number, 39);
	assert_int_equal(back->call, 70);
	assert_int_equal(back->result, -14);
	assert_int_equal(back->cr3, 0x123000);
	assert_int_equal(back->rip, CODE + 2);
	assert_int_equal(back->rsp, 0x7000);
	come_back(0); /* it has returned already */
	back = record(2, EVENT_seen_return);
	assert_int_equal(back->number, 0xffffffff);
	assert_int_equal(back->call, 0xffffffff);
}

static void not_the_return(u32 field, u64 value)
{
	u64 kept = fake_fields[field];
	u64 write = ring->write;

	call(39, 1, 2, 3);
	fake_fields[field] = value;
	come_back(0);
	fake_fields[field] = kept;
	const struct trace_seen_return *back =
		(const void *)(ring->data + write + sizeof(struct trace_seen_syscall));
	assert_int_equal(back->record.id, EVENT_seen_return);
	assert_int_equal(back->call, 0xffffffff);
}

TEST(another_thread_s_return_is_not_taken_for_it)
{
	not_the_return(VMCS_guest_rsp, 0x7000 + 64 * 4096 * 16);
	not_the_return(VMCS_guest_cr3, 0x123000 + (64ull << 12));
	u64 write = ring->write;
	call(39, 0, 0, 0);
	fake_fields[VMCS_guest_cr3] ^= 5 | BIT(63); /* PCID and its flag are no part of it */
	come_back(0);
	const struct trace_seen_return *back =
		(const void *)(ring->data + write + sizeof(struct trace_seen_syscall));
	assert_int_equal(back->number, 39);
}

TEST(memory_is_told_before_the_call_and_after_it)
{
	memcpy(ram + 0x5000, "hello", 5);
	call(1, 1, 0x5000, 5); /* write */
	const struct trace_seen_text *text = record(1, EVENT_seen_text);
	assert_int_equal(text->call, 70);
	assert_int_equal(text->address, 0x5000);
	assert_int_equal(text->argument, 1);
	assert_int_equal(text->bytes, 5);
	assert_int_equal(text->whole, 5);
	assert_string_equal(text->text, "hello");
	come_back(5);
	record(2, EVENT_seen_return);
	call(0, 3, RAM - 2, 100); /* read: to where memory ends */
	record(3, EVENT_seen_syscall);
	memcpy(ram + RAM - 2, "ok", 2);
	come_back(10);
	record(4, EVENT_seen_return);
	text = record(5, EVENT_seen_text);
	assert_int_equal(text->call, 73);
	assert_int_equal(text->bytes, 2);
	assert_int_equal(text->whole, 10);
	call(0, 3, 0x5000, 100);
	come_back((u64)-5); /* nothing was read */
	record(7, EVENT_seen_return);
	call(1, 1, 0x8000000000005000, 5); /* nor can this be */
	record(8, EVENT_seen_syscall);
	assert_int_equal(ring->sequence, 79);
}

/* Every record for itself; a text whose call is not recorded has no number. */
TEST(filters)
{
	start(BIT(EVENT_seen_text));
	fake_vcpu.witness.sce = EFER_SCE;
	memcpy(ram + 0x5000, "hello", 5);
	call(1, 1, 0x5000, 5);
	const struct trace_seen_text *text = record(0, EVENT_seen_text);
	assert_int_equal(text->call, 0xffffffff);
	come_back(5);
	start(BIT(EVENT_seen_return));
	fake_vcpu.witness.sce = EFER_SCE;
	call(1, 1, 0x5000, 5);
	come_back(5);
	const struct trace_seen_return *back = record(1, EVENT_seen_return);
	assert_int_equal(back->number, 1);
	assert_int_equal(back->call, 0xffffffff);
}

TEST(room_is_made_before_and_time_does_not_go_back)
{
	ring->write = RING_BYTES - 10000;
	call(39, 0, 0, 0);
	assert_int_equal(flushes, 1);
	assert_int_equal(((const struct trace_record *)record(0, EVENT_seen_syscall))->tsc, 9000);
}

/* INT 0x80, or whatever else was being delivered, as the processor finds it beyond the limit. */
static void beyond(u32 info, u32 error)
{
	fake_fields[VMCS_idt_vectoring_info] = info;
	fake_fields[VMCS_idt_vectoring_error] = 0;
	fake_fields[VMCS_exit_instruction_length] = 2;
	exception(VECTOR_GP, error);
	fake_fields[VMCS_idt_vectoring_info] = 0;
}

#define INT80 (VALID | EVENT_SOFTWARE_INTERRUPT | 0x80)

TEST(the_limit_is_held)
{
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], HELD64);
	assert_int_equal(fake_vcpu.witness.idt_limit, OWN);
	fake_fields[VMCS_guest_idtr_limit] = 0x200; /* the guest's own is below */
	start(~0u);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], 0x200);
	fake_fields[VMCS_guest_idtr_limit] = 0x7ff;
	fake_fields[VMCS_guest_efer] = 0;
	start(~0u);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], 0x3ff);
}

TEST(int_0x80_is_told_and_delivered)
{
	from_ring3();
	registers()[RAX] = 20;
	fake_fields[VMCS_guest_rflags] |= RFLAGS_RF; /* the #GP's */
	beyond(INT80, 0x402);
	delivers(INT80, 0);
	assert_int_equal(fake_vcpu.event.length, 2);
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE);
	const struct trace_seen_syscall *seen = record(0, EVENT_seen_syscall);
	assert_int_equal(seen->number, 20);
	assert_int_equal(seen->gate, 0x80);
	assert_int_equal(seen->rip, CODE + 2);
	/* As it is injected; then the timer's exit comes at once. */
	witness_deliver(&fake_vcpu, 0x80);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], OWN);
	assert_int_equal(fake_fields[VMCS_preemption_timer_value], 0);
	handle_preemption_timer(&fake_vcpu);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], HELD64);
	assert_int_equal(fake_fields[VMCS_preemption_timer_value], 777);
	assert_int_equal(fake_vcpu.witness.idt, IDT_HELD);
	assert_int_equal(fake_vcpu.witness.idt_limit, OWN);
	ASSERT_ENDS(handle_preemption_timer(&fake_vcpu), GUEST_END_watchdog, "interrupts off");
}

TEST(others_beyond_the_limit_are_delivered)
{
	beyond(VALID | EVENT_SOFTWARE_INTERRUPT | 0xff, 0x7fa);
	delivers(VALID | EVENT_SOFTWARE_INTERRUPT | 0xff, 0);
	beyond(VALID | EVENT_EXTERNAL_INTERRUPT | 0x88, 0x443);
	delivers(VALID | EVENT_EXTERNAL_INTERRUPT | 0x88, 0);
	nothing_told();
	witness_deliver(&fake_vcpu, 0x7f);
	witness_deliver(&fake_vcpu, VECTOR_GP);
	assert_int_equal(fake_vcpu.witness.idt, IDT_HELD);
}

TEST(other_protection_faults_are_handed_on)
{
	exception(VECTOR_GP, 0x402); /* of no delivery */
	delivers(VALID | 0xb0d, 0x402);
	beyond(VALID | EVENT_SOFTWARE_INTERRUPT | 0x7f, 0x3fa);
	delivers(VALID | 0xb0d, 0x3fa);
	witness_deliver(&fake_vcpu, 0x80); /* its gate is bad: the limit is wide by now */
	beyond(INT80, 0x402);
	delivers(VALID | 0xb0d, 0x402);
	handle_preemption_timer(&fake_vcpu);
	fake_vcpu.witness.idt_limit = 0x80e; /* the guest's own excludes it */
	beyond(INT80, 0x402);
	delivers(VALID | 0xb0d, 0x402);
	beyond(VALID | 0xb00 | VECTOR_GP, 0x10);
	delivers(VALID | 0xb08, 0);
	nothing_told();
	fake_vcpu.witness.idt_limit = 0x80f;
	beyond(INT80, 0x402);
	delivers(INT80, 0);
}

/* SIDT, LIDT and their like: the processor does them, in a step. */
static void begin_step(u64 rflags, u64 blocking, u64 pending)
{
	fake_fields[VMCS_guest_rflags] = RFLAGS_ONE | rflags;
	fake_fields[VMCS_guest_interruptibility] = blocking;
	fake_fields[VMCS_guest_pending_debug] = pending;
	fake_fields[VMCS_guest_debugctl] = DEBUGCTL_BTF | DEBUGCTL_LBR;
	handle_descriptor_table(&fake_vcpu);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], OWN);
	assert_int_equal(fake_fields[VMCS_secondary_controls] & TABLES, 0);
	assert_int_equal(fake_fields[VMCS_exception_bitmap], 0xffffffff);
	assert_int_equal(fake_fields[VMCS_guest_debugctl], DEBUGCTL_LBR);
	assert_int_equal(fake_fields[VMCS_guest_rflags],
	                 RFLAGS_ONE | RFLAGS_TF | RFLAGS_RF | rflags);
}

static void step_has_ended(u64 rflags)
{
	assert_int_equal(fake_fields[VMCS_secondary_controls] & TABLES, TABLES);
	assert_int_equal(fake_fields[VMCS_exception_bitmap],
	                 BIT(VECTOR_DB) | BIT(VECTOR_UD) | BIT(VECTOR_GP) | BIT(VECTOR_PF));
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE | rflags);
	assert_int_equal(fake_vcpu.witness.idt, IDT_HELD);
}

static void debug_exception(u64 qualification)
{
	fake_fields[VMCS_guest_rflags] &= ~RFLAGS_RF; /* the instruction is done */
	fake_fields[VMCS_exit_qualification] = qualification;
	fake_dr6 = 0xffff0ff0;
	exception(VECTOR_DB, 0);
}

TEST(a_table_s_register_is_loaded_in_a_step)
{
	begin_step(0, BLOCKING_BY_STI, 0);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], 0);
	fake_fields[VMCS_guest_idtr_limit] = 0x1fff; /* LIDT */
	debug_exception(PENDING_DEBUG_BS);
	delivers(0, 0);
	step_has_ended(0);
	assert_int_equal(fake_fields[VMCS_guest_debugctl], DEBUGCTL_BTF | DEBUGCTL_LBR);
	assert_int_equal(fake_dr6, 0xffff0ff0);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], HELD64);
	assert_int_equal(fake_vcpu.witness.idt_limit, 0x1fff);
}

TEST(a_step_of_the_guest_s_own_and_breakpoints_are_its_to_see)
{
	begin_step(RFLAGS_TF, 0, PENDING_DEBUG_BS); /* it would come first */
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
	debug_exception(PENDING_DEBUG_BS);
	delivers(VALID | 0x301, 0);
	step_has_ended(RFLAGS_TF);
	assert_int_equal(fake_dr6 & 0x600f, 0x4000);
	begin_step(0, BLOCKING_BY_MOV_SS, PENDING_DEBUG_ENABLED | 2);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug],
	                 PENDING_DEBUG_ENABLED | PENDING_DEBUG_BS | 2);
	debug_exception(PENDING_DEBUG_BS | 2);
	delivers(VALID | 0x301, 0);
	step_has_ended(0);
	assert_int_equal(fake_dr6 & 0x600f, 2);
}

TEST(a_fault_ends_the_step)
{
	begin_step(0, BLOCKING_BY_MOV_SS, 0);
	fake_fields[VMCS_exit_qualification] = 0x1234;
	exception(VECTOR_PF, 2);
	delivers(VALID | 0xb0e, 2);
	step_has_ended(RFLAGS_RF);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
	begin_step(0, 0, 0);
	exception(VECTOR_SS, 0);
	delivers(VALID | 0xb0c, 0);
	step_has_ended(RFLAGS_RF);
}

/* What is delivered before the instruction finds the guest's own flags, and the limit it needs. */
TEST(an_event_comes_before_the_step)
{
	begin_step(RFLAGS_IF, 0, 0);
	witness_deliver(&fake_vcpu, 0x30);
	step_has_ended(RFLAGS_IF | RFLAGS_RF);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], HELD64);
	begin_step(RFLAGS_TF, BLOCKING_BY_MOV_SS, 0); /* BTF is on: no step of the guest's is due */
	witness_deliver(&fake_vcpu, VECTOR_GP);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], 0);
	begin_step(RFLAGS_IF, 0, 0);
	witness_deliver(&fake_vcpu, 0x88);
	assert_int_equal(fake_vcpu.witness.idt, IDT_DELIVERY);
	assert_int_equal(fake_fields[VMCS_guest_idtr_limit], OWN);
	assert_false(fake_fields[VMCS_guest_rflags] & RFLAGS_TF);
}

TEST(page_faults_are_told_and_handed_on)
{
	from_ring3();
	fake_fields[VMCS_exit_qualification] = 0x7fff12345678;
	exception(VECTOR_PF, 6);
	delivers(VALID | 0xb0e, 6);
	assert_int_equal(fake_cr2, 0x7fff12345678);
	assert_true(fake_fields[VMCS_guest_rflags] & RFLAGS_RF);
	const struct trace_seen_fault *seen = record(0, EVENT_seen_fault);
	assert_int_equal(seen->record.tsc, 500);
	assert_int_equal(seen->address, 0x7fff12345678);
	assert_int_equal(seen->rip, CODE);
	assert_int_equal(seen->cr3, 0x123000);
	assert_int_equal(seen->error_code, 6);
	assert_int_equal(seen->cpl, 3);
	fake_fields[VMCS_idt_vectoring_info] = VALID | 0xb00 | VECTOR_PF;
	exception(VECTOR_PF, 2);
	delivers(VALID | 0xb08, 0);
	fake_fields[VMCS_idt_vectoring_info] = VALID | EVENT_SOFTWARE_INTERRUPT | 0x40;
	exception(VECTOR_PF, 2); /* INT comes again by itself */
	delivers(VALID | 0xb0e, 2);
}

/* Faults at one place are no loop: the guest's handler runs in between. */
TEST(many_faults_at_one_place_end_nothing)
{
	fake_vm.watchdog_ms = 1000;
	fake_vm.tsc_hz = 1000000;
	for (u64 i = 0; i < 10; i++) {
		fake_tsc = 1000000 * i;
		exception(VECTOR_PF, 6);
	}
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RUN(what_is_wanted_decides_what_exits),
		RUN(gates_need_two_features_and_it_is_told),
		RUN(syscall_does_what_the_manual_says),
		RUN(syscall_masks_all_but_the_bit_that_is_always_set),
		RUN(a_single_step_falls_due_behind_it),
		RUN(no_single_step_into_a_kernel_that_masks_it),
		RUN(prefixes),
		RUN(code_that_cannot_be_read_is_handed_on),
		RUN(others_of_its_kind_are_handed_on),
		RUN(sysret_does_what_the_manual_says),
		RUN(sysret_s_faults),
		RUN(a_call_and_its_return_are_told),
		RUN(another_thread_s_return_is_not_taken_for_it),
		RUN(memory_is_told_before_the_call_and_after_it),
		RUN(filters),
		RUN(room_is_made_before_and_time_does_not_go_back),
		RUN(the_limit_is_held),
		RUN(int_0x80_is_told_and_delivered),
		RUN(others_beyond_the_limit_are_delivered),
		RUN(other_protection_faults_are_handed_on),
		RUN(a_table_s_register_is_loaded_in_a_step),
		RUN(a_step_of_the_guest_s_own_and_breakpoints_are_its_to_see),
		RUN(a_fault_ends_the_step),
		RUN(an_event_comes_before_the_step),
		RUN(page_faults_are_told_and_handed_on),
		RUN(many_faults_at_one_place_end_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
