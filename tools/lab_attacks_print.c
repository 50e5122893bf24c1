/* The matrix on a terminal of 80 columns, what follows from it, and what its marks mean. */
#include <string.h>

#include "tools/lab_attacks.h"
#include "tools/lanes_row.h"
#include "tools/trace_command.h"

#define NAME_COLUMNS 20u
#define CELL_COLUMNS 3u
#define HEAD_LINES   4u /* names stand in so many lines, each by the next column */

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"
#define DIM    "\033[2m"
#define OFF    "\033[0m"

static const char *colour_of(const char *mark)
{
	switch (mark[0]) {
	case '!':
	case 'x':
		return RED;
	case 'P':
		return GREEN;
	case '0':
		return YELLOW;
	case '-':
		return CYAN;
	default:
		return DIM;
	}
}

static void print_heads(FILE *out, const struct matrix *matrix)
{
	for (size_t row = 0; row < HEAD_LINES && row < matrix->column_count; row++) {
		struct line line = {0};

		for (size_t i = row; i < matrix->column_count; i += HEAD_LINES) {
			size_t at = NAME_COLUMNS + CELL_COLUMNS * i;

			if (line.used < at)
				line_add(&line, "%*s", (int)(at - line.used), "");
			line_add(&line, "%s", matrix->columns[i].token);
		}
		fprintf(out, "%s\n", line.text);
	}
}

static void print_row(FILE *out, const struct matrix *matrix, size_t attack, bool colour)
{
	const struct cell *off = matrix_cell(matrix, attack, 0);
	char mark[MARK_SIZE];
	size_t blanks;

	fprintf(out, "%.*s", (int)NAME_COLUMNS - 1, matrix->attacks[attack].name);
	blanks = NAME_COLUMNS - strnlen(matrix->attacks[attack].name, NAME_COLUMNS - 1);
	for (size_t i = 0; i < matrix->column_count; i++) {
		const struct cell *cell = matrix_cell(matrix, attack, i);

		cell_mark(mark, cell, i ? off : NULL);
		fprintf(out, "%*s%s%s%s", (int)blanks, "", colour ? colour_of(mark) : "", mark,
		        colour ? OFF : "");
		blanks = CELL_COLUMNS - text_columns(mark);
	}
	fputc('\n', out);
}

static void print_legend(FILE *out)
{
	fputs("\n  !   succeeded: it showed the secret that this run planted\n"
	      "  P   stopped by the processor       0   by ring 0       -1  by ring -1\n"
	      "  .   as with all off                †   the machine ended there\n"
	      "  f   failed, nobody refused it      x   claims success without proof\n"
	      "  ?   not measured, or the trace does not show what the program says\n",
	      out);
}

/* Names behind a label, those of attacks for which `is` says so. */
typedef bool attack_test(const struct matrix *matrix, size_t attack, size_t column);

static void print_attacks(FILE *out, const struct matrix *matrix, const char *label,
                          attack_test *is, size_t column)
{
	struct line names = {0};

	for (size_t i = 0; i < matrix->attack_count; i++)
		if (is(matrix, i, column))
			line_add(&names, "%s%s", names.used ? ", " : "", matrix->attacks[i].name);
	add_undecided(&names, matrix, column);
	print_wrapped(out, label, names.text);
}

static bool succeeds(const struct matrix *matrix, size_t attack, size_t column)
{
	return matrix_cell(matrix, attack, column)->outcome == OUTCOME_SUCCEEDED;
}

static bool is_stopped(const struct matrix *matrix, size_t attack, size_t column)
{
	enum outcome outcome = matrix_cell(matrix, attack, column)->outcome;

	return outcome == OUTCOME_STOPPED || outcome == OUTCOME_FAILED;
}

static void print_alone(FILE *out, const struct matrix *matrix)
{
	char label[64];

	fputs("\nWhat each mitigation stops alone, of what succeeds with all off:\n", out);
	for (size_t i = 0; i < matrix->column_count; i++) {
		if (!matrix->columns[i].on)
			continue;
		snprintf(label, sizeof(label), "  %-22.40s", matrix->columns[i].name);
		print_attacks(out, matrix, label, is_decisive, i);
	}
}

static void print_ends(FILE *out, const struct matrix *matrix)
{
	struct line summary = {0};

	add_summary(&summary, matrix);
	fprintf(out, "%s\n", summary.text);
	print_attacks(out, matrix, "No success with all off: ", is_stopped, 0);
	for (size_t i = 0; i < matrix->column_count; i++)
		if (matrix->columns[i].all)
			print_attacks(out, matrix, "Success with all on:     ", succeeds, i);
}

