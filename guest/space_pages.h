/* What guest/space.c and guest/space_fault.c share: how an area's pages look in the tables. */
#ifndef GUEST_SPACE_PAGES_H
#define GUEST_SPACE_PAGES_H

#include "guest/paging.h"
#include "guest/percpu.h"

/* A page's bits in the area; writable only if nobody else has its frame, or all are to see it. */
static inline u64 page_bits(const struct area *area, bool own)
{
	u64 shared = area->shared ? PTE_SHARED : 0;

	if (area->protection == PROTECT_NONE)
		return PTE_HIDDEN | shared;
	return paging_bits(PTE_PRESENT | PTE_USER | shared |
	                   (own && area->protection & PROTECT_WRITE ? PTE_WRITE : 0) |
	                   (area->protection & PROTECT_EXEC ? 0 : PTE_NX));
}

/* True if the space's tables are in CR3. */
static inline bool loaded(const struct space *space)
{
	return this_cpu()->space == space;
}

#endif
