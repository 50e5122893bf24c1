/*
 * Places in hash tables whose keys come from a trace. They depend on a number that no trace can know,
 * or one could be made whose keys all want the same place, and every look-up went past all of them.
 */
#ifndef TOOLS_PLACE_H
#define TOOLS_PLACE_H

#include <stddef.h>

#include "abi/types.h"

extern u64 place_secret; /* another one in every process */

/* Where the key is looked for first in a table of `room` places, a power of two. */
static inline size_t place_of_key(u64 key, size_t room)
{
	key = (key ^ place_secret) * 0xff51afd7ed558ccdu;
	key = (key ^ key >> 32) * 0xc4ceb9fe1a85ec53u;
	return (size_t)(key >> 32) & (room - 1);
}

#endif
