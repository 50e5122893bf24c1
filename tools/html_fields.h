/*
 * The fields of every event's record, from the table in abi/events.h: as numbers, and as a
 * description that the page shows them by.
 */
#ifndef TOOLS_HTML_FIELDS_H
#define TOOLS_HTML_FIELDS_H

#include <stdio.h>

#include "abi/events.h"

#define FIELDS_MAX 16u /* numbers, or texts, in one record */

/* A record taken apart; what is hidden is left out. */
struct field_values {
	u32 numbers;
	u64 number[FIELDS_MAX]; /* a negative one has its sign extended */
	u32 texts;
	const char *text[FIELDS_MAX]; /* in the record, perhaps without a NUL */
	size_t bytes[FIELDS_MAX];
};

void fields_read(struct field_values *values, const struct trace_record *record);

/*
 * An object by event id: {"1": {"name", "tier", "phase", "about", "fields": [[name, display,
 * sentence], ...], "texts": [[name, sentence], ...]}, ...}.
 */
void fields_print_json(FILE *out);

#endif
