/*
 * Which event comes when, and what becomes of one whose delivery fails: the same bare and under ring
 * -1, line by line. An NMI is sent by the local APIC there, by a hypercall here.
 */
#include "guest/probe/probe.h"
#include "abi/hypercall.h"
#include "lib/io.h"
#include "lib/string.h"

#define IRQ_VECTOR    0x30u
#define INT_VECTOR    0x40u
#define EVENTS        16u
#define ICR           0xfee00300ul
#define SPURIOUS      0xfee000f0ul
#define SELF_NMI      0x4400u /* "Interrupt Command Register": assert, NMI; to local APIC 0 */
#define GATE_PRESENT  BIT(47)
#define GATE_IST(n)   ((u64)(n) << 32)
#define GATE_SELECTOR 0xffff0000ull
#define FLAGS         ((u64)(RFLAGS_TF | RFLAGS_IF | RFLAGS_RF))
#define BAD_STACK     3u /* index into the TSS's ist[] */

/* pieces.asm. */
extern u8 pieces[], pieces_end[];

extern const u8 piece_int[], piece_int3[], piece_icebp[], piece_ud[], piece_divide[], piece_touch[],
	piece_irq[], piece_nmi[], piece_cpuid[], piece_sticli[], piece_stiport[], piece_movss[],
	piece_stinmi[], piece_ssnmi[], piece_twice[], piece_hlt[], piece_steps[], piece_stepnmi[],
	piece_stepirq[], piece_stephlt[], piece_ssint[], piece_ssint3[], piece_sscpuid[],
	piece_ssport[], piece_ssud[], piece_sshlt[], piece_task[];

/* What the handlers saw, in the order in which they ran. */
static struct probe_frame events[EVENTS];
static u64 dr6_seen[EVENTS];
static u32 count;
static u16 watched = SELECTOR_DATA;

static void note(const struct probe_frame *frame)
{
	if (count < EVENTS) {
		dr6_seen[count] = read_dr6() & 0xe00f;
		events[count] = *frame;
	}
	count++;
	if (frame->vector == VECTOR_DB)
		write_dr6(0xffff0ff0);
}

static bool note_trap(struct probe_frame *frame)
{
	note(frame);
	return true;
}

/* An instruction that faults is left out. */
static bool note_fault(struct probe_frame *frame)
{
	note(frame);
	frame->rip += 2;
	return true;
}

static bool note_irq(struct probe_frame *frame)
{
	note(frame);
	out8(0x20, 0x20);
	return true;
}

static struct probe_state at(const u8 *code, enum probe_place place)
{
	struct probe_state state = probe_at(code, place);

	state.registers[R8] = state.registers[RAX] =
		probe_under_ringscope() ? (u64)HYPERCALL_nmi : SELF_NMI;
	state.registers[RDI] = ICR;
	state.registers[RBX] = SELECTOR_DATA;
	state.registers[RSI] = (u64)&watched;
	return state;
}

static void print_event(const struct probe_frame *event, u64 dr6, const u8 *code)
{
	u64 offset = event->rip - (u64)code;

	if (offset > 64)
		probe_print(" %s in a handler", probe_vector_name(event->vector));
	else
		probe_print(" %s+%lu", probe_vector_name(event->vector), offset);
	if (event->rflags & FLAGS)
		probe_print(" flags %lx", event->rflags & FLAGS);
	if (event->vector == VECTOR_DB)
		probe_print(" dr6 %lx", dr6);
}

/* Runs it with everything hooked, and prints what came. */
static void order(const char *name, const u8 *code, bool irq, u8 mask)
{
	struct probe_state state = at(code, PLACE_RING0);

	count = 0;
	probe_start_pic(IRQ_VECTOR, PIC_EXPLICIT_EOI, mask);
	if (irq)
		probe_request_irq();
	if (code == piece_stepirq)
		state.registers[RAX] = 0xfe;
	probe_run(&state);
	probe_print("%s:", name);
	for (u32 i = 0; i < count && i < EVENTS; i++)
		print_event(&events[i], dr6_seen[i], code);
	out8(0x20, 0x0b);
	probe_print("; %s+%lu, %u events, in service %x\n", probe_vector_name(state.vector),
	            state.rip - (u64)code, count, in8(0x20));
}
#define ORDER(name, irq, mask) order(#name, piece_##name, irq, mask)

