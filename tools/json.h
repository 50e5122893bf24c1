/*
 * Strings in JSON and CSV, for text that may come from a trace: whatever its bytes are, what is
 * written is ASCII and parses.
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdio.h>

#include "abi/types.h"

/* NUL-padded text as a JSON string, quotes included; other bytes than ASCII become \u00XX. */
void json_text(FILE *out, const char *text, size_t size);

/* The same for bytes that may be NUL too. */
void json_bytes(FILE *out, const char *text, size_t size);

/* The same for a NUL-terminated string. */
void json_string(FILE *out, const char *text);

/* A member of an object behind `before`: a brace, a comma, white space. */
void json_member(FILE *out, const char *before, const char *name, const char *text);

/* One CSV field: in quotes if it has to be, as RFC 4180 has it. */
void csv_field(FILE *out, const char *text);

#endif
