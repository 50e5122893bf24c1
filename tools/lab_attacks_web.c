/* The matrix as a page: a table whose cells lead to what proves each, then all that is known of it. */
#include <string.h>

#include "tools/lab_attacks.h"
#include "tools/names.h"
#include "tools/web.h"

typedef unsigned long long ull;

#define ID_SIZE 96

static void cell_id(char id[ID_SIZE], const struct matrix *matrix, size_t attack, size_t column)
{
	snprintf(id, ID_SIZE, "%.47s-%.47s", matrix->attacks[attack].token,
	         matrix->columns[column].token);
}

static const char *kind_of(const struct cell *cell, bool as_off)
{
	if (as_off)
		return "none";
	switch (cell->outcome) {
	case OUTCOME_SUCCEEDED:
	case OUTCOME_FALSE_CLAIM:
		return "bad";
	case OUTCOME_STOPPED:
		return cell->stopper == STOPPER_PROCESSOR ? "good"
		       : cell->stopper == STOPPER_RING0   ? "warn"
		                                          : "info";
	default:
		return "none";
	}
}

static void put_link(FILE *out, const struct matrix *matrix, size_t attack, size_t column,
                     const char *text)
{
	const struct cell *cell = matrix_cell(matrix, attack, column);
	char id[ID_SIZE];
	struct line title = {0};

	cell_id(id, matrix, attack, column);
	line_add(&title, "%s, %s: ", matrix->attacks[attack].name, matrix->columns[column].name);
	verdict_text(&title, cell);
	web_cell(out, kind_of(cell, !strcmp(text, "·")), id, title.text, text);
}

static void put_mark(FILE *out, const struct matrix *matrix, size_t attack, size_t column)
{
	const struct cell *cell = matrix_cell(matrix, attack, column);
	char mark[MARK_SIZE];

	cell_mark(mark, cell, column ? matrix_cell(matrix, attack, 0) : NULL);
	put_link(out, matrix, attack, column, strcmp(mark, ".") ? mark : "·");
}

static void put_legend(FILE *out)
{
	web_keys_begin(out);
	web_key(out, "bad", "!", "succeeded, with the proof");
	web_key(out, "good", "P", "stopped by the processor");
	web_key(out, "warn", "0", "stopped by ring 0, the guest kernel");
	web_key(out, "info", "-1", "stopped by ring -1, the hypervisor");
	web_key(out, "none", "·", "as with all off");
	web_key(out, "none", "f", "came to nothing, nobody refused anything");
	web_key(out, "bad", "x", "claims success without proof");
	web_key(out, "none", "?", "not measured, or program and trace do not agree");
	web_key(out, "none", "†", "behind a mark: the machine ended there");
	web_keys_end(out);
}

static void put_matrix(FILE *out, const struct matrix *matrix)
{
	struct line summary = {0};

	add_summary(&summary, matrix);
	web_section(out, "matrix", "The matrix");
	web_paragraph(out, "%s", summary.text);
	web_paragraph(out,
	              "Attacks down, mitigations across: all off, each alone on, all on. A cell "
	              "leads to the trace lines that prove it.");
	put_legend(out);
	web_matrix_begin(out, "Who stops which attack");
	web_row_begin(out);
	web_heading(out, "attack", "");
	for (size_t i = 0; i < matrix->column_count; i++)
		web_heading(out, matrix->columns[i].token, matrix->columns[i].name);
	web_row_end(out);
	for (size_t attack = 0; attack < matrix->attack_count; attack++) {
		const struct attack_kind *kind = &matrix->attacks[attack];

		web_row_begin(out);
		web_cell(out, "none", kind->token, kind->what, kind->name);
		for (size_t column = 0; column < matrix->column_count; column++)
			put_mark(out, matrix, attack, column);
		web_row_end(out);
	}
	web_table_end(out);
}

/* The names of attacks for which the column is decisive. */
static void add_stopped(struct line *line, const struct matrix *matrix, size_t column)
{
	const char *before = "";

	for (size_t attack = 0; attack < matrix->attack_count; attack++) {
		if (!is_decisive(matrix, attack, column))
			continue;
		line_add(line, "%s%s", before, matrix->attacks[attack].name);
		before = ", ";
	}
}

static void add_words(struct line *line, const struct mitigation_kind *kind)
{
	line_add(line, "%s turns it %s%s", kind->on[0] ? kind->on : kind->off,
	         kind->on[0] ? "on" : "off", kind->hypervisor ? ", on ring -1's line" : "");
}

