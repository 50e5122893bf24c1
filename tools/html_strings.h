/*
 * Texts that are kept once however often they occur, by number from 0 in the order of their first
 * occurrence. The one part of `report` that grows with what a trace says.
 */
#ifndef TOOLS_HTML_STRINGS_H
#define TOOLS_HTML_STRINGS_H

#include <stdio.h>

#include "abi/types.h"

struct strings {
	char *bytes; /* all of them, each with its NUL */
	size_t used, room;
	size_t *starts; /* by number */
	size_t count, start_room;
	u32 *table; /* a hash table of number + 1; 0: empty */
	size_t table_room;
};

/* The number of a text of so many bytes, or up to its NUL if that comes before. */
u32 strings_number(struct strings *strings, const char *text, size_t size);

/* All of them as a JSON array. */
void strings_print_json(FILE *out, const struct strings *strings);

void strings_free(struct strings *strings);

#endif
