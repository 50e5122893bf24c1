/* Hypercalls, operations on descriptor tables, and ways between rings and modes. */
#include "abi/hypercall.h"
#include "lib/string.h"
#include "tests/probe/fuzz_parts.h"

/*
 * Rights; with PROTECT_REFUSE they are gone for good, and so are views: only of a page that the kernel
 * can do without, and where integrity has ended views already.
 */
static void choose_rights(u64 *registers)
{
	u64 *rights = &registers[RDX];

	*rights = below(4) ? below(8) : number();
	if (registers[RDI] != (u64)probe_pages[3] || !fuzz.text)
		*rights &= ~(u64)PROTECT_REFUSE;
	else if (below(2))
		*rights |= PROTECT_REFUSE;
}

/*
 * Controls, and bits of CR0 and CR4, on or off. Not those that give the guest what it could hang or reset
 * the machine by: interrupts, HLT, ports; nor MSR bitmaps, whose exits would fill the log.
 */
static void choose_control(u64 *registers)
{
	static const u64 fatal[] = {~0ull, BIT(7) | BIT(24) | BIT(25) | BIT(28)};
	u64 bits = below(8) ? BIT(below(32)) | BIT(below(32)) : number();

	registers[RDI] = below(8) ? 1 + below(4) : number();
	if (registers[RDI] < ARRAY_SIZE(fatal))
		bits &= ~fatal[registers[RDI]];
	if (registers[RDI] > CONTROL_SECONDARY && below(2))
		bits = registers[RDI] == CONTROL_CR0 ? BIT(5) : BIT(13);
	registers[RSI] = below(2) ? bits : 0;
	registers[RDX] = bits & ~registers[RSI];
}

/* Hypercalls: about the window's frames, or about what is not the guest's at all. */
void make_call(struct probe_state *state)
{
	u64 *registers = state->registers;
	u64 outside = below(2) ? (next() << 8) | BIT(45) : ~0ull - below(0x3000);
	u64 range = below(4) ? (u64)probe_pages[1 + below(3)] : outside;

	/* What it does not know ring -1 says on the console, which takes its time. */
	registers[RAX] = below(1000) ? below(ARRAY_SIZE(fuzz_answered)) : number();
	if (registers[RAX] == HYPERCALL_end ||
	    (registers[RAX] < ARRAY_SIZE(fuzz_answered) && !fuzz_answered[registers[RAX]]))
		registers[RAX] = HYPERCALL_trace_flush;
	registers[RDI] = range;
	registers[RSI] = below(4) ? 4096 : range == outside ? number() : below(3);
	choose_rights(registers);
	if (registers[RAX] ==
	    HYPERCALL_trace_ring) { /* refused: what rings hold is tested elsewhere */
		registers[RDI] = below(4) ? below(3) : number();
		registers[RSI] = outside | (registers[RDI] % 4 ? 1 : 0);
	} else if (registers[RAX] == HYPERCALL_dirty_log || registers[RAX] == HYPERCALL_view ||
	           registers[RAX] == HYPERCALL_trace_flush) {
		registers[RDI] = below(8) ? below(4) : number();
		/* It splits all large pages, which takes its time. */
		if (registers[RAX] == HYPERCALL_dirty_log && registers[RDI] == DIRTY_LOG_START &&
		    below(8))
			registers[RDI] = DIRTY_LOG_COLLECT;
		registers[RSI] = range;
		registers[RDX] = below(2) ? 64 : number();
	}
	if (registers[RAX] == HYPERCALL_control)
		choose_control(registers);
	if (registers[RAX] == HYPERCALL_integrity) /* it could not be taken back */
		registers[RDI] = outside;
	if (!user)
		fuzz.touched |= TOUCHED_MEMORY;
	PUT("\x0f\x01\xc1");
}

bool fuzz_answered[13];

void fuzz_restore_masks(void)
{
	if (!fuzz_answered[HYPERCALL_control])
		return;
	probe_hypercall(HYPERCALL_control, CONTROL_CR0, BIT(5), 0);
	probe_hypercall(HYPERCALL_control, CONTROL_CR4, BIT(13), 0);
}

void fuzz_restore_memory(void)
{
	if (fuzz_answered[HYPERCALL_view])
		probe_hypercall(HYPERCALL_view, 0, 0, 0);
	/* One by one: of a range part of which is released nothing would be changed. */
	for (u32 i = 1; fuzz_answered[HYPERCALL_protect] && i < FUZZ_PAGES; i++)
		probe_hypercall(HYPERCALL_protect, (u64)probe_pages[i], sizeof(probe_pages[i]), 7);
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
void make_table(struct probe_state *state)
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
void make_far(struct probe_state *state)
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
