/*
 * Loading a guest kernel: where everything comes to lie, and the sentence for each broken file.
 *
 * Sources: lib/format.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "lib/multiboot2.h"
#include "hv/loader.c"

#define RAM     (4u << 20)
#define KERNEL  0x200000ull /* where the test's kernel is loaded */
#define CODE_AT 0x1000u     /* in the file */

/* A kernel as it should be: one segment with a Multiboot2 header, a second for zeros. */
struct image {
	struct elf_header elf;
	struct elf_program_header program[2];
	u8 gap[CODE_AT - sizeof(struct elf_header) - 2 * sizeof(struct elf_program_header)];
	u32 header[4]; /* Multiboot2's */
	struct {
		u16 type, flags;
		u32 size, value, padding;
	} tags[3];
	u8 code[64];
};

static struct image image;
static struct loader_file kernel, initramfs;
static u8 *ram;
static u32 loads, refusals;

static void seal(void)
{
	image.header[0] = MULTIBOOT2_HEADER_MAGIC;
	image.header[1] = 0;
	image.header[2] = sizeof(image.header) + sizeof(image.tags);
	image.header[3] = -(image.header[0] + image.header[2]);
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	ram = fake_memory(RAM);
	memset(&image, 0, sizeof(image));
	memcpy(image.elf.identity, "\177ELF\2\1\1", 7);
	image.elf.type = 2;
	image.elf.machine = 62;
	image.elf.entry = 0xffffffff80000123;
	image.elf.program_headers = offsetof(struct image, program);
	image.elf.program_header_bytes = sizeof(struct elf_program_header);
	image.elf.program_header_count = 2;
	image.program[0] = (struct elf_program_header){.type = 1,
	                                               .offset = CODE_AT,
	                                               .physical = KERNEL,
	                                               .file_bytes = sizeof(image) - CODE_AT,
	                                               .memory_bytes = 0x800};
	image.program[1] = (struct elf_program_header){
		.type = 1, .physical = KERNEL + 0x1000, .memory_bytes = 0x2345};
	image.tags[0].type = 9;
	image.tags[0].size = 12;
	image.tags[1].type = TAG_ENTRY;
	image.tags[1].size = 12;
	image.tags[1].value = KERNEL + 0x40;
	image.tags[2].size = 8;
	memset(image.code, 0x90, sizeof(image.code));
	seal();
	kernel = (struct loader_file){(const u8 *)&image, sizeof(image), "events=1 -- hello"};
	initramfs = (struct loader_file){(const u8 *)"initramfs", 9, ""};
	return 0;
}

static struct loader_entry load(void)
{
	return loader_load(&fake_vm, &kernel, &initramfs);
}

static void refused(const char *words)
{
	ASSERT_ENDS(load(), GUEST_END_refused, words);
}

static const void *tag(const struct loader_entry *entry, u32 type)
{
	const void *found = multiboot2_find(ram + entry->info, type, NULL);

	assert_non_null(found);
	return found;
}

TEST(segments_lie_at_their_addresses)
{
	struct loader_entry entry = load();

	assert_int_equal(entry.rip, KERNEL + 0x40);
	assert_int_equal(entry.cr3, 0);
	assert_memory_equal(ram + KERNEL, (u8 *)&image + CODE_AT, sizeof(image) - CODE_AT);
	for (u64 at = KERNEL + sizeof(image) - CODE_AT; at < KERNEL + 0x3345; at++)
		assert_int_equal(ram[at], 0);
	for (u64 at = 0; at < KERNEL; at++)
		assert_int_equal(ram[at], 0);
}

