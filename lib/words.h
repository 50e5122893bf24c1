/*
 * Command lines as ring -1 and the guest kernel get them: words separated by spaces, NAME or
 * NAME=VALUE. Nothing here writes or allocates; values are pieces of the line itself.
 */
#ifndef LIB_WORDS_H
#define LIB_WORDS_H

#include "lib/items.h"

/* The next word at or after *line, moving *line behind it; .text is NULL at the end. */
struct piece next_word(const char **line);

/*
 * The value of NAME=VALUE in line before a word "--"; .length 0 for a bare NAME; .text NULL if
 * absent.
 */
struct piece word_value(const char *line, const char *name);

/* True if piece is exactly text. */
bool piece_is(struct piece piece, const char *text);

/* True if a comma-separated list holds the item. */
bool list_holds(struct piece list, const char *item);

/* Decimal number with an optional K, M or G; false if piece is not one. */
bool parse_size(struct piece piece, u64 *value);

/* Hexadecimal digits alone; false, value untouched, if piece is no such number of at most 64 bits. */
bool parse_hex(struct piece piece, u64 *value);

/* Three hexadecimal numbers A:B:C into masks[3]; false, masks untouched, if piece is not that. */
bool parse_events(struct piece piece, u32 masks[3]);

#endif
