/*
 * Physical memory in frames of 4 KiB. Promises: never a frame below 1 MiB, of the kernel's image,
 * of a module or of the Multiboot2 information; 0 means there is none left.
 */
#ifndef GUEST_FRAMES_H
#define GUEST_FRAMES_H

#include "abi/boot.h"

/* Takes over the RAM in the map. */
void frames_add(const struct multiboot2_memory_map *map);

/* Keeps [start, end) out; before anything is allocated. */
void frames_exclude(u64 start, u64 end);

/* One frame, zeroed or as it is. */
u64 frame_alloc(void);
u64 frame_alloc_dirty(void);
void frame_free(u64 frame);

/*
 * Neighbouring frames, zeroed, never given back: for what the processor or ring -1 must see whole.
 */
u64 frames_contiguous(u64 count);

u64 frames_available(void);
u64 frames_total(void); /* what there was before the first was taken */

#endif
