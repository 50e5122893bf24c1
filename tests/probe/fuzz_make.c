/* The operations: random bytes, and a grammar of sensitive instructions. */
#include "tests/probe/fuzz.h"
#include "abi/hypercall.h"
#include "hv/msrs.h"
#include "lib/string.h"

#define CODE  (probe_pages[0])
#define IOPL3 0x3000u

static u8 *at;          /* where the next byte of code goes */
static bool user, wide; /* the ring is 3; the code is 64-bit code */

static u64 next(void)
{
	fuzz.random ^= fuzz.random >> 12;
	fuzz.random ^= fuzz.random << 25;
	fuzz.random ^= fuzz.random >> 27;
	return fuzz.random * 0x2545f4914f6cdd1dull >> 8;
}

static u32 below(u32 limit)
{
	return (u32)((next() & 0xffffffff) * limit >> 32);
}

static void put(u8 byte)
{
	*at++ = byte;
}

static void put_bytes(const char *bytes, u32 count)
{
	while (count--)
		put((u8)*bytes++);
}
#define PUT(text) put_bytes(text, sizeof(text) - 1)

static u64 data(void)
{
	return FUZZ_PAGE(user, 1 + below(2)) + (below(4) ? below(4096) : 4096 - below(16));
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

/* ... but none that points to the kernel. */
static u64 number(void)
{
	u64 value = any_number();

	return value - 0x80000 < 0x400000 ? value | BIT(30) : value;
}

/* Any code; in ring 0, and with ports, without what only ends the guest. */
static void make_bytes(struct probe_state *state)
{
	u32 count = 1 + below(15), before = 0;

	state->rflags |= RFLAGS_IF;
	while (count--) {
		u32 byte = below(256);
		bool fatal = byte == 0xfa || (before == 0x0f && (byte == 0x01 || byte == 0x22)) ||
		             byte == 0x92 || (byte == 0x64 && (before & 0xf6) == 0xe6);
		before = fatal ? 0x90 : byte;
		put((u8)before);
		/* OUT and OUTS may have stopped the timer, without which loops and HLT do not end. */
		if ((byte & 0xf6) == 0xe6 || (byte & 0xfe) == 0x6e)
			fuzz.touched |= TOUCHED_DEVICES;
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

	return port == 0x604 || port == 0x64 || port == 0x92 || port == 0xcf9 ? low & ~BIT(13)
	                                                                      : value;
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

/* The interrupt controllers', the timer's and the serial ports', which have to be set up again. */
static bool is_device(u32 port)
{
	return (port & ~0xe1u) == 0 || (port & ~0xe3u) == 0 || (port & ~0x107u) == 0x2f8;
}

static void make_port(struct probe_state *state)
{
	u32 port = port_number(), form = below(3);
	u64 *registers = state->registers;

	registers[RDX] = port | next() << 16;
	registers[RAX] = harmless(port, number());
	if (below(2))
		put(0x66);
	if (form == 0) { /* IN and OUT with DX */
		put((u8)(0xec + below(4)));
		fuzz.touched |= is_device(port) ? TOUCHED_DEVICES : 0;
		return;
	}
	if (form == 1) {
		port &= 0xff;
		fuzz.touched |= is_device(port) ? TOUCHED_DEVICES : 0;
		registers[RAX] = harmless(port, registers[RAX]);
		put((u8)(0xe4 + below(4)));
		put((u8)port);
		return;
	}
	if (port == 0x604 || port == 0x64 || port == 0x92 || port == 0xcf9)
		registers[RDX] = 0x80;
	fuzz.touched |= is_device((u16)registers[RDX]) ? TOUCHED_DEVICES : 0;
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
	put((u8)(0x6c + below(4)));
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

/* Hypercalls: about the window's frames, or about what is not the guest's at all. */
static void make_call(struct probe_state *state)
{
	u64 *registers = state->registers;
	u64 outside = below(2) ? (next() << 8) | BIT(45) : ~0ull - below(0x3000);
	u64 range = below(4) ? (u64)probe_pages[1 + below(2)] : outside;

	/* What it does not know ring -1 says on the console, which takes its time. */
	registers[RAX] = below(1000) ? below(9) : number();
	if (registers[RAX] == HYPERCALL_end ||
	    (registers[RAX] < 9 && !fuzz_answered[registers[RAX]]))
		registers[RAX] = HYPERCALL_trace_flush;
	registers[RDI] = range;
	registers[RSI] = below(4) ? 4096 : range == outside ? number() : below(3);
	registers[RDX] = below(4) ? below(8) : number();
	if (registers[RAX] ==
	    HYPERCALL_trace_ring) { /* refused: what rings hold is tested elsewhere */
		registers[RDI] = below(4) ? below(3) : number();
		registers[RSI] = outside | (registers[RDI] % 4 ? 1 : 0);
	} else if (registers[RAX] == HYPERCALL_dirty_log || registers[RAX] == HYPERCALL_view ||
	           registers[RAX] == HYPERCALL_trace_flush) {
		registers[RDI] = below(8) ? below(4) : number();
		registers[RSI] = range;
		registers[RDX] = below(2) ? 64 : number();
	}
	if (!user)
		fuzz.touched |= TOUCHED_MEMORY;
	PUT("\x0f\x01\xc1");
}

bool fuzz_answered[9];

void fuzz_restore_memory(void)
{
	if (fuzz_answered[HYPERCALL_view])
		probe_hypercall(HYPERCALL_view, 0, 0, 0);
	if (fuzz_answered[HYPERCALL_protect])
		probe_hypercall(HYPERCALL_protect, (u64)probe_pages, sizeof(probe_pages), 7);
	if (fuzz_answered[HYPERCALL_dirty_log])
		probe_hypercall(HYPERCALL_dirty_log, 0, 0, 0);
}

static u64 selector(void)
{
	static const u8 known[] = {0x08, 0x10, 0x1b, 0x23, 0x2b, 0x30, 0x38,
	                           0x48, 0x50, 0x58, 0x60, 0x70, 0x83};

	return below(3) ? known[below(ARRAY_SIZE(known))] ^ (below(4) ? 0 : below(8))
	                : below(0x10000);
}

/* 58 any segment, 60 the kernel's TSS, not busy, 70 an LDT and 80 a call gate to anywhere. */
static void make_descriptors(void)
{
	u64 *spare = probe_gdt + SELECTOR_SPARE / 8;
	u64 random = next() << 8 ^ next();

	spare[0] = random | BIT(44);
	spare[1] = probe_gdt[SELECTOR_TSS / 8] & ~BIT(41);
	spare[2] = 0;
	spare[3] = (random & 0xffff) | BIT(41) | BIT(47);
	spare[4] = random & 0x7fff;
	spare[5] = (random & 0xffff00000000ffff) | 8 << 16 | 0xecull << 40;
	spare[6] = random >> 17 & 0x7fff;
}

/* Tables: others than the kernel's only where it could go on with them. */
static void make_table(struct probe_state *state)
{
	const struct fuzz_state *good = &fuzz.good;
	struct descriptor_pointer *pointer = (void *)probe_pages[1];
	bool gdt = below(2);

	make_descriptors();
	state->registers[RAX] = FUZZ_PAGE(user, 1);
	state->registers[RCX] = selector();
	*pointer = gdt ? good->gdt : good->idt;
	pointer->limit = (u16)(pointer->limit + below(0x1000));
	if (wide && below(4) == 0)
		pointer->base = BIT(48 + below(15)); /* not canonical */
	switch (below(5)) {
	case 0: /* LGDT, LIDT, SGDT, SIDT */
		PUT("\x0f\x01");
		put((u8)((gdt ? 0x10 : 0x18) - (below(2) ? 0x10 : 0)));
		break;
	case 1: /* SLDT, STR, LLDT, LTR, VERR, VERW */
		PUT("\x0f\x00");
		put((u8)(0xc1 + (below(6) << 3)));
		break;
	case 2: /* a segment register */
		put(0x8e);
		put((u8)(0xc1 + (below(6) << 3)));
		break;
	case 3: /* LAR, LSL */
		put(0x0f);
		put((u8)(2 + below(2)));
		put(0xd1);
		break;
	default:
		PUT("\x0f\xa1"); /* POP FS */
	}
}

/* Ways between rings and modes, over a stack of any contents. */
static void make_far(struct probe_state *state)
{
	static const char *const ways[] = {
		"\x48\xcf",     "\xcf",     "\x66\xcf",     "\x48\xcb", "\xcb",
		"\x0f\x05",     "\x0f\x07", "\x48\x0f\x07", "\x0f\x34", "\x0f\x35",
		"\x48\x0f\x35", "\xcc",     "\xf1",         "\xce",     "\x48\xff\x28",
		"\xff\x28",     "\xff\x18", "\x0f\x01\xf8", "\x9d",     "\x0f\x0b"};
	u64 *frame = (u64 *)(void *)probe_pages[1];
	u32 way = below(ARRAY_SIZE(ways) + 3);

	frame[0] = below(2) ? state->rip : number();
	frame[1] = selector();
	frame[2] = (next() & 0x3c57d7) | RFLAGS_IF;
	frame[3] = below(2) ? data() : number();
	frame[4] = selector();
	state->registers[RSP] = state->registers[RAX] = FUZZ_PAGE(user, 1);
	state->registers[RCX] = below(2) ? state->rip : number();
	state->registers[RDX] = below(2) ? state->rip : number();
	state->rflags |= RFLAGS_IF;
	if (way >= ARRAY_SIZE(ways)) {
		put(0xcd);
		put((u8)below(256));
	} else {
		put_bytes(ways[way], (u32)strlen(ways[way]));
	}
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

	user = below(2);
	/* 32-bit code: where no operand leaves long mode. */
	wide = kinds[kind] == make_cr || (!user && kind < 3) || below(8);
	*state = probe_at((const void *)FUZZ_PAGE(user, 0),
	                  user   ? wide ? PLACE_RING3 : PLACE_RING3_32
	                  : wide ? PLACE_RING0
	                         : PLACE_RING0_32);
	for (u32 i = 0; i < PROBE_REGISTERS; i++)
		state->registers[i] = number();
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
