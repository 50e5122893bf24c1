/*
 * A report's figures as tables that can be written three ways from one source: as text whose
 * columns fit the reader's terminal, as JSON, and as CSV. Promise: a line of text is never wider
 * than asked for; columns that matter less are left out first.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stdio.h>

#include "abi/types.h"

enum cell_kind { CELL_EMPTY, CELL_COUNT, CELL_REAL, CELL_PERCENT, CELL_TEXT };

enum column_flags {
	COLUMN_LEFT = 1, /* text is aligned to the left, and cut if it has to be */
	COLUMN_TEXT = 2, /* only in the text */
	COLUMN_DATA = 4, /* only in JSON and CSV */
};

struct table_column {
	const char *key;     /* in JSON and CSV; never changes */
	const char *heading; /* in the text */
	u8 rank;             /* 0: always there; the highest are left out first */
	u8 flags;
};

struct cell {
	enum cell_kind kind;
	u64 number;
	double real;
	char *text;
};

struct table {
	const char *key;
	const struct table_column *columns;
	u32 count;
	struct cell *cells; /* row by row */
	size_t used;
	size_t room;
};

/* Memory is freed by table_stop. */
void table_start(struct table *table, const char *key, const struct table_column *columns,
                 u32 count);
void table_stop(struct table *table);

/* The next cell, from left to right, row by row. */
void table_empty(struct table *table);
void table_count(struct table *table, u64 number);
void table_real(struct table *table, double real);
void table_percent(struct table *table, double percent);
void table_text(struct table *table, const char *text);

/* Text in lines of at most so many columns, heading first. */
void table_print(FILE *out, const struct table *table, u32 columns);

/* `"key": [{...}, ...]`: numbers that a double does not hold become strings, empty cells null. */
void table_json(FILE *out, const struct table *table);

/* Lines `table,row,figure,value`; empty cells are left out. */
void table_csv(FILE *out, const struct table *table);

/* A number in JSON: as it is up to 2^53, else a string. */
void json_number(FILE *out, u64 number);

#endif
