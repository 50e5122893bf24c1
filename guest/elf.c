#include "guest/elf.h"
#include "guest/space.h"
#include "lib/elf.h"
#include "lib/string.h"

#define HEADERS_MAX 64

static const char *check_header(const struct elf_header *h, u64 head_bytes)
{
	if (memcmp(h->identity, "\177ELF", 4) != 0)
		return "the file does not begin with the ELF magic";
	if (h->identity[4] != ELF_CLASS_64 || h->identity[5] != ELF_LITTLE)
		return "e_ident: not a 64-bit little-endian program";
	if (h->machine != ELF_X86_64)
		return "e_machine: not for x86-64";
	if (h->type != ELF_EXEC && h->type != ELF_DYN)
		return "e_type: not an executable";
	if (h->program_header_bytes != sizeof(struct elf_program_header))
		return "e_phentsize: not 56";
	if (!h->program_header_count || h->program_header_count > HEADERS_MAX)
		return "e_phnum: none, or more than 64";
	if (h->program_headers > head_bytes ||
	    h->program_header_count * sizeof(struct elf_program_header) >
	            head_bytes - h->program_headers)
		return "e_phoff: the program headers reach beyond the file's first page or its end";
	return NULL;
}

static const char *check_segment(const struct elf_program_header *p, u64 bytes,
                                 const struct elf_image *image)
{
	if (p->offset > bytes || p->file_bytes > bytes - p->offset)
		return "p_offset, p_filesz: a segment reaches beyond the end of the file";
	if (p->memory_bytes < p->file_bytes)
		return "p_memsz: less than p_filesz";
	if (p->address < USER_START || p->address >= MMAP_TOP ||
	    p->memory_bytes > MMAP_TOP - p->address)
		return "p_vaddr, p_memsz: a segment lies outside the range for programs";
	if ((p->address ^ p->offset) % PAGE_BYTES)
		return "p_vaddr and p_offset differ within the page";
	if (image->segments == ELF_SEGMENTS)
		return "more than 16 segments to load";
	for (u32 i = 0; i < image->segments; i++) {
		const struct elf_segment *s = &image->segment[i];
		if (page_down(p->address) < page_up(s->address + s->memory_bytes) &&
		    page_down(s->address) < page_up(p->address + p->memory_bytes))
			return "two segments share a page";
	}
	return NULL;
}

static void take_segment(const struct elf_program_header *p, const struct elf_header *h,
                         struct elf_image *image)
{
	u64 end = page_up(p->address + p->memory_bytes);
	u64 headers_end = h->program_headers + image->header_bytes * image->header_count;

	image->segment[image->segments++] = (struct elf_segment){
		.address = p->address,
		.offset = p->offset,
		.file_bytes = p->file_bytes,
		.memory_bytes = p->memory_bytes,
		.protection = (p->flags & ELF_PF_R ? PROTECT_READ : 0u) |
	                      (p->flags & ELF_PF_W ? PROTECT_WRITE : 0u) |
	                      (p->flags & ELF_PF_X ? PROTECT_EXEC : 0u),
	};
	if (end > image->end)
		image->end = end;
	if (p->offset <= h->program_headers && headers_end <= p->offset + p->file_bytes)
		image->headers = p->address + (h->program_headers - p->offset);
}

static bool entry_loaded(const struct elf_image *image)
{
	for (u32 i = 0; i < image->segments; i++) {
		const struct elf_segment *s = &image->segment[i];
		if (s->protection & PROTECT_EXEC && image->entry >= s->address &&
		    image->entry - s->address < s->memory_bytes)
			return true;
	}
	return false;
}

const char *elf_check(const u8 *head, u64 head_bytes, u64 file_bytes, u64 bias,
                      struct elf_image *image)
{
	struct elf_header header, *h = &header;
	const char *wrong;

	if (head_bytes < sizeof(header))
		return "the file is shorter than an ELF header";
	memcpy(&header, head, sizeof(header));
	wrong = check_header(h, head_bytes);
	if (wrong)
		return wrong;
	if (h->type != ELF_DYN)
		bias = 0;
	*image = (struct elf_image){
		.entry = h->entry + bias,
		.header_bytes = h->program_header_bytes,
		.header_count = h->program_header_count,
	};
	for (u32 i = 0; i < h->program_header_count; i++) {
		struct elf_program_header p;
		memcpy(&p, head + h->program_headers + i * sizeof(p), sizeof(p));
		if (p.type == ELF_PT_INTERP)
			return "ELF_PT_INTERP: dynamically linked; link it with -static";
		if (p.type != ELF_PT_LOAD || !p.memory_bytes)
			continue;
		p.address = p.address < MMAP_TOP ? p.address + bias : p.address;
		wrong = check_segment(&p, file_bytes, image);
		if (wrong)
			return wrong;
		take_segment(&p, h, image);
	}
	if (!entry_loaded(image))
		return "e_entry: not within an executable segment";
	return NULL;
}
