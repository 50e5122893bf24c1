/*
 * A virtual pair of 8259 interrupt controllers, as on a PC: the second on line 2 of the first. Edge
 * triggered. Pure over its state, so it is tested on the host.
 */
#ifndef HV_PIC_H
#define HV_PIC_H

#include "abi/types.h"

struct pic_chip {
	u8 irr, isr, imr; /* requested, in service, masked */
	u8 vector;        /* of line 0 */
	u8 icw;           /* initialisation word awaited next, 0: none */
	bool want_icw4, single, auto_eoi, read_isr, special_mask, rotate_on_aeoi, poll;
	u8 lowest; /* line of lowest priority */
};

struct pic {
	struct pic_chip chip[2];
};

void pic_init(struct pic *pic);
u32 pic_in(struct pic *pic, u16 port, u32 bytes);
void pic_out(struct pic *pic, u16 port, u32 bytes, u32 value);

/* A rising edge on line 0..15. */
void pic_raise(struct pic *pic, u32 line);

/* True if the processor's interrupt line is up. */
bool pic_pending(const struct pic *pic);

/* Interrupt acknowledge: the vector; a spurious one if nothing is pending any more. */
u8 pic_acknowledge(struct pic *pic);

#endif