static bool has_reason(const struct matrix *matrix, size_t attack, size_t column, const char *why)
{
	return is_undecided(matrix_cell(matrix, attack, column)) &&
	       !strcmp(matrix_cell(matrix, attack, column)->why, why);
}

#define NAMES_MOST 6u

/* Names between commas, or how many, where that is too much to read. */
static void add_names(struct line *line, const char *const *names, size_t count, const char *what)
{
	if (count > NAMES_MOST)
		line_add(line, "%zu %s", count, what);
	for (size_t i = 0; count <= NAMES_MOST && i < count; i++)
		line_add(line, "%s%s", i ? ", " : "", names[i]);
}

/* All cells of one reason: which attacks, in which columns. */
static void print_reason(FILE *out, const struct matrix *matrix, const char *why)
{
	const char *attacks[NAMES_MOST], *columns[NAMES_MOST];
	size_t attack_count = 0, column_count = 0;
	struct line label = {0};

	for (size_t attack = 0; attack < matrix->attack_count; attack++) {
		bool found = false;

		for (size_t i = 0; i < matrix->column_count; i++)
			found |= has_reason(matrix, attack, i, why);
		if (found && attack_count++ < NAMES_MOST)
			attacks[attack_count - 1] = matrix->attacks[attack].name;
	}
	for (size_t column = 0; column < matrix->column_count; column++) {
		bool found = false;

		for (size_t i = 0; i < matrix->attack_count; i++)
			found |= has_reason(matrix, i, column, why);
		if (found && column_count++ < NAMES_MOST)
			columns[column_count - 1] = matrix->columns[column].token;
	}
	add_names(&label, attacks, attack_count, "attacks");
	line_add(&label, " (");
	add_names(&label, columns, column_count, "columns");
	fprintf(out, "  %s): %s\n", label.text, why);
}

/* Whether a cell before this one, row by row, has said the same. */
static bool is_said(const struct matrix *matrix, size_t cell)
{
	for (size_t i = 0; i < cell; i++)
		if (has_reason(matrix, i / matrix->column_count, i % matrix->column_count,
		               matrix->cells[cell].why))
			return true;
	return false;
}

static void print_open(FILE *out, const struct matrix *matrix)
{
	const char *title = "\nCells that show neither success nor why it came to nothing:\n";

	for (size_t i = 0; i < matrix->attack_count * matrix->column_count; i++) {
		if (!is_undecided(&matrix->cells[i]) || is_said(matrix, i))
			continue;
		fputs(title, out);
		print_reason(out, matrix, matrix->cells[i].why);
		title = "";
	}
}

static void print_triple(FILE *out, const struct matrix *matrix, const struct triple *triple)
{
	for (enum mechanism m = 0; m < MECHANISMS; m++) {
		const struct cell *cell;

		if (!triple->by[m].found) {
			fprintf(out, "    %s: no cell of this run shows it\n", mechanism_words[m]);
			continue;
		}
		cell = matrix_cell(matrix, triple->by[m].attack, triple->by[m].column);
		fprintf(out, "    %s: %s, %s\n", mechanism_words[m],
		        matrix->attacks[triple->by[m].attack].name,
		        matrix->columns[triple->by[m].column].name);
		if (cell->line_count)
			print_wrapped(out, "      ",
			              cell->lines[cell->proving] +
			                      strspn(cell->lines[cell->proving], " "));
	}
}

static void print_triples(FILE *out, const struct matrix *matrix)
{
	struct triple triples[ACCESS_KINDS];

	matrix_triples(matrix, triples);
	fputs("\nThe same access, refused by three mechanisms (trace lines):\n", out);
	for (u32 i = 0; i < ACCESS_KINDS; i++) {
		fprintf(out, "  %s\n", access_words[i]);
		print_triple(out, matrix, &triples[i]);
	}
}

void matrix_print(FILE *out, const struct matrix *matrix, bool colour)
{
	fprintf(out, "Attacks under mitigations, measured on\n%s\n\n", matrix->machine);
	print_ends(out, matrix);
	fputc('\n', out);
	print_heads(out, matrix);
	for (size_t i = 0; i < matrix->attack_count; i++)
		print_row(out, matrix, i, colour);
	print_legend(out);
	print_alone(out, matrix);
	print_triples(out, matrix);
	print_open(out, matrix);
}
