/*
 * The initramfs: its files in their order, and archives that are cut off or
 * damaged, which must be refused in a sentence and never read beyond their end.
 *
 * Sources: guest/initramfs.c
 */
#include "tests/unit/unit.h"
#include "guest/initramfs.h"

static u8 buffer[4096];
static size_t used;

static void add(const char *name, u32 mode, const char *content)
{
	size_t bytes = strlen(content), name_bytes = strlen(name) + 1;

	used += (size_t)sprintf(
		(char *)buffer + used, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		7u, mode, 0u, 0u, 1u, 0u, (u32)bytes, 0u, 0u, 0u, 0u, (u32)name_bytes, 0u);
	memcpy(buffer + used, name, name_bytes);
	used = (used + name_bytes + 3) & ~(size_t)3;
	memcpy(buffer + used, content, bytes);
	used = (used + bytes + 3) & ~(size_t)3;
}

static struct archive make(void)
{
	memset(buffer, 0, sizeof(buffer));
	used = 0;
	add("bin", MODE_DIRECTORY | 0755, "");
	add("bin/hello", MODE_REGULAR | 0755, "HELLO");
	add("./etc/motd", MODE_REGULAR | 0644, "Welcome.");
	add("TRAILER!!!", 0, "");
	return (struct archive){buffer, used};
}

/* Steps through all of it in memory that ends where the archive does, so that ASan sees. */
static const char *walk(const u8 *data, size_t bytes)
{
	u8 *exact = malloc(bytes ? bytes : 1);
	struct archive archive = {exact, bytes};
	struct archive_file file;
	const char *broken;
	u64 sum = 0;

	memcpy(exact, data, bytes);
	for (u64 at = 0; archive_next(&archive, &at, &file, &broken);)
		for (u64 i = 0; i < file.bytes + strlen(file.name); i++)
			sum += i < file.bytes ? file.data[i] : 1;
	free(exact);
	assert_true(sum < UINT64_MAX);
	return broken;
}

TEST(lists_files)
{
	static const char *const names[] = {"bin", "bin/hello", "./etc/motd"};
	struct archive archive = make();
	struct archive_file file;
	const char *broken;
	u64 at = 0;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(archive_next(&archive, &at, &file, &broken));
		assert_string_equal(file.name, names[i]);
		assert_int_equal(file.mode & MODE_TYPE, i ? MODE_REGULAR : MODE_DIRECTORY);
		if (i == 1)
			assert_memory_equal(file.data, "HELLO", file.bytes);
	}
	assert_false(archive_next(&archive, &at, &file, &broken));
	assert_null(broken);
}

TEST(cut_off)
{
	struct archive archive = make();

	assert_null(walk(buffer, archive.bytes));
	for (size_t bytes = 0; bytes + 4 < archive.bytes; bytes++)
		assert_non_null(walk(buffer, bytes));
}

TEST(foreign)
{
	u8 zeros[512] = {0};

	assert_non_null(walk(zeros, sizeof(zeros)));
	assert_non_null(walk((const u8 *)"070702", 6));
}

TEST(random_damage)
{
	u64 seed = 1;

	for (u32 round = 0; round < 50000; round++) {
		struct archive archive = make();
		for (u32 i = 0; i < 3; i++) {
			u64 r = random_next(&seed);
			buffer[r % archive.bytes] = (u8)(r >> 32);
		}
		walk(buffer, archive.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_files),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(foreign),
		cmocka_unit_test(random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
