#include "hv/loader.h"
#include "abi/boot.h"
#include "hv/end.h"
#include "lib/elf.h"
#include "lib/string.h"

#define LOW_RAM_END  0x9f000ull /* below the video memory of a PC */
#define HIGH_RAM     0x100000ull
#define PAGE         4096ull
#define SEARCH_BYTES 32768u /* the Multiboot2 header lies within */
#define TAG_ENTRY    3u
#define TAG_END      0u

/* The next free guest-physical byte while loading. */
struct placement {
	const struct vm *vm;
	u64 free;
};

static void *place(struct placement *to, u64 bytes, const char *what)
{
	u64 start = (to->free + PAGE - 1) & ~(PAGE - 1);
	void *at = guest_memory(to->vm, start, bytes);

	if (!at)
		end_refused(
			"the guest's memory (%lu KiB) is too small for its %s (%lu KiB from %lx "
			"on): give run a larger --memory",
			to->vm->memory_bytes >> 10, what, bytes >> 10, start);
	to->free = start + bytes;
	return at;
}

static u64 guest_address(const struct vm *vm, const void *at)
{
	return (u64)(uintptr_t)at - vm->memory_host;
}

static const struct elf_header *check_header(const struct loader_file *file)
{
	const struct elf_header *elf = (const void *)file->data;

	if (file->bytes < sizeof(*elf) || memcmp(elf->identity, "\177ELF\2\1", 6) != 0 ||
	    elf->type != ELF_EXEC || elf->machine != ELF_X86_64)
		end_refused("the guest kernel is not an x86-64 ELF executable");
	if (elf->program_header_bytes != sizeof(struct elf_program_header) ||
	    elf->program_headers > file->bytes ||
	    (u64)elf->program_header_count * sizeof(struct elf_program_header) >
	            file->bytes - elf->program_headers)
		end_refused("the guest kernel's ELF program headers lie outside the file");
	return elf;
}

static void load_segments(struct placement *to, const struct loader_file *file,
                          const struct elf_header *elf)
{
	const u8 *from = file->data + elf->program_headers;
	struct elf_program_header header;
	const struct elf_program_header *program = &header;

	for (u32 i = 0; i < elf->program_header_count; i++) {
		memcpy(&header, from + i * sizeof(header), sizeof(header)); /* at any address */
		if (program->type != ELF_PT_LOAD)
			continue;
		if (program->file_bytes > program->memory_bytes || program->offset > file->bytes ||
		    program->file_bytes > file->bytes - program->offset)
			end_refused("the guest kernel's ELF segment %u lies outside the file", i);
		u8 *at = guest_memory(to->vm, program->physical, program->memory_bytes);
		if (program->physical < HIGH_RAM || !at)
			end_refused(
				"the guest kernel's segment %u (physical %lx, %lu KiB) does not "
				"fit the guest's memory of %lu KiB: give run a larger --memory",
				i, program->physical, program->memory_bytes >> 10,
				to->vm->memory_bytes >> 10);
		memcpy(at, file->data + program->offset, program->file_bytes);
		u64 end = program->physical + program->memory_bytes;
		if (end > to->free)
			to->free = end;
	}
}

/* The 32-bit entry of the Multiboot2 header, 0 if it names none. */
static u32 find_entry(const struct loader_file *file)
{
	for (u64 at = 0; at + 24 <= file->bytes && at < SEARCH_BYTES; at += 8) {
		const u32 *header = (const void *)(file->data + at);
		if (header[0] != MULTIBOOT2_HEADER_MAGIC ||
		    header[0] + header[1] + header[2] + header[3] != 0)
			continue;
		u64 end = at + header[2] < file->bytes ? at + header[2] : file->bytes;
		for (u64 tag = at + 16; tag + 12 <= end;) {
			const u16 *type = (const void *)(file->data + tag);
			const u32 *size = (const void *)(file->data + tag + 4);
			if (*type == TAG_ENTRY)
				return size[1];
			if (*type == TAG_END || *size < 8)
				break;
			tag += (*size + 7ull) & ~7ull;
		}
	}
	return 0;
}

static u8 *add_tag(u8 *at, u32 type, u32 size)
{
	struct multiboot2_tag *tag = (void *)at;

	tag->type = type;
	tag->size = size;
	return at + ((size + 7u) & ~7u);
}

static u8 *add_memory_map(u8 *at, const struct vm *vm)
{
	struct multiboot2_memory_map *map = (void *)at;
	const u32 entries = 3;

	map->entry_size = sizeof(map->entries[0]);
	map->entry_version = 0;
	map->entries[0] = (struct multiboot2_memory_entry){0, LOW_RAM_END, MULTIBOOT2_RAM, 0};
	map->entries[1] =
		(struct multiboot2_memory_entry){LOW_RAM_END, HIGH_RAM - LOW_RAM_END, 2, 0};
	map->entries[2] = (struct multiboot2_memory_entry){HIGH_RAM, vm->memory_bytes - HIGH_RAM,
	                                                   MULTIBOOT2_RAM, 0};
	return add_tag(at, MULTIBOOT2_MEMORY_MAP, (u32)sizeof(*map) + entries * map->entry_size);
}

static u64 write_info(struct placement *to, const char *words, u64 module, u64 module_bytes)
{
	u8 *info = place(to, PAGE + strlen(words), "boot information");
	u8 *at = info + 8;
	struct multiboot2_command_line *line = (void *)at;

	memcpy(line->text, words, strlen(words) + 1);
	at = add_tag(at, MULTIBOOT2_COMMAND_LINE, (u32)(sizeof(*line) + strlen(words) + 1));
	if (module_bytes) {
		struct multiboot2_module *tag = (void *)at;
		tag->start = (u32)module;
		tag->end = (u32)(module + module_bytes);
		tag->text[0] = 0;
		at = add_tag(at, MULTIBOOT2_MODULE, sizeof(*tag) + 1);
	}
	at = add_memory_map(at, to->vm);
	at = add_tag(at, MULTIBOOT2_END, sizeof(struct multiboot2_tag));
	*(u32 *)info = (u32)(at - info);
	return guest_address(to->vm, info);
}

/* Page tables for a start in 64-bit mode: the first 4 GiB at themselves, in 2-MiB pages. */
static u64 identity_map(struct placement *to)
{
	u64 *tables = place(to, 6 * PAGE, "start-up page tables");
	u64 at = guest_address(to->vm, tables);

	tables[0] = (at + PAGE) | 3;
	for (u64 i = 0; i < 4; i++)
		tables[512 + i] = (at + (2 + i) * PAGE) | 3;
	for (u64 i = 0; i < 4 * 512; i++)
		tables[2 * 512 + i] = i << 21 | 0x83;
	return at;
}

struct loader_entry loader_load(const struct vm *vm, const struct loader_file *kernel,
                                const struct loader_file *initramfs)
{
	struct placement to = {.vm = vm, .free = HIGH_RAM};
	const struct elf_header *elf = check_header(kernel);
	struct loader_entry entry = {0};
	u64 module = 0;

	load_segments(&to, kernel, elf);
	if (initramfs->bytes) {
		u8 *at = place(&to, initramfs->bytes, "initramfs");
		memcpy(at, initramfs->data, initramfs->bytes);
		module = guest_address(vm, at);
	}
	entry.info = write_info(&to, kernel->words, module, initramfs->bytes);
	if (vm->long_mode_start) {
		entry.cr3 = identity_map(&to);
		entry.rip = elf->entry;
		return entry;
	}
	entry.rip = find_entry(kernel);
	if (!entry.rip)
		end_refused("the guest kernel's Multiboot2 header has no entry-address tag");
	return entry;
}
