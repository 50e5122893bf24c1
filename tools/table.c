#include <stdlib.h>
#include <string.h>

#include "tools/json.h"
#include "tools/memory.h"
#include "tools/table.h"

#define GAP         2u
#define COLUMNS_MAX 32u
#define EXACT_MAX   (1ull << 53) /* of a double's integers */

void table_start(struct table *table, const char *key, const struct table_column *columns,
                 u32 count)
{
	*table = (struct table){.key = key, .columns = columns, .count = count};
}

void table_stop(struct table *table)
{
	for (size_t i = 0; i < table->used; i++)
		free(table->cells[i].text);
	free(table->cells);
	table->cells = NULL;
	table->used = table->room = 0;
}

static void put(struct table *table, struct cell cell)
{
	table->cells = grown(table->cells, table->used + 1, &table->room, sizeof(*table->cells));
	table->cells[table->used++] = cell;
}

void table_empty(struct table *table)
{
	put(table, (struct cell){.kind = CELL_EMPTY});
}

void table_count(struct table *table, u64 number)
{
	put(table, (struct cell){.kind = CELL_COUNT, .number = number});
}

void table_real(struct table *table, double real)
{
	put(table, (struct cell){.kind = CELL_REAL, .real = real});
}

void table_percent(struct table *table, double percent)
{
	put(table, (struct cell){.kind = CELL_PERCENT, .real = percent});
}

void table_text(struct table *table, const char *text)
{
	char *copy = allocated(strdup(text));
	put(table, (struct cell){.kind = CELL_TEXT, .text = copy});
}

/* A cell as text; `words` is for numbers. */
static const char *words_of(const struct cell *cell, char words[32])
{
	switch (cell->kind) {
	case CELL_COUNT:
		snprintf(words, 32, "%llu", (unsigned long long)cell->number);
		return words;
	case CELL_REAL:
		snprintf(words, 32, "%.1f", cell->real);
		return words;
	case CELL_PERCENT:
		snprintf(words, 32, "%.2f%%", cell->real);
		return words;
	case CELL_TEXT:
		return cell->text;
	case CELL_EMPTY:
		break;
	}
	return "";
}

static u32 width_of(const struct table *table, u32 column)
{
	size_t width = strlen(table->columns[column].heading);
	char words[32];

	for (size_t i = column; i < table->used; i += table->count) {
		size_t here = strlen(words_of(&table->cells[i], words));

		width = here > width ? here : width;
	}
	return (u32)width;
}

/* What a line takes; columns of width 0 are not there. */
static u32 line_width(const u32 *widths, u32 count)
{
	u32 sum = 0;

	for (u32 i = 0; i < count; i++)
		sum += widths[i] ? widths[i] + (sum ? GAP : 0) : 0;
	return sum;
}

/* The column to go first: of those of the highest rank, the last. */
static u32 least(const struct table *table, const u32 *widths)
{
	u32 found = 0, rank = 0;

	for (u32 i = 0; i < table->count; i++)
		if (widths[i] && table->columns[i].rank && table->columns[i].rank >= rank) {
			rank = table->columns[i].rank;
			found = i;
		}
	return rank ? found : table->count;
}

/* Leaves out columns, then shortens the names, until lines fit. */
static void fit(const struct table *table, u32 *widths, u32 columns)
{
	for (u32 i = 0; i < table->count; i++)
		widths[i] = table->columns[i].flags & COLUMN_DATA ? 0 : width_of(table, i);
	while (line_width(widths, table->count) > columns) {
		u32 column = least(table, widths);

		if (column == table->count)
			break;
		widths[column] = 0;
	}
	for (u32 i = 0; i < table->count; i++) {
		u32 whole = line_width(widths, table->count);
		u32 over = whole > columns ? whole - columns : 0;

		if (table->columns[i].flags & COLUMN_LEFT && widths[i] > 8)
			widths[i] -= over < widths[i] - 8 ? over : widths[i] - 8;
	}
}

/* One line; blanks at its end are not written. */
static void print_line(FILE *out, const struct table *table, const u32 *widths,
                       const struct cell *cells)
{
	char words[32];
	u32 blanks = 0;

	for (u32 i = 0; i < table->count; i++) {
		const char *text = cells ? words_of(&cells[i], words) : table->columns[i].heading;
		u32 length = (u32)strnlen(text, widths[i]);

		if (!widths[i])
			continue;
		if (!(table->columns[i].flags & COLUMN_LEFT))
			blanks += widths[i] - length;
		if (length)
			fprintf(out, "%*s%.*s", (int)blanks, "", (int)length, text);
		blanks = length ? GAP : blanks + GAP;
		if (table->columns[i].flags & COLUMN_LEFT)
			blanks += widths[i] - length;
	}
	fputc('\n', out);
}

void table_print(FILE *out, const struct table *table, u32 columns)
{
	u32 widths[COLUMNS_MAX] = {0};

	fit(table, widths, columns);
	print_line(out, table, widths, NULL);
	for (size_t i = 0; i < table->used; i += table->count)
		print_line(out, table, widths, &table->cells[i]);
}

void json_number(FILE *out, u64 number)
{
	fprintf(out, number > EXACT_MAX ? "\"%llu\"" : "%llu", (unsigned long long)number);
}

static void cell_json(FILE *out, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_COUNT:
		json_number(out, cell->number);
		break;
	case CELL_REAL:
	case CELL_PERCENT:
		fprintf(out, "%.4f", cell->real);
		break;
	case CELL_TEXT:
		json_string(out, cell->text);
		break;
	case CELL_EMPTY:
		fputs("null", out);
		break;
	}
}

static bool in_data(const struct table *table, u32 column)
{
	return !(table->columns[column].flags & COLUMN_TEXT);
}

void table_json(FILE *out, const struct table *table)
{
	fprintf(out, "\"%s\": [", table->key);
	for (size_t row = 0; row < table->used; row += table->count) {
		const char *comma = "";

		fprintf(out, "%s\n    {", row ? "," : "");
		for (u32 i = 0; i < table->count; i++) {
			if (!in_data(table, i))
				continue;
			fprintf(out, "%s\"%s\": ", comma, table->columns[i].key);
			cell_json(out, &table->cells[row + i]);
			comma = ", ";
		}
		fputc('}', out);
	}
	fprintf(out, "%s]", table->used ? "\n  " : "");
}

static void cell_csv(FILE *out, const struct cell *cell)
{
	if (cell->kind == CELL_COUNT)
		fprintf(out, "%llu\n", (unsigned long long)cell->number);
	else if (cell->kind == CELL_TEXT) {
		csv_field(out, cell->text);
		fputc('\n', out);
	} else {
		fprintf(out, "%.4f\n", cell->real);
	}
}

void table_csv(FILE *out, const struct table *table)
{
	for (size_t row = 0; row < table->used; row += table->count)
		for (u32 i = 0; i < table->count; i++) {
			const struct cell *cell = &table->cells[row + i];

			if (!in_data(table, i) || cell->kind == CELL_EMPTY)
				continue;
			fprintf(out, "%s,%zu,%s,", table->key, row / table->count,
			        table->columns[i].key);
			cell_csv(out, cell);
		}
}
