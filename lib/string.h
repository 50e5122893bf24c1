/*
 * Memory and text for freestanding code. The first five have the C library's names and meanings
 * because the compiler calls them; the rest never write past what they are told.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdarg.h>
#include "abi/types.h"

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t bytes);

/* Copies text into to[bytes], cut to fit, padded with NULs to the end. */
void copy_text(char *to, size_t bytes, const char *text);

/*
 * Formats into to[bytes], always NUL-terminated if bytes > 0. Returns the length that would have
 * been written. Knows %d %u %x %c %s %% with widths, '-', '0' and precision for %s, and the sizes l
 * and z.
 */
size_t format(char *to, size_t bytes, const char *pattern, ...)
	__attribute__((format(printf, 3, 4)));
size_t format_list(char *to, size_t bytes, const char *pattern, va_list list);

#endif
