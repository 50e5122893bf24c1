/* The probe's own test: what it says of code whose end is known. */
#include "guest/probe/probe.h"

__asm__(".pushsection .text\n"
        "self_nop: nop\n" PROBE_END "self_ud: mov $7, %eax\n ud2\n"
        "self_hlt: hlt\n" PROBE_END "self_touch: mov 0xbfe01000, %al\n" PROBE_END
        "self_port: in $0x21, %al\n" PROBE_END ".popsection\n");
extern const u8 self_nop[], self_ud[], self_hlt[], self_touch[], self_port[];

static void try(const char *name, const u8 *code, enum probe_place place)
{
	struct probe_state state = probe_at(code, place);

	if (code == self_hlt && (place == PLACE_RING0 || place == PLACE_RING0_32))
		return;
	probe_run(&state);
	probe_print("%s place %u: %s error %lx rip +%lu cs %lx rax %lx cr2 %lx\n", name, place,
	            probe_vector_name(state.vector), state.error, state.rip - (u64)code, state.cs,
	            state.registers[RAX] & 8, state.cr2);
}

static s32 self(void)
{
	for (u32 place = 0; place < PROBE_PLACES; place++) {
		try("nop", self_nop, place);
		try("ud2", self_ud, place);
		try("hlt", self_hlt, place);
		try("port", self_port, place);
	}
	try("touch", self_touch, PLACE_RING3);
	probe_map(PROBE_WINDOW + 0x1000, (u64)probe_pages[0] | PTE_PRESENT);
	try("touch", self_touch, PLACE_RING3);
	try("touch", self_touch, PLACE_RING0);
	return 7;
}

SUITE("self", self);
