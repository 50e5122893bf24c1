/*
 * The suite of `ringscope lab run popek-goldberg`: every row of abi/observatory.h in its cells, one
 * line each, all numbers hexadecimal:
 *
 *   observatory ROWS UMIP GUEST LOW HIGH   once: UMIP and GUEST 1 or 0; stubs lie from LOW to HIGH
 *   NUMBER VECTOR ERROR VALUE CHANGED TICKS   a cell; VECTOR fe: it ended by itself
 *   NUMBER - ERRNO                            ring -1 refused to switch the control
 *
 * NUMBER is OBSERVED_CELL; cells come in the order of observatory(). A row of number ROWS is no code at
 * all: what the measuring takes. On a bare machine TICKS are the TSC's; in a guest they are 0, as RDTSC
 * may exit: there a CPUID of leaf OBSERVED_BEGIN, subleaf NUMBER, stands before each stub, and of
 * OBSERVED_END behind it, for the trace to tell.
 */
#include "guest/probe/observatory.h"
#include "abi/hypercall.h"
#include "lib/io.h"

#define UMIP_FEATURE BIT(2) /* CPUID leaf 7, ECX */
#define IRQ_VECTOR   0x20u
#define PIT_COUNT    4000u
#define STUB_BYTES   128u /* at most */

/* Ends each stub that goes through a gate into ring 0. */
__asm__(".pushsection .text\n observatory_gate:\n" PROBE_END "observatory_empty:\n" PROBE_END
        ".popsection\n");
extern const u8 observatory_gate[], observatory_empty[];

#define CODE_64(code) code
#define CODE_32(code) ".code32\n" code
#define ROW(token, mnemonic, form, list, mode, control, result, code)                              \
	__asm__(".pushsection .text\n observatory_" #token ":\n" CODE_##mode(code) PROBE_END       \
	        ".code64\n.popsection\n");                                                         \
	extern const u8 observatory_##token[];
OBSERVATORY(ROW)
#undef ROW

