/*
 * Reading Multiboot2 information ("Boot information format" in the Multiboot2 specification), as
 * GRUB gives it to ring -1 and to a bare guest kernel, and ring -1 to its guest.
 */
#ifndef LIB_MULTIBOOT2_H
#define LIB_MULTIBOOT2_H

#include "abi/boot.h"

/*
 * The first tag of the given type behind `after` (NULL: from the start), or NULL. A tag that does
 * not lie whole within the information ends the list.
 */
static inline const struct multiboot2_tag *multiboot2_find(const void *info, u32 type,
                                                           const struct multiboot2_tag *after)
{
	const u8 *start = info;
	const u8 *end = start + *(const u32 *)info;
	const u8 *at = after ? (const u8 *)after + ((after->size + 7ull) & ~7ull) : start + 8;

	while (at + sizeof(struct multiboot2_tag) <= end) {
		const struct multiboot2_tag *tag = (const void *)at;
		if (tag->size < sizeof(*tag) || tag->size > (size_t)(end - at))
			return NULL;
		if (tag->type == type)
			return tag;
		if (tag->type == MULTIBOOT2_END)
			return NULL;
		at += (tag->size + 7ull) & ~7ull;
	}
	return NULL;
}

#endif
