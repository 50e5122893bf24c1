/*
 * The cells of one machine's run: its trace is read twice, first for evidence, then, when it is known
 * which records prove something, for these and those around them as `ringscope timeline` prints them.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_attacks.h"
#include "tools/lab_trace.h"
#include "tools/lanes.h"
#include "tools/memory.h"

#define LINES_BEFORE 5u
#define LINES_BEHIND 3u
#define LINES_MOST   (LINES_BEFORE + LINES_BEHIND + 1)

/* A cell whose lines are wanted. */
struct wanted {
	struct cell *cell;
	u64 first; /* the attack's first mark: what came before it is no part of the attack */
};

struct excerpt {
	struct wanted *wanted;
	size_t count;
	u64 ordinal; /* of the record that is being stepped over */
};

static void read_evidence(const struct trace *trace, struct evidence *evidence)
{
	struct lab_walk walk;

	lab_walk_start(&walk, trace);
	while (lab_walk_next(&walk))
		evidence_step(evidence, &walk.step);
	evidence_end(evidence);
	lab_walk_stop(&walk);
}

static void on_step(void *context, const struct tracker *tracker, const struct track_step *step)
{
	struct excerpt *excerpt = context;

	(void)tracker;
	(void)step;
	excerpt->ordinal++;
}

static void keep_line(struct cell *cell, const struct lane_row *row, const char *words, bool proves)
{
	struct line line;

	if (!cell->lines)
		cell->lines = zeros(LINES_MOST, sizeof(*cell->lines));
	if (!cell->line_count)
		cell->from = row->time;
	if (cell->line_count == LINES_MOST && proves)
		free(cell->lines[--cell->line_count]);
	if (cell->line_count == LINES_MOST)
		return;
	row_format(&line, row, words, false, false);
	if (proves)
		cell->proving = cell->line_count;
	cell->lines[cell->line_count++] = allocated(strdup(line.text));
}

/* Records count from 0; this one is the one before excerpt->ordinal. */
static void on_row(void *context, const struct lane_row *row, const char *words)
{
	struct excerpt *excerpt = context;
	u64 now = excerpt->ordinal - 1;

	for (size_t i = 0; i < excerpt->count; i++) {
		const struct wanted *wanted = &excerpt->wanted[i];
		u64 proof = wanted->cell->ordinal;

		if (now >= wanted->first && now + LINES_BEFORE >= proof &&
		    now <= proof + LINES_BEHIND)
			keep_line(wanted->cell, row, words, now == proof);
	}
}

static void read_lines(const struct trace *trace, struct excerpt *excerpt)
{
	const struct lanes_listener listener = {.row = on_row, .step = on_step, .context = excerpt};
	const struct lanes_style style = {.listener = &listener};
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct lanes lanes;

	lanes_start(&lanes, stdout, &style, &trace->info);
	cursor_start(&cursor, trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
}

/* Adds how the machine ended by its own words to what its run is known for. */
static void read_end(const struct trace_info *info, struct machine_end *end)
{
	struct line words = {0};

	if (!info->has_result || info->cause == GUEST_END_exit ||
	    (info->cause == GUEST_END_none && end->early))
		return;
	line_add(&words, "%s", guest_end_sentence(info->cause));
	if (info->message[0])
		line_add(&words, ": %.300s", info->message);
	line_add(&words, ".");
	end->early = true;
	end->cause = info->cause;
	snprintf(end->sentence, sizeof(end->sentence), "%.399s", words.text);
}

static void judge_all(struct matrix *matrix, size_t column, const struct trace *trace,
                      const struct evidence *evidence, const struct claim_line *lines,
                      const bool *mine, struct machine_end *end)
{
	struct excerpt excerpt = {.wanted = zeros(matrix->attack_count, sizeof(struct wanted))};

	for (size_t attack = 0; attack < matrix->attack_count; attack++) {
		struct cell *cell = matrix_cell(matrix, attack, column);

		if (!mine[attack])
			continue;
		if (evidence->windows[attack].begun || lines[attack].claim != CLAIM_NONE)
			end->reached = attack + 1;
		attack_judge(cell, (u32)attack, &lines[attack], evidence, &matrix->secrets, end,
		             &trace->info);
		snprintf(cell->trace, sizeof(cell->trace), "%s", trace->directory);
		if (cell->has_proof_line)
			excerpt.wanted[excerpt.count++] =
				(struct wanted){cell, evidence->windows[attack].first};
	}
	read_lines(trace, &excerpt);
	free(excerpt.wanted);
}

bool attacks_measure(struct matrix *matrix, size_t column, const char *directory,
                     const char *output, const bool *mine, struct machine_end *end,
                     struct error *error)
{
	struct claim_line *lines;
	struct evidence evidence;
	struct trace trace;

	if (!trace_open(&trace, directory, error))
		return false;
	read_end(&trace.info, end);
	if (!matrix->machine[0])
		snprintf(matrix->machine, sizeof(matrix->machine), "%s, %s", trace.info.engine,
		         trace.info.processor[0] ? trace.info.processor : "an unnamed processor");
	lines = zeros(matrix->attack_count, sizeof(*lines));
	attacks_read(output, matrix->attacks, matrix->attack_count, lines);
	evidence_start(&evidence, matrix->attack_count);
	read_evidence(&trace, &evidence);
	judge_all(matrix, column, &trace, &evidence, lines, mine, end);
	evidence_free(&evidence);
	free(lines);
	trace_close(&trace);
	return true;
}

void matrix_free(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->attack_count * matrix->column_count; i++) {
		for (size_t line = 0; line < matrix->cells[i].line_count; line++)
			free(matrix->cells[i].lines[line]);
		free(matrix->cells[i].lines);
	}
	free(matrix->cells);
	matrix->cells = NULL;
}
