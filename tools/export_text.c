#include "tools/export.h"

void export_words(FILE *out, const char *words)
{
	fputs_unlocked(words, out);
}

static void put_digits(FILE *out, u64 number, u64 base)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	fwrite_unlocked(digits + at, 1, sizeof(digits) - at, out);
}

void export_number(FILE *out, u64 number)
{
	put_digits(out, number, 10);
}

void export_signed(FILE *out, s64 number)
{
	if (number < 0)
		putc_unlocked('-', out);
	put_digits(out, number < 0 ? -(u64)number : (u64)number, 10);
}

void export_hex(FILE *out, u64 number)
{
	export_words(out, "0x");
	put_digits(out, number, 16);
}
