/*
 * ELF programs: what is fit to be loaded, every field that is not, and random damage, which must
 * never let a segment reach outside the file or the user's range.
 *
 * Sources: guest/elf.c
 */
#include "tests/unit/unit.h"
#include "guest/elf.h"
#include "guest/space.h"

#define FILE_BYTES 0x3000u
#define HEADERS    2u

struct header {
	u8 identity[16];
	u16 type, machine;
	u32 version;
	u64 entry, program_headers, section_headers;
	u32 flags;
	u16 header_bytes, program_header_bytes, program_header_count;
	u16 section_header_bytes, section_header_count, section_names;
};

struct segment {
	u32 type, flags;
	u64 offset, address, physical, file_bytes, memory_bytes, align;
};

static u8 file[FILE_BYTES];

/* Text at 0x400000 with the headers in it, data with some bss at 0x402000. */
static void make(struct header **h, struct segment **s)
{
	memset(file, 0, sizeof(file));
	*h = (struct header *)file;
	*s = (struct segment *)(file + sizeof(struct header));
	memcpy((*h)->identity, "\177ELF\2\1\1", 7);
	(*h)->type = 2;
	(*h)->machine = 62;
	(*h)->entry = 0x400200;
	(*h)->program_headers = sizeof(struct header);
	(*h)->program_header_bytes = sizeof(struct segment);
	(*h)->program_header_count = HEADERS;
	(*s)[0] = (struct segment){1, 5, 0, 0x400000, 0, 0x1800, 0x1800, 0x1000};
	(*s)[1] = (struct segment){1, 6, 0x2000, 0x402000, 0, 0x800, 0x2800, 0x1000};
}

static const char *check(u64 bytes, struct elf_image *image)
{
	return elf_check(file, bytes < 0x1000 ? bytes : 0x1000, bytes, 0, image);
}

TEST(good_program)
{
	struct header *h;
	struct segment *s;
	struct elf_image image;

	make(&h, &s);
	assert_null(check(sizeof(file), &image));
	assert_int_equal(image.segments, 2);
	assert_int_equal(image.entry, 0x400200);
	assert_int_equal(image.headers, 0x400000 + sizeof(struct header));
	assert_int_equal(image.end, 0x405000);
	assert_int_equal(image.segment[0].protection, PROTECT_READ | PROTECT_EXEC);
	assert_int_equal(image.segment[1].protection, PROTECT_READ | PROTECT_WRITE);
}

TEST(position_independent_program)
{
	const u64 bias = 0x555555554000;
	struct header *h;
	struct segment *s;
	struct elf_image image;

	make(&h, &s);
	h->type = 3;
	h->entry = 0x200;
	s[0].address = 0;
	s[1].address = 0x2000;
	assert_null(elf_check(file, 0x1000, sizeof(file), bias, &image));
	assert_int_equal(image.entry, bias + 0x200);
	assert_int_equal(image.headers, bias + sizeof(struct header));
	assert_int_equal(image.segment[1].address, bias + 0x2000);
	assert_int_equal(image.end, bias + 0x5000);
	s[1].address = UINT64_MAX - bias + 0x11000;
	assert_non_null(elf_check(file, 0x1000, sizeof(file), bias, &image));
}

/* REFUSED(words, change): after the change the sentence holds these words. */
#define REFUSED(words, change)                                                                     \
	do {                                                                                       \
		struct header *h;                                                                  \
		struct segment *s;                                                                 \
		struct elf_image image;                                                            \
		make(&h, &s);                                                                      \
		change;                                                                            \
		const char *wrong = check(sizeof(file), &image);                                   \
		assert_non_null(wrong);                                                            \
		assert_non_null(strstr(wrong, words));                                             \
	} while (0)

TEST(bad_headers)
{
	REFUSED("magic", h->identity[0] = 0);
	REFUSED("64-bit", h->identity[4] = 1);
	REFUSED("e_machine", h->machine = 3);
	REFUSED("e_type", h->type = 1);
	REFUSED("e_phentsize", h->program_header_bytes = 32);
	REFUSED("e_phnum", h->program_header_count = 0);
	REFUSED("e_phnum", h->program_header_count = 65);
	REFUSED("e_phoff", h->program_headers = sizeof(file) - 8);
	REFUSED("e_phoff", h->program_headers = UINT64_MAX - 8);
	REFUSED("e_entry", h->entry = 0x500000);
	REFUSED("e_entry", h->entry = 0x402000);
}

TEST(bad_segments)
{
	REFUSED("PT_INTERP", s[1].type = 3);
	REFUSED("p_offset", s[1].offset = 0x3000);
	REFUSED("p_offset", s[1].file_bytes = UINT64_MAX);
	REFUSED("p_memsz", s[1].memory_bytes = 0x100);
	REFUSED("p_vaddr", s[1].address = 0);
	REFUSED("p_vaddr", s[1].address = 0xffffffff80000000u);
	REFUSED("p_vaddr", s[1].memory_bytes = UINT64_MAX);
	REFUSED("within the page", s[1].address = 0x402100);
	REFUSED("share a page", s[1].address = 0x401000);
}

TEST(short_files)
{
	struct header *h;
	struct segment *s;
	struct elf_image image;

	make(&h, &s);
	for (u64 bytes = 0; bytes < 0x2800; bytes++)
		assert_non_null(check(bytes, &image));
	assert_null(check(0x2800, &image));
}

TEST(random_damage)
{
	u64 seed = 1;

	for (u32 round = 0; round < 200000; round++) {
		struct header *h;
		struct segment *s;
		struct elf_image image;

		make(&h, &s);
		for (u32 i = 0; i < 3; i++) {
			u64 r = random_next(&seed);
			u64 at = r % (sizeof(*h) + HEADERS * sizeof(*s));
			file[at] = (u8)(r >> 32);
		}
		if (check(sizeof(file), &image))
			continue;
		for (u32 i = 0; i < image.segments; i++) {
			const struct elf_segment *x = &image.segment[i];
			assert_true(x->offset + x->file_bytes <= sizeof(file));
			assert_true(x->file_bytes <= x->memory_bytes);
			assert_true(x->address >= USER_START);
			assert_true(x->address + x->memory_bytes <= MMAP_TOP);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_program), cmocka_unit_test(position_independent_program),
		cmocka_unit_test(bad_headers),  cmocka_unit_test(bad_segments),
		cmocka_unit_test(short_files),  cmocka_unit_test(random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
