/*
 * A million timer ticks through ring -1's delivery of events to a guest that masks at random: by CLI,
 * shadows, the 8259's masks, late ends of interrupt, NMIs and single steps. A small model of latched
 * edges, which shares nothing with the code under test but the times at which it looks, says what must
 * come: each request once, merged only with one that is still waiting, the highest first.
 *
 * Sources: vmx/features.c vmx/events.c hv/pic.c hv/pit.c
 */
#define FAKE_WITHOUT_HANDLERS
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/fake_witness.h"
#include "tests/unit/fake_integrity.h"
#define vmx_invvpid(type, vpid) ((void)(type), (void)(vpid))
#include "hv/exit.c"
#include "hv/exit_event.c"
#include "hv/exit_hypercall.c"
#include "hv/exit_io.c"

#define TICKS      1000000u
#define HZ         (8ull * PIT_HZ)
#define VECTOR     0x30u
#define LINES      16u
#define DEEPEST    12u
#define SHADOWS    (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)
#define WINDOW     BIT(2)
#define NMI_WINDOW BIT(22)
#define NEVER      UINT64_MAX

struct vcpu the_vcpu;
static struct trace_ring ring;
static u64 seed, own_timer; /* when ring -1's own timer fires */

/* The model. */
static bool waiting[LINES], masked[LINES];
static u32 serving[LINES], served;   /* lines in service, innermost last */
static u32 handlers[DEEPEST], depth; /* what the guest is in the middle of: a line, or these */
enum { IN_NMI = 100, IN_DEBUG };
static bool flags[DEEPEST]; /* IF as each of them found it */
static bool nmi_waits, nmi_blocked, step_due;
static u64 due, raised[LINES], taken[LINES], merged[LINES], nmis[2], steps[2], ticks;

