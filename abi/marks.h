/*
 * Ring 3's own records. The guest kernel maps one page into every process and announces its address
 * in the auxiliary vector (AT_RINGSCOPE_MARKS); a program appends marks to it without any system
 * call, and ring 0 moves them to ring 3's trace ring whenever it next gets the processor from that
 * process. A program that finds the page full yields (sched_yield), which empties it: nothing is
 * lost. Where ring 3 may not read the TSC (AT_RINGSCOPE_NO_TSC is 1, not absent), a mark says
 * MARK_NO_TSC for the time, and gets that of ring 0's next moment.
 */
#ifndef ABI_MARKS_H
#define ABI_MARKS_H

#include "abi/types.h"

#define AT_RINGSCOPE_MARKS  0x5253u
#define AT_RINGSCOPE_NO_TSC 0x5254u
#define MARK_NO_TSC         0xffffffffffffffffull
#define MARK_PAGE_ADDRESS   0x00007fff00000000ull
#define MARK_TEXT_BYTES     48u
#define MARKS_PER_PAGE      63u

struct mark {
	u64 tsc;
	u64 value;
	char text[MARK_TEXT_BYTES];
};

struct mark_page {
	u32 used; /* marks[0 .. used-1] are complete */
	u32 reserved[15];
	struct mark marks[MARKS_PER_PAGE];
};

_Static_assert(sizeof(struct mark_page) == 4096, "the marks fill one page");

#endif
