/* The operations: random bytes, and a grammar of sensitive instructions. */
#include "tests/probe/fuzz_parts.h"
#include "hv/msrs.h"
#include "lib/string.h"

#define CODE  (probe_pages[0])
#define IOPL3 0x3000u

static u8 *at; /* where the next byte of code goes */
bool user, wide;

u64 next(void)
{
	fuzz.random ^= fuzz.random >> 12;
	fuzz.random ^= fuzz.random << 25;
	fuzz.random ^= fuzz.random >> 27;
	return fuzz.random * 0x2545f4914f6cdd1dull >> 8;
}

u32 below(u32 limit)
{
	return (u32)((next() & 0xffffffff) * limit >> 32);
}

void put(u8 byte)
{
	*at++ = byte;
}

void put_bytes(const char *bytes, u32 count)
{
	while (count--)
		put((u8)*bytes++);
}

u64 data(void)
{
	return FUZZ_PAGE(user, 1 + below(8) % 3) + (below(4) ? below(4096) : 4096 - below(16));
}

/* Ports that reset the machine, or switch it off. */
static bool is_switch(u32 port)
{
	return port == 0x64 || port == 0x92 || port == 0x604 || port == 0xcf9;
}

/* A number as tests like them: pointers, small ones, single bits, edges, anything. */
static u64 any_number(void)
{
	u64 random = next() << 8 ^ next();

	switch (below(8)) {
	case 0:
	case 1:
		return data();
	case 2:
		return random & 0xff;
	case 3:
		return BIT(random & 63);
	case 4:
		return BIT(random & 63) - 1;
	case 5:
		return random & 0xffffffff;
	case 6:
		return 0x7ffffffffff0 + (random & 31);
	default:
		return random;
	}
}

/* ... but none that points to the kernel, nor to its power switch, also in 32-bit and in 16-bit code. */
u64 number(void)
{
	u64 value = any_number();

	if ((u32)value - 0x80000 < 0x400000)
		value |= BIT(30);
	return is_switch((u16)value) ? value ^ BIT(7) : value;
}

static bool may_use_ports(const struct probe_state *state)
{
	return !user || (state->rflags & IOPL3);
}

/*
 * Any code; in ring 0, and with ports, without what only ends the guest; and without EVEX prefixes, by
 * some of which Bochs panics.
 */
static void make_bytes(struct probe_state *state)
{
	u32 count = 1 + below(15), before = 0;
	bool ports = may_use_ports(state); /* and the interrupt flag */
	const u8 *first = at;

	state->rflags |= RFLAGS_IF;
	while (count--) {
		u32 byte = below(256);
		bool fatal = (ports && (byte == 0x9d || byte == 0xcf || byte == 0xfa)) ||
		             (before == 0x0f && (byte == 0x01 || byte == 0x22 || byte == 0x23)) ||
		             byte == 0x62 || byte == 0x92 || (byte == 0xf4 && at > first) ||
		             (byte == 0x64 && (before & 0xf6) == 0xe6);
		before = fatal ? 0x90 : byte;
		put((u8)before);
		/* OUT and OUTS may have stopped the timer, without which loops and HLT do not end. */
		if (ports && ((byte & 0xf6) == 0xe6 || (byte & 0xfe) == 0x6e))
			fuzz.touched |= MAYBE_TIMER;
	}
	fuzz.touched |= below(64) ? 0 : TOUCHED_MSRS;
}

static u32 msr_number(void)
{
	static const u32 known[] = {
#define MSR(number, name, read, write, field, reason) number,
		GUEST_MSRS(MSR)
#undef MSR
			MSR_EFER,
		MSR_EFER,
		MSR_APIC_BASE,
		MSR_FEATURE_CONTROL,
		MSR_TSC_ADJUST,
		MSR_MTRRCAP,
		MSR_ARCH_CAPS,
		MSR_MCG_CAP,
		MSR_MTRR_PHYSBASE0,
		MSR_MTRR_DEF_TYPE,
		0x38f,
		0xc1,
		0x186,
		0x48,
		0x49,
		0x79,
		0x6e0,
		0x1fff,
		0x2000,
		0x40000000,
		0xbfffffff,
		0xc0001fff,
		0xc0002000,
		0xffffffff,
	};

	switch (below(4)) {
	case 0:
		return (u32)next();
	case 1:
		return (below(2) ? 0x480 : 0x800) + below(64);
	default:
		return known[below(ARRAY_SIZE(known))];
	}
}

static void make_msr(struct probe_state *state)
{
	u64 value = number();

	if (below(4) == 0)
		value = fuzz.good.efer ^ BIT(below(64));
	state->registers[RCX] = msr_number() | (u64)below(2) << 40;
	state->registers[RAX] = value;
	state->registers[RDX] = value >> 32;
	put(0x0f);
	put(below(3) ? 0x30 : 0x32);
	fuzz.touched |= TOUCHED_MSRS;
}

