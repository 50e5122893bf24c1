/*
 * Who gets which frame: the boot information and the modules stay where they are, nothing is handed
 * out twice, and what is handed out is zeroed. The machine's RAM is a piece of the host's, as ring -1
 * sees physical memory at its own addresses.
 *
 * Sources: hv/memory.c
 */
#include <sys/mman.h>
#include "tests/unit/unit.h"
#include "abi/boot.h"
#include "hv/memory.h"

#define RAM   0x20000000ull
#define BYTES (16ull << 20)
#define DIRTY 0xa5

u8 image_start[1], image_end[1]; /* beyond the RAM */

static const struct range {
	u64 start, end;
} modules[] = {
	{RAM + 0x300000, RAM + 0x400123},
	{RAM + 0x401000, RAM + 0x401001},
	{RAM + 0x800000, RAM + 0x900000},
};

struct information {
	u32 bytes, reserved;
	struct {
		struct multiboot2_tag tag;
		u32 entry_size, entry_version;
		struct multiboot2_memory_entry entries[2];
	} map;
	struct {
		u32 type, size, start, end;
	} module[ARRAY_SIZE(modules)];
	struct multiboot2_tag end;
};

/* The boot information lies where the first page would be taken. */
static void boot(void)
{
	struct information *info = (void *)RAM;

	if (mmap((void *)RAM, BYTES, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)RAM)
		fail_msg("the host has no room for the test's RAM");
	memset(info, DIRTY, BYTES);
	*info = (struct information){
		.bytes = sizeof(*info),
		.map = {{MULTIBOOT2_MEMORY_MAP, sizeof(info->map)},
	                sizeof(struct multiboot2_memory_entry),
	                0,
	                {{RAM, BYTES, MULTIBOOT2_RAM, 0}, {RAM + BYTES, BYTES, 2, 0}}},
		.end = {MULTIBOOT2_END, 8},
	};
	for (u32 i = 0; i < ARRAY_SIZE(modules); i++) {
		info->module[i].type = MULTIBOOT2_MODULE;
		info->module[i].size = sizeof(info->module[i]);
		info->module[i].start = (u32)modules[i].start;
		info->module[i].end = (u32)modules[i].end;
	}
	memory_init(info);
}

/* Zeroed, aligned, in the RAM; filled, so that it would be seen if somebody got it again. */
static void is_given(u64 at, u64 bytes, u64 align)
{
	assert_true(at >= RAM && at + bytes <= RAM + BYTES && at % align == 0);
	for (u64 i = 0; i < bytes; i++)
		assert_int_equal(*(u8 *)(at + i), 0);
	memset((void *)at, DIRTY, bytes);
	for (u32 i = 0; i < ARRAY_SIZE(modules); i++)
		assert_true(at + bytes <= modules[i].start || modules[i].end <= at);
	assert_true(at >= RAM + sizeof(struct information));
}

TEST(nothing_is_given_that_is_taken)
{
	u64 start[32], bytes[32], largest = memory_largest_free();
	u32 count = 0;

	boot();
	largest = memory_largest_free();
	assert_int_equal(largest, 7ull << 20); /* behind the last module */
	start[count] = memory_allocate_guest(largest, 1 << 20);
	is_given(start[count], largest, 1 << 20);
	bytes[count++] = largest;
	for (u64 size = 1 << 20; size >= PAGE_BYTES && count < ARRAY_SIZE(start);) {
		u64 at = memory_allocate(size, PAGE_BYTES);
		if (at) {
			is_given(at, size, PAGE_BYTES);
			start[count] = at;
			bytes[count++] = size;
		} else {
			size /= 2;
		}
	}
	assert_true(count > 8);
	assert_int_equal(memory_allocate(BYTES, PAGE_BYTES), 0);
	for (u32 i = 0; i < count; i++)
		for (u32 j = 0; j < i; j++)
			assert_true(start[i] + bytes[i] <= start[j] ||
			            start[j] + bytes[j] <= start[i]);
	for (u64 i = modules[0].start; i < modules[0].end; i++)
		assert_int_equal(*(u8 *)i, DIRTY);
}

TEST(the_guest_s_ram_is_told_from_ring_minus_1_s)
{
	const struct memory_range *taken;
	u64 guest = 0, own = 0;

	for (u32 i = 0; (taken = memory_taken(i)); i++)
		if (taken->start >= RAM && taken->end <= RAM + BYTES)
			*(taken->guest ? &guest : &own) += taken->end - taken->start;
	assert_int_equal(guest, 7ull << 20);
	/* Whole pages of information and modules, and what was allocated. */
	assert_int_equal(own, memory_allocated() - guest + 0x1000 + 0x101000 + 0x1000 + 0x100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_given_that_is_taken),
		cmocka_unit_test(the_guest_s_ram_is_told_from_ring_minus_1_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