TEST(the_information_is_multiboot2_s)
{
	struct loader_entry entry = load();
	const struct multiboot2_command_line *line = tag(&entry, MULTIBOOT2_COMMAND_LINE);
	const struct multiboot2_module *module = tag(&entry, MULTIBOOT2_MODULE);
	const struct multiboot2_memory_map *map = tag(&entry, MULTIBOOT2_MEMORY_MAP);

	assert_string_equal(line->text, "events=1 -- hello");
	assert_int_equal(module->end - module->start, 9);
	assert_memory_equal(ram + module->start, "initramfs", 9);
	assert_int_equal(module->start % 4096, 0);
	assert_true(module->start >= KERNEL + 0x3345);
	assert_int_equal(map->entry_size, 24);
	assert_int_equal(map->tag.size, 16 + 3 * 24);
	assert_int_equal(map->entries[0].base, 0);
	assert_int_equal(map->entries[1].type, 2);
	assert_int_equal(map->entries[2].base + map->entries[2].length, RAM);
	tag(&entry, MULTIBOOT2_END);
}

TEST(without_an_initramfs_there_is_no_module)
{
	initramfs = (struct loader_file){0};
	struct loader_entry entry = load();
	assert_null(multiboot2_find(ram + entry.info, MULTIBOOT2_MODULE, NULL));
}

/* 4-level tables that map the first 4 GiB to themselves, checked entry by entry. */
TEST(a_start_in_long_mode)
{
	fake_vm.long_mode_start = true;
	struct loader_entry entry = load();
	assert_int_equal(entry.rip, 0xffffffff80000123);
	assert_int_equal(entry.cr3 % 4096, 0);
	for (u64 linear = 0; linear < 4ull << 30; linear += 0x200000) {
		u64 table = entry.cr3, at;
		memcpy(&at, ram + table + (linear >> 39) * 8, 8);
		assert_int_equal(at & 0xfff, 3);
		memcpy(&at, ram + (at & ~0xfffull) + (linear >> 30) * 8, 8);
		assert_int_equal(at & 0xfff, 3);
		memcpy(&at, ram + (at & ~0xfffull) + (linear >> 21 & 511) * 8, 8);
		assert_int_equal(at, linear | 0x83);
	}
}

TEST(foreign_files)
{
	static const struct {
		u32 at;
		u8 byte;
	} wrong[] = {{0, 0}, {1, 'e'}, {4, 1}, {5, 2}, {16, 3}, {18, 3}, {19, 1}};

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		set_up(NULL);
		((u8 *)&image)[wrong[i].at] = wrong[i].byte;
		refused("not an x86-64 ELF executable");
	}
	set_up(NULL);
	kernel.bytes = 63;
	refused("not an x86-64 ELF executable");
	kernel.bytes = 0;
	refused("not an x86-64 ELF executable");
}

TEST(program_headers_outside_the_file)
{
	image.elf.program_headers = sizeof(image) + 1;
	refused("program headers lie outside the file");
	image.elf.program_headers = ~0ull;
	refused("program headers lie outside the file");
	image.elf.program_headers = sizeof(image) - 111;
	refused("program headers lie outside the file");
	image.elf.program_headers = 64;
	image.elf.program_header_count = 0xffff;
	refused("program headers lie outside the file");
	image.elf.program_header_count = 2;
	image.elf.program_header_bytes = 57;
	refused("program headers lie outside the file");
}

TEST(segments_outside_the_file)
{
	static const struct elf_program_header bad[] = {
		{.type = 1, .offset = sizeof(image) + 1, .physical = KERNEL},
		{.type = 1, .offset = ~0ull, .file_bytes = 1, .memory_bytes = 1},
		{.type = 1, .offset = sizeof(image), .file_bytes = 1, .memory_bytes = 1},
		{.type = 1, .offset = 8, .file_bytes = ~0ull - 4, .memory_bytes = ~0ull},
		{.type = 1, .file_bytes = 9, .memory_bytes = 8, .physical = KERNEL},
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		image.program[1] = bad[i];
		refused("ELF segment 1 lies outside the file");
	}
}

TEST(segments_that_do_not_fit_the_guest)
{
	static const u64 places[] = {0, 0xff000, RAM - 0x7ff, RAM, 1ull << 40, ~0ull, -0x400ull};

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		image.program[0].physical = places[i];
		refused("kernel's segment 0");
		assert_non_null(
			strstr(fake_sentence, "does not fit the guest's memory of 4096 KiB"));
	}
	image.program[0].physical = KERNEL;
	image.program[0].memory_bytes = ~0ull;
	refused("kernel's segment 0");
}