#define UNUSED_HANDLER(name)                                                                       \
	void handle_##name(struct vcpu *vcpu)                                                      \
	{                                                                                          \
		(void)vcpu;                                                                        \
		fail_msg(#name);                                                                   \
	}
UNUSED_HANDLER(wbinvd)
UNUSED_HANDLER(cr_access)
UNUSED_HANDLER(rdmsr)
UNUSED_HANDLER(wrmsr)
UNUSED_HANDLER(ept_violation)
UNUSED_HANDLER(ept_misconfiguration)
UNUSED_HANDLER(xsetbv)
UNUSED_HANDLER(pml_full)
UNUSED_HANDLER(descriptor_table)

#define UNUSED_CALL(name, arguments, ...)                                                          \
	s64 name arguments                                                                         \
	{                                                                                          \
		const u64 all[] = {(u64)(uintptr_t)vcpu, __VA_ARGS__};                             \
		fail_msg(#name " of %lx", all[0]);                                                 \
		return 0;                                                                          \
	}
UNUSED_CALL(guest_protect, (struct vcpu * vcpu, u64 guest, u64 bytes, u64 rights), guest, bytes,
            rights)
UNUSED_CALL(guest_release, (struct vcpu * vcpu, u64 guest, u64 bytes), guest, bytes)
UNUSED_CALL(guest_dirty_log, (struct vcpu * vcpu, u64 what, u64 guest, u64 bytes), what, guest,
            bytes)
UNUSED_CALL(guest_view, (struct vcpu * vcpu, u64 which), which)

_Noreturn void explain_failed_entry(struct vcpu *vcpu, u32 reason, u32 error, bool resumed)
{
	end_report(vcpu, GUEST_END_entry_failed, "reason %x, error %u, resumed %u", reason, error,
	           resumed);
}

void handle_cpuid(struct vcpu *vcpu)
{
	(void)vcpu;
	skip_instruction();
}

bool quick_cpuid(struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

bool quick_rdmsr(struct vcpu *vcpu)
{
	return quick_cpuid(vcpu);
}

void vmx_exit_point(void)
{
}

void vmx_untimed_exit_point(void)
{
}

void trace_flush(struct vcpu *vcpu)
{
	(void)vcpu;
}

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
}

s64 trace_announce(struct vcpu *vcpu, u64 stream, u64 guest_physical)
{
	(void)vcpu;
	return (s64)(stream + guest_physical);
}

s64 trace_take_all(struct vcpu *vcpu, u64 stream)
{
	return trace_announce(vcpu, stream, 0);
}

_Noreturn void end_guest(struct vcpu *vcpu, enum guest_end cause, s32 status)
{
	(void)vcpu;
	fail_msg("the guest ended: %d %d", cause, status);
	abort();
}

void hv_log(const char *pattern, ...)
{
	fail_msg("%s", pattern);
}

u32 serial_in(struct serial *serial, u16 port, u32 bytes)
{
	(void)serial;
	return port + bytes;
}

void serial_out(struct serial *serial, u16 port, u32 bytes, u32 value)
{
	(void)value;
	serial_in(serial, port, bytes);
}

bool serial_take_edge(struct serial *serial)
{
	(void)serial;
	return false;
}

u32 cmos_in(struct cmos *cmos, u16 port, u32 bytes)
{
	(void)cmos;
	return port + bytes;
}

void cmos_out(struct cmos *cmos, u16 port, u32 bytes, u32 value)
{
	(void)value;
	cmos_in(cmos, port, bytes);
}

void handle_string_io(struct vcpu *vcpu, u64 qualification, port_in *in, port_out *out)
{
	(void)vcpu;
	(void)qualification;
	fail_msg("%d", in && out);
}

void timer_wait(struct vcpu *vcpu)
{
	vcpu->attention = true;
}

/* As hv/timer.c arms the real one: never early, and at times late. */
void timer_arm(struct vcpu *vcpu, u64 now)
{
	u64 edge = pit_next_edge(&vcpu->vm->pit);

	own_timer = edge == NEVER ? NEVER : (edge > now ? edge : now) + random_next(&seed) % 64;
}

void timer_service(struct vcpu *vcpu)
{
	raise_timer(vcpu, fake_tsc);
	timer_arm(vcpu, fake_tsc);
}

void timer_own_interrupts(struct vcpu *vcpu)
{
	if (vcpu->own_interrupts & BIT(IRQ_TIMER))
		timer_service(vcpu);
	vcpu->own_interrupts = 0;
}

static void edge(u32 line)
{
	raised[line]++;
	merged[line] += waiting[line];
	waiting[line] = true;
}

/* What the timer has done until now, once ring -1 looks. */
static void look(void)
{
	if (due > fake_tsc)
		return;
	due = NEVER;
	ticks++;
	edge(0);
}

/* The chips' fixed order: 0, 1, 8..15, 3..7. */
static u32 rank_of(u32 line)
{
	return line < 2 ? line : line >= 8 ? line - 6 : line + 7;
}

static u32 highest_waiting(void)
{
	u32 best = LINES;

	for (u32 line = 0; line < LINES; line++) {
		bool blocked = !waiting[line] || masked[line];
		for (u32 i = 0; i < served; i++)
			blocked |= rank_of(serving[i]) <= rank_of(line) ||
			           (serving[i] >= 8 && line >= 8);
		if (!blocked && (best == LINES || rank_of(line) < rank_of(best)))
			best = line;
	}
	return best;
}

static bool is_on(void)
{
	return fake_fields[VMCS_guest_rflags] & RFLAGS_IF;
}

static void turn(bool on)
{
	fake_fields[VMCS_guest_rflags] &= ~(u64)(RFLAGS_IF | RFLAGS_TF);
	fake_fields[VMCS_guest_rflags] |= on ? RFLAGS_IF : 0;
}

static void begin(u32 what)
{
	assert_true(depth < DEEPEST);
	flags[depth] = is_on();
	handlers[depth++] = what;
	turn(false);
	fake_fields[VMCS_guest_interruptibility] &= ~(u64)SHADOWS;
}

static void take_interrupt(u32 vector)
{
	u32 line = vector - VECTOR;

	assert_true(is_on());
	assert_int_equal(line, highest_waiting());
	waiting[line] = false;
	taken[line]++;
	serving[served++] = line;
	begin(line);
}

/* What the entry does with the event that it was given, if it may be entered with at all. */
static void enter(void)
{
	u32 info = (u32)fake_fields[VMCS_entry_interruption_info];
	u64 blocking = fake_fields[VMCS_guest_interruptibility];

	fake_fields[VMCS_entry_interruption_info] = 0;
	if (!(info & (u32)EVENT_VALID))
		return;
	if ((info & EVENT_TYPE_MASK) == EVENT_HARDWARE_EXCEPTION) {
		assert_int_equal(info & EVENT_VECTOR_MASK, VECTOR_DB);
		steps[1]++;
		begin(IN_DEBUG);
		return;
	}
	assert_false(step_due); /* it would be dropped */
	assert_false(blocking & SHADOWS);
	if ((info & EVENT_TYPE_MASK) == EVENT_NMI) {
		assert_false(blocking & BLOCKING_BY_NMI);
		assert_true(nmi_waits && !nmi_blocked);
		nmi_waits = false;
		nmi_blocked = true;
		nmis[1]++;
		begin(IN_NMI);
		fake_fields[VMCS_guest_interruptibility] |= BLOCKING_BY_NMI;
	} else {
		assert_false(nmi_waits && !nmi_blocked); /* which comes first */
		take_interrupt(info & EVENT_VECTOR_MASK);
	}
}

static void leave(u32 reason)
{
	fake_fields[VMCS_exit_reason] = reason;
	vmx_exit(&fake_vcpu.context);
	step_due = fake_fields[VMCS_guest_pending_debug] & PENDING_DEBUG_BS;
	enter();
}

/* Events that the processor takes by itself between two instructions; true if it did. */
static bool boundary(void)
{
	u64 controls = fake_fields[VMCS_primary_controls];
	u64 blocking = fake_fields[VMCS_guest_interruptibility];

	if (step_due && !(blocking & BLOCKING_BY_MOV_SS)) {
		fake_fields[VMCS_guest_pending_debug] = 0;
		fake_fields[VMCS_exit_interruption_info] = 0x80000301;
		leave(EXIT_EXCEPTION_NMI);
	} else if (controls & NMI_WINDOW && !(blocking & (BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI))) {
		leave(EXIT_NMI_WINDOW); /* also under blocking by STI: processors differ */
	} else if (controls & WINDOW && is_on() && !(blocking & SHADOWS)) {
		leave(EXIT_INTERRUPT_WINDOW);
	} else if (own_timer <= fake_tsc) {
		own_timer = NEVER;
		look();
		fake_fields[VMCS_exit_interruption_info] = 0x80000020;
		leave(EXIT_EXTERNAL_INTERRUPT);
	} else {
		return false;
	}
	return true;
}

static void out(u16 port, u32 value, bool step)
{
	look();
	if (step)
		fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	steps[0] += step;
	fake_vcpu.context.registers[RAX] = value;
	fake_fields[VMCS_exit_qualification] = (u64)port << 16;
	leave(EXIT_IO_INSTRUCTION);
}

static void arm(u32 count, bool step)
{
	if (due != NEVER || waiting[0])
		return;
	out(0x40, count, step);
	due = fake_tsc + (u64)(((unsigned __int128)count * HZ + PIT_HZ - 1) / PIT_HZ);
}

static void mask(bool second, u32 lines, bool step)
{
	lines &= second ? 0xff : 0xfb;
	for (u32 i = 0; i < 8; i++)
		masked[8 * second + i] = lines >> i & 1;
	out(second ? 0xa1 : 0x21, lines, step);
}

/* The end of whatever the guest is in: the EOI, then IRET. */
static void finish(bool specific)
{
	u32 what = handlers[depth - 1];

	if (what < LINES && served && serving[served - 1] == what) {
		served--;
		if (what >= 8) { /* that of both chips, and nothing between */
			turn(false);
			out(0xa0, specific ? 0x60 | (what & 7) : 0x20, false);
		}
		out(0x20, specific ? 0x60 | (what >= 8 ? 2 : what) : 0x20, false);
		return;
	}
	depth--;
	turn(flags[depth]);
	fake_fields[VMCS_guest_interruptibility] &= ~(u64)(SHADOWS | BLOCKING_BY_NMI);
	nmi_blocked = false; /* any IRET's doing */
}

static void send_one_nmi(void)
{
	nmis[0] += !nmi_waits;
	nmi_waits = true;
	fake_vcpu.context.registers[RAX] = HYPERCALL_nmi;
	leave(EXIT_VMCALL);
	assert_int_equal(fake_vcpu.context.registers[RAX], 0);
}

/* One instruction of the guest's. */
static void execute(void)
{
	u64 dice = random_next(&seed) >> 8;
	u64 shadow = 0;
	bool step = (dice >> 8) % 16 == 0 && depth < 4;

	switch (dice % 16) {
	case 0:
		turn(false);
		break;
	case 1:
		shadow = is_on() || depth > 4 ? 0 : (u64)BLOCKING_BY_STI;
		turn(is_on() || shadow);
		break;
	case 2:
		shadow = BLOCKING_BY_MOV_SS;
		break;
	case 3:
		mask(dice & 512, (u32)(dice >> 16 & dice >> 32) & 0xff, step);
		return;
	case 4 ... 7:
		arm(1 + (u32)(dice >> 16) % 40, step);
		return;
	case 8:
		leave(EXIT_CPUID);
		return;
	case 9:
		if ((dice >> 16) % 8 == 0 && depth < 4) {
			send_one_nmi();
			return;
		}
		break;
	case 10: { /* a device of ring -1's, at some exit */
		u32 line = (dice >> 16) % 5 ? 4 : 8 + (u32)(dice >> 20) % 8;
		edge(line);
		raise_guest_line(&fake_vcpu, line);
		leave(EXIT_CPUID);
		return;
	}
	default:
		if (depth) {
			finish(dice & 256);
			return;
		}
	}
	fake_fields[VMCS_guest_interruptibility] &= ~(u64)SHADOWS;
	fake_fields[VMCS_guest_interruptibility] |= shadow;
}

static void set_up_guest(void)
{
	fake_machine();
	fake_vcpu.ring = &ring; /* which wants no events */
	fake_fields[VMCS_guest_cr0] = CR0_PE;
	fake_fields[VMCS_exit_instruction_length] = 0; /* all at one RIP, for ever */
	pic_init(&fake_vm.pic);
	pit_init(&fake_vm.pit, HZ);
	due = own_timer = NEVER;
	static const u16 words[][2] = {{0x20, 0x11}, {0x21, VECTOR}, {0x21, 4},
	                               {0x21, 1},    {0xa0, 0x11},   {0xa1, VECTOR + 8},
	                               {0xa1, 2},    {0xa1, 1},      {0x43, 0x10}};
	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		out(words[i][0], words[i][1], false);
}

TEST(a_million_ticks_come_once_each)
{
	seed = 11;
	set_up_guest();
	mask(false, 0, false);
	mask(true, 0, false);
	while (ticks < TICKS) {
		fake_tsc += random_next(&seed) % 32;
		if (!boundary())
			execute();
	}
	/* Let everything come that waits. */
	mask(false, 0, false);
	mask(true, 0, false);
	while (depth || highest_waiting() != LINES || nmi_waits) {
		if (!depth) {
			turn(true);
			fake_fields[VMCS_guest_interruptibility] = 0;
		}
		if (!boundary()) {
			assert_true(depth);
			finish(false);
		}
	}
	for (u32 line = 0; line < LINES; line++)
		assert_int_equal(raised[line], taken[line] + merged[line]);
	assert_int_equal(taken[0], ticks); /* armed only when the last has been taken */
	assert_int_equal(nmis[0], nmis[1]);
	assert_int_equal(steps[0], steps[1]);
	assert_true(merged[4] > 1000 && nmis[1] > 1000 && steps[1] > 1000 && taken[12] > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_ticks_come_once_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
