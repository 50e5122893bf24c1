/*
 * ELF64 files as the loaders of ring -1 (a guest kernel) and ring 0 (a program) read them: the structures
 * and numbers of the "System V ABI" that both need. Files are untrusted: whoever reads checks.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include "abi/types.h"

#define ELF_CLASS_64  2
#define ELF_LITTLE    1
#define ELF_EXEC      2
#define ELF_DYN       3
#define ELF_X86_64    62
#define ELF_PT_LOAD   1
#define ELF_PT_INTERP 3
#define ELF_PF_X      1
#define ELF_PF_W      2
#define ELF_PF_R      4

struct elf_header {
	u8 identity[16];
	u16 type, machine;
	u32 version;
	u64 entry, program_headers, section_headers;
	u32 flags;
	u16 header_bytes, program_header_bytes, program_header_count;
	u16 section_header_bytes, section_header_count, section_names;
};

struct elf_program_header {
	u32 type, flags;
	u64 offset, address, physical, file_bytes, memory_bytes, align;
};

_Static_assert(sizeof(struct elf_header) == 64 && sizeof(struct elf_program_header) == 56, "ELF64");

#endif
