/*
 * A small printf: what reports and logs need, no floating point, no allocation. Apart from
 * string.c, whose names are the C library's, so that a host's tests can link this alone.
 */
#include "lib/string.h"

struct output {
	char *to;
	size_t bytes;
	size_t length;
};

struct conversion {
	bool left;
	char pad;
	size_t width;
	size_t precision;
	bool precision_given; /* as an argument: "*" */
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->bytes)
		out->to[out->length] = c;
	out->length++;
}

static void put_padded(struct output *out, const char *text, size_t n, const struct conversion *how)
{
	size_t pad = how->width > n ? how->width - n : 0;

	for (size_t i = 0; !how->left && i < pad; i++)
		put(out, how->pad);
	for (size_t i = 0; i < n; i++)
		put(out, text[i]);
	for (size_t i = 0; how->left && i < pad; i++)
		put(out, ' ');
}

static void put_number(struct output *out, u64 value, u32 base, bool negative,
                       const struct conversion *how)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	struct conversion rest = *how;
	if (negative && how->pad == '0') { /* the sign stands before the zeros */
		put(out, '-');
		rest.width -= rest.width > 0;
	} else if (negative) {
		digits[--at] = '-';
	}
	put_padded(out, digits + at, sizeof(digits) - at, &rest);
}

static size_t number(const char **pattern)
{
	size_t n = 0;

	for (; **pattern >= '0' && **pattern <= '9'; (*pattern)++)
		n = n * 10 + (size_t)(**pattern - '0');
	return n;
}

static struct conversion parse(const char **pattern)
{
	struct conversion how = {.pad = ' ', .precision = SIZE_MAX};

	if (**pattern == '-') {
		how.left = true;
		(*pattern)++;
	}
	if (**pattern == '0') {
		how.pad = '0';
		(*pattern)++;
	}
	how.width = number(pattern);
	if (**pattern == '.') {
		(*pattern)++;
		how.precision_given = **pattern == '*';
		*pattern += how.precision_given;
		if (!how.precision_given)
			how.precision = number(pattern);
	}
	return how;
}

static void put_text(struct output *out, const char *text, const struct conversion *how)
{
	size_t n = 0;

	while (n < how->precision && text[n])
		n++;
	put_padded(out, text, n, how);
}

size_t format_list(char *to, size_t bytes, const char *pattern, va_list list)
{
	struct output out = {.to = to, .bytes = bytes};

	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			put(&out, *pattern);
			continue;
		}
		pattern++;
		struct conversion how = parse(&pattern);
		if (how.precision_given)
			how.precision = (size_t)va_arg(list, int);
		bool wide = false;
		for (; *pattern == 'l' || *pattern == 'z'; pattern++)
			wide = true;
		if (*pattern == 'd') {
			s64 value = wide ? va_arg(list, s64) : va_arg(list, int);
			put_number(&out, value < 0 ? -(u64)value : (u64)value, 10, value < 0, &how);
		} else if (*pattern == 'u' || *pattern == 'x') {
			u64 value = wide ? va_arg(list, u64) : va_arg(list, unsigned);
			put_number(&out, value, *pattern == 'x' ? 16 : 10, false, &how);
		} else if (*pattern == 's') {
			put_text(&out, va_arg(list, const char *), &how);
		} else if (*pattern == 'c') {
			put(&out, (char)va_arg(list, int));
		} else if (*pattern) {
			put(&out, *pattern);
		} else { /* a pattern cut inside a conversion */
			break;
		}
	}
	if (bytes)
		to[out.length < bytes ? out.length : bytes - 1] = 0;
	return out.length;
}

size_t format(char *to, size_t bytes, const char *pattern, ...)
{
	va_list list;

	va_start(list, pattern);
	size_t length = format_list(to, bytes, pattern, list);
	va_end(list);
	return length;
}

void copy_text(char *to, size_t bytes, const char *text)
{
	size_t i = 0;

	for (; i + 1 < bytes && text[i]; i++)
		to[i] = text[i];
	for (; i < bytes; i++)
		to[i] = 0;
}
