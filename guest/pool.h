/*
 * Small objects of one size each, many to a frame. A frame all of whose objects are back goes back
 * itself, so frames are conserved.
 */
#ifndef GUEST_POOL_H
#define GUEST_POOL_H

#include "abi/types.h"

struct pool {
	u32 bytes;               /* of an object, a multiple of 8, at most 1,344 */
	struct pool_frame *free; /* frames with room */
};

/* One object, zeroed, or NULL: no memory. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *object);

#endif
