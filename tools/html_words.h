/*
 * A record's words, with the numbers in them that are fields of the record taken out: what is left
 * is the same for thousands of records, and is kept once.
 */
#ifndef TOOLS_HTML_WORDS_H
#define TOOLS_HTML_WORDS_H

#include "tools/html_fields.h"
#include "tools/line.h"

/* In place of a number: one of these, then 'A' for the first field, 'B' for the second ... */
#define WORDS_HEX     '\1' /* "0x1f" */
#define WORDS_DECIMAL '\2' /* "31" */
/* Stands between a pattern's name and its words. */
#define WORDS_BREAK '\3'

/* Adds the pattern of the words. That what it stands for is these words again is a promise. */
void words_pattern(struct line *pattern, const char *words, const struct field_values *values);

/* Adds what a bar in the lanes is labelled with: a call's name, an exit's reason ... */
void words_name(struct line *line, const struct trace_record *record);

#endif