static void put_mitigations(FILE *out, const struct matrix *matrix)
{
	static const char *const headings[] = {"mitigation", "what it does", "its word",
	                                       "stops alone", NULL};

	web_section(out, "alone", "What each mitigation stops alone");
	web_table_begin(out, "Attacks that succeed with all off and do not with it");
	web_headings(out, headings);
	for (size_t i = 0; i < matrix->column_count; i++) {
		struct line stopped = {0}, words = {0};

		if (!matrix->columns[i].on)
			continue;
		add_stopped(&stopped, matrix, i);
		add_undecided(&stopped, matrix, i);
		add_words(&words, matrix->columns[i].on);
		web_row_begin(out);
		web_cell(out, "none", NULL, "", matrix->columns[i].name);
		web_cell(out, "text", NULL, "", matrix->columns[i].what);
		web_cell(out, "text", NULL, "", words.text);
		web_cell(out, "text", NULL, "", stopped.text);
		web_row_end(out);
	}
	web_table_end(out);
}

/* The proving lines below each other, so that what is alike and what is not can be seen. */
static void put_triple_lines(FILE *out, const struct matrix *matrix, u32 kind,
                             const struct triple *triple)
{
	char *lines[MECHANISMS];
	size_t count = 0;

	for (enum mechanism m = 0; m < MECHANISMS; m++) {
		const struct cell *cell;

		if (!triple->by[m].found)
			continue;
		cell = matrix_cell(matrix, triple->by[m].attack, triple->by[m].column);
		if (cell->line_count)
			lines[count++] = cell->lines[cell->proving];
	}
	if (!count)
		return;
	web_paragraph(out, "%s, in the traces:", access_words[kind]);
	web_lines(out, lines, count, count);
}

/* "smap-read under SMAP: #PF in ring 0". */
static void put_found(FILE *out, const struct matrix *matrix, size_t attack, size_t column)
{
	const struct cell *cell = matrix_cell(matrix, attack, column);
	struct line text = {0};

	line_add(&text, "%s, %s: %s", matrix->attacks[attack].name, matrix->columns[column].name,
	         cell->check);
	put_link(out, matrix, attack, column, text.text);
}

static void put_triples(FILE *out, const struct matrix *matrix)
{
	struct triple triples[ACCESS_KINDS];

	matrix_triples(matrix, triples);
	web_section(out, "three", "One access, refused by three mechanisms");
	web_paragraph(
		out,
		"Ring 0 says in its page tables which pages are ring 3's (U/S) and which may be "
		"written (R/W). The processor keeps ring 0 from ring 3's pages (SMAP, SMEP). Ring "
		"-1 takes rights from ring 0 itself (EPT). Who asks is another each time; what is "
		"refused is the same.");
	web_table_begin(out, "Cells that show each");
	web_row_begin(out);
	web_heading(out, "access", "");
	for (enum mechanism m = 0; m < MECHANISMS; m++)
		web_heading(out, mechanism_words[m], "");
	web_row_end(out);
	for (u32 kind = 0; kind < ACCESS_KINDS; kind++) {
		web_row_begin(out);
		web_cell(out, "none", NULL, "", access_words[kind]);
		for (enum mechanism m = 0; m < MECHANISMS; m++)
			if (triples[kind].by[m].found)
				put_found(out, matrix, triples[kind].by[m].attack,
				          triples[kind].by[m].column);
			else
				web_cell(out, "none", NULL, "", "not in this run");
		web_row_end(out);
	}
	web_table_end(out);
	for (u32 kind = 0; kind < ACCESS_KINDS; kind++)
		put_triple_lines(out, matrix, kind, &triples[kind]);
}

static void put_list(FILE *out, const struct matrix *matrix, size_t column, const char *label)
{
	struct line names = {0};

	for (size_t attack = 0; attack < matrix->attack_count; attack++)
		if (matrix_cell(matrix, attack, column)->outcome == OUTCOME_SUCCEEDED)
			line_add(&names, "%s%s", names.used ? ", " : "",
			         matrix->attacks[attack].name);
	add_undecided(&names, matrix, column);
	web_paragraph(out, "%s: %s.", label, names.text);
}

static void put_rest(FILE *out, const struct matrix *matrix)
{
	web_section(out, "rest", "What all mitigations leave");
	for (size_t i = 0; i < matrix->column_count; i++)
		if (matrix->columns[i].all)
			put_list(out, matrix, i, "Attacks that succeed with all on");
	put_list(out, matrix, 0, "Attacks that succeed with all off");
}

