#include "guest/initramfs.h"
#include "lib/string.h"

#define HEADER_BYTES 110u /* magic and 13 numbers of 8 hexadecimal digits */
#define MAGIC        "070701"
#define TRAILER      "TRAILER!!!"

enum field { MODE = 1, FILE_BYTES = 6, NAME_BYTES = 11 };

static bool number(const u8 *header, enum field field, u32 *value)
{
	const u8 *digits = header + 6 + 8 * field;

	*value = 0;
	for (u32 i = 0; i < 8; i++) {
		u8 c = digits[i] | 0x20;
		u32 digit = c >= '0' && c <= '9'   ? (u32)c - '0'
		            : c >= 'a' && c <= 'f' ? (u32)c - 'a' + 10
		                                   : 16;
		if (digit == 16)
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

static u64 align4(u64 n)
{
	return (n + 3) & ~3ull;
}

bool archive_next(const struct archive *archive, u64 *at, struct archive_file *file,
                  const char **broken)
{
	u32 name_bytes, file_bytes;

	*broken = NULL;
	if (*at > archive->bytes || archive->bytes - *at < HEADER_BYTES) {
		*broken = "the initramfs ends without its trailer";
		return false;
	}
	const u8 *header = archive->data + *at;
	if (memcmp(header, MAGIC, 6) != 0) {
		*broken = "the initramfs is not a cpio archive of the newc kind (070701)";
		return false;
	}
	if (!number(header, MODE, &file->mode) || !number(header, FILE_BYTES, &file_bytes) ||
	    !number(header, NAME_BYTES, &name_bytes)) {
		*broken = "the initramfs has a header with a bad number";
		return false;
	}
	u64 data = *at + align4(HEADER_BYTES + (u64)name_bytes);
	u64 next = data + align4(file_bytes);
	if (!name_bytes || data > archive->bytes || file_bytes > archive->bytes - data ||
	    header[HEADER_BYTES + name_bytes - 1]) {
		*broken = "the initramfs has a file that reaches beyond its end";
		return false;
	}
	file->name = (const char *)header + HEADER_BYTES;
	file->data = archive->data + data;
	file->bytes = file_bytes;
	*at = next;
	return strcmp(file->name, TRAILER) != 0;
}