TEST(overlapping_segments_stay_inside_the_guest)
{
	image.program[1] = image.program[0];
	image.program[1].physical += 16;
	struct loader_entry entry = load();
	assert_int_equal(entry.rip, KERNEL + 0x40);
}

TEST(headers_at_odd_places)
{
	static struct {
		u8 bytes[sizeof(struct image) + 8];
	} shifted;

	memcpy(&shifted, &image, sizeof(image));
	memcpy(shifted.bytes + 67, image.program, sizeof(image.program));
	((struct image *)&shifted)->elf.program_headers = 67;
	kernel.data = shifted.bytes;
	assert_int_equal(load().rip, KERNEL + 0x40);
}

TEST(what_follows_the_kernel_must_fit_too)
{
	static u8 big[RAM];

	initramfs = (struct loader_file){big, RAM - KERNEL, ""};
	refused("too small for its initramfs (2048 KiB from 204000 on)");
	initramfs.bytes = RAM - KERNEL - 0x4000;
	refused("too small for its boot information");
	initramfs.bytes = ~0ull;
	refused("too small for its initramfs");
	initramfs.bytes = RAM - KERNEL - 0x4000 - 0x2000;
	load();
	fake_vm.long_mode_start = true;
	refused("too small for its start-up page tables");
}

static void no_entry(void)
{
	refused("Multiboot2 header has no entry-address tag");
}

TEST(without_an_entry_address)
{
	image.tags[1].type = 4;
	no_entry();
	set_up(NULL);
	image.header[3]++; /* checksum */
	no_entry();
	set_up(NULL);
	image.tags[0].type = 0; /* the list ends before it */
	image.tags[0].size = 8;
	no_entry();
	set_up(NULL);
	image.header[2] = 40; /* the header ends before it */
	image.header[3] = -(image.header[0] + image.header[2]);
	no_entry();
	set_up(NULL);
	image.tags[1].value = 0;
	no_entry();
}

TEST(tag_sizes_that_lead_nowhere)
{
	static const u32 sizes[] = {0, 7, 0x7fffffff, 0xfffffff9, 0xffffffff};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		set_up(NULL);
		image.tags[0].size = sizes[i];
		no_entry();
	}
}

/* Any byte may be wrong: it loads or is refused, and nothing outside file and guest is touched. */
static void load_or_refuse(void)
{
	if (setjmp(fake_end_jump)) {
		refusals++;
		return;
	}
	load();
	loads++;
}

TEST(hostile_files)
{
	u64 seed = 10;

	for (u32 i = 0; i < 1000; i++) {
		set_up(NULL);
		for (u32 n = 0; n < 1 + i % 5; n++) {
			u32 at = (u32)(random_next(&seed) % 240);
			u8 *byte = (u8 *)&image + (at < 176 ? at : CODE_AT + at - 176);
			*byte = (u8)random_next(&seed);
		}
		kernel.bytes = i % 4 ? sizeof(image) : random_next(&seed) % sizeof(image);
		u8 *copy = malloc(kernel.bytes);
		memcpy(copy, &image, kernel.bytes);
		kernel.data = copy;
		load_or_refuse();
		free(copy);
	}
	assert_true(refusals > 50 && loads > 50);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(segments_lie_at_their_addresses),
		RUN(the_information_is_multiboot2_s),
		RUN(without_an_initramfs_there_is_no_module),
		RUN(a_start_in_long_mode),
		RUN(foreign_files),
		RUN(program_headers_outside_the_file),
		RUN(segments_outside_the_file),
		RUN(segments_that_do_not_fit_the_guest),
		RUN(overlapping_segments_stay_inside_the_guest),
		RUN(headers_at_odd_places),
		RUN(what_follows_the_kernel_must_fit_too),
		RUN(without_an_entry_address),
		RUN(tag_sizes_that_lead_nowhere),
		RUN(hostile_files),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fake_memory(0);
	return failed;
}
