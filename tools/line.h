/*
 * A line of text of bounded length, put together piece by piece; what does not fit is cut.
 */
#ifndef TOOLS_LINE_H
#define TOOLS_LINE_H

#include <stdio.h>

#include "abi/types.h"

struct line {
	size_t used;
	char text[1024];
};

void line_clear(struct line *line);
void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* 1234567 as "1,234,567". */
void line_add_number(struct line *line, u64 number);

/* NUL-padded text of a record: control characters and bytes that are no ASCII become dots. */
void line_add_text(struct line *line, const char *text, size_t size);

/* Bytes as C writes them between quotes; "..." behind them if there are more. */
void line_add_quoted(struct line *line, const char *bytes, size_t size, bool more);

/* Blanks up to that column, at least one if the line is not empty. */
void line_pad(struct line *line, size_t column);

/* Whether lines there may have colours: it is a terminal, and neither NO_COLOR nor TERM=dumb says no. */
bool lines_coloured(FILE *out);

#endif
