/*
 * ELF64 programs: the checks before anything is loaded, as a pure function that the host's unit
 * test compiles too. Promise: what elf_check lets through lies within the file and within the
 * range that programs may occupy, and no two segments share a page.
 */
#ifndef GUEST_ELF_H
#define GUEST_ELF_H

#include "abi/types.h"

#define ELF_SEGMENTS 16

struct elf_segment {
	u64 address; /* of its first byte */
	u64 offset;  /* in the file */
	u64 file_bytes;
	u64 memory_bytes;
	u32 protection; /* enum protection */
};

struct elf_image {
	u64 entry;
	u64 headers; /* where the program headers lie in memory, or 0 */
	u64 header_bytes;
	u64 header_count;
	u64 end; /* of the highest segment, rounded up to a page */
	u32 segments;
	struct elf_segment segment[ELF_SEGMENTS];
};

/*
 * NULL if the file is fit to be loaded, else what is wrong with it. `head` is how it begins: its
 * first page, or all of it. A position-independent program is moved by `bias`, a multiple of pages.
 */
const char *elf_check(const u8 *head, u64 head_bytes, u64 file_bytes, u64 bias,
                      struct elf_image *image);

#endif