static void hook_all(bool on)
{
	probe_hooks[VECTOR_DB] = probe_hooks[VECTOR_NMI] = probe_hooks[VECTOR_BP] =
		probe_hooks[INT_VECTOR] = on ? note_trap : NULL;
	probe_hooks[VECTOR_UD] = on ? note_fault : NULL;
	probe_hooks[IRQ_VECTOR] = on ? note_irq : NULL;
}

static void orders(void)
{
	hook_all(true);
	ORDER(irq, true, 0xfe);
	ORDER(irq, true, 0xff);
	ORDER(cpuid, true, 0xfe);
	ORDER(sticli, true, 0xfe);
	ORDER(stiport, true, 0xfe);
	ORDER(movss, true, 0xfe);
	ORDER(hlt, true, 0xfe);
	ORDER(steps, false, 0xff);
	ORDER(steps, true, 0xfe);
	ORDER(stepirq, true, 0xff);
	if (probe_under_ringscope()) /* Bochs, bare, sleeps on; its debug exception should wake HLT */
		ORDER(stephlt, true, 0xff);
	ORDER(nmi, false, 0xff);
	ORDER(stinmi, true, 0xfe);
	ORDER(ssnmi, false, 0xff);
	ORDER(twice, true, 0xfe);
	ORDER(stepnmi, false, 0xff);
	/* A breakpoint on what MOV SS reads. */
	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(&watched), "r"(0x70403ull));
	ORDER(ssint, false, 0xff);
	ORDER(ssint3, false, 0xff);
	ORDER(sscpuid, false, 0xff);
	ORDER(ssport, true, 0xfe);
	ORDER(ssud, false, 0xff);
	ORDER(sshlt, true, 0xfe);
	write_dr7(0x400);
	hook_all(false);
}

static const struct defect {
	const char *name;
	u64 clear, set;
	u64 stack;
} defects[] = {
	{"gate not present", GATE_PRESENT, 0, 0},
	{"null selector", GATE_SELECTOR, 0, 0},
	{"data selector", GATE_SELECTOR, SELECTOR_DATA << 16, 0},
	{"selector beyond the GDT", GATE_SELECTOR, 0xff8ull << 16, 0},
	{"no gate at all", 0x1full << 40, 0, 0},
	{"stack not mapped", GATE_IST(7), GATE_IST(BAD_STACK + 1), PROBE_WINDOW + 0x3000},
	{"stack not canonical", GATE_IST(7), GATE_IST(BAD_STACK + 1), 0x8000000000001000},
};

static void fail_delivery(const char *name, const u8 *code, u32 vector, enum probe_place place)
{
	u64 *gate = &probe_idt[2ul * vector], good = *gate;

	for (u32 i = 0; i < ARRAY_SIZE(defects); i++) {
		struct probe_state state = at(code, place);
		probe_start_pic(IRQ_VECTOR, PIC_EXPLICIT_EOI, 0xfe);
		if (vector == IRQ_VECTOR)
			probe_request_irq();
		probe_tss.ist[BAD_STACK] = defects[i].stack;
		*gate = (good & ~defects[i].clear) | defects[i].set;
		probe_run(&state);
		*gate = good;
		out8(0x20, 0x0a);
		u32 requested = in8(0x20) & 1;
		out8(0x20, 0x0b);
		probe_print("%s, %s, place %u: %s error %lx at +%lu cr2 %lx flags %lx; "
		            "requested %u, in service %u\n",
		            name, defects[i].name, place, probe_vector_name(state.vector),
		            state.error, state.rip - (u64)code, state.cr2, state.rflags & FLAGS,
		            requested, in8(0x20) & 1);
	}
}

static u64 *broken, intact;
static bool mend(struct probe_frame *frame)
{
	*broken = intact;
	return note_trap(frame);
}

/* The interrupt whose delivery failed is in service as far as the 8259 knows: it does not come again. */
static void mend_gate(const u8 *code, u32 vector)
{
	broken = &probe_idt[2ul * vector];
	intact = *broken;
	*broken &= ~GATE_PRESENT;
	hook_all(true);
	probe_hooks[VECTOR_NP] = mend;
	order("a gate mended by #NP's handler", code, vector == IRQ_VECTOR, 0xfe);
	probe_hooks[VECTOR_NP] = NULL;
	hook_all(false);
}