/* Ports that end the guest take no value that does. */
static u64 harmless(u32 port, u64 value)
{
	u64 low = value & ~0xfffull;

	return is_switch(port) ? low & ~BIT(13) : value;
}

static u32 port_number(void)
{
	static const u16 known[] = {0x20,  0x21,  0xa0,   0xa1,  0x40,  0x41,  0x42,  0x43,
	                            0x61,  0x70,  0x71,   0x60,  0x64,  0x92,  0xcf8, 0xcf9,
	                            0xcfc, 0x604, 0x605,  0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd,
	                            0x3fe, 0x3ff, 0x2f9,  0x2fa, 0x2fb, 0x2fc, 0x2fd, 0x1f0,
	                            0x1f7, 0x80,  0x8900, 0xffff};
	u32 port = below(2) ? known[below(ARRAY_SIZE(known))] : below(0x10000);

	/* What the serial ports send takes its time, and fills the log. */
	return (port == 0x3f8 || port == 0x2f8) && below(64) ? 0x3fd : port;
}

/* A write to the interrupt controllers or the timer, which then has to be set up again. */
static void note_write(const struct probe_state *state, u32 port, u32 opcode)
{
	if (may_use_ports(state) && (opcode & 2) && port >= 0x1d && port < 0xb0)
		fuzz.touched |= TOUCHED_TIMER;
}

static void make_port(struct probe_state *state)
{
	u32 port = port_number(), form = below(3), opcode = below(4);
	u64 *registers = state->registers;

	registers[RDX] = port | next() << 16;
	registers[RAX] = harmless(port, number());
	if (below(2))
		put(0x66);
	if (form == 0) { /* IN and OUT with DX */
		put((u8)(0xec + opcode));
		note_write(state, port, opcode);
		return;
	}
	if (form == 1) {
		port &= 0xff;
		note_write(state, port, opcode);
		registers[RAX] = harmless(port, registers[RAX]);
		put((u8)(0xe4 + opcode));
		put((u8)port);
		return;
	}
	if (is_switch(port))
		registers[RDX] = 0x80;
	note_write(state, (u16)registers[RDX], opcode);
	registers[RSI] = below(8) ? data() : number();
	registers[RDI] = below(8) ? data() : number();
	registers[RCX] = below(200);
	if (below(8) == 0) {
		registers[RCX] = number();
		state->rflags |= RFLAGS_IF; /* or it would go on for long */
	}
	if (below(4) == 0)
		put(0x67);
	if (below(4) == 0)
		put((u8)(0x64 + below(2)));
	if (below(2))
		put((u8)(0xf2 + below(2)));
	put((u8)(0x6c + opcode));
	if (below(2))
		state->rflags |= RFLAGS_DF;
}

/* Near what it is: an address that leads nowhere would end the guest, rightly. */
static u64 cr_value(u32 which)
{
	u64 random = next() << 8 ^ next();

	switch (which) {
	case 0:
		return below(2) ? fuzz.good.cr0 ^ BIT(below(64))
		                : (random & 0xe005003eu) | CR0_PG | CR0_PE | CR0_WP;
	case 3:
		return below(2) ? fuzz.good.cr3 ^ (random & 0xfff)
		                : fuzz.good.cr3 | BIT(52 + below(12));
	case 4:
		return below(4) ? fuzz.good.cr4 ^ BIT(below(64)) : random;
	default:
		return number();
	}
}

static void make_cr(struct probe_state *state)
{
	static const u8 numbers[] = {0, 0, 0, 2, 3, 3, 4, 4, 4, 8, 1, 5, 15};
	u32 which = numbers[below(ARRAY_SIZE(numbers))], reg = below(8);

	reg = reg == RSP ? RAX : reg;
	switch (below(8)) {
	case 0: /* LMSW, SMSW; CLTS */
		state->registers[reg] = number();
		PUT("\x0f\x01");
		put((u8)((below(2) ? 0xe0 : 0xf0) + reg));
		break;
	case 1:
		PUT("\x0f\x06");
		break;
	case 2: /* XSETBV, XGETBV */
		state->registers[RCX] = below(4) ? 0 : number();
		state->registers[RAX] = below(2) ? below(256) : number();
		state->registers[RDX] = below(4) ? 0 : number();
		PUT("\x0f\x01");
		put((u8)(0xd0 + (below(4) != 0)));
		break;
	default:
		state->registers[reg] = cr_value(which);
		if (which >= 8)
			put(0x44);
		put(0x0f);
		put(below(4) ? 0x22 : 0x20);
		put((u8)(0xc0 + ((which & 7) << 3) + reg));
	}
}

/* No breakpoint lies in the kernel, and it can still reach the debug registers. */
static void make_dr(struct probe_state *state)
{
	u32 which = below(8), reg = below(4);
	u64 value = which < 4 ? data() : next();

	if (which < 4 && below(3) == 0)
		value = (u64)state->rip + below(8);
	state->registers[reg] =
		which > 3 ? value & ~BIT(13) & (below(4) ? 0xffffffff : ~0ull) : value;
	put(0x0f);
	put(below(4) ? 0x23 : 0x21);
	put((u8)(0xc0 + (which << 3) + reg));
}

