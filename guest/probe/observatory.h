/*
 * The two worlds of the observatory (abi/observatory.h): settings of the privileged state. Whatever a
 * program may see and change is the same in both.
 */
#ifndef GUEST_PROBE_OBSERVATORY_H
#define GUEST_PROBE_OBSERVATORY_H

#include "abi/observatory.h"
#include "guest/probe/probe.h"

/* Gates of the world's IDT with that number, one closed to ring 3, one open. */
#define GATE_DPL0 0x80u
#define GATE_DPL3 0x81u

/* State by its CHANGED_ number; what is in the flags and CPL has 0 here. */
struct privileged {
	u64 values[CONTROL_STATES];
};

/* Makes the tables of both worlds. `entry`: where call gates, SYSCALL and SYSENTER lead in ring 0. */
void worlds_make(u64 entry);

/*
 * Enters a world from whatever state is there now, with CR4.UMIP if `umip`. The world's state, as it
 * was then read back, comes in `state`.
 */
void world_enter(u32 world, bool umip, struct privileged *state);

/* RFLAGS that stubs of that world begin with. */
u64 world_flags(u32 world);

/* Reads the state as it is. */
void world_read(struct privileged *state);

#endif
