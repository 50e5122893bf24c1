/*
 * A small observatory, made up: cells as processors and ring -1 would fill them, one row for each way
 * to judge. Tests of the judgement and of its pictures share it.
 */
#ifndef TESTS_FAKE_OBSERVATORY_H
#define TESTS_FAKE_OBSERVATORY_H

#include <string.h>

#include "tools/classify.h"

enum fake_row {
	FAKE_SGDT,
	FAKE_POPF,
	FAKE_MOV_CS,
	FAKE_MOV_DS,
	FAKE_PUSH_CS,
	FAKE_PUSH_CS_32,
	FAKE_SMSW,
	FAKE_LGDT,
	FAKE_STAC,
	FAKE_RDTSC,
	FAKE_HLT,
	FAKE_RDMSR,
	FAKE_MISSING,
	FAKE_CPUID,
	FAKE_ADD,
	FAKE_ROWS
};

#define FAKE(mnemonic, form, list, mode, control, result)                                          \
	{                                                                                          \
		mnemonic, form, LIST_##list, mode, OBSERVED_CONTROL_##control, result              \
	}
static const struct instruction_form fake_forms[FAKE_ROWS] = {
	[FAKE_SGDT] = FAKE("SGDT", "sgdt m", ROBIN, 64, descriptor, true),
	[FAKE_POPF] = FAKE("POPF", "popfq", ROBIN, 64, none, false),
	[FAKE_MOV_CS] = FAKE("MOV", "mov r64, cs", ROBIN, 64, none, true),
	[FAKE_MOV_DS] = FAKE("MOV", "mov ds, r16: DPL 0", ROBIN, 64, none, false),
	[FAKE_PUSH_CS] = FAKE("PUSH", "push cs", ROBIN, 64, none, true),
	[FAKE_PUSH_CS_32] = FAKE("PUSH", "push cs", ROBIN, 32, none, true),
	[FAKE_SMSW] = FAKE("SMSW", "smsw r64", ROBIN, 64, cr0_ne, true),
	[FAKE_LGDT] = FAKE("LGDT", "lgdt m", SYSTEM, 64, descriptor, false),
	[FAKE_STAC] = FAKE("STAC", "stac", SYSTEM, 64, none, false),
	[FAKE_RDTSC] = FAKE("RDTSC", "rdtsc", SYSTEM, 64, rdtsc, true),
	[FAKE_HLT] = FAKE("HLT", "hlt", SYSTEM, 64, hlt, false),
	[FAKE_RDMSR] = FAKE("RDMSR", "rdmsr: no such MSR", SYSTEM, 64, none, true),
	[FAKE_MISSING] = FAKE("RDPMC", "rdpmc", SYSTEM, 64, rdpmc, true),
	[FAKE_CPUID] = FAKE("CPUID", "cpuid", PLAIN, 64, none, true),
	[FAKE_ADD] = FAKE("ADD", "add r64, r64", PLAIN, 64, none, true),
};
#undef FAKE

static row_cells fake_cells[FAKE_ROWS];
static struct instruction_control fake_controls[OBSERVED_CONTROLS];

static inline struct observed_cell fake_value(u64 value)
{
	return (struct observed_cell){
		.measured = true, .has_value = true, .value = value, .ticks = 2};
}

static inline struct observed_cell fake_fault(u8 vector, u32 error)
{
	return (struct observed_cell){
		.measured = true, .faulted = true, .vector = vector, .error = error, .ticks = 31};
}

static inline struct observed_cell fake_run(u64 changed)
{
	return (struct observed_cell){.measured = true, .changed = changed, .ticks = 1};
}

static inline struct observed_cell fake_exit(struct observed_cell cell, u32 reason)
{
	cell.exit_count = 1;
	cell.exits[0] = (struct observed_exit){reason, 0x1f0, 700, 4000};
	return cell;
}

static inline bool fake_ring3(u32 place)
{
	return place == BARE_RING3 || place == GUEST_RING3;
}

static inline bool fake_guest(u32 place)
{
	return place == GUEST_RING3 || place == GUEST_RING0;
}

/* What the row does; a processor as Intel's, and Ringscope's ring -1. */
static inline struct observed_cell fake_cell(u32 row, u32 place, u32 umip, u32 on, u32 world)
{
	const bool ring3 = fake_ring3(place), guest = fake_guest(place);
	const bool hidden = umip && ring3;
	struct observed_cell cell;

	switch (row) {
	case FAKE_SGDT:
		cell = hidden ? fake_fault(13, 0) : fake_value(0x1000 + 0x800u * world);
		return guest && on && !hidden ? fake_exit(cell, 46) : cell;
	case FAKE_POPF:
		return fake_run(ring3 ? 0 : BIT(CHANGED_if) | BIT(CHANGED_iopl));
	case FAKE_MOV_CS:
		return fake_value(ring3 ? 0x33 : 8);
	case FAKE_MOV_DS:
		return ring3 ? fake_fault(13, 0x10) : fake_run(0);
	case FAKE_PUSH_CS:
		return fake_fault(6, 0);
	case FAKE_PUSH_CS_32:
		return fake_value(ring3 ? 0x23 : 0x18);
	case FAKE_SMSW:
		return hidden ? fake_fault(13, 0)
		              : fake_value(0x11 + 8u * world + (guest && !on ? 0x20 : 0));
	case FAKE_LGDT:
		cell = ring3 ? fake_fault(13, 0) : fake_run(BIT(CHANGED_gdtr));
		return guest && on && !ring3 ? fake_exit(cell, 46) : cell;
	case FAKE_STAC:
		return ring3 ? fake_fault(6, 0) : fake_run(BIT(CHANGED_ac));
	case FAKE_RDTSC:
		cell = fake_value(1000 + 71u * place + 311u * umip + 1013u * world);
		return guest && on ? fake_exit(cell, 16) : cell;
	case FAKE_HLT:
		cell = ring3 ? fake_fault(13, 0) : fake_run(0);
		return guest && on && !ring3 ? fake_exit(cell, 12) : cell;
	case FAKE_RDMSR:
		cell = fake_fault(13, 0);
		return guest && !ring3 ? fake_exit(cell, 31) : cell;
	case FAKE_CPUID:
		cell = fake_value(guest ? 0x80000001 : 1);
		return guest ? fake_exit(cell, 10) : cell;
	case FAKE_ADD:
		return fake_value(7);
	default:
		return (struct observed_cell){
			.why = "the machine ended before it came to that row"};
	}
}

static inline struct subject fake_subject(void)
{
	memcpy(fake_controls, instruction_controls, sizeof(fake_controls));
	fake_controls[OBSERVED_CONTROL_hlt].usual = true;
	for (u32 i = 0; i < FAKE_ROWS * OBSERVED_PLACES * 8u; i++) {
		const u32 row = i / (OBSERVED_PLACES * 8u), place = i / 8 % OBSERVED_PLACES;
		const u32 umip = i >> 2 & 1, on = i >> 1 & 1, world = i & 1;
		struct observed_cell *cell = &fake_cells[row][place][umip][on][world];

		if (on && !fake_guest(place))
			*cell = (struct observed_cell){.why = "no VMX on the bare machine"};
		else if (on && !fake_forms[row].control)
			*cell = (struct observed_cell){.why = "no VMX control concerns it"};
		else
			*cell = fake_cell(row, place, umip, on, world);
	}
	return (struct subject){fake_forms, FAKE_ROWS, (const row_cells *)fake_cells, fake_controls,
	                        true};
}

#endif