/* What a guest is not to have, or has in part. */
static void make_other(struct probe_state *state)
{
	static const char *const all[] = {"\x0f\xa2",
	                                  "\x0f\xa2",
	                                  "\x0f\x08",
	                                  "\x0f\x09",
	                                  "\x0f\x01\x38",
	                                  "\x66\x0f\x38\x82\x08",
	                                  "\x0f\x01\xc8",
	                                  "\x0f\x01\xc9",
	                                  "\x0f\x33",
	                                  "\x0f\x31",
	                                  "\x0f\x01\xf9",
	                                  "\x0f\xc7\xf0",
	                                  "\x0f\xc7\xf8",
	                                  "\x0f\xaa",
	                                  "\x0f\x37",
	                                  "\xf3\x0f\xc7\x30",
	                                  "\x66\x0f\xc7\x30",
	                                  "\x0f\xc7\x30",
	                                  "\x0f\xc7\x38",
	                                  "\x0f\x78\xc1",
	                                  "\x0f\x79\xc1",
	                                  "\x0f\x01\xc2",
	                                  "\x0f\x01\xc3",
	                                  "\x0f\x01\xc4",
	                                  "\x0f\x01\xd4",
	                                  "\x66\x0f\x38\x80\x08",
	                                  "\x66\x0f\x38\x81\x08",
	                                  "\x0f\xc7\x28",
	                                  "\x0f\xc7\x18",
	                                  "\x0f\x01\xca",
	                                  "\x0f\x01\xcb",
	                                  "\xf3\x90",
	                                  "\xfb\xf4",
	                                  "\x9c",
	                                  "\xf3\x48\x0f\xae\xd0",
	                                  "\x0f\x01\xcf",
	                                  "\x0f\x01\xc5",
	                                  "\x0f\x01\xee",
	                                  "\x66\x0f\xae\xf0",
	                                  "\xdd\x20",
	                                  "\x0f\xae\x20",
	                                  "\x0f\xae\x28"};
	const char *one = all[below(ARRAY_SIZE(all))];

	state->registers[RAX] = below(2) ? data() & ~63ull : below(2) ? below(40) : number();
	state->registers[RCX] = below(4) ? below(8) : number();
	put_bytes(one, (u32)strlen(one));
}

/* Before it: blocking by STI and MOV SS, or prefixes that may make something else of it. */
static void make_prefix(struct probe_state *state, bool shadows_only)
{
	static const u8 prefixes[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e,
	                              0x36, 0x26, 0x3e, 0x64, 0x65};

	switch (below(shadows_only ? 8 : 16)) {
	case 0:
		put(0xfb);
		break;
	case 1: /* MOV SS, BX */
		state->registers[RBX] = user ? SELECTOR_USER_DATA : SELECTOR_DATA;
		PUT("\x8e\xd3");
		break;
	case 8:
		put(prefixes[below(ARRAY_SIZE(prefixes))]);
		break;
	case 9:
		if (wide)
			put((u8)(0x40 + below(16)));
		break;
	}
}

void fuzz_make(struct probe_state *state)
{
	static void (*const kinds[])(struct probe_state *) = {
		make_bytes, make_bytes, make_bytes, make_msr,  make_msr,  make_port,
		make_port,  make_cr,    make_cr,    make_dr,   make_call, make_table,
		make_table, make_far,   make_other, make_other};
	u32 kind = below(ARRAY_SIZE(kinds));

	user = below(2) || (fuzz.text && below(8));
	/* 32-bit code: where no operand leaves long mode. */
	wide = kinds[kind] == make_cr || (!user && kind < 3) || below(8);
	*state = probe_at((const void *)FUZZ_PAGE(user, 0),
	                  user   ? wide ? PLACE_RING3 : PLACE_RING3_32
	                  : wide ? PLACE_RING0
	                         : PLACE_RING0_32);
	for (u32 i = 0; i < 6; i++) /* of the other registers most keep what they had before */
		fuzz.registers[below(PROBE_REGISTERS)] = number();
	memcpy(state->registers, fuzz.registers, sizeof(fuzz.registers));
	state->registers[RSP] = FUZZ_PAGE(user, 1) + 0x800;
	state->rflags |= next() & (below(4) ? 0x8d5 : 0x44cd5); /* arithmetic flags; DF, NT, AC */
	if (user && below(2))
		state->rflags |= IOPL3;
	if (below(8) == 0)
		state->rflags |= RFLAGS_TF;
	at = CODE;
	make_prefix(state, kinds[kind] == make_table);
	kinds[kind](state);
	if (kinds[kind] == make_cr ||
	    kinds[kind] == make_dr) /* a REX prefix may choose R8 and up */
		memcpy(state->registers + 8, state->registers, 64);
	PUT("\xcd\xfe");
}
