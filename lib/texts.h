/*
 * What the arguments of a system call point to, of those kinds that the trace tells with the call
 * (abi/syscalls.h). One answer for both witnesses, ring 0 and ring -1: how to read the memory is
 * theirs, and what cannot be read is left out.
 */
#ifndef LIB_TEXTS_H
#define LIB_TEXTS_H

#include "abi/types.h"

#define TEXT_BYTES    48u /* of one piece */
#define TEXT_PIECES   4u  /* of one string */
#define TEXT_ELEMENTS 16u /* of a list of strings or of a vector, a piece each */
#define TEXT_UNKNOWN  0xffffffffu

/* As the payloads of syscall_text and seen_text have it. */
struct text_piece {
	u64 address;
	u32 argument; /* from 0 */
	u32 offset;   /* bytes into the argument; of a list or vector: which element */
	u32 bytes;    /* that are in text[] */
	u32 whole;    /* bytes of the whole string, buffer or element; TEXT_UNKNOWN */
	char text[TEXT_BYTES];
};

struct text_call {
	u64 number;
	u64 arguments[6];
	bool returned; /* tell what it gave, by its result; else what it is given */
	s64 result;
};

struct text_teller {
	/* Reads up to so many bytes; answers how many from the front could be. */
	u64 (*read)(void *context, u64 address, void *to, u64 bytes);
	void (*tell)(void *context, const struct text_piece *piece);
	void *context;
};

/* Tells all pieces of a call, in the order of its arguments. */
void texts_tell(const struct text_call *call, const struct text_teller *teller);

/* Whether there can be any: for whoever is in a hurry. */
bool texts_possible(u64 number, bool returned);

#endif
