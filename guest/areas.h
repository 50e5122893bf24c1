/* The list of a space's areas, in order of address; the pages behind them are not its concern. */
#ifndef GUEST_AREAS_H
#define GUEST_AREAS_H

#include "guest/space.h"

/* The first area that ends behind the address: its index, or space->areas. */
u32 areas_index(const struct space *space, u64 address);

/* Room for one more; false if there are too many, or no memory. Then it can be put at an index. */
bool areas_make_room(struct space *space);
void areas_insert(struct space *space, u32 i, struct area area);
void areas_delete(struct space *space, u32 i);

/* Makes the address a border between areas; false if that takes one more than there may be. */
bool areas_split(struct space *space, u64 address);

/* Joins areas that continue each other in [start, end], so that they are not used up. */
void areas_join(struct space *space, u64 start, u64 end);

/* True if areas cover the range without a gap. */
bool areas_cover(const struct space *space, u64 start, u64 end);

#endif
