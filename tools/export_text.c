#include "tools/export.h"

void export_words(FILE *out, const char *words)
{
	fputs_unlocked(words, out);
}

void export_number(FILE *out, u64 number)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, out);
}

void export_signed(FILE *out, s64 number)
{
	if (number < 0)
		putc_unlocked('-', out);
	export_number(out, number < 0 ? -(u64)number : (u64)number);
}

void export_hex(FILE *out, u64 number)
{
	char digits[18];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number);
	digits[--at] = 'x';
	digits[--at] = '0';
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, out);
}