static const struct {
	const u8 *code;
	u8 control;
	bool narrow; /* compatibility mode */
} rows[] = {
#define ROW(token, mnemonic, form, list, mode, control, result, code)                              \
	{observatory_##token, OBSERVED_CONTROL_##control, mode == 32},
	OBSERVATORY(ROW)
#undef ROW
		{observatory_empty, OBSERVED_CONTROL_none, false},
};

static const struct {
	u8 word, bit;
} controls[] = {
#define CONTROL(token, name, word, bit, inverted) {word, bit},
	OBSERVATORY_CONTROLS(CONTROL)
#undef CONTROL
};

/* How ring -1 always has them: on. */
static const u8 usually_on[] = {
	OBSERVED_CONTROL_cr0_ne,    OBSERVED_CONTROL_cr4_vmxe,   OBSERVED_CONTROL_cr8_load,
	OBSERVED_CONTROL_cr8_store, OBSERVED_CONTROL_hlt,        OBSERVED_CONTROL_mwait,
	OBSERVED_CONTROL_rdpmc,     OBSERVED_CONTROL_io_bitmaps, OBSERVED_CONTROL_msr_bitmaps,
	OBSERVED_CONTROL_monitor,   OBSERVED_CONTROL_wbinvd,
};

/* INT n and the timer's interrupt: the stub goes on. */
static bool go_on(struct probe_frame *frame)
{
	(void)frame;
	return true;
}

static s64 switch_control(u8 control, bool on)
{
	u64 bit = BIT(controls[control].bit);

	return probe_hypercall(HYPERCALL_control, controls[control].word, on ? bit : 0,
	                       on ? 0 : bit);
}

static void restore_control(u8 control)
{
	bool on = false;

	for (u32 i = 0; i < ARRAY_SIZE(usually_on); i++)
		on |= usually_on[i] == control;
	switch_control(control, on);
}

static void mark(u32 leaf, u32 number)
{
	if (probe_under_ringscope())
		cpuid(leaf, number);
}

/* What stops the processor needs an interrupt, again and again: one may come too early. */
static bool waits(u32 row)
{
	return row == OBSERVED_hlt || row == OBSERVED_mwait;
}

static void start_timer(void)
{
	probe_start_pic(IRQ_VECTOR, PIC_AUTOMATIC_EOI, 0xfe);
	out8(0x43, 0x34); /* channel 0, a rate */
	out8(0x40, (u8)PIT_COUNT);
	out8(0x40, (u8)(PIT_COUNT >> 8));
}

static void stop_timer(void)
{
	probe_start_pic(IRQ_VECTOR, PIC_AUTOMATIC_EOI, 0xff);
}

/* Bits of CR4 with which the row is to run. */
static u64 cr4_of(u32 row)
{
	if (row == OBSERVED_rdtsc_tsd || row == OBSERVED_rdtscp_tsd)
		return CR4_TSD;
	return row == OBSERVED_rdpmc_pce ? CR4_PCE : 0;
}

static struct probe_state state_of(u32 row, bool user, u32 world)
{
	static const enum probe_place places[2][2] = {{PLACE_RING0, PLACE_RING3},
	                                              {PLACE_RING0_32, PLACE_RING3_32}};
	struct probe_state state = probe_at(rows[row].code, places[rows[row].narrow][user]);

	state.rflags = world_flags(world) | (waits(row) ? RFLAGS_IF : 0) |
	               (row == OBSERVED_clac ? RFLAGS_AC : 0);
	return state;
}

static u64 changes(const struct probe_state *before, const struct probe_state *after,
                   const struct privileged *world)
{
	const u64 flags = before->rflags ^ after->rflags;
	struct privileged now;
	u64 changed = 0;

	world_read(&now);
	for (u32 i = 0; i < CONTROL_STATES; i++)
		if (now.values[i] != world->values[i])
			changed |= BIT(i);
	if (!(now.values[CHANGED_cr4] & CR4_OSXSAVE)) /* XCR0 cannot be read then */
		changed &= ~BIT(CHANGED_xcr0);
	if (after->vector == VECTOR_PF)
		changed &= ~BIT(CHANGED_cr2);
	return changed | ((before->cs ^ after->cs) & 3 ? BIT(CHANGED_cpl) : 0) |
	       (flags & RFLAGS_IF ? BIT(CHANGED_if) : 0) |
	       (flags & RFLAGS_IOPL ? BIT(CHANGED_iopl) : 0) |
	       (flags & RFLAGS_AC ? BIT(CHANGED_ac) : 0);
}

/* Nothing but the stub may stand between the control's being switched and switched back. */
static u64 run(u32 row, u32 number, struct probe_state *state)
{
	u64 begin = 0, end = 0;

	mark(OBSERVED_BEGIN, number);
	if (!probe_under_ringscope())
		begin = rdtsc();
	probe_run_on(state);
	if (!probe_under_ringscope())
		end = rdtsc();
	mark(OBSERVED_END, number);
	if (waits(row))
		stop_timer();
	return end - begin;
}

static void measure(u32 row, bool user, bool umip, bool on, u32 world)
{
	bool guest = probe_under_ringscope(), switched = rows[row].control && guest;
	u32 number = OBSERVED_CELL(row, guest * 2u + !user, umip, on, world);
	struct probe_state before = state_of(row, user, world), state = before;
	struct privileged wanted;

	world_enter(world, umip, &wanted);
	if (cr4_of(row)) {
		write_cr4(read_cr4() | cr4_of(row));
		wanted.values[CHANGED_cr4] |= cr4_of(row);
	}
	if (waits(row))
		start_timer();
	s64 refused = switched ? switch_control(rows[row].control, on) : 0;
	if (refused) {
		probe_print("%x - %lx\n", number, (u64)-refused);
		return;
	}
	u64 ticks = run(row, number, &state);
	if (switched)
		restore_control(rows[row].control);
	if (rows[row].narrow)
		state.registers[RAX] = (u32)state.registers[RAX];
	probe_print("%x %lx %lx %lx %lx %lx\n", number, state.vector, state.error,
	            state.registers[RAX], changes(&before, &state, &wanted), ticks);
}

static void measure_row(u32 row, bool umip, u32 world)
{
	u32 settings = rows[row].control && probe_under_ringscope() ? 2 : 1;

	for (u32 user = 2; user-- > 0;)
		for (u32 on = 0; on < settings; on++)
			measure(row, user, umip, on, world);
}

static void print_head(bool umip)
{
	u64 low = ~0ull, high = (u64)observatory_gate + STUB_BYTES;

	for (u32 row = 0; row < OBSERVATORY_ROWS; row++) {
		u64 at = (u64)rows[row].code;
		low = at < low ? at : low;
		high = at + STUB_BYTES > high ? at + STUB_BYTES : high;
	}
	probe_print("observatory %x %x %x %lx %lx\n", OBSERVATORY_ROWS, umip,
	            probe_under_ringscope(), low, high);
}

static s32 observatory(void)
{
	static const u8 served[] = {VECTOR_BP, VECTOR_OF, GATE_DPL0, GATE_DPL3, IRQ_VECTOR};
	bool has_umip = cpuid(0, 0).eax >= 7 && cpuid(7, 0).ecx & UMIP_FEATURE;

	for (u32 i = 0; i < ARRAY_SIZE(served); i++)
		probe_hooks[served[i]] = go_on;
	worlds_make((u64)observatory_gate);
	print_head(has_umip);
	for (u32 umip = 0; umip <= has_umip; umip++)
		for (u32 world = 0; world < OBSERVED_WORLDS; world++)
			for (u32 i = 0; i <= OBSERVATORY_ROWS; i++)
				measure_row(i ? i - 1 : OBSERVATORY_ROWS, umip, world);
	return 0;
}

SUITE("observatory", observatory);
