/* The matrix for programs: an object a cell in JSON, a line a cell in CSV, with the same fields. */
#include "tools/json.h"
#include "tools/lab_attacks.h"
#include "tools/names.h"

typedef unsigned long long ull;

static const char *outcome_word(const struct cell *cell)
{
	static const char *const words[] = {
		[OUTCOME_UNMEASURED] = "unmeasured", [OUTCOME_SUCCEEDED] = "succeeded",
		[OUTCOME_STOPPED] = "stopped",       [OUTCOME_FAILED] = "failed",
		[OUTCOME_UNPROVEN] = "unproven",     [OUTCOME_FALSE_CLAIM] = "false claim"};

	return words[cell->outcome];
}

static const char *stopper_word(const struct cell *cell)
{
	return cell->outcome == OUTCOME_STOPPED ? verdict_word(cell) : "";
}

static const char *proving_line(const struct cell *cell)
{
	return cell->line_count ? cell->lines[cell->proving] : "";
}

/* A line of the timeline: UTF-8 with the lanes' glyphs, all else in it made printable before. */
static void put_line(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		if ((unsigned char)*text >= ' ')
			fputc(*text, out);
	}
	fputc('"', out);
}

static void put_cell(FILE *out, const struct matrix *matrix, size_t attack, size_t column)
{
	const struct cell *cell = matrix_cell(matrix, attack, column);

	json_member(out, "{", "attack", matrix->attacks[attack].token);
	json_member(out, ", ", "mitigation", matrix->columns[column].token);
	json_member(out, ", ", "verdict", verdict_word(cell));
	json_member(out, ", ", "outcome", outcome_word(cell));
	json_member(out, ", ", "by", stopper_word(cell));
	json_member(out, ", ", "check", cell->check);
	fprintf(out, ", \"machine_ended\": %s, \"as_all_off\": %s, \"decisive\": %s",
	        cell->fatal ? "true" : "false",
	        same_verdict(cell, matrix_cell(matrix, attack, 0)) ? "true" : "false",
	        is_decisive(matrix, attack, column) ? "true" : "false");
	json_member(out, ", ", "why", cell->why);
	json_member(out, ", ", "program", cell->said);
	json_member(out, ", ", "trace", cell->trace);
	if (cell->has_proof_line)
		fprintf(out, ", \"time\": %llu, \"ring\": \"%s\", \"sequence\": %llu",
		        (ull)cell->ticks, tier_name(cell->stream), (ull)cell->sequence);
	fputs(", \"proof\": ", out);
	put_line(out, proving_line(cell));
	fputs(", \"lines\": [", out);
	for (size_t i = 0; i < cell->line_count; i++) {
		fputs(i ? ", " : "", out);
		put_line(out, cell->lines[i]);
	}
	fputs("]}", out);
}

static void put_attacks(FILE *out, const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->attack_count; i++) {
		const struct attack_kind *attack = &matrix->attacks[i];

		fprintf(out, "%s\n    {\"token\": ", i ? "," : "");
		json_string(out, attack->token);
		json_member(out, ", ", "name", attack->name);
		json_member(out, ", ", "what", attack->what);
		json_member(out, ", ", "proof", attack->proof);
		fprintf(out, ", \"ring\": %u}", attack->ring);
	}
}

static void put_columns(FILE *out, const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->column_count; i++) {
		fprintf(out, "%s\n    {\"token\": ", i ? "," : "");
		json_string(out, matrix->columns[i].token);
		json_member(out, ", ", "name", matrix->columns[i].name);
		json_member(out, ", ", "what", matrix->columns[i].what);
		fputs("}", out);
	}
}

void matrix_json(FILE *out, const struct matrix *matrix)
{
	const char *before = "";

	json_member(out, "{\n  ", "machine", matrix->machine);
	fputs(",\n  \"attacks\": [", out);
	put_attacks(out, matrix);
	fputs("\n  ],\n  \"mitigations\": [", out);
	put_columns(out, matrix);
	fputs("\n  ],\n  \"cells\": [", out);
	for (size_t attack = 0; attack < matrix->attack_count; attack++)
		for (size_t column = 0; column < matrix->column_count; column++) {
			fprintf(out, "%s\n    ", before);
			put_cell(out, matrix, attack, column);
			before = ",";
		}
	fputs("\n  ]\n}\n", out);
}

static void put_row(FILE *out, const struct matrix *matrix, size_t attack, size_t column)
{
	const struct cell *cell = matrix_cell(matrix, attack, column);
	const char *const fields[] = {matrix->attacks[attack].token,
	                              matrix->columns[column].token,
	                              verdict_word(cell),
	                              outcome_word(cell),
	                              stopper_word(cell),
	                              cell->check,
	                              cell->fatal ? "yes" : "no",
	                              is_decisive(matrix, attack, column) ? "yes" : "no",
	                              cell->why,
	                              cell->said,
	                              cell->trace};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		csv_field(out, fields[i]);
		fputc(',', out);
	}
	if (cell->has_proof_line)
		fprintf(out, "%llu,%s,%llu,", (ull)cell->ticks, tier_name(cell->stream),
		        (ull)cell->sequence);
	else
		fputs(",,,", out);
	csv_field(out, proving_line(cell));
	fputc('\n', out);
}

void matrix_csv(FILE *out, const struct matrix *matrix)
{
	fputs("attack,mitigation,verdict,outcome,by,check,machine_ended,decisive,why,program,trace,"
	      "time,ring,sequence,proof\n",
	      out);
	for (size_t attack = 0; attack < matrix->attack_count; attack++)
		for (size_t column = 0; column < matrix->column_count; column++)
			put_row(out, matrix, attack, column);
}