/* What the other columns say about this one: which mitigation makes the difference. */
static void put_comparison(FILE *out, const struct matrix *matrix, size_t attack, size_t column)
{
	struct line names = {0};

	if (is_decisive(matrix, attack, column))
		web_paragraph(out, "With all off it succeeds: %s alone makes the difference.",
		              matrix->columns[column].name);
	if (!matrix->columns[column].all)
		return;
	for (size_t i = 0; i < matrix->column_count; i++)
		if (is_decisive(matrix, attack, i))
			line_add(&names, "%s%s", names.used ? ", " : "", matrix->columns[i].name);
	if (names.used)
		web_paragraph(out, "Alone, each of these stops it: %s.", names.text);
}

static void add_command(struct line *line, const struct cell *cell)
{
	line_add(line, "ringscope timeline %s --from %llu", cell->trace, (ull)cell->from);
}

static void put_cell(FILE *out, const struct matrix *matrix, size_t attack, size_t column)
{
	const struct cell *cell = matrix_cell(matrix, attack, column);
	char id[ID_SIZE];
	struct line summary = {0}, command = {0};

	cell_id(id, matrix, attack, column);
	line_add(&summary, "%s: ", matrix->columns[column].name);
	verdict_text(&summary, cell);
	web_details_begin(out, id, summary.text);
	web_paragraph(out, "%s", cell->why);
	put_comparison(out, matrix, attack, column);
	if (cell->said[0])
		web_paragraph(out, "The program's line: %s", cell->said);
	if (cell->line_count)
		web_lines(out, cell->lines, cell->line_count, cell->proving);
	if (cell->has_proof_line) {
		web_paragraph(out,
		              "What proves it is record %llu of %s, at %llu:", (ull)cell->sequence,
		              tier_name(cell->stream), (ull)cell->ticks);
		add_command(&command, cell);
		web_command(out, command.text);
	}
	web_details_end(out);
}

static bool is_as_off(const struct matrix *matrix, size_t attack, size_t column)
{
	return column &&
	       same_verdict(matrix_cell(matrix, attack, column), matrix_cell(matrix, attack, 0));
}

/* Mitigations that change nothing for the attack: a line each. */
static void put_same(FILE *out, const struct matrix *matrix, size_t attack)
{
	bool begun = false;

	for (size_t column = 0; column < matrix->column_count; column++) {
		const struct cell *cell = matrix_cell(matrix, attack, column);
		struct line command = {0};
		char id[ID_SIZE];

		if (!is_as_off(matrix, attack, column))
			continue;
		if (!begun) {
			web_paragraph(out, "As with all off under each of these:");
			web_list_begin(out);
		}
		begun = true;
		cell_id(id, matrix, attack, column);
		add_command(&command, cell);
		web_item(out, id, matrix->columns[column].name,
		         cell->has_proof_line ? command.text : NULL);
	}
	if (begun)
		web_list_end(out);
}

static void put_attacks(FILE *out, const struct matrix *matrix)
{
	web_section(out, "attacks", "Attack by attack");
	for (size_t attack = 0; attack < matrix->attack_count; attack++) {
		const struct attack_kind *kind = &matrix->attacks[attack];
		struct line summary = {0};

		line_add(&summary, "%s: ", kind->name);
		verdict_text(&summary, matrix_cell(matrix, attack, 0));
		line_add(&summary, " with all off");
		web_details_begin(out, kind->token, summary.text);
		web_paragraph(out, "What is tried: %s. The forbidden instruction runs in ring %u.",
		              kind->what, kind->ring);
		web_paragraph(out, "What proves success: %s.", kind->proof);
		for (size_t column = 0; column < matrix->column_count; column++)
			if (!is_as_off(matrix, attack, column))
				put_cell(out, matrix, attack, column);
		put_same(out, matrix, attack);
		web_details_end(out);
	}
}

void matrix_web(FILE *out, const struct matrix *matrix)
{
	size_t open = 0;
	struct line lead = {0};

	for (size_t i = 0; i < matrix->column_count; i++)
		open += count_undecided(matrix, i);
	line_add(&lead,
	         "%zu attacks, each under %zu settings of the mitigations: %zu cells, measured in "
	         "this run on %s. An attack succeeds only with a proof, which takes the secret "
	         "that this run planted; a stop counts only with the trace line that shows it.",
	         matrix->attack_count, matrix->column_count,
	         matrix->attack_count * matrix->column_count, matrix->machine);
	if (open)
		line_add(&lead, " Cells that could not be measured so: %zu; each says why.", open);
	web_begin(out, "Attacks and mitigations", lead.text);
	put_matrix(out, matrix);
	put_mitigations(out, matrix);
	put_triples(out, matrix);
	put_rest(out, matrix);
	put_attacks(out, matrix);
	web_end(out);
}
