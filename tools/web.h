/*
 * The labs' pages: one HTML file each, nothing fetched, readable with scripts off, light or dark as the
 * reader's browser asks. Text is escaped; a tag is written only by the functions here.
 */
#ifndef TOOLS_WEB_H
#define TOOLS_WEB_H

#include <stdio.h>

#include "abi/types.h"

/* Everything up to the first section. `lead` is a paragraph. */
void web_begin(FILE *out, const char *title, const char *lead);
void web_end(FILE *out);

/* A heading with an anchor; the page's contents list them by itself. */
void web_section(FILE *out, const char *id, const char *title);
void web_paragraph(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void web_text(FILE *out, const char *text);
void web_preformatted(FILE *out, const char *text);

/* A table that scrolls in itself, its first row and column standing still. */
void web_table_begin(FILE *out, const char *caption);
/* The same for marks of a character or two under many columns, whose heads stand upright. */
void web_matrix_begin(FILE *out, const char *caption);
void web_row_begin(FILE *out);
void web_heading(FILE *out, const char *text,
                 const char *title); /* a column's; title on hover or "" */
/* A row of these, up to a NULL. */
void web_headings(FILE *out, const char *const *texts);
/*
 * A cell: `kind` is its look (good bad warn info none, or text for prose), `link` an anchor "#id" or
 * NULL, title on hover.
 */
void web_cell(FILE *out, const char *kind, const char *link, const char *title, const char *text);
void web_number(FILE *out, const char *kind, u64 number); /* "1,234,567" */
void web_row_end(FILE *out);
void web_table_end(FILE *out);

/* What marks and colours mean, in a row: `kind` as a cell's. */
void web_keys_begin(FILE *out);
void web_key(FILE *out, const char *kind, const char *mark, const char *meaning);
void web_keys_end(FILE *out);

/* Lines as they are, one of them pointed out, if there is such a one. */
void web_lines(FILE *out, char *const *lines, size_t count, size_t marked);

/* Short items, each with an anchor of its own and something for the reader's shell, or NULL. */
void web_list_begin(FILE *out);
void web_item(FILE *out, const char *id, const char *text, const char *command);
void web_list_end(FILE *out);

/* A line for the reader's shell. */
void web_command(FILE *out, const char *text);

/* What opens on a click, with an anchor of its own. */
void web_details_begin(FILE *out, const char *id, const char *summary);
void web_details_end(FILE *out);

#endif
