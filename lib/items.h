/*
 * What stands in lists of words: items between commas, and numbers. For ring -1, ring 0 and the
 * host alike; nothing here writes or allocates.
 */
#ifndef LIB_ITEMS_H
#define LIB_ITEMS_H

#include "abi/types.h"

/* A piece of a line, not NUL-terminated. text is NULL where there is none. */
struct piece {
	const char *text;
	size_t length;
};

/* The next item of a list, moving *list behind it and its comma. */
struct piece next_item(struct piece *list);

/* Decimal, or hexadecimal behind "0x"; false if piece is no number of at most 64 bits. */
bool parse_number(struct piece piece, u64 *value);

#endif
