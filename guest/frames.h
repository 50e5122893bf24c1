/*
 * Physical memory in frames of 4 KiB, each with a count of its users. Promises: never a frame below
 * 1 MiB, of the kernel's image, of a module or of the Multiboot2 information; 0 means there is none
 * left; a frame is free again with its last user and not before.
 */
#ifndef GUEST_FRAMES_H
#define GUEST_FRAMES_H

#include "abi/boot.h"
#include "guest/memory.h"
#include "lib/string.h"

/* Takes over the RAM in the map. */
void frames_add(const struct multiboot2_memory_map *map);

/* Keeps [start, end) out; before anything is allocated. */
void frames_exclude(u64 start, u64 end);

/* Makes the counts; behind the last exclusion, before anything else. False: no room for them. */
bool frames_init(void);

/* One frame with one user, zeroed or as it is. */
u64 frame_alloc(void);
u64 frame_alloc_dirty(void);

/* One user more, one less. With more than 65,534 users at once a frame is never free again. */
#define FRAME_USERS_MAX 0xffffu
extern u16 *frame_counts; /* of the frames below frames_end() */

static inline u32 frame_users(u64 frame)
{
	return frame_counts[frame / PAGE_BYTES];
}

static inline void frame_hold(u64 frame)
{
	u16 *count = &frame_counts[frame / PAGE_BYTES];

	*count = (u16)(*count + (*count != FRAME_USERS_MAX));
}

void frame_free(u64 frame);
u64 frames_end(void);

/* As frame_free by the only user, who leaves it all zeros. */
void frame_free_zeroed(u64 frame);

/*
 * Neighbouring frames, zeroed, never given back: for what the processor or ring -1 must see whole.
 */
u64 frames_contiguous(u64 count);

/* The content of whole pages. */
static inline void page_zero(void *page)
{
	memset(page, 0, PAGE_BYTES);
}

static inline void page_copy(void *to, const void *from)
{
	memcpy(to, from, PAGE_BYTES);
}

u64 frames_available(void);
u64 frames_total(void);

#endif