/* NMIs inside an NMI's handler: one waits, until an IRET, whosever. */
static void send(void)
{
	if (probe_under_ringscope())
		probe_hypercall(HYPERCALL_nmi, 0, 0, 0);
	else
		*(volatile u32 *)ICR = SELF_NMI;
}

static u32 depth, deepest, handled, before_iret;
static bool unblock;

static bool nested_nmi(struct probe_frame *frame)
{
	(void)frame;
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (++handled == 1) {
		for (u32 i = 0; i < 3; i++)
			send();
		before_iret = handled;
		if (unblock)
			__asm__ volatile("int3");
	}
	depth--;
	return true;
}

static void nest_nmis(void)
{
	depth = deepest = handled = 0;
	send();
	__asm__ volatile("nop; nop");
	probe_print("nested: %u handled, %u of them before an IRET, %u deep\n", handled,
	            before_iret, deepest);
}

/* On whatever stack there is, as one handler interrupts another. */
static void nmis(void)
{
	probe_idt[2 * VECTOR_NMI] &= ~GATE_IST(7);
	probe_idt[2 * VECTOR_BP] &= ~GATE_IST(7);
	probe_hooks[VECTOR_NMI] = nested_nmi;
	probe_hooks[VECTOR_BP] = note_trap;
	nest_nmis();
	unblock = true;
	nest_nmis();
}

static void patch(void)
{
	if (probe_under_ringscope())
		return;
	*(volatile u32 *)SPURIOUS |= 0x1ff; /* the local APIC on */
	for (u8 *p = pieces; p + 3 <= pieces_end; p++)
		if (p[0] == 0x0f && p[1] == 0x01 && p[2] == 0xc1) {
			p[0] = 0x3e;
			p[1] = 0x89;
			p[2] = 0x07;
		}
}

static s32 delivery(void)
{
	static const enum probe_place places[] = {PLACE_RING0, PLACE_RING3};

	patch();
	if (probe_under_ringscope() && probe_number("nmi", 1) == 0) {
		probe_print("an NMI is answered %ld\n", probe_hypercall(HYPERCALL_nmi, 0, 0, 0));
		return 0;
	}
	orders();
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		enum probe_place place = places[i];
		fail_delivery("INT", piece_int, INT_VECTOR, place);
		fail_delivery("INT3", piece_int3, VECTOR_BP, place);
		fail_delivery("INT1", piece_icebp, VECTOR_DB, place);
		fail_delivery("UD2", piece_ud, VECTOR_UD, place);
		fail_delivery("DIV", piece_divide, VECTOR_DE, place);
		fail_delivery("#PF", piece_touch, VECTOR_PF, place);
	}
	fail_delivery("IRQ", piece_irq, IRQ_VECTOR, PLACE_RING0);
	fail_delivery("NMI", piece_nmi, VECTOR_NMI, PLACE_RING0);
	mend_gate(piece_irq, IRQ_VECTOR);
	mend_gate(piece_nmi, VECTOR_NMI);
	nmis();
	return 0;
}

/*
 * CVE-2015-8104: the delivery of #DB writes where a breakpoint raises #DB. Nothing but ring -1 can end
 * that.
 */
static s32 debug_loop(void)
{
	struct probe_state state = at(piece_icebp, PLACE_RING0);
	u64 slot = probe_tss.ist[0] - 8;

	__asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" ::"r"(slot), "r"(0x90402ull));
	hook_all(true);
	probe_run(&state);
	probe_print("the loop ended after %u events\n", count);
	return 1;
}

static s32 task_switch(void)
{
	struct probe_state state = probe_at(piece_task, PLACE_RING0_32);

	probe_gdt[SELECTOR_SPARE / 8] = 0x0000890000000067 | (u64)probe_pages[0] << 16;
	probe_run(&state);
	return 1;
}

/* INIT to all other processors, and to this one. */
static s32 init_processor(void)
{
	*(volatile u32 *)ICR = 0x84500;
	return 1;
}

SUITE("delivery", delivery);
SUITE("task-switch", task_switch);
SUITE("init", init_processor);
SUITE("debug-loop", debug_loop);
